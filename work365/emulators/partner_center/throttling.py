"""Throttling: so many requests a minute for a partner's tenant, then 429 with Retry-After.

All requests count, refused ones too. It holds for customers with all that is theirs, as
documented for their subscriptions and orders; time is the twin's own.
Source: learn.microsoft.com/partner-center/developer/api-throttling-guidance.
"""

import math
import threading
from collections import deque
from collections.abc import Callable
from datetime import datetime, timedelta
from http import HTTPStatus

from starlette.requests import Request

from work365.emulators.partner_center.callers import Caller
from work365.emulators.partner_center.calls import Answer
from work365.emulators.partner_center.conduct import Conduct
from work365.emulators.partner_center.errors import SOURCE

WINDOW = timedelta(minutes=1)
THROTTLED_PATHS = ("/v1/customers", "/v1/productupgrades")


def throttled(seconds: int, shape: str) -> Answer:
    """Return a 429 in one of its shapes, to be tried again in so many seconds."""
    words = f"Rate limit is exceeded. Try again in {seconds} seconds."
    body = {"statusCode": int(HTTPStatus.TOO_MANY_REQUESTS), "message": words}
    if shape == "service":
        body = {"code": 429, "description": words, "data": [], "source": SOURCE}
    return Answer(body, HTTPStatus.TOO_MANY_REQUESTS, {"Retry-After": str(seconds)})


class Throttle:
    """Counts requests by tenant."""

    def __init__(self, clock: Callable[[], datetime], conduct: Callable[[], Conduct]) -> None:
        self._clock = clock
        self._conduct = conduct
        self._lock = threading.Lock()
        self._times: dict[str, deque[datetime]] = {}
        self._refusals = 0

    def __call__(self, request: Request, caller: Caller | None) -> Answer | None:
        """Refuse a request that is one too many."""
        conduct = self._conduct()
        path = request.url.path.casefold()
        if caller is None or not conduct.requests_per_minute:
            return None
        if not path.startswith(THROTTLED_PATHS):
            return None
        with self._lock:
            return self._counted(caller.tenant, conduct)

    def _counted(self, tenant: str, conduct: Conduct) -> Answer | None:
        now = self._clock()
        times = self._times.setdefault(tenant, deque())
        while times and times[0] <= now - WINDOW:
            times.popleft()
        times.append(now)
        if len(times) <= conduct.requests_per_minute:
            return None
        # Those that are kept are enough to know when the next one is let in.
        while len(times) > conduct.requests_per_minute + 1:
            times.popleft()
        wait = max(1, math.ceil((times[1] + WINDOW - now).total_seconds()))
        self._refusals += 1
        shape = conduct.throttled_shape
        if shape == "both":
            shape = "gateway" if self._refusals % 2 else "service"
        return throttled(wait, shape)
