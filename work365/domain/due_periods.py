"""Due periods: which parts of a subscription's billing periods are to be billed by a day.

In advance a period is due on its first day, and a part of one on the subscription's; in
arrears it is due when it is over, by its own end or by the subscription's.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import Enum
from fractions import Fraction
from typing import NamedTuple

from work365.domain.contracts import Timing
from work365.domain.periods import Cycle, DayCycle, Period
from work365.domain.proration import Proration, measure, rounded_measure
from work365.errors import Refusal


class DaysOutOfOrder(Refusal):
    """A subscription was asked about that ends, or is looked at, before it starts."""

    code = "days_out_of_order"


class StubWhole(Enum):
    """What a part of a billing period is a part of."""

    CYCLE = "cycle"
    """The period of the cycle that holds it."""
    IMAGINED = "imagined"
    """A period as long, imagined from the part itself: up to its end where it is the first
    one, from its start on where it is not. Source: Kill Bill. It is another one than the
    cycle's beside a month that is too short for the bill day. Where the part would stick out
    of it, it is the cycle's all the same."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """When something is billed."""

    cycle: Cycle | DayCycle
    timing: Timing
    stub_whole: StubWhole = StubWhole.CYCLE


class DuePeriod(NamedTuple):
    """Days of service that are due together, and the billing period they are a part of."""

    part: Period
    whole: Period


class BilledThrough(NamedTuple):
    """How far a subscription is billed by a day."""

    first_bill_day: date
    """First start of a billing period that is not before the subscription's own."""
    day: date | None
    """Up to which it is billed; none where nothing is due yet."""
    next_bill_day: date
    """First start of a billing period after that."""


def due_periods(
    schedule: Schedule, *, start: date, end: date | None, as_of: date
) -> Iterator[DuePeriod]:
    """Yield what is due by the end of `as_of`, oldest first, of a service from `start` on.

    The service goes on for ever where it has no `end`, the first day after it.
    Raises: DaysOutOfOrder: `end` or `as_of` is before `start`.
    """
    _check_order(start, end, as_of)
    cycle, advance = schedule.cycle, schedule.timing is Timing.ADVANCE
    # In advance the period of `as_of` itself is due; none that starts later can be.
    last = cycle.period_on(as_of).end
    service = Period(start, last if end is None else min(end, last))
    for whole in cycle.periods(service):
        part = whole.overlap(service)
        if (part.start if advance else part.end) > as_of:
            return
        yield DuePeriod(part, _whole_of(schedule, part, whole))


def billed_through(
    schedule: Schedule, *, start: date, end: date | None, as_of: date
) -> BilledThrough:
    """Return how far a service from `start` on is billed by the end of `as_of`.

    Where its start is a bill day, it is billed up to there though nothing is due yet.
    Raises: DaysOutOfOrder: `end` or `as_of` is before `start`.
    """
    due = list(due_periods(schedule, start=start, end=end, as_of=as_of))
    cycle = schedule.cycle
    first = cycle.start_from(start)
    day = due[-1].part.end if due else None
    if day is None and first == start and end != start:
        day = first
    following = first if day is None or day < first else next(cycle.starts_after(day))
    return BilledThrough(first, day, following)


def measure_due(
    proration: Proration, schedule: Schedule, *, start: date, end: date | None, as_of: date
) -> Fraction:
    """Return how many times the price of a billing period is due by the end of `as_of`.

    Each part is rounded as `proration` says before it is added.
    Raises: DaysOutOfOrder: `end` or `as_of` is before `start`.
    """
    cycle = schedule.cycle
    # The price pays for one billing period: of a cycle in days too, though it has no months.
    months = cycle.months if isinstance(cycle, Cycle) else 1
    exact = (
        measure(proration, part, whole=whole, whole_months=months, price_months=months)
        for part, whole in due_periods(schedule, start=start, end=end, as_of=as_of)
    )
    return sum((rounded_measure(proration, part) for part in exact), Fraction(0))


def _whole_of(schedule: Schedule, part: Period, whole: Period) -> Period:
    if part == whole or schedule.stub_whole is StubWhole.CYCLE:
        return whole
    if part.start > whole.start:
        imagined = _counted_from(part.end, schedule.cycle).period(-1)
    else:
        imagined = _counted_from(part.start, schedule.cycle).period(0)
    return imagined if imagined.contains(part) else whole


def _counted_from(day: date, cycle: Cycle | DayCycle) -> Cycle | DayCycle:
    return Cycle(day, cycle.months) if isinstance(cycle, Cycle) else DayCycle(day, cycle.days)


def _check_order(start: date, end: date | None, as_of: date) -> None:
    if end is not None and end < start:
        raise DaysOutOfOrder(f"end {end} is before start {start}; correct one of the two days")
    if as_of < start:
        raise DaysOutOfOrder(
            f"as-of day {as_of} is before start {start}; ask for a day of the service"
        )
