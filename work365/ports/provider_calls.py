"""What the service asks a provider for, and why: told, so that a partner can look it up."""

from dataclasses import dataclass
from enum import Enum
from typing import Protocol


class CallOutcome(Enum):
    """How a call ended."""

    DONE = "done"
    REFUSED = "refused"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderCall:
    """One request to a provider. Nothing in it is about a person, and nothing is secret."""

    purpose: str
    """In words, such as `nightly sync of subscriptions`."""
    method: str
    route: str
    """The path, with names in braces where ids stood."""
    is_delegated: bool
    """Whether it was made on behalf of the user who consented."""
    request_id: str
    correlation_id: str
    status: int | None
    """HTTP status, None where there was no answer."""
    outcome: CallOutcome


class CallRecorder(Protocol):
    """Keeps what was asked. Called by many threads at once."""

    def record(self, call: ProviderCall) -> None:
        """Take note of `call`. It does not fail: a call that was made is not undone by it."""


class Unrecorded:
    """Keeps nothing, where a log is enough."""

    def record(self, call: ProviderCall) -> None:
        """Forget `call`."""
