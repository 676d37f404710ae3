"""Rounding: an exact number cut to so many decimals, by a named rule.

Which numbers are rounded, and when, is said where they are used. This module only says how,
so that two places which name one rule cannot differ.
"""

from decimal import Decimal
from enum import Enum
from fractions import Fraction

ARITHMETIC_MAX = 10**28
"""From here on arithmetic on a Decimal loses digits, in the context that Python begins with."""


class RoundingMode(Enum):
    """Which neighbour a number goes to that lies between two."""

    HALF_AWAY_FROM_ZERO = "half-away-from-zero"
    """To the nearer one; a half to the one that is further from zero, whatever its sign."""
    HALF_EVEN = "half-even"
    """To the nearer one; a half to the one whose last digit is even."""
    TOWARDS_ZERO = "towards-zero"
    """The digits that are too many are cut off."""
    AWAY_FROM_ZERO = "away-from-zero"
    """Up, if anything at all is over; down where the number is negative."""


def round_exactly(
    exact: Decimal | Fraction,
    digits: int,
    mode: RoundingMode = RoundingMode.HALF_AWAY_FROM_ZERO,
) -> Decimal:
    """Return `exact` with `digits` decimals; the result has exactly so many.

    Source: docs/decisions/0003-rounding.md.
    """
    # Fraction has no such modes of its own, and Decimal division would round early.
    numerator, denominator = exact.as_integer_ratio()
    whole, rest = divmod(abs(numerator) * 10**digits, denominator)
    if _goes_up(whole, rest, denominator, mode):
        whole += 1
    # Nothing has no sign: it would be printed.
    rounded = -whole if numerator < 0 else whole
    if whole < ARITHMETIC_MAX:
        return Decimal(rounded).scaleb(-digits)
    return Decimal((int(rounded < 0), Decimal(whole).as_tuple().digits, -digits))


def _goes_up(whole: int, rest: int, denominator: int, mode: RoundingMode) -> bool:
    match mode:
        case RoundingMode.HALF_AWAY_FROM_ZERO:
            return 2 * rest >= denominator
        case RoundingMode.HALF_EVEN:
            return 2 * rest > denominator or (2 * rest == denominator and whole % 2 == 1)
        case RoundingMode.TOWARDS_ZERO:
            return False
        case RoundingMode.AWAY_FROM_ZERO:
            return rest > 0
