"""Succession: the start of the next period, where periods are counted on from one another.

A cycle counts from its anchor. Some systems keep no more than the period that runs now, and
work out the next start from that; what is taken over from them must go on as they would.
"""

from dataclasses import dataclass
from datetime import date

from work365.domain.periods import DayCycle, day_after, month_after

MONTHS_IN_YEAR = 12


@dataclass(frozen=True, slots=True)
class MonthSuccession:
    """The next period starts `months` months on, on the anchor's day or the last of its month."""

    anchor: date
    months: int
    yearly: bool = False
    """Whether the anchor says the month too, so that a start elsewhere comes back to it."""
    until_anchor: bool = False
    """Whether only a period that starts before the anchor is short, and runs up to it. Else
    one is wherever the anchor's day is still to come in the month (in the year, if yearly)."""

    def __post_init__(self) -> None:
        assert self.months > 0, self.months

    def after(self, current: date) -> date:
        """Return the start of the period after the one that starts on `current`.

        Raises: OffTheCalendar: there is no such day.
        """
        if self.until_anchor and current < self.anchor:
            return self.anchor
        passed = (current.year - self.anchor.year) * MONTHS_IN_YEAR
        if not self.yearly:
            passed += current.month - self.anchor.month
        place = month_after(self.anchor, passed)
        if place > current and not self.until_anchor:
            return place
        return month_after(self.anchor, passed + self.months)


@dataclass(frozen=True, slots=True)
class DaySuccession:
    """The next period starts on the anchor's place among periods of `days` days."""

    anchor: date
    days: int
    every: int = 1
    """How many of those periods are billed together, from the first of them that begins."""

    def __post_init__(self) -> None:
        assert self.every > 0, self.every

    def after(self, current: date) -> date:
        """Return the start of the period after the one that starts on `current`.

        Raises: OffTheCalendar: there is no such day.
        """
        first = next(DayCycle(self.anchor, self.days).starts_after(current))
        return day_after(first, (self.every - 1) * self.days)
