"""Invoices of Microsoft: their heads, their PDF, and lines in the older form.

Source: "Get a collection of invoices", "Get invoice by ID", "Get an invoice statement", "Get
invoice's billed commercial consumption line items", "Get invoice estimate links".
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from tempfile import SpooledTemporaryFile
from typing import Any

from work365.adapters.partner_center.answers import impossible
from work365.adapters.partner_center.calls import Call
from work365.adapters.partner_center.endpoints import (
    GET_INVOICE,
    GET_STATEMENT,
    LIST_ESTIMATES,
    LIST_INVOICE_LINES,
    LIST_INVOICES,
)
from work365.adapters.partner_center.errands import Errand
from work365.adapters.partner_center.field_values import (
    LONG_AGO,
    amount_of,
    day_of,
    last_day_of,
    member_of,
)
from work365.adapters.partner_center.files import Row, Unreadable, text_of
from work365.adapters.partner_center.reading import each_of, read_one, read_rows
from work365.domain.findings import Reading
from work365.domain.microsoft.provider_invoices import (
    Estimate,
    ProviderDocument,
    ProviderInvoice,
)

INVOICES_PER_PAGE = 200
LINES_PER_PAGE = 2000
"""The most that Microsoft gives."""
IN_MEMORY_BYTES = 1024 * 1024
PDF = b"%PDF-"

_INVOICE_TYPES = {"recurring": True, "onetime": False}
_ADJUSTMENTS = {"adjustment": "adjustment_note", "void": "void_note"}
"""Other spellings of documents."""

_known_document_of = member_of(ProviderDocument, "unknown_document")


@dataclass(frozen=True, slots=True)
class Invoices:
    """Invoices, asked for on an errand."""

    errand: Errand

    def all(self) -> Reading[ProviderInvoice]:
        """Return every invoice, credit note and adjustment, each once.

        Raises: PartnerCenterError.
        """
        query = {"size": str(INVOICES_PER_PAGE), "offset": "0"}
        call = Call(LIST_INVOICES, query=query)
        found = read_rows(self.errand.rows(call), _with_amendments, call=call)
        once = {invoice.id: invoice for invoices in found.values for invoice in invoices}
        return Reading(tuple(once.values()), found.findings)

    def get(self, invoice: str) -> ProviderInvoice:
        """Return one invoice.

        Raises: PartnerCenterError; NeedsDelegatedConnection.
        """
        call = Call(GET_INVOICE, {"invoice": invoice})
        return read_one(self.errand.ask(call).body, _invoice, call=call)

    def statement(self, invoice: str) -> bytes:
        """Return an invoice as a PDF file.

        Raises: PartnerCenterError; NeedsDelegatedConnection.
        """
        call = Call(GET_STATEMENT, {"invoice": invoice}, headers={"Accept": "application/pdf"})
        with SpooledTemporaryFile(max_size=IN_MEMORY_BYTES) as file:
            self.errand.download(call, file)
            content = file.read()
        if not content.startswith(PDF):
            raise impossible(call, "the statement is not a PDF file")
        return content

    def lines(
        self, invoice: str, *, currency: str, are_usage: bool = False
    ) -> Iterator[Mapping[str, Any]]:
        """Yield the lines of an invoice as Microsoft writes them, numbers exact.

        Only for clouds without the exports of `billing_exports`: they have nothing newer than
        21 April 2025.

        Raises: PartnerCenterError.
        """
        query = {
            "provider": "onetime",
            "invoicelineitemtype": "usagelineitems" if are_usage else "billinglineitems",
            "currencycode": currency,
            "period": "current",
            "size": str(LINES_PER_PAGE),
        }
        for page in self.errand.pages(Call(LIST_INVOICE_LINES, {"invoice": invoice}, query=query)):
            yield from page["items"]

    def estimates(self, currency: str) -> Reading[Estimate]:
        """Return what will be on the next invoice, and where its lines are.

        Raises: PartnerCenterError.
        """
        call = Call(LIST_ESTIMATES, query={"currencycode": currency})
        return read_rows(self.errand.rows(call), _estimate, call=call)


def _with_amendments(row: Row) -> tuple[ProviderInvoice, ...]:
    return (_invoice(row), *(_invoice(each) for each in each_of(row, "amendments")))


def _invoice(row: Row) -> ProviderInvoice:
    return ProviderInvoice(
        id=row.read("id", text_of, otherwise=""),
        document=row.read("documentType", _document_of, otherwise=ProviderDocument.INVOICE),
        invoice_date=row.read("invoiceDate", day_of, otherwise=LONG_AGO),
        period_start=row.read_if_given("billingPeriodStartDate", last_day_of),
        period_end=row.read_if_given("billingPeriodEndDate", last_day_of),
        total=row.read("totalCharges", amount_of, otherwise=Decimal(0)),
        paid=row.read("paidAmount", amount_of, otherwise=Decimal(0)),
        currency=row.read("currencyCode", text_of, otherwise="").upper(),
        is_recurring=row.read("invoiceType", _is_recurring, otherwise=False),
        amends=row.read_if_given("amendsOf", text_of),
    )


def _document_of(value: object) -> ProviderDocument:
    spelled = text_of(value)
    return _known_document_of(_ADJUSTMENTS.get(spelled.lower(), spelled))


def _is_recurring(value: object) -> bool:
    known = _INVOICE_TYPES.get(text_of(value).lower().replace("_", ""))
    if known is None:
        raise Unreadable("unknown_invoice_type", "it must be Recurring or OneTime")
    return known


def _estimate(row: Row) -> Estimate:
    return Estimate(
        kind=row.read("type", text_of, otherwise=""),
        is_current=row.read("period", text_of, otherwise="").lower() == "current",
        link=row.read("link.uri", text_of, otherwise=""),
    )
