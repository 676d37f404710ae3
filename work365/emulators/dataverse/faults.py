"""Faults on demand: the next requests that match go wrong in the way that was asked for."""

from dataclasses import dataclass
from http import HTTPStatus
from threading import Lock

from work365.emulators.dataverse.calls import Answer, error_answer
from work365.emulators.dataverse.errors import DataverseError

DROP, HALF_BODY, STATUS = "drop", "half_body", "status"
KINDS = (DROP, HALF_BODY, STATUS)
CODES = {
    401: ("0x80072560", "The access token has expired."),
    429: (
        "0x80072322",
        "Number of requests exceeded the limit of 6000 over time window of 300 seconds.",
    ),
    500: ("0x80040216", "An unexpected error occurred."),
    503: ("0x80040216", "The service is unavailable."),
}
"""Code and text of the statuses that can be asked for."""


@dataclass(kw_only=True)
class Fault:
    """Something that goes wrong with the next `count` requests that match."""

    kind: str
    count: int = 1
    method: str = ""
    """Nothing matches every method."""

    path: str = ""
    """Part of the request's path; nothing matches every path."""

    status: int = HTTPStatus.SERVICE_UNAVAILABLE
    retry_after: int | None = None
    after_work: bool = False
    """Whether the request does its work before it goes wrong."""

    def matches(self, method: str, path: str) -> bool:
        """Return whether the fault is meant for this request."""
        return self.method in ("", method) and self.path in path

    def answer(self) -> Answer:
        """Return the answer that the fault gives in place of the request's own."""
        code, message = CODES[self.status]
        answer = error_answer(DataverseError(self.status, code, message))
        if self.status == HTTPStatus.UNAUTHORIZED:
            answer.headers["WWW-Authenticate"] = "Bearer"
        if self.retry_after is not None:
            answer.headers["Retry-After"] = str(self.retry_after)
        return answer


class Faults:
    """The faults that are still to happen, the first that matches going first."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._waiting: list[Fault] = []

    def plan(self, faults: list[Fault]) -> None:
        """Put these faults in the place of those that were planned."""
        with self._lock:
            self._waiting = list(faults)

    def take(self, method: str, path: str) -> Fault | None:
        """Return the fault of this request, counted off, or nothing."""
        with self._lock:
            for fault in self._waiting:
                if fault.count > 0 and fault.matches(method, path):
                    fault.count -= 1
                    return fault
        return None
