"""Outgoing HTTP: time limits, retries, and JSON in which money stays exact.

Owns what every outside system needs: a client that neither waits for ever nor keeps a
server's affinity cookie, a retry policy shared by all threads that speak to one system, and
JSON whose numbers are never floats. It does not know any outside system: which errors may be
tried again is for the adapter to say.
"""

import json
import logging
import ssl
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import UTC, date, datetime
from decimal import Decimal
from email.utils import parsedate_to_datetime
from http.cookiejar import CookieJar, DefaultCookiePolicy
from json.encoder import encode_basestring_ascii
from threading import Lock
from typing import Any, Protocol, TypeVar
from uuid import UUID

import httpx
from tenacity import RetryCallState, Retrying, retry_if_exception, wait_exponential_jitter

from work365.errors import Contradiction, Unavailable, Work365Error

ATTEMPTS_MAX = 8
ATTEMPTS_AT_A_CONTRADICTION_MAX = 3
PATIENCE_SECONDS = 180.0
"""Longest one request is tried for. A server that asks for more gets the job back later."""

PAUSE_SECONDS_MAX = 86_400.0
"""Longest pause that is believed: one without end would keep a process silent until its own."""

LOOK_AGAIN_SECONDS = 1.0
"""Longest sleep of one who keeps a pace before asking it again."""

TIMEOUT = httpx.Timeout(connect=10, read=130, write=60, pool=130)
"""Seconds. Dataverse gives up on an operation of its own after two minutes."""

CONNECTIONS_MAX = 64

THIS_MACHINE = ("127.0.0.1", "localhost")
"""Hosts of stand-ins, which are asked in ways in which others are not."""

T = TypeVar("T")

logger = logging.getLogger(__name__)


class Paused(Unavailable):
    """A system asked for a pause longer than this request may wait."""

    code = "paused"


def read_json(text: str | bytes) -> Any:
    """Return the JSON value in `text`, its numbers exact.

    `Response.json` and pydantic's JSON mode read numbers as floats, which hold about 16
    digits; a Dataverse money column holds 19.

    Raises: `ValueError` if `text` is not JSON, `NaN` and `Infinity` included.
    """
    try:
        return json.loads(text, parse_float=Decimal, parse_constant=_no_such_number)
    except ArithmeticError as error:
        raise ValueError("a number is larger than any that could be meant") from error


def write_json(value: Any) -> str:
    """Return `value` as JSON in ASCII, every digit of a `Decimal` kept.

    A day or time is written in ISO 8601, a time in UTC.

    Raises: `TypeError` for what has no exact form in JSON: a float, a time without a zone, a
    number that is not finite, a key that is not text, any other type.
    """
    return _json_text(value)


def exact_text(value: Decimal | date | UUID) -> str:
    """Return how the Web APIs write `value`, exactly and without an exponent.

    Raises: `TypeError` for a time without a zone and for a number that is not finite.
    """
    if isinstance(value, Decimal):
        if not value.is_finite():
            raise TypeError(f"{value} is not a number JSON can hold")
        return format(value, "f")
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise TypeError(f"{value} has no time zone")
        return value.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"
    return value.isoformat() if isinstance(value, date) else str(value)


def http_client(*, verify: ssl.SSLContext | bool = True) -> httpx.Client:
    """Return a client with this service's time limits, for one outside system.

    Cookies are dropped: the affinity cookie of a load balancer would tie every thread to one
    web server and to that server's limits.
    """
    nobody = DefaultCookiePolicy(allowed_domains=[])
    return httpx.Client(
        verify=verify,
        timeout=TIMEOUT,
        limits=httpx.Limits(max_connections=CONNECTIONS_MAX),
        cookies=CookieJar(policy=nobody),
    )


def retry_after_seconds(headers: Mapping[str, str]) -> float | None:
    """Return how long the server asks to be left alone, a day at most, or None if it does not say.

    A date is counted from the answer's own `Date`, so that no two clocks are compared.
    Source: RFC 9110, 10.2.3.
    """
    asked = headers.get("Retry-After", "")
    if asked.isdecimal():
        return min(float(asked), PAUSE_SECONDS_MAX)
    try:
        until, sent = parsedate_to_datetime(asked), parsedate_to_datetime(headers.get("Date", ""))
    except (ValueError, OverflowError):
        return None
    return min(max(0.0, (_in_utc(until) - _in_utc(sent)).total_seconds()), PAUSE_SECONDS_MAX)


class Pace(Protocol):
    """Keeps all threads that speak to one outside system within what it allows."""

    def turn(self) -> AbstractContextManager[None]:
        """Be one of the requests that may be on their way at once, as soon as that is so."""

    def pause_seconds(self) -> float:
        """Return how long to wait at most, or count a request and return 0."""


class Unhurried:
    """The pace of a system that sets no limits."""

    def turn(self) -> AbstractContextManager[None]:
        """Go ahead."""
        return nullcontext()

    def pause_seconds(self) -> float:
        """Return 0."""
        return 0.0


class Retries:
    """The patience of every thread that speaks to one outside system.

    When the system asks one thread to wait, all of them wait, so that a throttled client
    falls silent instead of knocking in turn. The clock is monotonic: it measures waiting and
    never tells the time.
    """

    def __init__(
        self,
        *,
        patience_seconds: float = PATIENCE_SECONDS,
        sleep: Callable[[float], None] = time.sleep,
        elapsed_seconds: Callable[[], float] = time.monotonic,
    ) -> None:
        self._patience = patience_seconds
        self._sleep = sleep
        self._now = elapsed_seconds
        self._backoff = wait_exponential_jitter(initial=1, max=30)
        self._opens_at = 0.0
        self._lock = Lock()

    @property
    def elapsed_seconds(self) -> Callable[[], float]:
        """The clock by which waiting is measured."""
        return self._now

    def run(
        self,
        attempt: Callable[[], T],
        *,
        may_repeat: Callable[[Work365Error], bool],
        pace: Pace | None = None,
    ) -> T:
        """Return what `attempt` returns, trying again as long as `may_repeat` and time allow.

        Every attempt is a turn at `pace`.

        Raises: the last error of `attempt`, or `Paused` if others' throttling used up the time.
        """
        deadline = self._now() + self._patience
        kept = pace or Unhurried()

        def when_open() -> T:
            # Closed before the turn ends, so that nobody who waits for it knocks in between.
            with kept.turn():
                self._wait_until_open(deadline, kept)
                try:
                    return attempt()
                except Unavailable as error:
                    self._close(error.retry_after_seconds or 0)
                    raise

        def is_enough(state: RetryCallState) -> bool:
            attempts_max = (
                ATTEMPTS_AT_A_CONTRADICTION_MAX
                if isinstance(_error_of(state), Contradiction)
                else ATTEMPTS_MAX
            )
            too_late = self._now() + state.upcoming_sleep > deadline
            return too_late or state.attempt_number >= attempts_max

        return Retrying(
            retry=retry_if_exception(
                lambda error: isinstance(error, Work365Error) and may_repeat(error)
            ),
            wait=self._pause_before_next,
            stop=is_enough,
            sleep=self._sleep,
            before_sleep=_note,
            reraise=True,
        )(when_open)

    def _wait_until_open(self, deadline: float, pace: Pace) -> None:
        # Asked again after each sleep: another thread may have been told to wait longer, and
        # an answer to another may have brought relief.
        while True:
            closed = max(0.0, self._opens_at - self._now())
            seconds = closed or pace.pause_seconds()
            if not seconds:
                return
            if self._now() + seconds > deadline:
                raise Paused("the system asked for a longer pause", seconds)
            self._sleep(closed or min(seconds, LOOK_AGAIN_SECONDS))

    def _close(self, seconds: float) -> None:
        with self._lock:
            self._opens_at = max(self._opens_at, self._now() + seconds)

    def _pause_before_next(self, state: RetryCallState) -> float:
        error = _error_of(state)
        asked = error.retry_after_seconds if isinstance(error, Unavailable) else None
        return self._backoff(state) if asked is None else asked


def _error_of(state: RetryCallState) -> BaseException | None:
    assert state.outcome is not None
    return state.outcome.exception()


def _note(state: RetryCallState) -> None:
    seconds, attempt = state.upcoming_sleep, state.attempt_number
    logger.warning("attempt %d failed, next in %.1f s: %s", attempt, seconds, _error_of(state))


def _in_utc(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _no_such_number(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _json_text(value: Any) -> str:
    match value:
        case str():
            return encode_basestring_ascii(value)
        case dict() | Mapping():
            return "{" + ",".join(map(_member_text, value.items())) + "}"
        case date() | UUID():
            return f'"{exact_text(value)}"'
        case Sequence() if not isinstance(value, bytes | bytearray):
            return "[" + ",".join(map(_json_text, value)) + "]"
        case _:
            return _literal_text(value)


def _member_text(member: tuple[Any, Any]) -> str:
    name, value = member
    if not isinstance(name, str):
        raise TypeError(f"{name!r} is not a JSON key")
    return f"{encode_basestring_ascii(name)}:{_json_text(value)}"


def _literal_text(value: Any) -> str:
    match value:
        case None | bool():
            return json.dumps(value)
        case int():
            return str(value)
        case Decimal():
            return exact_text(value)
        case _:
            raise TypeError(f"{type(value).__name__} has no exact form in JSON")
