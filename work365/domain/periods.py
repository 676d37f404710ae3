"""Periods: half-open runs of days, and the cycles that billing periods come from.

Days are calendar days of the billing contract; there is no time of day and no time zone
here. Every period holds its start and not its end, so that consecutive periods touch, an
empty period can be written, and no code adds or takes away one day.
"""

import calendar
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import MAXYEAR, MINYEAR, date, timedelta
from fractions import Fraction

from work365.errors import Refusal

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

    @property
    def days(self) -> int:
        """Number of days in the period."""
        return (self.end - self.start).days

    def share_of(self, whole: "Period") -> Fraction:
        """Return the part of `whole` that this period is, by days.

        Raises: PeriodNotContained: some day of this period is outside `whole`.
        Source: docs/decisions/0004-proration-by-day.md.
        """
        if not (whole.start <= self.start and self.end <= whole.end):
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
    if anchor.day <= 28:  # noqa: PLR2004  every month has 28 days
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


@dataclass(frozen=True, slots=True)
class Cycle:
    """Endless consecutive periods of `months` months, one of which starts on `anchor`."""

    anchor: date
    months: int

    def __post_init__(self) -> None:
        assert self.months > 0, self.months

    def start(self, index: int) -> date:
        """Return the first day of the period `index` periods after the one at the anchor."""
        return month_after(self.anchor, index * self.months)

    def index_on(self, day: date) -> int:
        """Return the index of the period that `day` is in."""
        months = (day.year - self.anchor.year) * 12 + day.month - self.anchor.month
        index = months // self.months
        # The month alone says the period, or the one before it where the month's first days
        # still belong to that one.
        return index if self.start(index) <= day else index - 1

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
