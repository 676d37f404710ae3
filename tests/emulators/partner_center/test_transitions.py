from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests.emulators.partner_center.documented import documented, shape_differences
from tests.emulators.partner_center.room import Room
from work365.emulators.partner_center.seed_catalogue import TRIAL

PREMIUM = "CFQ7TTC0TW03"
MONTH = ("P1M", "monthly")


@pytest.fixture
def bought(room: Room) -> str:
    return room.buy(room.customer(), 10, plan=MONTH)


def request(room: Room, quantity: int, product: str = PREMIUM, **more: Any) -> dict[str, Any]:
    return {
        "toCatalogItemId": room.item(product, *MONTH),
        "quantity": quantity,
        "termDuration": "P1M",
        "billingCycle": "Monthly",
        "transitionType": "transition_only",
        **more,
    }


def owner(subscription: str) -> str:
    return subscription.split("/")[3]


class TestEligibility:
    def test_shows_what_is_documented(self, room: Room, bought: str) -> None:
        room.buy(owner(bought), 3, PREMIUM, ("P1Y", "monthly"))

        told = room.get(f"{bought}/transitionEligibilities?eligibilityType=immediate")

        sample = documented("transition_eligibilities_response")
        assert shape_differences(sample, told) == []
        into = told["items"][0]["subscriptionEligibilities"][0]
        assert [each["code"] for each in into["errors"]] == [2]

    def test_is_for_nothing_that_is_not_above(self, room: Room, bought: str) -> None:
        told = room.get(f"{bought}/transitionEligibilities")

        products = {each["catalogItemId"].split(":")[0] for each in told["items"]}

        assert products == {PREMIUM, "CFQ7TTC0TW04"}

    def test_knows_two_times(self, room: Room, bought: str) -> None:
        address = f"{bought}/transitionEligibilities?eligibilityType=someday"

        assert room.refused("GET", address) == (400, 800002)


class TestTransition:
    def test_of_all_seats_keeps_the_subscription(self, room: Room, bought: str) -> None:
        room.pass_time(days=7)
        before = room.get(bought)

        room.send("POST", f"{bought}/transitions", request(room, 10))
        after = room.get(bought)

        assert (before["offerName"], after["offerName"]) == ("Office Standard", "Office Premium")
        assert after["commitmentEndDateTime"] == before["commitmentEndDateTime"]
        # 17 February to 9 March, of February's 28 days: 21 of 12.10 and of 22.32, cut, ten times.
        assert room.charged(bought)[1:] == [
            ("convert", 10, Decimal("-90.70")),
            ("convert", 10, Decimal("167.40")),
        ]

    def test_of_some_seats_makes_a_subscription_that_ends_with_it(
        self, room: Room, bought: str
    ) -> None:
        room.pass_time(days=3)
        room.send("POST", f"{bought}/transitions", request(room, 4))
        told = room.get(f"{bought}/transitions")
        target = told["transition"][0]["ToSubscriptionId"]

        old = room.get(bought)
        new = room.get(f"/v1/customers/{owner(bought)}/subscriptions/{target}")

        assert (old["quantity"], new["quantity"]) == (6, 4)
        assert new["commitmentEndDate"] == old["commitmentEndDate"]
        assert new["cancellationAllowedUntilDate"] == old["cancellationAllowedUntilDate"]
        assert old["refundableQuantity"]["totalQuantity"] == 6

    def test_moves_seats_into_a_subscription_that_is_there(self, room: Room, bought: str) -> None:
        room.pass_time(days=1)
        target = room.buy(owner(bought), 3, PREMIUM, MONTH)
        into = {"toSubscriptionId": target.rpartition("/")[2]}

        early = room.refused("POST", f"{bought}/transitions", request(room, 4, **into))
        room.pass_time(days=8)
        room.send("POST", f"{bought}/transitions", request(room, 4, **into))

        assert early == (400, 900261)
        assert (room.get(bought)["quantity"], room.get(target)["quantity"]) == (6, 7)
        assert room.charged(bought)[-1][:2] == ("moveQuantity", 4)
        assert room.charged(target)[-1][:2] == ("moveQuantity", 4)

    def test_takes_its_time_and_is_looked_after(self, room: Room, bought: str) -> None:
        room.world.lags.transition = timedelta(minutes=36)

        answered = room.send("POST", f"{bought}/transitions", request(room, 4))
        address = f"{bought}/transitions?operationId={answered['operationId']}"
        during = room.get(address)["transition"][0]
        changing = room.change_refused(bought, quantity=9)
        room.pass_time(minutes=36)
        after = room.get(address)

        assert changing == (409, 900278)
        assert [each["status"] for each in answered["Events"]] == ["Started "]
        assert [each["status"] for each in during["Events"]] == ["Started "]
        assert shape_differences(documented("transitions_history_response"), after) == []
        assert [each["status"] for each in after["transition"][0]["Events"]] == [
            "Started ",
            "Completed",
        ]

    def test_answers_what_is_documented(self, room: Room, bought: str) -> None:
        body = request(room, 10)
        answered = room.send("POST", f"{bought}/transitions", body)

        told = documented("transition_create_response")
        del told["toSubscriptionId"]

        assert shape_differences(told, answered) == []

    @pytest.mark.parametrize(
        ("change", "refusal"),
        [
            ({"quantity": 11}, (400, 2002)),
            ({"quantity": 0}, (400, 2002)),
            ({"transitionType": "jump"}, (400, 800002)),
            ({"termDuration": "P1Y"}, (400, 900268)),
            ({"billingCycle": "Annual"}, (400, 900269)),
            ({"toSubscriptionId": "a52f3c41-0000-4000-8000-000000000000"}, (404, 20003)),
        ],
    )
    def test_is_refused(
        self, room: Room, bought: str, change: dict[str, Any], refusal: tuple[int, int]
    ) -> None:
        body = request(room, 4) | change

        assert room.refused("POST", f"{bought}/transitions", body) == refusal

    def test_is_refused_to_what_is_not_above(self, room: Room, bought: str) -> None:
        body = request(room, 4, "CFQ7TTC0TW01")

        assert room.refused("POST", f"{bought}/transitions", body) == (400, 800020)

    def test_of_a_trial_makes_it_paid(self, room: Room) -> None:
        trial = room.buy(room.customer(), 25, TRIAL, MONTH)

        room.send("POST", f"{trial}/transitions", request(room, 25))

        shown = room.get(trial)
        assert (shown["isTrial"], shown["autoRenewEnabled"]) == (False, True)
        assert room.charged(trial)[1:] == [
            ("convert", 25, Decimal(0)),
            ("convert", 25, Decimal("22.32") * 25),
        ]
        assert room.world.history[-1].kind == "convert_trial_subscription"
