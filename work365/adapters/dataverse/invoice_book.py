"""Invoices as people read them: a list, a document, a line to be explained."""

from collections.abc import Iterable, Iterator, Sequence
from typing import TypeVar
from uuid import UUID

from dataverse_schema.table import Table
from dataverse_schema.tables.billing import (
    BillingContract,
    Invoice,
    InvoiceLine,
    OneTimeCharge,
    Subscription,
)
from dataverse_schema.tables.standard import Account
from work365.adapters.dataverse.choices import meaning
from work365.adapters.dataverse.client import DataverseClient
from work365.adapters.dataverse.lines import billed_line_of
from work365.adapters.dataverse.operations import equals, is_in
from work365.adapters.dataverse.reading import AccountReader, portions
from work365.domain.invoices import InvoiceStatus
from work365.domain.money import Money
from work365.domain.numbering import DocumentKind
from work365.errors import Refusal
from work365.ports.invoice_book import CustomerAddress, InvoiceHead, KeptLine

TableT = TypeVar("TableT", bound=Table)


class NotInTheBook(Refusal):
    """There is no invoice or line with such a key."""

    code = "not_in_the_book"


class DataverseInvoiceBook:
    """An `InvoiceBook` on one environment."""

    def __init__(self, client: DataverseClient) -> None:
        self._reader = AccountReader(client)

    def heads(self, *, contract: str | None = None) -> Iterator[InvoiceHead]:
        """Yield the invoices, or those of one contract, by customer and date."""
        condition = None
        if contract is not None:
            row = self._one(BillingContract, contract, "billing contract")
            condition = equals(Invoice.read_name("contract"), row.row_id)
        invoices = list(self._reader.all(Invoice, condition))
        customers = self._by_id(Account, (invoice.customer for invoice in invoices))
        contracts = self._by_id(BillingContract, (invoice.contract for invoice in invoices))
        heads = (
            InvoiceHead(
                key=invoice.key,
                contract=contracts[_given(invoice.contract)].key,
                customer=customers[_given(invoice.customer)].name,
                status=meaning(invoice.status, InvoiceStatus),
                kind=meaning(invoice.kind, DocumentKind),
                invoice_on=invoice.invoice_on,
                due_on=invoice.due_on,
                net=Money.exactly(
                    invoice.net_amount, self._currency(invoice.transactioncurrencyid)
                ),
                line_count=invoice.line_count,
            )
            for invoice in invoices
        )
        yield from sorted(heads, key=lambda head: (head.customer, head.invoice_on, head.key))

    def lines(self, invoice: str) -> Sequence[KeptLine]:
        """Return the lines of the invoice with this key, in order."""
        row = self._one(Invoice, invoice, "invoice")
        condition = equals(InvoiceLine.read_name("invoice"), row.row_id)
        kept = self._kept(list(self._reader.all(InvoiceLine, condition)), {row.row_id: row.key})
        return sorted(kept, key=lambda line: line.position)

    def line(self, key: str) -> KeptLine:
        """Return the line with this key, or at `INVOICE/POSITION`."""
        invoice, _, position = key.rpartition("/")
        # The key of a line can have a slash in it, too: its contract's key may be any text.
        if invoice and position.isdecimal():
            for line in self.lines(invoice):
                if str(line.position) == position:
                    return line
            raise NotInTheBook(f"invoice {invoice} has no line {position}")
        row = self._one(InvoiceLine, key, "invoice line")
        invoices = self._by_id(Invoice, [row.invoice])
        return next(self._kept([row], {id_: found.key for id_, found in invoices.items()}))

    def addressee(self, invoice: str) -> CustomerAddress:
        """Return whom the invoice with this key is addressed to."""
        row = self._one(Invoice, invoice, "invoice")
        account = self._by_id(Account, [row.customer])[_given(row.customer)]
        town = " ".join(filter(None, (account.address1_postalcode, account.address1_city)))
        lines = (
            account.address1_line1,
            account.address1_line2,
            town,
            account.address1_stateorprovince,
            account.address1_country,
        )
        return CustomerAddress(name=account.name, lines=tuple(filter(None, lines)))

    def _kept(
        self, rows: Sequence[InvoiceLine], invoices: dict[UUID | None, str] | dict[UUID, str]
    ) -> Iterator[KeptLine]:
        subscriptions = self._by_id(Subscription, (row.subscription for row in rows))
        one_time = self._by_id(OneTimeCharge, (row.one_time_charge for row in rows))
        sold = {id_: found.key for id_, found in subscriptions.items()}
        sold |= {id_: found.key for id_, found in one_time.items()}
        for row in rows:
            key = sold[_given(row.subscription or row.one_time_charge)]
            currency = self._currency(row.transactioncurrencyid)
            yield KeptLine(
                billed=billed_line_of(row, sold=key, currency=currency),
                invoice=invoices[_given(row.invoice)],
                position=row.position,
                description=row.description,
                rounding=row.rounding,
                printed_with=row.printed_with,
            )

    def _currency(self, row: UUID | None) -> str:
        return self._reader.currencies[_given(row)]

    def _one(self, table: type[TableT], key: str, kind: str) -> TableT:
        for row in self._reader.all(table, equals(table.column_name("key"), key)):
            return row
        raise NotInTheBook(f"there is no {kind} {key!r}; `work365 invoices` lists them")

    def _by_id(self, table: type[TableT], ids: Iterable[UUID | None]) -> dict[UUID, TableT]:
        wanted = sorted({row for row in ids if row is not None})
        return {
            _given(row.row_id): row
            for some in portions(wanted)
            for row in self._reader.all(table, is_in(table.primary_id(), some))
        }


def _given(row: UUID | None) -> UUID:
    assert row is not None, "Dataverse insists on this lookup"
    return row
