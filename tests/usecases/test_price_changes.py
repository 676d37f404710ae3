from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from tests.domain.microsoft.seen import BETTER, a_seen
from tests.usecases.fake_catalog import BASIC, CUSTOMER, FakeCatalog, a_contract, a_price
from tests.usecases.provisioning_store import a_subscription
from work365.domain.catalog import BillingPlan, Sku, Term
from work365.domain.changes import UnitPrice
from work365.domain.microsoft.intents import (
    ChangePlan,
    Intent,
    ScheduleRenewal,
    SetQuantity,
    Upgrade,
)
from work365.domain.microsoft.stakes import KnownPrices
from work365.domain.microsoft.subscriptions import NextTerm
from work365.usecases.price_changes import NO_CURRENCY, ChangePrices

TODAY = date(2026, 9, 14)
BETTER_SKU = Sku("CFQ7TTC0LDPB", "0001", "Better", "Microsoft Corporation")
OURS = a_subscription(customer=CUSTOMER)
MORE = SetQuantity(10, 12)


def prices(
    intent: Intent = MORE,
    *,
    catalog: FakeCatalog | None = None,
    market: str | None = None,
    **given: object,
) -> KnownPrices:
    books = catalog or FakeCatalog(
        prices=[
            a_price(),
            a_price(sku=BETTER_SKU, unit_price=Decimal("120.00")),
            a_price(term=Term.THREE_YEARS, unit_price=Decimal("150.00"), price_months=36),
        ]
    )
    ours = replace(OURS, **given)  # type: ignore[arg-type]  # fields are given by name
    return ChangePrices(books, market)(ours, a_seen(), intent, on=TODAY)


def test_more_seats_cost_what_the_running_term_costs() -> None:
    known = prices()

    assert (known.currency, known.partner) == ("EUR", UnitPrice(Decimal("49.92"), 12))


@pytest.mark.parametrize(
    "intent",
    [
        Upgrade(part_number=BETTER.lower(), quantity=4),
        ScheduleRenewal(NextTerm(part_number=BETTER)),
    ],
)
def test_what_becomes_another_product_costs_what_that_costs(intent: Intent) -> None:
    assert prices(intent).next_partner == UnitPrice(Decimal("120.00"), 12)


def test_another_term_costs_what_is_listed_for_it() -> None:
    known = prices(ChangePlan(Term.THREE_YEARS, BillingPlan.MONTHLY))

    assert known.next_partner == UnitPrice(Decimal("150.00"), 36)


def test_the_contract_of_the_subscription_says_the_currency() -> None:
    pounds = a_contract("CT-2", "GBP")
    catalog = FakeCatalog(contracts=[a_contract(), pounds], prices=[a_price(currency="GBP")])

    known = prices(catalog=catalog, contract=pounds.id)

    assert (known.currency, known.partner is None) == ("GBP", False)


def test_without_a_contract_or_with_two_currencies_nothing_is_guessed() -> None:
    two = FakeCatalog(contracts=[a_contract(), a_contract("CT-2", "GBP")])

    known = [prices(catalog=two), prices(catalog=FakeCatalog(contracts=[])), prices(customer=None)]

    assert [each.currency for each in known] == [NO_CURRENCY] * 3
    assert [each.partner for each in known] == [None] * 3


def test_of_several_markets_the_one_that_is_named_counts() -> None:
    catalog = FakeCatalog(prices=[a_price(), a_price(market="AT", unit_price=Decimal("51.00"))])

    assert prices(catalog=catalog).partner is None
    assert prices(catalog=catalog, market="AT").partner == UnitPrice(Decimal("51.00"), 12)
    assert BASIC.part_number == a_seen().provided.part_number
