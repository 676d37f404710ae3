from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests.emulators.partner_center.documented import documented, shape_differences
from tests.emulators.partner_center.room import START, Room, room_at

WINDOW = timedelta(days=7)


@pytest.fixture
def bought(room: Room) -> str:
    return room.buy(room.customer(), 10)


class TestReading:
    def test_shows_what_is_documented(self, room: Room, bought: str) -> None:
        told = documented("subscription_get_nce_expired_refundable_quantity_response")

        shown = room.get(bought)

        assert shape_differences(told, shown) == []
        assert shown["commitmentEndDateTime"] == "2027-02-09T23:59:59Z"
        assert shown["cancellationAllowedUntilDate"] == "2026-02-17T09:30:15.25Z"
        assert shown["refundableQuantity"]["totalQuantity"] == 10

    def test_of_an_unknown_one_is_refused(self, room: Room, bought: str) -> None:
        assert room.refused("GET", f"{bought}0") == (404, 20003)

    def test_lists_those_of_an_order(self, room: Room, bought: str) -> None:
        order = room.get(bought)["orderId"]
        room.buy(bought.split("/")[3], 3)
        address = bought.rpartition("/")[0]

        found = room.get(f"{address}?order_id={order}")

        assert [each["orderId"] for each in found["items"]] == [order]


class TestPatching:
    def test_resets_what_the_body_leaves_out(self, room: Room, bought: str) -> None:
        body = room.get(bought)
        del body["autoRenewEnabled"]

        changed = room.send("PATCH", bought, body | {"friendlyName": "Verwaltung"})

        assert changed["autoRenewEnabled"] is False
        assert changed["friendlyName"] == "Verwaltung"

    @pytest.mark.parametrize("name", ["quantity", "status"])
    def test_needs_the_whole_resource(self, room: Room, bought: str, name: str) -> None:
        body = room.get(bought)
        del body[name]

        assert room.refused("PATCH", bought, body) == (400, 800002)

    def test_takes_names_in_any_case(self, room: Room, bought: str) -> None:
        body = {
            name[0].upper() + name[1:]: value
            for name, value in room.get(bought).items()
            if name not in ("links", "attributes")
        }

        assert room.send("PATCH", bought, body | {"Quantity": 11})["quantity"] == 11

    def test_refuses_an_old_etag(self, room: Room, bought: str) -> None:
        body = room.get(bought)
        etag = body.pop("attributes")["etag"]
        headers = {"If-Match": etag}

        first = room.call("PATCH", bought, body | {"quantity": 11}, headers)
        second = room.call("PATCH", bought, body | {"quantity": 12}, headers)

        assert first[0] == 200
        assert (second[0], second[1]["code"]) == (400, 2055)

    def test_is_refused_after_so_many_changes(self, room: Room, bought: str) -> None:
        room.world.subscriptions[bought.rpartition("/")[2]].updates = 1200

        assert room.change_refused(bought, friendlyName="x") == (400, 900311)

    def test_waits_for_the_change_before(self, room: Room, bought: str) -> None:
        room.world.lags.update_done = timedelta(minutes=5)
        body = room.get(bought)

        status, _, headers = room.call("PATCH", bought, body | {"quantity": 11})
        at_once = room.change_refused(bought, quantity=12)
        room.pass_time(minutes=5)

        assert (status, headers["location"]) == (202, bought.removeprefix("/v1"))
        assert at_once == (409, 900278)
        assert room.change(bought, quantity=12)["quantity"] == 12

    def test_is_told_with_before_and_after(self, room: Room, bought: str) -> None:
        room.change(bought, quantity=11)

        event = room.world.history[-1]

        assert event.kind == "update_subscription"
        assert event.before is not None
        assert event.after is not None
        assert (event.before["quantity"], event.after["quantity"]) == (10, 11)


class TestSeats:
    def test_go_back_until_the_second_that_their_window_closes(
        self, room: Room, bought: str
    ) -> None:
        room.now = START + timedelta(days=30)
        room.change(bought, quantity=14)
        room.now += WINDOW

        assert room.change(bought, quantity=13)["quantity"] == 13
        room.now += timedelta(microseconds=1)
        assert room.change_refused(bought, quantity=12) == (400, 800090)

    def test_go_back_no_further_than_open_batches(self, room: Room, bought: str) -> None:
        room.now = START + timedelta(days=30)
        room.change(bought, quantity=14)

        refused = room.change_refused(bought, quantity=9)
        shown = room.change(bought, quantity=11)["refundableQuantity"]

        assert refused == (400, 800090)
        assert [each["quantity"] for each in shown["details"]] == [1]

    def test_are_billed_as_all_back_and_all_anew(self, room: Room, bought: str) -> None:
        room.world.subscriptions[bought.rpartition("/")[2]].unit_price = Decimal(12)
        room.go_to(2026, 3, 12)

        room.change(bought, quantity=15)

        # 10 March to 9 April, billed with March's 31 days: 29 of them are left.
        assert room.charged(bought)[-2:] == [
            ("addQuantity", 10, Decimal("-112.25")),
            ("addQuantity", 15, Decimal("168.38")),
        ]
        first, second = room.world.charges[-2:]
        assert first.reference == second.reference

    @pytest.mark.parametrize("quantity", [0, 301])
    def test_stay_within_what_is_sold(self, room: Room, bought: str, quantity: int) -> None:
        assert room.change_refused(bought, quantity=quantity) == (400, 2002)

    def test_of_a_suspended_one_stay(self, room: Room, bought: str) -> None:
        room.change(bought, status="suspended")

        assert room.change_refused(bought, quantity=11) == (400, 2001)


class TestStatus:
    def test_suspending_turns_renewal_off_and_resuming_leaves_it_off(
        self, room: Room, bought: str
    ) -> None:
        suspended = room.change(bought, status="suspended")
        resumed = room.change(bought, status="active")

        assert (suspended["status"], suspended["autoRenewEnabled"]) == ("suspended", False)
        assert (resumed["status"], resumed["autoRenewEnabled"]) == ("active", False)

    def test_cancelling_on_the_first_day_gives_all_back(self, room: Room, bought: str) -> None:
        room.change(bought, quantity=12)
        room.pass_time(hours=24)

        cancelled = room.change(bought, status="deleted")

        assert cancelled["status"] == "deleted"
        assert sum(amount for _, _, amount in room.charged(bought)) == 0

    def test_cancelling_later_gives_unused_days_back(self) -> None:
        room = room_at(START.replace(month=7, day=15))
        bought = room.buy(room.customer(), 10)
        room.world.subscriptions[bought.rpartition("/")[2]].unit_price = Decimal("10.08")
        room.pass_time(days=2)

        room.change(bought, status="deleted")

        assert room.charged(bought)[-1] == ("cancelImmediate", 10, Decimal("-94.20"))

    def test_cancelling_is_refused_a_moment_after_the_window(self, room: Room, bought: str) -> None:
        room.now = START + WINDOW + timedelta(microseconds=1)

        assert room.change_refused(bought, status="deleted") == (400, 900117)

    def test_nothing_changes_any_more_once_deleted(self, room: Room, bought: str) -> None:
        room.change(bought, status="deleted")

        assert room.change_refused(bought, friendlyName="x") == (400, 2011)

    def test_others_are_not_known(self, room: Room, bought: str) -> None:
        assert room.change_refused(bought, status="expired") == (400, 800040)


class TestPlans:
    def test_billing_changes_in_three_years_only(self, room: Room, bought: str) -> None:
        assert room.change_refused(bought, billingCycle="annual") == (400, 800097)

    def test_billing_changes_at_the_next_charge(self, room: Room) -> None:
        bought = room.buy(room.customer(), 10, plan=("P3Y", "monthly"))
        shown = room.change(bought, billingCycle="annual")
        room.go_to(2026, 3, 10)
        after = room.get(bought)

        assert shown["billingCycle"] == "monthly"
        assert shown["nextChargeInstructions"]["product"]["billingCycle"] == "annual"
        assert after["billingCycle"] == "annual"
        assert "nextChargeInstructions" not in after
        # Eleven months are left of the first year: 120.96 by 11/12, cut, ten times.
        assert room.charged(bought)[-1] == ("changeBillingPlan", 10, Decimal("1108.80"))

    def test_a_waiting_change_of_billing_is_dropped_by_leaving_it_out(self, room: Room) -> None:
        bought = room.buy(room.customer(), 10, plan=("P3Y", "monthly"))
        body: dict[str, Any] = room.change(bought, billingCycle="annual")
        del body["nextChargeInstructions"]

        assert "nextChargeInstructions" not in room.send("PATCH", bought, body)

    def test_a_term_becomes_longer_at_once_and_never_shorter(self, room: Room, bought: str) -> None:
        shorter = room.change_refused(bought, termDuration="P1M")
        longer = room.change(bought, termDuration="P3Y")

        assert shorter == (400, 800122)
        assert longer["commitmentEndDateTime"] == "2029-02-09T23:59:59Z"
