"""Invoices: the list (app-only too), one by its id and its PDF (App+User), and line items.

Source: learn.microsoft.com/partner-center/developer/get-a-collection-of-invoices and its siblings.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from urllib.parse import urlencode

from work365.emulators.partner_center.annexes import Record, moment_of
from work365.emulators.partner_center.azure_usage import DailyUsage, usage_of
from work365.emulators.partner_center.calls import Answer, Call, Endpoint
from work365.emulators.partner_center.conduct import conduct_of
from work365.emulators.partner_center.errors import (
    PartnerCenterError,
    invalid_input,
    not_found,
)
from work365.emulators.partner_center.invoice_bodies import (
    balance_body,
    estimate_links,
    invoice_body,
)
from work365.emulators.partner_center.invoices import (
    INVOICE,
    invoices,
    invoices_of,
    lines_of,
    unbilled_lines,
)
from work365.emulators.partner_center.ledger import ChargeLine
from work365.emulators.partner_center.moments import moment_text
from work365.emulators.partner_center.months import Month
from work365.emulators.partner_center.paging import collection, link, page, page_size
from work365.emulators.partner_center.statement import pdf
from work365.emulators.partner_center.v1_line_items import (
    BILLED_ENDS,
    UNBILLED_ENDS,
    line_item,
    usage_item,
)

ROOT = "/v1/invoices"
LINES_MAX = 2000
INVOICES_MAX = 500
UNBILLED = "unbilled"
PROVIDERS = ("onetime", "one_time", "all", "marketplace")


def _list(call: Call) -> Answer:
    if "filter" in call.query:
        raise invalid_input("The twin does not know 'filter' for invoices.")
    found = invoices_of(call.world, call.partner.tenant)
    size = page_size(call, INVOICES_MAX, INVOICES_MAX)
    start = _number(call, "offset")
    amending = _amendments(found)
    shown = [
        invoice_body(each, amending.get(each["id"], ())) for each in found[start : start + size]
    ]
    links = {"self": link(f"/invoices?{urlencode({'size': size, 'offset': start})}")}
    if start + size < len(found):
        query = urlencode({"size": size, "offset": start + size})
        links["next"] = link(f"/invoices?{query}")
    return Answer(
        {
            "totalCount": len(shown),
            "items": shown,
            "links": links,
            "attributes": {"objectType": "Collection"},
        }
    )


def _amendments(found: Sequence[Record]) -> dict[str, list[Record]]:
    amending: dict[str, list[Record]] = {}
    for each in found:
        if each["amends"]:
            amending.setdefault(each["amends"], []).append(each)
    return amending


def _number(call: Call, name: str) -> int:
    text = call.query.get(name, "") or "0"
    if not (text.isascii() and text.isdigit()):
        raise invalid_input(f"'{name}' is not a whole number.")
    return int(text)


def _asked(call: Call) -> Record:
    # Links write the id with the invoice's type before it.
    key = call.parameters["invoice"].rpartition("-")[2]
    invoice = invoices(call.world).get(key)
    if invoice is None or invoice["partner"] != call.partner.tenant:
        raise not_found(f"There is no invoice '{key}'.")
    return invoice


def _get(call: Call) -> Answer:
    invoice = _asked(call)
    amending = _amendments(invoices_of(call.world, call.partner.tenant))
    return Answer(invoice_body(invoice, amending.get(invoice["id"], ())))


def _statement(call: Call) -> Answer:
    invoice = _asked(call)
    title = "Invoice" if invoice["kind"] == INVOICE else "Credit note"
    lines = [
        f"{title} {invoice['id']}",
        f"{call.partner.name}, {call.partner.partner_id}",
        f"Date: {moment_text(moment_of(invoice['issued']))}",
        f"Billing period: {invoice['month']}",
        f"Total: {invoice['total']} {invoice['currency']}",
    ]
    return Answer(pdf(lines), media_type="application/pdf")


def _summaries(call: Call) -> Answer:
    found = invoices_of(call.world, call.partner.tenant)
    currencies = dict.fromkeys(each["currency"] for each in found)
    bodies = [
        balance_body(currency, [each for each in found if each["currency"] == currency])
        for currency in currencies
    ]
    return collection(bodies, "/invoices/summaries")


def _summary(call: Call) -> Answer:
    found = invoices_of(call.world, call.partner.tenant)
    currency = call.partner.currency
    return Answer(balance_body(currency, [e for e in found if e["currency"] == currency]))


def _estimates(call: Call) -> Answer:
    currency = call.query.get("currencycode", "").upper()
    if not currency:
        raise invalid_input("'currencycode' is missing.")
    return collection(estimate_links(currency))


def _line_items(call: Call) -> Answer:
    provider = call.query.get("provider", "") or call.parameters.get("provider", "")
    kind = call.query.get("invoicelineitemtype", "") or call.parameters.get("kind", "")
    if provider.casefold() not in PROVIDERS:
        raise invalid_input(f"'provider' is one of {', '.join(PROVIDERS)} here.")
    if kind.casefold() not in ("billinglineitems", "usagelineitems"):
        raise invalid_input("'invoicelineitemtype' is billinglineitems or usagelineitems.")
    size = page_size(call, LINES_MAX, LINES_MAX)
    is_usage = kind.casefold() == "usagelineitems"
    if call.parameters["invoice"].casefold() == UNBILLED:
        return _unbilled(call, size, is_usage=is_usage)
    return _billed(call, size, is_usage=is_usage)


def _billed(call: Call, size: int, *, is_usage: bool) -> Answer:
    invoice = _asked(call)
    is_served = conduct_of(call.world).v1_line_items == "served"
    lines: list[ChargeLine] = []
    usages: list[DailyUsage] = []
    if is_served or moment_of(invoice["issued"]) < BILLED_ENDS:
        if is_usage:
            usages = billed_usage(call, invoice)
        else:
            lines = lines_of(call.world, invoice)
    if is_usage:
        return page(call, usages, size, lambda each: usage_item(call.world, each, invoice["id"]))
    return page(call, lines, size, lambda each: line_item(call.world, each, invoice))


def billed_usage(call: Call, invoice: Record) -> list[DailyUsage]:
    """Return the usage that an invoice charges for: nothing for other documents."""
    if invoice["kind"] != INVOICE or invoice["currency"] != call.partner.currency:
        return []
    month = Month.read(invoice["month"])
    assert month is not None, "an invoice's month is one"
    until = month.end + timedelta(days=1)
    return usage_of(call.world, call.partner.tenant, month, until)


def _unbilled(call: Call, size: int, *, is_usage: bool) -> Answer:
    is_served = conduct_of(call.world).v1_line_items == "served"
    if not is_served and call.now >= UNBILLED_ENDS:
        raise PartnerCenterError(
            HTTPStatus.GONE, 800042, "Not supported. Unbilled line items are exported by Graph."
        )
    currency = call.query.get("currencycode", "").upper()
    if not currency:
        raise invalid_input("'currencycode' is missing.")
    month = unbilled_month(call.query.get("period", "current").casefold(), call.now)
    if month is None:
        raise invalid_input("'period' is current or previous.")
    tenant = call.partner.tenant
    if is_usage:
        usages = usage_of(call.world, tenant, month, call.now)
        return page(call, usages, size, lambda each: usage_item(call.world, each, ""))
    lines = unbilled_lines(call.world, tenant, currency, month)
    return page(call, lines, size, lambda each: line_item(call.world, each, None))


def unbilled_month(period: str, now: datetime) -> Month | None:
    """Return the month that a period without invoice stands for."""
    month = Month.of(now.astimezone(UTC))
    return {"current": month, "previous": month.previous, "last": month.previous}.get(period)


ENDPOINTS = (
    Endpoint("GET", ROOT, _list),
    Endpoint("GET", f"{ROOT}/summaries", _summaries, needs_user=True),
    Endpoint("GET", f"{ROOT}/summary", _summary),
    Endpoint("GET", f"{ROOT}/estimates/links", _estimates),
    Endpoint("GET", f"{ROOT}/{{invoice}}/lineitems", _line_items),
    Endpoint("GET", f"{ROOT}/{{invoice}}/lineitems/{{provider}}/{{kind}}", _line_items),
    Endpoint("GET", f"{ROOT}/{{invoice}}/documents/statement", _statement, needs_user=True),
    Endpoint("GET", f"{ROOT}/{{invoice}}", _get, needs_user=True),
)
