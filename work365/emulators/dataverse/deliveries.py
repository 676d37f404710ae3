"""Posts messages to webhooks as Dataverse does, and keeps a list of what became of them."""

from collections import deque
from dataclasses import asdict, dataclass
from threading import Condition
from typing import Any

import httpx

from work365.emulators.dataverse.contexts import Message
from work365.emulators.dataverse.steps import Step
from work365.emulators.dataverse.transactions import RowEvent

TIMEOUT_SECONDS = 60
RETRIED = frozenset((502, 503, 504))
"""Statuses after which there is one more attempt; after no other answer, and only one."""

ATTEMPTS_MAX = 2
DELIVERIES_KEPT = 10_000


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """What became of one message."""

    step: str
    url: str
    message: str
    table: str
    row_id: str
    attempts: int
    status: int | None
    """Nothing where there was no answer."""

    failure: str = ""

    @property
    def succeeded(self) -> bool:
        """Whether the webhook took the message."""
        return self.status is not None and httpx.codes.is_success(self.status)


class Courier:
    """Posts messages."""

    def __init__(self) -> None:
        self._client = httpx.Client(
            timeout=TIMEOUT_SECONDS, trust_env=False, follow_redirects=False
        )

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def deliver(
        self, step: Step, event: RowEvent, message: Message, correlation_id: str
    ) -> Delivery:
        """Post a message, and once more if the answer asks for it."""
        headers = {
            "Content-Type": "application/json",
            "x-ms-dynamics-organization": "localhost",
            "x-ms-dynamics-entity-name": event.table.name,
            "x-ms-dynamics-request-name": event.message,
            "x-ms-correlation-request-id": correlation_id,
            **step.headers,
        }
        if message.is_stripped:
            headers["x-ms-dynamics-msg-size-exceeded"] = "true"
        status: int | None = None
        failure = ""
        attempts = 0
        while attempts < ATTEMPTS_MAX:
            attempts += 1
            try:
                answer = self._client.post(step.url, content=message.body, headers=headers)
            except httpx.HTTPError as error:
                status, failure = None, f"{type(error).__name__}: {error}"
                break
            status = answer.status_code
            failure = "" if answer.is_success else f"The webhook answered {status}."
            if status not in RETRIED:
                break
        return described(step, event, attempts=attempts, status=status, failure=failure)


def described(
    step: Step, event: RowEvent, *, attempts: int, status: int | None, failure: str
) -> Delivery:
    """Return the account of a delivery."""
    return Delivery(
        step=step.name,
        url=step.url.split("?")[0],
        message=event.message,
        table=event.table.name,
        row_id=event.row_id,
        attempts=attempts,
        status=status,
        failure=failure,
    )


class Ledger:
    """The deliveries that were made, and how many are still to come."""

    def __init__(self) -> None:
        self._made: deque[Delivery] = deque(maxlen=DELIVERIES_KEPT)
        self._pending = 0
        self._changed = Condition()

    def expect(self, count: int) -> None:
        """Count messages that are on their way."""
        with self._changed:
            self._pending += count

    def arrived(self, count: int) -> None:
        """Count messages off that have come to their end."""
        with self._changed:
            self._pending -= count
            self._changed.notify_all()

    def add(self, delivery: Delivery) -> None:
        """Keep the account of a delivery."""
        with self._changed:
            self._made.append(delivery)

    def clear(self) -> None:
        """Forget the deliveries that were made."""
        with self._changed:
            self._made.clear()

    def wait(self, seconds: int) -> bool:
        """Wait until nothing is on its way; return whether it came to that in time."""
        with self._changed:
            return self._changed.wait_for(lambda: self._pending == 0, timeout=seconds)

    def shown(self) -> dict[str, Any]:
        """Return the deliveries for people and tests to read."""
        with self._changed:
            return {"pending": self._pending, "deliveries": [asdict(each) for each in self._made]}
