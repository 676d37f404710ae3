from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from tests.usecases.provisioning_desk import reissued
from tests.usecases.provisioning_room import Room
from work365.domain.findings import Finding, Reading, Severity
from work365.domain.microsoft.actions import ProvisioningAction, ProvisioningStatus
from work365.domain.microsoft.azure import Registration
from work365.domain.microsoft.orders import OrderStatus
from work365.domain.microsoft.promotions import PromotionEligibility
from work365.domain.microsoft.relationships import OtherPartner
from work365.errors import Refusal
from work365.ports.provider_desk import CartGone, ResellersNotShown, SeatLimits, Unsure

PURCHASE = ProvisioningAction.PURCHASE
PROVISIONED, FAILED = ProvisioningStatus.PROVISIONED, ProvisioningStatus.FAILED
IN_PROGRESS = ProvisioningStatus.IN_PROGRESS
QUARTER = timedelta(minutes=15)
ELM = OtherPartner(tenant="e", name="Elm Consulting", mpn="5000001", is_active=True)


class AgreementMissing(Refusal):
    code = "customer_agreement_missing"


class Died(BaseException):
    """The process was killed."""


@pytest.fixture
def room() -> Room:
    room = Room()
    room.store.subscribe(reference=None)
    return room


def buy(room: Room, key: str = "buy", quantity: int = 10, **details: object) -> None:
    room.store.change(key, PURCHASE, quantity, details=details)


def dying_once(room: Room, at: str, error: Callable[[], BaseException] = Died) -> None:
    """Let the next request of a kind be the last thing that a worker does."""

    def step(what: str) -> None:
        if what == at:
            room.microsoft.step = lambda _: None
            raise error()

    room.microsoft.step = step


class TestBuying:
    def test_gives_the_subscription_its_id_at_microsoft(self, room: Room) -> None:
        buy(room)

        room.run()

        [subscription] = room.store.subscriptions.values()
        assert subscription.reference == "subscription-of-order-of-cart-1"
        assert room.store.rows["buy"].provider_reference == "order-of-cart-1"
        assert room.store.message("buy") == (
            "Bought: 10 seats of CFQ7TTC0LH18:0001, order order-of-cart-1."
        )

    def test_is_followed_by_the_changes_of_what_was_bought(self, room: Room) -> None:
        buy(room)
        room.store.change("more", ProvisioningAction.QUANTITY, 2, on=room.clock().date())

        room.run_on()

        assert room.store.status("more") is PROVISIONED
        assert [edit.quantity for edit in room.microsoft.edits] == [12]

    def test_takes_as_long_as_microsoft_takes_to_show_it(self, room: Room) -> None:
        room.microsoft.order_lag = QUARTER
        buy(room)

        room.run()
        status, reference = room.store.status("buy"), room.store.rows["buy"].provider_reference
        room.run_on()

        assert (status, reference) == (IN_PROGRESS, "order-of-cart-1")
        assert room.store.status("buy") is PROVISIONED
        assert room.microsoft.sent.count("check out") == 1

    def test_is_given_up_for_a_person_when_it_never_shows(self, room: Room) -> None:
        room.microsoft.order_lag = timedelta(days=30)
        buy(room)

        room.run_on()
        room.store.await_again("buy")
        room.microsoft.placed["cart-1"].completed_at = room.clock()
        room.microsoft.placed["cart-1"].shows_at = room.clock()
        failed = room.store.message("buy")
        room.run_on()

        assert "does not show at Microsoft yet. That has been so for 40 looks." in failed
        assert room.store.status("buy") is PROVISIONED
        assert len(room.microsoft.carts) == 1

    def test_fails_with_an_order_that_failed_and_buys_anew_when_it_is_set_back(
        self, room: Room
    ) -> None:
        room.microsoft.order_lag = QUARTER
        buy(room)
        room.run()
        placed = room.microsoft.placed["cart-1"]
        placed.order = replace(placed.order, status=OrderStatus.FAILED)
        room.clock.pass_time(minutes=15)

        code = room.code("buy")
        room.store.await_again("buy")
        room.run_on()

        assert code == "order_failed"
        assert room.store.rows["buy"].provider_reference == "order-of-cart-2"

    def test_of_what_was_edited_meanwhile_says_both_quantities(self, room: Room) -> None:
        buy(room)
        dying_once(room, "after: check out")
        with pytest.raises(Died):
            room.run()
        twelve = replace(room.store.rows["buy"].change, quantity=Decimal(12))
        room.store.edit("buy", change=twelve)
        room.clock.now = room.later("buy")

        run = room.run()

        assert [finding.code for finding in run.findings] == ["bought_otherwise"]
        assert "Bought: 10 seats" in room.store.message("buy")
        assert "The change says 12 by now" in room.store.message("buy")


class TestWhatIsLookedAtFirst:
    def test_is_the_credit_hold(self, room: Room) -> None:
        room.store.subscribe(reference=None, is_on_credit_hold=True)
        buy(room)

        assert (room.code("buy"), room.microsoft.sent) == ("credit_hold", [])

    def test_is_the_agreement_where_it_can_be_seen(self, room: Room) -> None:
        room.store.subscribe(reference=None, agreement_signed_on=None)
        room.microsoft.agreement = False
        buy(room)

        assert (room.code("buy"), room.microsoft.sent) == ("agreement_not_signed", [])

    def test_is_left_to_microsoft_where_the_agreement_cannot_be_seen(self, room: Room) -> None:
        room.store.subscribe(reference=None, agreement_signed_on=None)
        room.microsoft.refusals["check out"] = [AgreementMissing("not accepted (13605)")]
        buy(room)

        code = room.code("buy")
        room.store.await_again("buy")
        room.run_on()

        assert code == "customer_agreement_missing"
        assert room.store.status("buy") is PROVISIONED

    @pytest.mark.parametrize("quantity", [0, -1])
    def test_is_that_seats_are_bought_at_all(self, room: Room, quantity: int) -> None:
        buy(room, quantity=quantity)

        assert (room.code("buy"), room.microsoft.sent) == ("change_not_clear", [])

    def test_is_how_many_are_sold(self, room: Room) -> None:
        room.microsoft.limits = SeatLimits(1, 300)
        buy(room, quantity=301)

        assert (room.code("buy"), room.microsoft.sent) == ("beyond_limits", [])

    def test_is_whether_the_first_term_may_end_then(self, room: Room) -> None:
        room.microsoft.term_ends = frozenset({date(2027, 6, 30), date(2027, 8, 31)})
        buy(room, endOn="2027-07-15")

        assert (room.code("buy"), room.microsoft.sent) == ("term_end_not_allowed", [])
        assert "Microsoft allows 2027-06-30, 2027-08-31" in room.store.message("buy")

    def test_lets_a_first_term_end_when_it_may(self, room: Room) -> None:
        room.microsoft.term_ends = frozenset({date(2027, 6, 30)})
        buy(room, endOn="2027-06-30")

        room.run()

        assert room.microsoft.carts["cart-1"].end_on == date(2027, 6, 30)

    def test_is_that_the_partner_on_record_is_a_reseller_of_the_customer(self, room: Room) -> None:
        room.microsoft.resellers = Reading((ELM,), ())
        buy(room, partnerOnRecord="5000009")

        assert room.code("buy") == "indirect_reseller_refused"
        assert "Elm Consulting (5000001); 5000009 is not one of them" in room.store.message("buy")
        assert (room.microsoft.sent, room.microsoft.carts) == ([], {})

    def test_is_that_the_partner_on_record_signed_its_agreement(self, room: Room) -> None:
        room.microsoft.resellers = Reading((ELM,), ())
        buy(room, partnerOnRecord=ELM.mpn)

        assert (room.code("buy"), room.microsoft.carts) == ("indirect_reseller_refused", {})
        assert "has not signed the Microsoft Partner Agreement" in room.store.message("buy")

    def test_lets_a_partner_on_record_pass_that_may_be_one(self, room: Room) -> None:
        room.microsoft.resellers = Reading((ELM,), ())
        room.microsoft.signed_resellers = {ELM.mpn}
        buy(room, partnerOnRecord=ELM.mpn)

        room.run()

        assert room.microsoft.carts["cart-1"].partner_on_record == ELM.mpn

    def test_fails_this_purchase_alone_where_resellers_are_not_shown(self, room: Room) -> None:
        room.microsoft.resellers_refused = ResellersNotShown("get a consent link")
        buy(room, partnerOnRecord=ELM.mpn)

        assert (room.code("buy"), room.microsoft.carts) == ("resellers_not_shown", {})

    def test_is_whether_the_customer_may_have_the_promotion(self, room: Room) -> None:
        room.microsoft.eligibilities = (
            PromotionEligibility(promotion="P", is_eligible=False, reasons=("Too many seats.",)),
        )
        buy(room, promotion="P")

        assert (room.code("buy"), room.microsoft.carts) == ("promotion_refused", {})
        assert "Too many seats." in room.store.message("buy")

    def test_is_a_promotion_that_is_not_for_this_term(self, room: Room) -> None:
        buy(room, promotion="P")

        assert room.code("buy") == "promotion_refused"
        assert "does not offer it for this term" in room.store.message("buy")

    def test_lets_a_promotion_pass_that_the_customer_may_have(self, room: Room) -> None:
        room.microsoft.eligibilities = (PromotionEligibility(promotion="P", is_eligible=True),)
        buy(room, promotion="P")

        room.run()

        assert room.microsoft.carts["cart-1"].promotion == "P"

    def test_is_whether_reservations_can_be_bought(self, room: Room) -> None:
        room.microsoft.registered = Registration.NOT_REGISTERED
        buy(room, provisioning={"subscriptionId": "azure-1", "scope": "shared"})

        room.run()
        registering = room.microsoft.sent
        room.microsoft.registered = Registration.REGISTERED
        room.run_on()

        assert registering[:2] == ["list", "register"]
        assert room.store.status("buy") is PROVISIONED


class TestWhatLooksBought:
    def test_is_left_for_later_and_then_for_a_person(self, room: Room) -> None:
        room.microsoft.add(bought_at=room.clock())
        buy(room)

        room.run()
        waits = room.store.message("buy")
        room.run_on()

        assert "the customer got the same already" in waits
        assert (room.store.status("buy"), room.microsoft.carts) == (FAILED, {})

    def test_is_taken_over_after_a_cart_that_is_gone(self, room: Room) -> None:
        buy(room)
        dying_once(room, "after: check out")
        with pytest.raises(Died):
            room.run()
        room.microsoft.refusals["check out"] = [CartGone("no such cart")]

        room.run_on()

        [subscription] = room.store.subscriptions.values()
        assert subscription.reference == "subscription-of-order-of-cart-1"
        assert len(room.microsoft.carts) == 1

    def test_is_for_a_person_where_not_all_can_be_read(self, room: Room) -> None:
        buy(room)
        dying_once(room, "before: check out")
        with pytest.raises(Died):
            room.run()
        room.microsoft.carts.clear()
        room.microsoft.unreadable = (Finding(Severity.ERROR, "x", "row 3 has no id", "row 3"),)

        room.run_on()

        assert room.store.status("buy") is FAILED
        assert "row 3 has no id" in room.store.message("buy")
        assert room.microsoft.placed == {}


class TestAvailabilities:
    def test_that_are_reissued_are_looked_up_once_more(self, room: Room) -> None:
        room.microsoft.reissues = 1
        buy(room)

        room.run()

        assert room.store.status("buy") is PROVISIONED
        assert room.microsoft.sent.count("create cart") == 2

    def test_that_are_reissued_at_checkout_are_looked_up_once_more(self, room: Room) -> None:
        room.microsoft.refusals["check out"] = [reissued()]
        buy(room)

        room.run()

        assert room.store.status("buy") is PROVISIONED
        assert len([key for key in room.microsoft.placed if key.startswith("cart")]) == 1

    def test_that_are_reissued_again_and_again_fail(self, room: Room) -> None:
        room.microsoft.reissues = 2
        buy(room)

        assert room.code("buy") == "offer_reissued"


class TestAfterACrash:
    @pytest.mark.parametrize("honours", [True, False])
    @pytest.mark.parametrize(
        "at",
        [
            "before: create cart",
            "after: create cart",
            "before: check out",
            "after: check out",
        ],
    )
    @pytest.mark.parametrize("error", [Died, lambda: Unsure("half an answer")])
    def test_it_is_bought_once(
        self, room: Room, at: str, honours: bool, error: Callable[[], BaseException]
    ) -> None:
        room.microsoft.honours_request_ids = honours
        room.microsoft.order_lag = QUARTER
        buy(room)
        dying_once(room, at, error)

        with suppress(Died):
            room.run()
        room.run_on()

        assert room.store.status("buy") is PROVISIONED
        assert len(room.microsoft.held) == 1

    def test_a_worker_that_was_overtaken_buys_nothing(self, room: Room) -> None:
        buy(room)

        def overtake(what: str) -> None:
            if what == "after: create cart":
                room.microsoft.step = lambda _: None
                room.clock.pass_time(hours=1)
                room.run()

        room.microsoft.step = overtake
        run = room.run()

        assert (run.taken_by_others, run.provisioned) == (1, 0)
        assert room.store.status("buy") is PROVISIONED
        assert len(room.microsoft.held) == 1

    def test_what_failed_unsure_goes_on_with_its_cart_when_it_is_set_back(self, room: Room) -> None:
        room.microsoft.honours_request_ids = False
        room.microsoft.order_lag = QUARTER
        buy(room)

        def step(what: str) -> None:
            if what == "after: check out":
                raise Unsure("half an answer")

        room.microsoft.step = step
        room.run_on(100)
        failed = room.store.status("buy")
        room.microsoft.step = lambda _: None
        room.store.await_again("buy")
        room.run_on()

        assert (failed, room.store.status("buy")) == (FAILED, PROVISIONED)
        assert len(room.microsoft.held) == 1
