"""ISO 8601 durations of years, months and days, as Graph takes them for relationships."""

import re
from datetime import datetime, timedelta

from work365.emulators.partner_center.terms import add_months

DAYS_MAX = 730
MONTHS_OF_YEAR = 12
_DURATION = re.compile(r"P(?:(\d{1,2})Y)?(?:(\d{1,3})M)?(?:(\d{1,4})D)?", re.ASCII)
_YEAR_DAYS, _MONTH_DAYS = 365, 30


def parts(text: str) -> tuple[int, int] | None:
    """Return months and days of a duration; None for what is no duration of more than nothing."""
    match = _DURATION.fullmatch(text)
    if match is None or match.end() == 1:
        return None
    years, months, days = (int(group or 0) for group in match.groups())
    return years * MONTHS_OF_YEAR + months, days


def is_between_a_day_and_two_years(text: str) -> bool:
    """Return whether a relationship may last so long."""
    found = parts(text)
    if found is None:
        return False
    months, days = found
    years, rest = divmod(months, MONTHS_OF_YEAR)
    return 1 <= years * _YEAR_DAYS + rest * _MONTH_DAYS + days <= DAYS_MAX


def after(start: datetime, text: str) -> datetime:
    """Return the moment so long after another."""
    found = parts(text)
    assert found is not None, f"{text} is no duration"
    months, days = found
    day = add_months(start.date(), months) + timedelta(days=days)
    return start.replace(year=day.year, month=day.month, day=day.day)
