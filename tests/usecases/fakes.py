"""Stand-ins for the ports of billing, in memory, which can be told to fail."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from tests.domain.books import ONE_DAY
from work365.domain.accounts import Account
from work365.domain.books import closed, kept
from work365.domain.invoices import Invoice
from work365.domain.settlements import Settlement
from work365.errors import Refusal, Unavailable
from work365.jobs import AnyJob
from work365.ports.billing import ContractFinding, KeptAccount, Overtaken, Reading, Written
from work365.ports.changes import Changed
from work365.ports.job_log import JobRecord


class CannotBeKept(Refusal):
    """A row that the store does not take."""

    code = "cannot_be_kept"


class OutOfOrder(Unavailable):
    """The store or the queue went away."""

    code = "out_of_order"


@dataclass(slots=True)
class Row:
    """One contract as it is kept."""

    account: Account
    version: int = 1
    """Counts the writes to its invoices."""
    invoices: dict[str, Invoice] = field(default_factory=dict)
    settle_next_on: date | None = None


class FakeBillingStore:
    """A `BillingStore` that keeps accounts, invoices and findings."""

    def __init__(self, accounts: Iterable[Account]) -> None:
        self.rows = {account.contract.id: Row(account) for account in accounts}
        self.findings: dict[UUID, list[ContractFinding]] = {}
        self.unreadable: dict[UUID, ContractFinding] = {}
        """Contracts whose rows do not make sense, and the finding about each."""
        self.refused: set[UUID] = set()
        """Contracts that cannot be kept."""
        self.overtakings: Counter[UUID] = Counter()
        """How many times more somebody else writes to a contract after it was read."""
        self.dies_before_findings = False
        self.sizes_kept: list[int] = []
        """How many contracts each call of `keep` was for."""

    def read_accounts(self, contracts: Sequence[UUID]) -> Reading:
        there = [contract for contract in contracts if contract in self.rows]
        readable = [self.rows[contract] for contract in there if contract not in self.unreadable]
        return Reading(
            tuple(KeptAccount(row.account, row.version) for row in readable),
            tuple(self.unreadable[contract] for contract in there if contract in self.unreadable),
        )

    def keep(self, settlements: Sequence[tuple[KeptAccount, Settlement]]) -> Written:
        self.sizes_kept.append(len(settlements))
        for read, _ in settlements:
            self._check(read)
        written = [self._write(settlement) for _, settlement in settlements]
        return Written(
            invoices=sum(part.invoices for part in written),
            lines=sum(part.lines for part in written),
        )

    def keep_findings(
        self, *, contracts: Collection[UUID], findings: Sequence[ContractFinding], at: datetime
    ) -> None:
        if self.dies_before_findings:
            raise OutOfOrder("the store went away after the invoices were written")
        assert {finding.contract for finding in findings} <= set(contracts)
        for contract in contracts:
            self.findings[contract] = [found for found in findings if found.contract == contract]

    def due_contracts(self, through: date) -> Iterator[UUID]:
        for contract, row in self.rows.items():
            if row.settle_next_on is not None and row.settle_next_on <= through + ONE_DAY:
                yield contract

    def all_contracts(self) -> Iterator[UUID]:
        return (contract for contract, row in self.rows.items() if row.account.contract.active)

    def invoices_of(self, contract: UUID) -> list[Invoice]:
        """Return the invoices of `contract`, oldest first."""
        return sorted(self.rows[contract].invoices.values(), key=lambda kept: kept.sequence)

    def codes_of(self, contract: UUID) -> list[str]:
        """Return the codes of the open findings about `contract`."""
        return [found.finding.code for found in self.findings.get(contract, [])]

    def _check(self, read: KeptAccount) -> None:
        contract = read.account.contract
        row = self.rows[contract.id]
        if contract.id in self.refused:
            raise CannotBeKept(f"contract {contract.key} cannot be kept")
        if self.overtakings[contract.id]:
            self.overtakings[contract.id] -= 1
            row.version += 1
        if read.kept != row.version:
            raise Overtaken(f"contract {contract.key} was written to since it was read")

    def _write(self, settlement: Settlement) -> Written:
        row = self.rows[settlement.account.contract.id]
        before = row.invoices
        billed = {invoice.key: invoice for invoice in closed(before.values())}
        wanted = {invoice.key: invoice for invoice in settlement.invoices}
        assert not billed.keys() & wanted.keys(), "a closed invoice never changes again"
        row.invoices = billed | wanted
        row.account = kept(row.account, settlement)
        row.settle_next_on = settlement.settle_next_on
        touched = [
            invoice
            for key in {**before, **row.invoices}
            if (invoice := row.invoices.get(key, before.get(key)))
            and row.invoices.get(key) != before.get(key)
        ]
        row.version += bool(touched)
        return Written(len(touched), sum(len(invoice.lines) for invoice in touched))


class FakeChangeFeed:
    """A `ChangeFeed` that tells the same contracts again until its marks are kept."""

    def __init__(self, contracts: Iterable[UUID], events: list[str]) -> None:
        self.contracts = tuple(contracts)
        self.events = events
        self.kept: list[tuple[Changed, datetime]] = []

    def read(self) -> Changed:
        return Changed(contracts=() if self.kept else self.contracts, marks={"table": "17"})

    def keep_marks(self, changed: Changed, *, at: datetime) -> None:
        self.events.append("marks")
        self.kept.append((changed, at))


class FakeQueue:
    """A `JobQueue` that goes away after `room` jobs."""

    def __init__(self, events: list[str], *, room: int = 1_000) -> None:
        self.events = events
        self.room = room
        self.jobs: list[AnyJob] = []

    def put(self, job: AnyJob, *, delay_seconds: int = 0) -> None:
        assert delay_seconds == 0
        if len(self.jobs) == self.room:
            raise OutOfOrder("the queue went away")
        self.events.append("job")
        self.jobs.append(job)


class FakeJobLog:
    """A `JobLog` that keeps every record it was given."""

    def __init__(self) -> None:
        self.records: list[JobRecord] = []
        self.is_down = False

    def record(self, job: JobRecord) -> None:
        if self.is_down:
            raise OutOfOrder("the log of jobs went away")
        self.records.append(job)
