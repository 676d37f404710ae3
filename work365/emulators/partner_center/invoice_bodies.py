"""Invoices, balances and links to what is not invoiced yet, as Partner Center shows them."""

from collections.abc import Sequence
from decimal import Decimal

from work365.emulators.partner_center.annexes import Record, moment_of
from work365.emulators.partner_center.invoices import INVOICE
from work365.emulators.partner_center.moments import day_text, moment_text
from work365.emulators.partner_center.months import Month
from work365.emulators.partner_center.paging import link

SYMBOLS = {"USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥"}
NEVER = "0001-01-01T00:00:00"


def invoice_body(invoice: Record, amendments: Sequence[Record]) -> Record:
    """Return an invoice or credit note, with what amends it."""
    key = invoice["id"]
    month = Month.read(invoice["month"])
    assert month is not None, "an invoice's month is one"
    body = {
        **_figures(invoice),
        "billingPeriodStartDate": day_text(month.first),
        "billingPeriodEndDate": day_text(month.last),
        "pdfDownloadLink": f"/invoices/{key}/documents/statement",
        "invoiceDetails": [_detail(key)],
        "documentType": invoice["kind"],
        "invoiceType": "OneTime",
        "links": {"self": link(f"/invoices/OneTime-{key}")},
        "attributes": {"objectType": "Invoice"},
    }
    if invoice["amends"]:
        body["amendsOf"] = invoice["amends"]
    if amendments:
        body["amendments"] = [_amendment(each) for each in amendments]
    return body


def _figures(invoice: Record) -> Record:
    currency = invoice["currency"]
    return {
        "id": invoice["id"],
        "invoiceDate": moment_text(moment_of(invoice["issued"])),
        "totalCharges": Decimal(invoice["total"]),
        "paidAmount": Decimal(invoice["paid"]),
        "currencyCode": currency,
        "currencySymbol": SYMBOLS.get(currency, currency),
    }


def _detail(key: str) -> Record:
    return {
        "invoiceLineItemType": "billing_line_items",
        "billingProvider": "one_time",
        "links": {"self": link(f"/invoices/OneTime-{key}/lineitems/OneTime/BillingLineItems")},
        "attributes": {"objectType": "InvoiceDetail"},
    }


def _amendment(note: Record) -> Record:
    detail = _detail(note["id"])
    del detail["links"]
    return {
        **_figures(note),
        "invoiceDetails": [detail],
        "documentType": note["kind"],
        "amendsOf": note["amends"],
        "invoiceType": "OneTime",
        "attributes": {"objectType": "Invoice"},
    }


def balance_body(currency: str, found: Sequence[Record]) -> Record:
    """Return what a partner owes in a currency."""
    summary = _balance(currency, found)
    detail = {
        "invoiceType": "OneTime",
        "summary": {**summary, "attributes": {"objectType": "InvoiceSummary"}},
    }
    return {
        **summary,
        "details": [detail],
        "links": {"self": link("/invoices/summary")},
        "attributes": {"objectType": "InvoiceSummary"},
    }


def _balance(currency: str, found: Sequence[Record]) -> Record:
    owed = sum((Decimal(each["total"]) - Decimal(each["paid"]) for each in found), Decimal(0))
    issued = [moment_text(moment_of(each["issued"])) for each in found if each["kind"] == INVOICE]
    return {
        "balanceAmount": owed,
        "currencyCode": currency,
        "currencySymbol": SYMBOLS.get(currency, currency),
        "accountingDate": issued[-1] if issued else NEVER,
        "firstInvoiceCreationDate": issued[0] if issued else NEVER,
        "lastPaymentDate": NEVER,
        "lastPaymentAmount": 0,
        "latestInvoiceDate": issued[-1] if issued else NEVER,
    }


def estimate_links(currency: str) -> list[Record]:
    """Return where to read what is not invoiced yet."""
    return [
        _estimate("daily_rated_usage", "Daily rated usage", "Marketplace", currency, period)
        for period in ("Current", "Previous")
    ] + [
        _estimate("non_consumption", "Reconciliation line items", "all", currency, period)
        for period in ("Current", "Previous")
    ]


def _estimate(kind: str, title: str, provider: str, currency: str, period: str) -> Record:
    items = "UsageLineItems" if kind == "daily_rated_usage" else "billinglineitems"
    uri = (
        f"/invoices/unbilled/lineitems?provider={provider}&invoicelineitemtype={items}"
        f"&currencycode={currency}&period={period.casefold()}&size=2000"
    )
    return {
        "type": kind,
        "title": f"{title}, unbilled",
        "description": f"{title} of what is not invoiced yet.",
        "period": period,
        "link": link(uri),
    }
