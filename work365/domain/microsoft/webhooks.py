"""Where Microsoft tells what happened, and what it is asked to tell."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookRegistration:
    """The one registration that a partner has for an application."""

    url: str
    events: frozenset[str]
    """Microsoft's own names, such as `subscription-updated`."""
    signs_in_own_header: bool = False
    """Whether the signature is in `x-ms-signature`, which gateways leave alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookTrial:
    """What became of a test event that was asked for."""

    status: str
    """Microsoft's own word, such as `completed`."""
    answers: tuple[str, ...] = ()
    """How our address answered, such as `OK`."""

    @property
    def arrived(self) -> bool:
        """Whether the event was delivered and taken."""
        return self.status.lower() == "completed" and "OK" in self.answers
