from datetime import date
from decimal import Decimal

import pytest

from tests.usecases.fake_catalog import BASIC, a_price, a_subscription
from work365.domain.catalog import (
    BillingPlan,
    ListPrice,
    PriceAmbiguous,
    PriceList,
    PriceNotFound,
    Sku,
    Term,
)
from work365.usecases.price_opening import MarketUnclear, NotBilledByPeriod, PriceBook


def book(*prices: ListPrice, market: str | None = None, segment: str = "Commercial") -> PriceBook:
    return PriceBook(PriceList.of(prices), segment, market=market)


def test_the_price_in_force_on_the_first_day_is_taken() -> None:
    before = a_price(erp_price=Decimal(50), effective_until=date(2025, 6, 1))
    in_force = a_price(effective_from=date(2025, 6, 1))
    after = a_price(erp_price=Decimal(90), effective_from=date(2026, 1, 2))

    found = book(before, in_force, after).opening_price(a_subscription(), "EUR")

    assert found.price == in_force
    assert not found.is_later


def test_for_want_of_one_in_force_the_first_later_one_is_taken() -> None:
    later = a_price(effective_from=date(2026, 2, 1))
    latest = a_price(effective_from=date(2026, 3, 1))

    found = book(latest, later).opening_price(a_subscription(), "EUR")

    assert found.price == later
    assert found.is_later


@pytest.mark.parametrize(
    "other",
    [
        a_price(effective_until=date(2025, 6, 1)),
        a_price(currency="GBP"),
        a_price(plan=BillingPlan.ANNUAL),
        a_price(term=Term.THREE_YEARS, price_months=36),
        a_price(segment="Education"),
        a_price(sku=Sku("CFQ7TTC0LH18", "0002", "Another", "")),
    ],
    ids=["ended", "currency", "plan", "term", "segment", "SKU"],
)
def test_a_price_of_something_else_is_never_taken(other: ListPrice) -> None:
    with pytest.raises(PriceNotFound) as refusal:
        book(other).opening_price(a_subscription(), "EUR")

    for part in (BASIC.part_number, "P1Y", "Monthly", "EUR", "--prices"):
        assert part in str(refusal.value)


def test_where_there_is_no_price_at_all_the_market_asked_for_is_named() -> None:
    with pytest.raises(PriceNotFound, match=r"P1Y Monthly DE EUR Commercial.*Add the price sheet"):
        book(market="DE").opening_price(a_subscription(), "EUR")


def test_of_several_markets_one_has_to_be_chosen() -> None:
    prices = a_price(), a_price(market="FR", erp_price=Decimal(1))

    with pytest.raises(MarketUnclear, match="markets DE, FR: choose one of them with --market"):
        book(*prices).opening_price(a_subscription(), "EUR")
    found = book(*prices, market="FR").opening_price(a_subscription(), "EUR")

    assert found.price.market == "FR"


def test_prices_that_contradict_each_other_are_refused() -> None:
    with pytest.raises(PriceAmbiguous):
        book(a_price(), a_price(erp_price=Decimal(1))).opening_price(a_subscription(), "EUR")


@pytest.mark.parametrize("lacking", ["term", "plan"])
def test_what_is_older_than_the_price_sheets_is_refused(lacking: str) -> None:
    bought = a_subscription(part_number="0CCA44D6-68E9-4762-94EE-31ECE98783B9", **{lacking: None})

    with pytest.raises(NotBilledByPeriod, match=r"0CCA44D6.*enter the subscription by hand"):
        book(a_price()).opening_price(bought, "EUR")


@pytest.mark.parametrize("plan", [BillingPlan.NONE, BillingPlan.ONE_TIME])
def test_what_has_no_billing_period_is_refused(plan: BillingPlan) -> None:
    with pytest.raises(NotBilledByPeriod, match="no billing period"):
        book(a_price()).opening_price(a_subscription(plan=plan), "EUR")


def test_the_currencies_with_a_price_are_told() -> None:
    prices = a_price(), a_price(currency="GBP"), a_price(currency="USD", segment="Education")

    assert book(*prices).currencies(a_subscription()) == {"EUR", "GBP"}
