"""What is written for one chunk of contracts: the difference, in one change set.

Two runs cannot both write to a contract's invoices. A new invoice has the contract's next
sequence number in its alternate key, so it can be created once; a draft is changed only at
the version at which it was read, and so is a contract when none of its invoices is. Whoever
comes second is told so, and everything that it wanted to write is rolled back.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from dataverse_schema import options
from dataverse_schema.table import Table
from dataverse_schema.tables import TABLES
from dataverse_schema.tables.billing import (
    BillingContract,
    Invoice,
    InvoiceLine,
    OneTimeCharge,
    Subscription,
    SubscriptionChange,
)
from work365.adapters.dataverse import operations
from work365.adapters.dataverse.choices import option
from work365.adapters.dataverse.lines import line_fields
from work365.adapters.dataverse.mapping import write_row
from work365.adapters.dataverse.operations import Operation
from work365.adapters.dataverse.reading import DraftRows, KeptRows
from work365.domain import invoices
from work365.domain.accounts import Memory
from work365.domain.changes import quantity_on
from work365.domain.settlements import Settlement
from work365.ports.billing import KeptAccount, Written

ROWS_PER_MESSAGE_MAX = 1_000
"""Source: Microsoft's guidance on bulk operations for standard tables."""

DELETIONS_MAX = 900
"""Lines that are deleted one by one in a change set, which holds 1,000 requests."""

ROW_IDS = uuid5(NAMESPACE_URL, "https://work365/rows")
"""Namespace of the ids of rows that are told by their key, so that lines can name an invoice
that is created in the same change set."""

Fields = Mapping[str, Any]


@dataclass(slots=True)
class Writes:
    """Rows to create, update and delete, gathered over the contracts of a chunk."""

    created: dict[type[Table], list[dict[str, Any]]] = field(default_factory=dict)
    updated: dict[type[Table], list[dict[str, Any]]] = field(default_factory=dict)
    guarded: list[Operation] = field(default_factory=list)
    """Writes that go through only at the version that was read."""
    deleted_lines: list[Operation] = field(default_factory=list)
    touched_invoices: int = 0

    def create(self, table: type[Table], row_id: UUID, values: Fields) -> None:
        """Add a row to create."""
        self.created.setdefault(table, []).append(write_row(table, values, row_id=row_id))

    def update(self, table: type[Table], row_id: UUID, values: Fields) -> None:
        """Add a row to update, unless nothing of it changes."""
        if values:
            self.updated.setdefault(table, []).append(write_row(table, values, row_id=row_id))

    def operations(self) -> Iterator[Operation]:
        """Yield the requests of the change set, rows before those that refer to them."""
        yield from self.deleted_lines
        yield from self.guarded
        for message, rows_by_table in (
            (operations.create_multiple, self.created),
            (operations.update_multiple, self.updated),
        ):
            for table in filter(rows_by_table.__contains__, TABLES):
                rows = rows_by_table[table]
                for first in range(0, len(rows), ROWS_PER_MESSAGE_MAX):
                    some = rows[first : first + ROWS_PER_MESSAGE_MAX]
                    yield message(table.entity_set(), table.table_name(), some)

    def written(self) -> Written:
        """Return how much this is."""
        lines = len(self.deleted_lines) + sum(
            len(rows.get(InvoiceLine, ())) for rows in (self.created, self.updated)
        )
        return Written(invoices=self.touched_invoices, lines=lines)


def row_id_of(key: str) -> UUID:
    """Return the id of the row that the content key `key` tells."""
    return uuid5(ROW_IDS, key)


def writes_of(settlements: Sequence[tuple[KeptAccount, Settlement]]) -> Writes:
    """Return what makes the rows agree with `settlements`."""
    writes = Writes()
    for kept, settlement in settlements:
        rows = kept.kept
        assert isinstance(rows, KeptRows)
        touched = writes.touched_invoices
        _write_invoices(rows, settlement, writes)
        _write_memory(rows, settlement, writes, guarded=writes.touched_invoices > touched)
    return writes


def deletions_ahead(
    settlements: Sequence[tuple[KeptAccount, Settlement]], writes: Writes
) -> list[Operation]:
    """Return what has to go in a change set of its own, because one cannot hold all deletions.

    Only lines of drafts go, and the next reading finds the rest of them to be deleted.
    """
    if len(settlements) > 1 or len(writes.deleted_lines) <= DELETIONS_MAX:
        return []
    rows = settlements[0][0].kept
    assert isinstance(rows, KeptRows)
    guards = [
        operations.update(
            Invoice.entity_set(),
            draft.invoice.row_id,
            write_row(Invoice, {"line_count": len(draft.lines)}),
            etag=draft.invoice.etag,
        )
        for draft in rows.drafts.values()
        if draft.invoice.row_id is not None
    ]
    return [*guards, *writes.deleted_lines[:DELETIONS_MAX]]


def _write_invoices(rows: KeptRows, settlement: Settlement, writes: Writes) -> None:
    drafts = {draft.invoice.key: draft for draft in rows.drafts.values()}
    for invoice in settlement.invoices:
        draft = drafts.pop(invoice.key, None)
        if draft is None:
            _create_invoice(rows, invoice, writes)
        else:
            _update_draft(rows, draft, invoice, writes)
    for draft in drafts.values():
        _delete_draft(draft, writes)


def _create_invoice(rows: KeptRows, invoice: invoices.Invoice, writes: Writes) -> None:
    invoice_id = row_id_of(invoice.key)
    writes.create(Invoice, invoice_id, _invoice_fields(rows, invoice))
    writes.touched_invoices += 1
    for line in invoice.lines:
        writes.create(InvoiceLine, row_id_of(line.key), _line_fields(rows, invoice_id, line))


def _update_draft(
    rows: KeptRows, draft: DraftRows, invoice: invoices.Invoice, writes: Writes
) -> None:
    invoice_id = draft.invoice.row_id
    assert invoice_id is not None
    before = dict(draft.lines)
    changed = difference(draft.invoice, _invoice_fields(rows, invoice))
    lines_changed = False
    for line in invoice.lines:
        fields = _line_fields(rows, invoice_id, line)
        kept = before.pop(line.key, None)
        if kept is None:
            writes.create(InvoiceLine, row_id_of(line.key), fields)
            lines_changed = True
        elif different := difference(kept, fields):
            assert kept.row_id is not None
            writes.update(InvoiceLine, kept.row_id, different)
            lines_changed = True
    writes.deleted_lines += [_deletion(line) for line in before.values()]
    if changed or lines_changed or before:
        # Written even where only lines change: the invoice's version guards its lines.
        values = changed or {"net_amount": invoice.net.amount}
        body = write_row(Invoice, values)
        writes.guarded.append(
            operations.update(Invoice.entity_set(), invoice_id, body, etag=draft.invoice.etag)
        )
        writes.touched_invoices += 1


def _delete_draft(draft: DraftRows, writes: Writes) -> None:
    writes.deleted_lines += [_deletion(line) for line in draft.lines.values()]
    assert draft.invoice.row_id is not None
    writes.guarded.append(
        operations.delete(Invoice.entity_set(), draft.invoice.row_id, etag=draft.invoice.etag)
    )
    writes.touched_invoices += 1


def _deletion(line: InvoiceLine) -> Operation:
    assert line.row_id is not None
    return operations.delete(InvoiceLine.entity_set(), line.row_id)


def _write_memory(rows: KeptRows, settlement: Settlement, writes: Writes, *, guarded: bool) -> None:
    """Write what was taken account of; `guarded` when an invoice is written beside it."""
    contract = rows.contract
    assert contract.row_id is not None
    learned = settlement.learned
    state = {
        "settled_through": learned.through,
        "last_sequence": learned.sequence,
        "settle_next_on": settlement.settle_next_on,
        "settled_as": learned.terms,
    }
    different = difference(contract, state)
    if different and not guarded:
        # Nothing else would tell that somebody settled the contract in the meantime.
        body = write_row(BillingContract, different)
        writes.guarded.append(
            operations.update(
                BillingContract.entity_set(), contract.row_id, body, etag=contract.etag
            )
        )
    else:
        writes.update(BillingContract, contract.row_id, different)
    _write_facts(rows, settlement, learned, writes)


def _write_facts(rows: KeptRows, settlement: Settlement, learned: Memory, writes: Writes) -> None:
    """Write beside each fact what closed invoices took account of."""
    ids = {row.key: row.row_id for changes in rows.changes.values() for row, _ in changes}
    for key, content in learned.changes.items():
        writes.update(SubscriptionChange, _id(ids, key), {"settled_as": content})
    for charge in settlement.account.one_time:
        if charge.key in learned.one_time:
            content = learned.one_time[charge.key]
            writes.update(OneTimeCharge, charge.id, {"settled_as": content})
    for subscription in settlement.account.subscriptions:
        row = rows.subscriptions[subscription.key]
        kept = {
            "quantity": quantity_on(subscription.changes, settlement.as_of),
            "settled_as": learned.subscriptions.get(subscription.key, row.settled_as),
        }
        writes.update(Subscription, subscription.id, difference(row, kept))


def _id(ids: Mapping[str, UUID | None], key: str) -> UUID:
    row_id = ids[key]
    assert row_id is not None
    return row_id


def difference(row: Table, values: Fields) -> dict[str, Any]:
    """Return those of `values` that `row` has otherwise."""
    return {name: value for name, value in values.items() if getattr(row, name) != value}


def _invoice_fields(rows: KeptRows, invoice: invoices.Invoice) -> Fields:
    return {
        "name": invoice.key,
        "key": invoice.key,
        "contract": rows.contract.row_id,
        "customer": rows.contract.customer,
        "transactioncurrencyid": rows.contract.currency,
        "sequence": invoice.sequence,
        "kind": option(invoice.kind, options.DocumentKind),
        "status": option(invoice.status, options.InvoiceStatus),
        "invoice_on": invoice.invoice_on,
        "due_on": invoice.due_on,
        "net_amount": invoice.net.amount,
        "line_count": len(invoice.lines),
    }


def _line_fields(rows: KeptRows, invoice_id: UUID, line: invoices.Line) -> Fields:
    contract = rows.contract
    return line_fields(
        line, invoice=invoice_id, contract=contract.row_id, currency=contract.currency
    )
