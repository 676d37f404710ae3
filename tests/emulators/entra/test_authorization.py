"""Requests of the authorization endpoint that are refused: to whom, and in which words."""

import pytest

from tests.emulators.entra.asking import CHALLENGE, address, signed_in
from tests.emulators.entra.person import Person
from tests.emulators.entra.running import REDIRECT, RunningEntra
from work365.emulators.entra import seeds

OWN = {"client_id": seeds.APPLICATION_ID}


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ({"client_id": "nobody"}, "AADSTS700016"),
        ({"client_id": ""}, "AADSTS900144"),
        ({"redirect_uri": f"{REDIRECT}/"}, "AADSTS50011"),
        ({"redirect_uri": REDIRECT.upper()}, "AADSTS50011"),
        ({"redirect_uri": ""}, "AADSTS900144"),
        ({"path": "nobody.example/oauth2/v2.0/authorize"}, "AADSTS90002"),
        (OWN, "AADSTS50194"),
        ({**OWN, "path": f"{seeds.VENDOR_TENANT_ID}/oauth2/v2.0/authorize"}, "AADSTS700016"),
    ],
)
def test_what_the_application_cannot_be_told_is_shown(
    entra: RunningEntra, query: dict[str, str], text: str
) -> None:
    answer = entra.http.get(address(entra, **query), follow_redirects=False)

    assert answer.status_code == 400
    assert text in answer.text


@pytest.mark.parametrize(
    ("query", "error", "text"),
    [
        ({"prompt": "none"}, "login_required", "AADSTS50058"),
        ({"prompt": "other"}, "invalid_request", "AADSTS90023"),
        ({"scope": ""}, "invalid_request", "AADSTS900144"),
        ({"response_type": ""}, "invalid_request", "AADSTS900144"),
        ({"response_type": "code id_token"}, "invalid_request", "AADSTS70007"),
        ({"claims": "{"}, "invalid_request", "AADSTS9002335"),
    ],
)
def test_what_the_application_can_be_told_it_is_told(
    entra: RunningEntra, query: dict[str, str], error: str, text: str
) -> None:
    told = signed_in(entra, **query)

    assert told["error"] == error
    assert told["error_description"].startswith(text)
    assert told["state"] == "a state"
    assert "code" not in told


def test_an_id_token_needs_a_nonce(entra: RunningEntra) -> None:
    told = signed_in(entra, response_type="code id_token", response_mode="form_post")

    assert told["error_description"].startswith("AADSTS900144")


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ({"response_type": "token"}, "the response type"),
        ({"response_mode": "fragment"}, "the response mode"),
        ({"code_challenge": CHALLENGE}, "a code challenge by another method"),
        ({"max_age": "60"}, "max_age"),
    ],
)
def test_what_is_not_emulated_is_said(
    entra: RunningEntra, query: dict[str, str], text: str
) -> None:
    answer = entra.http.get(address(entra, **query))

    assert answer.status_code == 501
    assert text in answer.text


def test_a_service_that_there_is_not_is_told_after_the_sign_in(entra: RunningEntra) -> None:
    unknown = signed_in(entra, scope="https://other.example/.default")
    no_scope = signed_in(entra, scope="https://graph.microsoft.com/Made.Up")

    assert unknown["error_description"].startswith("AADSTS500011")
    assert no_scope["error_description"].startswith("AADSTS650053")


def test_nothing_of_a_request_is_written_into_a_page_as_markup(entra: RunningEntra) -> None:
    answer = entra.http.get(address(entra, redirect_uri="https://<script>alert(1)</script>"))

    assert "<script>" not in answer.text
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")


def test_the_account_that_an_application_hints_at_is_chosen(entra: RunningEntra) -> None:
    answer = entra.http.get(address(entra, login_hint=seeds.CLERK))

    chosen = answer.text.split(" selected>")[1]
    assert chosen.startswith("Cem Clerk")


def test_a_tenant_offers_its_own_people_only(entra: RunningEntra) -> None:
    person = Person(entra.http)

    told = person.visits(
        address(entra, path=f"{seeds.CUSTOMERS[0].tenant_id}/oauth2/v2.0/authorize")
    )

    assert told == {}
    assert "Ada Agent" not in person.seen[0]
    assert "AADSTS50020" in person.seen[1]
