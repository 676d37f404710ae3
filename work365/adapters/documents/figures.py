"""How amounts, quantities and days are written in English on paper.

Everything here is exact: a figure is written in full or refused, and never rounded.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from work365.errors import Contradiction

MINUS = "\N{MINUS SIGN}"
TO = "\N{EN DASH}"
# calendar.month_abbr speaks the language of the machine; the paper speaks English.
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


class UnwritableAmount(Contradiction):
    """An amount is finer than its currency's minor unit, or is not a number."""

    code = "unwritable_amount"


@dataclass(frozen=True, slots=True)
class Days:
    """The days from `start` up to, and not including, `end`."""

    start: date
    end: date

    def __post_init__(self) -> None:
        assert self.start < self.end, f"{self.start} to {self.end} holds no day"


def written_amount(amount: Decimal, *, minor_unit_digits: int) -> str:
    """Return `amount` with thousands separators and all digits of its currency: 1,234.50.

    Units: the currency's major unit.
    Raises: UnwritableAmount: the amount has digits that the currency does not.
    """
    whole, _, fraction = _plain(amount).partition(".")
    fraction = fraction.rstrip("0").ljust(minor_unit_digits, "0")
    if len(fraction) > minor_unit_digits:
        raise UnwritableAmount(f"{amount} has more than {minor_unit_digits} decimal digits")
    return _signed(amount, f"{whole}.{fraction}" if fraction else whole)


def written_exactly(number: Decimal, *, digits_min: int) -> str:
    """Return a quantity or unit price in full, with at least `digits_min` decimal digits.

    Raises: UnwritableAmount: the number is not finite.
    """
    whole, _, fraction = _plain(number).partition(".")
    fraction = fraction.rstrip("0").ljust(digits_min, "0")
    return _signed(number, f"{whole}.{fraction}" if fraction else whole)


def written_day(day: date) -> str:
    """Return `day` so that no reader takes the month for the day: 11 Mar 2026."""
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"


def written_days(days: Days) -> str:
    """Return the first and last day, repeating no month or year that both share."""
    first = days.start
    # The paper names the last day served; everywhere else the end is the day after it.
    last = days.end - timedelta(days=1)
    if first == last:
        return written_day(first)
    if first.year != last.year:
        return f"{written_day(first)} {TO} {written_day(last)}"
    if first.month != last.month:
        return f"{first.day} {MONTHS[first.month - 1]} {TO} {written_day(last)}"
    return f"{first.day}{TO}{written_day(last)}"


def _plain(number: Decimal) -> str:
    if not number.is_finite():
        raise UnwritableAmount(f"{number} is not a number")
    # copy_abs and a format without precision are exact; abs() would round to 28 digits.
    return f"{number.copy_abs():,f}"


def _signed(number: Decimal, written: str) -> str:
    return MINUS + written if number < 0 else written
