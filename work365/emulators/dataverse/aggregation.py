"""Answers `$apply`: rows become one, or one for each group."""

from work365.emulators.dataverse.aggregates import (
    RECORDS_MAX,
    AggregateSql,
    aggregate_sql,
    counted,
    distinct_count,
    too_many_records,
)
from work365.emulators.dataverse.apply_parser import Aggregate, Apply
from work365.emulators.dataverse.calls import Answer, Call
from work365.emulators.dataverse.comparisons import ComparisonSql
from work365.emulators.dataverse.database import compared
from work365.emulators.dataverse.definitions import ColumnDefinition, Kind, TableDefinition
from work365.emulators.dataverse.errors import query_error
from work365.emulators.dataverse.expressions import Property
from work365.emulators.dataverse.filter_sql import filter_sql
from work365.emulators.dataverse.joins import Joins
from work365.emulators.dataverse.query_options import QueryOptions
from work365.emulators.dataverse.reading import Reader, rows_answer
from work365.emulators.dataverse.rendering import (
    FORMATTED,
    Fragment,
    RowWriter,
    bare_text,
    nullable_json,
)
from work365.emulators.dataverse.sql import quoted, select
from work365.emulators.dataverse.statements import conjunction


def read_aggregates(
    reader: Reader, table: TableDefinition, call: Call, options: QueryOptions
) -> Answer:
    """Answer with what `$apply` makes of a table's rows."""
    if options.orderby:
        raise query_error("The query node SingleValueOpenPropertyAccess is not supported")
    options.only(("$apply",), "beside $apply")
    assert options.apply is not None
    query = _Aggregation(reader, table, call, options.apply)
    return rows_answer(call, table.set_name, query.rows())


class _Aggregation:
    def __init__(self, reader: Reader, table: TableDefinition, call: Call, apply: Apply) -> None:
        self._reader = reader
        self._joins = Joins(reader.statement(), table)
        self._writer = RowWriter(reader.schema, call.preferences.annotations)
        condition = ""
        if apply.filter is not None:
            condition = filter_sql(ComparisonSql(self._joins), apply.filter)
        self._condition = conjunction(condition, self._joins.sight)
        self._groups: list[str] = []
        fragments = [self._group(group) for group in apply.groups]
        fragments += [self._aggregate(aggregate) for aggregate in apply.aggregates]
        self._text = bare_text(fragments)

    def rows(self) -> list[str]:
        """Return the texts of the groups."""
        rest = f"{self._joins.clauses} WHERE {self._condition}"
        looked_at = select("count(*)", f"FROM ({select('1', rest)} LIMIT {RECORDS_MAX + 1})")
        ((count,),) = self._reader.rows(looked_at, self._joins.statement)
        if int(count or 0) > RECORDS_MAX:
            raise too_many_records()
        if self._groups:
            groups = ", ".join(self._groups)
            rest = f"{rest} GROUP BY {groups} ORDER BY {groups}"
        found = self._reader.rows(select(self._text, rest), self._joins.statement)
        return [str(row[0]) for row in found]

    def _column(self, named: Property) -> tuple[str, TableDefinition, ColumnDefinition]:
        alias, table = self._joins.reach(named.path[:-1])
        _, column = self._joins.column(named)
        return alias, table, column

    def _group(self, named: Property) -> Fragment:
        """Return the fragment of a column that rows are grouped by.

        Source: a column of another table has the name of that table before its own.
        """
        alias, table, column = self._column(named)
        if column.kind in (Kind.DAY, Kind.MOMENT):
            raise query_error(
                f"Grouping by '{column.name}' is not supported: groupby takes no dates."
            )
        self._groups.append(compared(column, alias))
        name = column.read_name
        if len(named.path) > 1:
            name = f"{table.name}_{column.name}"
        value = nullable_json(column, f"{alias}.{quoted(column.name)}")
        shown = self._writer.shown(table, alias, column)
        return self._writer.aliased(name, value, [(FORMATTED, shown)])

    def _aggregate(self, aggregate: Aggregate) -> Fragment:
        found = self._aggregated(aggregate)
        return self._writer.aliased(aggregate.alias, found.value, [(FORMATTED, found.shown)])

    def _aggregated(self, aggregate: Aggregate) -> AggregateSql:
        if aggregate.column is None:
            return counted("count(*)")
        alias, _, column = self._column(aggregate.column)
        if aggregate.method == "countdistinct":
            return distinct_count(column, alias)
        return aggregate_sql(aggregate.method, column, alias)
