"""Answers that are not success, and which of the three kinds of failure they are."""

import httpx
import pytest

from work365.adapters.dataverse import errors
from work365.adapters.dataverse.errors import (
    AnswerImpossible,
    DataverseError,
    DataverseUnavailable,
    DeltaExpired,
    DuplicateKey,
    Fault,
    NothingDone,
    PrivilegeDenied,
    RequestRefused,
    RowNotFound,
    ServerFailed,
    SignInRejected,
    Throttled,
    VersionMismatch,
    error_of,
)
from work365.errors import Contradiction, Refusal, Unavailable, Work365Error

NO_HEADERS = httpx.Headers()


def is_concrete(kind: object) -> bool:
    return (
        isinstance(kind, type)
        and issubclass(kind, Refusal | Unavailable | Contradiction)
        and kind.__module__ == errors.__name__
    )


@pytest.mark.parametrize(
    ("status", "code", "kind", "failure"),
    [
        (400, "0x80044331", RequestRefused, Refusal),
        (400, "0x80044352", DeltaExpired, Refusal),
        (400, "0x80044150", NothingDone, Unavailable),
        (401, None, SignInRejected, Unavailable),
        (403, "0x80040220", PrivilegeDenied, Refusal),
        (404, "0x80040217", RowNotFound, Refusal),
        (404, "0x80060891", RowNotFound, Refusal),
        (404, "0x80060888", RequestRefused, Refusal),
        (405, "0x80040227", RequestRefused, Refusal),
        (408, None, DataverseUnavailable, Unavailable),
        (412, "0x80060882", VersionMismatch, Refusal),
        (412, "0x80060892", DuplicateKey, Refusal),
        (412, "0x80040237", DuplicateKey, Refusal),
        (412, "0X80040333", RequestRefused, Refusal),
        (413, None, RequestRefused, Refusal),
        (429, "0x80072322", Throttled, Unavailable),
        (429, None, Throttled, Unavailable),
        (500, "0x80040216", ServerFailed, Unavailable),
        (501, "0x8006088a", AnswerImpossible, Contradiction),
        (503, None, DataverseUnavailable, Unavailable),
        (302, None, AnswerImpossible, Contradiction),
    ],
)
def test_code_and_status_decide_what_failed(
    status: int, code: str | None, kind: type[DataverseError], failure: type[Work365Error]
) -> None:
    error = error_of(Fault("GET accounts", status, code, "why", None), NO_HEADERS)

    assert type(error) is kind
    assert isinstance(error, failure)


def test_the_case_of_a_code_does_not_matter() -> None:
    fault = Fault("PATCH accounts", 412, "0X80060892", "why", None)

    assert type(error_of(fault, NO_HEADERS)) is DuplicateKey


def test_a_failure_says_what_support_will_ask_for() -> None:
    fault = Fault("PATCH accounts", 412, "0x80060882", "changed meanwhile", "req-1", index=3)

    error = error_of(fault, NO_HEADERS)

    assert error.fault is fault
    assert str(error) == (
        "PATCH accounts (operation 3 of the batch): HTTP 412 0x80060882: changed meanwhile "
        "[request req-1]"
    )


def test_a_failure_without_an_answer_says_so() -> None:
    fault = Fault("GET accounts", None, None, "ConnectError('refused')", None)

    assert str(fault) == "GET accounts: no answer: ConnectError('refused')"


def test_the_pause_asked_for_travels_with_the_error() -> None:
    fault = Fault("GET accounts", 429, "0x80072322", "too many", None)

    error = error_of(fault, httpx.Headers({"Retry-After": "17"}))

    assert isinstance(error, Throttled)
    assert error.retry_after_seconds == 17


def test_every_kind_has_a_name_of_its_own() -> None:
    kinds = [kind for kind in vars(errors).values() if is_concrete(kind)]

    names = {kind.code for kind in kinds}

    assert len(names) == len(kinds) > 10
    assert all(name.startswith("dataverse_") for name in names)
