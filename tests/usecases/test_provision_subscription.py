from datetime import date

import pytest

from tests.domain.microsoft.seen import BETTER, seats
from tests.usecases.provisioning_room import Room
from work365.domain.catalog import BillingPlan, SubscriptionStatus, Term
from work365.domain.microsoft.actions import ProvisioningAction, ProvisioningStatus
from work365.domain.microsoft.subscription_edits import SubscriptionEdit
from work365.domain.microsoft.subscriptions import NextTerm, TermEnd
from work365.domain.microsoft.transitions import TransitionOffer
from work365.errors import Refusal
from work365.ports.provider_desk import ChangedMeanwhile, SeatLimits, Unsure
from work365.ports.seen_subscriptions import ExtendedServiceDecision

PROVISIONED = ProvisioningStatus.PROVISIONED
ACTION = ProvisioningAction
OPEN = "2026-09-18 10:00:00"
CLOSED = "2026-09-14 08:59:59"


@pytest.fixture
def room() -> Room:
    room = Room()
    room.store.subscribe(10)
    room.microsoft.add(refundable=(seats(4, OPEN), seats(6, CLOSED)))
    return room


class TestSeats:
    def test_come_at_once_with_the_windows_told(self, room: Room) -> None:
        room.store.change("more", ACTION.QUANTITY, 2)

        room.run()

        assert room.microsoft.edits == [SubscriptionEdit(quantity=12)]
        assert room.store.message("more").startswith("Microsoft has it: 12 seats instead of 10.")
        assert "can be given back until 21 September 2026" in room.store.message("more")

    def test_go_as_far_as_microsoft_takes_them_back(self, room: Room) -> None:
        room.store.change("fewer", ACTION.QUANTITY, -4)

        room.run()

        assert room.microsoft.edits == [SubscriptionEdit(quantity=6)]

    def test_that_are_locked_are_offered_as_a_renewal_with_fewer(self, room: Room) -> None:
        room.store.change("fewer", ACTION.QUANTITY, -5)

        code = room.code("fewer")

        assert (code, room.microsoft.edits) == ("seats_locked", [])
        assert 'action renewal schedule and the details {"quantity": 5}' in room.store.message(
            "fewer"
        )

    def test_are_locked_where_microsoft_names_no_window(self, room: Room) -> None:
        room.microsoft.add(refundable=())
        room.store.change("fewer", ACTION.QUANTITY, -1)

        assert room.code("fewer") == "seats_locked"
        assert '{"quantity": 9}' in room.store.message("fewer")

    def test_go_by_our_own_log_where_microsoft_says_nothing(self, room: Room) -> None:
        room.microsoft.add(refundable=None)
        room.store.change("fewer", ACTION.QUANTITY, -4)

        room.run()

        assert room.microsoft.edits == [SubscriptionEdit(quantity=6)]
        assert "They can go until 18 September 2026, 00:00:00 UTC" in room.store.message("fewer")

    def test_that_differ_at_both_ends_are_for_a_person(self, room: Room) -> None:
        room.microsoft.add(quantity=11)
        room.store.change("more", ACTION.QUANTITY, 2)

        code = room.code("more")

        assert (code, room.microsoft.edits) == ("changed_at_both_ends", [])
        assert "made for 10 seats, and Microsoft shows 11" in room.store.message("more")
        assert "become 12" in room.store.message("more")

    def test_beyond_what_is_sold_are_refused(self, room: Room) -> None:
        room.microsoft.limits = SeatLimits(1, 300)
        room.store.change("more", ACTION.QUANTITY, 291)

        assert room.code("more") == "beyond_limits"
        assert "sells from 1 to 300" in room.store.message("more")
        assert room.microsoft.edits == []

    def test_do_not_come_for_a_customer_on_credit_hold_and_can_still_go(self, room: Room) -> None:
        room.store.subscribe(10, is_on_credit_hold=True)
        room.store.change("fewer", ACTION.QUANTITY, -1, on=date(2026, 9, 13))
        room.store.change("more", ACTION.QUANTITY, 2)

        assert room.code("more") == "credit_hold"
        assert room.store.status("fewer") is PROVISIONED

    def test_are_looked_at_again_when_somebody_was_faster(self, room: Room) -> None:
        room.store.change("more", ACTION.QUANTITY, 2)
        room.microsoft.refusals["change"] = [ChangedMeanwhile("another version")]

        room.run()
        message = room.store.message("more")
        room.run_on()

        assert message.startswith("Somebody changed it just now")
        assert room.store.status("more") is PROVISIONED

    def test_whose_answer_was_lost_are_not_sent_again(self, room: Room) -> None:
        room.store.change("more", ACTION.QUANTITY, 2)

        def step(what: str) -> None:
            if what == "after: change":
                room.microsoft.step = lambda _: None
                raise Unsure("half an answer")

        room.microsoft.step = step
        room.run_on()

        assert room.store.message("more").startswith("Microsoft shows it already: 12 seats")
        assert room.microsoft.edits == [SubscriptionEdit(quantity=12)]


@pytest.mark.parametrize(
    ("action", "details", "edit"),
    [
        (ACTION.SUSPEND, {}, SubscriptionEdit(status=SubscriptionStatus.SUSPENDED)),
        (ACTION.CANCEL, {}, SubscriptionEdit(status=SubscriptionStatus.DELETED)),
        (ACTION.AUTO_RENEW, {"atTermEnd": "cancel"}, SubscriptionEdit(term_end=TermEnd.CANCEL)),
        (
            ACTION.RENEWAL_SCHEDULE,
            {"quantity": 8},
            SubscriptionEdit(
                term_end=TermEnd.RENEW, next_term=NextTerm(quantity=8, availability="A0")
            ),
        ),
        (
            ACTION.BILLING_PLAN,
            {"term": "P3Y", "plan": "Monthly"},
            SubscriptionEdit(term=Term.THREE_YEARS, plan=BillingPlan.MONTHLY),
        ),
    ],
)
def test_each_action_is_the_change_that_it_says(
    room: Room, action: ProvisioningAction, details: dict[str, object], edit: SubscriptionEdit
) -> None:
    room.store.change("c", action, details=details)

    room.run()

    assert (room.store.status("c"), room.microsoft.edits) == (PROVISIONED, [edit])


def test_a_suspended_one_is_let_run_again_and_renews_as_before(room: Room) -> None:
    room.microsoft.add(status=SubscriptionStatus.SUSPENDED, auto_renew=False, term_end=None)
    room.store.change("on", ACTION.REACTIVATE)

    room.run()

    assert room.microsoft.edits == [
        SubscriptionEdit(status=SubscriptionStatus.ACTIVE),
        SubscriptionEdit(term_end=TermEnd.RENEW),
    ]
    assert "was said again: renew at the end of the term" in room.store.message("on")


def test_a_cancellation_after_its_window_is_refused(room: Room) -> None:
    room.clock.pass_time(days=7)
    room.store.change("end", ACTION.CANCEL)

    assert (room.code("end"), room.microsoft.edits) == ("window_closed", [])


class TestTheEndOfTheTerm:
    EXTEND = ExtendedServiceDecision(outcome=TermEnd.EXTEND)

    def test_is_not_the_extended_term_without_the_customers_decision(self, room: Room) -> None:
        room.store.change("on", ACTION.AUTO_RENEW, details={"atTermEnd": "extend"})

        assert (room.code("on"), room.microsoft.sent) == ("extension_not_decided", [])

    def test_is_the_extended_term_where_the_customer_decided_so(self, room: Room) -> None:
        room.store.subscribe(10, decision=self.EXTEND)
        room.store.change("on", ACTION.AUTO_RENEW, details={"atTermEnd": "extend"})

        room.run()

        assert room.microsoft.edits == [SubscriptionEdit(term_end=TermEnd.EXTEND)]

    def test_is_said_again_after_a_change_within_the_term(self, room: Room) -> None:
        fewer = NextTerm(quantity=8)
        room.microsoft.add(next_term=fewer)
        room.store.change("more", ACTION.QUANTITY, 2)

        room.run()

        fresh = NextTerm(quantity=8, availability="A0")
        again = SubscriptionEdit(term_end=TermEnd.RENEW, next_term=fresh)
        assert room.microsoft.edits == [SubscriptionEdit(quantity=12), again]
        assert "What was set for the end of the term was said again" in room.store.message("more")

    def test_is_said_again_after_a_crash_in_between(self, room: Room) -> None:
        room.microsoft.add(term_end=TermEnd.CANCEL, auto_renew=False)
        room.store.change("more", ACTION.QUANTITY, 2)

        def step(what: str) -> None:
            if what == "after: change":
                room.microsoft.step = lambda _: None
                raise KeyboardInterrupt

        room.microsoft.step = step
        with pytest.raises(KeyboardInterrupt):
            room.run()
        room.run_on()

        assert room.microsoft.edits == [
            SubscriptionEdit(quantity=12),
            SubscriptionEdit(term_end=TermEnd.CANCEL),
        ]

    def test_that_cannot_be_said_again_is_a_finding_and_the_change_is_done(
        self, room: Room
    ) -> None:
        class No(Refusal):
            code = "no"

        room.microsoft.add(term_end=TermEnd.CANCEL, auto_renew=False)
        room.store.change("more", ACTION.QUANTITY, 2)
        done = []

        def step(what: str) -> None:
            if what == "before: change":
                done.append(what)
                if len(done) > 1:
                    raise No("Microsoft says no.")

        room.microsoft.step = step
        run = room.run()

        assert [finding.code for finding in run.findings] == ["term_end_forgotten"]
        assert room.store.status("more") is PROVISIONED
        assert "Set it in Partner Center." in room.store.message("more")

    def test_is_another_product_only_where_microsoft_offers_it(self, room: Room) -> None:
        room.store.change("next", ACTION.RENEWAL_SCHEDULE, details={"partNumber": BETTER})

        assert (room.code("next"), room.microsoft.edits) == ("no_such_renewal", [])

    def test_is_another_product_under_its_fresh_availability(self, room: Room) -> None:
        room.microsoft.offers = (
            TransitionOffer(catalogue_id=f"{BETTER}:OLD", title="Better", quantity=10, types=()),
        )
        room.store.change("next", ACTION.RENEWAL_SCHEDULE, details={"partNumber": BETTER})

        room.run()

        next_term = NextTerm(part_number=BETTER, availability="A0")
        assert room.microsoft.edits == [
            SubscriptionEdit(term_end=TermEnd.TRANSITION, next_term=next_term)
        ]
