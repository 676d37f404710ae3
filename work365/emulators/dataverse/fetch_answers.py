"""Answers `?fetchXml=` and `?sql=`: one query, page by page."""

from dataclasses import dataclass

from work365.emulators.dataverse.aggregates import RECORDS_MAX, too_many_records
from work365.emulators.dataverse.calls import MAXIMUM_PAGE_SIZE, Answer, Call
from work365.emulators.dataverse.definitions import TableDefinition
from work365.emulators.dataverse.errors import query_error
from work365.emulators.dataverse.fetch_columns import FetchColumns
from work365.emulators.dataverse.fetch_query import Fetch, FetchOrder
from work365.emulators.dataverse.fetch_scopes import FetchScope
from work365.emulators.dataverse.fetch_xml import invalid, parse_fetch
from work365.emulators.dataverse.joins import Joins
from work365.emulators.dataverse.ordering import (
    OrderTerm,
    after_sql,
    by_key,
    order_sql,
    ordered,
    position_of,
)
from work365.emulators.dataverse.paging import (
    Cookie,
    Position,
    decode_cookie,
    decode_position,
    encode_cookie,
    next_link,
)
from work365.emulators.dataverse.query_options import QueryOptions
from work365.emulators.dataverse.reading import COUNT_MAX, Reader, rows_answer
from work365.emulators.dataverse.rendering import (
    MORE_RECORDS,
    PAGING_COOKIE,
    Fragment,
    RowWriter,
    bare_text,
    formatted_text,
    label_sql,
)
from work365.emulators.dataverse.sql import quoted, select
from work365.emulators.dataverse.sql_queries import parse_sql
from work365.emulators.dataverse.values import SqlValue

SIMPLE_PAGING_MAX = 50_000
"""Source: without paging cookies, no more rows than these are found on all pages."""

_ETAG: Fragment = ('"@odata.etag":"W/\\"%s\\""', 't."versionnumber"')


@dataclass(frozen=True, kw_only=True)
class FetchPage:
    """One page of rows as their JSON texts."""

    rows: list[str]
    has_more: bool
    position: Position | None
    """Of its last row, where the query can go on from there."""


def read_fetch(reader: Reader, table: TableDefinition, call: Call, options: QueryOptions) -> Answer:
    """Answer with what FetchXML finds; the next page is for the client to ask for."""
    options.only(("fetchXml", "$count"), "beside fetchXml")
    fetch = parse_fetch(options.fetch_xml or "")
    _check_table(fetch, table)
    query = FetchStatement(reader, fetch, call)
    count = query.count() if fetch.has_total or options.count else None
    position = decode_position(fetch.cookie) if fetch.cookie else None
    page = query.page(position, fetch.page)
    notes: dict[str, str | bool] = {}
    if page.has_more:
        notes[MORE_RECORDS] = True
        if page.position is not None:
            notes[PAGING_COOKIE] = encode_cookie(
                Cookie(page=fetch.page + 1, position=page.position)
            )
    return rows_answer(call, query.context, page.rows, count=count, notes=notes)


def read_sql(reader: Reader, table: TableDefinition, call: Call, options: QueryOptions) -> Answer:
    """Answer with what a SELECT finds, and a link to the next page."""
    options.only(("sql", "$skiptoken"), "beside sql")
    fetch = parse_sql(options.sql or "")
    _check_table(fetch, table)
    query = FetchStatement(reader, fetch, call)
    cookie = decode_cookie(options.skip_token) if options.skip_token else None
    number = 1 if cookie is None else cookie.page
    page = query.page(None if cookie is None else cookie.position, number)
    link = None
    if page.has_more and fetch.top is None:
        token = encode_cookie(
            Cookie(page=number + 1, position=page.position or (("page", str(number + 1)),))
        )
        link = next_link(call.root, call.path, call.query, ("$skiptoken", token))
    return rows_answer(call, query.context, page.rows, links={"nextLink": link})


def _check_table(fetch: Fetch, table: TableDefinition) -> None:
    if fetch.table.name != table.name:
        raise query_error(
            f"The query is for the entity '{fetch.table.name}', and the address for "
            f"'{table.name}' ({table.set_name}): they must be the same."
        )


class FetchStatement:
    """One query, as SQL."""

    def __init__(self, reader: Reader, fetch: Fetch, call: Call) -> None:
        self._reader = reader
        self._fetch = fetch
        self._page_size = call.preferences.page_size
        table = reader.schema.tables[fetch.table.name]
        self._joins = Joins(reader.statement(), table)
        self._scope = FetchScope(self._joins, fetch.table)
        writer = RowWriter(reader.schema, call.preferences.annotations)
        self._columns = FetchColumns(self._scope, writer)
        self._read_columns()
        names = ",".join(self._columns.names)
        self.context = f"{table.set_name}({names})" if names else table.set_name
        self._terms = self._order()

    @property
    def _is_keyed(self) -> bool:
        """Whether every row of the answer is one of the first table's, or a pair with one."""
        return not (self._fetch.is_distinct or self._fetch.is_aggregate)

    def _read_columns(self) -> None:
        for alias, table in (("", self._fetch.table), *self._scope.linked):
            if self._fetch.is_aggregate:
                self._columns.worked_out(alias, table)
            else:
                self._columns.plain(alias, table, has_key=self._is_keyed)
        if not self._columns.fragments:
            raise invalid(
                "0x8004112c", "A distinct or aggregate query needs at least one attribute."
            )

    @property
    def _text(self) -> str:
        """The SQL of a row's JSON, without the opening brace."""
        fragments = self._columns.fragments
        if self._is_keyed:
            return formatted_text([_ETAG, *fragments])
        return bare_text(fragments)

    def _order(self) -> list[OrderTerm]:
        """Return the order: the first table's, then the linked tables', then the keys.

        Source: orders of linked tables come after those of the first.
        """
        orders = [("", order) for order in self._fetch.table.orders]
        orders += [(alias, order) for alias, table in self._scope.linked for order in table.orders]
        terms = {term.name: term for term in (self._term(*order) for order in orders)}
        if not self._is_keyed:
            groups = self._columns.groups or self._columns.values
            terms |= {group: OrderTerm(name=group, sql=group) for group in groups}
        if self._is_keyed:
            for name, (alias, table) in self._scope.places.items():
                key = f"{name}.{table.primary_id}" if name else table.primary_id
                terms.setdefault(key, by_key(table, alias, key))
        return list(terms.values())

    def _term(self, entity: str, order: FetchOrder) -> OrderTerm:
        entity = order.entity or entity
        name = f"{entity}.{order.name}" if entity else order.name
        return OrderTerm(
            name=name, sql=self._term_sql(entity, order.name), descending=order.is_descending
        )

    def _term_sql(self, entity: str, name: str) -> str:
        if self._fetch.is_aggregate:
            found = self._columns.ordered.get(name)
            if found is None:
                raise invalid("0x8004110a", f"The alias '{name}' of an order does not exist.")
            return found
        _, column = self._scope.column(entity, name)
        alias, _ = self._scope.place(entity)
        if column.options and not self._fetch.orders_by_value:
            return label_sql(column, f"{alias}.{quoted(column.name)}")
        return ordered(self._reader.schema, column, alias)

    def page(self, position: Position | None, number: int) -> FetchPage:
        """Return a page: the rows behind a position, or so many pages from the beginning."""
        self._check_records()
        limit = self._fetch.top
        if limit is None:
            limit = self._fetch.count or self._page_size or MAXIMUM_PAGE_SIZE
        offset = self._fetch.offset
        if position is not None and self._is_keyed:
            self._scope.restrict(after_sql(self._terms, position, self._joins.statement.bind))
        else:
            offset += (number - 1) * limit
            self._check_simple_paging(number, limit)
        rows = self._rows(limit + 1, offset)
        shown = rows[:limit]
        has_more = len(rows) > limit and self._fetch.top is None
        behind = None
        if has_more and self._is_keyed:
            behind = position_of(self._terms, shown[-1][1:])
        return FetchPage(rows=[str(row[0]) for row in shown], has_more=has_more, position=behind)

    def _check_simple_paging(self, number: int, limit: int) -> None:
        if number > 1 and number * limit > SIMPLE_PAGING_MAX:
            raise invalid(
                "0x80041129",
                "Paging cookie is required when trying to retrieve a set of records on any "
                "high pages.",
            )

    @property
    def _grouped(self) -> str:
        """The rows and their groups, as SQL: rows that are to be told apart are groups, too."""
        groups = self._columns.groups
        if self._fetch.is_distinct and not self._fetch.is_aggregate:
            groups = self._columns.values
        return f"{self._scope.rows} GROUP BY {', '.join(groups)}" if groups else self._scope.rows

    def _rows(self, limit: int, offset: int) -> list[tuple[SqlValue, ...]]:
        columns = ", ".join((self._text, *(term.sql for term in self._terms)))
        order = f" ORDER BY {order_sql(self._terms)}" if self._terms else ""
        statement = select(columns, f"{self._grouped}{order} LIMIT {limit} OFFSET {offset}")
        return self._reader.rows(statement, self._joins.statement)

    def _check_records(self) -> None:
        if not self._fetch.is_aggregate:
            return
        limit = min(self._fetch.aggregate_limit or RECORDS_MAX, RECORDS_MAX)
        if self._counted(select("1", self._scope.rows), limit + 1) > limit:
            raise too_many_records()

    def count(self) -> int:
        """Return how many rows there are on all pages, as far as Dataverse counts."""
        return self._counted(select(self._text, self._grouped), COUNT_MAX + 1)

    def _counted(self, rows: str, limit: int) -> int:
        counted = select("count(*)", f"FROM ({rows} LIMIT {limit})")
        ((count,),) = self._reader.rows(counted, self._joins.statement)
        return int(count or 0)
