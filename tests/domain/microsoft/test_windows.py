from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.domain.microsoft.seen import BOOK, BOUGHT, a_seen, moment, seats
from work365.domain.catalog import SubscriptionStatus
from work365.domain.microsoft.rules import ProductKind
from work365.domain.microsoft.subscriptions import SeenSubscription
from work365.domain.microsoft.windows import (
    Returnable,
    SeatMove,
    SeatMoveCause,
    own_windows,
    returnable,
)

LICENCES = ProductKind.LICENCES
SECOND = timedelta(seconds=1)


def move(
    at: str, quantity: int, cause: SeatMoveCause = SeatMoveCause.ADDITION, **given: datetime
) -> SeatMove:
    return SeatMove(at=moment(at), quantity=quantity, cause=cause, **given)


PURCHASE = move("2026-09-11 10:00:00", 10, SeatMoveCause.PURCHASE)


def asked(
    seen: SeenSubscription,
    at: datetime,
    *moves: SeatMove,
    product: ProductKind = LICENCES,
) -> Returnable:
    return returnable(seen, at=at, book=BOOK, product=product, moves=moves)


def test_the_last_second_of_a_window_is_in_it_and_its_end_is_not() -> None:
    seen = a_seen(refundable=(seats(4, "2026-09-18 10:00:00"),))
    until = moment("2026-09-18 10:00:00")

    assert asked(seen, until - SECOND).seats == 4
    assert asked(seen, until).seats == 0
    assert asked(seen, until - SECOND).whole_until == until
    assert asked(seen, until).whole_until is None


def test_each_batch_has_its_own_window() -> None:
    seen = a_seen(
        quantity=15,
        refundable=(seats(3, "2026-09-25 12:00:00"), seats(2, "2026-09-20 08:30:00")),
    )

    early, late = asked(seen, moment("2026-09-20 08:29:59")), asked(seen, moment("2026-09-21"))

    assert (early.seats, early.locked, early.closes_at) == (5, 10, moment("2026-09-20 08:30:00"))
    assert (late.seats, late.locked, late.closes_at) == (3, 12, moment("2026-09-25 12:00:00"))
    assert early.seats_said


def test_seats_are_taken_from_the_window_that_closes_first() -> None:
    seen = a_seen(
        quantity=15,
        refundable=(seats(3, "2026-09-25 12:00:00"), seats(2, "2026-09-20 08:30:00")),
    )

    taken = asked(seen, moment("2026-09-19")).taken_from(4)

    assert [(each.quantity, each.closes_at.day) for each in taken] == [(2, 20), (2, 25)]


def test_one_seat_stays_because_none_is_a_cancellation() -> None:
    seen = a_seen(refundable=(seats(10, "2026-09-18 10:00:00"),))

    found = asked(seen, BOUGHT)

    assert (found.seats, found.locked) == (9, 0)


def test_our_own_batches_count_where_microsoft_says_nothing() -> None:
    seen = a_seen(quantity=13, cancel_until=None)
    added = move("2026-09-14 15:00:00", 3)

    found = asked(seen, moment("2026-09-18 10:00:00"), PURCHASE, added)

    assert (found.seats, found.whole_until, found.seats_said) == (3, None, False)
    assert found.closes_at == moment("2026-09-21 15:00:00")


def test_microsofts_word_counts_more_than_our_own_batches() -> None:
    seen = a_seen(refundable=(seats(1, "2026-09-19 10:00:00"),))

    found = asked(seen, moment("2026-09-18 11:00:00"), move("2026-09-18 10:00:00", 8))

    assert (found.seats, found.seats_said) == (1, True)


def test_closed_windows_that_microsoft_names_are_its_word_too() -> None:
    seen = a_seen(refundable=(seats(10, "2026-09-18 10:00:00"),))

    found = asked(seen, moment("2026-09-19"), move("2026-09-18 23:00:00", 8))

    assert (found.seats, found.seats_said) == (0, True)


def test_a_renewal_opens_a_window_for_all_seats() -> None:
    renewal = move("2027-09-11 03:12:45", 10, SeatMoveCause.RENEWAL)
    seen = a_seen(cancel_until=None)

    found = asked(seen, moment("2027-09-18 03:12:44"), PURCHASE, renewal)

    assert (found.seats, found.whole_until) == (9, moment("2027-09-18 03:12:45"))


def test_an_upgrade_has_the_window_of_what_it_came_from() -> None:
    upgrade = move(
        "2026-09-16 10:00:00", 10, SeatMoveCause.UPGRADE, window_of=moment("2026-09-11 10:00:00")
    )

    [window] = own_windows([upgrade], book=BOOK, product=LICENCES)

    assert window.closes_at == moment("2026-09-18 10:00:00")


def test_an_upgrade_from_a_closed_window_cannot_be_given_back() -> None:
    upgrade = move("2026-09-20", 10, SeatMoveCause.UPGRADE, window_of=BOUGHT)

    found = asked(a_seen(cancel_until=None), moment("2026-09-20 00:00:01"), upgrade)

    assert (found.seats, found.whole_until) == (0, None)


def test_a_reduction_takes_from_the_batch_that_came_last() -> None:
    moves = [
        PURCHASE,
        move("2026-09-12", 4),
        move("2026-09-13", 3),
        move("2026-09-14", 5, SeatMoveCause.REDUCTION),
    ]

    windows = own_windows(moves, book=BOOK, product=LICENCES)

    assert [(each.quantity, each.opened_at.day) for each in windows] == [(10, 11), (2, 12)]


@pytest.mark.parametrize(
    ("product", "closes_at"),
    [
        (ProductKind.LICENCES, "2026-09-18 10:00:00"),
        (ProductKind.SOFTWARE_SUBSCRIPTION, "2026-09-18 10:00:00"),
        (ProductKind.PERPETUAL_SOFTWARE, "2026-10-11 10:00:00"),
        (ProductKind.MARKETPLACE, "2026-09-14 10:00:00"),
    ],
)
def test_how_long_a_purchase_can_be_cancelled_depends_on_the_product(
    product: ProductKind, closes_at: str
) -> None:
    found = asked(a_seen(cancel_until=None), BOUGHT, PURCHASE, product=product)

    assert found.whole_until == moment(closes_at)


def test_a_software_subscription_is_cancelled_whole_or_not_at_all() -> None:
    found = asked(
        a_seen(cancel_until=None), BOUGHT, PURCHASE, product=ProductKind.SOFTWARE_SUBSCRIPTION
    )

    assert found.seats == 0
    assert found.whole_until is not None


def test_everything_is_paid_back_on_the_first_day_and_not_after_24_hours() -> None:
    [window] = asked(a_seen(cancel_until=None), BOUGHT, PURCHASE).windows

    assert window.is_refunded_in_full(BOUGHT + timedelta(hours=24) - SECOND)
    assert not window.is_refunded_in_full(BOUGHT + timedelta(hours=24))


def test_nothing_goes_while_it_is_suspended() -> None:
    seen = a_seen(
        status=SubscriptionStatus.SUSPENDED, refundable=(seats(4, "2026-09-18 10:00:00"),)
    )

    assert asked(seen, BOUGHT).seats == 0


def test_the_rule_of_the_day_of_purchase_counts() -> None:
    old = move("2025-12-30 00:00:00", 5, SeatMoveCause.PURCHASE)

    [window] = own_windows([old], book=BOOK, product=ProductKind.MARKETPLACE)

    assert window.closes_at == moment("2026-01-13 00:00:00")


MOMENTS = st.integers(0, 60 * 24 * 20).map(lambda minutes: BOUGHT + timedelta(minutes=minutes))
MOVES = st.builds(
    SeatMove,
    at=MOMENTS,
    quantity=st.integers(1, 20),
    cause=st.sampled_from([SeatMoveCause.ADDITION, SeatMoveCause.REDUCTION]),
)


@given(st.lists(MOVES, max_size=8), MOMENTS)
def test_no_more_can_be_given_back_than_there_is(moves: list[SeatMove], at: datetime) -> None:
    quantity = 10
    kept: list[SeatMove] = []
    for each in sorted(moves, key=lambda one: one.at):
        sign = -1 if each.cause is SeatMoveCause.REDUCTION else 1
        if quantity + sign * each.quantity > 0:
            quantity += sign * each.quantity
            kept.append(each)

    found = asked(a_seen(quantity=quantity, cancel_until=None), at, PURCHASE, *kept)

    assert 0 <= found.seats < quantity
    assert 0 <= found.locked <= quantity


@given(st.lists(MOVES, max_size=6), MOMENTS, st.integers(0, 60 * 24 * 9))
def test_without_additions_less_can_be_given_back_as_time_goes_by(
    moves: list[SeatMove], at: datetime, minutes: int
) -> None:
    past = [each for each in moves if each.at <= at]
    seen = a_seen(quantity=1_000, cancel_until=None)

    now = asked(seen, at, PURCHASE, *past).seats
    later = asked(seen, at + timedelta(minutes=minutes), PURCHASE, *past).seats

    assert later <= now


def test_no_seats_in_a_window_are_microsofts_word_and_not_silence() -> None:
    seen = a_seen(refundable=(), cancel_until=None)

    found = asked(seen, moment("2026-09-12"), PURCHASE)

    assert (found.seats, found.whole_until) == (0, None)
    assert (found.seats_said, found.whole_said) == (True, False)


def test_the_windows_of_seats_can_be_our_estimate_beside_microsofts_word_on_the_whole() -> None:
    found = asked(a_seen(), moment("2026-09-12"), PURCHASE)

    assert (found.seats, found.whole_until) == (9, moment("2026-09-18 10:00:00"))
    assert (found.seats_said, found.whole_said) == (False, True)


def test_what_is_paid_back_in_full_can_be_cancelled() -> None:
    seen = a_seen(cancel_until=None, full_refund_until=moment("2026-09-12 10:00:00"))

    early, late = (
        asked(seen, moment(text)) for text in ("2026-09-12 09:59:59", "2026-09-12 10:00:00")
    )

    assert (early.whole_until, late.whole_until) == (moment("2026-09-12 10:00:00"), None)


def test_the_end_of_a_full_refund_is_not_the_end_of_our_own_window() -> None:
    seen = a_seen(cancel_until=None, full_refund_until=moment("2026-09-12 10:00:00"))

    found = asked(seen, moment("2026-09-14"), PURCHASE)

    assert found.whole_until == PURCHASE.at + timedelta(days=7)
