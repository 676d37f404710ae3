"""Writes relationships as the Web API's metadata."""

from collections.abc import Iterable
from typing import Any

from work365.emulators.dataverse.definition_ids import relationship_id
from work365.emulators.dataverse.definitions import (
    ColumnDefinition,
    ManyToManyDefinition,
    Schema,
    TableDefinition,
)
from work365.emulators.dataverse.payloads import TYPE_PREFIX

ONE_TO_MANY = "OneToManyRelationshipMetadata"
MANY_TO_MANY = "ManyToManyRelationshipMetadata"
CASCADES = ("Assign", "Delete", "Merge", "Reparent", "Share", "Unshare")
ORDER = 10_000
MENU = {"Behavior": "UseCollectionName", "Group": "Details", "Order": ORDER}
HIDDEN = {"Behavior": "DoNotDisplay", "Group": "Details", "Order": ORDER}
Definition = dict[str, Any]


def relationship_name(table: TableDefinition, lookup: ColumnDefinition) -> str:
    """Return the schema name of a lookup's relationship.

    Where the emulator does not know Microsoft's name, it has one of its own.
    """
    return lookup.relationship or f"{table.name}_{lookup.name}"


def one_to_many_documents(schema: Schema) -> Iterable[Definition]:
    """Return the relationships of every lookup."""
    for table in schema.tables.values():
        for lookup in table.lookups:
            yield one_to_many_document(schema, table, lookup)


def one_to_many_document(
    schema: Schema, table: TableDefinition, lookup: ColumnDefinition
) -> Definition:
    """Return the relationship of one lookup."""
    name = relationship_name(table, lookup)
    return {
        "@odata.type": f"#{TYPE_PREFIX}{ONE_TO_MANY}",
        "MetadataId": relationship_id(name),
        "SchemaName": name,
        "RelationshipType": "OneToManyRelationship",
        "IsCustomRelationship": lookup.custom,
        "IsManaged": not lookup.custom,
        "IsHierarchical": False,
        "IsValidForAdvancedFind": True,
        "SecurityTypes": "None",
        "RelationshipBehavior": 0 if not lookup.custom else 1,
        "ReferencedEntity": lookup.target,
        "ReferencedAttribute": schema.tables[lookup.target].primary_id,
        "ReferencingEntity": table.name,
        "ReferencingAttribute": lookup.name,
        "ReferencingEntityNavigationPropertyName": lookup.schema_name,
        "ReferencedEntityNavigationPropertyName": name,
        "CascadeConfiguration": {
            action: lookup.cascade.get(action, "NoCascade") for action in CASCADES
        },
        "AssociatedMenuConfiguration": dict(lookup.menu or HIDDEN),
    }


def many_to_many_document(relationship: ManyToManyDefinition) -> Definition:
    """Return a many-to-many relationship."""
    first, second = relationship.menus or (HIDDEN, HIDDEN)
    return {
        "@odata.type": f"#{TYPE_PREFIX}{MANY_TO_MANY}",
        "MetadataId": relationship_id(relationship.name),
        "SchemaName": relationship.name,
        "RelationshipType": "ManyToManyRelationship",
        "IsCustomRelationship": relationship.custom,
        "IsManaged": not relationship.custom,
        "IsValidForAdvancedFind": True,
        "SecurityTypes": "None",
        "IntersectEntityName": relationship.intersect,
        "Entity1LogicalName": relationship.first,
        "Entity1IntersectAttribute": relationship.first_column,
        "Entity1NavigationPropertyName": relationship.name,
        "Entity1AssociatedMenuConfiguration": dict(first),
        "Entity2LogicalName": relationship.second,
        "Entity2IntersectAttribute": relationship.second_column,
        "Entity2NavigationPropertyName": relationship.name,
        "Entity2AssociatedMenuConfiguration": dict(second),
    }


def many_to_many_documents(schema: Schema) -> Iterable[Definition]:
    """Return every many-to-many relationship."""
    return (many_to_many_document(each) for each in schema.many_to_many)
