"""Invoices of a provider in Dataverse."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from dataverse_schema.tables import microsoft
from dataverse_schema.tables.standard import TransactionCurrency
from work365.adapters.dataverse.client import DataverseClient
from work365.adapters.dataverse.microsoft.rows import Fields, ProviderRows, updates, upserts
from work365.adapters.dataverse.operations import equals
from work365.adapters.dataverse.row_faults import FieldWrong
from work365.adapters.dataverse.writing import difference
from work365.domain.findings import Finding, Severity
from work365.domain.microsoft.provider_invoices import ProviderDocument, ProviderInvoice

INVOICE = microsoft.ProviderInvoice
ONE_DAY = timedelta(days=1)
RECURRING, ONE_TIME = "Recurring", "OneTime"


class DataverseProviderInvoiceBook:
    """A `ProviderInvoiceBook` on one environment."""

    def __init__(self, client: DataverseClient) -> None:
        self._rows = ProviderRows(client)

    def keep(self, provider: str, invoices: Sequence[ProviderInvoice]) -> Sequence[Finding]:
        """Add those that are not kept, and bring the others up to date."""
        provider_id = self._rows.provider(provider)
        currencies = {code: row_id for row_id, code in self._currencies().items()}
        kept = {
            row.reference: row
            for row in self._rows.by_text(
                INVOICE,
                "reference",
                sorted({invoice.id for invoice in invoices}),
                equals(INVOICE.read_name("provider"), provider_id),
            )
        }
        findings, added, changed = [], [], []
        for invoice in invoices:
            currency = currencies.get(invoice.currency)
            if currency is None:
                findings.append(_currency_unknown(invoice))
                continue
            fields = _fields(invoice, currency)
            row = kept.get(invoice.id)
            if row is None:
                key = f"{provider}_{invoice.id}"
                added.append({**fields, "key": key, "provider": provider_id})
            else:
                changed.append((row.row_id, difference(row, fields)))
        self._rows.write(*upserts(INVOICE, added), *updates(INVOICE, changed))
        return findings

    def invoices(self, provider: str) -> Sequence[ProviderInvoice]:
        """Return those of the provider with this key, the last first."""
        currencies = self._currencies()
        own = equals(INVOICE.read_name("provider"), self._rows.provider(provider))
        found = [_invoice(row, currencies) for row in self._rows.all(INVOICE, own)]
        return sorted(found, key=lambda invoice: (invoice.invoice_date, invoice.id), reverse=True)

    def _currencies(self) -> Mapping[UUID | None, str]:
        rows = self._rows.all(TransactionCurrency)
        return {row.row_id: row.iso_currency_code for row in rows}


def _currency_unknown(invoice: ProviderInvoice) -> Finding:
    return Finding(
        Severity.ERROR,
        "currency_unknown",
        f"currency {invoice.currency!r} is none of this environment's, so that the invoice cannot"
        " be kept; add the currency, and read the invoices again",
        f"provider invoice {invoice.id}",
    )


def _fields(invoice: ProviderInvoice, currency: UUID | None) -> Fields:
    end = invoice.period_end
    values: dict[str, Any] = {
        "name": invoice.id,
        "reference": invoice.id,
        "invoice_on": invoice.invoice_date,
        "period_start_on": invoice.period_start,
        "period_end_on": None if end is None else end + ONE_DAY,
        "total_amount": invoice.total,
        "paid_amount": invoice.paid,
        "transactioncurrencyid": currency,
        "invoice_type": RECURRING if invoice.is_recurring else ONE_TIME,
        "document_type": invoice.document.value,
        "amends": invoice.amends,
    }
    return values


def _invoice(
    row: microsoft.ProviderInvoice, currencies: Mapping[UUID | None, str]
) -> ProviderInvoice:
    end = row.period_end_on
    return ProviderInvoice(
        id=row.reference,
        document=_document(row),
        invoice_date=row.invoice_on,
        period_start=row.period_start_on,
        period_end=None if end is None else end - ONE_DAY,
        total=row.total_amount,
        paid=row.paid_amount,
        currency=currencies[row.transactioncurrencyid],
        is_recurring=row.invoice_type == RECURRING,
        amends=row.amends,
    )


def _document(row: microsoft.ProviderInvoice) -> ProviderDocument:
    try:
        return ProviderDocument(row.document_type)
    except ValueError as error:
        raise FieldWrong(
            f"provider invoice {row.reference}: document type {row.document_type!r} is none of"
            " Microsoft's; read the invoices again"
        ) from error
