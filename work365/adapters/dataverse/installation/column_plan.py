"""Planning columns. A lookup is created by its relationship, and changed as a column."""

from collections.abc import Iterator

from dataverse_schema.definitions import (
    CURRENCY,
    ColumnDefinition,
    ColumnType,
    TableDefinition,
)
from dataverse_schema.table import PREFIX
from work365.adapters.dataverse.installation.column_definitions import REQUIRED, column_as_created
from work365.adapters.dataverse.installation.comparing import changed, compare
from work365.adapters.dataverse.installation.declarations import Declarations
from work365.adapters.dataverse.installation.found import (
    Definition,
    FoundEnvironment,
    FoundTable,
    counted,
)
from work365.adapters.dataverse.installation.planned import Planned
from work365.adapters.dataverse.installation.requests import (
    IN_SOLUTION,
    NAMESPACE,
    Request,
    redefinition,
)

COLUMN = "column"


def plan_columns(declarations: Declarations, found: FoundEnvironment) -> Planned:
    """Return what makes the columns be there as declared."""
    planned = Planned()
    for table in declarations.tables:
        there = found.tables.get(table.logical_name)
        if there is None and not table.is_ours:
            # Said of the table already.
            continue
        for column in table.columns:
            _plan(table, column, there, found.language, planned)
        if table.currency_required:
            _plan_currency(table, there, planned)
        if there is not None:
            _note_undeclared(table, there, found, planned)
    return planned


def undeclared_columns(table: TableDefinition, there: FoundTable) -> list[str]:
    """Return our columns of a table that the declarations do not have any more."""
    declared = {column.logical_name for column in table.columns}
    declared.add(f"{table.logical_name}id")
    return sorted(
        name
        for name, definition in there.columns.items()
        if name.startswith(PREFIX)
        and name not in declared
        and not _comes_with_another(name, definition, there)
    )


def _plan(
    table: TableDefinition,
    column: ColumnDefinition,
    there: FoundTable | None,
    language: int,
    planned: Planned,
) -> None:
    found = None if there is None else there.columns.get(column.logical_name)
    if there is None or found is None:
        _create(table, column, there, language, planned)
        return
    path = f"{table.logical_name}.{column.logical_name}"
    wanted = column_as_created(column, language)
    comparison = compare(wanted, found, language)
    for fixed in [*comparison.fixed, *_wrong_choice(column, there)]:
        planned.refuse(
            "column_not_changeable",
            path,
            f"{fixed}; Dataverse cannot change that in place. Copy its values elsewhere, delete"
            " the column in Power Apps, and run this again",
        )
    if comparison.changes:
        where = f"EntityDefinitions(LogicalName='{table.logical_name}')"
        planned.act(
            COLUMN,
            path,
            f"Change the column {path}: {'; '.join(comparison.words)}",
            redefinition(
                f"{where}/Attributes(LogicalName='{column.logical_name}')",
                changed(wanted, comparison),
            ),
        )


def _create(
    table: TableDefinition,
    column: ColumnDefinition,
    there: FoundTable | None,
    language: int,
    planned: Planned,
) -> None:
    path = f"{table.logical_name}.{column.logical_name}"
    if column.type is ColumnType.LOOKUP:
        return
    if column.logical_name == table.primary_name:
        if there is not None:
            _refuse_name(table, there, planned)
        return
    planned.act(
        COLUMN,
        path,
        f"Create the column {path} ({column.label})",
        Request(
            "POST",
            f"EntityDefinitions(LogicalName='{table.logical_name}')/Attributes",
            column_as_created(column, language),
            IN_SOLUTION,
        ),
    )


def _plan_currency(table: TableDefinition, there: FoundTable | None, planned: Planned) -> None:
    """Plan that forms insist on the currency, which Dataverse adds with the first amount."""
    found = {} if there is None else there.columns.get(CURRENCY, {})
    level = found.get("RequiredLevel") or {}
    if level.get("Value") != REQUIRED:
        path = f"{table.logical_name}.{CURRENCY}"
        changes = {
            "@odata.type": f"{NAMESPACE}.LookupAttributeMetadata",
            "RequiredLevel": {**level, "Value": REQUIRED},
        }
        where = f"EntityDefinitions(LogicalName='{table.logical_name}')"
        planned.act(
            COLUMN,
            path,
            f"Have forms insist on the column {path}",
            redefinition(f"{where}/Attributes(LogicalName='{CURRENCY}')", changes),
        )


def _refuse_name(table: TableDefinition, there: FoundTable, planned: Planned) -> None:
    planned.refuse(
        "name_column_wrong",
        table.logical_name,
        f"the table {table.logical_name} calls its rows by"
        f" {there.definition.get('PrimaryNameAttribute')}, and should by {table.primary_name};"
        " Dataverse cannot change that. Delete the table if it is empty, then run this again",
    )


def _wrong_choice(column: ColumnDefinition, there: FoundTable) -> Iterator[str]:
    bound = there.choices.get(column.logical_name)
    if column.type is ColumnType.CHOICE and bound != column.choice:
        yield f"its options are those of {bound or 'its own'}, and should be {column.choice}'s"


def _comes_with_another(name: str, definition: Definition, there: FoundTable) -> bool:
    # A lookup's name, a choice's label, and money in the base currency are made by Dataverse.
    amount = there.columns.get(name.removesuffix("_base"), {})
    is_base = name.endswith("_base") and amount.get("AttributeType") == "Money"
    return bool(definition.get("AttributeOf")) or is_base


def _note_undeclared(
    table: TableDefinition, there: FoundTable, found: FoundEnvironment, planned: Planned
) -> None:
    for name in undeclared_columns(table, there):
        rows = counted(found.values.get((table.logical_name, name), 0))
        planned.warn(
            "column_not_declared",
            f"{table.logical_name}.{name}",
            f"this version does not use the column; it has a value in {rows}. It was left as it"
            " is; delete it in Power Apps if nobody needs it",
        )
