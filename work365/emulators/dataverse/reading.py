"""Answers reading requests: one row, many rows page by page, and counts."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from sqlite3 import Connection

from work365.emulators.dataverse.calls import (
    MAXIMUM_PAGE_SIZE,
    Answer,
    Call,
    Preferences,
    json_answer,
)
from work365.emulators.dataverse.comparisons import ComparisonSql, Viewpoint
from work365.emulators.dataverse.database import compared
from work365.emulators.dataverse.definitions import ColumnDefinition, Schema, TableDefinition
from work365.emulators.dataverse.errors import not_emulated, row_absent, unknown_property
from work365.emulators.dataverse.filter_sql import filter_sql
from work365.emulators.dataverse.joins import ROOT, Joins
from work365.emulators.dataverse.paging import (
    Cookie,
    Position,
    bad_cookie,
    decode_cookie,
    encode_cookie,
    next_link,
)
from work365.emulators.dataverse.query_options import QueryOptions, read_options
from work365.emulators.dataverse.rendering import (
    TOTAL_COUNT,
    TOTAL_COUNT_EXCEEDED,
    Fragment,
    RowWriter,
)
from work365.emulators.dataverse.sql import quoted, sql
from work365.emulators.dataverse.values import SqlValue

COUNT_MAX = 5_000
BYTE_ORDER_MARK = b"\xef\xbb\xbf"


@dataclass(frozen=True, kw_only=True)
class Reader:
    """What reading needs: the tables, a connection, and from where it looks."""

    schema: Schema
    connection: Connection
    viewpoint: Viewpoint


@dataclass(frozen=True, kw_only=True)
class Shape:
    """The text of rows as SQL, and the context that names what is in them."""

    sql: str
    context: str


def selected(table: TableDefinition, names: Sequence[str] | None) -> tuple[ColumnDefinition, ...]:
    """Return the columns of a `$select`: the primary key always, money with its currency."""
    if names is None:
        return tuple(table.properties.values())
    found = {}
    for name in names:
        column = table.properties.get(name)
        if column is None:
            raise unknown_property(name, table.name)
        found[column.name] = column
    if any(column in table.money for column in found.values()):
        found.setdefault("transactioncurrencyid", table.columns["transactioncurrencyid"])
    found.setdefault(table.primary_id, table.columns[table.primary_id])
    return tuple(found.values())


def shape_of(
    reader: Reader, table: TableDefinition, options: QueryOptions, call: Call, joins: Joins
) -> Shape:
    """Return how the rows of a request are written."""
    writer = RowWriter(reader.schema, call.preferences.annotations)
    expansions: list[Fragment] = []
    names = list(options.select or ())
    for expansion in options.expand:
        alias, target = joins.reach((expansion.navigation,))
        columns = selected(target, expansion.select)
        expansions.append(writer.expansion(expansion.navigation, target, alias, columns))
        names.append(f"{expansion.navigation}({','.join(expansion.select or ())})")
    columns = selected(table, options.select)
    return Shape(
        sql=writer.row(table, ROOT, columns, expansions),
        context=f"{table.set_name}({','.join(names)})" if names else table.set_name,
    )


def read_row(reader: Reader, table: TableDefinition, row_id: str, call: Call) -> Answer:
    """Answer with one row."""
    options = read_options(call.parameters)
    for name in options.given - {"$select", "$expand"}:
        raise not_emulated(f"the query option '{name}' on a single row")
    body, version = row_text(reader, table, row_id, call, options)
    etag = f'W/"{version}"'
    if call.condition("if-none-match") == etag:
        return Answer(status=304, headers={"ETag": etag})
    answer = json_answer(200, body, ETag=etag)
    answer.rows = 1
    answer.headers.update(call.preferences.applied_header("odata.include-annotations"))
    return answer


def row_text(
    reader: Reader, table: TableDefinition, row_id: str, call: Call, options: QueryOptions
) -> tuple[str, int]:
    """Return a row's JSON with its context, and its version; raises if there is no such row."""
    joins = Joins(reader.schema, table)
    shape = shape_of(reader, table, options, call, joins)
    found = reader.connection.execute(
        sql(
            f'SELECT {shape.sql}, {ROOT}."versionnumber" {joins.clauses}',
            f"WHERE {ROOT}.{quoted(table.primary_id)} = ?",
        ),
        (row_id,),
    ).fetchone()
    if found is None:
        raise row_absent(table.name, row_id)
    context = f'{{"@odata.context":"{call.root}$metadata#{shape.context}/$entity",'
    return context + found[0], found[1]


@dataclass(frozen=True, kw_only=True)
class Page:
    """One page of rows as their JSON texts."""

    rows: list[str]
    next_cookie: Cookie | None


class Query:
    """A request for many rows."""

    def __init__(
        self, reader: Reader, table: TableDefinition, call: Call, options: QueryOptions
    ) -> None:
        self.table = table
        self.options = options
        self._reader = reader
        self._joins = Joins(reader.schema, table)
        self.shape = shape_of(reader, table, options, call, self._joins)
        self._comparisons = ComparisonSql(self._joins, reader.viewpoint)
        self._conditions = []
        if options.filter is not None:
            self._conditions.append(filter_sql(self._comparisons, options.filter))
        self._order = _order(table, options.orderby)

    @property
    def _parameters(self) -> list[SqlValue]:
        return self._comparisons.parameters

    def count(self) -> int:
        """Return how many rows there are on all pages, as far as Dataverse counts."""
        where = f"WHERE {' AND '.join(self._conditions)}" if self._conditions else ""
        statement = sql(
            "SELECT count(*) FROM (SELECT 1", self._joins.clauses, where, f"LIMIT {COUNT_MAX + 1})"
        )
        found = self._reader.connection.execute(statement, self._parameters).fetchone()
        return int(found[0])

    def page(self, limit: int, cookie: Cookie | None) -> Page:
        """Return at most `limit` rows: the first, or those after the cookie's position."""
        conditions, parameters = list(self._conditions), list(self._parameters)
        if cookie is not None:
            conditions.append(self._after(cookie.position, parameters))
        where = f"WHERE {' AND '.join(conditions)}" if conditions else ""
        terms = [compared(column, ROOT) for column, _ in self._order]
        ordering = ", ".join(
            f"{term} {'DESC' if descending else 'ASC'}"
            for term, (_, descending) in zip(terms, self._order, strict=True)
        )
        rows = self._reader.connection.execute(
            sql(
                f"SELECT {self.shape.sql}, {', '.join(terms)} {self._joins.clauses}",
                f"{where} ORDER BY {ordering} LIMIT {limit + 1}",
            ),
            parameters,
        ).fetchall()
        return self._cut(rows, limit, 1 if cookie is None else cookie.page)

    def _cut(self, rows: list[tuple[SqlValue, ...]], limit: int, number: int) -> Page:
        shown = rows[:limit]
        cookie = None
        if len(rows) > limit:
            last = [None if value is None else str(value) for value in shown[-1][1:]]
            names = [column.name for column, _ in self._order]
            position: Position = tuple(zip(names, last, strict=True))
            cookie = Cookie(page=number + 1, position=position)
        return Page(rows=[str(row[0]) for row in shown], next_cookie=cookie)

    def _after(self, position: Position, parameters: list[SqlValue]) -> str:
        """Return the condition for rows behind `position`; no value sorts before any."""
        if [name for name, _ in position] != [column.name for column, _ in self._order]:
            raise bad_cookie()
        alternatives = []
        equal, equal_values = "", list[SqlValue]()
        for (column, descending), (_, last) in zip(self._order, position, strict=True):
            term = compared(column, ROOT)
            if last is not None:
                behind = f"({term} < ? OR {term} IS NULL)" if descending else f"{term} > ?"
                alternatives.append(equal + behind)
                parameters.extend([*equal_values, last])
            elif not descending:
                alternatives.append(f"{equal}{term} IS NOT NULL")
                parameters.extend(equal_values)
            equal += f"{term} IS ? AND "
            equal_values.append(last)
        return f"({' OR '.join(alternatives)})"


def _order(
    table: TableDefinition, orderby: Sequence[tuple[str, bool]]
) -> list[tuple[ColumnDefinition, bool]]:
    """Return the columns of the order and their directions, the primary key last."""
    order: dict[str, tuple[ColumnDefinition, bool]] = {}
    for name, descending in orderby:
        column = table.properties.get(name)
        if column is None:
            raise unknown_property(name, table.name)
        order.setdefault(column.name, (column, descending))
    order.setdefault(table.primary_id, (table.columns[table.primary_id], False))
    return list(order.values())


def read_rows(reader: Reader, table: TableDefinition, call: Call) -> Answer:
    """Answer with a page of rows."""
    options = read_options(call.parameters)
    query = Query(reader, table, call, options)
    cookie = decode_cookie(options.skip_token) if options.skip_token else None
    limit = page_limit(call.preferences, options)
    page = query.page(limit, cookie)
    link = None
    if page.next_cookie is not None and not _is_cut_by_top(call.preferences, options):
        token = encode_cookie(page.next_cookie)
        link = next_link(call.root, call.path, call.query, ("$skiptoken", token))
    count = query.count() if options.count else None
    return rows_answer(call, query.shape.context, page.rows, count=count, next_page=link)


def page_limit(preferences: Preferences, options: QueryOptions) -> int:
    """Return how many rows a page has; with a page size preferred, `$top` is ignored."""
    if preferences.page_size is not None:
        return preferences.page_size
    return min(options.top or MAXIMUM_PAGE_SIZE, MAXIMUM_PAGE_SIZE)


def _is_cut_by_top(preferences: Preferences, options: QueryOptions) -> bool:
    return options.top is not None and preferences.page_size is None


def rows_answer(
    call: Call,
    context: str,
    rows: Sequence[str],
    *,
    count: int | None = None,
    next_page: str | None = None,
    delta: str | None = None,
) -> Answer:
    """Return the answer with these rows, each the text of a row without its first brace."""
    parts = [f'{{"@odata.context":"{call.root}$metadata#{context}"']
    if count is not None:
        parts.append(f',"@odata.count":{min(count, COUNT_MAX)}')
    annotations = call.preferences.annotations
    if annotations.include(TOTAL_COUNT):
        parts.append(f',"@{TOTAL_COUNT}":{-1 if count is None else min(count, COUNT_MAX)}')
    if annotations.include(TOTAL_COUNT_EXCEEDED):
        exceeded = count is not None and count > COUNT_MAX
        parts.append(f',"@{TOTAL_COUNT_EXCEEDED}":{json.dumps(exceeded)}')
    parts.append(',"value":[')
    if rows:
        parts.extend(("{", ",{".join(rows)))
    parts.append("]")
    for name, link in (("nextLink", next_page), ("deltaLink", delta)):
        if link is not None:
            parts.append(f',"@odata.{name}":{json.dumps(link)}')
    parts.append("}")
    answer = json_answer(200, "".join(parts))
    answer.rows = len(rows)
    answer.headers.update(
        call.preferences.applied_header(
            "odata.include-annotations", "odata.maxpagesize", "odata.track-changes"
        )
    )
    return answer


def count_rows(reader: Reader, table: TableDefinition, call: Call) -> Answer:
    """Answer with the number of rows, as plain text."""
    options = read_options(call.parameters)
    for name in options.given - {"$filter"}:
        raise not_emulated(f"the query option '{name}' with $count")
    count = Query(reader, table, call, options).count()
    return Answer(
        status=200,
        headers={"Content-Type": "text/plain"},
        body=BYTE_ORDER_MARK + str(min(count, COUNT_MAX)).encode(),
    )
