"""What is read for one chunk of contracts: a handful of queries, whatever its size.

The order matters. Invoices and their lines are read before the facts that they are compared
with, so that the facts are never older than the lines: what another run billed in between is
then refused when it is written, because its invoice exists, and never credited by mistake. A
draft that another run makes in between is not read at all, and is met in the same way.

What can be read at the same time is read in one request: what is sold, and the settings.
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
    BillingSettings,
    Invoice,
    InvoiceLine,
    OneTimeCharge,
    Subscription,
    SubscriptionChange,
)
from dataverse_schema.tables.standard import TransactionCurrency
from work365.adapters.dataverse.accounts import (
    bundle_of,
    change_of,
    contract_of,
    one_time_charge_of,
    subscription_of,
)
from work365.adapters.dataverse.client import DataverseClient
from work365.adapters.dataverse.lines import billed_line_of
from work365.adapters.dataverse.mapping import RowImpossible, read_row, select
from work365.adapters.dataverse.operations import Operation, all_of, equals, is_in, query
from work365.adapters.dataverse.policies import SETTINGS_KEY, USUAL_SETTINGS, known_through
from work365.domain.accounts import Account, Memory, reopened_from
from work365.domain.contracts import BillingContract as Contract
from work365.domain.findings import Finding, Severity
from work365.domain.lines import BilledLine
from work365.errors import Refusal
from work365.ports.billing import ContractFinding, KeptAccount, Overtaken, Reading

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
    one_time: dict[str, OneTimeCharge] = field(default_factory=dict)
    settings: BillingSettings = USUAL_SETTINGS


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
        """Return the oldest day through which closed invoices of a contract know its facts."""
        days = [known_through(rows.contract) for rows in kept.values()]
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
            rows.one_time.clear()
        sold = [
            _asked(table, is_in(table.column_name("contract"), some))
            for table in (Subscription, OneTimeCharge)
            for some in portions(kept)
        ]
        settings = _asked(BillingSettings, equals(BillingSettings.column_name("key"), SETTINGS_KEY))
        *answers, found = self._client.rows_of_each([*sold, settings])
        half = len(answers) // 2
        owners: dict[UUID, tuple[KeptRows, str]] = {}
        for row in (read_row(Subscription, each) for some in answers[:half] for each in some):
            assert row.row_id is not None
            assert row.contract is not None
            kept[row.contract].subscriptions[row.key] = row
            owners[row.row_id] = kept[row.contract], row.key
        for charge in (read_row(OneTimeCharge, each) for some in answers[half:] for each in some):
            assert charge.contract is not None
            kept[charge.contract].one_time[charge.key] = charge
        of_all = next((read_row(BillingSettings, each) for each in found), USUAL_SETTINGS)
        for rows in kept.values():
            rows.settings = of_all
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
        contract = contract_of(row, self.currencies, rows.settings)
        logs = {
            key: tuple(change_of(change, created_on) for change, created_on in changes)
            for key, changes in rows.changes.items()
        }
        siblings = {part.row_id: part for part in rows.subscriptions.values() if part.row_id}
        return Account(
            contract=contract,
            subscriptions=tuple(
                subscription_of(part, logs.get(key, ()), printed_with=bundle_of(part, siblings))
                for key, part in sorted(rows.subscriptions.items())
            ),
            one_time=tuple(
                one_time_charge_of(charge) for _, charge in sorted(rows.one_time.items())
            ),
            memory=Memory(
                through=row.settled_through,
                sequence=row.last_sequence,
                terms=row.settled_as,
                subscriptions=_remembered(rows.subscriptions.values()),
                changes=_remembered(
                    change for changes in rows.changes.values() for change, _ in changes
                ),
                one_time=_remembered(rows.one_time.values()),
            ),
            billed=tuple(_billed(rows, contract)),
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
            closed = known_through(rows.contract)
            if since is None or closed is None or since >= closed:
                yield account
            else:
                yield self._reread(rows, since)

    def _reread(self, rows: KeptRows, since: date) -> KeptAccount:
        contract = rows.contract.row_id
        assert contract is not None
        before = dict(rows.subscriptions), dict(rows.changes), dict(rows.one_time)
        rows.billed.clear()
        self._read_lines({contract: rows}, since)
        self._read_facts({contract: rows})
        # The facts said which lines to read, so they must still say the same after it.
        if before != (rows.subscriptions, rows.changes, rows.one_time):
            raise Overtaken(f"contract {rows.contract.key}: changed while it was read")
        return KeptAccount(self._account(rows), rows)


def _asked(table: type[Table], condition: str) -> Operation:
    return query(table.entity_set(), select=select(table), filter=condition)


def _billed(rows: KeptRows, contract: Contract) -> Iterator[BilledLine]:
    keys = {row.row_id: key for key, row in rows.subscriptions.items()}
    keys |= {row.row_id: key for key, row in rows.one_time.items()}
    for line in rows.billed:
        sold = line.subscription or line.one_time_charge
        yield billed_line_of(
            line, sold=keys.get(sold, f"of row {sold}"), currency=contract.currency
        )


def _remembered(
    rows: Iterable[Subscription] | Iterable[SubscriptionChange] | Iterable[OneTimeCharge],
) -> dict[str, str]:
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
