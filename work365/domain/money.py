"""Money: an amount that could appear on an invoice.

A `Money` is always whole in its currency's minor unit (cents, yen). Prices per unit and
shares of a period are exact (`Decimal`, `Fraction`) and become money once, in
`Money.round`, so that rounding happens in one place and can be found.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import cache
from typing import Self

from work365.domain.rounding import RoundingMode, round_exactly
from work365.errors import Refusal

ROUNDING = "half-away-from-zero/1"
"""Name and version of the rule in `Money.round`, kept on every line that it made."""

MINOR_UNIT_DIGITS = {
    code: digits
    for digits, codes in (
        (0, "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF"),
        (
            2,
            "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BTN BWP BYN"
            " BZD CAD CDF CHF CNY COP CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP"
            " GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD"
            " KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN"
            " NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG"
            " SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH"
            " USD UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG",
        ),
        (3, "BHD IQD JOD KWD LYD OMR TND"),
    )
    for code in codes.split()
}
"""Digits after the decimal point of each currency. Source: ISO 4217, list one."""


class UnknownCurrency(Refusal):
    """A currency code that ISO 4217 does not have."""

    code = "unknown_currency"


class FractionOfMinorUnit(Refusal):
    """An amount that no coin could pay, such as half a cent."""

    code = "fraction_of_minor_unit"


class CurrencyMismatch(Refusal):
    """Two currencies met in one sum."""

    code = "currency_mismatch"


@cache
def minor_unit_digits(currency: str) -> int:
    """Return how many digits `currency` has after the decimal point.

    Raises: UnknownCurrency: the code is not one of ISO 4217's.
    """
    try:
        return MINOR_UNIT_DIGITS[currency]
    except KeyError:
        raise UnknownCurrency(
            f"currency {currency!r} is not a code of ISO 4217, such as EUR"
        ) from None


@cache
def _minor_unit(currency: str) -> Decimal:
    return Decimal(1).scaleb(-minor_unit_digits(currency))


@dataclass(frozen=True, slots=True, order=True)
class Money:
    """An amount of one currency, exact to its minor unit."""

    currency: str
    amount: Decimal

    def __post_init__(self) -> None:
        if self.amount.same_quantum(_minor_unit(self.currency)):
            # As all rounded amounts are; to take a number apart takes longer.
            return
        digits = minor_unit_digits(self.currency)
        exponent = self.amount.as_tuple().exponent
        assert isinstance(exponent, int), f"{self.amount} is not a number"
        assert exponent >= -digits or not self.amount.scaleb(digits) % 1, self.amount

    @classmethod
    def zero(cls, currency: str) -> Self:
        """Return no money, in `currency`."""
        return cls(currency, Decimal(0))

    @classmethod
    def round(
        cls,
        exact: Decimal | Fraction,
        currency: str,
        mode: RoundingMode = RoundingMode.HALF_AWAY_FROM_ZERO,
    ) -> Self:
        """Return `exact` as money, halves rounded away from zero where no other mode is said.

        Units: `exact` in the currency's major unit (euros, not cents).
        Source: docs/decisions/0003-rounding.md.
        """
        return cls(currency, round_exactly(exact, minor_unit_digits(currency), mode))

    @classmethod
    def exactly(cls, amount: Decimal, currency: str) -> Self:
        """Return `amount`, which is whole in the minor unit already, as money.

        Raises: FractionOfMinorUnit: it is not.
        """
        money = cls.round(amount, currency)
        if money.amount != amount:
            raise FractionOfMinorUnit(f"{amount} {currency} is not whole in its minor unit")
        return money

    @classmethod
    def total(cls, parts: Iterable["Money"], currency: str) -> Self:
        """Return the sum of `parts`, all of which are in `currency`.

        Raises: CurrencyMismatch: a part is in another currency.
        """
        amount = Decimal(0)
        for part in parts:
            if part.currency != currency:
                raise CurrencyMismatch(f"{part.currency} in a sum of {currency}")
            amount += part.amount
        return cls(currency, amount)

    def __add__(self, other: Self) -> Self:
        if self.currency != other.currency:
            raise CurrencyMismatch(f"{self.currency} and {other.currency}")
        return type(self)(self.currency, self.amount + other.amount)

    def __sub__(self, other: Self) -> Self:
        return self + (-other)

    def __neg__(self) -> Self:
        return type(self)(self.currency, -self.amount)
