"""How many requests are on their way at once, and how fast they follow each other.

Dataverse limits a user, in a sliding window of five minutes and on each of its web servers, to
6,000 requests, 20 minutes of execution and 52 requests at once. Its answers say what is left
and how many requests at once it recommends. Whoever runs into a limit is shut out for as long
as it takes until the oldest requests leave the window; whoever keeps to what was said is not.

Other workers of the same user are seen only in what the answers say is left.
"""

import logging
import re
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Condition

WINDOW_SECONDS = 300.0
DEGREE_OF_PARALLELISM = 4
DEGREE_OF_PARALLELISM_MAX = 16
"""Far below the 52 requests at once that Dataverse allows a user, who may have more workers."""

RESERVE_PARTS = 4
"""Of what is allowed in a window, the last of so many parts is spent slowly."""
MARGIN_PARTS = 40
"""One of so many parts is kept unused, because answers tell what was left a moment ago."""
PROBES_PER_WINDOW = 20
"""How often one request finds out what is left, when nothing else could tell."""
OWN_SHARE = 0.9
"""With so much of what is allowed sent from here, nobody else is busy."""
LATENCY_SECONDS = 0.5
"""A request is counted where it arrives, which is later than it was sent."""
ANSWERS_TO_RECOVER = 50
"""Answers without a refusal after which one more request at once is tried."""
WEIGHT_OF_NEWEST = 0.1

DEGREE_HINT = "x-ms-dop-hint"
REQUESTS_LEFT = "x-ms-ratelimit-burst-remaining-xrm-requests"
SECONDS_LEFT = "x-ms-ratelimit-time-remaining-xrm-requests"

TOO_MANY_AT_ONCE = frozenset({"0x80072321", "0x80072326"})
"""Codes of the limits on execution time and on requests at once: fewer at once help."""

NUMBER = re.compile(r"[0-9][0-9,]*(\.[0-9]+)?")

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class _Allowance:
    """What is left of one limit."""

    most: float = 0.0
    """The most that was ever left, which is the limit unless others are always busy."""
    left: float = 0.0

    def tell(self, left: float, *, spent: float = 0) -> None:
        """Take note that so much was left, of which `spent` may be gone by now."""
        was_scarce = self.is_scarce
        self.left = left - spent
        self.most = max(self.most, left)
        if self.is_scarce and not was_scarce:
            logger.info("going slowly: %d of %d left", self.left, self.most)

    @property
    def is_scarce(self) -> bool:
        """Whether only the reserve is left."""
        return self.most > 0 and self.left <= self.most / RESERVE_PARTS

    def spacing_seconds(
        self, cost: float, window_seconds: float, relief_seconds: float = 0.0
    ) -> float:
        """Return how long to wait after a request of `cost`, so that what is left lasts.

        It lasts evenly until more is left in `relief_seconds`. With only the margin left the
        pace is one that can be kept for ever, where as much is spent as leaves the window.
        """
        if not self.is_scarce:
            return 0.0
        slowest = window_seconds / PROBES_PER_WINDOW
        if self.left <= 0:
            return slowest
        margin = self.most / MARGIN_PARTS
        evenly = relief_seconds * cost / max(self.left - margin, cost)
        for_ever = cost * window_seconds / self.most * margin / self.left
        return min(max(evenly, for_ever), slowest)


class Pace:
    """The pace of every thread that speaks to one environment as one user.

    `elapsed_seconds` is a clock that only measures waiting.
    """

    def __init__(
        self,
        *,
        window_seconds: float = WINDOW_SECONDS,
        elapsed_seconds: Callable[[], float] = time.monotonic,
    ) -> None:
        self._window = window_seconds
        self._now = elapsed_seconds
        self._changed = Condition()
        self._running = 0
        self._hint = DEGREE_OF_PARALLELISM
        self._cap = DEGREE_OF_PARALLELISM_MAX
        self._calm_answers = 0
        self._requests = _Allowance()
        self._execution = _Allowance()
        self._usual_seconds = 0.0
        self._sent: deque[float] = deque()
        self._last_sent = float("-inf")

    @property
    def degree_of_parallelism(self) -> int:
        """How many requests may be on their way at once."""
        return min(self._hint, self._cap)

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Be one of the requests on their way, as soon as there are few enough of them."""
        with self._changed:
            self._changed.wait_for(lambda: self._running < self.degree_of_parallelism)
            self._running += 1
        try:
            yield
        finally:
            with self._changed:
                self._running -= 1
                self._changed.notify_all()

    def pause_seconds(self) -> float:
        """Return how long to wait at most, or count a request and return 0.

        Ask again in between: an answer may have brought relief.
        """
        with self._changed:
            self._credit()
            now = self._now()
            seconds = self._seconds_to_wait(now)
            if seconds > 0:
                return seconds
            self._sent.append(now)
            self._last_sent = now
            self._requests.left = max(0.0, self._requests.left - 1)
            return 0.0

    def note(self, headers: Mapping[str, str], seconds: float) -> None:
        """Take note of what an answer says, which took `seconds`.

        A header that is missing or not a number says nothing.
        """
        hint, requests, execution = (
            _number(headers.get(name, "")) for name in (DEGREE_HINT, REQUESTS_LEFT, SECONDS_LEFT)
        )
        with self._changed:
            if hint is not None:
                self._hint = min(max(int(hint), 1), DEGREE_OF_PARALLELISM_MAX)
            if requests is not None:
                self._forget(self._window)
                # Those on their way may not be counted in it yet.
                self._requests.tell(requests, spent=self._running - 1)
            if execution is not None:
                self._execution.tell(execution)
            self._usual_seconds += (seconds - self._usual_seconds) * WEIGHT_OF_NEWEST
            self._recover()
            self._changed.notify_all()

    def refused(self, code: str | None) -> None:
        """Take note that a limit was reached, by the code of Dataverse's refusal."""
        with self._changed:
            self._calm_answers = 0
            if code in TOO_MANY_AT_ONCE:
                self._cap = max(1, self.degree_of_parallelism // 2)
                logger.warning("too much at once: from now on %d requests", self._cap)
            else:
                self._requests.left = min(self._requests.left, 0.0)

    def _recover(self) -> None:
        if self._cap >= self._hint:
            return
        self._calm_answers += 1
        if self._calm_answers >= ANSWERS_TO_RECOVER:
            self._calm_answers = 0
            self._cap += 1

    def _seconds_to_wait(self, now: float) -> float:
        if self._requests.most and self._requests.left < 1:
            return self._relief() - now
        spacing = max(
            self._requests.spacing_seconds(1, self._window, max(0.0, self._leaving() - now)),
            self._execution.spacing_seconds(self._usual_seconds, self._window),
        )
        return self._last_sent + spacing - now

    def _relief(self) -> float:
        """Return when there may be something left again, where nothing is."""
        probe = self._last_sent + self._window / PROBES_PER_WINDOW
        if not self._sent:
            return probe
        # Where others took part of it, theirs may leave the window first.
        all_ours = len(self._sent) >= self._requests.most * OWN_SHARE
        return self._leaving() if all_ours else min(probe, self._leaving())

    def _leaving(self) -> float:
        """Return when our oldest request leaves the window."""
        return self._sent[0] + self._window + LATENCY_SECONDS if self._sent else self._last_sent

    def _credit(self) -> None:
        """Count requests as left again that are no longer in the window."""
        freed = self._forget(self._window + LATENCY_SECONDS)
        self._requests.left = min(self._requests.left + freed, self._requests.most)

    def _forget(self, seconds: float) -> int:
        """Forget the requests sent so long ago, and return how many there were."""
        before, now = len(self._sent), self._now()
        while self._sent and self._sent[0] + seconds <= now:
            self._sent.popleft()
        return before - len(self._sent)


def _number(text: str) -> float | None:
    return float(text.replace(",", "")) if NUMBER.fullmatch(text) else None
