"""The token endpoint: applications for themselves, and how its answers look."""

import json

import pytest

from tests.emulators.entra.asking import (
    GRAPH,
    PARTNER_CENTER,
    PRICE_SHEETS,
    ask,
    refusal,
    said,
)
from tests.emulators.entra.running import RunningEntra
from work365.emulators.entra import seeds

DEFAULT = f"{PARTNER_CENTER}/.default"


@pytest.mark.parametrize(
    "audience",
    [
        PARTNER_CENTER,
        PRICE_SHEETS,
        GRAPH,
        "https://management.azure.com",
        "https://management.azure.com/",
        "https://vault.azure.net",
        "https://northstar.crm4.dynamics.com",
        "https://localhost:8443",
        "00000003-0000-0000-c000-000000000000",
    ],
)
def test_each_service_has_a_token_of_its_own(entra: RunningEntra, audience: str) -> None:
    claims = said(entra, ask(entra, scope=f"{audience}/.default"))

    assert claims.audience == audience
    assert claims.is_app_only


def test_the_roles_of_an_application_are_those_that_were_granted(entra: RunningEntra) -> None:
    graph = said(entra, ask(entra, scope=f"{GRAPH}/.default"))
    partner_center = said(entra, ask(entra, scope=DEFAULT))

    assert "PartnerBilling.Read.All" in graph.roles
    assert partner_center.roles == frozenset()


def test_the_first_version_answers_in_texts(entra: RunningEntra) -> None:
    answer = ask(entra, version="oauth2", resource=PARTNER_CENTER)

    body = answer.json()
    assert said(entra, answer).audience == PARTNER_CENTER
    assert body["resource"] == PARTNER_CENTER
    assert body["expires_in"] == "3599"
    assert int(body["expires_on"]) - int(body["not_before"]) == 3_599


def test_a_tenant_may_be_called_by_its_domain(entra: RunningEntra) -> None:
    claims = said(entra, ask(entra, seeds.DOMAIN, scope=DEFAULT))

    assert claims.tenant_id == seeds.PARTNER_TENANT_ID


@pytest.mark.parametrize(
    ("tenant", "form", "expected"),
    [
        ("nobody.example", {"scope": DEFAULT}, (400, "invalid_request", [90002])),
        ("common", {"scope": DEFAULT}, (400, "invalid_request", [50059])),
        ("", {"scope": DEFAULT, "client_id": "x"}, (400, "unauthorized_client", [700016])),
        ("", {"scope": DEFAULT, "client_secret": ""}, (401, "invalid_client", [7000216])),
        ("", {"scope": "openid"}, (400, "invalid_scope", [1002012])),
        ("", {"scope": f"{GRAPH}/User.Read"}, (400, "invalid_scope", [1002012])),
        ("", {"scope": f"{DEFAULT} {GRAPH}/.default"}, (400, "invalid_scope", [1002012])),
        ("", {}, (400, "invalid_request", [900144])),
        ("", {"scope": "https://other.example/.default"}, (400, "invalid_resource", [500011])),
        ("", {"grant_type": "password"}, (400, "unsupported_grant_type", [70003])),
        ("", {"grant_type": ""}, (400, "invalid_request", [900144])),
        ("", {"scope": DEFAULT, "claims": "{"}, (400, "invalid_request", [9002335])),
        (
            seeds.CUSTOMERS[0].tenant_id,
            {"scope": DEFAULT},
            (401, "invalid_client", [7000229]),
        ),
    ],
)
def test_a_request_is_refused_in_entras_words(
    entra: RunningEntra, tenant: str, form: dict[str, str], expected: tuple[int, str, list[int]]
) -> None:
    answer = ask(entra, tenant or seeds.PARTNER_TENANT_ID, **form)

    assert refusal(answer) == expected
    assert answer.json()["error_uri"] == f"{entra.url}/error?code={expected[2][0]}"


def test_a_service_that_the_tenant_lacks_is_unknown_to_an_application(
    entra: RunningEntra,
) -> None:
    entra.directory.remove_service_principal(
        seeds.PARTNER_TENANT_ID, "fa3d9a0c-3fb0-42cc-9193-47c7ecd2edbd"
    )

    assert refusal(ask(entra, scope=DEFAULT)) == (400, "invalid_resource", [500011])


def test_the_correlation_id_is_the_clients_own(entra: RunningEntra) -> None:
    answer = entra.http.post(
        f"{entra.url}/common/oauth2/v2.0/token", headers={"client-request-id": "of the client"}
    )

    assert answer.json()["correlation_id"] == "of the client"
    assert "Correlation ID: of the client" in answer.json()["error_description"]


def test_capabilities_of_a_client_change_nothing_and_other_claims_are_not_emulated(
    entra: RunningEntra,
) -> None:
    capabilities = json.dumps({"access_token": {"xms_cc": {"values": ["CP1"]}}})
    others = json.dumps({"access_token": {"acrs": {"essential": True, "value": "c1"}}})

    assert said(entra, ask(entra, scope=DEFAULT, claims=capabilities)).audience == PARTNER_CENTER
    answer = ask(entra, scope=DEFAULT, claims=others)
    assert answer.status_code == 501
    assert "acrs" in answer.json()["error_description"]


def test_requests_are_noted_without_anything_secret(entra: RunningEntra) -> None:
    ask(entra, scope=DEFAULT)
    ask(entra, **{"scope": DEFAULT, "client_secret": "not the secret"})

    told = entra.control("GET", "requests")

    codes = [one["code"] for one in told.json()["requests"]]
    assert codes == [0, 7000215]
    assert told.json()["requests"][0]["client_id"] == seeds.APPLICATION_ID
    assert seeds.DEVELOPMENT_SECRET not in told.text
    assert "not the secret" not in told.text


def test_secrets_are_not_in_representations(entra: RunningEntra) -> None:
    shown = repr((entra.directory.applications, entra.directory.tenants, entra.authority.grants))

    assert seeds.DEVELOPMENT_SECRET not in shown
    assert seeds.PASSWORD not in shown
