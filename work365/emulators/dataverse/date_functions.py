"""The query functions about dates: each names a span of time, seen from now.

Source: the query functions' reference; weeks begin on Sunday. That `LastX` spans begin at
midnight and end now, and `NextX` spans the other way round, was not verified.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from work365.emulators.dataverse.errors import query_error

Span = tuple[datetime | None, datetime | None]
"""First moment, and the moment after the last; nothing where there is no bound."""

MONTHS_IN_YEAR = 12


def _midnight(moment: datetime) -> datetime:
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)


def _days(moment: datetime, count: int) -> datetime:
    return _midnight(moment) + timedelta(days=count)


def _week(moment: datetime, count: int) -> datetime:
    since_sunday = (moment.weekday() + 1) % 7
    return _days(moment, 7 * count - since_sunday)


def _month(moment: datetime, count: int) -> datetime:
    years, month = divmod(moment.month - 1 + count, MONTHS_IN_YEAR)
    return _midnight(moment).replace(year=moment.year + years, month=month + 1, day=1)


def _year(moment: datetime, count: int) -> datetime:
    return _midnight(moment).replace(year=moment.year + count, month=1, day=1)


def _shift_months(moment: datetime, count: int) -> datetime:
    """Return the same day `count` months on, or the month's last day if it has none such."""
    first = _month(moment, count)
    last = _month(moment, count + 1) - timedelta(days=1)
    clock = moment - _midnight(moment)
    return first.replace(day=min(moment.day, last.day)) + clock


_FIXED: dict[str, Callable[[datetime], Span]] = {
    "Today": lambda now: (_days(now, 0), _days(now, 1)),
    "Yesterday": lambda now: (_days(now, -1), _days(now, 0)),
    "Tomorrow": lambda now: (_days(now, 1), _days(now, 2)),
    "Last7Days": lambda now: (_days(now, -7), now),
    "Next7Days": lambda now: (now, _days(now, 8)),
    "ThisWeek": lambda now: (_week(now, 0), _week(now, 1)),
    "LastWeek": lambda now: (_week(now, -1), _week(now, 0)),
    "NextWeek": lambda now: (_week(now, 1), _week(now, 2)),
    "ThisMonth": lambda now: (_month(now, 0), _month(now, 1)),
    "LastMonth": lambda now: (_month(now, -1), _month(now, 0)),
    "NextMonth": lambda now: (_month(now, 1), _month(now, 2)),
    "ThisYear": lambda now: (_year(now, 0), _year(now, 1)),
    "LastYear": lambda now: (_year(now, -1), _year(now, 0)),
    "NextYear": lambda now: (_year(now, 1), _year(now, 2)),
}

_SHIFTS: dict[str, Callable[[datetime, int], datetime]] = {
    "Minutes": lambda now, count: now + timedelta(minutes=count),
    "Hours": lambda now, count: now + timedelta(hours=count),
    "Days": lambda now, count: now + timedelta(days=count),
    "Weeks": lambda now, count: now + timedelta(weeks=count),
    "Months": _shift_months,
    "Years": lambda now, count: _shift_months(now, MONTHS_IN_YEAR * count),
}


def fixed_span(name: str, now: datetime) -> Span | None:
    """Return the span of a function without a value, or nothing if `name` is none."""
    span = _FIXED.get(name)
    return span(now) if span else None


def counted_span(name: str, count: int, now: datetime) -> Span | None:
    """Return the span of `LastXDays` and its like, or nothing if `name` is none of them."""
    for prefix in ("LastX", "NextX", "OlderThanX"):
        unit = name.removeprefix(prefix)
        if unit == name or unit not in _SHIFTS:
            continue
        if prefix != "OlderThanX" and unit == "Minutes":
            continue
        if count <= 0:
            message = f"The value of '{name}' must be a positive whole number."
            raise query_error(message)
        return _counted(prefix, unit, count, now)
    return None


def _counted(prefix: str, unit: str, count: int, now: datetime) -> Span:
    shift = _SHIFTS[unit]
    if prefix == "OlderThanX":
        return None, shift(now, -count)
    is_hours = unit == "Hours"
    if prefix == "LastX":
        start = shift(now, -count)
        return (start if is_hours else _midnight(start)), now
    end = shift(now, count)
    return now, (end if is_hours else _days(end, 1))


def day_span(name: str, day: datetime) -> Span | None:
    """Return the span of `On`, `OnOrAfter` and `OnOrBefore`, or nothing for other names."""
    return {
        "On": (_days(day, 0), _days(day, 1)),
        "OnOrAfter": (_days(day, 0), None),
        "OnOrBefore": (None, _days(day, 1)),
    }.get(name)
