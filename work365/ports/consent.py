"""Where consents are kept: links by which they may be given, and who gave which."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Protocol

from work365.errors import Refusal


class ConsentLinkRefused(Refusal):
    """A consent link that opens nothing: unknown, used, expired or withdrawn."""

    code = "consent_link_refused"


class RequestState(Enum):
    """Whether the link of a consent request can still be used."""

    OPEN = "open"
    USED = "used"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentRequest:
    """A link by which an administrator may consent, once. Moments are in UTC."""

    token_hash: str
    """SHA-256 of the link's token as 64 hexadecimal digits; the token itself is kept nowhere."""
    provider: str
    """Key of the provider."""
    requested_by: str
    expires_at: datetime
    state: RequestState = RequestState.OPEN
    used_at: datetime | None = None
    kept: object = None
    """The ledger's own: the row and the version that was read."""


class ConsentKind(Enum):
    """Whose consent it is."""

    PARTNER = "partner"
    """Of the partner, that the service may act for the person who consents."""
    CUSTOMER = "customer"
    """In a customer's tenant, given by the partner."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenConsent:
    """Who allowed the service what, and when. Moments are in UTC."""

    provider: str
    """Key of the provider."""
    kind: ConsentKind
    tenant: str
    """Whose data it is about, in lower case."""
    application: str
    """Client id of the application that was allowed."""
    scopes: tuple[str, ...]
    """In Microsoft's words."""
    given_at: datetime
    given_by: str | None = None
    """Name of the person who signed in."""
    given_by_object_id: str | None = None
    role_seen: str | None = None
    """The role of the person that made it possible."""
    mfa_seen: bool = False
    expires_at: datetime | None = None
    """When it would end without being used again; none where it has no end."""
    correlation_id: str | None = None
    withdrawn_at: datetime | None = None

    @property
    def is_withdrawn(self) -> bool:
        """Whether it was taken back."""
        return self.withdrawn_at is not None


class ConsentLedger(Protocol):
    """Where consents are kept. What was recorded is never changed but by being withdrawn."""

    def open_request(self, request: ConsentRequest) -> None:
        """Keep a new link."""

    def request(self, token_hash: str) -> ConsentRequest | None:
        """Return the request with this hash of its token, whatever its state."""

    def use_request(self, request: ConsentRequest, *, at: datetime) -> None:
        """Use up `request`, as it was read; of two at once, one succeeds.

        Raises: ConsentLinkRefused: it is not open, or not any more, or has expired by `at`.
        """

    def expire_requests(self, *, at: datetime) -> int:
        """Close the open links that have expired by `at`; return how many."""

    def withdraw_requests(self, provider: str) -> int:
        """Close all open links of a provider; return how many."""

    def record(self, consents: Sequence[GivenConsent]) -> None:
        """Add `consents`; one that is recorded already is recorded once."""

    def withdraw(
        self, *, provider: str, kind: ConsentKind, tenant: str, application: str, at: datetime
    ) -> int:
        """Mark what was given as withdrawn; return how many, none if it was so already."""

    def consents(self, *, provider: str, kind: ConsentKind | None = None) -> Sequence[GivenConsent]:
        """Return what was given, withdrawn or not, the last first."""
