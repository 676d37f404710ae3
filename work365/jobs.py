"""Work for later: one model per thing the service can be asked to do, and the queue for it."""

from typing import Annotated, Literal, Protocol
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, RootModel

CHUNK_CONTRACTS_MAX = 200
"""Contracts in one job: what a handful of queries reads and one change set writes."""


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


class Job(RootModel[SweepChanges | StartDueContracts | BillContracts]):
    """One message on the queue."""

    root: Annotated[SweepChanges | StartDueContracts | BillContracts, Field(discriminator="kind")]


class JobQueue(Protocol):
    """Where jobs wait; each is done at least once."""

    def put(
        self, job: SweepChanges | StartDueContracts | BillContracts, *, delay_seconds: int = 0
    ) -> None:
        """Add `job`, to be done once `delay_seconds` have passed."""
