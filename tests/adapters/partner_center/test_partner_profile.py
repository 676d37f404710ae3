"""The probe whether a sign-in is accepted as multifactor."""

from collections.abc import Iterator

import pytest
import respx

from tests.adapters.partner_center.asking import API, USER, errand
from work365.adapters.partner_center.errors import AnswerImpossible
from work365.adapters.partner_center.partner_profile import Partner
from work365.adapters.partner_center.refusals import MfaMissing

URL = f"{API}/v1/customers"


@pytest.fixture(autouse=True)
def _answered_here() -> Iterator[None]:
    with respx.mock:
        yield


@pytest.mark.parametrize(("said", "is_compliant"), [("true", True), ("False", False)])
def test_microsoft_says_whether_it_is(said: str, is_compliant: bool) -> None:
    route = respx.get(url__startswith=URL).respond(
        json={"items": []}, headers={"isMfaCompliant": said}
    )

    assert Partner(errand()).is_mfa_compliant() is is_compliant

    headers = route.calls.last.request.headers
    assert headers["ValidateMfa"] == "true"
    assert headers["Authorization"] == f"Bearer {USER}"


@pytest.mark.parametrize("headers", [{}, {"isMfaCompliant": ""}, {"isMfaCompliant": "perhaps"}])
def test_what_is_not_said_is_not_taken_for_yes(headers: dict[str, str]) -> None:
    respx.get(url__startswith=URL).respond(json={"items": []}, headers=headers)

    with pytest.raises(AnswerImpossible, match="isMfaCompliant"):
        Partner(errand()).is_mfa_compliant()


def test_a_refusal_for_want_of_it_is_told() -> None:
    respx.get(url__startswith=URL).respond(401, json={"code": 900421, "description": "MFA"})

    with pytest.raises(MfaMissing, match="second factor"):
        Partner(errand()).is_mfa_compliant()
