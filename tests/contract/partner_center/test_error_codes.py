"""The documented error codes, each answered once."""

from collections import Counter

import httpx
import pytest
import respx

from tests.adapters.partner_center.asking import API, Hourglass, connection, errand
from tests.contract.partner_center.documented import body
from work365.adapters.partner_center.calls import Call
from work365.adapters.partner_center.endpoints import GET_CUSTOMER
from work365.adapters.partner_center.errands import Errand
from work365.adapters.partner_center.error_codes import BY_CODE
from work365.adapters.partner_center.errors import (
    AnswerImpossible,
    NotFound,
    PartnerCenterError,
    RequestRefused,
    Throttled,
)
from work365.adapters.partner_center.refusals import MfaMissing

KNOWN_FROM_ELSEWHERE = {
    # Documented on the pages of single operations, or in announcements.
    "60012",
    "900159",
    "900335",
    "900337",
    "900420",
    "900421",
    # Microsoft Graph's own.
    "Authorization_RequestDenied",
    "Forbidden",
    "accessDenied",
    "nameAlreadyExists",
}


def _asked(status: int, told: object, asked: Errand) -> PartnerCenterError:
    respx.get(url__startswith=f"{API}/v1/customers/").mock(
        return_value=httpx.Response(status, json=told)
    )
    with pytest.raises(PartnerCenterError) as raised:
        asked.ask(Call(GET_CUSTOMER, {"customer": "c"}))
    return raised.value


def test_every_code_that_has_words_of_its_own_is_documented() -> None:
    documented = {each["code"] for each in body("error_codes")}

    assert set(BY_CODE) - documented == KNOWN_FROM_ELSEWHERE


@respx.mock
def test_every_documented_code_gives_an_error_that_shows_it() -> None:
    asked = errand()
    kinds = Counter[str]()
    for each in body("error_codes"):
        if each["httpStatus"] == 200:
            continue
        told = {"code": int(each["code"]), "description": each["description"], "source": "x"}

        error = _asked(each["httpStatus"], told, asked)

        assert error.fault.code == each["code"]
        assert str(error).startswith(error.words)
        assert error.words.endswith(".")
        assert " ".join(each["description"].split())[:100] in str(error)
        assert not isinstance(error, AnswerImpossible)
        kinds[type(error).__name__] += 1
    assert kinds["RequestRefused"] < kinds.total() / 2


@respx.mock
def test_the_answer_of_the_gateway_is_understood_as_throttling() -> None:
    hourglass = Hourglass()
    answer = httpx.Response(429, json=body("throttled_429_response"))
    respx.get(url__startswith=f"{API}/v1/customers/").mock(
        side_effect=[answer, httpx.Response(200, json={"id": "c"})]
    )

    errand(on=connection(hourglass=hourglass)).ask(Call(GET_CUSTOMER, {"customer": "c"}))

    assert hourglass.slept == [57.0]


@respx.mock
def test_a_missing_second_factor_is_told_as_such() -> None:
    error = _asked(401, body("mfa_required_401"), errand())

    assert isinstance(error, MfaMissing)


@respx.mock
def test_an_error_in_a_shape_of_its_own_is_shown() -> None:
    error = _asked(404, body("validation_status_error_404"), errand())

    assert isinstance(error, NotFound)
    assert isinstance(error, RequestRefused)
    assert not isinstance(error, Throttled)
    assert "Account Status for the customer" in str(error)
