"""Planning tables."""

from dataverse_schema.definitions import TableDefinition
from work365.adapters.dataverse.installation.comparing import changed, compare
from work365.adapters.dataverse.installation.declarations import Declarations
from work365.adapters.dataverse.installation.definitions import table_as_created
from work365.adapters.dataverse.installation.found import FoundEnvironment, FoundTable, counted
from work365.adapters.dataverse.installation.planned import Planned
from work365.adapters.dataverse.installation.requests import (
    IN_SOLUTION,
    Request,
    redefinition,
)

TABLE = "table"


def plan_tables(declarations: Declarations, found: FoundEnvironment) -> Planned:
    """Return what makes the tables be there as declared, without their columns."""
    planned = Planned()
    for table in declarations.tables:
        there = found.tables.get(table.logical_name)
        if there is None:
            _create(table, found.language, planned)
        elif table.is_ours:
            _compare(table, there, found.language, planned)
    _note_undeclared(declarations, found, planned)
    return planned


def _create(table: TableDefinition, language: int, planned: Planned) -> None:
    name = table.logical_name
    if table.is_ours:
        planned.act(
            TABLE,
            name,
            f"Create the table {name} ({table.label})",
            Request("POST", "EntityDefinitions", table_as_created(table, language), IN_SOLUTION),
        )
        return
    planned.refuse(
        "table_of_microsoft_missing",
        name,
        f"the environment has no table {name}, which comes with Dynamics 365; install Dynamics 365"
        " Sales or its product catalogue, then run this again",
    )


def _compare(table: TableDefinition, there: FoundTable, language: int, planned: Planned) -> None:
    name = table.logical_name
    wanted = table_as_created(table, language)
    comparison = compare(wanted, there.definition, language)
    for fixed in comparison.fixed:
        planned.refuse(
            "table_not_changeable",
            name,
            f"{fixed}; Dataverse cannot change that. Delete the table if it is empty, then run"
            " this again; otherwise move its rows first",
        )
    if comparison.changes:
        planned.act(
            TABLE,
            name,
            f"Change the table {name}: {'; '.join(comparison.words)}",
            redefinition(f"EntityDefinitions(LogicalName='{name}')", changed(wanted, comparison)),
        )


def _note_undeclared(declarations: Declarations, found: FoundEnvironment, planned: Planned) -> None:
    declared = {table.logical_name for table in declarations.tables}
    for name in sorted(found.tables.keys() - declared):
        rows = counted(found.values.get((name, ""), 0))
        planned.warn(
            "table_not_declared",
            name,
            f"this version does not use the table {name}, which has {rows}. It was left as it is;"
            " delete it in Power Apps if nobody needs it",
        )
