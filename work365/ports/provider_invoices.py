"""Where the invoices that a provider sends the partner are kept."""

from collections.abc import Sequence
from typing import Protocol

from work365.domain.findings import Finding
from work365.domain.microsoft.provider_invoices import ProviderInvoice


class ProviderInvoiceBook(Protocol):
    """Where the invoices that a provider sends the partner are kept."""

    def keep(self, provider: str, invoices: Sequence[ProviderInvoice]) -> Sequence[Finding]:
        """Add those that are not kept, and bring the others up to date.

        Returns a finding for each that cannot be kept: its currency is none of ours.
        """

    def invoices(self, provider: str) -> Sequence[ProviderInvoice]:
        """Return those of the provider with this key, the last first."""
