"""Invoices that Microsoft sends."""

import pytest

from work365.domain.microsoft.provider_invoices import ProviderDocument


@pytest.mark.parametrize(
    ("spelled", "document"),
    [
        ("invoice", ProviderDocument.INVOICE),
        ("credit_note", ProviderDocument.CREDIT_NOTE),
        ("adjustment_note", ProviderDocument.ADJUSTMENT_NOTE),
        ("void_note", ProviderDocument.VOID_NOTE),
    ],
)
def test_documents_are_spelled_as_partner_center_does(
    spelled: str, document: ProviderDocument
) -> None:
    assert ProviderDocument(spelled) is document
