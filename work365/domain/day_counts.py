"""Day counts: how much of a billing period a part of it is.

Each rule answers in months of service, as an exact fraction: the part [11 January, 1 February)
of a calendar month is 21/31 of a month by its actual days, and 20/30 where every month has
thirty. A whole period is all of its months, as it is not prorated.
"""

import calendar
from collections.abc import Callable
from datetime import date
from enum import Enum
from fractions import Fraction
from typing import NamedTuple

from work365.domain.periods import Cycle, MonthEnd, Period, PeriodNotContained, month_after

DAYS_IN_FIXED_MONTH = 30
DAYS_IN_FIXED_YEAR = 365
MONTHS_IN_YEAR = 12


class DayCount(Enum):
    """Which days are counted, over which."""

    ACTUAL = "actual-days"
    """Days over the days of the billing period. Source: decision 0004; Kill Bill, Lago."""
    ACTUAL_OVER_30 = "actual-over-30"
    """Days over thirty a month, and never more than the whole. Source: Zuora, actual/360."""
    ACTUAL_OVER_365 = "actual-over-365"
    """Days over 365 a year, those of a whole period too: a year's price, spread over its days.
    Source: Meteroid, a yearly price in a monthly period."""
    STRICT_30_360 = "strict-30-360"
    """Every month has thirty days: the last of a shorter month is its thirtieth, and a
    thirty-first is none. Source: Zuora, strict 30/360."""
    FIXED_30 = "fixed-30"
    """Actual days inside one calendar month; else the month of the start has thirty.
    Over thirty a month, and never more than the whole. Source: Kill Bill, fixed days."""
    MONTHS_THEN_DAYS = "months-then-days"
    """Whole base periods from the part's start, then days over the next whole base period.
    With a base of a month, days inside one calendar month are over the days of that month.
    Source: Business Central, subscription billing."""
    START_MONTH = "start-month"
    """Days over the days of the calendar months from the one in which the billing period
    starts. Source: Microsoft Partner Center, charge cycle days."""
    WHOLE_MONTHS = "whole-months"
    """Only whole months of the billing period that lie in the part, none for begun ones."""
    BEGUN_MONTHS = "begun-months"
    """Every month of the billing period that has a day in the part, whole."""
    SECOND = "seconds"
    """Time over the time of the billing period. Of days without a clock this is the share of
    days; of moments it is `Span.share_of`. Source: Stripe, Polar."""
    NONE = "none"
    """Never prorated: any part costs the whole."""


class Measured(NamedTuple):
    """What a day count is asked: how much of a billing period a part of it is."""

    part: Period
    whole: Period
    whole_months: int
    price_months: int
    month_end: MonthEnd

    def capped(self, months: Fraction) -> Fraction:
        """Return `months`, or those of the whole period if they are more."""
        return min(months, Fraction(self.whole_months))


def months_of(asked: Measured, day_count: DayCount) -> Fraction:
    """Return how many months of service the part is, by `day_count`.

    Raises: PeriodNotContained: some day of the part is outside of the whole period.
    """
    if asked.part == asked.whole and day_count is not DayCount.ACTUAL_OVER_365:
        return Fraction(asked.whole_months)
    return prorated_months(asked, day_count)


def prorated_months(asked: Measured, day_count: DayCount) -> Fraction:
    """Return how many months of service the part is, though it were the whole period.

    By a rule that counts over thirty days, all of February is 28/30 of a month so.
    Raises: PeriodNotContained: some day of the part is outside of the whole period.
    """
    if not asked.whole.contains(asked.part):
        raise PeriodNotContained(f"{asked.part} is not within {asked.whole}")
    return _RULES[day_count](asked) if asked.part.days else Fraction(0)


def days_with_fixed_month(part: Period, month_days: int) -> int:
    """Return the days of `part` as if the month it starts in had `month_days`.

    A part that starts and ends in one calendar month has its actual days.
    Source: Kill Bill, proration with a fixed number of days in a month.
    """
    start, end = part.start, part.end
    if (start.year, start.month) == (end.year, end.month):
        return part.days
    return part.days - (_length(start) - month_days)


def days_of_30(part: Period) -> int:
    """Return the days of `part` where every month has thirty of them.

    Source: Zuora, strict 30/360; the parts of a period add up to it.
    """
    return _number_of_30(part.end) - _number_of_30(part.start)


def _number_of_30(day: date) -> int:
    # A thirty-first has the number of the first that follows it, and so has no length; the
    # last day of February reaches as far as the first of March.
    months = day.year * MONTHS_IN_YEAR + day.month
    return months * DAYS_IN_FIXED_MONTH + day.day


def _length(day: date) -> int:
    return calendar.monthrange(day.year, day.month)[1]


def _by_actual_days(asked: Measured) -> Fraction:
    return Fraction(asked.part.days * asked.whole_months, asked.whole.days)


def _by_actual_over_30(asked: Measured) -> Fraction:
    return asked.capped(Fraction(asked.part.days, DAYS_IN_FIXED_MONTH))


def _by_actual_over_365(asked: Measured) -> Fraction:
    return Fraction(asked.part.days * MONTHS_IN_YEAR, DAYS_IN_FIXED_YEAR)


def _by_strict_30_360(asked: Measured) -> Fraction:
    return asked.capped(Fraction(days_of_30(asked.part), DAYS_IN_FIXED_MONTH))


def _by_fixed_30(asked: Measured) -> Fraction:
    days = days_with_fixed_month(asked.part, DAYS_IN_FIXED_MONTH)
    return asked.capped(Fraction(days, DAYS_IN_FIXED_MONTH))


def _by_months_then_days(asked: Measured) -> Fraction:
    part = asked.part
    # Where less is billed at once than the price pays for, that is what is counted in.
    base = min(asked.price_months, asked.whole_months)
    last = part.last_day
    if base == 1 and (part.start.year, part.start.month) == (last.year, last.month):
        return Fraction(part.days, _length(part.start))
    cycle = Cycle(part.start, base, asked.month_end)
    count = cycle.index_on(part.end)
    rest = Period(cycle.start(count), part.end)
    return base * (count + rest.share_of(cycle.period(count)))


def _by_start_month(asked: Measured) -> Fraction:
    first = asked.whole.start.replace(day=1)
    months = Period(first, month_after(first, asked.whole_months))
    return asked.capped(Fraction(asked.part.days * asked.whole_months, months.days))


def _by_whole_months(asked: Measured) -> Fraction:
    months = _months_touched(asked)
    return Fraction(sum(asked.part.contains(month) for month in months))


def _by_begun_months(asked: Measured) -> Fraction:
    return Fraction(len(_months_touched(asked)))


def _months_touched(asked: Measured) -> list[Period]:
    return list(Cycle(asked.whole.start, 1, asked.month_end).periods(asked.part))


def _by_nothing(asked: Measured) -> Fraction:
    return Fraction(asked.whole_months)


_RULES: dict[DayCount, Callable[[Measured], Fraction]] = {
    DayCount.ACTUAL: _by_actual_days,
    DayCount.ACTUAL_OVER_30: _by_actual_over_30,
    DayCount.ACTUAL_OVER_365: _by_actual_over_365,
    DayCount.STRICT_30_360: _by_strict_30_360,
    DayCount.FIXED_30: _by_fixed_30,
    DayCount.MONTHS_THEN_DAYS: _by_months_then_days,
    DayCount.START_MONTH: _by_start_month,
    DayCount.WHOLE_MONTHS: _by_whole_months,
    DayCount.BEGUN_MONTHS: _by_begun_months,
    DayCount.SECOND: _by_actual_days,
    DayCount.NONE: _by_nothing,
}
