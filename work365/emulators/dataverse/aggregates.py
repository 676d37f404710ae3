"""Writes aggregated values: what a method makes of a column, as JSON and as people see it."""

from collections.abc import Callable
from dataclasses import dataclass

from work365.emulators.dataverse.comparisons import NUMERIC
from work365.emulators.dataverse.database import compared
from work365.emulators.dataverse.definitions import ColumnDefinition, Kind
from work365.emulators.dataverse.errors import DataverseError, query_error
from work365.emulators.dataverse.rendering import BASE_CURRENCY, money_sql
from work365.emulators.dataverse.sql import quoted
from work365.emulators.dataverse.values import edm_type

RECORDS_MAX = 50_000
"""Source: an aggregate query looks at 50,000 rows at most."""

ORDERED = (*NUMERIC, Kind.DAY, Kind.MOMENT)


@dataclass(frozen=True, kw_only=True)
class AggregateSql:
    """SQL of an aggregated value."""

    value: str
    """As JSON, null where there is none."""

    shown: str
    """As people are shown it."""


def too_many_records() -> DataverseError:
    """Return the refusal to aggregate more rows than an aggregate query may look at."""
    return DataverseError(
        400,
        "0x8004e023",
        "The maximum record limit is exceeded. Reduce the number of records.",
    )


def counted(value: str) -> AggregateSql:
    """Return a count."""
    return AggregateSql(value=f"CAST({value} AS TEXT)", shown=f"number({value}, 0)")


def distinct_count(column: ColumnDefinition, alias: str) -> AggregateSql:
    """Return the number of values of a column that differ."""
    return counted(f"count(DISTINCT {compared(column, alias)})")


def aggregate_sql(method: str, column: ColumnDefinition, alias: str) -> AggregateSql:
    """Return what `sum`, `average`, `min` or `max` make of a column."""
    named = f"{alias}.{quoted(column.name)}"
    if method in ("min", "max"):
        if column.kind not in ORDERED:
            raise _not_aggregated(method, column)
        return _shaped(column, f"{method}({named})")
    if column.kind not in NUMERIC:
        raise _not_aggregated(method, column)
    if method == "sum":
        return _shaped(column, f"coalesce(exact_sum({named}), '0')")
    average = "whole_average" if not column.is_number else "exact_average"
    return _shaped(column, f"{average}({named})")


def _not_aggregated(method: str, column: ColumnDefinition) -> DataverseError:
    return query_error(
        f"The aggregate '{method}' is not supported for column '{column.name}' of type "
        f"'{edm_type(column)}'."
    )


def _shaped(column: ColumnDefinition, value: str) -> AggregateSql:
    shape = _SHAPES.get(column.kind)
    if shape is not None:
        return shape(value)
    return AggregateSql(
        value=f"CAST({value} AS TEXT)", shown=f"number({value}, {column.precision})"
    )


_SHAPES: dict[Kind, Callable[[str], AggregateSql]] = {
    Kind.MONEY: lambda value: AggregateSql(
        value=f"money_digits({value})", shown=money_sql(value, BASE_CURRENCY)
    ),
    Kind.DAY: lambda value: AggregateSql(value=f"json_quote({value})", shown=f"day({value})"),
    Kind.MOMENT: lambda value: AggregateSql(value=f"json_quote({value})", shown=f"moment({value})"),
}
