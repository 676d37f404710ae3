"""Checks of addresses before a customer is created.

Simpler than there: an address with all its parts is good, one with a street without a number is
partly good, and one without a city or a postal code needs somebody to look at it.
Source: learn.microsoft.com/partner-center/developer/validate-an-address.
"""

from typing import Any

from work365.emulators.partner_center.calls import Answer, Call, Endpoint
from work365.emulators.partner_center.customer_bodies import address_body, read_address
from work365.emulators.partner_center.customers import REGISTERED_COUNTRIES
from work365.emulators.partner_center.errors import invalid_input, not_found

COUNTRY_CODE_LETTERS = 2


def _validate(call: Call) -> Answer:
    address = read_address(call.body)
    if not address.country:
        raise invalid_input("'country' is required.")
    original = address_body(address)
    del original["phoneNumber"]
    body: dict[str, Any] = {"originalAddress": original}
    if not address.city or not address.postal_code:
        body["status"] = "InteractionRequired"
        body["validationMessage"] = (
            "Address field invalid for property: 'Region', 'PostalCode', 'City'"
        )
        return Answer(body)
    has_number = any(letter.isdigit() for letter in address.line_1)
    suggested = original if has_number else original | {"addressLine1": f"1 {address.line_1}"}
    body["suggestedAddresses"] = [suggested]
    body["status"] = "VerifiedShippable" if has_number else "StreetPartial"
    if not has_number:
        body["validationMessage"] = "Address field invalid for property: 'AddressLine1'"
    return Answer(body)


def _country_rules(call: Call) -> Answer:
    country = call.parameters["country"].upper()
    if len(country) != COUNTRY_CODE_LETTERS or not country.isalpha():
        raise not_found(f"No country {country}")
    return Answer(
        {
            "iso2Code": country,
            "defaultCulture": "en-US",
            "isStateRequired": country in ("US", "CA", "IN"),
            "isPostalCodeRequired": True,
            "isCityRequired": True,
            "isVatIdSupported": False,
            "isTaxIdRequired": country in REGISTERED_COUNTRIES,
            "attributes": {"objectType": "CountryInformation"},
        }
    )


ENDPOINTS = (
    Endpoint("POST", "/v1/validations/address", _validate),
    Endpoint("GET", "/v1/countryvalidationrules/{country}", _country_rules),
)
