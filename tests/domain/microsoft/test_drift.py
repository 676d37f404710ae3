from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.domain.microsoft.seen import a_seen, moment
from work365.domain.catalog import SubscriptionStatus
from work365.domain.changes import Change, Status
from work365.domain.microsoft.drift import Drift, OurSide, SeenChange, drift
from work365.domain.microsoft.intents import AutoRenew, Cancel, SetQuantity
from work365.domain.microsoft.subscriptions import SeenSubscription, TermEnd
from work365.ports.catalog import KeptSubscription

NOW = datetime(2026, 10, 1, 9, 30, tzinfo=UTC)
START = date(2026, 9, 11)


def entry(key: str, quantity: int, on: date = START, status: Status | None = None) -> Change:
    return Change(
        key=key,
        effective_on=on,
        recorded_at=datetime(2026, 9, 11, tzinfo=UTC),
        quantity=Decimal(quantity),
        status=status,
    )


OPENED = entry("opened", 10)


def ours(*changes: Change, **given: object) -> OurSide:
    kept = KeptSubscription(
        key="SUB-1",
        contract=None,
        term="P1Y",
        plan="Monthly",
        term_end_on=date(2027, 9, 11),
        auto_renew=True,
        changes=changes or (OPENED,),
    )
    return replace(OurSide(kept=kept), **given)  # type: ignore[arg-type]  # fields by name


def found(seen: SeenSubscription, side: OurSide | None = None) -> Drift:
    return drift(seen, side or ours(), recorded_at=NOW)


def only(drifted: Drift) -> SeenChange:
    [change] = drifted.changes
    assert not drifted.repairs
    assert not drifted.findings
    return change


def test_where_both_say_the_same_there_is_no_drift() -> None:
    assert found(a_seen()).is_none


def test_seats_that_came_at_microsoft_become_an_entry() -> None:
    added = only(found(a_seen(quantity=12)))

    assert added.change.quantity == Decimal(2)
    assert added.change.effective_on == date(2026, 10, 1)
    assert added.change.recorded_at == NOW
    assert not added.change.refund
    assert added.etag == "e-1"
    assert added.reason == "Microsoft has 12 seats since 1 October 2026, our log said 10."


def test_seats_that_went_at_microsoft_are_credited_as_microsoft_credits_them() -> None:
    added = only(found(a_seen(quantity=7)))

    assert (added.change.quantity, added.change.refund) == (Decimal(-3), True)


def test_a_change_holds_from_the_day_that_the_audit_record_says() -> None:
    side = ours(changed_at=moment("2026-09-30 23:59:59"))

    assert only(found(a_seen(quantity=12), side)).change.effective_on == date(2026, 9, 30)


def test_a_change_is_not_from_before_the_start() -> None:
    side = ours(changed_at=moment("2026-09-10 23:59:59"))

    assert only(found(a_seen(quantity=12), side)).change.effective_on == START


def test_the_same_change_seen_twice_is_one_entry() -> None:
    first, second = only(found(a_seen(quantity=12))), only(found(a_seen(quantity=12)))

    assert first.change.key == second.change.key


def test_of_two_that_saw_one_log_only_one_adds_to_it() -> None:
    first, second = only(found(a_seen(quantity=12))), only(found(a_seen(quantity=13)))

    assert first.change.key == second.change.key


def test_the_same_seats_once_more_are_another_entry() -> None:
    log = (OPENED, entry("a", 2, date(2026, 10, 1)), entry("b", -2, date(2026, 10, 1)))

    first, again = only(found(a_seen(quantity=12))), only(found(a_seen(quantity=12), ours(*log)))

    assert first.change.key != again.change.key


def test_what_microsoft_has_not_been_told_yet_is_no_drift() -> None:
    side = ours(OPENED, entry("more", 3), pending={"more"})

    assert found(a_seen(), side).is_none
    assert found(a_seen(quantity=13), side).is_none


def test_of_several_open_entries_some_may_be_done() -> None:
    log = (OPENED, entry("more", 3), entry("still more", 2, date(2026, 9, 12)))
    side = ours(*log, pending={"more", "still more"})

    assert [found(a_seen(quantity=count), side).is_none for count in (10, 13, 15)] == [True] * 3


def test_what_was_changed_at_both_ends_waits_for_a_person() -> None:
    drifted = found(a_seen(quantity=11), ours(OPENED, entry("more", 3), pending={"more"}))

    assert (drifted.changes, drifted.repairs) == ((), ())
    [finding] = drifted.findings
    assert finding.code == "changed_at_both_ends"
    assert "Microsoft shows 11 seats; our log says 10, and 13 when" in finding.message


def test_what_was_changed_here_alone_is_offered_as_a_repair() -> None:
    drifted = found(a_seen(), ours(OPENED, entry("more", 3), seen_before=10))

    assert drifted.changes == ()
    assert [repair.intent for repair in drifted.repairs] == [SetQuantity(10, 13)]


def test_parts_of_seats_cannot_be_repaired() -> None:
    half = replace(entry("half", 1), quantity=Decimal("0.5"))

    assert found(a_seen(), ours(OPENED, half, seen_before=10)).is_none


def test_an_entry_of_a_day_to_come_is_no_drift() -> None:
    assert found(a_seen(), ours(OPENED, entry("later", 3, date(2026, 10, 2)))).is_none


def test_what_was_cancelled_at_microsoft_ends_here_and_is_credited() -> None:
    added = only(found(a_seen(status=SubscriptionStatus.DELETED)))

    assert (added.change.status, added.change.refund) == (Status.CANCELLED, True)
    assert added.reason == "Microsoft shows it as deleted since 1 October 2026."


def test_what_expired_ends_with_its_term_however_late_that_is_seen() -> None:
    seen = a_seen(
        status=SubscriptionStatus.EXPIRED,
        commitment_last_day=date(2026, 9, 24),
        effective_start=date(2025, 9, 25),
    )
    side = ours(entry("opened", 10, date(2025, 9, 25)))

    added = only(found(seen, side))

    assert (added.change.effective_on, added.change.refund) == (date(2026, 9, 25), False)


@pytest.mark.parametrize(
    "log",
    [
        (OPENED, entry("ended", 0, date(2026, 9, 20), Status.CANCELLED)),
        (OPENED, entry("none", -10, date(2026, 9, 20))),
    ],
)
def test_what_ended_at_both_ends_is_no_drift(log: tuple[Change, ...]) -> None:
    assert found(a_seen(status=SubscriptionStatus.DELETED), ours(*log)).is_none


def test_a_cancellation_of_ours_that_is_open_is_not_entered_twice() -> None:
    log = (OPENED, entry("ended", 0, date(2026, 9, 20), Status.CANCELLED))
    side = ours(*log, pending={"ended"})

    assert found(a_seen(status=SubscriptionStatus.DELETED), side).is_none
    assert found(a_seen(), side).is_none


@pytest.mark.parametrize(
    ("until", "intent"),
    [
        ("2026-10-01 09:00:01", Cancel()),
        ("2026-10-01 09:00:00", AutoRenew(TermEnd.CANCEL)),
    ],
)
def test_what_was_cancelled_here_alone_can_end_at_microsoft(until: str, intent: object) -> None:
    log = (OPENED, entry("ended", 0, date(2026, 9, 20), Status.CANCELLED))

    drifted = found(a_seen(cancel_until=moment(until)), ours(*log))

    assert [repair.intent for repair in drifted.repairs] == [intent]
    assert [finding.code for finding in drifted.findings] == ["not_charged_here"]


def test_what_ends_with_its_term_anyway_needs_no_repair() -> None:
    log = (OPENED, entry("ended", 0, date(2026, 9, 20), Status.CANCELLED))

    drifted = found(a_seen(term_end=TermEnd.CANCEL), ours(*log))

    assert drifted.repairs == ()


def test_a_trial_that_is_paid_for_is_charged() -> None:
    side = ours(entry("trial", 10, START, Status.TRIAL))

    assert only(found(a_seen(), side)).change.status is Status.ACTIVE
    assert found(a_seen(is_trial=True), side).is_none


def test_a_suspension_at_microsoft_is_charged_on() -> None:
    assert found(a_seen(status=SubscriptionStatus.SUSPENDED)).is_none


def test_what_is_still_being_set_up_is_no_drift() -> None:
    assert found(a_seen(status=SubscriptionStatus.PENDING, quantity=3)).is_none


@pytest.mark.parametrize(
    ("decision", "shown", "repaired"),
    [
        (TermEnd.CANCEL, TermEnd.RENEW, True),
        (TermEnd.CANCEL, None, True),
        (TermEnd.CANCEL, TermEnd.CANCEL, False),
        (TermEnd.RENEW, TermEnd.TRANSITION, False),
        (TermEnd.EXTEND, TermEnd.CANCEL, True),
        (None, None, False),
    ],
)
def test_what_the_customer_decided_is_offered_where_microsoft_does_something_else(
    decision: TermEnd | None, shown: TermEnd | None, repaired: bool
) -> None:
    drifted = found(a_seen(term_end=shown), ours(decision=decision))

    intents = [repair.intent for repair in drifted.repairs]
    assert intents == ([AutoRenew(decision)] if repaired and decision else [])


@given(
    st.lists(st.integers(1, 9), max_size=4),
    st.integers(1, 40),
    st.sampled_from([each for each in SubscriptionStatus if each is not SubscriptionStatus.NONE]),
)
def test_when_the_entries_are_added_there_is_no_drift_left(
    added: list[int], shown: int, status: SubscriptionStatus
) -> None:
    log = [OPENED, *(entry(f"c{place}", count) for place, count in enumerate(added))]
    seen = a_seen(quantity=shown, status=status)

    drifted = found(seen, ours(*log))

    log += [each.change for each in drifted.changes]
    assert not found(seen, ours(*log)).changes
