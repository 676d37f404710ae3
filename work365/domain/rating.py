"""Rating: what usage costs by its price model, whole or line by line.

A period may be billed in several lines. What a line adds is the difference between the totals
after it and before it, so that the lines of a period come to what its total does, however it
was cut. Nothing is negative but a difference: less usage than was billed is a credit.
"""

from collections.abc import Iterable
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from work365.domain.commitments import RatedLine, SpendingTerms, apply_terms
from work365.domain.money import Money
from work365.domain.price_models import NOTHING, Part, PriceModel
from work365.errors import Refusal


class NegativeUsage(Refusal):
    """Less than nothing is said to be used."""

    code = "negative_usage"


class LineUsage(NamedTuple):
    """The usage of one of the lines that a period is billed in."""

    quantity: Decimal
    before: Decimal | None = None
    """Usage of the lines before it; None on the first line, which no total was billed before."""

    @property
    def total(self) -> Decimal:
        """Usage of the period up to, and with, this line."""
        return (self.before or NOTHING) + self.quantity


def parts(model: PriceModel, quantity: Decimal) -> tuple[Part, ...]:
    """Return what `quantity`, the total of a period, costs.

    Raises: NegativeUsage: `quantity` is negative; and what the model refuses.
    """
    _refuse_negative(quantity)
    return model.parts(quantity)


def _refuse_negative(quantity: Decimal) -> None:
    if quantity < 0:
        raise NegativeUsage(
            f"quantity {quantity} of a period is negative; correct the usage that makes it so"
        )


def rate_between(model: PriceModel, usage: LineUsage) -> tuple[Part, ...]:
    """Return what a line adds to the lines before it in its period.

    A price of which less is owed than before comes out as a part with a negative quantity.
    Raises: NegativeUsage: a total is negative; and what the model refuses.
    """
    if usage.before is None:
        return parts(model, usage.quantity)
    _refuse_negative(usage.before)
    if model.additive and usage.quantity >= 0:
        return model.parts(usage.quantity)
    after = parts(model, usage.total)
    owed_before = {(part.component, part.per_unit): part for part in parts(model, usage.before)}
    added: list[Part] = []
    for part in after:
        billed = owed_before.pop((part.component, part.per_unit), None)
        more = part.quantity - (billed.quantity if billed else NOTHING)
        # Without any usage the price is said all the same, with nothing of it.
        if more or not part.quantity:
            added.append(part._replace(quantity=more))
    credits = (part._replace(quantity=-part.quantity) for part in owed_before.values())
    return (*added, *(part for part in credits if part.quantity))


def rate_line(
    model: PriceModel,
    usage: LineUsage,
    terms: SpendingTerms,
    *,
    billed: Money,
    last: bool,
) -> tuple[RatedLine, ...]:
    """Return one of a period's lines in money, with its discounts and, if `last`, the true-up.

    A model that needs the whole period is billed with its last line alone.
    Units: `billed` is what was owed for the same period before.
    Raises: NegativeUsage: a total is negative; and what the model refuses.
    """
    if model.needs_whole_period:
        rated = parts(model, usage.total) if last else ()
    else:
        rated = rate_between(model, usage)
    return apply_terms(rated, terms, billed=billed, last=last)


def exact_total(rated: Iterable[Part]) -> Fraction:
    """Return what the parts come to before rounding."""
    return sum((part.exact_amount for part in rated), Fraction(0))


def money_total(rated: Iterable[Part], currency: str) -> Money:
    """Return what the parts come to, each rounded once."""
    return Money.total((Money.round(part.exact_amount, currency) for part in rated), currency)


def still_owed(model: PriceModel, quantity: Decimal, *, billed: Money) -> Money:
    """Return what is owed of a period's total beyond what was billed for it.

    Late usage is billed so: by the total that it makes, less what the total was before.
    Raises: NegativeUsage: `quantity` is negative; and what the model refuses.
    """
    return money_total(parts(model, quantity), billed.currency) - billed
