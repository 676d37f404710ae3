"""Tiers: prices that fall, or rise, with the quantity.

A tier holds the units above the tier before it, up to and with its last one. Graduated prices
look at each tier's own units, volume prices at the tier that the whole quantity reaches.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from itertools import pairwise
from typing import NamedTuple

from work365.domain.price_models import (
    FEE,
    NOTHING,
    ONE,
    InvalidPriceModel,
    Part,
    PriceModel,
    refuse_negative,
    refuse_unless_positive,
    whole_blocks,
)
from work365.domain.remembered_text import number_text
from work365.errors import Refusal


class BeyondLastTier(Refusal):
    """A quantity that the tiers of its price do not reach."""

    code = "beyond_last_tier"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tier:
    """The units above the tier before and up to, and with, `up_to`, and what they cost.

    Units: `per_unit` for one unit, or for one block of `block` units where that is given; a
    block begun counts whole. `flat` once, when the tier is entered.
    """

    up_to: Decimal | None
    """None: all the rest."""
    per_unit: Decimal | None = None
    flat: Decimal | None = None
    block: Decimal | None = None

    def __post_init__(self) -> None:
        refuse_negative(per_unit=self.per_unit, flat=self.flat)
        refuse_unless_positive(up_to=self.up_to, block=self.block)

    def priced_quantity(self, units: Decimal) -> Decimal:
        """Return how often `per_unit` is owed for `units`."""
        return units if self.block is None else whole_blocks(units, self.block)

    @property
    def content(self) -> str:
        """Its end, price, fee and block."""
        return ":".join(map(number_text, (self.up_to, self.per_unit, self.flat, self.block)))


class BlockTier(NamedTuple):
    """A tier told by its capacity: so many blocks of one size at one price."""

    block: Decimal
    blocks: Decimal | None
    """None: without end."""
    per_block: Decimal


def tiers_of_blocks(blocks: Sequence[BlockTier]) -> tuple[Tier, ...]:
    """Return the tiers that hold one capacity after the other.

    Raises: InvalidPriceModel: a size or a price cannot be; or a tier follows one without end.
    """
    tiers: list[Tier] = []
    reached: Decimal | None = NOTHING
    for block in blocks:
        if reached is None:
            raise InvalidPriceModel(_NOT_ASCENDING.format("a tier follows one without end"))
        reached = None if block.blocks is None else reached + block.block * block.blocks
        tiers.append(Tier(up_to=reached, per_unit=block.per_block, block=block.block))
    return tuple(tiers)


class Beyond(Enum):
    """What becomes of units beyond a last tier that has an end."""

    NOT_PRICED = "not-priced"
    """Only the units that the tiers cover are priced."""
    LAST_TIER = "last-tier"
    """They cost what the last tier's units do."""
    REFUSED = "refused"


_NOT_ASCENDING = "{}; give the tiers in ascending order, and only the last one without end"


class _Held(NamedTuple):
    """A tier, its number, and the units that it holds: those above, up to the end."""

    number: int
    tier: Tier
    above: Decimal
    end: Decimal | None


@dataclass(frozen=True, slots=True)
class _Tiered(PriceModel):
    """Prices by tier, the lowest first."""

    tiers: tuple[Tier, ...]
    beyond: Beyond = Beyond.NOT_PRICED

    def __post_init__(self) -> None:
        if not self.tiers:
            raise InvalidPriceModel("the price has no tiers; give one at least")
        for tier, following in pairwise(self.tiers):
            if tier.up_to is None:
                raise InvalidPriceModel(_NOT_ASCENDING.format("a tier follows one without end"))
            if following.up_to is not None and following.up_to <= tier.up_to:
                raise InvalidPriceModel(
                    _NOT_ASCENDING.format(
                        f"a tier up to {following.up_to} follows one up to {tier.up_to}"
                    )
                )

    @property
    def _tiers_content(self) -> str:
        return " ".join((self.beyond.value, *(tier.content for tier in self.tiers)))

    def priced_units(self, quantity: Decimal) -> Decimal:
        """Return how many of `quantity` units have a price.

        Raises: BeyondLastTier: not all, and the model refuses the rest.
        """
        covered = self.tiers[-1].up_to
        if covered is None or quantity <= covered or self.beyond is Beyond.LAST_TIER:
            return quantity
        if self.beyond is Beyond.REFUSED:
            raise BeyondLastTier(
                f"quantity {quantity} is more than the {covered} units that the last tier"
                " reaches; lower it or add a tier"
            )
        return covered

    def held(self) -> Iterator[_Held]:
        """Yield the tiers, with the last one open: only priced units are asked for."""
        above = NOTHING
        for number, tier in enumerate(self.tiers[:-1], 1):
            assert tier.up_to is not None, "only the last tier is without end"
            yield _Held(number, tier, above, tier.up_to)
            above = tier.up_to
        yield _Held(len(self.tiers), self.tiers[-1], above, None)


@dataclass(frozen=True, slots=True)
class Graduated(_Tiered):
    """Each tier prices its own units only. The first is entered without usage too."""

    def parts(self, quantity: Decimal) -> tuple[Part, ...]:
        """Return a part a tier entered, and one for its flat fee.

        Raises: BeyondLastTier: the model refuses so much.
        """
        return tuple(self._parts(self.priced_units(quantity)))

    @property
    def content(self) -> str:
        """What becomes of units beyond, and the tiers."""
        return f"graduated {self._tiers_content}"

    def _parts(self, quantity: Decimal) -> Iterator[Part]:
        for number, tier, above, end in self.held():
            if quantity <= above and number > 1:
                return
            units = (quantity if end is None else min(quantity, end)) - above
            name = f"tier {number}"
            if tier.per_unit is not None:
                priced = tier.priced_quantity(units)
                yield Part(f"tier-{number}", tier.per_unit, priced, name)
            if tier.flat is not None:
                yield Part(f"tier-{number}{FEE}", tier.flat, ONE, name)


@dataclass(frozen=True, slots=True)
class Volume(_Tiered):
    """The tier that holds the whole quantity prices all of it."""

    def parts(self, quantity: Decimal) -> tuple[Part, ...]:
        """Return the units at their tier's price, and its flat fee.

        Raises: BeyondLastTier: the model refuses so much.
        """
        return self.parts_held(priced_units=quantity, held=quantity)

    def parts_held(self, *, priced_units: Decimal, held: Decimal) -> tuple[Part, ...]:
        """Return `priced_units` at the price of the tier that `held` units are in.

        The two differ where units were had for a part of the period only.
        Raises: BeyondLastTier: the model refuses so much.
        """
        reached = self.priced_units(held)
        number, tier = next(
            (number, tier) for number, tier, _, end in self.held() if end is None or reached <= end
        )
        units = self.priced_units(priced_units)
        name = f"tier {number}"
        flat = () if tier.flat is None else (Part(f"volume{FEE}", tier.flat, ONE, name),)
        if tier.per_unit is None or not units:
            return flat
        return (*flat, Part("volume", tier.per_unit, tier.priced_quantity(units), name))

    @property
    def content(self) -> str:
        """What becomes of units beyond, and the tiers."""
        return f"volume {self._tiers_content}"

    @property
    def needs_whole_period(self) -> bool:
        """The price of the first unit is not known before the last one is."""
        return True
