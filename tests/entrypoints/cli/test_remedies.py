import httpx
import pytest

from work365.adapters.dataverse.errors import Fault, error_of
from work365.adapters.dataverse.no_answer import error_without_answer
from work365.entrypoints.cli.remedies import ADDRESS, ROLE, SIGN_IN, WAIT, remedy_of
from work365.errors import Refusal, Unavailable
from work365.identity.failures import NotSignedIn


def answered(status: int, code: str | None = None, **headers: str) -> str:
    """Return the remedy for an answer with this status."""
    written = {name.replace("_", "-"): value for name, value in headers.items()}
    return remedy_of(error_of(Fault("GET x", status, code, "no", None), written))


@pytest.mark.parametrize(
    ("status", "code", "remedy"),
    [
        (401, None, SIGN_IN),
        (403, "0x80072560", ROLE),
        (403, "0x80042f09", ROLE),
        (403, None, ADDRESS),
        (404, None, ADDRESS),
        (302, None, ADDRESS),
        (500, None, ADDRESS),
        (429, "0x80072322", WAIT),
    ],
)
def test_an_answer_has_the_remedy_of_its_kind(status: int, code: str | None, remedy: str) -> None:
    assert answered(status, code) == remedy


def test_a_pause_that_is_asked_for_is_said() -> None:
    remedy = answered(429, "0x80072322", Retry_After="9000")

    assert remedy == f"{WAIT} It asks to be left alone for 9,000 seconds."


def test_what_dataverse_said_itself_is_left_as_it_is() -> None:
    assert answered(400, "0x80060888") == ""
    assert answered(500, "0x80040216") == ""


def test_nobody_being_signed_in_is_remedied_by_signing_in() -> None:
    assert remedy_of(NotSignedIn("no token")) == SIGN_IN


def test_other_errors_speak_for_themselves() -> None:
    assert remedy_of(Refusal("no")) == ""
    assert remedy_of(Unavailable("away")) == ""
    assert remedy_of(Unavailable("away", 5)) == "It asks to be left alone for 5 seconds."
    assert remedy_of(error_without_answer("GET x", "https://x", httpx.ReadTimeout(""))) == ""
