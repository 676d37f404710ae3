"""What was requested: for tests that count, and for people who look.

Neither tokens nor bodies are kept; of the blobs' addresses not the query either, which holds a
token.
"""

from collections import deque
from dataclasses import asdict, dataclass
from threading import Lock
from typing import Any

REQUESTS_KEPT = 50_000
_SECRET_QUERIES = ("/billing-exports/",)


@dataclass(frozen=True, kw_only=True)
class SeenRequest:
    """One request that was answered. Status 0 is none: the connection was closed."""

    method: str
    path: str
    query: str
    status: int
    request_id: str
    correlation_id: str
    if_match: str
    fault: str
    """What went wrong on purpose; empty where nothing did."""


class RequestLog:
    """The last requests, the oldest first."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._requests: deque[SeenRequest] = deque(maxlen=REQUESTS_KEPT)

    def add(self, request: SeenRequest) -> None:
        """Remember a request, and forget the oldest where there are too many."""
        with self._lock:
            self._requests.append(request)

    def clear(self) -> None:
        """Forget every request."""
        with self._lock:
            self._requests.clear()

    def seen(self) -> list[SeenRequest]:
        """Return the requests."""
        with self._lock:
            return list(self._requests)

    def shown(self) -> list[dict[str, Any]]:
        """Return the requests as JSON values."""
        return [asdict(request) for request in self.seen()]


def shown_query(path: str, query: str) -> str:
    """Return the query that may be kept of an address."""
    return "" if path.startswith(_SECRET_QUERIES) else query
