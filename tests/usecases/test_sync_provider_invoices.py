from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from tests.usecases.provider_ends import PROVIDER, UNREADABLE
from work365.domain.findings import Finding, Reading, Severity
from work365.domain.microsoft.provider_invoices import ProviderDocument, ProviderInvoice
from work365.usecases.sync_provider_invoices import sync_provider_invoices

INVOICE = ProviderInvoice(
    id="G000001",
    document=ProviderDocument.INVOICE,
    invoice_date=date(2026, 2, 7),
    period_start=date(2026, 1, 1),
    period_end=date(2026, 1, 31),
    total=Decimal("1234.56"),
    paid=Decimal(0),
    currency="XTS",
    is_recurring=False,
)
NO_CURRENCY = Finding(Severity.ERROR, "currency_unknown", "Add XTS.", "invoice G000001")


@dataclass
class Book:
    """A `ProviderInvoiceBook` that knows no currency."""

    kept: list[ProviderInvoice] = field(default_factory=list)

    def keep(self, provider: str, invoices: Sequence[ProviderInvoice]) -> Sequence[Finding]:
        assert provider == PROVIDER
        self.kept += invoices
        return [NO_CURRENCY]

    def invoices(self, provider: str) -> Sequence[ProviderInvoice]:
        return self.kept


class Invoices:
    """An `InvoiceList`."""

    def all(self) -> Reading[ProviderInvoice]:
        return Reading((INVOICE,), (UNREADABLE,))


def test_heads_are_kept_and_what_cannot_be_read_or_kept_is_found() -> None:
    book = Book()

    imported = sync_provider_invoices(provider=PROVIDER, invoices=Invoices(), book=book)

    assert book.kept == [INVOICE]
    assert imported.findings == (UNREADABLE, NO_CURRENCY)
