"""The query functions about hierarchies: rows above and below another row, users and reports.

A table's hierarchy is its first lookup on itself. Source: `Above`, `Under` and their like are
for the relationship that is marked as hierarchical; which one that is, is not emulated.
"""

from work365.emulators.dataverse.comparisons import ComparisonSql
from work365.emulators.dataverse.definitions import ColumnDefinition, TableDefinition
from work365.emulators.dataverse.errors import not_emulated, query_error
from work365.emulators.dataverse.sql import quoted, select, sql
from work365.emulators.dataverse.values import SqlValue

BELOW = {"Under": False, "UnderOrEqual": True, "NotUnder": False}
ABOVE = {"Above": False, "AboveOrEqual": True}
"""Names, and whether the row itself counts."""

USERS = frozenset(
    [
        "EqualUserTeams",
        "EqualUserOrUserTeams",
        "EqualUserOrUserHierarchy",
        "EqualUserOrUserHierarchyAndTeams",
    ]
)


def is_hierarchical(name: str) -> bool:
    """Return whether a query function is one about a table's hierarchy."""
    return name in BELOW or name in ABOVE


def hierarchy_sql(
    comparisons: ComparisonSql, named: str, column: ColumnDefinition, name: str, row_id: SqlValue
) -> str:
    """Return the SQL that holds for the rows above or below another one."""
    table = _hierarchical(comparisons, column, name)
    start = comparisons.bind(row_id)
    if name in BELOW:
        found = f"{named} IN ({_below(table, start, itself=BELOW[name])})"
        return f"({'NOT ' if name == 'NotUnder' else ''}{found})"
    return f"({named} IN ({_above(table, start, itself=ABOVE[name])}))"


def _hierarchical(
    comparisons: ComparisonSql, column: ColumnDefinition, name: str
) -> TableDefinition:
    """Return the table whose primary key `column` is, if it has a hierarchy."""
    for table in comparisons.joins.statement.schema.tables.values():
        if table.primary_id == column.name and _parent(table):
            return table
    message = (
        f"The condition operator '{name}' is not valid for column '{column.name}': it is no "
        "primary key of a table with a hierarchy."
    )
    raise query_error(message)


def _parent(table: TableDefinition) -> str:
    """Return the lookup from a row to the one above it, or nothing where there is none."""
    return next((column.name for column in table.lookups if column.target == table.name), "")


def _below(table: TableDefinition, start: str, *, itself: bool) -> str:
    key, parent, name = quoted(table.primary_id), quoted(_parent(table)), quoted(table.name)
    first = f"SELECT {start}" if itself else select(key, f"FROM {name} WHERE {parent} = {start}")
    further = select(f"{name}.{key}", f"FROM {name} JOIN line ON {name}.{parent} = line.id")
    return sql("WITH RECURSIVE line(id) AS (", first, "UNION", further, ") SELECT id FROM line")


def _above(table: TableDefinition, start: str, *, itself: bool) -> str:
    key, parent, name = quoted(table.primary_id), quoted(_parent(table)), quoted(table.name)
    first = f"SELECT {start}" if itself else select(parent, f"FROM {name} WHERE {key} = {start}")
    further = select(f"{name}.{parent}", f"FROM {name} JOIN line ON {name}.{key} = line.id")
    found = "SELECT id FROM line WHERE id IS NOT NULL"
    return sql("WITH RECURSIVE line(id) AS (", first, "UNION", further, ")", found)


def users_sql(comparisons: ComparisonSql, named: str, name: str) -> str:
    """Return the SQL that holds where a column is the caller, a report or a team of theirs."""
    caller = comparisons.bind(comparisons.viewpoint.user_id)
    users = f"SELECT {caller}"
    if "Hierarchy" in name:
        table = comparisons.joins.statement.schema.tables["systemuser"]
        if not _parent(table):
            raise not_emulated(f"the query function '{name}': users have no manager here")
        users = _below(table, caller, itself=True)
    if "Teams" not in name:
        return f"({named} IN ({users}))"
    teams = f"{named} IN ({_teams(comparisons, name, users)})"
    return f"({teams})" if name == "EqualUserTeams" else f"({named} IN ({users}) OR {teams})"


def _teams(comparisons: ComparisonSql, name: str, users: str) -> str:
    if "teammembership" not in comparisons.joins.statement.schema.tables:
        raise not_emulated(f"the query function '{name}': there are no teams here")
    return select('"teamid"', f'FROM "teammembership" WHERE "systemuserid" IN ({users})')
