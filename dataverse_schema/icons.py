"""Icons of the tables: our own drawings, in strokes on a square of 16 by 16."""

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
from dataverse_schema.tables.microsoft import (
    AdminRelationship,
    Agreement,
    Consent,
    ConsentRequest,
    ProviderCall,
    ProviderEvent,
    ProviderInvoice,
)
from dataverse_schema.tables.operations import Finding, Job, Watermark
from dataverse_schema.tables.providers import Provider, ProviderAccount

HEAD = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="16" height="16" viewBox="0 0 16 16"'
    ' fill="none" stroke="#1f4e79" stroke-linecap="round" stroke-linejoin="round">'
)

STROKES: dict[type[Table], str] = {
    Provider: "M2 6h12M3 6v7h10V6M2 6l2-3h8l2 3M7 13V9h2v4",
    ProviderAccount: "M8 7a2 2 0 100-4 2 2 0 000 4M4 13a4 4 0 018 0z",
    BillingSettings: "M2 4h7M12 4h2M2 8h2M7 8h7M2 12h6M11 12h3M10 2v4M5 6v4M9 10v4",
    BillingContract: "M3 2h10v12H3zM5 5h6M5 7h6M5 11c1-2 2 1 3 0s1-1 3 0",
    Subscription: "M13 8a5 5 0 11-2-4M11 1v3H8",
    SubscriptionChange: "M8 2v12M2 8h4M10 8h4M12 6v4",
    OneTimeCharge: "M8 14A6 6 0 108 2a6 6 0 000 12M7 6l1-1v6M7 11h2",
    Invoice: "M4 2h8v12l-2-1-2 1-2-1-2 1zM6 5h4M6 8h4M6 10h2",
    InvoiceLine: "M2 5h12v6H2zM4 8h5M12 8h0",
    ConsentRequest: "M6 10l4-4M7 4l1-1a3 3 0 014 4l-1 1M9 12l-1 1a3 3 0 01-4-4l1-1",
    Consent: "M8 2l5 2v4c0 3-2 5-5 6-3-1-5-3-5-6V4zM6 8l2 2 3-4",
    AdminRelationship: "M5 7a2 2 0 100-4 2 2 0 000 4M2 13a3 3 0 016 0M9 9l5-5M12 4h2v2",
    Agreement: "M4 2h6l2 2v10H4zM6 6h4M6 9h2M6 12l1-1 1 1 2-2",
    ProviderEvent: "M4 11h8l-1-2V7a3 3 0 00-6 0v2zM7 13h2M8 2v2",
    ProviderInvoice: "M4 2h8v12l-2-1-2 1-2-1-2 1zM8 5v6M6 7l2-2 2 2",
    ProviderCall: "M3 13V9M7 13V5M11 13V7M2 13h12",
    Job: "M3 3h10M3 13h10M4 3c0 4 8 6 8 10M12 3c0 4-8 6-8 10",
    Finding: "M7 11a4 4 0 100-8 4 4 0 000 8M10 10l4 4M7 5v2M7 9h0",
    Watermark: "M8 2c3 4 4 5 4 8a4 4 0 01-8 0c0-3 1-4 4-8M6 10h4",
}


def icon(declared: type[Table]) -> bytes:
    """Return the drawing for a table of ours, as an SVG file."""
    return f'{HEAD}<path d="{STROKES[declared]}"/></svg>\n'.encode()
