"""Writes what `$expand` brings along: rows that a row refers to, and collections of rows.

Source: single-level collections come whole (5,000 rows at most) with a link to the same rows;
as soon as anything is expanded inside something, pages apply to every collection.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote

from work365.emulators.dataverse.comparisons import ComparisonSql
from work365.emulators.dataverse.definitions import ColumnDefinition, TableDefinition
from work365.emulators.dataverse.errors import (
    DataverseError,
    query_error,
    unknown_property,
)
from work365.emulators.dataverse.filter_sql import filter_sql
from work365.emulators.dataverse.joins import Joins
from work365.emulators.dataverse.ordering import by_key, order_of, order_sql
from work365.emulators.dataverse.paging import Cookie, encode_cookie
from work365.emulators.dataverse.query_options import Expansion, QueryOptions
from work365.emulators.dataverse.related_rows import Collection, find_collection
from work365.emulators.dataverse.rendering import Fragment, RowWriter
from work365.emulators.dataverse.selection import selected
from work365.emulators.dataverse.sql import literal, quoted, select
from work365.emulators.dataverse.statements import conjunction

COLLECTION_MAX = 5_000
ADDRESS_CHARACTERS = "$=&(),;'/@:"
"""What stands in a link as it is."""

_NOTHING = "''"
_ARRAY = "'[' || coalesce(group_concat(text, ','), '') || ']'"
_SOME_ID = "00000000-0000-0000-0000-000000000000"


@dataclass(frozen=True, kw_only=True)
class Expanded:
    """What comes along with a row: its text, and its part of the context."""

    fragments: tuple[Fragment, ...] = ()
    names: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    """Lookups of which the address comes, and whose value comes with it."""


class ExpansionWriter:
    """Writes the expansions of one request."""

    def __init__(
        self, writer: RowWriter, *, root: str, page_size: int, expansions: Sequence[Expansion]
    ) -> None:
        self._writer = writer
        self._root = root
        self._page_size = page_size
        self._is_nested = any(expansion.is_nested for expansion in expansions)

    def expanded(
        self,
        joins: Joins,
        path: tuple[str, ...],
        expansions: Sequence[Expansion],
        within: str = "",
    ) -> Expanded:
        """Return what comes along with the rows at the end of `path`.

        `within` is the SQL that holds where such a row is shown at all; nothing where it always
        is. Rows inside rows are written one after the other and not inside each other, because
        SQLite takes only so much nesting.
        """
        _, table = joins.reach(path)
        self._check_mixture(joins, table, expansions)
        fragments: list[Fragment] = []
        names, references = [], []
        for expansion in expansions:
            if expansion.navigation in table.navigations:
                found, name = self._single(joins, path, expansion, within)
            else:
                found, name = self._many(joins, path, expansion, within)
            fragments.extend(found)
            if expansion.is_reference:
                names.append(expansion.navigation)
                references.append(table.navigations[expansion.navigation].read_name)
            names.append(name)
        return Expanded(
            fragments=tuple(fragments), names=tuple(names), references=tuple(references)
        )

    def _check_mixture(
        self, joins: Joins, table: TableDefinition, expansions: Sequence[Expansion]
    ) -> None:
        """Refuse many-to-many relationships beside others or where anything is nested.

        Source: the table of relationship types that `$expand` supports; the text of the
        refusal is not known.
        """
        links = joins.statement.schema.links[table.name]
        many = [expansion for expansion in expansions if expansion.navigation in links]
        if many and (len(many) < len(expansions) or self._is_nested):
            raise query_error(
                f"Expanding '{many[0].navigation}', a many-to-many relationship, is not supported "
                "together with other relationships or nested $expand."
            )

    def _single(
        self, joins: Joins, path: tuple[str, ...], expansion: Expansion, within: str
    ) -> tuple[list[Fragment], str]:
        """Return the fragments of the row that a lookup refers to."""
        options = expansion.options
        if options.top is not None or options.orderby:
            raise _only_select_and_filter()
        further = (*path, expansion.navigation)
        alias, table = joins.reach(further)
        key = f"{alias}.{quoted(table.primary_id)}"
        shown = conjunction(within, f"{key} IS NOT NULL", self._fits(joins, expansion, table, key))
        label = f',"{expansion.navigation}":'
        absent = f"WHEN {within} THEN" if within else "ELSE"
        ending = f"{absent} {literal(label + 'null')}{' ELSE ' + _NOTHING if within else ''} END"
        if expansion.is_reference:
            opening, closing = literal(label + '{"@odata.id":"'), literal('"}')
            text = f"{opening} || {self._address(table, key)} || {closing}"
            name = f"{expansion.navigation}/$ref()"
            return [("%s", f"CASE WHEN {shown} THEN {text} {ending}")], name
        inside = self.expanded(joins, further, options.expand, shown)
        head = self._writer.head(table, alias, selected(table, options.select))
        beginning = f"CASE WHEN {shown} THEN {literal(label + '{')} || {head} {ending}"
        end = f"CASE WHEN {shown} THEN '}}' ELSE {_NOTHING} END"
        name = _context_name(expansion, inside)
        return [("%s", beginning), *inside.fragments, ("%s", end)], name

    def _fits(self, joins: Joins, expansion: Expansion, table: TableDefinition, key: str) -> str:
        """Return the SQL that holds where a row fits the filter inside its expansion."""
        if expansion.options.filter is None:
            return ""
        inner = joins.inside(table)
        condition = filter_sql(ComparisonSql(inner), expansion.options.filter)
        same = f"{inner.alias}.{quoted(table.primary_id)} = {key}"
        return f"EXISTS (SELECT 1 {inner.clauses} WHERE {same} AND {condition})"

    def _many(
        self, joins: Joins, path: tuple[str, ...], expansion: Expansion, within: str
    ) -> tuple[list[Fragment], str]:
        """Return the fragment of a collection of rows, and of the link to them."""
        alias, table = joins.reach(path)
        collection = find_collection(joins.statement.schema, table, expansion.navigation)
        if collection is None:
            raise unknown_property(expansion.navigation, table.name)
        if expansion.is_reference:
            raise query_error(
                "Expand with $ref is only supported on lookup type navigation property."
            )
        options = expansion.options
        if self._is_nested and (options.top is not None or options.orderby):
            raise _only_select_and_filter()
        inner = joins.inside(collection.table)
        inside = self.expanded(inner, (), options.expand)
        columns = self._columns(collection, options)
        row = self._writer.row(collection.table, inner.alias, columns, inside.fragments)
        address = (
            f"{self._address(table, f'{alias}.{quoted(table.primary_id)}')} || "
            f"{literal('/' + expansion.navigation)}"
        )
        rows = self._rows(inner, collection, alias, options)
        text = f"'{{' || {row} AS text"
        found = self._collected(collection, expansion, address, f"SELECT {text}, {rows}")
        label = literal(f',"{expansion.navigation}":')
        if within:
            found = f"CASE WHEN {within} THEN {label} || {found} ELSE {_NOTHING} END"
        else:
            found = f"{label} || {found}"
        return [("%s", found)], _context_name(expansion, inside)

    def _columns(
        self, collection: Collection, options: QueryOptions
    ) -> tuple[ColumnDefinition, ...]:
        """Return a collection's columns: the lookup back comes where nothing is nested."""
        columns = selected(collection.table, options.select)
        if self._is_nested or not collection.lookup:
            return columns
        back = collection.table.columns[collection.lookup]
        return columns if back in columns else (*columns, back)

    def _rows(self, inner: Joins, collection: Collection, alias: str, options: QueryOptions) -> str:
        """Return the rest of the SELECT of a collection's rows, with their ids."""
        conditions = [collection.condition(alias, inner.alias), inner.sight]
        if options.filter is not None:
            conditions.append(filter_sql(ComparisonSql(inner), options.filter))
        terms = order_of(inner.statement.schema, inner.table, inner.alias, options.orderby)
        limit = self._page_size if self._is_nested else options.top or COLLECTION_MAX
        return (
            f"{by_key(inner.table, inner.alias).sql} AS id {inner.clauses} "
            f"WHERE {conjunction(*conditions)} ORDER BY {order_sql(terms)} "
            f"LIMIT {min(limit, COLLECTION_MAX)}"
        )

    def _collected(
        self, collection: Collection, expansion: Expansion, address: str, rows: str
    ) -> str:
        """Return the SQL of a collection's array, with its link behind it."""
        opening = literal(f',"{expansion.navigation}@odata.nextLink":"')
        options = "&".join(expansion.text)
        query = quote(options, safe=ADDRESS_CHARACTERS)
        if not self._is_nested:
            ending = literal(f'?{query}"' if query else '"')
            return (
                f"({select(f'{_ARRAY} || {opening} || {address} || {ending}', f'FROM ({rows})')})"
            )
        token = encode_cookie(Cookie(page=2, position=((collection.table.primary_id, _SOME_ID),)))
        before, _, after = quote(token, safe="").partition(_SOME_ID)
        start = literal(f"?{query}{'&' if query else ''}$skiptoken={before}")
        ending = literal(f'{after}"')
        link = f"{opening} || {address} || {start} || max(id) || {ending}"
        full = f"CASE WHEN count(*) >= {self._page_size} THEN {link} ELSE '' END"
        return f"({select(f'{_ARRAY} || {full}', f'FROM ({rows})')})"

    def _address(self, table: TableDefinition, key: str) -> str:
        """Return the SQL of a row's address."""
        return f"{literal(f'{self._root}{table.set_name}(')} || {key} || ')'"


def _context_name(expansion: Expansion, inside: Expanded) -> str:
    names = (*(expansion.options.select or ()), *inside.names)
    return f"{expansion.navigation}({','.join(names)})"


def _only_select_and_filter() -> DataverseError:
    return query_error(
        "Only $select and $filter clause can be provided while doing $expand on many-to-one "
        "relationship or nested one-to-many relationship."
    )
