"""Where changes wait that a provider is to be told of, and what became of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Protocol
from uuid import UUID

from work365.domain.changes import Change
from work365.domain.findings import Finding
from work365.domain.microsoft.actions import ProvisioningAction, ProvisioningStatus
from work365.domain.microsoft.provisioning import TermEndWanted
from work365.errors import Unavailable
from work365.ports.providers import ProviderKind
from work365.ports.seen_subscriptions import ExtendedServiceDecision


class ChangeTaken(Unavailable):
    """Somebody else took up, edited or deleted the change since it was read."""

    code = "change_taken"


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingChange:
    """An entry of a change log that the provider is, or was, to be told of."""

    id: UUID
    subscription: UUID
    change: Change
    status: ProvisioningStatus
    action: ProvisioningAction
    details: Mapping[str, Any] = field(default_factory=dict)
    """What the action needs beyond the quantity, by name."""
    reason: str | None = None
    attempts: int = 0
    """How often it was taken up."""
    attempt_epoch: int = 0
    """How often it failed; what is tried after that is a new request to the provider."""
    next_try_at: datetime | None = None
    """Nobody else takes it up before."""
    provider_reference: str | None = None
    """Order or operation at the provider that was begun for it."""
    said_again: TermEndWanted | None = None
    """What was scheduled for the end of the term, and is said again after the change."""
    message: str | None = None
    seen_etag: str | None = None
    kept: object = None
    """The store's own: the version of the row."""

    def is_due(self, at: datetime, today: date) -> bool:
        """Return whether it may be taken up."""
        waits = self.next_try_at is not None and at < self.next_try_at
        return self.status.is_open and self.change.effective_on <= today and not waits


@dataclass(frozen=True, slots=True, kw_only=True)
class ProvisionedSubscription:
    """A subscription with its whole log, and those of its changes that are not done.

    `pending` is in the order in which they hold; what failed holds back what comes later.
    """

    id: UUID
    key: str
    name: str
    contract: UUID | None
    reference: str | None
    """The provider's id of it; none before it is bought."""
    provider: str | None
    """Key of the provider; none where no provider account is entered."""
    provider_kind: ProviderKind | None
    """How the provider is told."""
    tenant: str | None
    """Of the customer, in lower case."""
    customer: UUID | None
    """The account that the tenant is mapped to."""
    is_on_credit_hold: bool = False
    """Whether that account is to owe nothing more."""
    agreement_signed_on: date | None
    part_number: str | None
    """`ProductId:SkuId` of its product."""
    term: str | None
    plan: str | None
    promotion: str | None
    friendly_name: str | None
    custom_term_end_on: date | None
    auto_renew: bool
    decision: ExtendedServiceDecision | None
    changes: tuple[Change, ...]
    pending: tuple[PendingChange, ...]
    begun: frozenset[str] = frozenset()
    """Orders and operations at the provider that entries of the log came to."""


@dataclass(frozen=True, slots=True)
class ReadyChanges:
    """What a store found to be done."""

    subscriptions: tuple[ProvisionedSubscription, ...]
    findings: tuple[Finding, ...] = ()
    """Changes that cannot be read, and why: nothing is sent for their subscriptions."""


class ProvisioningStore(Protocol):
    """Where changes wait that a provider is to be told of."""

    def ready(self, *, at: datetime, today: date, most: int) -> ReadyChanges:
        """Return the subscriptions of up to `most` changes that are due, the oldest first.

        Each comes with all its changes that are open or failed, due or not.
        """

    def take_up(self, change: PendingChange, *, until: datetime) -> PendingChange:
        """Claim `change` as it was read, so that nobody else takes it up before `until`.

        It counts one attempt more. Whoever ends without saying what became of it leaves it in
        progress, and it can be taken up again afterwards, as the same request.
        Raises: ChangeTaken.
        """

    def begin(
        self,
        change: PendingChange,
        *,
        reference: str | None = None,
        said_again: TermEndWanted | None = None,
    ) -> PendingChange:
        """Note what is about to be done at the provider, so that a crash does not forget it.

        `reference` takes the place of the one that is known, an empty one as well.
        Raises: ChangeTaken: somebody else took `change` up in the meantime; do nothing.
        """

    def put_off(
        self,
        change: PendingChange,
        *,
        until: datetime,
        message: str,
        reference: str | None = None,
        is_attempt: bool = True,
    ) -> None:
        """Leave it open, to be taken up again after `until` as the same request.

        It is in progress where it has a reference at the provider, and else awaits as before.
        Where nothing was tried, it is no attempt, and none is counted.
        Raises: ChangeTaken: somebody else took it up; or edited it, where it was only read.
        """

    def provisioned(
        self,
        change: PendingChange,
        *,
        at: datetime,
        message: str,
        reference: str | None = None,
        subscription_reference: str | None = None,
    ) -> None:
        """Note that it is done, and the id at the provider that its subscription has now, if new.

        What became of a change is written whatever else was edited in its row since: it happened.
        """

    def failed(self, change: PendingChange, *, message: str, reference: str | None = None) -> None:
        """Note that it will not be tried again until a person sets it back to awaiting.

        Raises: ChangeTaken: somebody else took it up in the meantime.
        """

    def not_applicable(self, change: PendingChange, *, message: str) -> None:
        """Note that nobody has to be told.

        Raises: ChangeTaken: somebody else took it up; or edited it, where it was only read.
        """
