"""Where providers and their accounts, which are customers' tenants, are kept."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum
from typing import Protocol
from uuid import UUID

from work365.domain.microsoft.customers import SeenCustomer, SignedAgreement
from work365.domain.microsoft.matching import Candidate, Match
from work365.errors import Refusal
from work365.ports.catalog import Tally


class ProviderMissing(Refusal):
    """There is no such provider."""

    code = "provider_missing"


class Cloud(Enum):
    """Which of Microsoft's clouds a partner is in."""

    GLOBAL = "global"
    US_GOVERNMENT = "us-government"
    CHINA = "china"
    """Operated by 21Vianet."""


class ProviderKind(Enum):
    """How a provider is told of changes."""

    DO_NOTHING = "do nothing"
    MANUAL = "manual"
    """A person tells it."""
    PARTNER_CENTER = "partner center"


class ConnectionState(Enum):
    """Whether the service can reach a provider, and as whom."""

    NOT_CONNECTED = "not connected"
    APP_ONLY = "connected app-only"
    DELEGATED = "connected with consent"
    BROKEN = "broken"


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """How the connection to a provider stands. Moments are in UTC."""

    state: ConnectionState
    consented_at: datetime | None = None
    token_expires_at: datetime | None = None
    """When the delegated connection ends, unless it is used before."""
    checked_at: datetime | None = None
    health: str | None = None
    """What is missing and how to mend it, in words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptProvider:
    """Microsoft as a provider, as it is kept."""

    id: UUID
    key: str
    name: str
    partner_tenant: str | None
    """In lower case; none before it was entered or consented for."""
    cloud: Cloud
    connection: Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptProviderAccount:
    """A customer's tenant as it is kept."""

    id: UUID
    tenant: str
    """In lower case."""
    name: str
    customer: UUID | None
    """None: nobody knows yet which customer it is, and nothing of it is billed."""
    domain: str | None = None
    relationship: str | None = None
    reseller: str | None = None
    agreement_signed_on: date | None = None
    unlisted_since: datetime | None = None
    last_synced_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class FoundCustomer:
    """A tenant as it was seen, with the customer that it was found to be."""

    seen: SeenCustomer
    match: Match | None = None


class ProviderBook(Protocol):
    """The providers themselves, and how the connection to each stands."""

    def providers(self) -> Sequence[KeptProvider]:
        """Return the providers that are reached through Partner Center, by key."""

    def provider(self, key: str) -> KeptProvider:
        """Return the provider with this key.

        Raises: ProviderMissing.
        """

    def set_connection(self, key: str, connection: Connection) -> None:
        """Show how the connection stands; what `connection` leaves empty becomes empty.

        Raises: ProviderMissing.
        """


class ProviderAccounts(Protocol):
    """Where the accounts at providers are kept. Several threads may ask at once."""

    def accounts(self, key: str) -> Sequence[KeptProviderAccount]:
        """Return all accounts at the provider, by tenant. Those without a customer are among them.

        Raises: ProviderMissing.
        """

    def candidates(self) -> Sequence[Candidate]:
        """Return the customers that a tenant may belong to: accounts that are not inactive."""

    def keep_customers(self, key: str, found: Sequence[FoundCustomer]) -> Tally:
        """Add or bring up to date the accounts of the tenants in `found`, and no others.

        A customer that is mapped stays so, whatever a rule finds. What has not changed is not
        written. One that was not listed for a while is listed again.
        """

    def mark_unlisted(self, key: str, tenants: Collection[str], *, at: datetime) -> None:
        """Note that the provider lists `tenants` no more; their accounts stay."""

    def mark_synced(self, key: str, tenants: Collection[str], *, at: datetime) -> None:
        """Note that all subscriptions of `tenants` were read at `at`."""

    def keep_agreements(self, key: str, signed: Iterable[SignedAgreement]) -> Tally:
        """Add the agreements that are not kept yet, and the day of the last on the account.

        Raises: Refusal: one is of a tenant that is not kept.
        """


class ProviderStore(ProviderBook, ProviderAccounts, Protocol):
    """Where providers and their accounts are kept."""

    def set_partner(self, key: str, *, tenant: str, cloud: Cloud) -> None:
        """Say which partner `key` stands for, and make the provider if it is not there."""
