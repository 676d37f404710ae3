"""The control API: what a test or a demo may change, and what it is told."""

import pytest

from tests.emulators.entra.asking import PARTNER_CENTER, ask, redeem, refresh_token, signed_in
from tests.emulators.entra.running import RunningEntra
from work365.emulators.entra import seeds

VENDOR = seeds.VENDOR_APPLICATION_ID


def test_the_directory_is_told_without_anything_secret(entra: RunningEntra) -> None:
    token = refresh_token(entra)
    code = signed_in(entra)["code"]

    told = entra.control("GET", "directory")

    partner = told.json()["tenants"][0]
    assert partner["domain"] == seeds.DOMAIN
    assert [user["name"] for user in partner["users"]] == ["Ada Agent", "Ben Agent", "Cem Clerk"]
    assert partner["consents"][0]["scopes"] == ["user_impersonation"]
    for secret in (token, code, seeds.PASSWORD, seeds.DEVELOPMENT_SECRET):
        assert secret not in told.text


def test_a_consent_can_be_recorded(entra: RunningEntra) -> None:
    _, clerk = entra.directory.person(seeds.CLERK)

    told = entra.control(
        "POST",
        "consents",
        tenant=seeds.DOMAIN,
        client_id=VENDOR,
        resource=PARTNER_CENTER,
        scopes=["user_impersonation"],
        user=seeds.CLERK,
    )

    assert told.json()["consents"][0]["user"] == clerk.object_id


def test_a_service_principal_can_be_given_and_taken(entra: RunningEntra) -> None:
    tenant = entra.directory.tenants[seeds.CUSTOMERS[0].tenant_id]
    body = {"tenant": tenant.domain, "application_id": VENDOR}

    told = entra.control("POST", "service-principals", **body)
    given = tenant.service_principals.get(VENDOR)
    entra.control("POST", "service-principals/remove", **body)

    assert told.json()["object_id"] == given
    assert VENDOR not in tenant.service_principals


def test_the_life_of_tokens_can_be_changed(entra: RunningEntra) -> None:
    entra.control("PUT", "tokens", lifetime_seconds=60)

    answer = ask(entra, scope=f"{PARTNER_CENTER}/.default")

    assert answer.json()["expires_in"] == 60


def test_keys_can_be_rotated(entra: RunningEntra) -> None:
    told = entra.control("POST", "keys/rotate")

    keys = entra.http.get(f"{entra.url}/common/discovery/keys").json()["keys"]
    assert keys[0]["kid"] == told.json()["key_id"]
    assert len(keys) > 1


def test_someones_roles_and_groups_can_be_changed(entra: RunningEntra) -> None:
    entra.control("PATCH", "users", user=seeds.AGENT, roles=["a role"], groups=[])

    answer = redeem(entra, signed_in(entra)["code"])

    assert answer.status_code == 200
    _, ada = entra.directory.person(seeds.AGENT)
    assert (ada.roles, ada.groups) == ({"a role"}, set())


@pytest.mark.parametrize(
    ("method", "path", "body", "text"),
    [
        ("POST", "users/revoke", {"user": "nobody"}, "'nobody' is missing or unknown"),
        ("POST", "users/revoke", {}, "'user' is missing or unknown"),
        ("PATCH", "users", {"user": seeds.AGENT, "password": "x"}, "unknown: password"),
        ("PUT", "mfa", {"tenant": "nobody", "resources": []}, "AADSTS90002"),
    ],
)
def test_what_cannot_be_done_is_said(
    entra: RunningEntra, method: str, path: str, body: dict[str, object], text: str
) -> None:
    answer = entra.control(method, path, **body)

    assert answer.status_code == 400
    assert text in answer.json()["error"]
