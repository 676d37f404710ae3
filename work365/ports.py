"""What the use cases need of the outside, in the words of the domain."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import Enum
from typing import Protocol, TypeAlias
from uuid import UUID

from work365.domain import findings
from work365.domain.accounts import Account
from work365.domain.catalog import ListPrice, ProviderSubscription
from work365.domain.changes import Change
from work365.domain.findings import Finding, Severity
from work365.domain.invoices import InvoiceStatus
from work365.domain.lines import BilledLine
from work365.domain.money import Money
from work365.domain.numbering import DocumentKind
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


@dataclass(frozen=True, slots=True)
class Changed:
    """Which contracts were touched since the last sweep, and how far it has read."""

    contracts: tuple[UUID, ...]
    deleted_changes: tuple[UUID, ...] = ()
    """Entries of change logs that somebody deleted, by the id of the row."""
    homeless: Mapping[UUID, str] = field(default_factory=dict)
    """Rows that no contract can be billed for: a subscription or a one-time charge without a
    contract, a change without a subscription; what people call each, by the id of the row."""
    marks: Mapping[str, str] = field(default_factory=dict)
    """The feed's own: how far each table has been read now."""


class ChangeFeed(Protocol):
    """What changed in the tables that billing reads."""

    def read(self) -> Changed:
        """Return the contracts touched by what changed since the marks that were kept last."""

    def keep_marks(self, changed: Changed, *, at: datetime) -> None:
        """Remember how far `changed` has read, so that the next sweep starts there.

        Deleted entries and homeless rows become findings: a later sweep does not see them.
        """


class JobStatus(Enum):
    """Where a job is."""

    WAITING = "waiting"
    IN_PROGRESS = "in progress"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class JobRecord:
    """A job as people see it: what staff started or wait for, or what failed."""

    key: str
    name: str
    kind: str
    status: JobStatus
    attempts: int = 1
    through: date | None = None
    steps_done: int = 0
    steps_total: int = 0
    started_at: datetime | None = None
    finished_at: datetime | None = None
    message: str | None = None
    """The job as it stands on the queue, so that it can be started again."""
    result: str | None = None


class JobLog(Protocol):
    """Where jobs are shown to people."""

    def record(self, job: JobRecord) -> None:
        """Keep `job` under its key; what it does not say stays as it was kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceHead:
    """An invoice as it stands in a list."""

    key: str
    contract: str
    customer: str
    status: InvoiceStatus
    kind: DocumentKind
    invoice_on: date
    due_on: date
    net: Money
    line_count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptLine:
    """An invoice line as it is kept, with the name of the rule that rounded it."""

    billed: BilledLine
    invoice: str
    position: int
    description: str
    rounding: str
    printed_with: str | None = None
    """Key of the subscription in whose row it is printed; none where it has its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerAddress:
    """Whom an invoice is addressed to."""

    name: str
    lines: tuple[str, ...]


class InvoiceBook(Protocol):
    """Invoices as people read them."""

    def heads(self, *, contract: str | None = None) -> Iterator[InvoiceHead]:
        """Yield the invoices, or those of one contract, by customer and date."""

    def lines(self, invoice: str) -> Sequence[KeptLine]:
        """Return the lines of the invoice with this key, in order.

        Raises: Refusal: there is no such invoice.
        """

    def line(self, key: str) -> KeptLine:
        """Return the line with this key, or at `INVOICE/POSITION`.

        Raises: Refusal: there is no such line.
        """

    def addressee(self, invoice: str) -> CustomerAddress:
        """Return whom the invoice with this key is addressed to.

        Raises: Refusal: there is no such invoice.
        """


class CatalogKind(Enum):
    """What an import counts."""

    PRICE_LIST = "price lists"
    PRODUCT = "products"
    LIST_PRICE = "list prices"
    PROVIDER_ACCOUNT = "provider accounts"
    SUBSCRIPTION = "subscriptions"


class Effect(Enum):
    """What became of something that was imported."""

    CREATED = "created"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    LEFT_OUT = "left out"
    """Nothing to bill: a trial, a subscription that has ended, the same row once more."""
    REFUSED = "refused"


Tally: TypeAlias = Counter[tuple[CatalogKind, Effect]]
"""How many of what had which effect."""


@dataclass(frozen=True, slots=True)
class ProviderAccount:
    """A customer's tenant at the provider; without a customer it is not mapped to one."""

    tenant: str
    customer: UUID | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractHead:
    """A billing contract under which a subscription can be put."""

    id: UUID
    key: str
    customer: UUID
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptSubscription:
    """A subscription as it is kept, as far as the provider has a say in it.

    Entries of its log that lack their day are left out, as billing refuses them.
    """

    key: str
    contract: UUID | None
    term: str | None
    plan: str | None
    term_end_on: date | None
    auto_renew: bool
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """A subscription to take in, with the contract and the price it opens with."""

    provided: ProviderSubscription
    tenant: str
    contract: ContractHead
    price: ListPrice
    term_end_on: date | None
    """First day after the term."""
    source: str
    """Name of the file that it stands in."""
    recorded_at: datetime


class CatalogStore(Protocol):
    """Where products, prices and what customers have of them are kept.

    Every writing method does all that it is asked or nothing.
    Raises: Refusal: something of it cannot be kept.
    """

    def currencies(self) -> Collection[str]:
        """Return the ISO 4217 codes in which prices can be kept."""

    def kept_prices(self, prices: Sequence[ListPrice]) -> findings.Reading[ListPrice]:
        """Return the kept prices that have the key and the first day of one of `prices`."""

    def add_prices(self, prices: Sequence[ListPrice]) -> Tally:
        """Add `prices`, none of which is kept, with the products and price lists they need."""

    def prices_of(self, part_numbers: Collection[str]) -> findings.Reading[ListPrice]:
        """Return all list prices of the SKUs with these part numbers."""

    def provider_accounts(self, tenants: Collection[str]) -> Mapping[str, ProviderAccount]:
        """Return those of the tenants that are known, by tenant."""

    def add_provider_accounts(self, tenants: Collection[str]) -> Tally:
        """Add tenants that are not known and belong to no customer yet."""

    def contract(self, key: str) -> ContractHead:
        """Return the contract with this key.

        Raises: Refusal: there is none, or it is terminated, or lacks customer or currency.
        """

    def contracts_of(self, customers: Collection[UUID]) -> Sequence[ContractHead]:
        """Return the active contracts of `customers`, without those that lack a currency."""

    def subscriptions(self, keys: Collection[str]) -> Mapping[str, KeptSubscription]:
        """Return those of the subscriptions that are kept, by key."""

    def add_subscriptions(self, openings: Sequence[Opening]) -> Tally:
        """Add subscriptions, each with the entry that opens its change log.

        A tenant that is not known, or not mapped, is mapped to the contract's customer.
        """


@dataclass(frozen=True, slots=True)
class InstallationAction:
    """One step that brings an environment closer to the solution."""

    kind: str
    subject: str
    description: str
    kept: object
    """The installation's own: what to send."""


@dataclass(frozen=True, slots=True)
class InstallationPlan:
    """What is to be done, in order, and what no action can put right."""

    actions: tuple[InstallationAction, ...]
    findings: tuple[Finding, ...]


class KeyIndexStatus(Enum):
    """Where an environment is with the index of an alternate key."""

    BUILT = "built"
    PENDING = "pending"
    FAILED = "failed"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class KeyIndex:
    """The index of an alternate key, without which the key keeps nothing apart."""

    table: str
    key: str
    status: KeyIndexStatus


class Installation(Protocol):
    """The solution in one environment. Everything may fail for a moment as any port does."""

    def plan(self) -> InstallationPlan:
        """Return what is missing now; an empty plan once everything is there."""

    def carry_out(self, action: InstallationAction) -> None:
        """Do one action of a plan; what is done already is no failure."""

    def key_indexes(self) -> Sequence[KeyIndex]:
        """Return the indexes of the solution's alternate keys."""

    def examine(self) -> Sequence[Finding]:
        """Return what is wrong with what is there: privileges, the webhook, the version."""
