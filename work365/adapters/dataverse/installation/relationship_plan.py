"""Planning relationships, each with the lookup that it creates."""

from dataverse_schema.definitions import ColumnDefinition
from dataverse_schema.relationships import OneToMany
from work365.adapters.dataverse.installation.comparing import changed, compare
from work365.adapters.dataverse.installation.declarations import Declarations
from work365.adapters.dataverse.installation.definitions import relationship_as_created
from work365.adapters.dataverse.installation.found import FoundEnvironment
from work365.adapters.dataverse.installation.planned import Planned
from work365.adapters.dataverse.installation.requests import (
    IN_SOLUTION,
    Request,
    redefinition,
)

RELATIONSHIP = "relationship"


def plan_relationships(declarations: Declarations, found: FoundEnvironment) -> Planned:
    """Return what makes the relationships be there as declared."""
    planned = Planned()
    lookups = {
        (table.logical_name, column.logical_name): column
        for table in declarations.tables
        for column in table.columns
    }
    for relationship in declarations.relationships:
        lookup = lookups[relationship.referencing, relationship.lookup]
        _plan(relationship, lookup, found, planned)
    return planned


def _plan(
    relationship: OneToMany, lookup: ColumnDefinition, found: FoundEnvironment, planned: Planned
) -> None:
    name = relationship.schema_name
    wanted = relationship_as_created(relationship, lookup, found.language)
    there = found.tables.get(relationship.referencing)
    definition = None if there is None else there.relationships.get(name)
    if definition is None:
        planned.act(
            RELATIONSHIP,
            name,
            f"Create the lookup {relationship.referencing}.{relationship.lookup} to"
            f" {relationship.referenced}",
            Request("POST", "RelationshipDefinitions", wanted, IN_SOLUTION),
        )
        return
    comparison = compare(wanted, definition, found.language)
    for fixed in comparison.fixed:
        planned.refuse(
            "relationship_not_changeable",
            name,
            f"{fixed}; Dataverse cannot change that. Delete the relationship in Power Apps if its"
            " lookup is empty, and run this again",
        )
    if comparison.changes:
        planned.act(
            RELATIONSHIP,
            name,
            f"Change the relationship {name}: {'; '.join(comparison.words)}",
            redefinition(
                f"RelationshipDefinitions({definition['MetadataId']})", changed(wanted, comparison)
            ),
        )
