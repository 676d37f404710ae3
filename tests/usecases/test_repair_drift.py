from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from tests.usecases.fake_catalog import NOW, TENANT
from tests.usecases.provider_ends import PROVIDER, Microsoft, Mirror, logged, seen, with_changes
from tests.usecases.test_seat_history import ten_seats
from work365.domain.catalog import SubscriptionStatus
from work365.domain.changes import Change, Status
from work365.domain.microsoft.subscription_edits import SubscriptionEdit
from work365.domain.microsoft.subscriptions import NextTerm, SeenSubscription, TermEnd
from work365.ports.seen_subscriptions import ExtendedServiceDecision, LoggedSubscription
from work365.usecases.repair_drift import NotRepaired, Repaired, RightSide, repair_drift

AHEAD = logged(
    with_changes(ten_seats(), Change("CHG-2", NOW.date(), NOW, Decimal(3))), seen_quantity=10
)
CANCELLED = logged(
    with_changes(ten_seats(), Change("end", NOW.date(), NOW, Decimal(0), status=Status.CANCELLED))
)


def repaired(
    mirror: Mirror, microsoft: Microsoft, right: RightSide, reference: str = "S-1"
) -> Repaired:
    return repair_drift(
        provider=PROVIDER,
        reference=reference,
        right=right,
        microsoft=microsoft,
        mirror=mirror,
        at=NOW,
    )


def edits(ours: LoggedSubscription, theirs: SeenSubscription) -> list[SubscriptionEdit]:
    microsoft = Microsoft({TENANT: [theirs]})
    repaired(Mirror([ours]), microsoft, RightSide.LOG)
    return [edit for edit, _, _ in microsoft.edits]


def test_microsoft_is_told_the_seats_that_our_log_says() -> None:
    mirror, microsoft = Mirror([AHEAD]), Microsoft({TENANT: [seen(10)]})

    done = repaired(mirror, microsoft, RightSide.LOG).done

    [(edit, request_id, etag)] = microsoft.edits
    assert (edit, etag) == (SubscriptionEdit(quantity=13), "e-1")
    assert request_id is not None
    assert [each.provided.quantity for each in mirror.noted] == [13]
    assert "13 seats instead of 10" in done[0]


def test_a_repair_after_another_look_is_another_request() -> None:
    looks = [seen(10), replace(seen(10), seen_at=NOW + timedelta(seconds=1))]
    asked = [Microsoft({TENANT: [look]}) for look in looks]

    for microsoft in asked:
        repaired(Mirror([AHEAD]), microsoft, RightSide.LOG)

    assert [edit for each in asked for edit, _, _ in each.edits] == 2 * [
        SubscriptionEdit(quantity=13)
    ]
    assert len({request_id for each in asked for _, request_id, _ in each.edits}) == 2


def test_what_our_log_says_was_cancelled_is_cancelled_in_its_window() -> None:
    theirs = replace(seen(10), cancel_until=NOW.replace(year=2027))

    assert edits(CANCELLED, theirs) == [SubscriptionEdit(status=SubscriptionStatus.DELETED)]


def test_what_our_log_says_was_cancelled_ends_with_its_term_after_its_window() -> None:
    assert edits(CANCELLED, seen(10)) == [SubscriptionEdit(term_end=TermEnd.CANCEL)]


def test_what_the_customer_decided_for_the_end_of_the_term_is_set() -> None:
    decided = logged(ten_seats(), decision=ExtendedServiceDecision(outcome=TermEnd.EXTEND))

    assert edits(decided, seen(10)) == [SubscriptionEdit(term_end=TermEnd.EXTEND)]


def test_our_log_gets_an_entry_where_microsoft_is_right() -> None:
    mirror, microsoft = Mirror([AHEAD]), Microsoft({TENANT: [seen(10)]})

    done = repaired(mirror, microsoft, RightSide.MICROSOFT).done

    assert [entry.change.quantity for entry in mirror.changes] == [Decimal(-3)]
    assert (microsoft.edits, len(done)) == ([], 1)


@pytest.mark.parametrize("right", list(RightSide))
def test_nothing_is_done_where_both_say_the_same(right: RightSide) -> None:
    mirror, microsoft = Mirror([logged(ten_seats())]), Microsoft({TENANT: [seen(10)]})

    assert repaired(mirror, microsoft, right).done == ()
    assert (mirror.changes, microsoft.edits) == ([], [])


@pytest.mark.parametrize(
    ("kept", "says"),
    [
        ([], "no subscription has"),
        ([AHEAD, replace(AHEAD, id=AHEAD.id.__class__(int=1))], "several subscriptions have"),
        ([replace(AHEAD, tenant=None)], "no provider account"),
    ],
)
def test_one_that_is_not_clear_is_left_alone(kept: list[LoggedSubscription], says: str) -> None:
    microsoft = Microsoft({TENANT: [seen(10)]})

    with pytest.raises(NotRepaired, match=says):
        repaired(Mirror(kept), microsoft, RightSide.LOG)

    assert microsoft.edits == []


def test_what_was_changed_at_both_ends_is_left_alone() -> None:
    both = replace(AHEAD, pending=frozenset({"CHG-2"}))
    microsoft = Microsoft({TENANT: [seen(17)]})

    with pytest.raises(NotRepaired, match="both ends"):
        repaired(Mirror([both]), microsoft, RightSide.LOG)

    assert microsoft.edits == []


@pytest.mark.parametrize(
    "theirs",
    [
        replace(seen(10), next_term=NextTerm(quantity=4)),
        seen(10, term_end=TermEnd.CANCEL),
        seen(10, term_end=TermEnd.EXTEND),
    ],
)
def test_seats_are_left_alone_where_microsoft_would_forget_the_renewal(
    theirs: SeenSubscription,
) -> None:
    microsoft = Microsoft({TENANT: [theirs]})

    with pytest.raises(NotRepaired, match="would forget what is scheduled"):
        repaired(Mirror([AHEAD]), microsoft, RightSide.LOG)

    assert microsoft.edits == []


def test_seats_are_repaired_where_the_end_of_the_term_is_said_anew_after_them() -> None:
    ours = replace(AHEAD, decision=ExtendedServiceDecision(outcome=TermEnd.RENEW))

    assert edits(ours, seen(10, term_end=TermEnd.CANCEL)) == [
        SubscriptionEdit(quantity=13),
        SubscriptionEdit(term_end=TermEnd.RENEW),
    ]


def test_what_has_ended_at_microsoft_cannot_be_repaired_there() -> None:
    ended = seen(10, status=SubscriptionStatus.DELETED)

    with pytest.raises(NotRepaired, match="cannot be taken back"):
        repaired(Mirror([logged(ten_seats())]), Microsoft({TENANT: [ended]}), RightSide.LOG)


def test_that_a_cancelled_one_goes_on_is_for_a_person_to_enter() -> None:
    mirror = Mirror([CANCELLED])

    with pytest.raises(NotRepaired, match="Enter in its change log"):
        repaired(mirror, Microsoft({TENANT: [seen(10)]}), RightSide.MICROSOFT)

    assert mirror.changes == []
