from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as some

from tests.domain.microsoft.seen import BOOK, moment
from work365.domain.changes import Change
from work365.domain.microsoft.rules import ProductKind
from work365.domain.microsoft.seat_moves import seat_moves
from work365.domain.microsoft.windows import SeatMove, SeatMoveCause, own_windows

STARTS = date(2026, 9, 11)
LATER = date(2026, 12, 1)
START = moment("2026-09-11 00:00:00")
WEEK = timedelta(days=7)


def entry(day: date, quantity: str, recorded: str = "2026-09-30 12:00:00") -> Change:
    return Change(f"{day}/{quantity}/{recorded}", day, moment(recorded), Decimal(quantity))


BOUGHT = entry(STARTS, "10", "2026-09-11 10:00:00")


def moves(*changes: Change, on: date = LATER, starts: date | None = STARTS) -> list[SeatMove]:
    return list(seat_moves(changes, term_starts_on=starts, on=on))


def told(*changes: Change, on: date = LATER) -> list[tuple[SeatMoveCause, int, datetime]]:
    return [(each.cause, each.quantity, each.at) for each in moves(*changes, on=on)]


def test_seats_that_came_with_the_term_count_from_the_start_of_its_day() -> None:
    assert told(BOUGHT) == [(SeatMoveCause.PURCHASE, 10, START)]


def test_what_a_log_begins_with_after_the_term_began_is_no_addition() -> None:
    begun = entry(date(2026, 11, 20), "10", "2026-11-20 09:00:00")

    assert told(begun) == [(SeatMoveCause.PURCHASE, 10, START)]


def test_a_renewal_counts_the_seats_of_its_first_day() -> None:
    before = entry(date(2025, 9, 11), "8"), entry(date(2026, 3, 1), "-3")

    assert told(*before) == [(SeatMoveCause.PURCHASE, 5, START)]


def test_added_seats_count_from_the_start_of_their_day_or_from_their_record_if_earlier() -> None:
    seen_later = entry(date(2026, 9, 14), "3", "2026-09-15 02:00:00")
    entered_before = entry(date(2026, 9, 20), "2", "2026-09-18 16:00:00")

    assert told(BOUGHT, seen_later, entered_before)[1:] == [
        (SeatMoveCause.ADDITION, 3, moment("2026-09-14 00:00:00")),
        (SeatMoveCause.ADDITION, 2, moment("2026-09-18 16:00:00")),
    ]


def test_seats_that_went_are_a_reduction() -> None:
    gone = entry(date(2026, 9, 14), "-4")

    assert told(BOUGHT, gone)[1:] == [(SeatMoveCause.REDUCTION, 4, moment("2026-09-14 00:00:00"))]


def test_what_is_put_right_within_a_day_is_no_seat_that_came() -> None:
    day = date(2026, 9, 14)

    assert told(BOUGHT, entry(day, "-5"), entry(day, "5")) == told(BOUGHT)


def test_parts_of_a_seat_never_make_a_window_larger() -> None:
    more, fewer = entry(date(2026, 9, 14), "2.5"), entry(date(2026, 9, 15), "-1.5")

    assert [quantity for _, quantity, _ in told(BOUGHT, more, fewer)] == [10, 2, 2]


def test_what_comes_after_the_day_has_not_come() -> None:
    coming = entry(date(2026, 9, 14), "3", "2026-09-12 09:00:00")

    assert told(BOUGHT, coming, on=date(2026, 9, 13)) == told(BOUGHT)


def test_without_a_term_or_a_log_nothing_is_known() -> None:
    assert (moves(BOUGHT, starts=None), moves()) == ([], [])


@given(
    days=some.integers(min_value=1, max_value=60),
    hours=some.integers(min_value=-300, max_value=300),
)
def test_no_window_is_open_longer_than_a_week_from_the_record_or_the_end_of_the_day(
    days: int, hours: int
) -> None:
    day = STARTS + timedelta(days=days)
    starts = datetime(day.year, day.month, day.day, tzinfo=UTC)
    recorded_at = starts + timedelta(hours=hours)
    added = Change("added", day, recorded_at, Decimal(3))

    windows = own_windows(moves(BOUGHT, added), book=BOOK, product=ProductKind.LICENCES)

    added_windows = [window for window in windows if window.quantity == 3]
    assert all(window.closes_at <= min(recorded_at, starts) + WEEK for window in added_windows)
    assert len(added_windows) == (1 if recorded_at >= START else 0)
