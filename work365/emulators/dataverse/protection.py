"""Service protection: how much one user may ask of one server within a window of time.

Source: 6,000 requests, 1,200 seconds of execution and 52 requests at once, per user and web
server, in sliding windows of 300 seconds. A batch counts as one request (not verified), and
its time in full. Time is the machine's, not the emulator's clock: it is real work that is
limited.
"""

from collections import defaultdict, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from threading import Lock
from typing import Any

from work365.emulators.dataverse.errors import DataverseError

NANOSECONDS_IN_SECOND = 1_000_000_000
NANOSECONDS_IN_MS = 1_000_000
TOO_MANY = 429


@dataclass(frozen=True, kw_only=True)
class Limits:
    """The limits, and whether they are kept."""

    on: bool = False
    requests: int = 6_000
    concurrent: int = 52
    execution_ms: int = 1_200_000
    window_seconds: int = 300


@dataclass
class _Usage:
    """What one user asked for within the window: when, and how long it took."""

    running: int = 0
    started: deque[int] = field(default_factory=deque)
    finished: deque[tuple[int, int]] = field(default_factory=deque)


class Protection:
    """Keeps the limits. `clock` counts nanoseconds from any moment."""

    def __init__(self, clock: Callable[[], int]) -> None:
        self._clock = clock
        self._lock = Lock()
        self._usage: defaultdict[str, _Usage] = defaultdict(_Usage)
        self._limits = Limits()

    @property
    def limits(self) -> Limits:
        """The limits as they are."""
        return self._limits

    def change(self, **changes: Any) -> None:
        """Change limits, and forget what was used."""
        with self._lock:
            self._limits = replace(self._limits, **changes)
            self._usage.clear()

    @contextmanager
    def admitted(self, user_id: str) -> Iterator[dict[str, str]]:
        """Let a request of the user in, lending the headers that say what is left; or raise."""
        if not self._limits.on:
            yield {}
            return
        begun = self._clock()
        with self._lock:
            usage = self._usage[user_id]
            self._forget(usage, begun)
            self._check(usage, begun)
            usage.started.append(begun)
            usage.running += 1
            headers = self._remaining(usage)
        try:
            yield headers
        finally:
            with self._lock:
                ended = self._clock()
                usage.running -= 1
                usage.finished.append((ended, ended - begun))

    def _window(self) -> int:
        return self._limits.window_seconds * NANOSECONDS_IN_SECOND

    def _forget(self, usage: _Usage, now: int) -> None:
        oldest = now - self._window()
        while usage.started and usage.started[0] <= oldest:
            usage.started.popleft()
        while usage.finished and usage.finished[0][0] <= oldest:
            usage.finished.popleft()

    def _execution_ms(self, usage: _Usage) -> int:
        return sum(taken for _, taken in usage.finished) // NANOSECONDS_IN_MS

    def _check(self, usage: _Usage, now: int) -> None:
        limits = self._limits
        window = f"over time window of {limits.window_seconds} seconds."
        if usage.running >= limits.concurrent:
            raise self._refusal(
                "0x80072326",
                f"Number of concurrent requests exceeded the limit of {limits.concurrent}.",
                0,
            )
        if len(usage.started) >= limits.requests:
            raise self._refusal(
                "0x80072322",
                f"Number of requests exceeded the limit of {limits.requests} {window}",
                usage.started[0] + self._window() - now,
            )
        if self._execution_ms(usage) >= limits.execution_ms:
            raise self._refusal(
                "0x80072321",
                "Combined execution time of incoming requests exceeded limit of "
                f"{limits.execution_ms:,} milliseconds {window} Decrease number of concurrent "
                "requests or reduce the duration of requests and try again later.",
                usage.finished[0][0] + self._window() - now,
            )

    @staticmethod
    def _refusal(code: str, message: str, wait_nanoseconds: int) -> DataverseError:
        seconds = max(1, -(-wait_nanoseconds // NANOSECONDS_IN_SECOND))
        return DataverseError(TOO_MANY, code, message, headers={"Retry-After": str(seconds)})

    def _remaining(self, usage: _Usage) -> dict[str, str]:
        requests = self._limits.requests - len(usage.started)
        left_ms = max(0, self._limits.execution_ms - self._execution_ms(usage))
        return {
            "x-ms-ratelimit-burst-remaining-xrm-requests": str(requests),
            "x-ms-ratelimit-time-remaining-xrm-requests": f"{left_ms // 1_000:,}.00",
        }
