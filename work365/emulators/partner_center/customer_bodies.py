"""Customers and their profiles as Partner Center shows and takes them."""

from typing import Any

from work365.emulators.partner_center.accounts import Address, Customer
from work365.emulators.partner_center.paging import link
from work365.emulators.partner_center.payloads import Body


def customer_body(customer: Customer) -> dict[str, Any]:
    """Return the whole customer."""
    return {
        "id": customer.tenant,
        "commerceId": customer.commerce_id,
        "companyProfile": company_body(customer),
        "billingProfile": billing_body(customer),
        "relationshipToPartner": customer.relationship,
        "allowDelegatedAccess": customer.allows_delegated_access,
        "customDomains": [customer.domain],
        **_reseller(customer),
        "links": {"self": link(f"/customers/{customer.tenant}")},
        "attributes": {"objectType": "Customer"},
    }


def brief_customer_body(customer: Customer) -> dict[str, Any]:
    """Return the customer as it is in a list: without its billing profile."""
    profile = company_body(customer)
    brief = {name: profile[name] for name in ("tenantId", "domain", "companyName", "links")}
    brief["attributes"] = profile["attributes"]
    return {
        "id": customer.tenant,
        "companyProfile": brief,
        "relationshipToPartner": customer.relationship,
        **_reseller(customer),
        "links": {"self": link(f"/customers/{customer.tenant}")},
        "attributes": {"objectType": "Customer"},
    }


def created_body(customer: Customer, password: str) -> dict[str, Any]:
    """Return the customer as it is once, when it was created: with its administrator."""
    body = customer_body(customer)
    del body["customDomains"]
    return body | {
        "enableGDAPByDefault": customer.enables_gdap,
        "userCredentials": {"userName": "admin", "password": password},
    }


def company_body(customer: Customer) -> dict[str, Any]:
    """Return the company's profile."""
    body = {
        "tenantId": customer.tenant,
        "domain": customer.domain,
        "companyName": customer.name,
        "address": _company_address(customer.address),
        "email": customer.email,
        "organizationRegistrationNumber": customer.registration_number or None,
        "links": {"self": link(f"/customers/{customer.tenant}/profiles/company")},
        "attributes": {"objectType": "CustomerCompanyProfile"},
    }
    return {name: value for name, value in body.items() if value is not None}


def billing_body(customer: Customer) -> dict[str, Any]:
    """Return the billing profile with its etag."""
    body = {
        "id": customer.billing_profile_id,
        "firstName": customer.billing_first_name or None,
        "lastName": customer.billing_last_name or None,
        "email": customer.email,
        "culture": customer.culture,
        "language": customer.language,
        "companyName": customer.name,
        "defaultAddress": address_body(customer.address),
        "links": {"self": link(f"/customers/{customer.tenant}/profiles/billing")},
        "attributes": {"etag": billing_etag(customer), "objectType": "CustomerBillingProfile"},
    }
    return {name: value for name, value in body.items() if value is not None}


def billing_etag(customer: Customer) -> str:
    """Return the etag of the billing profile: a number as a text, as there."""
    number = int(customer.billing_profile_id.replace("-", "")[:15], 16) + customer.version
    return str(-number)


def address_body(address: Address) -> dict[str, str]:
    """Return an address; what is empty is left out, but for the phone number."""
    body = {
        "country": address.country,
        "region": address.region,
        "city": address.city,
        "state": address.state,
        "addressLine1": address.line_1,
        "addressLine2": address.line_2,
        "postalCode": address.postal_code,
        "firstName": address.first_name,
        "lastName": address.last_name,
    }
    shown = {name: value for name, value in body.items() if value}
    return shown | {"phoneNumber": address.phone}


def read_address(body: Body) -> Address:
    """Read an address."""
    return Address(
        country=body.text("country").upper(),
        city=body.text("city"),
        state=body.text("state"),
        region=body.text("region"),
        line_1=body.text("addressLine1"),
        line_2=body.text("addressLine2"),
        postal_code=body.text("postalCode"),
        first_name=body.text("firstName"),
        last_name=body.text("lastName"),
        phone=body.text("phoneNumber"),
    )


def _company_address(address: Address) -> dict[str, str]:
    body = address_body(address)
    body.pop("firstName", None)
    body.pop("lastName", None)
    state = body.pop("state", "")
    return {"region": state, **body} if state and "region" not in body else body


def _reseller(customer: Customer) -> dict[str, str]:
    return {"associatedPartnerId": customer.reseller} if customer.reseller else {}
