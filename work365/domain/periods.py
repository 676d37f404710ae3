"""Periods: half-open runs of days, and the cycles that billing periods come from.

Days are calendar days of the billing contract; there is no time of day and no time zone
here. Every period holds its start and not its end, so that consecutive periods touch, an
empty period can be written, and no code adds or takes away one day.
"""

import calendar
from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import MAXYEAR, MINYEAR, date, timedelta
from enum import Enum
from fractions import Fraction
from typing import Self

from work365.errors import Refusal

DAYS_IN_EVERY_MONTH = 28
"""A day of the month up to this one is in every month."""

KEPT_DISTANCE_MAX = 2
"""How many days before the end of its month an anchor may be, to keep that distance."""

PERIODS_BACK_MAX = 7
"""Periods to look back for one that starts in a month of 31 days; or, where all start in
February, for a leap day. Only cycles of 25 years, or of its multiples, may have one further back.
"""

REMEDY = "the calendar ends; correct the days of the contract and of its subscriptions"


class OffTheCalendar(Refusal):
    """A day was asked for that the calendar does not have, before year 1 or after 9999."""

    code = "off_the_calendar"


class PeriodNotContained(Refusal):
    """A part was asked of a period that it does not lie in."""

    code = "period_not_contained"


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """The days from `start` up to, and not including, `end`."""

    start: date
    end: date

    def __post_init__(self) -> None:
        assert self.start <= self.end, f"{self.start} is after {self.end}"

    @classmethod
    def through(cls, start: date, last_day: date) -> Self:
        """Return the period from `start` up to `last_day`, that day too.

        Raises: OffTheCalendar: `last_day` is the last day that the calendar has.
        """
        return cls(start, day_after(last_day, 1))

    @property
    def days(self) -> int:
        """Number of days in the period."""
        return (self.end - self.start).days

    @property
    def last_day(self) -> date:
        """The last day in the period: what is printed as its end. An empty one has none."""
        assert self.start < self.end, f"{self} has no days"
        return self.end - timedelta(days=1)

    def contains(self, part: "Period") -> bool:
        """Return whether no day of `part` is outside this period."""
        return self.start <= part.start and part.end <= self.end

    def overlap(self, other: "Period") -> "Period":
        """Return the days in both periods; an empty period where they have none in common."""
        start = max(self.start, other.start)
        return Period(start, max(start, min(self.end, other.end)))

    def share_of(self, whole: "Period") -> Fraction:
        """Return the part of `whole` that this period is, by days.

        Raises: PeriodNotContained: some day of this period is outside `whole`.
        Source: docs/decisions/0004-proration-by-day.md.
        """
        if not whole.contains(self):
            raise PeriodNotContained(f"{self} is not within {whole}")
        return Fraction(self.days, whole.days)

    def __str__(self) -> str:
        return f"[{self.start}, {self.end})"


def month_after(anchor: date, months: int) -> date:
    """Return the day `months` months after `anchor`, or the last day of a shorter month.

    Counting from the anchor, never from the last period, keeps the anchor's day:
    31 January, 28 February, 31 March, and not 28 March.
    Raises: OffTheCalendar: there is no such day.
    """
    year, month0 = divmod(anchor.year * 12 + anchor.month - 1 + months, 12)
    if not MINYEAR <= year <= MAXYEAR:
        raise OffTheCalendar(f"{_distance(months, 'months')} {anchor}, {REMEDY}")
    if anchor.day <= DAYS_IN_EVERY_MONTH:
        return date(year, month0 + 1, anchor.day)
    last_day = calendar.monthrange(year, month0 + 1)[1]
    return date(year, month0 + 1, min(anchor.day, last_day))


def day_after(day: date, days: int) -> date:
    """Return the day `days` days after `day`.

    Raises: OffTheCalendar: there is no such day.
    """
    try:
        return day + timedelta(days=days)
    except OverflowError:
        raise OffTheCalendar(f"{_distance(days, 'days')} {day}, {REMEDY}") from None


def _distance(count: int, unit: str) -> str:
    return f"{abs(count)} {unit} {'before' if count < 0 else 'after'}"


class MonthEnd(Enum):
    """What becomes of an anchor near the end of its month in a month of another length."""

    CLAMP = "clamp"
    """The anchor's day, or the last day of a shorter month; then the anchor's day again.
    31 January, 28 February, 31 March, 30 April; 28 February, 28 March, 28 April."""
    KEEP_DISTANCE = "keep-distance"
    """An anchor on one of the last three days of its month stays so far from the month's end:
    28 February, 31 March, 30 April; any other is clamped."""

    def holding_for(self, anchor: date) -> "MonthEnd":
        """Return the rule as it acts on periods counted from `anchor`.

        Where periods are counted on from the middle of a cycle, it is the cycle's own anchor
        that decides: 28 January has clamped periods, though one of them starts on 28 February.
        """
        if self is _CLAMP or _days_to_month_end(anchor) > KEPT_DISTANCE_MAX:
            return _CLAMP
        return self


_CLAMP = MonthEnd.CLAMP


def _days_to_month_end(day: date) -> int:
    return calendar.monthrange(day.year, day.month)[1] - day.day


class Recurrence(ABC):
    """Endless consecutive periods, one of which starts on an anchor."""

    __slots__ = ()

    @abstractmethod
    def start(self, index: int) -> date:
        """Return the first day of the period `index` periods after the one at the anchor.

        Raises: OffTheCalendar: there is no such day.
        """

    @abstractmethod
    def index_on(self, day: date) -> int:
        """Return the index of the period that `day` is in.

        From the anchor on, this is how many whole periods are over on that day.
        """

    def period(self, index: int) -> Period:
        """Return the period `index` periods after the one at the anchor."""
        return Period(self.start(index), self.start(index + 1))

    def period_on(self, day: date) -> Period:
        """Return the period that `day` is in."""
        return self.period(self.index_on(day))

    def periods(self, window: Period) -> Iterator[Period]:
        """Yield the whole periods that have a day in `window`, oldest first."""
        if window.start == window.end:
            return
        index = self.index_on(window.start)
        start = self.start(index)
        while start < window.end:
            index += 1
            end = self.start(index)
            yield Period(start, end)
            start = end

    def starts_after(self, day: date) -> Iterator[date]:
        """Yield, without end, the first days of the periods that start after `day`."""
        index = self.index_on(day)
        while True:
            index += 1
            yield self.start(index)

    def start_from(self, day: date) -> date:
        """Return the first start of a period that is not before `day`."""
        start, end = self.start(self.index_on(day)), self.starts_after(day)
        return start if start == day else next(end)


@dataclass(frozen=True, slots=True)
class Cycle(Recurrence):
    """Endless consecutive periods of `months` months, one of which starts on `anchor`."""

    anchor: date
    months: int
    month_end: MonthEnd = MonthEnd.CLAMP

    def __post_init__(self) -> None:
        assert self.months > 0, self.months

    def start(self, index: int) -> date:
        """Return the first day of the period `index` periods after the one at the anchor.

        Raises: OffTheCalendar: there is no such day.
        """
        day = month_after(self.anchor, index * self.months)
        if self.month_end is _CLAMP:
            return day
        distance = _days_to_month_end(self.anchor)
        if distance > KEPT_DISTANCE_MAX:
            return day
        return day.replace(day=calendar.monthrange(day.year, day.month)[1] - distance)

    def index_on(self, day: date) -> int:
        """Return the index of the period that `day` is in.

        From the anchor on, this is how many whole periods are over on that day.
        """
        months = (day.year - self.anchor.year) * 12 + day.month - self.anchor.month
        index = months // self.months
        # The month alone says the period, or the one before it where the month's first days
        # still belong to that one.
        return index if self.start(index) <= day else index - 1


@dataclass(frozen=True, slots=True)
class DayCycle(Recurrence):
    """Endless consecutive periods of `days` days, one of which starts on `anchor`.

    A week is seven days, and thirty days are never a month.
    """

    anchor: date
    days: int

    def __post_init__(self) -> None:
        assert self.days > 0, self.days

    def start(self, index: int) -> date:
        """Return the first day of the period `index` periods after the one at the anchor.

        Raises: OffTheCalendar: there is no such day.
        """
        return day_after(self.anchor, index * self.days)

    def index_on(self, day: date) -> int:
        """Return the index of the period that `day` is in.

        From the anchor on, this is how many whole periods are over on that day.
        """
        return (day - self.anchor).days // self.days


def calendar_anchor(day: date, months: int) -> date:
    """Return the start of the calendar's own period of `months` months that `day` is in.

    Months that divide a year start with January: quarters on 1 January, April, July and
    October. Whole years start on 1 January of the year of `day`; any other length starts
    with the month of `day`, since the calendar has no such period.
    """
    if months % 12 == 0:
        return date(day.year, 1, 1)
    if 12 % months == 0:
        return date(day.year, day.month - (day.month - 1) % months, 1)
    return day.replace(day=1)


def week_anchor(day: date) -> date:
    """Return the Monday of the week that `day` is in. Source: ISO 8601.

    Raises: OffTheCalendar: the week began before the calendar does.
    """
    return day_after(day, -day.weekday())


def bill_cycle_anchor(start: date, day: int, months: int = 1) -> date:
    """Return an anchor of a cycle of `months` months that bills on the `day`th, for `start`.

    The cycle has a period that starts in the month of `start`, on that day of it or on its
    last one where the month is shorter. That start may be before `start`, which is then
    within the period: `Recurrence.start_from` is the first day on or after it. The anchor is
    in an earlier month where the month of `start` has no such day, so that the cycle comes
    back to the day in the months that have it.
    """
    assert 1 <= day <= 31, day  # noqa: PLR2004  no month has a day that is further on
    first = start.replace(day=1)
    in_start = calendar.monthrange(start.year, start.month)[1]
    found = start.replace(day=min(day, in_start))
    for back in range(months, months * PERIODS_BACK_MAX + 1, months):
        if found.day == day or first.year * 12 + first.month - back <= MINYEAR * 12:
            break
        month = month_after(first, -back)
        length = calendar.monthrange(month.year, month.month)[1]
        if length > found.day:
            found = month.replace(day=min(day, length))
    return found
