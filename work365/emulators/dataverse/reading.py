"""Answers reading requests: one row, many rows page by page, and counts."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from sqlite3 import Connection, OperationalError
from types import MappingProxyType

from work365.emulators.dataverse.calls import (
    MAXIMUM_PAGE_SIZE,
    Answer,
    Call,
    Preferences,
    json_answer,
)
from work365.emulators.dataverse.comparisons import ComparisonSql
from work365.emulators.dataverse.definitions import Schema, TableDefinition
from work365.emulators.dataverse.errors import not_emulated, row_absent
from work365.emulators.dataverse.expansion import ExpansionWriter
from work365.emulators.dataverse.filter_sql import filter_sql
from work365.emulators.dataverse.joins import ROOT, Joins
from work365.emulators.dataverse.ordering import after_sql, order_of, order_sql, position_of
from work365.emulators.dataverse.paging import Cookie, decode_cookie, encode_cookie, next_link
from work365.emulators.dataverse.query_options import QueryOptions, read_options
from work365.emulators.dataverse.related_rows import Collection
from work365.emulators.dataverse.rendering import (
    TOTAL_COUNT,
    TOTAL_COUNT_EXCEEDED,
    RowWriter,
)
from work365.emulators.dataverse.selection import selected
from work365.emulators.dataverse.sql import literal, quoted, select
from work365.emulators.dataverse.statements import Statement, conjunction
from work365.emulators.dataverse.values import SqlValue
from work365.emulators.dataverse.viewpoints import Viewpoint

COUNT_MAX = 5_000
BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_LIMITS = (
    "parser stack overflow",
    "too many SQL variables",
    "tables in a join",
    "Expression tree is too large (maximum depth 1000)",
    "too many FROM clause terms, max: 200",
    "too many terms in compound SELECT",
    "too many columns in result set",
)
"""How SQLite's errors end about statements that are too large."""

NO_LINKS: Mapping[str, str | None] = MappingProxyType({})
NO_NOTES: Mapping[str, str | bool] = MappingProxyType({})
ROW_OPTIONS = ("$select", "$expand")
LIST_OPTIONS = (
    "$select",
    "$filter",
    "$orderby",
    "$top",
    "$count",
    "$expand",
    "$skiptoken",
    "$deltatoken",
)


@dataclass(frozen=True, kw_only=True)
class Reader:
    """What reading needs: the tables, a connection, and from where it looks."""

    schema: Schema
    connection: Connection
    viewpoint: Viewpoint

    def statement(self) -> Statement:
        """Begin a statement."""
        return Statement(self.schema, self.viewpoint)

    def rows(self, text: str, statement: Statement) -> list[tuple[SqlValue, ...]]:
        """Return the rows that a SELECT finds, `statement` having its values.

        Raises: DataverseError, where it is larger than SQLite takes.
        """
        try:
            return self.connection.execute(text, statement.values).fetchall()
        except OperationalError as error:
            if not str(error).endswith(_LIMITS):
                raise
            raise not_emulated(f"a query of this size ({error})") from error


@dataclass(frozen=True, kw_only=True)
class Shape:
    """The text of rows as SQL, and the context that names what is in them."""

    sql: str
    context: str


def shape_of(joins: Joins, options: QueryOptions, call: Call) -> Shape:
    """Return how the rows of a request are written."""
    table = joins.table
    writer = RowWriter(joins.statement.schema, call.preferences.annotations)
    expansions = ExpansionWriter(
        writer,
        root=call.root,
        page_size=call.preferences.page_size or MAXIMUM_PAGE_SIZE,
        expansions=options.expand,
    )
    expanded = expansions.expanded(joins, (), options.expand)
    names = options.select
    if names is not None:
        names += tuple(name for name in expanded.references if name not in names)
    columns = selected(table, names)
    named = (*(options.select or ()), *expanded.names)
    return Shape(
        sql=writer.row(table, joins.alias, columns, expanded.fragments),
        context=f"{table.set_name}({','.join(named)})" if named else table.set_name,
    )


def reference_shape(table: TableDefinition, root: str) -> Shape:
    """Return how the rows' addresses are written."""
    opening = literal(f'"@odata.id":"{root}{table.set_name}(')
    return Shape(
        sql=f"({opening} || {ROOT}.{quoted(table.primary_id)} || ')\"}}')",
        context="Collection($ref)",
    )


def read_row(reader: Reader, table: TableDefinition, row_id: str, call: Call) -> Answer:
    """Answer with one row."""
    options = read_options(call.parameters)
    options.only(ROW_OPTIONS, "on a single row")
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
    joins = Joins(reader.statement(), table)
    shape = shape_of(joins, options, call)
    mark = joins.statement.bind(row_id)
    condition = conjunction(f"{ROOT}.{quoted(table.primary_id)} = {mark}", joins.sight)
    found = reader.rows(
        select(f'{shape.sql}, {ROOT}."versionnumber"', f"{joins.clauses} WHERE {condition}"),
        joins.statement,
    )
    if not found:
        raise row_absent(table.name, row_id)
    ((text, version),) = found
    context = f'{{"@odata.context":"{call.root}$metadata#{shape.context}/$entity",'
    return f"{context}{text}", int(version or 0)


@dataclass(frozen=True, kw_only=True)
class Belonging:
    """A collection, and the row whose collection it is."""

    collection: Collection
    row_id: str


@dataclass(frozen=True, kw_only=True)
class Page:
    """One page of rows as their JSON texts."""

    rows: list[str]
    next_cookie: Cookie | None


class Query:
    """A request for many rows."""

    def __init__(
        self,
        reader: Reader,
        table: TableDefinition,
        call: Call,
        options: QueryOptions,
        within: Belonging | None = None,
    ) -> None:
        self.table = table
        self._reader = reader
        self._joins = Joins(reader.statement(), table)
        self._statement = self._joins.statement
        self.shape = shape_of(self._joins, options, call)
        condition = ""
        if options.filter is not None:
            condition = filter_sql(ComparisonSql(self._joins), options.filter)
        belongs = ""
        if within is not None:
            mark = self._statement.bind(within.row_id)
            belongs = within.collection.belonging(mark, ROOT)
        self._condition = conjunction(condition, belongs, self._joins.sight)
        self._terms = order_of(reader.schema, table, ROOT, options.orderby)

    def count(self) -> int:
        """Return how many rows there are on all pages, as far as Dataverse counts."""
        rows = select("1", f"{self._joins.clauses} WHERE {self._condition} LIMIT {COUNT_MAX + 1}")
        ((count,),) = self._reader.rows(select("count(*)", f"FROM ({rows})"), self._statement)
        return int(count or 0)

    def page(self, limit: int, cookie: Cookie | None) -> Page:
        """Return at most `limit` rows: the first, or those after the cookie's position."""
        condition = self._condition
        if cookie is not None:
            behind = after_sql(self._terms, cookie.position, self._statement.bind)
            condition = conjunction(condition, behind)
        terms = ", ".join(term.sql for term in self._terms)
        rows = self._reader.rows(
            select(
                f"{self.shape.sql}, {terms}",
                f"{self._joins.clauses} WHERE {condition} "
                f"ORDER BY {order_sql(self._terms)} LIMIT {limit + 1}",
            ),
            self._statement,
        )
        return self._cut(rows, limit, 1 if cookie is None else cookie.page)

    def _cut(self, rows: list[tuple[SqlValue, ...]], limit: int, number: int) -> Page:
        shown = rows[:limit]
        cookie = None
        if len(rows) > limit:
            cookie = Cookie(page=number + 1, position=position_of(self._terms, shown[-1][1:]))
        return Page(rows=[str(row[0]) for row in shown], next_cookie=cookie)


def read_rows(
    reader: Reader,
    table: TableDefinition,
    call: Call,
    options: QueryOptions,
    within: Belonging | None = None,
) -> Answer:
    """Answer with a page of rows."""
    options.only(LIST_OPTIONS, "beside others")
    return _page_answer(Query(reader, table, call, options, within), call, options)


def read_references(reader: Reader, within: Belonging, call: Call) -> Answer:
    """Answer with the addresses of the rows of a collection."""
    options = read_options(call.parameters)
    options.only(("$filter", "$orderby", "$top", "$count", "$skiptoken"), "with $ref")
    query = Query(reader, within.collection.table, call, options, within)
    query.shape = reference_shape(within.collection.table, call.root)
    return _page_answer(query, call, options)


def _page_answer(query: Query, call: Call, options: QueryOptions) -> Answer:
    cookie = decode_cookie(options.skip_token) if options.skip_token else None
    page = query.page(page_limit(call.preferences, options), cookie)
    link = None
    if page.next_cookie is not None and not _is_cut_by_top(call.preferences, options):
        token = encode_cookie(page.next_cookie)
        link = next_link(call.root, call.path, call.query, ("$skiptoken", token))
    count = query.count() if options.count else None
    return rows_answer(call, query.shape.context, page.rows, count=count, links={"nextLink": link})


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
    links: Mapping[str, str | None] = NO_LINKS,
    notes: Mapping[str, str | bool] = NO_NOTES,
) -> Answer:
    """Return the answer with these rows, each the text of a row without its first brace.

    `links` are the next page's and the delta's; `notes` are annotations of the whole answer,
    of which those that are preferred come.
    """
    parts = [f'{{"@odata.context":"{call.root}$metadata#{context}"']
    if count is not None:
        parts.append(f',"@odata.count":{min(count, COUNT_MAX)}')
    exceeded = count is not None and count > COUNT_MAX
    totals = {
        TOTAL_COUNT: -1 if count is None else min(count, COUNT_MAX),
        TOTAL_COUNT_EXCEEDED: exceeded,
    }
    parts.extend(
        f',"@{name}":{json.dumps(value)}'
        for name, value in {**totals, **notes}.items()
        if call.preferences.annotations.include(name)
    )
    parts.append(',"value":[')
    if rows:
        parts.extend(("{", ",{".join(rows)))
    parts.append("]")
    parts.extend(
        f',"@odata.{name}":{json.dumps(link)}' for name, link in links.items() if link is not None
    )
    parts.append("}")
    answer = json_answer(200, "".join(parts))
    answer.rows = len(rows)
    answer.headers.update(
        call.preferences.applied_header(
            "odata.include-annotations", "odata.maxpagesize", "odata.track-changes"
        )
    )
    return answer


def count_rows(
    reader: Reader, table: TableDefinition, call: Call, within: Belonging | None = None
) -> Answer:
    """Answer with the number of rows, as plain text."""
    options = read_options(call.parameters)
    options.only(("$filter",), "with $count")
    return count_answer(Query(reader, table, call, options, within).count())


def count_answer(count: int) -> Answer:
    """Return the answer that is a number, as plain text."""
    return Answer(
        status=200,
        headers={"Content-Type": "text/plain"},
        body=BYTE_ORDER_MARK + str(min(count, COUNT_MAX)).encode(),
    )
