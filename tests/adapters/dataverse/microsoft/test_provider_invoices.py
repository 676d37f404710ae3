from dataclasses import replace
from datetime import date
from decimal import Decimal
from uuid import UUID

import pytest

from dataverse_schema.tables import microsoft
from tests.adapters.dataverse.partner import Partner
from work365.adapters.dataverse.microsoft.provider_invoices import DataverseProviderInvoiceBook
from work365.adapters.dataverse.microsoft.rows import ProviderRows
from work365.adapters.dataverse.row_faults import FieldWrong
from work365.domain.microsoft.provider_invoices import ProviderDocument, ProviderInvoice

INVOICE = ProviderInvoice(
    id="G012345678",
    document=ProviderDocument.INVOICE,
    invoice_date=date(2026, 2, 7),
    period_start=date(2026, 1, 1),
    period_end=date(2026, 1, 31),
    total=Decimal("1234.56"),
    paid=Decimal(0),
    currency="EUR",
    is_recurring=False,
)
CREDIT = replace(
    INVOICE,
    id="G012345679",
    document=ProviderDocument.CREDIT_NOTE,
    invoice_date=date(2026, 3, 7),
    period_start=None,
    period_end=None,
    total=Decimal("-34.50"),
    amends="G012345678",
)


@pytest.fixture
def book(partner: Partner, provider: UUID) -> DataverseProviderInvoiceBook:
    return DataverseProviderInvoiceBook(partner.client)


def test_invoices_and_credit_notes_come_back_as_they_were(
    book: DataverseProviderInvoiceBook, rows: ProviderRows
) -> None:
    findings = book.keep("microsoft", [INVOICE, CREDIT])

    periods = {row.reference: row.period_end_on for row in rows.all(microsoft.ProviderInvoice)}
    assert findings == []
    assert book.invoices("microsoft") == [CREDIT, INVOICE]
    assert periods == {"G012345678": date(2026, 2, 1), "G012345679": None}


def test_one_that_was_paid_is_brought_up_to_date_and_the_other_is_not_written(
    partner: Partner, book: DataverseProviderInvoiceBook
) -> None:
    book.keep("microsoft", [INVOICE, CREDIT])
    paid = replace(INVOICE, paid=INVOICE.total)

    with partner.counted() as counts:
        book.keep("microsoft", [paid, CREDIT])

    assert counts["rows_written"] == 1
    assert book.invoices("microsoft") == [CREDIT, paid]


def test_one_in_a_currency_of_nobodys_is_a_finding_and_the_rest_is_kept(
    book: DataverseProviderInvoiceBook,
) -> None:
    [finding] = book.keep("microsoft", [replace(INVOICE, id="G1", currency="CHF"), CREDIT])

    assert finding.code == "currency_unknown"
    assert "'CHF'" in finding.message
    assert "add the currency" in finding.message
    assert finding.path == "provider invoice G1"
    assert book.invoices("microsoft") == [CREDIT]


def test_a_document_that_nobody_knows_is_named(
    partner: Partner, book: DataverseProviderInvoiceBook, rows: ProviderRows
) -> None:
    book.keep("microsoft", [INVOICE])
    [row] = rows.all(microsoft.ProviderInvoice)
    assert row.row_id is not None
    partner.set(microsoft.ProviderInvoice, row.row_id, document_type="poem")

    with pytest.raises(FieldWrong, match="G012345678: document type 'poem'"):
        book.invoices("microsoft")
