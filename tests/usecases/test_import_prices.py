from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from tests.usecases.fake_catalog import BASIC, FakeCatalog, a_price
from work365.domain.catalog import BillingPlan, ListPrice, Sku
from work365.domain.findings import Severity
from work365.ports.catalog import Effect
from work365.usecases.import_prices import PRICES_PER_CHUNK, import_prices
from work365.usecases.intake import Imported, Provided

SHEET = "sheet.csv"


def run(store: FakeCatalog, *prices: ListPrice, sheet: str = SHEET) -> tuple[Imported, list[int]]:
    progress: list[int] = []
    imported = import_prices(
        prices=[Provided(price, sheet) for price in prices],
        store=store,
        progress=progress.append,
    )
    return imported, progress


def test_missing_prices_are_added() -> None:
    store = FakeCatalog(prices=[])

    imported, progress = run(store, a_price(), a_price(plan=BillingPlan.ANNUAL))

    assert imported.prices == 2
    assert imported.findings == ()
    assert len(store.prices) == 2
    assert sum(progress) == 2


def test_importing_again_writes_nothing() -> None:
    store = FakeCatalog(prices=[])
    run(store, a_price())
    store.writes = 0

    imported, _ = run(store, a_price())

    assert store.writes == 0
    assert imported.count(Effect.UNCHANGED) == 1
    assert imported.prices == 0
    assert imported.findings == ()


@pytest.mark.parametrize(
    "kept",
    [
        a_price(erp_price=Decimal("70.80")),
        a_price(unit_price=Decimal("70.80")),
        a_price(effective_until=date(2026, 2, 1)),
        a_price(price_months=1),
    ],
    ids=["erp price", "unit price", "last day", "months"],
)
def test_a_kept_price_is_not_overwritten_and_a_finding_names_both(kept: ListPrice) -> None:
    store = FakeCatalog(prices=[kept])

    imported, _ = run(store, a_price())

    assert store.prices == [kept]
    [finding] = imported.findings
    assert finding.severity is Severity.WARNING
    assert finding.code == "price_differs"
    assert "the sheet says 62.4 (cost 49.92) for 12 month(s)" in finding.message
    assert "and kept is" in finding.message


def test_a_kept_price_is_named_in_the_finding() -> None:
    kept = a_price(erp_price=Decimal("70.80"), effective_until=date(2026, 2, 1))

    imported, _ = run(FakeCatalog(prices=[kept]), a_price())

    [finding] = imported.findings
    assert "kept is 70.8 (cost 49.92) for 12 month(s) until 2026-02-01" in finding.message


def test_a_price_from_another_day_is_another_price() -> None:
    store = FakeCatalog()

    imported, _ = run(store, a_price(effective_from=date(2026, 4, 1)))

    assert imported.prices == 1
    assert imported.findings == ()


def test_of_two_rows_for_the_same_price_the_first_goes_in() -> None:
    store = FakeCatalog(prices=[])

    imported, _ = run(store, a_price(), a_price(), a_price(erp_price=Decimal(1)))

    assert store.prices == [a_price()]
    assert imported.count(Effect.UNCHANGED) == 2
    assert [finding.code for finding in imported.findings] == ["price_differs"]


def test_prices_in_an_unknown_currency_are_found_once_a_file() -> None:
    store = FakeCatalog(prices=[])
    swiss = a_price(currency="CHF", market="CH")

    imported, progress = run(store, swiss, replace(swiss, plan=BillingPlan.ANNUAL), a_price())

    [finding] = imported.findings
    assert store.prices == [a_price()]
    assert imported.count(Effect.REFUSED) == 2
    assert sum(progress) == 3
    assert finding.severity is Severity.ERROR
    assert finding.path == (
        f"{SHEET}#{BASIC.part_number} P1Y Monthly CH CHF Commercial from 2025-01-01/Currency"
    )
    assert 'Currency is "CHF"; add this currency in Dynamics 365 first' in finding.message
    assert "2 row(s) of the file were not taken in" in finding.message


def test_a_price_that_cannot_be_kept_is_found_and_the_others_go_in() -> None:
    store = FakeCatalog(prices=[])
    wrong = a_price(sku=Sku("CFQ7TTC0LH19", "0001", "refused", ""))

    imported, _ = run(store, a_price(), wrong, a_price(plan=BillingPlan.ANNUAL))

    [finding] = imported.findings
    assert len(store.prices) == 2
    assert finding.code == "too_long"
    assert "CFQ7TTC0LH19:0001 P1Y Monthly DE EUR" in finding.message
    assert "the title is too long" in finding.message
    assert imported.count(Effect.REFUSED) == 1


def test_a_price_that_was_added_by_another_run_meanwhile_is_no_error() -> None:
    store = FakeCatalog(prices=[], answers_get_lost=True)

    imported, _ = run(store, a_price(), a_price(plan=BillingPlan.ANNUAL))

    assert imported.findings == ()
    assert imported.count(Effect.UNCHANGED) == 2
    assert store.writes == 1, "what is there is not looked for by halves"


def test_a_large_sheet_goes_in_by_chunks() -> None:
    store = FakeCatalog(prices=[])
    prices = [
        a_price(sku=Sku(f"CFQ7TTC{number:05}", "0001", "Product", ""))
        for number in range(PRICES_PER_CHUNK + 1)
    ]

    imported, progress = run(store, *prices)

    assert store.writes == 2
    assert imported.prices == PRICES_PER_CHUNK + 1
    assert progress == [0, PRICES_PER_CHUNK, 1]


def test_no_prices_ask_the_store_nothing() -> None:
    imported, _ = run(FakeCatalog())

    assert imported == Imported()
