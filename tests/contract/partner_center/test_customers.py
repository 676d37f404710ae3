"""Customers and agreements: documented responses, read field by field."""

import json
from datetime import date

import pytest
import respx

from tests.adapters.partner_center.asking import API, errand, page
from tests.contract.partner_center.documented import answering, body
from work365.adapters.partner_center.agreements import Agreements
from work365.adapters.partner_center.customers import Customers
from work365.adapters.partner_center.errors import RowsLeftOut
from work365.domain.microsoft.agreements import AgreementTemplate
from work365.domain.microsoft.customers import AgreementType, SeenCustomer, SignedAgreement

TENANT = "eebd1b55-5360-4438-a11d-5c06918c3014"


@respx.mock
def test_customers_are_listed() -> None:
    answering(f"{API}/v1/customers", "customers_list_response")

    found = Customers(errand()).all()

    assert found.findings == ()
    assert found.values == tuple(
        SeenCustomer(tenant=tenant, name="companyName", domain="domain", relationship="reseller")
        for tenant in (
            "b44bb1fb-c595-45b0-9e09-d657365580bf",
            "45c44870-ef77-4fdd-b6fe-3dacb075cff2",
        )
    )


@respx.mock
def test_a_customer_is_read_with_all_that_is_told_of_it() -> None:
    answering(f"{API}/v1/customers/{TENANT}", "customer_get_response")

    seen = Customers(errand()).get(TENANT)

    assert seen == SeenCustomer(
        tenant=TENANT,
        name="1kl as kjk",
        domain="abcdefgh1234.ccsctp.net",
        relationship="reseller",
    )


@respx.mock
def test_customers_of_an_indirect_reseller_are_asked_for_by_the_documented_filter() -> None:
    route = answering(f"{API}/v1/customers", "customers_of_indirect_reseller_response")
    reseller = "484e548c-f5f3-4528-93a9-c16c6373cb59"

    found = Customers(errand()).of_reseller(reseller)

    asked = json.loads(route.calls.last.request.url.params["filter"])
    assert asked == {"Field": "IndirectReseller", "Value": reseller, "Operator": "starts_with"}
    assert [(seen.name, seen.reseller) for seen in found.values] == [
        ("FourthCoffee137", reseller),
        ("Wingtip Toys1254789149", reseller),
    ]


@respx.mock
def test_a_list_that_says_more_than_came_is_not_taken_for_whole() -> None:
    documented = body("customers_filter_by_name_response")
    route = respx.get(url__startswith=f"{API}/v1/customers")
    route.respond(json={**documented, "totalCount": 4})
    with pytest.raises(RowsLeftOut):
        Customers(errand()).all()
    route.respond(json=documented)

    found = Customers(errand()).all()

    assert [seen.name for seen in found.values] == ["Contoso190", "Contoso", "Contoso"]


@respx.mock
def test_the_template_of_the_customer_agreement_is_found() -> None:
    route = answering(f"{API}/v1/agreements", "agreement_metadata_response")

    found = Agreements(errand()).templates(AgreementType.CUSTOMER_AGREEMENT)

    assert route.calls.last.request.url.params["agreementType"] == "MicrosoftCustomerAgreement"
    assert found.values == (
        AgreementTemplate(
            id="117a77b0-9360-443b-8795-c6dedc750cf9",
            type=AgreementType.CUSTOMER_AGREEMENT,
            link="https://aka.ms/customeragreement",
            rank=0,
        ),
    )


@respx.mock
def test_an_agreement_that_was_confirmed_is_read() -> None:
    # The documented list has rows such as the documented creation answers with.
    row = body("agreement_create_response")
    respx.get(f"{API}/v1/customers/{TENANT}/agreements").respond(json=page([row]))

    found = Agreements(errand()).of_customer(TENANT)

    assert found.values == (
        SignedAgreement(
            tenant=TENANT,
            type=AgreementType.CUSTOMER_AGREEMENT,
            template="117a77b0-9360-443b-8795-c6dedc750cf9",
            agreed_on=date(2018, 6, 14),
            contact="Tania Carr someone@example.com",
        ),
    )
