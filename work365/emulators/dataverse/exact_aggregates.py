"""Sums and averages of exact numbers, which SQLite would work out in floats."""

from collections.abc import Callable
from decimal import ROUND_HALF_EVEN, Context, Decimal
from sqlite3 import Connection
from typing import Any

from work365.emulators.dataverse.values import number_text

CONTEXT = Context(prec=60, rounding=ROUND_HALF_EVEN)
AVERAGE_SCALE = Decimal(1).scaleb(-10)
MONEY_SCALE = Decimal(1).scaleb(-9)
"""Source: documented answers have sums and averages of money with nine decimals."""


class ExactSum:
    """The sum of exact numbers, kept as text; nothing where there are none."""

    def __init__(self) -> None:
        self._sum = Decimal(0)
        self._count = 0

    def step(self, value: str | int | None) -> None:
        """Add a value."""
        if value is not None:
            self._sum = CONTEXT.add(self._sum, Decimal(value))
            self._count += 1

    def finalize(self) -> str | None:
        """Return the sum."""
        return number_text(self._sum) if self._count else None


class ExactAverage(ExactSum):
    """The average of exact numbers, to ten decimals."""

    def finalize(self) -> str | None:
        """Return the average."""
        if not self._count:
            return None
        average = CONTEXT.divide(self._sum, Decimal(self._count))
        return number_text(average.quantize(AVERAGE_SCALE, context=CONTEXT))


class WholeAverage(ExactSum):
    """The average of whole numbers, without what is behind the point.

    Source: documented answers cut the average of whole numbers, as SQL Server does.
    """

    def finalize(self) -> str | None:
        """Return the average."""
        return number_text(Decimal(int(self._sum / self._count))) if self._count else None


def money_digits(amount: str | int | None) -> str | None:
    """Return an aggregated amount with the decimals that Dataverse shows."""
    if amount is None:
        return None
    return format(Decimal(amount).quantize(MONEY_SCALE, context=CONTEXT), "f")


AGGREGATES: dict[str, Callable[[], Any]] = {
    "exact_sum": ExactSum,
    "exact_average": ExactAverage,
    "whole_average": WholeAverage,
}


def install_aggregates(connection: Connection) -> None:
    """Make the aggregate functions known to a connection."""
    for name, kind in AGGREGATES.items():
        connection.create_aggregate(name, 1, kind)
    connection.create_function("money_digits", 1, money_digits, deterministic=True)
