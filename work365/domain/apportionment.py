"""Apportionment: an amount divided so that its parts add up to it.

Each part is rounded towards zero, and the cents that are left over go to the parts that lost
most by it, the earlier one first where two lost the same (largest remainder).
"""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

from work365.domain.money import Money, minor_unit_digits
from work365.domain.rounding import RoundingMode, round_exactly
from work365.errors import Refusal


class NothingToApportionBy(Refusal):
    """An amount was to be divided by weights that are all zero, or one of which is negative."""

    code = "nothing_to_apportion_by"


def apportion(total: Money, weights: Sequence[Decimal | Fraction]) -> tuple[Money, ...]:
    """Return `total` in parts proportional to `weights`, which add up to it exactly.

    Raises: NothingToApportionBy: the weights are all zero, or one is negative.
    Source: docs/decisions/0017-parts-add-up.md.
    """
    if any(weight < 0 for weight in weights) or not any(weights):
        raise NothingToApportionBy(
            f"{total.amount} {total.currency} cannot be divided by the weights"
            f" {', '.join(map(str, weights)) or 'of no parts'}; each must be zero or more,"
            " and one above zero"
        )
    digits = minor_unit_digits(total.currency)
    whole = sum((Fraction(weight) for weight in weights), Fraction(0))
    exact = [Fraction(total.amount) * Fraction(weight) / whole for weight in weights]
    parts = [round_exactly(part, digits, RoundingMode.TOWARDS_ZERO) for part in exact]
    left_over = total.amount - sum(parts, Decimal(0))
    cent = Decimal(1).scaleb(-digits).copy_sign(left_over)
    by_loss = sorted(range(len(parts)), key=lambda at: -abs(exact[at] - Fraction(parts[at])))
    for at in by_loss[: int(left_over / cent)]:
        parts[at] += cent
    return tuple(Money(total.currency, part) for part in parts)
