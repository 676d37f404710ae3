"""Invoices, their lines and audit records: documented responses."""

from datetime import UTC, date, datetime
from decimal import Decimal

import httpx
import pytest
import respx

from tests.adapters.partner_center.asking import API, errand, page
from tests.contract.partner_center.documented import answering, body
from work365.adapters.partner_center.audit_records import AuditRecords
from work365.adapters.partner_center.invoices import Invoices
from work365.domain.microsoft.provider_invoices import ProviderDocument, ProviderInvoice
from work365.http import write_json


@respx.mock
def test_invoices_and_what_amends_them_are_listed_once_each() -> None:
    # The sample is the first page of several.
    only = {name: each for name, each in body("invoices_list_response").items() if name != "links"}
    respx.get(f"{API}/v1/invoices").respond(content=write_json(only).encode())

    found = Invoices(errand()).all()

    assert found.findings == ()
    recurring, void, adjustment = found.values
    assert recurring == ProviderInvoice(
        id="D02005YFHI",
        document=ProviderDocument.INVOICE,
        invoice_date=date(2017, 1, 21),
        period_start=None,
        period_end=None,
        total=Decimal("24606.35"),
        paid=Decimal(1000),
        currency="GBP",
        is_recurring=True,
    )
    assert (void.id, void.document) == ("G000024130", ProviderDocument.VOID_NOTE)
    assert (adjustment.id, adjustment.amends) == ("G000024131", "G000024130")
    assert adjustment.document is ProviderDocument.ADJUSTMENT_NOTE
    assert adjustment.total == Decimal("107661.12")


@respx.mock
def test_one_invoice_is_read_with_its_period() -> None:
    answering(f"{API}/v1/invoices/G000024135", "invoice_get_response")

    invoice = Invoices(errand()).get("G000024135")

    assert (invoice.period_start, invoice.period_end) == (date(2018, 2, 1), date(2018, 2, 28))
    assert (invoice.total, invoice.currency) == (Decimal("2076.63"), "USD")
    assert not invoice.is_recurring


@respx.mock
def test_lines_are_asked_for_as_documented_and_given_as_they_are() -> None:
    route = answering(
        f"{API}/v1/invoices/G000773581/lineitems", "invoice_lineitems_onetime_response"
    )

    lines = list(Invoices(errand()).lines("G000773581", currency="USD"))

    assert dict(route.calls.last.request.url.params) == {
        "provider": "onetime",
        "invoicelineitemtype": "billinglineitems",
        "currencycode": "USD",
        "period": "current",
        "size": "2000",
    }
    assert lines == body("invoice_lineitems_onetime_response")["items"]


@respx.mock
@pytest.mark.parametrize(
    ("first_name", "second_name"),
    [
        (
            "invoice_billed_usage_lineitems_page1_response",
            "invoice_billed_usage_lineitems_page2_response",
        ),
        (
            "invoice_unbilled_usage_lineitems_page1_response",
            "invoice_unbilled_usage_lineitems_page2_response",
        ),
    ],
)
def test_pages_of_lines_follow_each_other(first_name: str, second_name: str) -> None:
    first, second = body(first_name), body(second_name)
    route = respx.get(url__startswith=f"{API}/v1/invoices/").mock(side_effect=_pages(first, second))

    lines = list(Invoices(errand()).lines("T000001234", currency="USD", are_usage=True))

    assert lines == [*first["items"], *second["items"]]
    link = first["links"]["next"]
    following = route.calls.last.request
    assert following.url.path.startswith("/v1/invoices/")
    for header in link["headers"]:
        assert following.headers[header["key"]] == header["value"]


@respx.mock
@pytest.mark.parametrize(
    "name",
    [
        "invoice_unbilled_recon_lineitems_page1_response",
        "invoice_unbilled_recon_lineitems_page2_response",
    ],
)
def test_lines_that_are_more_than_announced_are_all_given(name: str) -> None:
    answering(f"{API}/v1/invoices/unbilled/lineitems", name)

    lines = list(Invoices(errand()).lines("unbilled", currency="USD"))

    assert body(name)["totalCount"] < len(lines)
    assert lines == body(name)["items"]


def _pages(*bodies: dict[str, object]) -> list[httpx.Response]:
    # Another link in the last sample would lead on for ever.
    last = {name: value for name, value in bodies[-1].items() if name != "links"}
    return [httpx.Response(200, content=write_json(each).encode()) for each in (*bodies[:-1], last)]


@respx.mock
def test_what_will_be_invoiced_is_listed() -> None:
    answering(f"{API}/v1/invoices/estimates/links", "invoice_estimate_links_response")

    found = Invoices(errand()).estimates("USD")

    assert [(each.kind, each.is_current) for each in found.values] == [
        ("daily_rated_usage", True),
        ("daily_rated_usage", False),
        ("non_consumption", True),
        ("non_consumption", False),
    ]


@respx.mock
def test_audit_records_are_read() -> None:
    rows = body("audit_records_response")["items"]
    route = respx.get(url__startswith=f"{API}/v1/auditrecords").respond(json=page(rows))

    found = AuditRecords(errand()).between(date(2017, 6, 1), date(2017, 6, 15))

    params = dict(route.calls.last.request.url.params)
    assert (params["startDate"], params["endDate"]) == ("2017-06-01", "2017-06-15")
    assert found.findings == ()
    order, licence = found.values
    assert order.at == datetime(2017, 6, 15, 22, 56, 5, tzinfo=UTC)
    assert (order.operation, order.resource, order.succeeded) == ("create_order", "order", True)
    assert order.customer == "0c39d6d5-c70d-4c55-bc02-f620844f3fd1"
    assert order.details["OrderId"] == "d51a052e-043c-4a2a-aa37-2bb938cef6c1"
    assert "PartnerOnRecord-0" not in order.details
    assert order.new_value is not None
    assert '"Quantity":25' in order.new_value
    assert licence.application == "Partner Center Native App"
