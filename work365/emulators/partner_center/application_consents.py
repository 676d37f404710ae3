"""Consents of a partner's application at its customers, given by the partner for them.

Whether a consent is there nobody can ask. That a second one is refused (409) is reported, not
documented.
Source: learn.microsoft.com/partner-center/developer/gdap-and-secure-application-model.
"""

from http import HTTPStatus

from work365.emulators.partner_center.annexes import Record, moment_kept, records
from work365.emulators.partner_center.calls import Answer, Call, Endpoint
from work365.emulators.partner_center.errors import (
    PartnerCenterError,
    forbidden,
    invalid_input,
    not_found,
)
from work365.emulators.partner_center.guids import is_guid
from work365.emulators.partner_center.users import GLOBAL_ADMINISTRATOR, check_access

ANNEX = "application_consents"
ROOT = "/v1/customers/{customer_id}/applicationconsents"
APPLICATION_ADMINISTRATOR = "9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3"
CLOUD_APPLICATION_ADMINISTRATOR = "158c047a-c907-4556-b7ef-446551a6b5f7"
ROLES = frozenset(
    {GLOBAL_ADMINISTRATOR, APPLICATION_ADMINISTRATOR, CLOUD_APPLICATION_ADMINISTRATOR}
)


def _create(call: Call) -> Answer:
    check_access(call, ROLES)
    application = call.body.text("applicationId").casefold()
    if application != call.caller.application.casefold():
        raise forbidden(2032, "Access denied. The token is of another application.")
    grants = _grants(call)
    kept = records(call.world, ANNEX, call.customer.tenant)
    if application in kept:
        raise PartnerCenterError(
            HTTPStatus.CONFLICT, 1004, "Permission entry already exists for the application."
        )
    kept[application] = {
        "application": application,
        "grants": grants,
        "by": call.caller.name,
        "at": moment_kept(call.now),
    }
    body = {
        "applicationId": application,
        "applicationGrants": grants,
        "attributes": {"objectType": "ApplicationConsent"},
    }
    return Answer(body, HTTPStatus.CREATED)


def _grants(call: Call) -> list[Record]:
    grants = []
    for grant in call.body.parts("applicationGrants"):
        resource, scope = grant.text("enterpriseApplicationId"), grant.text("scope")
        if not is_guid(resource):
            raise invalid_input("'enterpriseApplicationId' is not a GUID.")
        scopes = [each.strip() for each in scope.split(",")]
        if not all(scopes) or any(" " in each for each in scopes):
            raise invalid_input("'scope' is a list of permissions, apart by commas.")
        grants.append({"enterpriseApplicationId": resource, "scope": scope})
    if not grants:
        raise invalid_input("'applicationGrants' is empty.")
    return grants


def _delete(call: Call) -> Answer:
    check_access(call, ROLES)
    application = call.parameters["application"].casefold()
    kept = records(call.world, ANNEX, call.customer.tenant)
    if application not in kept:
        raise not_found(f"There is no consent of the application '{application}'.")
    del kept[application]
    return Answer(None, HTTPStatus.NO_CONTENT)


ENDPOINTS = (
    Endpoint("POST", ROOT, _create, needs_user=True),
    Endpoint("DELETE", f"{ROOT}/{{application}}", _delete, needs_user=True),
)
