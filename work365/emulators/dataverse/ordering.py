"""The order of rows, and where in it a page begins."""

from collections.abc import Sequence
from dataclasses import dataclass

from work365.emulators.dataverse.database import compared
from work365.emulators.dataverse.definitions import (
    ColumnDefinition,
    Kind,
    Schema,
    TableDefinition,
)
from work365.emulators.dataverse.errors import unknown_property
from work365.emulators.dataverse.paging import Position, bad_cookie
from work365.emulators.dataverse.rendering import name_sql
from work365.emulators.dataverse.sql import quoted
from work365.emulators.dataverse.viewpoints import Bind


@dataclass(frozen=True, kw_only=True)
class OrderTerm:
    """One thing that rows are ordered by."""

    name: str
    """Name in paging cookies."""

    sql: str
    descending: bool = False


def ordered(schema: Schema, column: ColumnDefinition, alias: str) -> str:
    """Return the SQL of a column as rows are ordered by it.

    Source: lookups are ordered by the name of the row that they refer to.
    """
    if column.kind is Kind.LOOKUP:
        return f"fold({name_sql(schema, column, f'{alias}.{quoted(column.name)}')})"
    return compared(column, alias)


def order_of(
    schema: Schema,
    table: TableDefinition,
    alias: str,
    orderby: Sequence[tuple[str, bool]],
) -> list[OrderTerm]:
    """Return what a table's rows are ordered by, the primary key last."""
    terms: dict[str, OrderTerm] = {}
    for name, descending in orderby:
        column = table.properties.get(name)
        if column is None:
            raise unknown_property(name, table.name)
        term = OrderTerm(
            name=column.name, sql=ordered(schema, column, alias), descending=descending
        )
        terms.setdefault(column.name, term)
    terms.setdefault(table.primary_id, by_key(table, alias))
    return list(terms.values())


def by_key(table: TableDefinition, alias: str, name: str = "") -> OrderTerm:
    """Return the order by a table's primary key."""
    return OrderTerm(name=name or table.primary_id, sql=f"{alias}.{quoted(table.primary_id)}")


def order_sql(terms: Sequence[OrderTerm]) -> str:
    """Return the ORDER BY of these terms, without its first words."""
    return ", ".join(f"{term.sql} {'DESC' if term.descending else 'ASC'}" for term in terms)


def position_of(terms: Sequence[OrderTerm], values: Sequence[object]) -> Position:
    """Return the position of the row that has these values in its order."""
    return tuple(
        (term.name, None if value is None else str(value))
        for term, value in zip(terms, values, strict=True)
    )


def after_sql(terms: Sequence[OrderTerm], position: Position, bind: Bind) -> str:
    """Return the condition for rows behind `position`; no value sorts before any."""
    if [name for name, _ in position] != [term.name for term in terms]:
        raise bad_cookie()
    alternatives = []
    equal = ""
    for term, (_, last) in zip(terms, position, strict=True):
        mark = bind(last)
        if last is not None:
            behind = f"({term.sql} < {mark} OR {term.sql} IS NULL)"
            alternatives.append(equal + (behind if term.descending else f"{term.sql} > {mark}"))
        elif not term.descending:
            alternatives.append(f"{equal}{term.sql} IS NOT NULL")
        equal += f"{term.sql} IS {mark} AND "
    return f"({' OR '.join(alternatives)})" if alternatives else "0"
