"""The sections Taxes, Tax rates and Tax categories: who is taxed where, and how much.

The day of an invoice is its tax point.
"""

from collections.abc import Callable, Collection, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from work365.domain.invoice_taxes import TaxTerms
from work365.domain.tax_ids import Place
from work365.domain.tax_totals import Prices, TaxMethod
from work365.domain.taxes import STANDARD_TAX, Party, TaxedAt, TaxRate, TaxRules
from work365.entrypoints.examples.markdown import NotUnderstood, Row, Section
from work365.entrypoints.examples.words import (
    Fields,
    Phrase,
    after_last_day,
    day,
    named,
    number,
    one_of,
    one_phrase,
    optional,
    text,
)

PLACE = r"([A-Z]{2})(?:-(\w+))?"
PLACES = one_phrase((Phrase[Place]("DE", PLACE, Place), Phrase("US-WA", PLACE, Place)))


def _party(country: str, region: str | None, vat_id: str | None) -> Party:
    return Party(Place(country, region), vat_id)


PARTIES = one_phrase(
    (
        Phrase[Party]("DE", PLACE, lambda country, region: _party(country, region, None)),
        Phrase("FR, VAT number FR40303265045", rf"{PLACE}, VAT number (.+)", _party),
    )
)

TERMS: dict[str, tuple[str, Callable[[str], Any]]] = {
    "seller": ("seller", PARTIES),
    "customer": ("buyer", PARTIES),
    "prices": (
        "prices",
        one_of({"without tax": Prices.EXCLUSIVE, "with the tax in them": Prices.INCLUSIVE}),
    ),
    "worked out": (
        "method",
        one_of(
            {
                "on the unrounded net of a rate": TaxMethod.UNROUNDED_NET,
                "on the unrounded net of all rates": TaxMethod.UNROUNDED_NET_OF_ALL_RATES,
                "between rounded net and rounded gross": TaxMethod.UNROUNDED_TOTAL,
                "on the printed net of a rate": TaxMethod.ROUNDED_NET,
                "line by line": TaxMethod.ROUNDED_LINES,
            }
        ),
    ),
    "without a VAT number": (
        "without_vat_id",
        one_of({"the seller's rate": TaxedAt.SELLER, "the customer's rate": TaxedAt.BUYER}),
    ),
}


SECTION = "Taxes"
BESIDE = ("Tax rates", "Tax categories")


def read_tax(sections: Mapping[str, Section]) -> TaxTerms | None:
    """Return how invoices are taxed; none where the story has no tax.

    Raises: NotUnderstood: a word means nothing, or a section or term is missing.
    """
    if SECTION not in sections:
        for name in BESIDE:
            if name in sections:
                raise NotUnderstood(f"{sections[name].where}: the section {SECTION!r} is missing")
        return None
    section = sections[SECTION]
    section.check_columns(("term", "value"))
    fields: Fields = {}
    for row in section.rows:
        field, reader = row.read("term", one_of(TERMS))
        fields[field] = row.read("value", reader)
    for name in ("seller", "customer"):
        if TERMS[name][0] not in fields:
            raise NotUnderstood(f"{section.where}: the {name!r} is missing; add a row with it")
    rules = TaxRules(
        seller=fields.pop("seller"),
        rates=_rates(sections.get("Tax rates")),
        without_vat_id=fields.pop("without_vat_id", TaxedAt.SELLER),
    )
    return TaxTerms(rules=rules, **fields)


def _rates(section: Section | None) -> tuple[TaxRate, ...]:
    if section is None:
        return ()
    section.check_columns(("tax", "place", "percent", "source"), ("category", "from", "to"))
    return tuple(_rate(row) for row in section.rows)


def _rate(row: Row) -> TaxRate:
    place, percent = row.read("place", PLACES), row.read("percent", number)
    first: date = row.read("from", optional(day)) or date.min
    after: date | None = row.read("to", optional(after_last_day))
    return row.read(
        "tax",
        lambda name: TaxRate(
            place=place,
            category=row.cells.get("category") or STANDARD_TAX,
            percent=Decimal(percent),
            valid_from=first,
            valid_until=after,
            name=text(name),
            source=row.cells["source"],
        ),
    )


def read_tax_categories(section: Section | None, sold: Collection[str]) -> dict[str, str]:
    """Return the categories of what is `sold`, by its name; what is not there is standard.

    Raises: NotUnderstood: a name is missing, or nothing of that name is sold.
    """
    if section is None:
        return {}
    section.check_columns(("of", "category"))
    known = named({name: name for name in sold}, "subscription")
    return {row.read("of", known): row.read("category", text) for row in section.rows}
