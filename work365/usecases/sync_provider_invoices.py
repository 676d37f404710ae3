"""Bring over the heads of the invoices that Microsoft wrote for the partner."""

from work365.ports.provider_invoices import ProviderInvoiceBook
from work365.ports.provider_lists import InvoiceList
from work365.usecases.intake import Imported


def sync_provider_invoices(
    *, provider: str, invoices: InvoiceList, book: ProviderInvoiceBook
) -> Imported:
    """Keep every invoice, credit note and adjustment; what has not changed is not written.

    Raises: ProviderMissing; Refusal, Unavailable, Contradiction: the list was not given.
    """
    listed = invoices.all()
    return Imported(findings=(*listed.findings, *book.keep(provider, listed.values)))
