"""Relationships, consents, webhooks and the partner itself: documented requests, responses."""

import pytest
import respx

from tests.adapters.partner_center.asking import API, errand, page
from tests.contract.partner_center.documented import answering, body, sent
from work365.adapters.partner_center.application_consents import ApplicationConsents
from work365.adapters.partner_center.partner_profile import Partner
from work365.adapters.partner_center.relationships import Relationships
from work365.adapters.partner_center.webhook_registration import Webhooks
from work365.domain.microsoft.consents import ApplicationGrant
from work365.domain.microsoft.profiles import PartnerProfile
from work365.domain.microsoft.relationships import OtherPartner, PartnerRole
from work365.domain.microsoft.webhooks import WebhookRegistration, WebhookTrial

TENANT = "4b827261-d21f-4aa9-b7db-7fa1f56fb163"
REGISTRATION = f"{API}/webhooks/v1/registration"


@respx.mock
def test_the_link_that_invites_a_customer_is_read() -> None:
    answering(f"{API}/v1/customers/relationshiprequests", "relationship_request_response")

    link = Relationships(errand()).invitation()

    assert link == body("relationship_request_response")["url"]


@respx.mock
def test_indirect_resellers_are_listed() -> None:
    route = answering(f"{API}/v1/relationships", "indirect_resellers_list_response")

    found = Relationships(errand()).partners(PartnerRole.OUR_RESELLERS)

    asked = route.calls.last.request.url.params["relationship_type"]
    assert asked == "IsIndirectCloudSolutionProviderOf"
    assert found.values[0] == OtherPartner(
        tenant="484e548c-f5f3-4528-93a9-c16c6373cb59",
        name="First Up Consultants",
        mpn="4847383",
        is_active=True,
        country="US",
    )


@respx.mock
def test_the_resellers_of_a_customer_are_listed() -> None:
    answering(f"{API}/v1/customers/{TENANT}/relationships", "customer_relationships_response")

    [reseller] = Relationships(errand()).resellers_of(TENANT).values

    assert (reseller.name, reseller.mpn, reseller.is_active) == (
        "First Up Consultants",
        "4847383",
        True,
    )


@respx.mock
def test_a_consent_in_a_customers_tenant_is_asked_for_as_documented() -> None:
    url = f"{API}/v1/customers/{TENANT}/applicationconsents"
    documented = body("cpv_applicationconsents_request")
    route = respx.post(url).respond(201, json=documented)
    grants = [
        ApplicationGrant(each["enterpriseApplicationId"], tuple(each["scope"].split(",")))
        for each in documented["applicationGrants"]
    ]

    is_new = ApplicationConsents(errand()).give(TENANT, documented["applicationId"], grants)

    assert sent(route) == documented
    assert is_new


@respx.mock
def test_the_partners_profile_is_read() -> None:
    answering(f"{API}/v1/profiles/mpn", "mpn_profile_response")

    assert Partner(errand()).profile() == PartnerProfile(name="Microsoft Partner", mpn="4391507")


@respx.mock
def test_requests_with_and_without_mfa_are_told_apart() -> None:
    answering(f"{API}/v1/partnerRequests", "partner_requests_mfa_response")

    found = Partner(errand()).signed_in_requests()

    assert [each.had_mfa for each in found.values] == [True, False]
    assert found.values[0].application == "60a00bf2-0644-4279-83b3-87ddf96f2509"
    assert all("@" not in each.user for each in found.values)


@respx.mock
@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_a_webhook_is_registered_as_documented(method: str) -> None:
    documented = body("webhook_register_request")
    route = answering(REGISTRATION, "webhook_register_response", method=method)
    wanted = WebhookRegistration(
        url=documented["WebhookUrl"], events=frozenset(documented["WebhookEvents"])
    )
    webhooks = Webhooks(errand())

    now = webhooks.register(wanted) if method == "POST" else webhooks.replace(wanted)

    assert sent(route) == documented
    assert now == wanted


@respx.mock
def test_the_registration_and_the_events_are_read() -> None:
    answering(f"{REGISTRATION}/events", "webhook_supported_events_response")
    respx.get(REGISTRATION).respond(json=body("webhook_register_response"))
    webhooks = Webhooks(errand())

    registered = webhooks.registered()

    assert registered is not None
    assert registered.events == {"subscription-updated", "test-created"}
    assert webhooks.events() == {
        "subscription-updated",
        "test-created",
        "usagerecords-thresholdExceeded",
    }


@respx.mock
def test_a_test_event_is_asked_for_and_looked_at() -> None:
    correlation = "04af2aea-d413-42db-824e-f328001484d1"
    answering(
        f"{REGISTRATION}/validationEvents/{correlation}", "webhook_validation_event_status_response"
    )
    answering(
        f"{REGISTRATION}/validationEvents",
        "webhook_validation_event_create_response",
        method="POST",
    )
    webhooks = Webhooks(errand())

    begun = webhooks.start_trial()
    trial = webhooks.trial(begun)

    assert begun == correlation
    assert trial == WebhookTrial(status="completed", answers=("OK",))
    assert trial.arrived


@respx.mock
def test_lists_of_partners_can_be_empty() -> None:
    respx.get(url__startswith=f"{API}/v1/relationships").respond(json=page([]))

    assert Relationships(errand()).partners(PartnerRole.OUR_PROVIDERS).values == ()
