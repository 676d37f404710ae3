"""Price models: how a price depends on the quantity, as plain values.

A model answers with parts, each a quantity at a price per unit, so that what is billed can be
subtracted from what is owed by price and quantity, whatever the model. What the quantity is
(seats, hours, gigabytes) and which period it belongs to is not known here.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from work365.domain.remembered_text import number_text
from work365.domain.rounding import RoundingMode, round_exactly
from work365.errors import Refusal

ONE = Decimal(1)
NOTHING = Decimal(0)
PERCENT = 100


FEE = "-flat"
"""How the component ends under which a tier's own fee is charged."""


class InvalidPriceModel(Refusal):
    """A price model that could not price every quantity, or would pay the customer."""

    code = "invalid_price_model"


class Part(NamedTuple):
    """A quantity at one price; a charge is the sum of its parts.

    Units: `per_unit` in the currency's major unit.
    """

    component: str
    per_unit: Decimal
    quantity: Decimal
    reason: str

    @property
    def exact_amount(self) -> Fraction:
        """Price times quantity, before rounding."""
        return Fraction(self.per_unit) * Fraction(self.quantity)


class PriceModel(ABC):
    """What a quantity costs."""

    __slots__ = ()

    @abstractmethod
    def parts(self, quantity: Decimal) -> tuple[Part, ...]:
        """Return what `quantity`, the total of a period and not negative, costs."""

    @property
    @abstractmethod
    def content(self) -> str:
        """The model as one line, by which a later edit is noticed; it is kept for years.

        Source: docs/decisions/0025-remembered-text-is-written-out.md.
        """

    @property
    def additive(self) -> bool:
        """Whether a quantity costs the same, whatever was used before it in its period."""
        return False

    @property
    def needs_whole_period(self) -> bool:
        """Whether nothing is billed before the total of the period is known."""
        return False


def refuse_negative(**prices: Decimal | None) -> None:
    """Do nothing where no price is negative.

    Raises: InvalidPriceModel: one is.
    """
    for name, price in prices.items():
        if price is not None and price < 0:
            raise InvalidPriceModel(f"{name} is {price}; it must be zero or more")


def refuse_unless_positive(**sizes: Decimal | None) -> None:
    """Do nothing where every size is above zero.

    Raises: InvalidPriceModel: one is not.
    """
    for name, size in sizes.items():
        if size is not None and size <= 0:
            raise InvalidPriceModel(f"{name} is {size}; it must be more than zero")


def whole_blocks(quantity: Decimal, size: Decimal) -> Decimal:
    """Return how many blocks of `size` hold `quantity`; a block begun counts whole."""
    blocks = Fraction(quantity) / Fraction(size)
    return round_exactly(blocks, 0, RoundingMode.AWAY_FROM_ZERO)


@dataclass(frozen=True, slots=True)
class Flat(PriceModel):
    """One amount for a period, whatever is used; a negative one is a rebate."""

    amount: Decimal

    def parts(self, quantity: Decimal) -> tuple[Part, ...]:  # noqa: ARG002  it is flat
        """Return the one part that there always is."""
        return (Part("flat", self.amount, ONE, "flat fee"),)

    @property
    def content(self) -> str:
        """The fee."""
        return f"flat {number_text(self.amount)}"


@dataclass(frozen=True, slots=True)
class PerUnit(PriceModel):
    """Every unit at one price; a negative one is a rebate."""

    per_unit: Decimal

    def parts(self, quantity: Decimal) -> tuple[Part, ...]:
        """Return the units at their price; none without usage."""
        return (Part("unit", self.per_unit, quantity, "usage"),) if quantity else ()

    @property
    def content(self) -> str:
        """The price of one."""
        return f"per-unit {number_text(self.per_unit)}"

    @property
    def additive(self) -> bool:
        """A unit costs the same, whichever it is."""
        return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Package(PriceModel):
    """Packages of `size` units at one price; one begun counts whole, after `free` units."""

    size: Decimal
    price: Decimal
    free: Decimal = NOTHING

    def __post_init__(self) -> None:
        refuse_unless_positive(size=self.size)
        refuse_negative(price=self.price, free=self.free)

    def packages(self, quantity: Decimal) -> Decimal:
        """Return how many packages hold `quantity` units, without the free ones."""
        return whole_blocks(max(NOTHING, quantity - self.free), self.size)

    def parts(self, quantity: Decimal) -> tuple[Part, ...]:
        """Return the packages; none where all units are free."""
        packages = self.packages(quantity)
        return (
            (Part("package", self.price, packages, f"packages of {self.size}"),) if packages else ()
        )

    @property
    def content(self) -> str:
        """Size, price and free units."""
        return " ".join(("package", *map(number_text, (self.size, self.price, self.free))))


@dataclass(frozen=True, slots=True, kw_only=True)
class Included(PriceModel):
    """A fee that includes some units, and a price for those beyond."""

    fee: Decimal
    units: Decimal
    overage: PriceModel

    def __post_init__(self) -> None:
        refuse_negative(fee=self.fee, units=self.units)

    def parts(self, quantity: Decimal) -> tuple[Part, ...]:
        """Return the fee, and the parts of the units beyond, marked as overage."""
        fee = Part("fee", self.fee, ONE, f"{self.units} units included")
        if quantity <= self.units:
            return (fee,)
        overage = self.overage.parts(quantity - self.units)
        return (fee, *(part._replace(component=f"overage-{part.component}") for part in overage))

    @property
    def content(self) -> str:
        """Fee, units, and the price of those beyond."""
        return (
            f"included {number_text(self.fee)} {number_text(self.units)} ({self.overage.content})"
        )

    @property
    def needs_whole_period(self) -> bool:
        """What the overage needs."""
        return self.overage.needs_whole_period


@dataclass(frozen=True, slots=True)
class Discounted(PriceModel):
    """Another model's prices, less a percentage of each; 100 makes them free."""

    model: PriceModel
    percent: Decimal

    def __post_init__(self) -> None:
        if not 0 <= self.percent <= PERCENT:
            raise InvalidPriceModel(f"the discount is {self.percent} %; it must be 0 to {PERCENT}")

    def parts(self, quantity: Decimal) -> tuple[Part, ...]:
        """Return the model's parts at their lower prices."""
        return tuple(
            part._replace(per_unit=_less(part.per_unit, self.percent))
            for part in self.model.parts(quantity)
        )

    @property
    def content(self) -> str:
        """The percentage, and what it comes off."""
        return f"discounted {number_text(self.percent)} ({self.model.content})"

    @property
    def additive(self) -> bool:
        """As the model is."""
        return self.model.additive

    @property
    def needs_whole_period(self) -> bool:
        """What the model needs."""
        return self.model.needs_whole_period


def _less(price: Decimal, percent: Decimal) -> Decimal:
    exact = Fraction(price) * (PERCENT - Fraction(percent)) / PERCENT
    # So many digits hold the product of the two to the last one.
    return round_exactly(exact, _decimals(price) + _decimals(percent) + 2)


def _decimals(number: Decimal) -> int:
    exponent = number.as_tuple().exponent
    assert isinstance(exponent, int), f"{number} is not a number"
    return max(0, -exponent)
