"""Tokens: how they are given, what they say, and when they are over."""

import json
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Mapping
from typing import Any

import httpx
import pytest

from tests.emulators.dataverse.conftest import Api, refusal
from work365.emulators.dataverse import seeds
from work365.emulators.dataverse.tokens import claims_of

TENANT = "contoso.example"
FORM = {
    "grant_type": "client_credentials",
    "client_id": seeds.APPLICATION_ID,
    "client_secret": "any",
    "scope": "https://org.example/.default",
}
NEW_YEAR = 1_767_225_600
"""The emulator's first moment, in seconds since 1970."""


def token_answer(
    api: Api, changes: Mapping[str, str | None] | None = None, *, version: str = "oauth2/v2.0"
) -> httpx.Response:
    given: dict[str, str | None] = {**FORM, **(changes or {})}
    form = {name: value for name, value in given.items() if value is not None}
    return api.http.post(f"{api.url}/{TENANT}/{version}/token", data=form)


def token(api: Api) -> str:
    return str(token_answer(api).json()["access_token"])


def written(claims: dict[str, Any]) -> str:
    payload = urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    return f"e30.{payload}.signature"


def who(api: Api, bearer: str) -> httpx.Response:
    return api.get("WhoAmI", Authorization=f"Bearer {bearer}")


def test_an_application_signs_in_with_its_secret(api: Api) -> None:
    answer = token_answer(api)

    body = answer.json()
    assert (answer.status_code, body["token_type"], body["expires_in"]) == (200, "Bearer", 3599)
    claims = claims_of(body["access_token"])
    assert claims is not None
    assert claims["aud"] == "https://org.example"
    assert (claims["appid"], claims["tid"]) == (seeds.APPLICATION_ID, TENANT)
    assert (claims["iat"], claims["exp"]) == (NEW_YEAR, NEW_YEAR + 3599)
    assert who(api, body["access_token"]).json()["UserId"] == seeds.APPLICATION_USER_ID


@pytest.mark.parametrize(
    ("version", "changes"),
    [
        ("oauth2", {"scope": None, "resource": "https://org.example"}),
        ("oauth2/v2.0", {"client_secret": None, "client_assertion": "signed"}),
    ],
)
def test_the_other_ways_to_ask_are_answered_too(
    api: Api, version: str, changes: dict[str, str | None]
) -> None:
    assert token_answer(api, changes, version=version).status_code == 200


@pytest.mark.parametrize(
    ("changes", "status", "error", "code"),
    [
        ({"grant_type": "password"}, 400, "unsupported_grant_type", 70003),
        ({"grant_type": None}, 400, "unsupported_grant_type", 70003),
        ({"client_id": "x"}, 400, "unauthorized_client", 700016),
        ({"client_secret": None}, 401, "invalid_client", 7000216),
        ({"scope": "openid"}, 400, "invalid_scope", 70011),
        ({"scope": None}, 400, "invalid_scope", 70011),
    ],
)
def test_a_token_is_refused_in_entras_words(
    api: Api, changes: dict[str, str | None], status: int, error: str, code: int
) -> None:
    answer = token_answer(api, changes)

    body = answer.json()
    assert (answer.status_code, body["error"], body["error_codes"]) == (status, error, [code])
    assert body["error_description"].startswith(f"AADSTS{code}: ")


def test_a_secret_that_was_set_is_asked_for(api: Api) -> None:
    api.control("POST", "tokens", {"secrets": {seeds.APPLICATION_ID.upper(): "right"}})

    answers = [token_answer(api, {"client_secret": secret}) for secret in ("wrong", "right")]

    assert [answer.status_code for answer in answers] == [401, 200]
    assert answers[0].json()["error_codes"] == [7000215]


@pytest.mark.parametrize(
    ("credentials", "status"),
    [(f"{seeds.APPLICATION_ID}:a+secret", 200), (f"{seeds.APPLICATION_ID}:other", 401)],
)
def test_client_and_secret_may_be_in_the_header(api: Api, credentials: str, status: int) -> None:
    api.control("POST", "tokens", {"secrets": {seeds.APPLICATION_ID: "a secret"}})
    form = {name: value for name, value in FORM.items() if not name.startswith("client_")}

    answer = api.http.post(
        f"{api.url}/{TENANT}/oauth2/v2.0/token",
        data=form,
        headers={"Authorization": f"Basic {b64encode(credentials.encode()).decode()}"},
    )

    assert answer.status_code == status, answer.text


def test_a_header_that_cannot_be_read_is_an_error_in_entras_form(api: Api) -> None:
    answer = api.http.post(
        f"{api.url}/{TENANT}/oauth2/v2.0/token",
        data=FORM,
        headers={"Authorization": "Basic ?"},
    )

    assert answer.status_code == 400
    assert answer.json()["error"] == "invalid_request"


def test_a_token_is_over_by_the_emulators_clock(api: Api) -> None:
    bearer = token(api)
    api.at("2026-01-01T00:59:58Z")
    before = who(api, bearer)

    api.at("2026-01-01T00:59:59Z")

    after = who(api, bearer)
    assert before.status_code == 200
    assert refusal(after) == (401, "0x80072560", "The access token has expired.")
    assert after.headers["WWW-Authenticate"].startswith("Bearer authorization_uri=https://login")
    assert who(api, token(api)).status_code == 200


def test_the_life_of_tokens_can_be_changed(api: Api) -> None:
    api.control("POST", "tokens", {"lifetime_seconds": 60})

    assert token_answer(api).json()["expires_in"] == 60
    assert api.control("POST", "tokens", {"other": 1}).status_code == 400


@pytest.mark.parametrize(
    ("claims", "user"),
    [
        ({"appid": seeds.APPLICATION_ID.upper()}, seeds.APPLICATION_USER_ID),
        ({"oid": seeds.PERSON_OBJECT_ID, "scp": "user_impersonation"}, seeds.PERSON_ID),
        ({"oid": seeds.PERSON_OBJECT_ID, "idtyp": "user", "appid": "x"}, seeds.PERSON_ID),
    ],
)
def test_a_token_from_elsewhere_says_who_calls(api: Api, claims: dict[str, Any], user: str) -> None:
    answer = who(api, written({"exp": NEW_YEAR + 1, **claims}))

    assert answer.json()["UserId"] == user


@pytest.mark.parametrize(
    "claims",
    [{}, {"appid": seeds.APPLICATION_ID}, {"exp": "soon", "appid": seeds.APPLICATION_ID},
     {"exp": NEW_YEAR + 1}, {"exp": NEW_YEAR + 1, "appid": 1},
     {"exp": NEW_YEAR + 1, "idtyp": "user", "appid": seeds.APPLICATION_ID}],
)  # fmt: skip
def test_a_token_that_does_not_say_so_is_none(api: Api, claims: dict[str, Any]) -> None:
    assert refusal(who(api, written(claims)))[:2] == (401, "0x80072560")


def test_an_application_that_is_no_user_is_not_a_member(api: Api) -> None:
    claims = {"exp": NEW_YEAR + 1, "appid": seeds.PERSON_ID}

    assert refusal(who(api, written(claims)))[:2] == (403, "0x80072560")


@pytest.mark.parametrize("text", ["a.b", "a.!.c", "a.bm90IGpzb24.c", "a.W10.c", "a.é.c", "a.b.c.d"])
def test_what_is_no_token_says_nothing(text: str) -> None:
    assert claims_of(text) is None


def test_libraries_find_the_endpoint(api: Api) -> None:
    found = api.http.get(f"{api.url}/{TENANT}/v2.0/.well-known/openid-configuration").json()

    assert found["token_endpoint"] == f"{api.url}/{TENANT}/oauth2/v2.0/token"


def test_a_fault_can_end_a_token_in_the_middle_of_work(api: Api) -> None:
    plan = {"kind": "status", "status": 401, "path": "accounts"}
    api.control("POST", "faults", {"requests": [plan]})

    answers = [api.get("accounts") for _ in range(2)]

    assert [answer.status_code for answer in answers] == [401, 200]
    assert "WWW-Authenticate" in answers[0].headers
