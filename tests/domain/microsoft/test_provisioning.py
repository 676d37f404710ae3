from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.domain.microsoft.seen import BETTER, BOOK, a_seen, moment, seats
from work365.domain.catalog import BillingPlan, SubscriptionStatus, Term
from work365.domain.microsoft.decisions import Done, Refuse, Send, Wait
from work365.domain.microsoft.intents import (
    AutoRenew,
    Cancel,
    ChangePlan,
    Reactivate,
    ScheduleRenewal,
    SetQuantity,
    SubscriptionIntent,
    Suspend,
)
from work365.domain.microsoft.provisioning import Decision, TermEndWanted, decide
from work365.domain.microsoft.subscription_edits import SubscriptionEdit
from work365.domain.microsoft.subscriptions import NextTerm, SeenSubscription, TermEnd

AT = moment("2026-09-16 12:00:00")
SUSPENDED, DELETED = SubscriptionStatus.SUSPENDED, SubscriptionStatus.DELETED
FEWER = NextTerm(quantity=8)


def decided(
    intent: SubscriptionIntent,
    seen: SeenSubscription,
    at: datetime = AT,
    wanted: TermEndWanted | None = None,
) -> Decision:
    return decide(intent, seen, at=at, rules=BOOK.at(at), wanted=wanted or TermEndWanted())


def code_of(decision: Decision) -> str:
    assert isinstance(decision, Refuse), decision
    return decision.finding.code


def sent(decision: Decision) -> SubscriptionEdit:
    assert isinstance(decision, Send), decision
    return decision.what


@pytest.mark.parametrize(
    ("intent", "seen"),
    [
        (SetQuantity(8, 10), a_seen()),
        (Suspend(), a_seen(status=SUSPENDED)),
        (Reactivate(), a_seen()),
        (Cancel(), a_seen(status=DELETED)),
        (AutoRenew(TermEnd.RENEW), a_seen()),
        (AutoRenew(TermEnd.RENEW), a_seen(term_end=TermEnd.TRANSITION)),
        (AutoRenew(TermEnd.CANCEL), a_seen(term_end=TermEnd.CANCEL)),
        (
            ScheduleRenewal(FEWER),
            a_seen(next_term=NextTerm(quantity=8, availability="CFQ7TTC0K971", term=Term.YEAR)),
        ),
        (ChangePlan(Term.YEAR, BillingPlan.MONTHLY), a_seen()),
        (
            ChangePlan(Term.THREE_YEARS, BillingPlan.ANNUAL),
            a_seen(term=Term.THREE_YEARS, next_plan=BillingPlan.ANNUAL),
        ),
    ],
)
def test_what_is_so_already_is_not_sent(intent: SubscriptionIntent, seen: SeenSubscription) -> None:
    assert isinstance(decided(intent, seen), Done)


@pytest.mark.parametrize(
    ("intent", "seen", "edit"),
    [
        (SetQuantity(10, 12), a_seen(), SubscriptionEdit(quantity=12)),
        (Suspend(), a_seen(), SubscriptionEdit(status=SUSPENDED)),
        (
            Reactivate(),
            a_seen(status=SUSPENDED),
            SubscriptionEdit(status=SubscriptionStatus.ACTIVE),
        ),
        (Cancel(), a_seen(), SubscriptionEdit(status=DELETED)),
        (AutoRenew(TermEnd.EXTEND), a_seen(), SubscriptionEdit(term_end=TermEnd.EXTEND)),
        (
            AutoRenew(TermEnd.CANCEL),
            a_seen(term_end=None),
            SubscriptionEdit(term_end=TermEnd.CANCEL),
        ),
        (
            ScheduleRenewal(FEWER),
            a_seen(),
            SubscriptionEdit(term_end=TermEnd.RENEW, next_term=FEWER),
        ),
        (
            ChangePlan(Term.THREE_YEARS, BillingPlan.TRIENNIAL),
            a_seen(),
            SubscriptionEdit(term=Term.THREE_YEARS, plan=BillingPlan.TRIENNIAL),
        ),
    ],
)
def test_what_is_not_so_is_sent(
    intent: SubscriptionIntent, seen: SeenSubscription, edit: SubscriptionEdit
) -> None:
    decision = decided(intent, seen)

    assert sent(decision) == edit
    assert isinstance(decision, Send)
    assert decision.etag == "e-1"


def test_what_was_scheduled_is_said_again_after_a_change_within_the_term() -> None:
    decision = decided(SetQuantity(10, 12), a_seen(next_term=FEWER))

    assert isinstance(decision, Send)
    assert decision.restore == SubscriptionEdit(term_end=TermEnd.RENEW, next_term=FEWER)


def test_what_microsoft_forgot_already_is_said_again_by_our_own_record() -> None:
    wanted = TermEndWanted(term_end=TermEnd.RENEW, next_term=FEWER)

    decision = decided(SetQuantity(10, 12), a_seen(), wanted=wanted)

    assert isinstance(decision, Send)
    assert decision.restore == SubscriptionEdit(term_end=TermEnd.RENEW, next_term=FEWER)


def test_reactivated_it_ends_as_it_was_agreed_and_not_as_the_suspension_left_it() -> None:
    suspended = a_seen(status=SUSPENDED, term_end=TermEnd.EXTEND, auto_renew=False)

    decision = decided(Reactivate(), suspended, wanted=TermEndWanted(term_end=TermEnd.CANCEL))

    assert isinstance(decision, Send)
    assert decision.restore == SubscriptionEdit(term_end=TermEnd.CANCEL)


def test_a_subscription_that_was_changed_at_both_ends_is_left_alone() -> None:
    decision = decided(SetQuantity(10, 12), a_seen(quantity=11))

    assert code_of(decision) == "changed_at_both_ends"
    assert isinstance(decision, Refuse)
    assert "made for 10 seats, and Microsoft shows 11; nothing was sent" in decision.finding.message


@pytest.mark.parametrize(
    ("at", "goes"), [("2026-09-18 09:59:59", True), ("2026-09-18 10:00:00", False)]
)
def test_seats_go_to_the_last_second_of_their_window(at: str, goes: bool) -> None:
    seen = a_seen(refundable=(seats(4, "2026-09-18 10:00:00"),))

    decision = decided(SetQuantity(10, 6), seen, moment(at))

    assert isinstance(decision, Send) is goes
    if not goes:
        assert code_of(decision) == "seats_locked"


def test_where_microsoft_names_no_windows_it_is_asked() -> None:
    assert isinstance(decided(SetQuantity(10, 6), a_seen()), Send)


@pytest.mark.parametrize(
    ("at", "goes"), [("2026-09-18 09:59:59", True), ("2026-09-18 10:00:00", False)]
)
def test_a_subscription_is_cancelled_to_the_last_second_of_its_window(at: str, goes: bool) -> None:
    decision = decided(Cancel(), a_seen(), moment(at))

    assert isinstance(decision, Send) is goes
    if not goes:
        assert code_of(decision) == "window_closed"


def test_in_the_extended_term_it_can_be_cancelled_at_any_time_and_nothing_else() -> None:
    seen = a_seen(in_extended_term=True, term_end=None, auto_renew=False)
    at = moment("2027-10-20 00:00:00")

    assert sent(decided(Cancel(), seen, at)) == SubscriptionEdit(status=DELETED)
    assert code_of(decided(SetQuantity(10, 12), seen, at)) == "in_extended_term"
    assert code_of(decided(AutoRenew(TermEnd.RENEW), seen, at)) == "in_extended_term"


@pytest.mark.parametrize("status", [DELETED, SubscriptionStatus.EXPIRED])
def test_what_has_ended_is_not_changed(status: SubscriptionStatus) -> None:
    assert code_of(decided(SetQuantity(8, 10), a_seen(status=status))) == "ended_at_microsoft"


def test_a_suspended_subscription_is_reactivated_first() -> None:
    decision = decided(SetQuantity(10, 12), a_seen(status=SUSPENDED))

    assert code_of(decision) == "suspended_at_microsoft"


def test_what_is_still_being_set_up_is_waited_for() -> None:
    decision = decided(SetQuantity(10, 12), a_seen(status=SubscriptionStatus.PENDING))

    assert decision == Wait(
        AT + timedelta(minutes=2), "Microsoft is still setting the subscription up."
    )


@pytest.mark.parametrize(
    ("at", "until"),
    [
        ("2027-09-10 23:59:59", None),
        ("2027-09-11 00:00:00", "2027-09-11 00:02:00"),
        ("2027-09-11 23:59:30", "2027-09-12 00:00:00"),
        ("2027-09-12 00:00:00", None),
    ],
)
def test_while_a_renewal_may_be_under_way_nothing_is_sent(at: str, until: str | None) -> None:
    decision = decided(SetQuantity(10, 12), a_seen(), moment(at))

    if until is None:
        assert isinstance(decision, Send)
    else:
        assert isinstance(decision, Wait)
        assert decision.until == moment(until)


@pytest.mark.parametrize(
    ("term", "plan"),
    [
        (Term.MONTH, BillingPlan.MONTHLY),
        (Term.YEAR, BillingPlan.ANNUAL),
    ],
)
def test_a_plan_that_waits_for_the_renewal_is_refused(term: Term, plan: BillingPlan) -> None:
    assert code_of(decided(ChangePlan(term, plan), a_seen())) == "plan_change_not_allowed"


def test_what_has_no_term_has_no_other_one() -> None:
    seen = a_seen(term=None, plan=None, commitment_last_day=None)

    assert code_of(decided(ChangePlan(Term.YEAR, BillingPlan.ANNUAL), seen)) == "no_term"


def test_before_february_2026_nothing_could_be_extended() -> None:
    at = moment("2026-02-15 12:00:00")
    seen = a_seen(effective_start=date(2025, 9, 11), commitment_last_day=date(2026, 9, 10))

    assert code_of(decided(AutoRenew(TermEnd.EXTEND), seen, at)) == "no_extended_service"
    assert isinstance(decided(AutoRenew(TermEnd.EXTEND), seen, at + timedelta(days=1)), Send)


def test_a_schedule_keeps_what_was_scheduled_and_is_not_named() -> None:
    seen = a_seen(next_term=NextTerm(quantity=8, plan=BillingPlan.MONTHLY))

    edit = sent(decided(ScheduleRenewal(NextTerm(plan=BillingPlan.ANNUAL)), seen))

    assert edit.next_term == NextTerm(quantity=8, plan=BillingPlan.ANNUAL)


def test_a_renewal_as_another_product_is_a_transition_without_the_old_availability() -> None:
    seen = a_seen(next_term=NextTerm(quantity=8, availability="CFQ7TTC0K971"))

    edit = sent(decided(ScheduleRenewal(NextTerm(part_number=BETTER)), seen))

    assert edit.term_end is TermEnd.TRANSITION
    assert edit.next_term == NextTerm(quantity=8, part_number=BETTER)


def test_a_term_that_is_not_sold_with_the_plan_is_not_scheduled() -> None:
    seen = a_seen(plan=BillingPlan.ANNUAL)

    assert code_of(decided(ScheduleRenewal(NextTerm(term=Term.MONTH)), seen)) == "plan_not_sold"


def test_a_trial_is_not_scheduled() -> None:
    assert code_of(decided(ScheduleRenewal(FEWER), a_seen(is_trial=True))) == "trial_not_scheduled"


INTENTS = st.one_of(
    st.builds(SetQuantity, st.integers(1, 12), st.integers(1, 12)),
    st.builds(Suspend),
    st.builds(Reactivate),
    st.builds(Cancel),
    st.builds(AutoRenew, st.sampled_from([TermEnd.RENEW, TermEnd.CANCEL, TermEnd.EXTEND])),
    st.builds(ScheduleRenewal, st.builds(NextTerm, quantity=st.integers(1, 12))),
    st.builds(ChangePlan, st.sampled_from(Term), st.sampled_from(BillingPlan)),
)
SHOWN = st.builds(
    a_seen,
    quantity=st.integers(1, 12),
    status=st.sampled_from(SubscriptionStatus),
    term=st.sampled_from(Term),
    plan=st.sampled_from(BillingPlan),
    term_end=st.none() | st.sampled_from(TermEnd),
    in_extended_term=st.booleans(),
)


@given(INTENTS, SHOWN)
def test_what_was_sent_is_done_and_is_not_sent_again(
    intent: SubscriptionIntent, seen: SeenSubscription
) -> None:
    decision = decided(intent, seen)

    if isinstance(decision, Send):
        assert isinstance(decided(intent, edited(seen, decision.what)), Done)


def edited(seen: SeenSubscription, edit: SubscriptionEdit) -> SeenSubscription:
    """Return `seen` as Microsoft shows it after `edit`."""
    said = {
        name: value
        for name in ("quantity", "status", "term", "plan")
        if (value := getattr(edit, name)) is not None
    }
    provided = replace(seen.provided, **said)
    term_end = edit.term_end or seen.term_end
    return replace(seen, provided=provided, term_end=term_end, next_term=edit.next_term)
