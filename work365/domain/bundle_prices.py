"""Bundle prices: one price for several products, divided by what each costs alone.

Revenue of a bundle is earned by product, each in its own way; so the price has to be divided
even where the customer never sees how.
"""

from collections.abc import Sequence
from decimal import Decimal

from work365.domain.apportionment import apportion
from work365.domain.money import Money, minor_unit_digits
from work365.errors import Refusal


class PriceNotInUnits(Refusal):
    """A bundle's price is to be divided into units that it is not a whole number of."""

    code = "price_not_in_units"


def allocate_price(
    price: Money, standalone_prices: Sequence[Decimal], *, unit: Decimal | None = None
) -> tuple[Money, ...]:
    """Return `price` divided by the prices that the parts have alone; the parts add up to it.

    Each part is a whole number of `unit`; without one, of the currency's minor unit.
    Units: `unit` in the currency's major unit, such as 1 for whole euros.
    Raises: PriceNotInUnits: the price is not a whole number of `unit`, or that is not money.
        NothingToApportionBy: no part costs anything alone, or one costs less than nothing.
    Source: IFRS 15, paragraph 76: relative stand-alone selling prices.
    """
    minor_unit = Decimal(1).scaleb(-minor_unit_digits(price.currency))
    unit = minor_unit if unit is None else unit
    if unit <= 0 or unit % minor_unit or price.amount % unit:
        raise PriceNotInUnits(
            f"a bundle's price of {price.amount} {price.currency} cannot be divided in units of"
            f" {unit}; choose a unit that it is a whole number of, such as {minor_unit}"
        )
    # A unit stands in for the minor unit, which is what parts are made whole in.
    scale = unit / minor_unit
    parts = apportion(Money(price.currency, price.amount / scale), standalone_prices)
    return tuple(Money(price.currency, part.amount * scale) for part in parts)
