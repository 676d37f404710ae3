import json
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from work365.adapters.partner_center.subscriptions_file import read_subscriptions
from work365.domain.changes import Status
from work365.domain.contracts import AnchorRule, ContractType, Timing
from work365.entrypoints.demo.story import FIRST_DAY, LAST_DAY, MARKETS, Event, Story, tell

SEATS = "baaf37f2-52b1-4b5c-863b-0b4aa692022f"


@pytest.fixture(scope="module")
def story() -> Story:
    return tell()


def event(story: Story, key: str) -> Event:
    (found,) = [
        each
        for each in story.events
        if (each.change and each.change.key == key) or (each.bought and each.bought.name == key)
    ]
    return found


def test_it_is_told_the_same_each_time(story: Story) -> None:
    assert tell() == story


def test_the_partner_has_what_an_invoice_needs(story: Story) -> None:
    assert story.partner["name"] == "Northwind Cloud GmbH"
    assert set(story.partner["address"]) >= {"street", "postal_code", "city", "country"}
    assert story.partner["logo"].endswith(".svg")


def test_customers_come_with_their_address_tenant_and_contracts(story: Story) -> None:
    first = story.customers[0]

    assert (first.number, first.currency, first.country) == ("NC-10001", "EUR", "DE")
    assert all((first.street, first.postal_code, first.city, first.email, first.tenant))
    assert [terms.key for terms in first.contracts] == ["CT-1001", "CT-1002"]


def test_terms_of_contracts_are_those_of_the_file(story: Story) -> None:
    terms = {each.key: each for one in story.customers for each in one.contracts}

    assert terms["CT-1001"].type is ContractType.RECURRING
    assert terms["CT-1001"].timing is Timing.ADVANCE
    assert isinstance(terms["CT-1001"].anchor_rule, AnchorRule)
    assert terms["CT-1007"].type is ContractType.FLEXI
    assert {each.cycle_months for each in terms.values()} == {1, 3, 6, 12, 36}
    assert (terms["CT-1001"].refunds, terms["CT-1003"].refunds) == (None, True)
    assert all(each.start_on <= LAST_DAY for each in terms.values())


def test_there_is_a_price_sheet_for_each_market(story: Story) -> None:
    assert set(story.price_sheets) == set(MARKETS)
    assert all(text.count("\n") > 50 for text in story.price_sheets.values())


def test_an_answer_of_partner_center_holds_what_one_contract_bills(story: Story) -> None:
    files = {file.contract: file for file in story.subscriptions}
    first, second = (json.loads(files[key].text) for key in ("CT-1001", "CT-1002"))

    assert files["CT-1001"].name == files["CT-1002"].name
    assert SEATS in {each["id"] for each in first["items"]}
    assert not {each["id"] for each in first["items"]} & {each["id"] for each in second["items"]}
    assert first["totalCount"] == len(first["items"])


def test_every_contract_has_its_answer_and_every_answer_can_be_read(story: Story) -> None:
    contracts = [terms.key for one in story.customers for terms in one.contracts]
    readings = [read_subscriptions(each.text, file_name=each.name) for each in story.subscriptions]

    assert [file.contract for file in story.subscriptions] == contracts
    assert [reading.findings for reading in readings] == [()] * len(contracts)
    assert all(reading.values for reading in readings)


class TestEvents:
    def test_are_one_thing_each_and_within_the_story(self, story: Story) -> None:
        assert [(each.change is None) != (each.bought is None) for each in story.events] == [
            True
        ] * len(story.events)
        assert all(FIRST_DAY <= each.recorded_on <= LAST_DAY for each in story.events)

    def test_seats_that_are_added(self, story: Story) -> None:
        change = event(story, "CHG-0001").change

        assert change is not None
        assert (change.subscription, change.effective_on) == (SEATS, date(2026, 1, 11))
        assert (change.quantity_delta, change.unit_price, change.status) == (Decimal(3), None, None)
        assert change.reason == "Three machinists join the workshop."

    def test_a_price_that_is_agreed_and_counts_from_a_later_day(self, story: Story) -> None:
        agreed = event(story, "CHG-0005")

        assert agreed.change is not None
        assert (agreed.change.unit_price, agreed.change.price_months) == (Decimal("18.90"), 1)
        assert agreed.change.quantity_delta == 0
        assert agreed.recorded_on < agreed.change.effective_on

    def test_a_subscription_that_is_cancelled(self, story: Story) -> None:
        change = event(story, "CHG-0013").change

        assert change is not None
        assert change.status is Status.CANCELLED

    def test_seats_that_are_taken_away_with_a_refund_and_without(self, story: Story) -> None:
        refunded, waived = event(story, "CHG-0012").change, event(story, "CHG-0019").change

        assert refunded is not None
        assert waived is not None
        assert (refunded.quantity_delta, refunded.refund) == (Decimal(-2), True)
        assert (waived.quantity_delta, waived.refund) == (Decimal(-1), False)

    def test_a_subscription_that_is_bought(self, story: Story) -> None:
        bought = event(story, "CHG-0010").bought

        assert bought is not None
        (subscription,) = read_subscriptions(bought.text, file_name=bought.name).values
        assert (bought.contract, bought.market) == ("CT-1004", "DE")
        assert subscription.effective_start == event(story, "CHG-0010").recorded_on
        assert replace(subscription, quantity=5) == subscription
