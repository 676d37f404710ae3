"""Usage discounts: units that are had before the price model sees any.

The free units of a period are used up by its first units, whichever line they are on.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from work365.domain.price_models import NOTHING, refuse_negative


class DiscountedUsage(NamedTuple):
    """What is left of a line's usage when its free units are off."""

    before: Decimal
    """Units of the lines before it that were not free."""
    billed: Decimal
    free: Decimal


@dataclass(frozen=True, slots=True)
class UsageDiscount:
    """So many units of every period are free."""

    free_units: Decimal

    def __post_init__(self) -> None:
        refuse_negative(free_units=self.free_units)

    def apply(self, quantity: Decimal, *, before: Decimal = NOTHING) -> DiscountedUsage:
        """Return what is billed of `quantity`, used after `before` in the same period.

        A negative quantity takes usage back, and gives back the free units that it had.
        """
        billed_before = self._billed(before)
        billed = self._billed(before + quantity) - billed_before
        return DiscountedUsage(billed_before, billed, quantity - billed)

    def _billed(self, total: Decimal) -> Decimal:
        return max(NOTHING, total - self.free_units)
