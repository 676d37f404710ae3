"""Times and days as Partner Center writes and reads them: UTC, up to seven decimals of a second."""

import re
from datetime import UTC, date, datetime, timedelta

_MOMENT = re.compile(
    r"(\d{4}-\d\d-\d\d)(?:T(\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:?\d\d)?)?", re.ASCII
)


def moment_text(moment: datetime) -> str:
    """Return the moment as `2026-01-14T16:57:15.096672Z`, without trailing zeros."""
    text = moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")
    fraction = f"{moment.microsecond:06}".rstrip("0")
    return f"{text}.{fraction}Z" if fraction else f"{text}Z"


def day_text(day: date) -> str:
    """Return the day's first moment as `2026-01-14T00:00:00Z`."""
    return f"{day.isoformat()}T00:00:00Z"


def last_second(day: date) -> str:
    """Return the day's last second as `2026-01-14T23:59:59Z`."""
    return f"{day.isoformat()}T23:59:59Z"


def first_moment(day: date) -> datetime:
    """Return 00:00 UTC of the day."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def day_after(day: date) -> datetime:
    """Return 00:00 UTC of the next day."""
    return first_moment(day + timedelta(days=1))


def read_moment(text: str) -> datetime | None:
    """Read a moment or a day, in UTC where it says no zone; None for what is neither."""
    match = _MOMENT.fullmatch(text.strip())
    if match is None:
        return None
    day, time, fraction, zone = match.groups()
    zone = "+00:00" if zone in (None, "Z") else zone
    microseconds = (fraction or "")[:6].ljust(6, "0")
    try:
        return datetime.fromisoformat(f"{day}T{time or '00:00:00'}.{microseconds}{zone}")
    except ValueError:
        return None
