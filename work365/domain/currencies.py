"""Exchange rates: an amount of one currency told in another, by a rate that can be named.

A rate is stated from one currency to another and holds from its day until the next one. It is
turned round only where that is asked for, and is never chained over a third currency. A line
keeps the rate, its day and its source.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from work365.domain.money import Money, minor_unit_digits
from work365.errors import Refusal


class InvalidExchangeRate(Refusal):
    """A rate that cannot be one."""

    code = "invalid_exchange_rate"


class ExchangeRateMissing(Refusal):
    """No rate is stated for a day."""

    code = "exchange_rate_missing"


class ExchangeRateStale(Refusal):
    """The last rate that was stated is too old."""

    code = "exchange_rate_stale"


class ExchangeRateAmbiguous(Refusal):
    """Two different rates are stated for one day."""

    code = "exchange_rate_ambiguous"


@dataclass(frozen=True, slots=True, kw_only=True)
class ExchangeRate:
    """How many of `to_currency` one of `from_currency` is, from a day until the next rate's."""

    from_currency: str
    to_currency: str
    rate: Decimal
    valid_on: date
    source: str

    def __post_init__(self) -> None:
        for currency in (self.from_currency, self.to_currency):
            minor_unit_digits(currency)
        pair = f"exchange rate {self.from_currency} to {self.to_currency} of {self.valid_on}"
        if self.from_currency == self.to_currency:
            raise InvalidExchangeRate(f"{pair}: an amount of one currency needs none; remove it")
        if not (self.rate.is_finite() and self.rate > 0):
            raise InvalidExchangeRate(f"{pair}: {self.rate} is not above 0; correct the rate")


@dataclass(frozen=True, slots=True)
class Conversion:
    """An exchange rate as it was used, kept on the line that it made."""

    stated: ExchangeRate
    is_inverse: bool = False
    """Whether the rate was turned round."""

    @property
    def from_currency(self) -> str:
        """What is converted."""
        return self.stated.to_currency if self.is_inverse else self.stated.from_currency

    @property
    def to_currency(self) -> str:
        """What it becomes."""
        return self.stated.from_currency if self.is_inverse else self.stated.to_currency

    def convert(self, exact: Decimal | Fraction) -> Fraction:
        """Return `exact` in the other currency, exactly.

        Units: major units of `from_currency` in, of `to_currency` out.
        """
        rate = Fraction(self.stated.rate)
        return Fraction(exact) / rate if self.is_inverse else Fraction(exact) * rate

    def money(self, exact: Decimal | Fraction) -> Money:
        """Return `exact` in the other currency, rounded."""
        return Money.round(self.convert(exact), self.to_currency)

    @property
    def explained(self) -> str:
        """The rate, its day and its source as one line."""
        stated = self.stated
        turned = ", turned round" if self.is_inverse else ""
        return (
            f"1 {stated.from_currency} = {stated.rate:f} {stated.to_currency}"
            f" on {stated.valid_on} ({stated.source}){turned}"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ExchangeTable:
    """The rates that are known, and how they may be used."""

    rates: tuple[ExchangeRate, ...]
    days_old_max: int | None = None
    """How many days before the day it is used for a rate may be of; without it, any number."""
    inverse_allowed: bool = False
    """Whether a rate may be turned round where none is stated the way it is needed."""

    def conversion(self, *, from_currency: str, to_currency: str, day: date) -> Conversion:
        """Return how `from_currency` is converted on `day`: by the latest rate not after it.

        Raises:
            UnknownCurrency: one of the two is not a currency.
            ExchangeRateMissing: no rate is stated on or before `day`.
            ExchangeRateStale: the latest one is too old.
            ExchangeRateAmbiguous: two rates of that day differ.
        """
        minor_unit_digits(from_currency)
        minor_unit_digits(to_currency)
        conversion = self._latest(from_currency, to_currency, day)
        age = (day - conversion.stated.valid_on).days
        if self.days_old_max is not None and age > self.days_old_max:
            raise ExchangeRateStale(
                f"exchange rate {from_currency} to {to_currency} on {day}: the latest is of"
                f" {conversion.stated.valid_on}, {age} days before, and {self.days_old_max} are"
                " allowed; enter a later one"
            )
        return conversion

    def _latest(self, from_currency: str, to_currency: str, day: date) -> Conversion:
        stated = _latest_of(self.rates, from_currency, to_currency, day)
        if stated is not None:
            return Conversion(stated)
        if self.inverse_allowed:
            inverse = _latest_of(self.rates, to_currency, from_currency, day)
            if inverse is not None:
                return Conversion(inverse, is_inverse=True)
        raise ExchangeRateMissing(
            f"no exchange rate {from_currency} to {to_currency} on or before {day};"
            " enter one with its day and source"
        )


NO_EXCHANGE_RATES = ExchangeTable(rates=())
"""For contracts whose prices are all in their own currency."""


def _latest_of(
    rates: Iterable[ExchangeRate], from_currency: str, to_currency: str, day: date
) -> ExchangeRate | None:
    pair = (from_currency, to_currency)
    held = [
        rate
        for rate in rates
        if (rate.from_currency, rate.to_currency) == pair and rate.valid_on <= day
    ]
    if not held:
        return None
    last = max(rate.valid_on for rate in held)
    return _only(sorted((r for r in held if r.valid_on == last), key=lambda rate: rate.source))


def _only(rates: Sequence[ExchangeRate]) -> ExchangeRate:
    """Return the first of the rates of one day, all of which say the same."""
    first = rates[0]
    for other in rates:
        if other.rate != first.rate:
            raise ExchangeRateAmbiguous(
                f"exchange rate {first.from_currency} to {first.to_currency} of"
                f" {first.valid_on}: {first.rate} by {first.source}, {other.rate} by"
                f" {other.source}; keep one source"
            )
    return first
