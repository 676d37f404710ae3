"""What providers rang about: each message once, until what it is about was read again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderEvent:
    """A provider's message that something changed: a doorbell, not a delivery."""

    name: str
    """In the provider's words, such as `subscription-updated`."""
    path: str
    """Path of the resource, read off the address that was sent, which is never fetched."""
    changed_at: datetime
    """In UTC, when the provider says that it changed."""

    @property
    def key(self) -> str:
        """What makes two messages the same one: providers give them no id."""
        moment = self.changed_at.astimezone(UTC).isoformat()
        return sha256(f"{self.name}\n{self.path}\n{moment}".encode()).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceivedEvent:
    """An event as it is kept."""

    event: ProviderEvent
    received_at: datetime
    kept: object = None
    """The inbox's own: its row."""


class EventInbox(Protocol):
    """What providers rang about."""

    def remember(self, provider: str, event: ProviderEvent, *, at: datetime) -> bool:
        """Keep `event` of the provider with this key; return whether it is a new one.

        After an answer was lost it may be called new twice, and is kept once all the same.
        """

    def unhandled(self, provider: str, *, most: int) -> Sequence[ReceivedEvent]:
        """Return up to `most` events that nobody has handled yet, the oldest change first."""

    def mark_handled(self, events: Sequence[ReceivedEvent], *, at: datetime, outcome: str) -> None:
        """Note what became of `events`, in words."""
