"""What is read for one chunk of contracts: a handful of queries, whatever its size.

The order matters. Invoices and their lines are read before the facts that they are compared
with, so that the facts are never older than the lines: what another run billed in between is
then refused when it is written, because its invoice exists, and never credited by mistake. A
draft that another run makes in between is not read at all, and is met in the same way.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from typing import TypeVar
from uuid import UUID

from dataverse_schema.options import InvoiceStatus
from dataverse_schema.table import Table
from dataverse_schema.tables.billing import (
    BillingContract,
    Invoice,
    InvoiceLine,
    Subscription,
    SubscriptionChange,
)
from dataverse_schema.tables.standard import TransactionCurrency
from work365.adapters.dataverse.accounts import (
    change_of,
    charge_of,
    contract_of,
    subscription_of,
)
from work365.adapters.dataverse.client import DataverseClient
from work365.adapters.dataverse.mapping import RowImpossible, read_row, select
from work365.adapters.dataverse.operations import all_of, equals, is_in, query
from work365.domain.accounts import Account, Memory, reopened_from
from work365.domain.findings import Finding, Severity
from work365.errors import Refusal
from work365.ports import ContractFinding, KeptAccount, Overtaken, Reading

IDS_PER_QUERY_MAX = 600
"""As many ids as fit an address of 32,768 characters, with room for the rest of it."""

ON_CLOSED_INVOICE = (
    f"{InvoiceLine.schema_name('invoice')}/{Invoice.column_name('status')}"
    f" ne {int(InvoiceStatus.DRAFT)}"
)

TableT = TypeVar("TableT", bound=Table)


@dataclass(slots=True)
class DraftRows:
    """A draft invoice as it is kept, with its lines by key."""

    invoice: Invoice
    lines: dict[str, InvoiceLine] = field(default_factory=dict)


@dataclass(slots=True)
class KeptRows:
    """The rows of one contract."""

    contract: BillingContract
    drafts: dict[UUID, DraftRows] = field(default_factory=dict)
    """By the id of the invoice."""
    billed: list[InvoiceLine] = field(default_factory=list)
    subscriptions: dict[str, Subscription] = field(default_factory=dict)
    changes: dict[str, list[tuple[SubscriptionChange, datetime]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    """By the key of the subscription, with the time at which the row was created."""


class AccountReader:
    """Reads accounts from one environment."""

    def __init__(self, client: DataverseClient) -> None:
        self._client = client

    @cached_property
    def currencies(self) -> dict[UUID, str]:
        """The ISO 4217 code of each currency of the environment, by its row's id."""
        rows = self.all(TransactionCurrency)
        return {row.row_id: row.iso_currency_code for row in rows if row.row_id is not None}

    def read(self, contracts: Sequence[UUID]) -> Reading:
        """Return the accounts of `contracts`, and findings where a row does not make sense."""
        try:
            return self._read(contracts)
        except RowImpossible as error:
            # Forms insist on names and keys, other ways into Dataverse do not. Whose row it
            # is, is found by halves, so that the others can be billed.
            if len(contracts) == 1:
                return Reading((), (_impossible(contracts[0], error),))
        middle = len(contracts) // 2
        first, second = self.read(contracts[:middle]), self.read(contracts[middle:])
        return Reading(first.accounts + second.accounts, first.findings + second.findings)

    def all(self, table: type[TableT], condition: str | None = None) -> Iterator[TableT]:
        """Yield the rows of `table` that `condition` lets through."""
        asked = query(table.entity_set(), select=select(table), filter=condition)
        for row in self._client.rows(asked):
            yield read_row(table, row)

    def among(
        self,
        table: type[TableT],
        column: str,
        ids: Iterable[UUID],
        *conditions: str,
    ) -> Iterator[TableT]:
        """Yield the rows of `table` whose `column` is one of `ids`, and that `conditions` let."""
        for some in portions(ids):
            yield from self.all(table, all_of(is_in(column, some), *conditions))

    def _read(self, contracts: Sequence[UUID]) -> Reading:
        kept = {
            row.row_id: KeptRows(row)
            for row in self.among(BillingContract, BillingContract.primary_id(), contracts)
            if row.row_id is not None
        }
        if not kept:
            return Reading((), ())
        self._read_drafts(kept)
        self._read_lines(kept, self._closed_through(kept))
        self._read_facts(kept)
        self._know_currencies(kept)
        accounts, findings = [], []
        for contract, rows in kept.items():
            try:
                accounts.append(KeptAccount(self._account(rows), rows))
            except Refusal as refusal:
                key = rows.contract.key
                findings.append(ContractFinding.of(refusal, contract=contract, key=key))
        return Reading(tuple(self._reach_back(accounts)), tuple(findings))

    def _know_currencies(self, kept: dict[UUID, KeptRows]) -> None:
        """Forget the currencies that were read if a contract has one that came later."""
        used = {rows.contract.currency for rows in kept.values()}
        if used - self.currencies.keys() - {None}:
            self.__dict__.pop("currencies", None)

    def _read_drafts(self, kept: dict[UUID, KeptRows]) -> None:
        is_draft = equals(Invoice.column_name("status"), int(InvoiceStatus.DRAFT))
        for row in self.among(Invoice, Invoice.column_name("contract"), kept, is_draft):
            assert row.row_id is not None
            assert row.contract is not None
            kept[row.contract].drafts[row.row_id] = DraftRows(row)

    def _closed_through(self, kept: dict[UUID, KeptRows]) -> date | None:
        """Return the oldest day through which a contract is closed, of those that have one."""
        days = [rows.contract.settled_through for rows in kept.values()]
        return min((day for day in days if day is not None), default=None)

    def _read_lines(self, kept: dict[UUID, KeptRows], closed_through: date | None) -> None:
        drafts = {draft: rows for rows in kept.values() for draft in rows.drafts}
        for line in self.among(InvoiceLine, InvoiceLine.column_name("invoice"), drafts):
            assert line.invoice is not None
            drafts[line.invoice].drafts[line.invoice].lines[line.key] = line
        if closed_through is None:
            return
        still_open = f"{InvoiceLine.column_name('period_end_on')} gt {closed_through}"
        contract = InvoiceLine.column_name("contract")
        for line in self.among(InvoiceLine, contract, kept, still_open, ON_CLOSED_INVOICE):
            assert line.contract is not None
            kept[line.contract].billed.append(line)

    def _read_facts(self, kept: dict[UUID, KeptRows]) -> None:
        for rows in kept.values():
            rows.subscriptions.clear()
            rows.changes.clear()
        owners: dict[UUID, tuple[KeptRows, str]] = {}
        for row in self.among(Subscription, Subscription.column_name("contract"), kept):
            assert row.row_id is not None
            assert row.contract is not None
            kept[row.contract].subscriptions[row.key] = row
            owners[row.row_id] = kept[row.contract], row.key
        for change, created_on in self._changes(owners):
            assert change.subscription is not None
            rows, key = owners[change.subscription]
            rows.changes[key].append((change, created_on))

    def _changes(
        self, subscriptions: Iterable[UUID]
    ) -> Iterator[tuple[SubscriptionChange, datetime]]:
        table = SubscriptionChange
        for some in portions(subscriptions):
            asked = query(
                table.entity_set(),
                select=[*select(table), "createdon"],
                filter=is_in(table.column_name("subscription"), some),
            )
            for row in self._client.rows(asked):
                yield read_row(table, row), datetime.fromisoformat(row["createdon"])

    def _account(self, rows: KeptRows) -> Account:
        row = rows.contract
        contract = contract_of(row, self.currencies)
        logs = {
            key: tuple(change_of(change, created_on) for change, created_on in changes)
            for key, changes in rows.changes.items()
        }
        subscriptions = tuple(
            subscription_of(part, logs.get(key, ()))
            for key, part in sorted(rows.subscriptions.items())
        )
        keys = {part.row_id: key for key, part in rows.subscriptions.items()}
        return Account(
            contract=contract,
            subscriptions=subscriptions,
            memory=Memory(
                through=row.settled_through,
                sequence=row.last_sequence,
                terms=row.settled_as,
                subscriptions=_remembered(rows.subscriptions.values()),
                changes=_remembered(
                    change for changes in rows.changes.values() for change, _ in changes
                ),
            ),
            billed=tuple(
                charge_of(
                    line,
                    keys.get(line.subscription, f"of row {line.subscription}"),
                    contract.currency,
                )
                for line in rows.billed
            ),
        )

    def _reach_back(self, accounts: Sequence[KeptAccount]) -> Iterator[KeptAccount]:
        """Yield `accounts`, with older lines where a fact reaches back behind those read."""
        for account in accounts:
            rows = account.kept
            assert isinstance(rows, KeptRows)
            try:
                since = reopened_from(account.account)
            except Refusal:
                # Settling meets the same refusal, and says so on the contract.
                yield account
                continue
            closed = rows.contract.settled_through
            if since is None or closed is None or since >= closed:
                yield account
            else:
                yield self._reread(rows, since)

    def _reread(self, rows: KeptRows, since: date) -> KeptAccount:
        contract = rows.contract.row_id
        assert contract is not None
        before = dict(rows.subscriptions), dict(rows.changes)
        rows.billed.clear()
        self._read_lines({contract: rows}, since)
        self._read_facts({contract: rows})
        # The facts said which lines to read, so they must still say the same after it.
        if before != (rows.subscriptions, rows.changes):
            raise Overtaken(f"contract {rows.contract.key}: changed while it was read")
        return KeptAccount(self._account(rows), rows)


def _remembered(rows: Iterable[Subscription] | Iterable[SubscriptionChange]) -> dict[str, str]:
    return {row.key: row.settled_as for row in rows if row.settled_as is not None}


def portions(ids: Iterable[UUID]) -> Iterator[list[UUID]]:
    """Yield `ids` in portions that fit the address of one query."""
    every = list(ids)
    for first in range(0, len(every), IDS_PER_QUERY_MAX):
        yield every[first : first + IDS_PER_QUERY_MAX]


def _impossible(contract: UUID, error: RowImpossible) -> ContractFinding:
    return ContractFinding(
        contract,
        Finding(
            severity=Severity.ERROR,
            code=error.code,
            message=f"{error}; open the row, correct the field, and save it",
            path=f"billing contract {contract}",
        ),
    )
