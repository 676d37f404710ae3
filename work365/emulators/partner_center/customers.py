"""Customers: list, find, create, change, let go.

Source: learn.microsoft.com/partner-center/developer/create-a-customer, get-a-list-of-customers,
get-a-customer-by-name, remove-a-relationship..., retrieve-validation-status.
"""

from datetime import datetime
from http import HTTPStatus
from urllib.parse import unquote

from work365.emulators.partner_center.accounts import Customer
from work365.emulators.partner_center.calls import Answer, Call, Endpoint
from work365.emulators.partner_center.customer_bodies import (
    billing_body,
    billing_etag,
    brief_customer_body,
    company_body,
    created_body,
    customer_body,
    read_address,
)
from work365.emulators.partner_center.errors import (
    PartnerCenterError,
    access_denied,
    bad_request,
    invalid_input,
    stale_etag,
)
from work365.emulators.partner_center.ledger import Event
from work365.emulators.partner_center.paging import page, page_size
from work365.emulators.partner_center.payloads import Body, read_json
from work365.emulators.partner_center.subscription import ACTIVE

PAGE_DEFAULT = 100
PAGE_MAX = 500
REGISTERED_COUNTRIES = frozenset(
    ("AM", "AZ", "BY", "HU", "IN", "KZ", "KG", "MD", "RU", "TJ", "UZ", "UA")
)
"""Where a registration number and a phone number are needed; elsewhere no number is taken."""


def _list(call: Call) -> Answer:
    size = page_size(call, PAGE_DEFAULT, PAGE_MAX)
    customers = [
        customer
        for customer in call.world.customers_of(call.partner.tenant)
        if customer.relationship != "none"
    ]
    if call.query.get("filter"):
        customers = _filtered(customers, call.query["filter"])
    return page(call, customers, size, brief_customer_body)


def _filtered(customers: list[Customer], text: str) -> list[Customer]:
    try:
        condition = Body.of(read_json(unquote(text)), "filter")
    except ValueError:
        raise invalid_input("'filter' is not JSON.") from None
    if condition.text("operator").casefold() != "starts_with":
        raise invalid_input("'filter.Operator' is not 'starts_with'.")
    value = condition.text("value").casefold()
    match condition.text("field").casefold():
        case "companyname":
            return [each for each in customers if each.name.casefold().startswith(value)]
        case "domain":
            return [each for each in customers if each.domain.casefold().startswith(value)]
        case "indirectreseller":
            return [each for each in customers if each.reseller and each.reseller == value]
    raise invalid_input("'filter.Field' is not CompanyName, Domain or IndirectReseller.")


def _get(call: Call) -> Answer:
    return Answer(customer_body(call.customer))


def _create(call: Call) -> Answer:
    company = call.body.part("companyProfile") or Body({}, "companyProfile")
    billing = call.body.part("billingProfile") or Body({}, "billingProfile")
    address = billing.part("defaultAddress")
    domain = company.text("domain")
    if address is None or not domain or not billing.text("companyName"):
        raise invalid_input(
            "'companyProfile.domain', 'billingProfile.companyName' and "
            "'billingProfile.defaultAddress' are required."
        )
    customer = Customer(
        tenant=call.world.new_id(),
        commerce_id=call.world.new_id(),
        partner=call.partner.tenant,
        name=billing.text("companyName"),
        domain=domain,
        email=billing.text("email"),
        address=read_address(address),
        billing_profile_id=call.world.new_id(),
        created_at=call.now,
        culture=billing.text("culture", "en-US"),
        language=billing.text("language", "en"),
        billing_first_name=billing.text("firstName"),
        billing_last_name=billing.text("lastName"),
        registration_number=company.text("organizationRegistrationNumber"),
        reseller=call.body.text("associatedPartnerId"),
        enables_gdap=call.body.flag("enableGDAPByDefault"),
    )
    _check_new(call, customer)
    call.world.add_customer(customer)
    _tell(call, customer, "add_customer")
    # Shown this once, as there; nothing of it is kept.
    password = f"Tw1n-{call.world.new_id()[:8]}"
    return Answer(created_body(customer, password), HTTPStatus.CREATED)


def _check_new(call: Call, customer: Customer) -> None:
    if domain_taken(call, customer.domain):
        raise bad_request(3000, f"Invalid property. The domain {customer.domain} is taken.")
    if not customer.country or not customer.address.postal_code:
        raise invalid_input("'defaultAddress' needs 'country' and 'postalCode'.")
    if customer.reseller and customer.reseller not in call.partner.resellers:
        raise bad_request(800016, "PartnerID isn't a valid Indirect Reseller", customer.reseller)
    is_registered = customer.country in REGISTERED_COUNTRIES
    if is_registered and not customer.registration_number:
        raise bad_request(600049, "Organization registration ID information is missing")
    if is_registered and not customer.address.phone:
        raise bad_request(600051, "Customer phone number is missing")
    if customer.registration_number and not is_registered:
        raise bad_request(600002, "Organization registration ID value isn't supported")


def domain_taken(call: Call, domain: str) -> bool:
    """Return whether a tenant has the domain, whosever customer it is."""
    name = domain.casefold()
    return any(each.domain.casefold() == name for each in call.world.customers.values()) or any(
        each.domain.casefold() == name for each in call.world.partners.values()
    )


def _patch(call: Call) -> Answer:
    """Let the customer go; its subscriptions have to be suspended before."""
    if call.body.text("relationshipToPartner").casefold() != "none":
        raise invalid_input("'relationshipToPartner' can only be set to 'none'.")
    if call.caller.is_app_only:
        raise access_denied()
    customer = call.customer
    active = [
        each.subscription
        for each in call.world.subscriptions_of(customer.tenant)
        if each.status == ACTIVE
    ]
    if active:
        raise bad_request(
            800002,
            "Invalid request input. All subscriptions have to be suspended before the "
            "relationship is removed.",
            *active,
        )
    customer.relationship = "none"
    _tell(call, customer, "remove_partner_customer_relationship")
    names = (
        "Id",
        "CommerceId",
        "CompanyProfile",
        "BillingProfile",
        "RelationshipToPartner",
        "AllowDelegatedAccess",
        "UserCredentials",
        "CustomDomains",
        "AssociatedPartnerId",
    )
    body: dict[str, object] = dict.fromkeys(names)
    body["RelationshipToPartner"] = "none"
    return Answer(body | {"Attributes": {"ObjectType": "Customer"}})


def _get_billing(call: Call) -> Answer:
    return Answer(billing_body(call.customer))


def _put_billing(call: Call) -> Answer:
    customer = call.customer
    if_match = call.headers.get("if-match", "").strip('"')
    if if_match != billing_etag(customer):
        raise stale_etag()
    address = call.body.part("defaultAddress")
    if address is None:
        raise invalid_input("'defaultAddress' is required.")
    before = billing_body(customer)
    customer.address = read_address(address)
    customer.name = call.body.text("companyName", customer.name)
    customer.email = call.body.text("email", customer.email)
    customer.culture = call.body.text("culture", customer.culture)
    customer.language = call.body.text("language", customer.language)
    customer.billing_first_name = call.body.text("firstName")
    customer.billing_last_name = call.body.text("lastName")
    customer.version += 1
    _tell(call, customer, "update_customer_billing_profile", before)
    return Answer(billing_body(customer))


def _get_company(call: Call) -> Answer:
    return Answer(company_body(call.customer))


def _validation_status(call: Call) -> Answer:
    customer = call.customer
    if not customer.validation_status:
        text = f"Account Status for the customer, {customer.tenant} was not found."
        body = {
            "code": 600074,
            "message": text,
            "description": text,
            "errorName": "AccountStatusNotFound",
            "isRetryable": False,
            "errorMessageExtended": "InternalErrorCode=600074",
        }
        return Answer(body, HTTPStatus.NOT_FOUND)
    return Answer(
        {
            "type": call.query.get("type", "account"),
            "status": customer.validation_status,
            "lastUpdateDateTime": _without_zone(customer.created_at),
        }
    )


def _without_zone(moment: datetime) -> str:
    return moment.replace(microsecond=0, tzinfo=None).isoformat()


def _domain(call: Call) -> Answer:
    """Say 200 when the domain is taken and 404 when it is free."""
    if domain_taken(call, call.parameters["domain"]):
        return Answer()
    raise PartnerCenterError(HTTPStatus.NOT_FOUND, 1000, "Not found")


def _tell(
    call: Call, customer: Customer, kind: str, before: dict[str, object] | None = None
) -> None:
    call.world.record(
        Event(
            at=call.now,
            kind=kind,
            partner=call.partner.tenant,
            customer=customer.tenant,
            actor=call.caller.name,
            application=call.caller.application,
            before=before,
            after=customer_body(customer),
        )
    )


_CUSTOMER = "/v1/customers/{customer_id}"
ENDPOINTS = (
    Endpoint("GET", "/v1/customers", _list),
    Endpoint("POST", "/v1/customers", _create),
    Endpoint("GET", _CUSTOMER, _get),
    Endpoint("PATCH", _CUSTOMER, _patch, needs_user=True),
    Endpoint("GET", f"{_CUSTOMER}/profiles/billing", _get_billing),
    Endpoint("PUT", f"{_CUSTOMER}/profiles/billing", _put_billing),
    Endpoint("GET", f"{_CUSTOMER}/profiles/company", _get_company),
    Endpoint("GET", f"{_CUSTOMER}/validationstatus", _validation_status, needs_user=True),
    Endpoint("HEAD", "/v1/domains/{domain}", _domain),
)
