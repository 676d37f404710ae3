"""Consents in customers' tenants: what is no failure, and what is."""

from collections.abc import Iterator

import pytest
import respx

from tests.adapters.partner_center.asking import API, errand
from work365.adapters.partner_center.application_consents import ApplicationConsents
from work365.adapters.partner_center.refusals import RoleMissing
from work365.domain.microsoft.consents import MICROSOFT_GRAPH, ApplicationGrant
from work365.http import read_json

URL = f"{API}/v1/customers/c1/applicationconsents"
GRANTS = [ApplicationGrant(MICROSOFT_GRAPH, ("Directory.Read.All", "User.Read.All"))]


@pytest.fixture(autouse=True)
def _answered_here() -> Iterator[None]:
    with respx.mock:
        yield


def test_scopes_are_parted_by_commas() -> None:
    route = respx.post(URL).respond(201)

    assert ApplicationConsents(errand()).give("c1", "app", GRANTS)

    [grant] = read_json(route.calls.last.request.content)["applicationGrants"]
    assert grant["scope"] == "Directory.Read.All,User.Read.All"


@pytest.mark.parametrize("code", [None, 27009, 800060])
def test_a_consent_that_is_there_already_is_no_failure(code: int | None) -> None:
    respx.post(URL).respond(409, json={"code": code, "description": "Exists"})

    assert not ApplicationConsents(errand()).give("c1", "app", GRANTS)


def test_a_role_that_is_missing_is_told() -> None:
    told = {"code": 900308, "description": "Insufficient privileges"}
    respx.post(URL).respond(403, json=told)

    with pytest.raises(RoleMissing, match="GDAP"):
        ApplicationConsents(errand()).give("c1", "app", GRANTS)


@pytest.mark.parametrize(("status", "was_there"), [(204, True), (404, False)])
def test_a_consent_is_withdrawn_once(status: int, was_there: bool) -> None:
    respx.delete(f"{URL}/app").respond(status)

    assert ApplicationConsents(errand()).withdraw("c1", "app") is was_there
