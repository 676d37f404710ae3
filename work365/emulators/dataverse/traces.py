"""Remembers the last requests: what was asked, by whom, with what result, in what time.

Of an address the path alone is kept, for a query can carry what is nobody's business; tokens,
headers and bodies are not kept at all.
"""

from collections import deque
from dataclasses import asdict, dataclass
from threading import Lock
from typing import Any

REQUESTS_KEPT = 1_000


@dataclass(frozen=True, kw_only=True)
class TracedRequest:
    """One request that was answered."""

    method: str
    path: str
    status: int
    caller: str
    """Id of the user who signed in; empty where nobody did."""

    on_behalf_of: str
    """Id of the user in whose place it was done; empty where that is the caller."""

    milliseconds: int


class Trace:
    """The last requests, the oldest first."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._requests: deque[TracedRequest] = deque(maxlen=REQUESTS_KEPT)

    def add(self, request: TracedRequest) -> None:
        """Remember a request, and forget the oldest where there are too many."""
        with self._lock:
            self._requests.append(request)

    def clear(self) -> None:
        """Forget every request."""
        with self._lock:
            self._requests.clear()

    def shown(self) -> list[dict[str, Any]]:
        """Return the requests for people and tests to read."""
        with self._lock:
            return [asdict(request) for request in self._requests]
