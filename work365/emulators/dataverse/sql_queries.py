"""Reads the SELECT that the Web API takes as `?sql=`.

Source: one SELECT with named columns, INNER and LEFT JOIN, WHERE, GROUP BY and ORDER BY. The
reference says that TOP and OFFSET are not supported, the official SDK uses both: they are read.
"""

from dataclasses import dataclass, field, replace

from work365.emulators.dataverse.errors import query_error
from work365.emulators.dataverse.fetch_query import (
    Fetch,
    FetchColumn,
    FetchFilter,
    FetchLink,
    FetchOrder,
    FetchTable,
)
from work365.emulators.dataverse.sql_conditions import Name, read_name, read_where
from work365.emulators.dataverse.sql_tokens import SqlTokens

TOP_MAX = 5_000
AGGREGATES = {"COUNT": "countcolumn", "SUM": "sum", "AVG": "avg", "MIN": "min", "MAX": "max"}
CLAUSES = frozenset(
    [
        "JOIN",
        "INNER",
        "LEFT",
        "RIGHT",
        "FULL",
        "CROSS",
        "ON",
        "WHERE",
        "GROUP",
        "HAVING",
        "ORDER",
        "OFFSET",
        "FETCH",
        "UNION",
        "FROM",
        "AS",
    ]
)
"""Words that are no aliases."""

REFUSED = ("RIGHT", "FULL", "CROSS", "HAVING", "UNION")


@dataclass(kw_only=True)
class _Shown:
    """One thing in the list of what is selected."""

    name: Name
    column: FetchColumn


@dataclass(kw_only=True)
class _Read:
    """What was read of a SELECT so far."""

    table: str = ""
    aliases: dict[str, str] = field(default_factory=dict)
    """By alias in lower case, the alias in the query; that of the first table is empty."""

    links: list[FetchLink] = field(default_factory=list)
    shown: list[_Shown] = field(default_factory=list)
    groups: list[Name] = field(default_factory=list)
    orders: list[FetchOrder] = field(default_factory=list)


def parse_sql(text: str) -> Fetch:
    """Return what a SELECT says; raises if the Web API would not take it."""
    tokens = SqlTokens(text)
    if not tokens.take("SELECT"):
        raise query_error("Only a single SELECT statement is supported.")
    is_distinct = tokens.take("DISTINCT")
    top = _top(tokens)
    read = _Read()
    listed = _list(tokens)
    tokens.expect("FROM")
    read.table = tokens.name()
    read.aliases[_alias(tokens) or read.table] = ""
    while _join(tokens, read):
        pass
    read.shown = [_shown(text, read) for text in listed]
    where = FetchFilter()
    if tokens.take("WHERE"):
        where = read_where(tokens, read.aliases)
    _groups(tokens, read)
    _orders(tokens, read)
    offset, count = _offset(tokens)
    tokens.take(";")
    if tokens.next.kind != "end":
        raise tokens.unexpected("nothing more was expected")
    return Fetch(
        table=_table(read, where),
        top=top if top is not None else count,
        offset=offset,
        is_distinct=is_distinct,
        is_aggregate=_is_aggregate(read),
        orders_by_value=True,
    )


def _top(tokens: SqlTokens) -> int | None:
    if not tokens.take("TOP"):
        return None
    has_bracket = tokens.take("(")
    top = tokens.number()
    if has_bracket:
        tokens.expect(")")
    return _limited(top)


def _limited(rows: int) -> int:
    if rows > TOP_MAX:
        raise query_error(f"{rows} rows are too many for one query: it finds {TOP_MAX} at most.")
    return rows


def _list(tokens: SqlTokens) -> list[SqlTokens]:
    """Return the texts of what is selected, which are read when the tables are known."""
    texts = [""]
    depth = 0
    while depth or tokens.next.text.upper() != "FROM":
        token = tokens.next
        if token.kind == "end":
            raise tokens.unexpected("'FROM' was expected")
        tokens.take(token.text.upper())
        depth += (token.text == "(") - (token.text == ")")
        if token.text == "," and not depth:
            texts.append("")
        else:
            texts[-1] += f" {token.text}"
    return [SqlTokens(text) for text in texts]


def _alias(tokens: SqlTokens) -> str:
    if tokens.take("AS"):
        return tokens.name()
    if tokens.next.kind == "name" and tokens.next.text.upper() not in CLAUSES:
        return tokens.name()
    return ""


def _join(tokens: SqlTokens, read: _Read) -> bool:
    """Read one JOIN, if one comes next."""
    for word in REFUSED:
        if tokens.take(word):
            raise query_error(f"'{word}' is not supported in a SELECT.")
    kind = "inner"
    if tokens.take("LEFT"):
        tokens.take("OUTER")
        kind = "outer"
        tokens.expect("JOIN")
    elif not (tokens.take("INNER", "JOIN") or tokens.take("JOIN")):
        return False
    table = tokens.name()
    alias = _alias(tokens) or table
    if alias in read.aliases:
        raise query_error(f"The correlation name '{alias}' is specified more than once.")
    read.aliases[alias] = alias
    tokens.expect("ON")
    one = read_name(tokens, read.aliases)
    tokens.expect("=")
    other = read_name(tokens, read.aliases)
    if one[0] != alias:
        one, other = other, one
    if one[0] != alias or other[0] == alias:
        raise query_error(f"The JOIN of '{alias}' must compare one of its columns with another's.")
    read.links.append(
        FetchLink(
            table=FetchTable(name=table),
            alias=alias,
            source=one[1],
            target=other[1],
            kind=kind,
            outer=other[0],
        )
    )
    return True


def _shown(tokens: SqlTokens, read: _Read) -> _Shown:
    if tokens.take("*"):
        raise query_error("SELECT * is not supported: name the columns.")
    for word, aggregate in AGGREGATES.items():
        if tokens.take(word, "("):
            return _aggregated(tokens, read, aggregate)
    name = read_name(tokens, read.aliases)
    alias = _alias(tokens) or (name[1] if name[0] else "")
    _expect_end(tokens)
    return _Shown(name=name, column=FetchColumn(name=name[1], alias=alias))


def _aggregated(tokens: SqlTokens, read: _Read, aggregate: str) -> _Shown:
    is_distinct = aggregate == "countcolumn" and tokens.take("DISTINCT")
    name: Name | None = None
    if not (aggregate == "countcolumn" and tokens.take("*")):
        name = read_name(tokens, read.aliases)
    tokens.expect(")")
    alias = _alias(tokens)
    _expect_end(tokens)
    if not alias:
        raise query_error("A column that is worked out needs an alias (AS).")
    column = FetchColumn(
        name=name[1] if name else "",
        alias=alias,
        aggregate=aggregate if name else "count",
        is_distinct=is_distinct,
    )
    return _Shown(name=name or ("", ""), column=column)


def _expect_end(tokens: SqlTokens) -> None:
    if tokens.next.kind != "end":
        raise tokens.unexpected("a column with or without an alias was expected")


def _groups(tokens: SqlTokens, read: _Read) -> None:
    if not tokens.take("GROUP", "BY"):
        return
    read.groups.append(read_name(tokens, read.aliases))
    while tokens.take(","):
        read.groups.append(read_name(tokens, read.aliases))


def _orders(tokens: SqlTokens, read: _Read) -> None:
    for word in REFUSED:
        if tokens.take(word):
            raise query_error(f"'{word}' is not supported in a SELECT.")
    if not tokens.take("ORDER", "BY"):
        return
    read.orders.append(_order(tokens, read))
    while tokens.take(","):
        read.orders.append(_order(tokens, read))


def _order(tokens: SqlTokens, read: _Read) -> FetchOrder:
    entity, name = read_name(tokens, read.aliases)
    is_descending = tokens.take("DESC") or (tokens.take("ASC") and False)
    for shown in read.shown:
        if not entity and shown.column.alias == name and not shown.column.aggregate:
            entity, name = shown.name
            break
    if _is_aggregate(read):
        name, entity = _alias_of(read, (entity, name)), ""
    return FetchOrder(name=name, entity=entity, is_descending=is_descending)


def _alias_of(read: _Read, name: Name) -> str:
    """Return the alias of a group or aggregate that rows are ordered by."""
    for shown in read.shown:
        if shown.name == name or shown.column.alias == name[1]:
            return shown.column.alias or shown.column.name
    raise query_error(f"Column '{name[1]}' is invalid in the ORDER BY clause: it is not selected.")


def _offset(tokens: SqlTokens) -> tuple[int, int | None]:
    if not tokens.take("OFFSET"):
        return 0, None
    offset = tokens.number()
    tokens.expect("ROWS")
    if not tokens.take("FETCH"):
        return offset, None
    tokens.expect("NEXT")
    count = _limited(tokens.number())
    tokens.expect("ROWS", "ONLY")
    return offset, count


def _is_aggregate(read: _Read) -> bool:
    return bool(read.groups) or any(shown.column.aggregate for shown in read.shown)


def _table(read: _Read, where: FetchFilter) -> FetchTable:
    """Return the first table, with what is selected shared out among the tables."""
    by_alias: dict[str, list[FetchColumn]] = {"": []}
    for shown in read.shown:
        by_alias.setdefault(shown.name[0], []).append(_column(shown, read))
    links = tuple(
        replace(link, table=replace(link.table, columns=tuple(by_alias.get(link.alias, ()))))
        for link in read.links
    )
    return FetchTable(
        name=read.table,
        columns=tuple(by_alias[""]),
        filters=(where,),
        orders=tuple(read.orders),
        links=links,
    )


def _column(shown: _Shown, read: _Read) -> FetchColumn:
    if not _is_aggregate(read) or shown.column.aggregate:
        return shown.column
    if shown.name not in read.groups:
        raise query_error(
            f"Column '{shown.column.name}' is invalid in the select list because it is not "
            "contained in either an aggregate function or the GROUP BY clause."
        )
    return replace(shown.column, alias=shown.column.alias or shown.column.name, is_group=True)
