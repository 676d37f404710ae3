from dataclasses import replace

import httpx
import pytest
import respx

from tests.adapters.dataverse.installation.environments import SERVICE_URL, TARGET, as_declared
from work365.adapters.dataverse.installation.checking import REACH_SECONDS_MAX, examine
from work365.adapters.dataverse.installation.declarations import declared
from work365.adapters.dataverse.installation.found import FoundEnvironment
from work365.domain.findings import Finding

ADDRESS = f"{SERVICE_URL}/api/webhooks/dataverse"


def found_by(environment: FoundEnvironment) -> list[Finding]:
    with httpx.Client() as http:
        return examine(declared(), environment, TARGET, http)


@pytest.mark.parametrize("status", [200, 401, 404, 405])
def test_an_address_that_answers_a_plain_request_at_all_is_reached(
    status: int, respx_mock: respx.MockRouter
) -> None:
    respx_mock.get(ADDRESS).respond(status)

    findings = found_by(as_declared())

    assert findings == []


def test_an_address_that_does_not_answer_is_found_with_what_was_tried(
    respx_mock: respx.MockRouter,
) -> None:
    respx_mock.get(ADDRESS).mock(side_effect=httpx.ConnectError("refused"))

    [finding] = found_by(as_declared())

    assert finding.code == "webhook_unreachable"
    assert f"GET {ADDRESS} had no answer within {REACH_SECONDS_MAX} s" in finding.message


def test_a_service_that_fails_is_found(respx_mock: respx.MockRouter) -> None:
    respx_mock.get(ADDRESS).respond(503)

    [finding] = found_by(as_declared())

    assert finding.code == "webhook_failing"
    assert "HTTP 503" in finding.message


def test_an_application_user_with_too_few_rights_is_found(respx_mock: respx.MockRouter) -> None:
    respx_mock.get(ADDRESS).respond(405)
    environment: FoundEnvironment = as_declared()
    [user] = environment.users

    [finding] = found_by(replace(environment, users=(replace(user, privileges={}),)))

    assert finding.code == "privileges_missing"
    assert finding.message.startswith("the application user # Billing service lacks prv")
    assert " more, or has them less deep" in finding.message


def test_an_older_solution_is_found(respx_mock: respx.MockRouter) -> None:
    respx_mock.get(ADDRESS).respond(405)
    environment: FoundEnvironment = as_declared()
    older = {**environment.rows["solutions"][0], "version": "0.0.1.0"}

    [finding] = found_by(replace(environment, rows={**environment.rows, "solutions": [older]}))

    assert finding.code == "solution_older"


def test_nothing_is_asked_where_there_is_no_endpoint(respx_mock: respx.MockRouter) -> None:
    environment: FoundEnvironment = as_declared()
    rows = {name: rows for name, rows in environment.rows.items() if name != "serviceendpoints"}

    findings = found_by(replace(environment, rows=rows))

    assert findings == []
