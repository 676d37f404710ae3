from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from tests.entrypoints.examples.stories import kept, table
from work365.domain.invoice_taxes import TaxTerms
from work365.domain.tax_ids import Place
from work365.domain.tax_totals import Prices, TaxMethod
from work365.domain.taxes import Party, TaxedAt, TaxRate
from work365.entrypoints.examples.markdown import NotUnderstood, sections_of
from work365.entrypoints.examples.taxes import read_tax, read_tax_categories

RATES = table(
    "Tax rates",
    "tax | place | percent | category | from | to | source",
    "VAT | DE | 19 | | 2021-01-01 | | law",
    "Sales tax | US-WA | 6.5 | books | | 2026-03-31 | code",
)


def tax_of(folder: Path, *terms: str, rates: str = RATES) -> TaxTerms | None:
    return read_tax(sections_of(kept(folder, table("Taxes", "term | value", *terms) + rates)))


PARTIES = ("seller | DE", "customer | US-WA")


def test_a_seller_a_customer_and_rates_are_enough(tmp_path: Path) -> None:
    tax = tax_of(tmp_path, *PARTIES)

    assert tax is not None
    assert (tax.rules.seller, tax.buyer) == (Party(Place("DE")), Party(Place("US", "WA")))
    assert (tax.method, tax.prices) == (TaxMethod.UNROUNDED_NET, Prices.EXCLUSIVE)
    assert tax.rules.without_vat_id is TaxedAt.SELLER
    assert tax.rules.rates == (
        TaxRate(
            place=Place("DE"),
            category="standard",
            percent=Decimal(19),
            valid_from=date(2021, 1, 1),
            name="VAT",
            source="law",
        ),
        TaxRate(
            place=Place("US", "WA"),
            category="books",
            percent=Decimal("6.5"),
            valid_from=date.min,
            valid_until=date(2026, 4, 1),
            name="Sales tax",
            source="code",
        ),
    )


def test_a_party_may_have_a_vat_number(tmp_path: Path) -> None:
    tax = tax_of(tmp_path, "seller | DE", "customer | FR, VAT number FR40303265045")

    assert tax is not None
    assert tax.buyer == Party(Place("FR"), "FR40303265045")


@pytest.mark.parametrize(
    ("words", "method"),
    [
        ("on the unrounded net of a rate", TaxMethod.UNROUNDED_NET),
        ("on the unrounded net of all rates", TaxMethod.UNROUNDED_NET_OF_ALL_RATES),
        ("between rounded net and rounded gross", TaxMethod.UNROUNDED_TOTAL),
        ("on the printed net of a rate", TaxMethod.ROUNDED_NET),
        ("line by line", TaxMethod.ROUNDED_LINES),
    ],
)
def test_how_tax_is_worked_out(words: str, method: TaxMethod, tmp_path: Path) -> None:
    tax = tax_of(tmp_path, *PARTIES, f"worked out | {words}")

    assert tax is not None
    assert tax.method is method


def test_prices_with_the_tax_in_them_and_the_customers_rate(tmp_path: Path) -> None:
    tax = tax_of(
        tmp_path,
        *PARTIES,
        "prices | with the tax in them",
        "without a VAT number | the customer's rate",
    )

    assert tax is not None
    assert (tax.prices, tax.rules.without_vat_id) == (Prices.INCLUSIVE, TaxedAt.BUYER)


@pytest.mark.parametrize(
    ("terms", "why"),
    [
        (("seller | DE",), "the 'customer' is missing; add a row with it"),
        (("customer | DE",), "the 'seller' is missing; add a row with it"),
        ((*PARTIES, "worked out | somehow"), "write on the unrounded net of a rate or"),
        (("seller | Germany", "customer | DE"), r"what can be written is:\s+DE;\s+FR, VAT number"),
        ((*PARTIES, "buyer | DE"), "write seller or customer or"),
    ],
)
def test_what_means_nothing_is_refused(terms: tuple[str, ...], why: str, tmp_path: Path) -> None:
    with pytest.raises(NotUnderstood, match=f"(?s)section 'Taxes'.*{why}"):
        tax_of(tmp_path, *terms)


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ("VAT | Germany | 19 | | | | law", r"what can be written is:\s+DE;\s+US-WA"),
        ("VAT | DE | -19 | | | | law", "percent -19 is not a number from 0 on"),
        (" | DE | 19 | | | | law", "it is empty; write a name"),
    ],
)
def test_what_is_no_rate_is_refused(row: str, why: str, tmp_path: Path) -> None:
    rates = table("Tax rates", "tax | place | percent | category | from | to | source", row)

    with pytest.raises(NotUnderstood, match=f"(?s)section 'Tax rates', row 1 .*{why}"):
        tax_of(tmp_path, *PARTIES, rates=rates)


def test_without_the_section_there_is_no_tax_and_nothing_about_it(tmp_path: Path) -> None:
    assert read_tax({}) is None
    with pytest.raises(NotUnderstood, match="'Tax rates': the section 'Taxes' is missing"):
        read_tax(sections_of(kept(tmp_path, RATES)))


def test_rates_may_be_missing_as_for_a_buyer_who_owes_the_tax(tmp_path: Path) -> None:
    tax = tax_of(tmp_path, *PARTIES, rates="")

    assert tax is not None
    assert tax.rules.rates == ()


def test_categories_are_of_what_is_sold(tmp_path: Path) -> None:
    text = table("Tax categories", "of | category", "Manuals | books")
    section = sections_of(kept(tmp_path, text))["Tax categories"]

    assert read_tax_categories(section, ["Manuals"]) == {"Manuals": "books"}
    assert read_tax_categories(None, ["Manuals"]) == {}
    with pytest.raises(NotUnderstood, match="no subscription has the name 'Manuals'"):
        read_tax_categories(section, ["Notes"])
