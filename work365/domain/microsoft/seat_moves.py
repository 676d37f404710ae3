"""Our own record of seats, as windows are estimated from it where Microsoft does not say them.

A log has days where Microsoft has seconds. So that no window is promised for longer than
Microsoft keeps it, seats count from the first moment at which they can have come: the start of
their day in UTC, or the moment their entry was recorded where that is earlier.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time
from decimal import ROUND_UP, Decimal

from work365.domain.changes import Change
from work365.domain.microsoft.windows import SeatMove, SeatMoveCause


def seat_moves(
    changes: Iterable[Change], *, term_starts_on: date | None, on: date
) -> tuple[SeatMove, ...]:
    """Return how seats came and went in the term that runs on the day `on` (UTC).

    `changes` is the log without what Microsoft still has to be told. What it begins with is no
    addition, on whatever day we began to keep it: these seats came with the term. Entries of one
    day count together, because what is put right on a day is no seat that came.
    Without a term (`term_starts_on` is None) nothing is known, and nothing returned.
    """
    if term_starts_on is None:
        return ()
    days = _by_day(each for each in changes if each.effective_on <= on and each.quantity)
    first = min(days, default=None)
    if first is None:
        return ()
    starts_on = max(first, term_starts_on)
    there = sum(
        each.quantity for day, of_day in days.items() if day <= starts_on for each in of_day
    )
    later = (of_day for day, of_day in sorted(days.items()) if day > starts_on)
    start = _start(term_starts_on)
    bought = (
        [SeatMove(at=start, quantity=int(there), cause=SeatMoveCause.PURCHASE)]
        if there >= 1
        else []
    )
    return (*bought, *_moved(later))


def _by_day(changes: Iterable[Change]) -> dict[date, list[Change]]:
    days: dict[date, list[Change]] = defaultdict(list)
    for change in changes:
        days[change.effective_on].append(change)
    return days


def _moved(days: Iterable[list[Change]]) -> Iterator[SeatMove]:
    for of_day in days:
        net = sum((each.quantity for each in of_day), Decimal(0))
        day = _start(of_day[0].effective_on)
        if net >= 1:
            at = min(day, *(each.recorded_at for each in of_day))
            yield SeatMove(at=at, quantity=int(net), cause=SeatMoveCause.ADDITION)
        elif net < 0:
            # Part of a seat that is gone counts as a whole one, so that no more is promised.
            yield SeatMove(
                at=day,
                quantity=int((-net).to_integral_value(ROUND_UP)),
                cause=SeatMoveCause.REDUCTION,
            )


def _start(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
