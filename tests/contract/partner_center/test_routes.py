"""The paths of our operations, against the lists of routes that Microsoft published.

Some routes stand in none of the lists, which are older than they are; each names its page.
"""

import re
from collections.abc import Iterator

import pytest

from tests.contract.partner_center.documented import body
from work365.adapters.partner_center.endpoints import ENDPOINTS, Endpoint
from work365.identity.clouds import Audience

SWAGGER = {
    "specs/CustomerService.swagger": "",
    "specs/AuditService.swagger": "",
    "specs/Webhooks.swagger": "/webhooks",
    "specs/partner-center-mcp.openapi": "",
}
"""Names of the lists, and what their paths begin with at Partner Center."""

FROM_THEIR_PAGES = {
    "GET /v1/customers/{}/subscriptions/customTermEndDates": "Get custom term end dates",
    "POST /v1/customers/{}/subscriptions/{}/azureEntitlements/{}/reactivate": (
        "Reactivate an Azure entitlement"
    ),
    "POST /v1/customers/{}/applicationconsents": "GDAP and the secure application model",
    "DELETE /v1/customers/{}/applicationconsents/{}": "GDAP and the secure application model",
}


def known_routes() -> set[str]:
    """Return `METHOD path`, or `* path` where a list does not tell the methods."""
    return {*_of_the_client_library(), *_of_swagger()}


def _of_the_client_library() -> Iterator[str]:
    for api in body("specs/PartnerSdkConfiguration")["Apis"].values():
        yield f"* {_plain('/v1/' + api['Path'].strip('/'))}"


def _of_swagger() -> Iterator[str]:
    for name, prefix in SWAGGER.items():
        for path, methods in body(name)["paths"].items():
            told = f"{prefix}{path}".replace("v{version}", "v1")
            yield from (f"{method.upper()} {_plain(told)}" for method in methods)


def _plain(path: str) -> str:
    return re.sub(r"\{[^}]*\}", "{}", path).lower()


def _is_known(endpoint: Endpoint, known: set[str]) -> bool:
    path = _plain(endpoint.path)
    return f"{endpoint.method} {path}" in known or f"* {path}" in known


def _told(endpoint: Endpoint) -> str:
    return f"{endpoint.method} {re.sub(r'{[^}]*}', '{}', endpoint.path)}"


OURS = [each for each in ENDPOINTS if each.audience is Audience.PARTNER_CENTER]


@pytest.mark.parametrize("endpoint", OURS, ids=lambda each: each.title)
def test_a_path_is_one_of_microsofts(endpoint: Endpoint) -> None:
    is_known = _is_known(endpoint, known_routes())

    # What a list has is taken from it, so that the exceptions stay few.
    assert is_known is not (_told(endpoint) in FROM_THEIR_PAGES)


def test_no_exception_is_of_an_operation_that_there_is_not() -> None:
    assert FROM_THEIR_PAGES.keys() <= {_told(each) for each in OURS}
