"""The clock: read here, handed down as an argument."""

from datetime import UTC, date, datetime

import httpx

from work365.bootstrap import Services
from work365.errors import Unavailable


class ClockUnavailable(Unavailable):
    """The emulator, whose clock this machine goes by, does not answer."""

    code = "clock_unavailable"


def now(services: Services) -> datetime:
    """Return the time, in UTC: the machine's, or the emulator's where its clock is moved."""
    url = services.settings.clock_url
    if url is None:
        return datetime.now(UTC)
    try:
        answer = services.http.get(url).raise_for_status()
        return datetime.fromisoformat(answer.json()["now"]).astimezone(UTC)
    except (httpx.HTTPError, LookupError, TypeError, ValueError) as error:
        raise ClockUnavailable(f"no time from {url}: {error!r}") from error


def today(services: Services) -> date:
    """Return the day in the partner's time zone."""
    return now(services).astimezone(services.settings.time_zone).date()
