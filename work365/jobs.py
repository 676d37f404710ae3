"""Work for later: one model per thing the service can be asked to do, and the queue for it."""

from enum import StrEnum
from typing import Annotated, Literal, Protocol, TypeAlias
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, RootModel

CHUNK_CONTRACTS_MAX = 200
"""Contracts in one job: what a handful of queries reads and one change set writes."""

CHUNK_TENANTS_MAX = 250
"""Customers whose subscriptions one job reads: half a minute of what Microsoft allows."""


class Message(BaseModel):
    """What all jobs have in common."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class SweepChanges(Message):
    """Read what changed since the last sweep, and settle the contracts that it touches."""

    kind: Literal["sweep_changes"] = "sweep_changes"


class StartDueContracts(Message):
    """Settle the contracts whose next invoice date has come."""

    kind: Literal["start_due_contracts"] = "start_due_contracts"


class BillContracts(Message):
    """Bring the invoices of a chunk of contracts up to date, as of the day it is done on."""

    kind: Literal["bill_contracts"] = "bill_contracts"
    contracts: tuple[UUID, ...] = Field(min_length=1, max_length=CHUNK_CONTRACTS_MAX)
    closes: bool
    """Whether invoices whose date is over are closed, or drafts made anew and nothing else."""


class HandleProviderEvents(Message):
    """Read again what Microsoft's messages are about."""

    kind: Literal["handle_provider_events"] = "handle_provider_events"


class ProviderPart(StrEnum):
    """What can be brought over from Microsoft."""

    CUSTOMERS = "customers"
    AGREEMENTS = "agreements"
    PRODUCTS = "products"
    PRICES = "prices"
    PROMOTIONS = "promotions"
    SUBSCRIPTIONS = "subscriptions"
    ENTITLEMENTS = "entitlements"
    AUDIT = "audit"
    INVOICES = "invoices"


class SyncProvider(Message):
    """Bring one part of what is at Microsoft over."""

    kind: Literal["sync_provider"] = "sync_provider"
    part: ProviderPart
    tenants: tuple[str, ...] = Field(default=(), max_length=CHUNK_TENANTS_MAX)
    """Whose subscriptions; everybody's where none are named."""


class SyncEverySubscription(Message):
    """Bring the customers over, and then the subscriptions of all of them in chunks."""

    kind: Literal["sync_every_subscription"] = "sync_every_subscription"


class ProvisionChanges(Message):
    """Tell providers of the changes that await it."""

    kind: Literal["provision_changes"] = "provision_changes"


class WatchConnection(Message):
    """Use the delegated connection, so that it stays, and look at what will end."""

    kind: Literal["watch_connection"] = "watch_connection"


class WatchDecisions(Message):
    """Look for windows that close and terms that end, while something can still be decided."""

    kind: Literal["watch_decisions"] = "watch_decisions"


BillingJob: TypeAlias = SweepChanges | StartDueContracts | BillContracts
ProviderJob: TypeAlias = (
    HandleProviderEvents
    | SyncProvider
    | SyncEverySubscription
    | ProvisionChanges
    | WatchConnection
    | WatchDecisions
)
AnyJob: TypeAlias = BillingJob | ProviderJob


class Job(RootModel[AnyJob]):
    """One message on the queue."""

    root: Annotated[AnyJob, Field(discriminator="kind")]


class JobQueue(Protocol):
    """Where jobs wait; each is done at least once."""

    def put(self, job: AnyJob, *, delay_seconds: int = 0) -> None:
        """Add `job`, to be done once `delay_seconds` have passed."""
