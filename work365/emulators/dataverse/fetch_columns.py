"""Writes the columns that a FetchXML query shows: plain, aggregated, or grouped by."""

from work365.emulators.dataverse.aggregates import (
    AggregateSql,
    aggregate_sql,
    counted,
    distinct_count,
)
from work365.emulators.dataverse.database import compared
from work365.emulators.dataverse.definitions import ColumnDefinition, Kind, TableDefinition
from work365.emulators.dataverse.errors import not_emulated
from work365.emulators.dataverse.fetch_query import FetchColumn, FetchTable
from work365.emulators.dataverse.fetch_scopes import FetchScope, fetched_column
from work365.emulators.dataverse.fetch_xml import invalid
from work365.emulators.dataverse.rendering import (
    ATTRIBUTE_NAME,
    FORMATTED,
    LOGICAL_NAME,
    NAVIGATION,
    Fragment,
    RowWriter,
    nullable_json,
)
from work365.emulators.dataverse.selection import with_key
from work365.emulators.dataverse.sql import literal, quoted

METHODS = {"sum": "sum", "avg": "average", "min": "min", "max": "max"}
DATE_PARTS = {
    "day": "CAST(substr({0}, 9, 2) AS INTEGER)",
    "month": "CAST(substr({0}, 6, 2) AS INTEGER)",
    "quarter": "(CAST(substr({0}, 6, 2) AS INTEGER) + 2) / 3",
    "year": "CAST(substr({0}, 1, 4) AS INTEGER)",
    "week": ("(strftime('%j', {0}) + strftime('%w', substr({0}, 1, 4) || '-01-01') - 1) / 7 + 1"),
}
"""Source: weeks begin on Sunday, and the first is the one with 1 January."""


class FetchColumns:
    """Collects what a query shows, and under which names."""

    def __init__(self, scope: FetchScope, writer: RowWriter) -> None:
        self.fragments: list[Fragment] = []
        self.names: list[str] = []
        """Names of the first table's columns, for the context."""

        self.values: list[str] = []
        """SQL of the plain columns, as they are compared."""

        self.groups: list[str] = []
        self.ordered: dict[str, str] = {}
        """By alias, the SQL by which rows of an aggregate query are ordered."""

        self._scope = scope
        self._writer = writer
        self._taken: set[str] = set()

    def plain(self, entity: str, table: FetchTable, *, has_key: bool) -> None:
        """Add the columns of one table; the first table's come with its id, if `has_key`."""
        _, definition = self._scope.place(entity)
        if table.has_all_columns or (not entity and not table.columns and has_key):
            for column in definition.properties.values():
                self._plain(entity, definition, column, "")
            return
        shown = {}
        for wanted in table.columns:
            column = fetched_column(definition, wanted.name)
            self._plain(entity, definition, column, wanted.alias)
            if not wanted.alias:
                shown[column.name] = column
        if not entity and has_key:
            for column in with_key(definition, dict(shown)):
                if column.name not in shown:
                    self._plain(entity, definition, column, "")

    def _plain(
        self, entity: str, table: TableDefinition, column: ColumnDefinition, alias: str
    ) -> None:
        own = column.read_name if not entity else f"{entity}.{column.name}"
        name = alias or own
        is_own = not entity and not alias
        self._take(name)
        if is_own:
            self.names.append(name)
        place, _ = self._scope.place(entity)
        value = f"{place}.{quoted(column.name)}"
        annotations = [] if is_own else [(ATTRIBUTE_NAME, literal(column.name))]
        annotations.append((FORMATTED, self._writer.shown(table, place, column)))
        if column.kind is Kind.LOOKUP:
            if is_own:
                annotations.append((NAVIGATION, literal(column.schema_name)))
            annotations.append((LOGICAL_NAME, self._writer.target_sql(column, value)))
        self.values.append(compared(column, place))
        json = nullable_json(column, value)
        self.fragments.append(self._writer.aliased(name, json, annotations))

    def _take(self, name: str) -> None:
        if name in self._taken:
            raise invalid("0x80041130", f"The alias '{name}' is used more than once.")
        self._taken.add(name)

    def worked_out(self, entity: str, table: FetchTable) -> None:
        """Add the aggregates and groups of one table."""
        for wanted in table.columns:
            self._take(wanted.alias)
            if wanted.is_group:
                self._group(entity, wanted)
                continue
            found = self._aggregated(entity, wanted)
            self.ordered[wanted.alias] = found.value
            annotations = [(ATTRIBUTE_NAME, literal(wanted.name)), (FORMATTED, found.shown)]
            self.fragments.append(self._writer.aliased(wanted.alias, found.value, annotations))

    def _aggregated(self, entity: str, wanted: FetchColumn) -> AggregateSql:
        if wanted.aggregate == "count":
            return counted("count(*)")
        alias, table = self._scope.place(entity)
        column = fetched_column(table, wanted.name)
        if wanted.aggregate == "countcolumn":
            if wanted.is_distinct:
                return distinct_count(column, alias)
            return counted(f"count({alias}.{quoted(column.name)})")
        return aggregate_sql(METHODS[wanted.aggregate], column, alias)

    def _group(self, entity: str, wanted: FetchColumn) -> None:
        alias, table = self._scope.place(entity)
        column = fetched_column(table, wanted.name)
        value = f"{alias}.{quoted(column.name)}"
        annotations = [(ATTRIBUTE_NAME, literal(column.name))]
        if wanted.date_part:
            found = _date_part(column, value, wanted.date_part)
            group, json, shown = found, f"CAST({found} AS TEXT)", f"number({found}, 0)"
        else:
            group, json = compared(column, alias), nullable_json(column, value)
            shown = self._writer.shown(table, alias, column)
            if column.kind is Kind.LOOKUP:
                annotations.append((LOGICAL_NAME, self._writer.target_sql(column, value)))
        self.groups.append(group)
        self.ordered[wanted.alias] = group
        annotations.append((FORMATTED, shown))
        self.fragments.append(self._writer.aliased(wanted.alias, json, annotations))


def _date_part(column: ColumnDefinition, value: str, part: str) -> str:
    if column.kind not in (Kind.DAY, Kind.MOMENT):
        raise invalid("0x80041135", f"'dategrouping' of '{column.name}': it is no date.")
    if part not in DATE_PARTS:
        raise not_emulated(f"dategrouping='{part}'")
    return DATE_PARTS[part].format(value)
