from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.domain.microsoft.seen import BOOK, BOUGHT, a_seen, moment, prices, seats
from work365.domain.catalog import SubscriptionStatus
from work365.domain.microsoft.guardian import Closing, Guarded, closings
from work365.domain.microsoft.rules import ProductKind
from work365.domain.microsoft.windows import SeatMove, SeatMoveCause
from work365.domain.money import Money

AT = moment("2026-09-16 12:00:00")
WEEK = timedelta(days=7)
GUARDED = Guarded(
    key="SUB-1",
    name="Business Basic",
    customer="Hollerbach GmbH",
    seen=a_seen(),
    charged=Decimal(10),
    prices=prices(),
)


def found(
    *guarded: Guarded, at: datetime = AT, within: timedelta = timedelta(days=3)
) -> list[Closing]:
    return closings(guarded, at=at, within=within, book=BOOK)


def test_before_a_window_closes_it_is_told_what_is_at_stake() -> None:
    [closing] = found(GUARDED)

    assert closing.is_whole
    assert closing.closes_at == moment("2026-09-18 10:00:00")
    # 25 of the 30 days of the first cycle, and eleven whole months.
    assert closing.at_stake == Money("EUR", Decimal("1420.00"))
    assert closing.reasons == ()
    assert closing.sentence == (
        "Hollerbach GmbH, Business Basic: all 10 seats can be given back until 18 September 2026,"
        " 10:00:00 UTC; after that 1420.00 EUR are owed for them until the end of the term."
    )


@pytest.mark.parametrize(
    ("at", "count"),
    [
        ("2026-09-15 09:59:59", 0),
        ("2026-09-15 10:00:00", 1),
        ("2026-09-18 09:59:59", 1),
        ("2026-09-18 10:00:00", 0),
    ],
)
def test_it_is_silent_before_its_time_and_when_nothing_can_be_done(at: str, count: int) -> None:
    assert len(found(GUARDED, at=moment(at))) == count


def test_each_batch_is_told_by_itself() -> None:
    seen = a_seen(
        quantity=15,
        cancel_until=moment("2026-09-10 10:00:00"),
        refundable=(seats(3, "2026-09-22 12:00:00"), seats(2, "2026-09-17 08:30:00")),
    )

    first, second = found(replace(GUARDED, seen=seen, charged=Decimal(15)), within=WEEK)

    assert (first.quantity, first.closes_at) == (2, moment("2026-09-17 08:30:00"))
    assert (second.quantity, second.closes_at) == (3, moment("2026-09-22 12:00:00"))
    assert not first.is_whole
    assert first.sentence.startswith("Hollerbach GmbH, Business Basic: 2 seats can be given back")


def test_a_batch_of_all_seats_is_the_cancellation_and_told_once() -> None:
    seen = a_seen(refundable=(seats(10, "2026-09-18 10:00:00"),))

    [closing] = found(replace(GUARDED, seen=seen))

    assert closing.is_whole


def test_where_all_seats_can_go_but_it_cannot_be_cancelled_one_stays() -> None:
    seen = a_seen(
        cancel_until=moment("2026-09-10 10:00:00"),
        refundable=(seats(10, "2026-09-18 10:00:00"),),
    )

    [closing] = found(replace(GUARDED, seen=seen))

    assert (closing.quantity, closing.is_whole) == (9, False)


def test_a_single_seat_cannot_go_by_itself() -> None:
    seen = a_seen(
        quantity=1,
        cancel_until=moment("2026-09-10 10:00:00"),
        refundable=(seats(1, "2026-09-18 10:00:00"),),
    )

    assert found(replace(GUARDED, seen=seen, charged=Decimal(1))) == []


@pytest.mark.parametrize("status", [SubscriptionStatus.SUSPENDED, SubscriptionStatus.DELETED])
def test_what_is_not_active_is_not_told(status: SubscriptionStatus) -> None:
    assert found(replace(GUARDED, seen=a_seen(status=status))) == []


def test_a_software_subscription_is_told_as_a_whole_only() -> None:
    seen = a_seen(quantity=15, refundable=(seats(3, "2026-09-17 12:00:00"),))
    guarded = replace(GUARDED, seen=seen, product=ProductKind.SOFTWARE_SUBSCRIPTION)

    assert [closing.is_whole for closing in found(guarded)] == [True]


def test_seats_of_our_record_that_came_with_the_term_are_told_with_the_whole_once() -> None:
    bought = SeatMove(at=BOUGHT - timedelta(hours=10), quantity=8, cause=SeatMoveCause.PURCHASE)
    added = SeatMove(at=BOUGHT + timedelta(hours=1), quantity=2, cause=SeatMoveCause.ADDITION)
    guarded = replace(GUARDED, seen=a_seen(), moves=(bought, added))

    assert [(each.is_whole, each.quantity, each.said) for each in found(guarded)] == [
        (True, 10, True),
        (False, 2, False),
    ]


def test_by_our_own_record_it_is_an_estimate_and_that_is_said() -> None:
    purchase = SeatMove(at=BOUGHT, quantity=10, cause=SeatMoveCause.PURCHASE)
    guarded = replace(GUARDED, seen=a_seen(cancel_until=None), moves=(purchase,), prices=None)

    [closing] = found(guarded)

    assert (closing.said, closing.at_stake) == (False, None)
    assert closing.sentence.endswith(
        "10:00:00 UTC by our own record; after that they are owed until the end of the term."
    )


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        (
            {"charged": Decimal(8)},
            "Microsoft has 10, and the customer is charged for 8: 2 are paid by nobody.",
        ),
        (
            {"charged": Decimal("10.000")},
            None,
        ),
        (
            {"charged": Decimal(12)},
            "Microsoft has 10, and the customer is charged for 12: run the sync before anything is"
            " given back.",
        ),
        (
            {"charged": None},
            "Our change log has nothing of it: Microsoft charges what nobody is invoiced.",
        ),
        (
            {"is_on_credit_hold": True},
            "Hollerbach GmbH is on credit hold: nothing more should be owed for them.",
        ),
    ],
)
def test_why_it_should_be_looked_at_is_said(given: dict[str, object], reason: str | None) -> None:
    [closing] = found(replace(GUARDED, **given))  # type: ignore[arg-type]  # fields by name

    assert closing.reasons == (() if reason is None else (reason,))


def test_what_should_be_looked_at_is_at_the_front() -> None:
    soon = replace(GUARDED, key="SUB-2", seen=a_seen(cancel_until=moment("2026-09-17 10:00:00")))
    held = replace(GUARDED, key="SUB-3", is_on_credit_hold=True)

    assert [closing.key for closing in found(GUARDED, soon, held)] == ["SUB-3", "SUB-2", "SUB-1"]


@given(
    st.integers(1, 30),
    st.lists(st.tuples(st.integers(1, 30), st.integers(-600, 600)), max_size=4),
    st.integers(-600, 600),
)
def test_nothing_is_told_that_cannot_be_done(
    quantity: int, batches: list[tuple[int, int]], whole: int
) -> None:
    def after(minutes: int) -> datetime:
        return AT + timedelta(minutes=minutes)

    seen = a_seen(
        quantity=quantity,
        commitment_last_day=date(2027, 9, 10),
        cancel_until=after(whole),
        refundable=tuple(
            seats(count, after(minutes).strftime("%Y-%m-%d %H:%M:%S")) for count, minutes in batches
        ),
    )

    for closing in found(replace(GUARDED, seen=seen)):
        assert closing.closes_at > AT
        assert 0 < closing.quantity <= quantity
        assert closing.is_whole or closing.quantity < quantity
