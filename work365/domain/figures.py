"""Figures: exact numbers, prices and days as a person would write them.

Nothing is calculated with what is written here.
"""

from datetime import date
from decimal import Decimal
from fractions import Fraction

from work365.domain.charges import Price
from work365.domain.money import Money, minor_unit_digits
from work365.domain.periods import Period

DIGITS_SHOWN = 10
"""Decimals of an exact number that are shown; the dots after them say that there are more."""

MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)


def plain(number: Decimal) -> str:
    """Return `number` with the decimals that it has."""
    return f"{number:f}"


def decimal(exact: Fraction) -> str:
    """Return `exact` as a decimal, with dots where it does not end soon."""
    shown = round(exact, DIGITS_SHOWN)
    text = f"{Decimal(shown.numerator) / Decimal(shown.denominator):.{DIGITS_SHOWN}f}"
    text = text.rstrip("0").rstrip(".")
    return text if shown == exact else f"{text}..."


def fraction(exact: Fraction) -> str:
    """Return `exact` as a decimal if it is one of not too many digits, or else as a fraction."""
    shown = decimal(exact)
    return f"{exact.numerator}/{exact.denominator}" if shown.endswith("...") else shown


def money(amount: Money) -> str:
    """Return `amount` with its currency."""
    return f"{plain(amount.amount)} {amount.currency}"


def unit_price(price: Price) -> str:
    """Return a unit price with all its decimals, at least those of its currency."""
    return priced(price.per_unit, price.priced_in)


def priced(per_unit: Decimal, currency: str) -> str:
    """Return a price in `currency` with all its decimals, at least those of the currency."""
    decimals = max(minor_unit_digits(currency), -int(per_unit.normalize().as_tuple().exponent))
    return f"{per_unit:.{decimals}f} {currency}"


def days(period: Period) -> str:
    """Return a half-open period as people write it: with its last day."""
    if period.days <= 1:
        return str(period.start)
    return f"{period.start} to {period.last_day}"


def day_in_words(day: date) -> str:
    """Return `day` as `11 March 2026`."""
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"


def months(count: int) -> str:
    """Return `count` months in words."""
    return "1 month" if count == 1 else f"{count} months"
