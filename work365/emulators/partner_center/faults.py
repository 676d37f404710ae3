"""Faults on demand: the next requests that match go wrong in the way that was asked for."""

from dataclasses import dataclass
from http import HTTPStatus
from threading import Lock

NOTHING, HALF_BODY, STATUS, ACCEPTED, SLOW, THROTTLED = (
    "nothing",
    "half_body",
    "status",
    "accepted",
    "slow",
    "throttled",
)
KINDS = (NOTHING, HALF_BODY, STATUS, ACCEPTED, SLOW, THROTTLED)
"""A closed connection, half an answer, a bare status, 202 with Location, an answer that comes
late, and 429."""


@dataclass(kw_only=True)
class Fault:
    """Something that goes wrong with the next `count` requests that match."""

    kind: str
    count: int = 1
    method: str = ""
    """Nothing matches every method."""

    path: str = ""
    """Part of the request's path, in any case; nothing matches every path."""

    status: int = HTTPStatus.INTERNAL_SERVER_ERROR
    retry_after: int | None = None
    seconds: float = 0
    """How late the answer comes."""

    shape: str = "gateway"
    """Of a 429: `gateway` or `service`."""

    after_work: bool = False
    """Whether the request does its work before it goes wrong."""

    def matches(self, method: str, path: str) -> bool:
        """Return whether the fault is meant for this request."""
        return self.method.upper() in ("", method) and self.path.casefold() in path.casefold()


class Faults:
    """The faults that are still to happen; the first that matches goes first."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._waiting: list[Fault] = []

    def plan(self, faults: list[Fault]) -> None:
        """Put these faults in the place of those that were planned."""
        with self._lock:
            self._waiting = list(faults)

    def add(self, fault: Fault) -> None:
        """Plan one more fault, after the others."""
        with self._lock:
            self._waiting.append(fault)

    def take(self, method: str, path: str) -> Fault | None:
        """Return the fault of this request, counted off, or nothing."""
        with self._lock:
            for fault in self._waiting:
                if fault.count > 0 and fault.matches(method, path):
                    fault.count -= 1
                    return fault
        return None
