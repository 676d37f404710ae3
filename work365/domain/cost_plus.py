"""Cost plus: a price made from what the provider charges.

What is added is a mark-up (a percentage of the cost), a margin (a percentage of the price) or
an amount. An agreed price takes the place of all three.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Self

from work365.domain.price_models import (
    ONE,
    PERCENT,
    InvalidPriceModel,
    Part,
    PriceModel,
    refuse_negative,
)
from work365.domain.remembered_text import number_text
from work365.domain.rounding import round_exactly

PRICE_DIGITS = 10
"""Decimals of a price that was worked out: what an invoice line can keep.

Source: docs/decisions/0015-money-and-numbers-in-dataverse.md.
"""

COST_PLUS = "cost-plus"


class Addition(ABC):
    """What is put on a cost to make a price."""

    __slots__ = ()

    @abstractmethod
    def exact_price(self, cost: Decimal) -> Fraction:
        """Return the price of what costs `cost`, before rounding."""

    @property
    @abstractmethod
    def content(self) -> str:
        """The addition as one line, by which a later edit is noticed; it is kept for years.

        Source: docs/decisions/0025-remembered-text-is-written-out.md.
        """

    @property
    @abstractmethod
    def proportional(self) -> bool:
        """Whether twice the cost is twice the price."""

    def price(self, cost: Decimal) -> Decimal:
        """Return the price of what costs `cost`, to `PRICE_DIGITS` decimals."""
        return round_exactly(self.exact_price(cost), PRICE_DIGITS)


@dataclass(frozen=True, slots=True)
class Markup(Addition):
    """A percentage of the cost; a negative one sells below it."""

    percent: Decimal | Fraction

    def __post_init__(self) -> None:
        if self.percent < -PERCENT:
            raise InvalidPriceModel(
                f"the mark-up is {self.percent} %; below -{PERCENT} the price would be negative"
            )

    @classmethod
    def times(cls, multiplier: Decimal) -> Self:
        """Return the mark-up that makes the price `multiplier` times the cost.

        Raises: InvalidPriceModel: `multiplier` is negative.
        """
        return cls((Fraction(multiplier) - 1) * PERCENT)

    def exact_price(self, cost: Decimal) -> Fraction:
        """Return the cost and its percentage."""
        return Fraction(cost) * (1 + Fraction(self.percent) / PERCENT)

    @property
    def content(self) -> str:
        """The percentage, as a fraction in lowest terms: it may have no last decimal."""
        percent = Fraction(self.percent)
        return f"markup {percent.numerator}/{percent.denominator}"

    @property
    def proportional(self) -> bool:
        """It is."""
        return True


@dataclass(frozen=True, slots=True)
class Margin(Addition):
    """The part of the price, as a percentage, that is not cost."""

    percent: Decimal

    def __post_init__(self) -> None:
        if not 0 <= self.percent < PERCENT:
            raise InvalidPriceModel(
                f"the margin is {self.percent} %; it must be 0 or more, and below {PERCENT}"
            )

    @property
    def markup(self) -> Markup:
        """The mark-up that comes to the same price: 3/17 of the cost for 15 % of the price."""
        margin = Fraction(self.percent)
        return Markup(PERCENT * margin / (PERCENT - margin))

    def exact_price(self, cost: Decimal) -> Fraction:
        """Return the price of which the cost is the rest."""
        return self.markup.exact_price(cost)

    @property
    def content(self) -> str:
        """The percentage."""
        return f"margin {number_text(self.percent)}"

    @property
    def proportional(self) -> bool:
        """It is."""
        return True


@dataclass(frozen=True, slots=True)
class Surcharge(Addition):
    """An amount on top of the cost, in the currency's major unit."""

    amount: Decimal

    def __post_init__(self) -> None:
        refuse_negative(surcharge=self.amount)

    def exact_price(self, cost: Decimal) -> Fraction:
        """Return the cost and the amount."""
        return Fraction(cost) + Fraction(self.amount)

    @property
    def content(self) -> str:
        """The amount."""
        return f"surcharge {number_text(self.amount)}"

    @property
    def proportional(self) -> bool:
        """The amount is the same on any cost."""
        return False


@dataclass(frozen=True, slots=True, kw_only=True)
class CostPlus(PriceModel):
    """Units that each cost the same, at a price made from that cost."""

    unit_cost: Decimal
    addition: Addition
    agreed_price: Decimal | None = None
    """Taken in place of what the cost would make."""

    def __post_init__(self) -> None:
        refuse_negative(unit_cost=self.unit_cost, agreed_price=self.agreed_price)

    @property
    def per_unit(self) -> Decimal:
        """What one unit is sold at."""
        if self.agreed_price is not None:
            return self.agreed_price
        return self.addition.price(self.unit_cost)

    def parts(self, quantity: Decimal) -> tuple[Part, ...]:
        """Return the units at their price; none without usage."""
        reason = f"cost {self.unit_cost}" if self.agreed_price is None else "agreed price"
        return (Part(COST_PLUS, self.per_unit, quantity, reason),) if quantity else ()

    @property
    def content(self) -> str:
        """Cost, agreed price, and what is added."""
        cost, agreed = number_text(self.unit_cost), number_text(self.agreed_price)
        return f"cost-plus {cost} {agreed} ({self.addition.content})"

    @property
    def additive(self) -> bool:
        """A unit costs the same, whichever it is."""
        return True


@dataclass(frozen=True, slots=True)
class CostOfUsage(PriceModel):
    """Usage that is known by its cost only: the quantity is the cost, sold as one unit."""

    addition: Addition

    def parts(self, quantity: Decimal) -> tuple[Part, ...]:
        """Return what usage that cost `quantity` is sold at; nothing without usage."""
        if not quantity:
            return ()
        return (Part(COST_PLUS, self.addition.price(quantity), ONE, f"cost {quantity}"),)

    @property
    def content(self) -> str:
        """What is added."""
        return f"cost-of-usage ({self.addition.content})"

    @property
    def additive(self) -> bool:
        """Only a percentage may be put on each part of a cost apart."""
        return self.addition.proportional
