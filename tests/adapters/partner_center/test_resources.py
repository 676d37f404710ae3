"""Other resources when an answer is unusual."""

from collections.abc import Iterator
from datetime import date

import httpx
import pytest
import respx

from tests.adapters.partner_center.asking import API, errand, page
from work365.adapters.partner_center.agreements import Agreements
from work365.adapters.partner_center.audit_records import AuditRecords
from work365.adapters.partner_center.azure import AzureSubscriptions
from work365.adapters.partner_center.errors import AnswerImpossible, NotFound, StillRunning
from work365.adapters.partner_center.invoices import Invoices
from work365.adapters.partner_center.licences import Licences
from work365.adapters.partner_center.orders import Orders
from work365.adapters.partner_center.refusals import AzurePlanRefused, OrderNotFound
from work365.adapters.partner_center.relationships import Relationships
from work365.adapters.partner_center.transitions import Transitions
from work365.domain.microsoft.azure import Registration
from work365.domain.microsoft.licences import LicenceUpdate
from work365.domain.microsoft.provider_invoices import ProviderDocument
from work365.domain.microsoft.transitions import (
    TransitionOrder,
    TransitionStatus,
    TransitionType,
)

CUSTOMER = f"{API}/v1/customers/c1"
INVOICE = {
    "id": "G1",
    "documentType": "invoice",
    "invoiceDate": "2026-02-08T00:00:00Z",
    "totalCharges": 10,
    "paidAmount": 0,
    "currencyCode": "eur",
    "invoiceType": "OneTime",
}


@pytest.fixture(autouse=True)
def _answered_here() -> Iterator[None]:
    with respx.mock:
        yield


def test_an_order_that_has_not_appeared_yet_says_so() -> None:
    respx.get(f"{CUSTOMER}/orders/o1").respond(404, json={"code": 20000, "description": "No"})

    with pytest.raises(OrderNotFound, match="15 minutes") as error:
        Orders(errand()).get("c1", "o1")

    assert isinstance(error.value, NotFound)


def test_a_statement_is_a_pdf_file_or_nothing() -> None:
    respx.get(f"{API}/v1/invoices/G1/documents/statement").mock(
        side_effect=[
            httpx.Response(200, content=b"%PDF-1.7 ..."),
            httpx.Response(200, content=b"<html>"),
        ]
    )
    invoices = Invoices(errand())

    assert invoices.statement("G1") == b"%PDF-1.7 ..."
    with pytest.raises(AnswerImpossible, match="not a PDF"):
        invoices.statement("G1")


@pytest.mark.parametrize(
    ("spelled", "document"),
    [
        ("Invoice", ProviderDocument.INVOICE),
        ("credit_note", ProviderDocument.CREDIT_NOTE),
        ("adjustment", ProviderDocument.ADJUSTMENT_NOTE),
    ],
)
def test_documents_are_known_in_any_spelling(spelled: str, document: ProviderDocument) -> None:
    respx.get(f"{API}/v1/invoices/G1").respond(json={**INVOICE, "documentType": spelled})

    invoice = Invoices(errand()).get("G1")

    assert (invoice.document, invoice.currency) == (document, "EUR")


def test_an_invoice_of_an_unknown_kind_is_found_and_the_others_are_listed() -> None:
    rows = [INVOICE, {**INVOICE, "id": "G2", "invoiceType": "Weekly"}]
    respx.get(url__startswith=f"{API}/v1/invoices").respond(json=page(rows))

    found = Invoices(errand()).all()

    assert [invoice.id for invoice in found.values] == ["G1"]
    assert [finding.code for finding in found.findings] == ["unknown_invoice_type"]


def test_warnings_about_licences_are_handed_on() -> None:
    warnings = [{"code": "SharePoint", "message": "A plan depends on it"}, {"code": "Other"}]
    respx.post(f"{CUSTOMER}/users/u1/licenseupdates").respond(json={"licenseWarnings": warnings})

    told = Licences(errand()).update("c1", "u1", LicenceUpdate(remove=("sku",)))

    assert told == ("A plan depends on it", "Other")


def test_licences_can_be_assigned_without_an_answer() -> None:
    respx.post(f"{CUSTOMER}/users/u1/licenseupdates").respond(204)

    assert Licences(errand()).update("c1", "u1", LicenceUpdate(assign=("sku",))) == ()


def test_records_of_one_customer_are_asked_for() -> None:
    route = respx.get(url__startswith=f"{API}/v1/auditrecords").respond(json=page([]))

    AuditRecords(errand()).between(date(2026, 1, 1), date(2026, 1, 2), customer="c1")

    assert route.calls.last.request.url.params["filter"] == (
        '{"Field":"CustomerId","Value":"c1","Operator":"equals"}'
    )


@pytest.mark.parametrize("signed", [True, False])
def test_a_customers_signature_is_said_or_not(signed: bool) -> None:
    respx.get(url__startswith=API).respond(json={"isSigned": signed})

    assert Agreements(errand()).customer_signed_itself("c1") is signed


@pytest.mark.parametrize("signed", [True, False])
def test_a_resellers_signature_is_said_or_not(signed: bool) -> None:
    respx.get(url__startswith=API).respond(json={"isAgreementSigned": signed})

    assert Relationships(errand()).partner_agreement_is_signed(mpn="4847383") is signed


def test_an_answer_that_says_nothing_of_a_signature_is_a_contradiction() -> None:
    respx.get(url__startswith=API).respond(json={"isSigned": "yes"})

    with pytest.raises(AnswerImpossible, match="whether it is signed"):
        Agreements(errand()).customer_signed_itself("c1")


def test_transitions_that_are_no_list_are_a_contradiction() -> None:
    respx.get(f"{CUSTOMER}/subscriptions/s1/transitions").respond(json={"count": 0})

    with pytest.raises(AnswerImpossible, match="not a list of transitions"):
        Transitions(errand()).all("c1", "s1")


def test_a_transition_that_is_taken_on_is_under_way() -> None:
    respx.post(f"{CUSTOMER}/subscriptions/s1/transitions").respond(202)
    order = TransitionOrder(catalogue_id="P:1:A", quantity=4, type=TransitionType.WITH_LICENCES)

    with pytest.raises(StillRunning):
        Transitions(errand()).start("c1", "s1", order, from_catalogue_id="Q:1:A")


@pytest.mark.parametrize("statuses", [("Started", "Completed"), ("Completed", "Started")])
def test_a_transition_that_began_and_ended_in_one_moment_is_completed(
    statuses: tuple[str, str],
) -> None:
    moment = "2026-07-10T09:30:15Z"
    events = [{"name": "Conversion", "status": each, "timestamp": moment} for each in statuses]
    transition = {"operationId": "o1", "toCatalogItemId": "P:1:A", "quantity": 4, "events": events}
    respx.get(f"{CUSTOMER}/subscriptions/s1/transitions").respond(json={"items": [transition]})

    [found] = Transitions(errand()).all("c1", "s1").values

    assert found.status is TransitionStatus.COMPLETED


def test_a_reactivation_is_taken_on_and_not_waited_for() -> None:
    url = f"{CUSTOMER}/subscriptions/p1/azureEntitlements/e1"
    respx.post(f"{url}/reactivate").respond(202)
    body = {"id": "E1", "friendlyName": "Azure", "status": "disabled", "subscriptionId": "P1"}
    respx.get(url).respond(json=body)
    azure = AzureSubscriptions(errand())

    azure.reactivate("c1", "p1", "e1")

    assert azure.get("c1", "p1", "e1").status == "disabled"


def test_a_reactivation_that_is_refused_says_what_to_look_at() -> None:
    url = f"{CUSTOMER}/subscriptions/p1/azureEntitlements/e1/reactivate"
    respx.post(url).respond(400, json={"code": 900337, "description": "Cannot reactivate"})

    with pytest.raises(AzurePlanRefused, match="Look at it in Partner Center"):
        AzureSubscriptions(errand()).reactivate("c1", "p1", "e1")


def test_a_registration_is_asked_for() -> None:
    url = f"{CUSTOMER}/subscriptions/s1"
    posted = respx.post(f"{url}/registrations").respond(
        202, headers={"Location": "/customers/c1/subscriptions/s1/registrationstatus"}
    )
    respx.get(f"{url}/registrationstatus").respond(json={"status": "Registering"})
    azure = AzureSubscriptions(errand())

    azure.register("c1", "s1")

    assert azure.registration("c1", "s1") is Registration.REGISTERING
    assert len(posted.calls) == 1
