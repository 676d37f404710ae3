"""Users and licences: documented responses, requests and errors."""

import pytest
import respx

from tests.adapters.partner_center.asking import API, errand
from tests.contract.partner_center.documented import answering, body, sent, spelled_alike
from work365.adapters.partner_center.errors import RequestRefused
from work365.adapters.partner_center.licences import Licences
from work365.adapters.partner_center.refusals import (
    ConditionalAccessBlocked,
    LicencesUsedUp,
    NeedsDelegatedConnection,
)
from work365.domain.microsoft.licences import (
    AssignedLicence,
    CustomerUser,
    LicencePool,
    LicenceUpdate,
)

TENANT = "0c39d6d5-c70d-4c55-bc02-f620844f3fd1"
USER = "a9ef48bb-8758-4590-a312-d4a47bfaded4"
CUSTOMER = f"{API}/v1/customers/{TENANT}"
POWER_BI = "f8a1db68-be16-40ed-86d5-cb42ce701560"


@respx.mock
def test_users_are_listed() -> None:
    answering(f"{CUSTOMER}/users", "users_list_response")

    found = Licences(errand()).users(TENANT)

    assert found.values[0] == CustomerUser(
        id=USER, principal_name="Daniel@dtdemocspcustomer005.onmicrosoft.com", is_active=True
    )
    assert len(found.values) == 2


@respx.mock
def test_licences_that_a_customer_has_are_counted() -> None:
    answering(f"{CUSTOMER}/subscribedskus", "subscribed_skus_response")

    found = Licences(errand()).pools(TENANT)

    assert found.values[1] == LicencePool(
        sku=POWER_BI,
        name="Power BI Pro",
        part_number="POWER_BI_PRO",
        assigned=1,
        available=0,
    )


@respx.mock
def test_licences_of_a_user_are_read() -> None:
    answering(f"{CUSTOMER}/users/{USER}/licenses", "user_licenses_response")

    found = Licences(errand()).of_user(TENANT, USER)

    assert found.values == (
        AssignedLicence(
            sku="efccb6f7-5641-4e0e-bd10-b4976e1bf68e", name="Enterprise Mobility + Security E3"
        ),
    )


@respx.mock
def test_a_licence_is_assigned_as_documented() -> None:
    route = answering(
        f"{CUSTOMER}/users/{USER}/licenseupdates",
        "user_license_assign_response",
        method="POST",
        status=201,
    )

    warnings = Licences(errand()).update(TENANT, USER, LicenceUpdate(assign=(POWER_BI,)))

    assert spelled_alike(sent(route)) == spelled_alike(body("user_license_assign_request"))
    assert warnings == ()


@respx.mock
@pytest.mark.parametrize(
    ("name", "status", "refusal"),
    [
        ("user_license_assign_error_400_a", 400, LicencesUsedUp),
        ("user_license_assign_error_400_b", 400, NeedsDelegatedConnection),
        ("user_license_assign_error_403", 403, ConditionalAccessBlocked),
    ],
)
def test_documented_refusals_of_licences_say_what_can_be_done(
    name: str, status: int, refusal: type[RequestRefused]
) -> None:
    answering(f"{CUSTOMER}/users/{USER}/licenseupdates", name, method="POST", status=status)

    with pytest.raises(refusal) as refused:
        Licences(errand()).update(TENANT, USER, LicenceUpdate(assign=(POWER_BI,)))

    assert refused.value.words in str(refused.value)
    assert str(body(name)["code"]) in str(refused.value)
    assert USER not in str(refused.value)
