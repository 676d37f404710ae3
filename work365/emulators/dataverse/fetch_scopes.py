"""The tables that a FetchXML query joins, and the conditions on them, as SQL.

Source: the reference of link types; of the two that do not do what they are called, `all`
finds rows that have related rows of which none fits, and `not all` is the same as `any`.
"""

from work365.emulators.dataverse.comparisons import ComparisonSql
from work365.emulators.dataverse.definitions import (
    ColumnDefinition,
    Schema,
    TableDefinition,
)
from work365.emulators.dataverse.errors import DataverseError, unknown_attribute
from work365.emulators.dataverse.fetch_conditions import condition_sql
from work365.emulators.dataverse.fetch_query import (
    FetchCondition,
    FetchFilter,
    FetchLink,
    FetchTable,
)
from work365.emulators.dataverse.fetch_xml import EXISTENCES, invalid
from work365.emulators.dataverse.joins import Joins
from work365.emulators.dataverse.sql import quoted, select
from work365.emulators.dataverse.statements import conjunction

Place = tuple[str, TableDefinition]
"""Alias and table, as SQL knows them."""


def fetched_table(schema: Schema, name: str) -> TableDefinition:
    """Return a table by its logical name; raises if there is none."""
    table = schema.tables.get(name)
    if table is None:
        raise unknown_table(name)
    return table


def unknown_table(name: str) -> DataverseError:
    """Return the refusal of a table that a query names."""
    return invalid(
        "0x80041102",
        f"The entity with a name = '{name}' with namemapping = 'Logical' was not found in the "
        "MetadataCache.",
    )


def fetched_column(table: TableDefinition, name: str) -> ColumnDefinition:
    """Return a column by its logical name; raises if there is none that may be read."""
    column = table.columns.get(name)
    if column is None or column.write_only:
        raise unknown_attribute(name, table.name)
    return column


class FetchScope:
    """The tables of one SELECT: a table and those linked to it, by their aliases."""

    def __init__(self, joins: Joins, table: FetchTable, name: str = "") -> None:
        self._joins = joins
        self._sql = ComparisonSql(joins)
        self._conditions = [joins.sight]
        self.places: dict[str, Place] = {name: (joins.alias, joins.table)}
        """By the alias in the query; that of the first table is empty in the outermost."""

        self.linked: list[tuple[str, FetchTable]] = []
        """What was joined, with its alias in the query."""

        for link in table.links:
            if link.kind in EXISTENCES:
                self._conditions.append(self._related(link, link.outer or name))
            else:
                joins.add(self._join(link, link.outer or name))
        self._conditions += [self._filter(each, name) for each in table.filters]

    @property
    def rows(self) -> str:
        """The FROM and WHERE, as SQL."""
        return f"{self._joins.clauses} WHERE {conjunction(*self._conditions)}"

    def restrict(self, condition: str) -> None:
        """Take only rows for which some SQL holds."""
        self._conditions.append(condition)

    def place(self, name: str) -> Place:
        """Return where the columns of an alias are found."""
        found = self.places.get(name)
        if found is None:
            raise invalid("0x8004110a", f"Link entity with name or alias '{name}' was not found.")
        return found

    def column(self, entity: str, name: str) -> tuple[str, ColumnDefinition]:
        """Return a column that the query names, as SQL and as it is defined."""
        alias, table = self.place(entity)
        column = fetched_column(table, name)
        return f"{alias}.{quoted(column.name)}", column

    def _join(self, link: FetchLink, outer: str) -> str:
        """Return the JOIN of a link, and of the links below it."""
        statement = self._joins.statement
        table = fetched_table(statement.schema, link.table.name)
        alias = statement.alias()
        self.places[link.alias] = (alias, table)
        self.linked.append((link.alias, link.table))
        source, _ = self.column(link.alias, link.source)
        target, _ = self.column(outer, link.target)
        below = " ".join(self._join(each, link.alias) for each in _joined(link.table))
        own = [self._filter(each, link.alias) for each in link.table.filters]
        for each in link.table.links:
            if each.kind in EXISTENCES:
                own.append(self._related(each, link.alias))
        on = conjunction(f"{source} = {target}", statement.sight(table, alias), *own)
        named = f"{quoted(table.name)} {alias}"
        if link.kind == "outer" and any(each.kind == "inner" for each in _joined(link.table)):
            return f"LEFT JOIN ({named} {below}) ON {on}"
        return f"{'LEFT' if link.kind == 'outer' else 'INNER'} JOIN {named} ON {on} {below}"

    def _filter(self, found: FetchFilter, name: str) -> str:
        parts = [self._part(part, name) for part in found.parts]
        if not parts:
            return ""
        operator = " OR " if found.is_any else " AND "
        return f"({operator.join(parts)})"

    def _part(self, part: FetchCondition | FetchFilter | FetchLink, name: str) -> str:
        if isinstance(part, FetchFilter):
            return self._filter(part, name) or "1"
        if isinstance(part, FetchLink):
            return self._related(part, name)
        operand = self.column(part.entity or name, part.column)
        other = None
        if part.value_of:
            entity, _, column = part.value_of.rpartition(".")
            other = self.column(entity or name, column)
        return condition_sql(self._sql, part, operand, other)

    def _related(self, link: FetchLink, outer: str) -> str:
        """Return the SQL that holds where there are related rows, or none."""
        schema = self._joins.statement.schema
        inner = self._joins.inside(fetched_table(schema, link.table.name))
        target, _ = self.column(outer, link.target)
        matching = FetchScope(inner, link.table, link.alias)
        source, _ = matching.column(link.alias, link.source)
        matching.restrict(f"{source} = {target}")
        fits = f"EXISTS ({select('1', matching.rows)})"
        if link.kind == "not any":
            return f"(NOT {fits})"
        if link.kind != "all":
            return f"({fits})"
        every = self._joins.inside(inner.table)
        there = conjunction(f"{every.alias}.{quoted(link.source)} = {target}", every.sight)
        exists = f"EXISTS ({select('1', f'{every.clauses} WHERE {there}')})"
        return f"({exists} AND NOT {fits})"


def _joined(table: FetchTable) -> list[FetchLink]:
    return [link for link in table.links if link.kind not in EXISTENCES]
