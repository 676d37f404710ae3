"""What charges come to: by the day, and cut off behind the second decimal.

The documented examples divide a price by the days of its charge cycle. They do not agree on
where to cut: a change of seats is cut after it is multiplied with the seats, a cancellation or
an upgrade before. Nothing is ever rounded up.
Source: learn.microsoft.com/partner-center/common-billing-scenarios-onetime-recurring.
"""

from collections.abc import Callable
from datetime import date
from decimal import ROUND_DOWN, Decimal
from fractions import Fraction

from work365.emulators.partner_center.terms import MONTHS_OF_CYCLE, Cycle

_CENT = Decimal("0.01")

Subtotal = Callable[[Fraction, int], Decimal]


def unit_share(price: Decimal, cycle: Cycle, since: date) -> Fraction:
    """Return what a unit costs from a day to the cycle's end, that day included."""
    if not cycle.days or (cycle.is_whole and since <= cycle.start):
        return Fraction(price)
    days = (cycle.end - since).days + 1
    return min(Fraction(price), Fraction(price) * days / cycle.days)


def months_share(price: Decimal, billing_cycle: str, months: int) -> Fraction:
    """Return what a unit costs for whole months of a longer cycle: a changed billing plan's."""
    return Fraction(price) * months / MONTHS_OF_CYCLE[billing_cycle]


def cut_product(unit: Fraction, quantity: int) -> Decimal:
    """Multiply, then cut: changes of seats."""
    return cut(unit * quantity)


def cut_unit(unit: Fraction, quantity: int) -> Decimal:
    """Cut, then multiply: cancellations, upgrades, changed billing plans."""
    return cut(unit) * quantity


def cut(amount: Fraction) -> Decimal:
    """Return the amount without what is behind its second decimal."""
    return exact(amount).quantize(_CENT, rounding=ROUND_DOWN)


def exact(amount: Fraction) -> Decimal:
    """Return the amount as a decimal of 28 digits."""
    return Decimal(amount.numerator) / Decimal(amount.denominator)
