"""VAT numbers: who is in the European VAT union on a day, and whether a number can be one.

A number is checked by its form and its check digits. That it is registered to the buyer is
another question, which only a tax office answers.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from stdnum.eu import vat
from stdnum.exceptions import ValidationError

from work365.errors import Refusal

PREFIX_LENGTH = 2


class InvalidPlace(Refusal):
    """A place whose country is not written as a code."""

    code = "invalid_place"


class VatIdInvalid(Refusal):
    """A VAT number that no tax office of the union can have given."""

    code = "vat_id_invalid"


@dataclass(frozen=True, slots=True)
class Place:
    """Where somebody is taxed: a country of ISO 3166-1, and a region of it if one is told."""

    country: str
    region: str | None = None
    """The part of an ISO 3166-2 code after the country: `WA`, `CN`."""

    def __post_init__(self) -> None:
        letters = self.country.isascii() and self.country.isalpha() and self.country.isupper()
        if not (letters and len(self.country) == PREFIX_LENGTH):
            raise InvalidPlace(
                f"country {self.country!r} is not a code of ISO 3166-1 such as DE;"
                " correct the country of the address"
            )

    def __str__(self) -> str:
        return f"{self.country}-{self.region}" if self.region else self.country


@dataclass(frozen=True, slots=True)
class Membership:
    """A country's days in the union's common system of VAT."""

    country: str
    since: date
    until: date | None = None
    """First day on which it is not in it any more."""
    prefix: str = ""
    """What its VAT numbers start with, where that is not the country's code."""

    @property
    def vat_prefix(self) -> str:
        """What its VAT numbers start with."""
        return self.prefix or self.country

    def holds_on(self, day: date) -> bool:
        """Return whether the country is in the union on `day`."""
        return self.since <= day and (self.until is None or day < self.until)


def _members(since: date, countries: str) -> Iterator[Membership]:
    return (Membership(country, since) for country in countries.split())


MEMBERSHIPS: tuple[Membership, ...] = (
    *_members(date(1993, 1, 1), "BE DE DK ES FR IE IT LU NL PT"),
    Membership("GR", date(1993, 1, 1), prefix="EL"),
    Membership("GB", date(1993, 1, 1), until=date(2021, 1, 1)),
    *_members(date(1995, 1, 1), "AT FI SE"),
    *_members(date(2004, 5, 1), "CY CZ EE HU LT LV MT PL SI SK"),
    *_members(date(2007, 1, 1), "BG RO"),
    *_members(date(2013, 7, 1), "HR"),
)
"""Who is in the union, from when on.

Northern Ireland (XI) is in it for goods alone since 2021, and subscriptions are services.
Source: Council Directive 2006/112/EC, articles 5 and 215; the treaties of accession of 1994,
2003, 2005 and 2011; the agreement on the withdrawal of the United Kingdom, article 126.
"""

OUTSIDE_THE_UNION = frozenset(
    {("ES", "CE"), ("ES", "CN"), ("ES", "ML"), ("FI", "01"), ("GR", "69")}
)
"""Regions of members to which the directive does not apply: Ceuta, the Canary Islands,
Melilla, Aland, Mount Athos.

Source: Council Directive 2006/112/EC, article 6.
"""


def membership_on(place: Place, day: date) -> Membership | None:
    """Return the membership by which services at `place` are under the union's VAT on `day`."""
    if (place.country, place.region) in OUTSIDE_THE_UNION:
        return None
    for membership in MEMBERSHIPS:
        if membership.country == place.country and membership.holds_on(day):
            return membership
    return None


def checked_vat_id(vat_id: str, *, place: Place, day: date) -> str:
    """Return `vat_id`, without blanks and in capitals, once it can be one of `place`.

    Raises: VatIdInvalid: the place is outside the union on `day`, the number is another
        country's, or its form or its check digits are wrong.
    Source: python-stdnum, `stdnum.eu.vat`.
    """
    membership = membership_on(place, day)
    if membership is None:
        raise VatIdInvalid(
            f"VAT number {vat_id!r}: {place} is not under the union's VAT on {day};"
            " correct the country, or leave the number out"
        )
    prefix = membership.vat_prefix
    number = "".join(vat_id.split()).upper()
    if not number.startswith(prefix):
        raise VatIdInvalid(
            f"VAT number {vat_id!r}: one of {place} starts with {prefix};"
            " ask the customer for the number of the country that is invoiced"
        )
    # The numbers of the United Kingdom live on under Northern Ireland's prefix.
    issuer = "XI" if prefix == "GB" else prefix
    try:
        return prefix + vat.validate(issuer + number[PREFIX_LENGTH:])[PREFIX_LENGTH:]
    except ValidationError as invalid:
        raise VatIdInvalid(
            f"VAT number {vat_id!r}: {invalid}; ask the customer for the number as it is registered"
        ) from None
