"""What a customer has to accept before anything is bought for it.

Source: learn.microsoft.com/partner-center/developer/confirm-customer-consent-customer-agreement.
"""

from http import HTTPStatus
from typing import Any

from work365.emulators.partner_center.accounts import Agreement
from work365.emulators.partner_center.calls import Answer, Call, Endpoint
from work365.emulators.partner_center.errors import bad_request, invalid_input
from work365.emulators.partner_center.ledger import Event
from work365.emulators.partner_center.paging import collection

KIND = "MicrosoftCustomerAgreement"
TEMPLATE = "b7f9c1d4-2f0e-4a51-8c37-6e0d94a5b312"


def _metadata(call: Call) -> Answer:
    kind = call.query.get("agreementtype", KIND)
    if kind.casefold() not in (KIND.casefold(), "*"):
        return collection([])
    return collection(
        [
            {
                "templateId": TEMPLATE,
                "agreementType": KIND,
                "agreementLink": "https://aka.ms/customeragreement",
                "versionRank": 0,
            }
        ]
    )


def _confirm(call: Call) -> Answer:
    contact = call.body.part("primaryContact")
    if contact is None or not contact.text("firstName") or not contact.text("lastName"):
        raise invalid_input("'primaryContact' needs 'firstName' and 'lastName'.")
    if not contact.text("email") or call.body.moment("dateAgreed") is None:
        raise invalid_input("'primaryContact.email' and 'dateAgreed' are required.")
    if call.body.text("type").casefold() != KIND.casefold():
        raise invalid_input(f"'type' is not '{KIND}'.")
    if call.body.text("templateId") != TEMPLATE:
        raise bad_request(3000, "Invalid property. 'templateId' is not of this agreement.")
    agreement = Agreement(
        template=TEMPLATE,
        kind=KIND,
        agreed_at=call.body.text("dateAgreed"),
        first_name=contact.text("firstName"),
        last_name=contact.text("lastName"),
        email=contact.text("email"),
        phone=contact.text("phoneNumber"),
        user=call.caller.name,
    )
    call.customer.agreements.append(agreement)
    body = _body(agreement)
    call.world.record(
        Event(
            at=call.now,
            kind="add_customer_agreement",
            partner=call.partner.tenant,
            customer=call.customer.tenant,
            actor=call.caller.name,
            application=call.caller.application,
            after=body,
        )
    )
    return Answer(body, HTTPStatus.CREATED)


def _list(call: Call) -> Answer:
    wanted = call.query.get("agreementtype", "*").casefold()
    return collection(
        [
            _body(agreement)
            for agreement in call.customer.agreements
            if wanted in ("*", agreement.kind.casefold())
        ]
    )


def _direct_status(call: Call) -> Answer:
    return Answer({"isSigned": call.customer.has_signed_directly})


def _body(agreement: Agreement) -> dict[str, Any]:
    contact = {
        "firstName": agreement.first_name,
        "lastName": agreement.last_name,
        "email": agreement.email,
        "phoneNumber": agreement.phone,
    }
    return {
        "userId": agreement.user,
        "primaryContact": {name: value for name, value in contact.items() if value},
        "templateId": agreement.template,
        "dateAgreed": agreement.agreed_at,
        "type": agreement.kind,
    }


def _partner_status(call: Call) -> Answer:
    """Say whether a partner has accepted Microsoft's agreement with partners."""
    number, tenant = call.query.get("mpnid", ""), call.query.get("tenantid", "")
    for partner in call.world.partners.values():
        if (number and partner.partner_id == number) or (tenant and partner.tenant == tenant):
            return Answer({"isAgreementSigned": partner.has_partner_agreement})
    raise bad_request(3000, "Invalid property. No partner has this mpnId or tenantId.")


_CUSTOMER = "/v1/customers/{customer_id}"
ENDPOINTS = (
    Endpoint("GET", "/v1/agreements", _metadata, needs_user=True),
    Endpoint("POST", f"{_CUSTOMER}/agreements", _confirm, needs_user=True),
    Endpoint("GET", f"{_CUSTOMER}/agreements", _list, needs_user=True),
    Endpoint(
        "GET",
        f"{_CUSTOMER}/directSignedMicrosoftCustomerAgreementStatus",
        _direct_status,
        needs_user=True,
    ),
    Endpoint("GET", "/v1/compliance/csp/agreementstatus", _partner_status),
)
