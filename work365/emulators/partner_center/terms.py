"""When terms end and charge cycles begin. Days are UTC days; ends are the last day.

Source: learn.microsoft.com/partner-center/common-billing-scenarios-onetime-recurring, with its
tables for purchases at the end of a month, and .../align-subscription-end-dates.
"""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta

from work365.emulators.partner_center.catalogue import Plan
from work365.emulators.partner_center.rules import TRIAL_DAYS, days_of

MONTHS_OF_TERM = {"P1M": 1, "P1Y": 12, "P3Y": 36, "P5Y": 60}
MONTHS_OF_CYCLE = {"monthly": 1, "annual": 12, "triennial": 36}
ONE_DAY = timedelta(days=1)
_KEPT_DISTANCE_MAX = 1


@dataclass(frozen=True)
class Cycle:
    """A charge cycle: `days` are what a price is divided by, `is_whole` says that none lack.

    What is bought once and for good has a cycle of no days.
    """

    start: date
    end: date
    days: int
    is_whole: bool


def month_days(day: date) -> int:
    """Return the number of days of the day's month."""
    return monthrange(day.year, day.month)[1]


def add_months(day: date, months: int) -> date:
    """Return the same day so many months on, or the last one of a shorter month."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    last = monthrange(year, month + 1)[1]
    return date(year, month + 1, min(day.day, last))


def cycle_start(anchor: date, cycles: int, months: int) -> date:
    """Return the first day of a cycle, counted from the anchor.

    A monthly cycle of an anchor on the last day of a month, or on the day before it, keeps
    that distance from every month's end, as documented. For other days, the 29th among them,
    nothing is documented: they are clamped.
    """
    plain = add_months(anchor, cycles * months)
    distance = month_days(anchor) - anchor.day
    if months == 1 and distance <= _KEPT_DISTANCE_MAX:
        return plain.replace(day=month_days(plain) - distance)
    return plain


def term_end(start: date, plan: Plan, *, is_trial: bool = False) -> date | None:
    """Return the last day of a whole term; None where the plan has no term."""
    if is_trial:
        return start + days_of(TRIAL_DAYS, start) - ONE_DAY
    months = MONTHS_OF_TERM.get(plan.term)
    return None if months is None else add_months(start, months) - ONE_DAY


def cycle_on(start: date, end: date, plan: Plan, day: date, *, is_aligned: bool = False) -> Cycle:
    """Return the charge cycle that a day of the term is in.

    `is_aligned` says that the term's end was chosen: the cycles then are counted back from it,
    and the first one is the short one.
    """
    months = MONTHS_OF_CYCLE.get(plan.billing_cycle, 0)
    if not months or months >= MONTHS_OF_TERM.get(plan.term, 0):
        natural = term_end(start, plan)
        if natural is None:
            return Cycle(start, end, 0, is_whole=True)
        return Cycle(start, end, _days(start, plan, (natural - start).days + 1), natural == end)
    anchor = end + ONE_DAY if is_aligned else start
    number = _number(anchor, months, day)
    first = cycle_start(anchor, number, months)
    last = cycle_start(anchor, number + 1, months) - ONE_DAY
    begin, finish = max(first, start), min(last, end)
    return Cycle(
        begin,
        finish,
        _days(begin, plan, (last - first).days + 1),
        begin == first and finish == last,
    )


def _number(anchor: date, months: int, day: date) -> int:
    """Return which cycle a day is in; negative before the anchor."""
    number = ((day.year - anchor.year) * 12 + day.month - anchor.month) // months
    while cycle_start(anchor, number, months) > day:
        number -= 1
    while cycle_start(anchor, number + 1, months) <= day:
        number += 1
    return number


def _days(start: date, plan: Plan, length: int) -> int:
    """Return the days that a price is divided by: of the month that a monthly cycle starts in."""
    return month_days(start) if plan.billing_cycle == "monthly" else length
