"""Prorated tiers: units that were had for a part of a period, in prices by tier.

How many units are had says which tier a change falls in; for how long they are had says how
much of the tier's price is owed.
"""

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from work365.domain.price_models import NOTHING
from work365.domain.tiers import Graduated


class ProratedChange(NamedTuple):
    """A change of a quantity, and what it comes to when its time is counted.

    Units: `units` as they are had; `prorated_units` times the share of the period that is left.
    """

    units: Decimal
    prorated_units: Decimal


def prorated_graduated(model: Graduated, changes: Sequence[ProratedChange]) -> Fraction:
    """Return what the changes of one period cost, exactly, and never less than nothing.

    A change is spread over the tiers between the quantity before it and the one after it. A
    tier's flat fee is owed whole where the quantity ever reached the tier; nothing at all is
    owed where more was taken away than there was.
    Source: the prorated graduated charge of Lago, by its published examples.
    """
    counted = list(_counted(changes))
    had = NOTHING
    most = NOTHING
    owed = Fraction(0)
    for change in counted:
        after = had + change.units
        share = Fraction(change.prorated_units) / Fraction(change.units)
        owed += share * (_unit_prices(model, after) - _unit_prices(model, had))
        had = after
        most = max(most, had)
    if had < 0:
        return Fraction(0)
    return max(owed, Fraction(0)) + _flat_fees(model, most)


def _counted(changes: Iterable[ProratedChange]) -> Iterator[ProratedChange]:
    """Yield the changes that place something in a tier in this period."""
    had = NOTHING
    for change in changes:
        # Without any time an addition was over before the period, and so was its removal.
        is_of_another_period = not change.prorated_units and (
            change.units > 0 or had + change.units < 0
        )
        if change.units and not is_of_another_period:
            had += change.units
            yield change


def _unit_prices(model: Graduated, quantity: Decimal) -> Fraction:
    parts = model.parts(max(NOTHING, quantity))
    amounts = (part.exact_amount for part in parts if not part.component.endswith("-flat"))
    return sum(amounts, Fraction(0))


def _flat_fees(model: Graduated, quantity: Decimal) -> Fraction:
    parts = model.parts(quantity)
    amounts = (part.exact_amount for part in parts if part.component.endswith("-flat"))
    return sum(amounts, Fraction(0))
