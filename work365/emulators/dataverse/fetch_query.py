"""A query as FetchXML says it; SQL that the Web API takes is read into the same."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class FetchColumn:
    """A column that is shown, aggregated or grouped by."""

    name: str
    alias: str = ""
    """Name in the answer, where it is not the column's own."""

    aggregate: str = ""
    is_group: bool = False
    date_part: str = ""
    is_distinct: bool = False


@dataclass(frozen=True, kw_only=True)
class FetchCondition:
    """What must hold for a column."""

    column: str
    operator: str
    values: tuple[str, ...] = ()
    value_of: str = ""
    """Another column, in place of values."""

    entity: str = ""
    """Alias of the linked table whose column it is; nothing for the table it stands below."""

    is_without_null: bool = False
    """Whether no value is never different from a value, as in SQL."""


@dataclass(frozen=True, kw_only=True)
class FetchFilter:
    """Conditions, all of which must hold or any."""

    is_any: bool = False
    parts: tuple["FetchCondition | FetchFilter | FetchLink", ...] = ()


@dataclass(frozen=True, kw_only=True)
class FetchOrder:
    """One thing that rows are ordered by."""

    name: str
    """A column; in an aggregate query an alias."""

    is_descending: bool = False
    entity: str = ""
    """Alias of the linked table whose column it is."""


@dataclass(frozen=True, kw_only=True)
class FetchTable:
    """A table, what is shown of it, and what is joined to it."""

    name: str
    columns: tuple[FetchColumn, ...] = ()
    has_all_columns: bool = False
    filters: tuple[FetchFilter, ...] = ()
    orders: tuple[FetchOrder, ...] = ()
    links: tuple["FetchLink", ...] = ()


@dataclass(frozen=True, kw_only=True)
class FetchLink:
    """A table that is joined to another."""

    table: FetchTable
    alias: str
    source: str
    """Column of this table (`from`)."""

    target: str
    """Column of the table that it is joined to (`to`)."""

    kind: str = "inner"
    outer: str = ""
    """Alias of the table that it is joined to, where that is not the one it stands below."""


@dataclass(frozen=True, kw_only=True)
class Fetch:
    """A whole query."""

    table: FetchTable
    top: int | None = None
    count: int | None = None
    page: int = 1
    cookie: str | None = None
    offset: int = 0
    """Rows that are left out at the beginning."""

    is_distinct: bool = False
    is_aggregate: bool = False
    aggregate_limit: int | None = None
    has_total: bool = False
    orders_by_value: bool = False
    """Whether choices are ordered by their numbers, and not by their labels."""
