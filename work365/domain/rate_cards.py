"""Rate cards: the price model of every meter, and from which day it holds."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from work365.domain.price_models import PriceModel
from work365.errors import Refusal


class RateMissing(Refusal):
    """Usage of a meter that the rate card has no price for on its day."""

    code = "rate_missing"


class RateTwice(Refusal):
    """Two prices of a rate card for one meter, from one day."""

    code = "rate_twice"


@dataclass(frozen=True, slots=True)
class Rate:
    """What a meter's units cost from a day on."""

    meter: str
    effective_on: date
    model: PriceModel


@dataclass(frozen=True, slots=True)
class RateCard:
    """The rates of a product, in any order; a later one takes the place of an earlier one."""

    rates: tuple[Rate, ...]

    def __post_init__(self) -> None:
        seen: set[tuple[str, date]] = set()
        for rate in self.rates:
            if (rate.meter, rate.effective_on) in seen:
                raise RateTwice(
                    f"meter {rate.meter!r} has two prices from {rate.effective_on} on; keep one"
                )
            seen.add((rate.meter, rate.effective_on))

    def model_on(self, meter: str, day: date) -> PriceModel:
        """Return the price model that holds for `meter` on `day`.

        Raises: RateMissing: none does.
        """
        held = _in_force(self.rates, meter, day)
        latest = max(held, key=lambda rate: rate.effective_on, default=None)
        if latest is None:
            raise RateMissing(
                f"meter {meter!r} has no price on {day}; add a rate effective on or before it"
            )
        return latest.model


def _in_force(rates: Iterable[Rate], meter: str, day: date) -> Iterable[Rate]:
    return (rate for rate in rates if rate.meter == meter and rate.effective_on <= day)
