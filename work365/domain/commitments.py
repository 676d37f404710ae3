"""Commitments: the least and the most that is spent in a period, and discounts before them.

What is owed at the end of a period is `end_of_period`: what lacks of the least is added, and
what is beyond the most is taken off. A period that is billed at once, as on invoices, has that
beside its lines. Where it is billed line by line, each line keeps the most by itself, so that
only the least is left to be settled with the last. A percentage comes off before both.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction

from work365.domain.money import Money
from work365.domain.price_models import NOTHING, ONE, PERCENT, Part
from work365.domain.remembered_text import number_text
from work365.domain.rounding import round_exactly
from work365.errors import Refusal

SHARE_DIGITS = 10
"""Decimals of a commitment for a part of a period."""

MINIMUM_SPEND = "minimum-spend"
"""The component of what is added up to the least that is spent."""

MAXIMUM_SPEND = "maximum-spend"
"""The component of what is taken off because the most was spent."""


class InvalidCommitment(Refusal):
    """A least, a most or a discount that no spending could keep."""

    code = "invalid_commitment"


@dataclass(frozen=True, slots=True, kw_only=True)
class Commitment:
    """The least and the most that is spent in a period, in the currency's major unit."""

    minimum: Decimal | None = None
    maximum: Decimal | None = None

    def __post_init__(self) -> None:
        for name, amount in (("minimum", self.minimum), ("maximum", self.maximum)):
            if amount is not None and amount < 0:
                raise InvalidCommitment(f"the {name} is {amount}; it must be zero or more")
        if self.minimum is not None and self.maximum is not None and self.maximum < self.minimum:
            raise InvalidCommitment(
                f"the minimum {self.minimum} is more than the maximum {self.maximum}; lower it"
            )

    @property
    def content(self) -> str:
        """The least and the most as one line, by which a later edit is noticed.

        Source: docs/decisions/0025-remembered-text-is-written-out.md.
        """
        return f"commitment {number_text(self.minimum)} {number_text(self.maximum)}"

    def true_up(self, spent: Money) -> Money:
        """Return what `spent` lacks of the minimum at the end of the period."""
        nothing = Money.zero(spent.currency)
        if self.minimum is None:
            return nothing
        return max(Money.round(self.minimum, spent.currency) - spent, nothing)

    def beyond(self, amount: Money, *, spent: Money) -> Money:
        """Return the part of `amount` that passes the maximum, after `spent` in its period."""
        nothing = Money.zero(amount.currency)
        if self.maximum is None:
            return nothing
        over = spent + amount - Money.round(self.maximum, amount.currency)
        return max(min(over, amount), nothing)

    def prorated(self, share: Fraction) -> "Commitment":
        """Return the commitment of a part of its period, exact to ten decimals.

        Raises: InvalidCommitment: `share` is negative.
        """
        return Commitment(minimum=_times(self.minimum, share), maximum=_times(self.maximum, share))


def _times(amount: Decimal | None, share: Fraction) -> Decimal | None:
    return None if amount is None else round_exactly(Fraction(amount) * share, SHARE_DIGITS)


def end_of_period(commitment: Commitment, amount: Money, *, before: Money) -> Iterator[Part]:
    """Yield what is added or taken off at the end of a period in which `amount` came last.

    Units: `before` is what was owed for the same period before `amount`; both are in the
    currency of the limits. What is taken off is negative. There is one part at most.
    """
    beyond = commitment.beyond(amount, spent=before)
    lacking = commitment.true_up(before + amount)
    if beyond.amount:
        yield Part(MAXIMUM_SPEND, -beyond.amount, ONE, f"maximum {commitment.maximum}")
    if lacking.amount:
        yield Part(MINIMUM_SPEND, lacking.amount, ONE, f"minimum {commitment.minimum}")


@dataclass(frozen=True, slots=True, kw_only=True)
class SpendingTerms:
    """What is agreed about the spending of a period, beside its prices."""

    discount_percent: Decimal = NOTHING
    commitment: Commitment = field(default_factory=Commitment)

    def __post_init__(self) -> None:
        if not 0 <= self.discount_percent <= PERCENT:
            raise InvalidCommitment(
                f"the discount is {self.discount_percent} %; it must be 0 to {PERCENT}"
            )


@dataclass(frozen=True, slots=True)
class RatedLine:
    """A part in money, with what comes off it."""

    part: Part
    amount: Money
    discount: Money
    """Off by percentage."""
    beyond_maximum: Money
    """Off because the most was spent."""

    @property
    def discounts(self) -> Money:
        """Everything that comes off."""
        return self.discount + self.beyond_maximum

    @property
    def total(self) -> Money:
        """What is owed."""
        return self.amount - self.discounts

    @property
    def unit_amount(self) -> Decimal:
        """What one unit costs on paper: of one unit alone, what the line does."""
        return self.amount.amount if self.part.quantity == 1 else self.part.per_unit


def apply_terms(
    parts: Iterable[Part], terms: SpendingTerms, *, billed: Money, last: bool
) -> tuple[RatedLine, ...]:
    """Return the parts in money, each rounded once, and the true-up with the `last` of a period.

    Units: `billed` is what was owed for the same period before, in the currency of the lines.
    """
    return tuple(_lines(parts, terms, billed, last))


def _lines(
    parts: Iterable[Part], terms: SpendingTerms, billed: Money, last: bool
) -> Iterator[RatedLine]:
    spent = billed
    currency = billed.currency
    nothing = Money.zero(currency)
    off = Fraction(terms.discount_percent) / PERCENT
    for part in parts:
        amount = Money.round(part.exact_amount, currency)
        discount = Money.round(Fraction(amount.amount) * off, currency)
        beyond = terms.commitment.beyond(amount - discount, spent=spent)
        line = RatedLine(part, amount, discount, beyond)
        spent += line.total
        yield line
    if last:
        for part in end_of_period(terms.commitment, nothing, before=spent):
            yield RatedLine(part, Money.round(part.exact_amount, currency), nothing, nothing)
