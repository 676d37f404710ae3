"""Flexprice: the next billing date, counted on from the period that runs now."""

import re
from collections.abc import Callable
from datetime import date, datetime, time, tzinfo
from typing import Protocol
from zoneinfo import ZoneInfo

import pytest

from tests.contract.billing_cases import Case, cases
from work365.domain.moments import Span, at_clock, local_day
from work365.domain.periods import Cycle, DayCycle, calendar_anchor, week_anchor
from work365.domain.succession import DaySuccession, MonthSuccession

MIDNIGHT = time()
CALENDAR_ANCHOR = re.compile(r"start of the next calendar (\w+) period \((\w+)\)")


class Succession(Protocol):
    def after(self, current: date) -> date: ...


# What follows a period, by its kind, its anchor and how many are billed together.
SUCCESSIONS: dict[str, Callable[[date, int], Succession]] = {
    "daily": lambda anchor, every: DaySuccession(anchor, 1, every),
    "weekly": lambda anchor, every: DaySuccession(anchor, 7, every),
    "monthly": MonthSuccession,
    "quarterly": lambda anchor, every: MonthSuccession(anchor, 3 * every, until_anchor=True),
    "halfyearly": lambda anchor, every: MonthSuccession(anchor, 6 * every, until_anchor=True),
    "annual": lambda anchor, every: MonthSuccession(anchor, 12 * every, yearly=True),
}
CALENDARS: dict[str, Callable[[date], Cycle | DayCycle]] = {
    "daily": lambda day: DayCycle(day, 1),
    "weekly": lambda day: DayCycle(week_anchor(day), 7),
    "monthly": lambda day: Cycle(calendar_anchor(day, 1), 1),
    "quarterly": lambda day: Cycle(calendar_anchor(day, 3), 3),
    "halfyearly": lambda day: Cycle(calendar_anchor(day, 6), 6),
    "annual": lambda day: Cycle(calendar_anchor(day, 12), 12),
}


def _moment(case: Case, name: str, zone: str) -> datetime:
    return datetime.fromisoformat(case[name]).replace(tzinfo=ZoneInfo(case[zone]))


def _next_calendar_boundary(current: datetime, period: str, zone: ZoneInfo) -> datetime:
    day = local_day(current, zone)
    return at_clock(next(CALENDARS[period](day).starts_after(day)), MIDNIGHT, zone)


def _anchor(case: Case, current: datetime) -> datetime:
    if "anchor_timezone" in case:
        return _moment(case, "anchor", "anchor_timezone")
    told = CALENDAR_ANCHOR.fullmatch(case["anchor"])
    if told is None:
        raise ValueError(f"anchor {case['anchor']!r} is neither a time nor a calendar boundary")
    zone = ZoneInfo(told[2])
    return _next_calendar_boundary(current, told[1], zone).astimezone(zone)


def _next_billing_date(case: Case, current: datetime) -> datetime:
    anchor = _anchor(case, current)
    zone = anchor.tzinfo
    assert zone is not None, anchor
    succession = SUCCESSIONS[case["period"]](anchor.date(), case["every"])
    start = at_clock(succession.after(local_day(current, zone)), anchor.time(), zone)
    end = _subscription_end(case, zone)
    return start if end is None else Span(current, start).overlap(Span(current, end)).end


def _subscription_end(case: Case, zone: tzinfo) -> datetime | None:
    end = case.get("subscription_end")
    return None if end is None else datetime.fromisoformat(end).replace(tzinfo=zone)


def _next_boundary(case: Case, current: datetime) -> datetime:
    zone = ZoneInfo(case["expected_timezone"])
    return _next_calendar_boundary(current, case["period"], zone)


ASKS = {
    "next_billing_date": _next_billing_date,
    "next_calendar_boundary": _next_boundary,
}


@pytest.mark.parametrize("case", cases("flexprice_dates"))
def test_dates(case: Case) -> None:
    current = _moment(case, "current_period_start", "timezone")

    found = ASKS[case["ask"]](case, current)

    assert found == _moment(case, "expected", "expected_timezone")
