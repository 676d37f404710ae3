"""How fast a partner's requests follow each other.

Microsoft allows a partner 500 requests a minute to its customers, subscriptions and orders,
and counts those that it refuses too. Whoever keeps to it is never refused; workers of the
same partner on other machines are not seen here, and are told by a 429.

Source: "API throttling guidance" and the note in "Subscription resources".
"""

import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore, Lock, local

REQUESTS_PER_MINUTE = 500
WINDOW_SECONDS = 60.0
LOOK_AGAIN_SECONDS = 0.1
"""How soon one looks again who waits for requests that are all still on their way."""
AT_ONCE_MAX = 16


class MinutePace:
    """The pace of every thread that asks for one partner.

    Microsoft counts a request at some moment between its sending and its answer. So a place is
    taken from the sending on, and is free again when the window has passed since the answer: no
    window of Microsoft's has too many, however long a request is on its way.
    `elapsed_seconds` is a clock that only measures waiting.
    """

    def __init__(
        self,
        *,
        requests_per_minute: int = REQUESTS_PER_MINUTE,
        window_seconds: float = WINDOW_SECONDS,
        elapsed_seconds: Callable[[], float] = time.monotonic,
    ) -> None:
        self._most = requests_per_minute
        self._window = window_seconds
        self._now = elapsed_seconds
        self._answered: deque[float] = deque()
        self._under_way = 0
        self._lock = Lock()
        self._at_once = BoundedSemaphore(AT_ONCE_MAX)
        self._here = local()

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Be one of the requests on their way, as soon as there are few enough of them."""
        with self._at_once:
            self._here.counted = 0
            try:
                yield
            finally:
                with self._lock:
                    self._under_way -= self._here.counted
                    self._answered.extend([self._now()] * self._here.counted)

    def pause_seconds(self) -> float:
        """Return how long to wait at most, or count a request of this turn and return 0."""
        with self._lock:
            now = self._now()
            while self._answered and self._answered[0] + self._window <= now:
                self._answered.popleft()
            if self._under_way + len(self._answered) < self._most:
                self._under_way += 1
                self._here.counted += 1
                return 0.0
            if not self._answered:
                return LOOK_AGAIN_SECONDS
            return self._answered[0] + self._window - now
