"""Where it is kept what a provider says of subscriptions, beside what billing goes by."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol
from uuid import UUID

from work365.domain import findings
from work365.domain.changes import Change
from work365.domain.microsoft.subscriptions import (
    NextTerm,
    RefundableSeats,
    SeenSubscription,
    TermEnd,
)
from work365.ports.catalog import KeptSubscription, Tally


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtendedServiceDecision:
    """What a customer decided about going on month by month, at a higher price."""

    outcome: TermEnd
    """Renew, cancel or extend."""
    decided_on: date | None = None
    """None where a person entered the decision alone."""
    decided_by: str | None = None

    def __post_init__(self) -> None:
        assert self.outcome is not TermEnd.TRANSITION, "a transition is no such decision"


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedSubscription:
    """A subscription of ours with its change log, as far as a provider has a say in it."""

    id: UUID
    reference: str
    """The provider's id of it, in lower case."""
    tenant: str | None
    """Of the customer, in lower case; none where no provider account is entered."""
    kept: KeptSubscription
    pending: frozenset[str] = frozenset()
    """Keys of changes that wait for the provider, or are under way there."""
    seen_quantity: int | None = None
    """Seats that the provider showed last time."""
    decision: ExtendedServiceDecision | None = None
    row: object = None
    """The store's own: the row as it was read."""


@dataclass(frozen=True, slots=True)
class ProviderChange:
    """A change that was made at the provider's end, as an entry of our change log.

    The key is made from what was changed, so that the same change is one entry.
    """

    subscription: UUID
    change: Change
    reason: str
    """In words: what was seen, and how it became known."""
    seen_etag: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MirroredSubscription:
    """What the provider last said of a subscription of ours, without asking it again."""

    id: UUID
    key: str
    name: str
    reference: str
    tenant: str | None
    contract: UUID | None
    seen_at: datetime
    provider_status: str | None
    """In the provider's word, such as `active`."""
    term: str | None
    plan: str | None
    term_end_on: date | None
    """First day after the term."""
    auto_renew: bool
    term_end: TermEnd | None
    next_term: NextTerm | None
    in_extended_term: bool
    cancel_until: datetime | None
    refundable: tuple[RefundableSeats, ...] | None
    """None where the provider does not say it."""
    decision: ExtendedServiceDecision | None


class SubscriptionLog(Protocol):
    """The subscriptions of ours that a provider has, with their change logs."""

    def logged(
        self, provider: str, *, references: Collection[str], tenants: Collection[str] = ()
    ) -> Sequence[LoggedSubscription]:
        """Return the subscriptions with these ids at the provider, and all of these tenants."""

    def keep_seen(
        self, seen: Sequence[tuple[LoggedSubscription, SeenSubscription]], *, at: datetime
    ) -> Tally:
        """Bring up to date what the provider says: term, its end, what is next, windows.

        Nothing of it is billed by. What has not changed is not written; that it was seen is
        noted again after most of a day.
        """

    def add_changes(self, changes: Sequence[ProviderChange]) -> Tally:
        """Add those entries that are not kept yet; those that are stay as they are."""


class SubscriptionMirror(SubscriptionLog, Protocol):
    """Where it is kept what a provider says of subscriptions."""

    def mirrored(self, provider: str) -> findings.Reading[MirroredSubscription]:
        """Return what the provider last said of all its subscriptions, by key."""

    def decide(self, subscription: UUID, decision: ExtendedServiceDecision) -> None:
        """Keep what the customer decided about the extended service term."""
