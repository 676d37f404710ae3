from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests.emulators.partner_center.room import START, Room, room_at
from work365.emulators.partner_center.seed_catalogue import TRIAL, WITHOUT_MONTHLY

MONTH = ("P1M", "monthly")


def actions(kind: str, spelling: str = "scheduledType", **more: Any) -> dict[str, Any]:
    return {"scheduledActions": [{spelling: "TermEnd", "actionType": kind, **more}]}


def next_term(room: Room, quantity: int, plan: tuple[str, str], **more: Any) -> dict[str, Any]:
    product, sku, availability = room.item("CFQ7TTC0TW02", *plan).split(":")
    return {
        "product": {
            "productId": product,
            "skuId": sku,
            "availabilityId": availability,
            "billingCycle": plan[1].capitalize(),
            "termDuration": plan[0],
        },
        "quantity": quantity,
        **more,
    }


class TestRenewal:
    def test_begins_at_midnight_after_the_last_day(self, room: Room) -> None:
        bought = room.buy(room.customer(), 10, plan=MONTH)
        room.go_to(2026, 3, 9, 23, 59, 59)
        before = room.get(bought)
        room.go_to(2026, 3, 10)
        after = room.get(bought)

        assert before["commitmentEndDateTime"] == "2026-03-09T23:59:59Z"
        assert after["commitmentEndDateTime"] == "2026-04-09T23:59:59Z"
        assert after["cancellationAllowedUntilDate"] == "2026-03-17T00:00:00Z"
        assert after["refundableQuantity"]["totalQuantity"] == 10
        assert [each[0] for each in room.charged(bought)] == ["new", "renew"]

    def test_takes_the_price_of_its_day(self, room: Room) -> None:
        bought = room.buy(room.customer(), 10, plan=MONTH)
        room.go_to(2026, 7, 15)
        room.get(bought)

        amounts = [amount for _, _, amount in room.charged(bought)]

        # Prices rise on 1 July 2026: the term that began in June keeps its own.
        assert amounts == [Decimal("121.00")] * 5 + [Decimal("130.60")]

    def test_refuses_changes_while_it_lasts(self, room: Room) -> None:
        bought = room.buy(room.customer(), 10, plan=MONTH)
        room.world.lags.renewal = timedelta(minutes=2)
        room.world.look_ahead()
        room.go_to(2026, 3, 10, 0, 1)

        during = room.change_refused(bought, quantity=11)
        room.go_to(2026, 3, 10, 0, 2)

        assert during == (409, 800082)
        assert room.change(bought, quantity=11)["quantity"] == 11

    def test_of_a_year_charges_each_month_before(self, room: Room) -> None:
        bought = room.buy(room.customer(), 10)
        room.go_to(2027, 2, 10)
        room.get(bought)

        types = [charge_type for charge_type, _, _ in room.charged(bought)]

        assert types == ["new", *["cycleCharge"] * 11, "renew"]


class TestSchedule:
    def test_is_done_at_the_terms_end(self, room: Room) -> None:
        bought = room.buy(room.customer(), 10, plan=MONTH)
        wanted = next_term(room, 7, ("P1Y", "annual"))
        shown = room.change(bought, scheduledNextTermInstructions=wanted)
        room.go_to(2026, 3, 10)
        after = room.get(bought)

        assert shown["scheduledNextTermInstructions"]["quantity"] == 7
        assert (after["quantity"], after["billingCycle"]) == (7, "annual")
        assert after["commitmentEndDateTime"] == "2027-03-09T23:59:59Z"
        assert "scheduledNextTermInstructions" not in after

    def test_is_dropped_by_a_change_of_seats(self, room: Room) -> None:
        bought = room.buy(room.customer(), 10, plan=MONTH)
        room.change(bought, scheduledNextTermInstructions=next_term(room, 7, MONTH))

        changed = room.change(bought, quantity=11)

        assert "scheduledNextTermInstructions" not in changed

    def test_needs_renewal_to_be_on(self, room: Room) -> None:
        bought = room.buy(room.customer(), 10, plan=MONTH)
        wanted = next_term(room, 7, MONTH)

        refused = room.change_refused(
            bought, autoRenewEnabled=False, scheduledNextTermInstructions=wanted
        )

        assert refused == (400, 800093)

    def test_survives_being_sent_back_after_its_availability_changed(self, room: Room) -> None:
        bought = room.buy(room.customer(), 10, plan=MONTH)
        room.change(bought, scheduledNextTermInstructions=next_term(room, 7, MONTH))
        room.world.catalogue.reissues += 1

        changed = room.change(bought, friendlyName="neu")

        assert changed["scheduledNextTermInstructions"]["quantity"] == 7

    def test_refuses_an_old_availability(self, room: Room) -> None:
        bought = room.buy(room.customer(), 10, plan=MONTH)
        wanted = next_term(room, 7, MONTH)
        room.world.catalogue.reissues += 1

        refused = room.change_refused(bought, scheduledNextTermInstructions=wanted)

        assert refused == (404, 400019)

    @pytest.mark.parametrize(("end", "code"), [("2026-06-30", 900245), ("2026-04-05", 900246)])
    def test_refuses_an_end_that_is_nobodys(self, room: Room, end: str, code: int) -> None:
        bought = room.buy(room.customer(), 10, plan=MONTH)
        wanted = next_term(room, 7, MONTH, customTermEndDate=end)

        refused = room.change_refused(bought, scheduledNextTermInstructions=wanted)

        assert refused == (400, code)

    @pytest.mark.parametrize("spelling", ["scheduledType", "scheduleType"])
    def test_of_actions_keeps_its_spelling(self, room: Room, spelling: str) -> None:
        bought = room.buy(room.customer(), 10, plan=MONTH)

        shown = room.change(bought, autoRenewEnabled=False, **actions("Cancel", spelling))

        assert shown["scheduledActions"] == [{spelling: "TermEnd", "actionType": "Cancel"}]

    def test_of_actions_goes_before_instructions(self, room: Room) -> None:
        bought = room.buy(room.customer(), 10, plan=MONTH)
        both = {
            "scheduledNextTermInstructions": next_term(room, 7, MONTH),
            **actions("RenewToNewTerm", instructions=next_term(room, 8, MONTH)),
        }
        shown = room.change(bought, **both)
        room.go_to(2026, 3, 10)

        assert "scheduledNextTermInstructions" not in shown
        assert room.get(bought)["quantity"] == 8

    @pytest.mark.parametrize(
        "action",
        [
            {"scheduledType": "TermEnd", "actionType": "Vanish"},
            {"actionType": "Cancel"},
            {"scheduledType": "CustomDate", "actionType": "Cancel"},
        ],
    )
    def test_of_actions_is_read_strictly(self, room: Room, action: dict[str, str]) -> None:
        bought = room.buy(room.customer(), 10, plan=MONTH)

        refused = room.change_refused(bought, scheduledActions=[action])

        assert refused == (400, 800002)


class TestExtendedService:
    @pytest.fixture
    def room(self) -> Room:
        return room_at(START.replace(month=7))

    def test_follows_a_term_that_neither_renews_nor_ends(self, room: Room) -> None:
        bought = room.buy(room.customer(), 10, plan=MONTH)
        room.change(bought, autoRenewEnabled=False)
        room.go_to(2026, 9, 15)

        shown = room.get(bought)

        assert (shown["status"], shown["autoRenewEnabled"]) == ("active", False)
        assert shown["commitmentEndDateTime"] == "2026-10-09T23:59:59Z"
        # The monthly price of 13.06 and three percent, cut to hundredths: 13.45.
        assert room.charged(bought)[1:] == [("renew", 10, Decimal("134.50"))] * 2
        assert room.world.charges[-1].is_extended

    def test_costs_more_where_there_is_no_monthly_plan(self, room: Room) -> None:
        bought = room.buy(room.customer(), 1, product=WITHOUT_MONTHLY)
        room.change(bought, autoRenewEnabled=False)
        room.go_to(2027, 7, 10)
        room.get(bought)

        # 54.90, dearer by 8 % of July and 5 % of monthly billing: 62.26; and 23 %.
        assert room.charged(bought)[-1] == ("renew", 1, Decimal("76.57"))

    def test_ends_on_any_day_and_lets_nothing_else_be_changed(self, room: Room) -> None:
        bought = room.buy(room.customer(), 10, plan=MONTH)
        room.change(bought, autoRenewEnabled=False)
        room.go_to(2026, 8, 30)

        seats = room.change_refused(bought, quantity=11)
        cancelled = room.change(bought, status="deleted")

        assert seats == (400, 800095)
        assert cancelled["status"] == "deleted"
        # 30 August to 9 September: 11 of 31 days of 13.45.
        assert room.charged(bought)[-1] == ("cancelImmediate", 10, Decimal("-47.70"))

    def test_is_left_for_a_new_term_on_a_day_of_choice(self, room: Room) -> None:
        bought = room.buy(room.customer(), 10, plan=MONTH)
        room.change(bought, autoRenewEnabled=False)
        room.go_to(2026, 8, 15)
        action = {
            "scheduledType": "CustomDate",
            "effectiveDate": "2026-08-20T00:00:00Z",
            "actionType": "RenewToNewTerm",
            "instructions": next_term(room, 10, ("P1Y", "monthly")),
        }
        room.change(bought, autoRenewEnabled=True, scheduledActions=[action])
        room.go_to(2026, 8, 20)

        assert room.get(bought)["commitmentEndDateTime"] == "2027-08-19T23:59:59Z"

    def test_is_not_for_what_is_to_be_cancelled(self, room: Room) -> None:
        bought = room.buy(room.customer(), 10, plan=MONTH)
        room.change(bought, autoRenewEnabled=False, **actions("Cancel"))
        room.go_to(2026, 8, 10)
        expired = room.get(bought)["status"]
        room.go_to(2026, 9, 9)
        disabled = room.get(bought)["status"]
        room.go_to(2026, 12, 8)

        assert (expired, disabled, room.get(bought)["status"]) == (
            "expired",
            "disabled",
            "deleted",
        )
        assert room.change_refused(bought, quantity=1) == (400, 2011)

    def test_did_not_exist_before_may_2026(self) -> None:
        room = room_at()
        bought = room.buy(room.customer(), 10, plan=MONTH)
        room.change(bought, autoRenewEnabled=False)
        room.go_to(2026, 3, 10)

        assert room.get(bought)["status"] == "expired"
        assert room.change_refused(bought, autoRenewEnabled=True) == (400, 900279)


class TestTrial:
    def test_becomes_a_paid_year_by_itself(self, room: Room) -> None:
        bought = room.buy(room.customer(), 25, product=TRIAL, plan=MONTH)
        before = room.get(bought)
        room.go_to(2026, 3, 12)
        after = room.get(bought)

        assert before["scheduledNextTermInstructions"]["product"]["productId"] == "CFQ7TTC0TW03"
        assert (before["isTrial"], after["isTrial"]) == (True, False)
        assert after["offerName"] == "Office Premium"
        assert [each[0] for each in room.charged(bought)] == ["new", "convert"]

    def test_keeps_its_seats(self, room: Room) -> None:
        bought = room.buy(room.customer(), 25, product=TRIAL, plan=MONTH)

        assert room.change_refused(bought, quantity=20) == (400, 800095)
