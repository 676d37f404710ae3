from collections.abc import Iterator

import httpx
import pytest

from tests.identity.answers import CORRELATION, Entra, refusal
from tests.identity.tokens import AUTHORITY, TENANT
from work365.identity.entra import EntraRequests
from work365.identity.failures import (
    CodeRefused,
    NotSignedIn,
    SignInAnswerWrong,
    SignInRefused,
)

KEYS = f"{AUTHORITY}/keys"
TOKEN = f"{AUTHORITY}/{TENANT}/oauth2/v2.0/token"


@pytest.fixture
def requests(entra: Entra) -> Iterator[EntraRequests]:
    with httpx.Client() as http:
        yield EntraRequests(http, authority=AUTHORITY)


def test_what_is_published_is_asked_for_once(requests: EntraRequests, entra: Entra) -> None:
    first, second = requests.get(KEYS), requests.get(KEYS)

    assert first.json() == second.json()
    assert entra.keys.call_count == 1


def test_what_is_published_can_be_asked_for_anew(requests: EntraRequests, entra: Entra) -> None:
    requests.get(KEYS)

    requests.get(KEYS, anew=True)

    assert entra.keys.call_count == 2


def test_a_refusal_of_what_is_published_is_not_remembered(
    requests: EntraRequests, entra: Entra
) -> None:
    entra.keys.mock(side_effect=[refusal(90002), httpx.Response(200, json={"keys": []})])
    with pytest.raises(SignInRefused):
        requests.get(KEYS)

    assert requests.get(KEYS).json() == {"keys": []}


@pytest.mark.parametrize(
    "url", ["https://evil.example/token", "http://login.microsoftonline.com:444/token", "token"]
)
def test_nothing_goes_to_another_host(requests: EntraRequests, entra: Entra, url: str) -> None:
    with pytest.raises(SignInAnswerWrong, match="where nothing is sent"):
        requests.post(url, data={"refresh_token": "refresh-1"})

    assert entra.token.call_count == 0


def test_an_unknown_refusal_is_told_in_microsofts_own_sentence(
    requests: EntraRequests, entra: Entra
) -> None:
    entra.answer(refusal(9999999, "invalid_request"))

    with pytest.raises(SignInRefused) as refused:
        requests.post(TOKEN)

    assert str(refused.value) == (
        "Microsoft refuses the sign-in. AADSTS9999999: What it is about."
        f" (code AADSTS9999999, correlation id {CORRELATION})"
    )


def test_a_sentence_that_repeats_a_token_is_masked(requests: EntraRequests, entra: Entra) -> None:
    entra.answer(
        httpx.Response(
            400, json={"error": "invalid_request", "error_description": "bad eyJhbGciOiJub25lIn0.x"}
        )
    )

    with pytest.raises(SignInRefused) as refused:
        requests.post(TOKEN)

    assert "eyJ" not in str(refused.value)
    assert "bad [masked]" in str(refused.value)


def test_a_number_is_found_in_the_sentence_where_there_is_no_list(
    requests: EntraRequests, entra: Entra
) -> None:
    entra.answer(
        httpx.Response(400, json={"error": "x", "error_description": "AADSTS54005: Redeemed."})
    )

    with pytest.raises(CodeRefused) as refused:
        requests.post(TOKEN, data={"grant_type": "authorization_code"})

    assert refused.value.number == 54005
    assert refused.value.correlation_id is None


def test_a_pause_that_is_asked_for_is_told_on(requests: EntraRequests, entra: Entra) -> None:
    entra.answer(httpx.Response(429, headers={"Retry-After": "7"}))

    with pytest.raises(NotSignedIn) as later:
        requests.post(TOKEN)

    assert later.value.retry_after_seconds == 7


def test_without_a_pause_none_is_told(requests: EntraRequests, entra: Entra) -> None:
    entra.answer(httpx.Response(500, headers={"Retry-After": "soon"}))

    with pytest.raises(NotSignedIn) as later:
        requests.post(TOKEN)

    assert later.value.retry_after_seconds is None


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(200, text="<html>a proxy says hello</html>"),
        httpx.Response(200, json=["no", "object"]),
        httpx.Response(302, headers={"Location": "https://evil.example"}),
        httpx.Response(404, text="not here"),
    ],
)
def test_what_is_no_answer_of_entras_is_a_contradiction(
    requests: EntraRequests, entra: Entra, answer: httpx.Response
) -> None:
    entra.answer(answer)

    with pytest.raises(SignInAnswerWrong, match="which is no answer to this"):
        requests.post(TOKEN)


def test_closing_leaves_the_client_to_whoever_made_it(entra: Entra) -> None:
    with httpx.Client() as http:
        EntraRequests(http, authority=AUTHORITY).close()

        assert not http.is_closed
