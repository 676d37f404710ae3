"""Moments: spans of time and cycles that keep the clock, where days are not fine enough.

A moment is a `datetime` that knows its zone; one that does not is refused. Days are counted by
a zone's calendar, so that a day is one day though the clocks change in it, while time is
counted as it passes, so that such a day has 23 or 25 hours.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from fractions import Fraction

from work365.domain.periods import Cycle, DayCycle, PeriodNotContained
from work365.errors import Refusal

TICK = timedelta(microseconds=1)


class ZoneMissing(Refusal):
    """A moment that says no zone, and so could be any of a day's."""

    code = "zone_missing"


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """The time from `start` up to, and not including, `end`; both are kept in UTC.

    Raises: ZoneMissing: one of the two has no zone.
    """

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        # Python compares two moments of one zone by their clocks, which go back once a year.
        object.__setattr__(self, "start", _in_utc(self.start))
        object.__setattr__(self, "end", _in_utc(self.end))
        assert self.start <= self.end, f"{self.start} is after {self.end}"

    @property
    def ticks(self) -> int:
        """Length of the span in microseconds."""
        return (self.end - self.start) // TICK

    def overlap(self, other: "Span") -> "Span":
        """Return the time in both spans; an empty span where they have none in common."""
        start = max(self.start, other.start)
        return Span(start, max(start, min(self.end, other.end)))

    def share_of(self, whole: "Span") -> Fraction:
        """Return the part of `whole` that this span is, by the time that passes.

        Raises: PeriodNotContained: some of it is outside of `whole`.
        """
        if not (whole.start <= self.start and self.end <= whole.end):
            raise PeriodNotContained(f"{self} is not within {whole}")
        return Fraction(self.ticks, whole.ticks)

    def __str__(self) -> str:
        return f"[{self.start.isoformat()}, {self.end.isoformat()})"


def local_day(moment: datetime, zone: tzinfo) -> date:
    """Return the day that it is in `zone` at `moment`.

    Raises: ZoneMissing: the moment itself has no zone.
    """
    return _in_utc(moment).astimezone(zone).date()


def local_days_between(start: datetime, end: datetime, zone: tzinfo) -> int:
    """Return how many midnights of `zone` there are from `start` to `end`; negative backwards.

    Raises: ZoneMissing: one of the two has no zone.
    """
    return (local_day(end, zone) - local_day(start, zone)).days


@dataclass(frozen=True, slots=True)
class MomentCycle:
    """The periods of a cycle of days, each of which starts at the same clock time in a zone."""

    days: Cycle | DayCycle
    clock: time
    zone: tzinfo

    def start(self, index: int) -> datetime:
        """Return the first moment of the period `index` periods after the one at the anchor."""
        return at_clock(self.days.start(index), self.clock, self.zone)

    def span_at(self, moment: datetime) -> Span:
        """Return the period that `moment` is in.

        Raises: ZoneMissing: the moment has no zone.
        """
        index = self.days.index_on(local_day(moment, self.zone))
        if self.start(index) > _in_utc(moment):
            index -= 1
        return Span(self.start(index), self.start(index + 1))


def at_clock(day: date, clock: time, zone: tzinfo) -> datetime:
    """Return the moment in UTC at which the clocks of `zone` show `clock` on `day`."""
    return datetime.combine(day, clock, zone).astimezone(UTC)


def _in_utc(moment: datetime) -> datetime:
    if moment.utcoffset() is None:
        raise ZoneMissing(f"{moment.isoformat()} has no zone; say the time in UTC, such as 09:00Z")
    return moment.astimezone(UTC)
