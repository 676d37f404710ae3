"""Where contracts, change logs and invoices are kept."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol
from uuid import UUID

from work365.domain.accounts import Account
from work365.domain.findings import Finding, Severity
from work365.domain.settlements import Settlement
from work365.errors import Refusal, Unavailable


class Overtaken(Unavailable):
    """Another run wrote to the same invoices first; read again and settle again."""

    code = "overtaken"


@dataclass(frozen=True, slots=True)
class ContractFinding:
    """A finding about one contract."""

    contract: UUID
    finding: Finding

    @classmethod
    def of(cls, refusal: Refusal, *, contract: UUID, key: str) -> "ContractFinding":
        """Return the finding that `refusal` is about the contract with this id and key."""
        path = f"billing contract {key}"
        return cls(contract, Finding(Severity.ERROR, refusal.code, str(refusal), path))


@dataclass(frozen=True, slots=True)
class KeptAccount:
    """An account as it was read, with what its store needs in order to write to it."""

    account: Account
    kept: object
    """The store's own: rows, ids and versions as they were read."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What a store found of the contracts that it was asked for."""

    accounts: tuple[KeptAccount, ...]
    findings: tuple[ContractFinding, ...]
    """Contracts that cannot be billed as they are kept, and why."""


@dataclass(frozen=True, slots=True)
class Written:
    """What one write changed."""

    invoices: int = 0
    lines: int = 0


class BillingStore(Protocol):
    """Where contracts, change logs and invoices are kept."""

    def read_accounts(self, contracts: Sequence[UUID]) -> Reading:
        """Return the accounts of `contracts`; one that is not there any more is left out."""

    def keep(self, settlements: Sequence[tuple[KeptAccount, Settlement]]) -> Written:
        """Make the invoices be as the settlements say, all or none of them.

        Raises:
            Overtaken: somebody else wrote to one of them since it was read.
            Refusal: one of them holds something that cannot be kept.
        """

    def keep_findings(
        self, *, contracts: Collection[UUID], findings: Sequence[ContractFinding], at: datetime
    ) -> None:
        """Make `findings` the open ones of `contracts`, closing those that hold no longer."""

    def due_contracts(self, through: date) -> Iterator[UUID]:
        """Yield the contracts that have something to settle once `through` is over."""

    def all_contracts(self) -> Iterator[UUID]:
        """Yield every contract that is not a draft."""
