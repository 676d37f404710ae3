import json
from collections import Counter
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from work365.adapters.partner_center.price_sheet import read_price_sheet
from work365.adapters.partner_center.subscriptions_file import read_subscriptions
from work365.domain.catalog import (
    BillingPlan,
    PriceKey,
    PriceList,
    ProviderSubscription,
    Term,
    price_on,
)
from work365.domain.money import Money
from work365.domain.periods import Period
from work365.entrypoints import demo

FOLDER = Path(demo.__file__).parent
MARKETS = {"DE": "EUR", "GB": "GBP", "US": "USD"}
STORY = Period(date(2026, 1, 1), date(2026, 4, 1))


@cache
def content(name: str) -> Any:
    return json.loads((FOLDER / name).read_text(encoding="utf-8"))


CUSTOMERS = content("customers.json")["customers"]
CHANGES = content("changes.json")["changes"]


@cache
def prices(market: str) -> PriceList:
    name = f"price_sheet_{market}.csv"
    reading = read_price_sheet((FOLDER / name).read_text(encoding="utf-8"), file_name=name)
    assert reading.findings == ()
    return PriceList.of(reading.values)


@cache
def at_start(tenant: str) -> tuple[ProviderSubscription, ...]:
    name = f"subscriptions/{tenant}.json"
    reading = read_subscriptions((FOLDER / name).read_text(encoding="utf-8"), file_name=name)
    assert reading.findings == ()
    return reading.values


def added_later() -> Iterator[tuple[str, ProviderSubscription]]:
    for change in CHANGES:
        if "new_subscription" in change:
            text = json.dumps(change["new_subscription"]["as_provided"])
            reading = read_subscriptions(text, file_name=change["id"])
            assert reading.findings == ()
            yield change["customer"], reading.values[0]


def subscriptions() -> Iterator[tuple[dict[str, Any], ProviderSubscription]]:
    by_account = {customer["account_number"]: customer for customer in CUSTOMERS}
    for customer in CUSTOMERS:
        for subscription in at_start(customer["tenant"]):
            yield customer, subscription
    for account, subscription in added_later():
        yield by_account[account], subscription


def in_order(name: str) -> list[str]:
    return [change[name] for change in CHANGES]


def test_the_partner_is_large_enough_to_look_around() -> None:
    plans = Counter((subscription.term, subscription.plan) for _, subscription in subscriptions())

    assert len(CUSTOMERS) >= 12
    assert {customer["currency"] for customer in CUSTOMERS} == set(MARKETS.values())
    assert plans.total() >= 60
    assert plans[Term.MONTH, BillingPlan.MONTHLY] >= 15
    assert plans[Term.YEAR, BillingPlan.MONTHLY] >= 15
    assert plans[Term.YEAR, BillingPlan.ANNUAL] >= 8
    assert plans[Term.THREE_YEARS, BillingPlan.TRIENNIAL] >= 1


@pytest.mark.parametrize("market", MARKETS)
def test_a_price_sheet_has_one_currency_and_a_choice_of_products(market: str) -> None:
    listed = [price for found in prices(market).by_product.values() for price in found]

    assert {(price.market, price.currency) for price in listed} == {(market, MARKETS[market])}
    assert 15 <= len({price.sku for price in listed}) <= 25


def test_there_is_one_file_of_subscriptions_for_each_customer() -> None:
    files = {path.stem for path in (FOLDER / "subscriptions").iterdir()}

    assert files == {customer["tenant"] for customer in CUSTOMERS}


@pytest.mark.parametrize("customer", CUSTOMERS, ids=lambda customer: customer["name"])
def test_a_customer_buys_in_its_own_market_and_tenant(customer: dict[str, Any]) -> None:
    found = at_start(customer["tenant"])

    assert MARKETS[customer["market"]] == customer["currency"]
    assert {subscription.customer_tenant for subscription in found} == {customer["tenant"]}
    assert all(subscription.effective_start <= STORY.start for subscription in found)


@pytest.mark.parametrize("customer", CUSTOMERS, ids=lambda customer: customer["name"])
def test_every_subscription_is_under_exactly_one_contract(customer: dict[str, Any]) -> None:
    under_contract = [
        subscription
        for contract in customer["contracts"]
        for subscription in contract["subscriptions"]
    ]

    assert sorted(under_contract) == sorted(
        subscription.id for subscription in at_start(customer["tenant"])
    )


def test_identifiers_are_given_once() -> None:
    contracts = [terms["number"] for customer in CUSTOMERS for terms in customer["contracts"]]
    identifiers = [subscription.id for _, subscription in subscriptions()]

    assert len(set(contracts)) == len(contracts)
    assert len(set(identifiers)) == len(identifiers)
    assert len(set(in_order("id"))) == len(CHANGES)


def test_every_subscription_has_a_list_price_on_its_first_day() -> None:
    for customer, subscription in subscriptions():
        assert subscription.term is not None
        assert subscription.plan is not None
        key = PriceKey(
            part_number=subscription.part_number,
            term=subscription.term,
            plan=subscription.plan,
            market=customer["market"],
            currency=customer["currency"],
        )

        price = price_on(prices(customer["market"]), key, subscription.effective_start)

        assert 0 < price.unit_price < price.erp_price


class TestStory:
    def test_is_told_in_the_order_in_which_it_became_known(self) -> None:
        assert in_order("recorded_on") == sorted(in_order("recorded_on"))

    def test_happens_within_its_three_months(self) -> None:
        days = map(date.fromisoformat, in_order("effective_on") + in_order("recorded_on"))

        assert all(STORY.start <= day < STORY.end for day in days)

    def test_has_every_kind_of_change(self) -> None:
        kinds = {
            "seats added": [c for c in CHANGES if c.get("quantity_delta", 0) > 0],
            "seats removed": [c for c in CHANGES if c.get("quantity_delta", 0) < 0],
            "price": [c for c in CHANGES if "unit_price" in c],
            "cancellation": [c for c in CHANGES if c.get("status") == "cancelled"],
            "new subscription": [c for c in CHANGES if "new_subscription" in c],
            "backdated": [c for c in CHANGES if c["effective_on"] < c["recorded_on"]],
            "scheduled": [c for c in CHANGES if c["effective_on"] > c["recorded_on"]],
        }

        assert [kind for kind, found in kinds.items() if not found] == []

    def test_says_of_each_change_one_thing_and_why(self) -> None:
        what = {"quantity_delta", "unit_price", "status", "new_subscription"}

        assert [len(what & change.keys()) for change in CHANGES] == [1] * len(CHANGES)
        assert all(in_order("reason"))

    def test_never_takes_away_more_seats_than_there_are(self) -> None:
        seats = {subscription.id: subscription.quantity for _, subscription in subscriptions()}

        for change in sorted(CHANGES, key=lambda change: change["effective_on"]):
            seats[change["subscription"]] += change.get("quantity_delta", 0)
            assert seats[change["subscription"]] > 0, change["id"]

    def test_is_about_subscriptions_and_contracts_of_the_customer_it_names(self) -> None:
        had = {
            (customer["account_number"], subscription.id)
            for customer, subscription in subscriptions()
        }
        contracts = {
            (customer["account_number"], terms["number"])
            for customer in CUSTOMERS
            for terms in customer["contracts"]
        }

        assert {(change["customer"], change["subscription"]) for change in CHANGES} <= had
        assert {
            (change["customer"], change["new_subscription"]["contract"])
            for change in CHANGES
            if "new_subscription" in change
        } <= contracts

    def test_begins_with_the_worked_example(self) -> None:
        change = CHANGES[0]
        (subscription,) = (
            found for _, found in subscriptions() if found.id == change["subscription"]
        )
        key = PriceKey(
            subscription.part_number, Term.MONTH, BillingPlan.MONTHLY, market="DE", currency="EUR"
        )
        january = Period(date(2026, 1, 1), date(2026, 2, 1))
        added = Period(date.fromisoformat(change["effective_on"]), january.end)

        price = price_on(prices("DE"), key, subscription.effective_start)

        assert price.erp_price == Decimal("12.40")
        assert Money.round(
            change["quantity_delta"] * Fraction(price.erp_price) * added.share_of(january), "EUR"
        ) == Money("EUR", Decimal("25.20"))
