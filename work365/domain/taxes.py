"""Taxes: which rate holds for a product, at a place, on a day, and who owes it.

A rate that is missing is a refusal and never no tax: that nothing is due has to be stated, as
a rate of 0 with its source.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from typing import NamedTuple

from work365.domain.findings import Finding, Severity
from work365.domain.tax_ids import Place, VatIdInvalid, checked_vat_id, membership_on
from work365.errors import Refusal

REVERSE_CHARGE = "reverse charge"
"""Name of the tax on a line that the buyer owes the tax of."""

REVERSE_CHARGE_REASON = "Reverse charge: VAT is to be accounted for by the recipient"
REVERSE_CHARGE_SOURCE = "Council Directive 2006/112/EC, articles 44, 196 and 226(11a)"


STANDARD_TAX = "standard"
"""The tax category of what nobody gave another."""


class TaxRateMissing(Refusal):
    """No rate is stated for a category, at a place, on a day."""

    code = "tax_rate_missing"


class TaxRateAmbiguous(Refusal):
    """Two rates are stated for the same category, place and day."""

    code = "tax_rate_ambiguous"


class InvalidTaxRate(Refusal):
    """A rate that contradicts itself."""

    code = "invalid_tax_rate"


class AppliedTax(NamedTuple):
    """A tax as it was applied to a line, kept on the line whatever becomes of the rates.

    Units: `percent` of the net.
    """

    name: str
    percent: Decimal
    category: str
    place: Place
    source: str
    reason: str | None = None
    """Why no tax is charged, as the invoice has to say it."""

    @property
    def share_of_net(self) -> Fraction:
        """The tax on a net of one."""
        return Fraction(self.percent) / 100

    @property
    def share_of_gross(self) -> Fraction:
        """The tax within a price of one that includes it."""
        return self.share_of_net / (1 + self.share_of_net)


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxRate:
    """What is charged on products of one category, at one place, between two days.

    Units: `percent` of the net.
    """

    place: Place
    category: str
    percent: Decimal
    valid_from: date
    valid_until: date | None = None
    """First day on which it does not hold any more."""
    name: str
    source: str

    def __post_init__(self) -> None:
        if not (self.percent.is_finite() and self.percent >= 0):
            raise InvalidTaxRate(
                f"tax rate {self.name}: percent {self.percent} is not a number from 0 on;"
                " correct it, a credit is made by a credit note"
            )
        if self.valid_until is not None and self.valid_until <= self.valid_from:
            raise InvalidTaxRate(
                f"tax rate {self.name}: holds until {self.valid_until}, which is not after"
                f" {self.valid_from}; correct one of the two days"
            )

    def holds(self, *, place: Place, category: str, day: date) -> bool:
        """Return whether this rate is stated for `category` at `place` on `day`."""
        return (
            self.category == category
            and self.place.country == place.country
            and self.place.region in (None, place.region)
            and self.valid_from <= day
            and (self.valid_until is None or day < self.valid_until)
        )

    @property
    def applied(self) -> AppliedTax:
        """The rate as it is pinned on a line."""
        return AppliedTax(self.name, self.percent, self.category, self.place, self.source)


def rate_on(rates: Iterable[TaxRate], *, place: Place, category: str, day: date) -> TaxRate:
    """Return the rate for products of `category` at `place` on `day`, the tax point.

    A rate of the region holds rather than one of its country.

    Raises:
        TaxRateMissing: no rate is stated for them.
        TaxRateAmbiguous: two are, as specific as each other.
    """
    held = [rate for rate in rates if rate.holds(place=place, category=category, day=day)]
    found = [rate for rate in held if rate.place.region is not None] or held
    if not found:
        raise TaxRateMissing(
            f"no tax rate for category {category!r} in {place} on {day};"
            " state one, of 0 percent where no tax is due"
        )
    if len(found) > 1:
        names = " and ".join(sorted(rate.name for rate in found))
        raise TaxRateAmbiguous(
            f"tax rates {names} both hold for category {category!r} in {place} on {day};"
            " end one of them before that day"
        )
    return found[0]


@dataclass(frozen=True, slots=True)
class Party:
    """A seller or a buyer, as far as tax is concerned."""

    place: Place
    vat_id: str | None = None


class TaxedAt(Enum):
    """Whose place says the rate of a sale between two countries of the union, if not reversed."""

    SELLER = "seller"
    BUYER = "buyer"


class Treatment(NamedTuple):
    """The tax on a line, and what a person should look at."""

    tax: AppliedTax
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxRules:
    """A seller, and the rates that it charges."""

    seller: Party
    rates: tuple[TaxRate, ...]
    without_vat_id: TaxedAt = TaxedAt.SELLER
    """For buyers in another country of the union who have no valid VAT number."""

    def treatment(self, buyer: Party, *, category: str, day: date) -> Treatment:
        """Return the tax on products of `category` for `buyer` on `day`, the tax point.

        Between two countries of the union a buyer with a VAT number owes the tax itself. A
        number that cannot be one is a finding, and the buyer is charged as if it had none.
        Raises: TaxRateMissing, TaxRateAmbiguous: the rates do not say one.
        """
        if not self._within_the_union(buyer, day):
            return Treatment(self._rate(buyer.place, category, day))
        place = self.seller.place if self.without_vat_id is TaxedAt.SELLER else buyer.place
        findings = self.findings(buyer, day=day)
        if buyer.vat_id is None or findings:
            return Treatment(self._rate(place, category, day), findings)
        return Treatment(reverse_charge(category, buyer.place))

    def findings(self, buyer: Party, *, day: date) -> tuple[Finding, ...]:
        """Return what a person should look at about `buyer`, whatever it buys."""
        if buyer.vat_id is None or not self._within_the_union(buyer, day):
            return ()
        try:
            checked_vat_id(buyer.vat_id, place=buyer.place, day=day)
        except VatIdInvalid as invalid:
            return (Finding(Severity.WARNING, invalid.code, str(invalid), "vat_id"),)
        return ()

    def _within_the_union(self, buyer: Party, day: date) -> bool:
        """Whether seller and buyer are in two countries of the union."""
        seller, bought_at = self.seller.place, buyer.place
        return (
            seller.country != bought_at.country
            and membership_on(seller, day) is not None
            and membership_on(bought_at, day) is not None
        )

    def _rate(self, place: Place, category: str, day: date) -> AppliedTax:
        return rate_on(self.rates, place=place, category=category, day=day).applied


def reverse_charge(category: str, place: Place) -> AppliedTax:
    """Return the tax on a line for a buyer at `place` who owes the tax itself."""
    return AppliedTax(
        REVERSE_CHARGE,
        Decimal(0),
        category,
        place,
        REVERSE_CHARGE_SOURCE,
        REVERSE_CHARGE_REASON,
    )
