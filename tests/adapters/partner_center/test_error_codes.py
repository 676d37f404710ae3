"""Which error an answer stands for: by its code, then by its status."""

import pytest

from work365.adapters.partner_center import refusals
from work365.adapters.partner_center.error_codes import BY_CODE, error_of, refusal_of
from work365.adapters.partner_center.errors import (
    AnswerImpossible,
    Busy,
    Fault,
    NotFound,
    PartnerCenterError,
    PartnerCenterUnavailable,
    PendingOperation,
    RequestRefused,
    ServerFailed,
    SignInRejected,
    Throttled,
    VersionChanged,
)
from work365.errors import Refusal


def error(status: int, code: str | None = None, seconds: float | None = None) -> PartnerCenterError:
    fault = Fault(operation="GET /v1/x", description="Why.", status=status, code=code)
    return error_of(fault, seconds)


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (400, "800090", refusals.SeatWindowPassed),
        (400, "900117", refusals.CancellationWindowPassed),
        (400, "900311", refusals.TooManyUpdates),
        (400, "2055", VersionChanged),
        (400, "2054", refusals.BillingCycleByOrder),
        (403, "13605", refusals.CustomerAgreementMissing),
        (403, "900329", refusals.NeedsDelegatedConnection),
        (404, "400019", refusals.AvailabilityChanged),
        (404, "20000", refusals.OrderNotFound),
        (401, "900420", refusals.AudienceRefused),
        (401, "900421", refusals.MfaMissing),
        (409, "900278", PendingOperation),
        (401, None, SignInRejected),
        (403, None, refusals.RoleMissing),
        (403, "Forbidden", refusals.RoleMissing),
        (403, "900105", RequestRefused),
        (404, None, NotFound),
        (409, "424242", Busy),
        (412, None, VersionChanged),
        (429, None, Throttled),
        (400, "424242", RequestRefused),
        (500, "800003", ServerFailed),
        (501, "0", ServerFailed),
        (503, None, PartnerCenterUnavailable),
        (302, None, AnswerImpossible),
    ],
)
def test_the_code_decides_before_the_status(
    status: int, code: str | None, kind: type[PartnerCenterError]
) -> None:
    assert type(error(status, code)) is kind


def test_every_refusal_says_in_plain_words_what_to_do() -> None:
    for kind in set(BY_CODE.values()):
        if issubclass(kind, Refusal):
            assert kind.words.endswith(".")
            assert kind.undone


def test_every_kind_has_a_name_of_its_own() -> None:
    kinds = set(BY_CODE.values()) | {RequestRefused}

    assert len({kind.code for kind in kinds}) == len(kinds)


def test_a_code_that_nobody_knows_is_shown() -> None:
    told = str(error(400, "424242"))

    assert told == "Microsoft refused this. GET /v1/x: HTTP 400, code 424242: Why."


@pytest.mark.parametrize(
    ("status", "code", "asked", "seconds"),
    [
        (409, None, None, 120.0),
        (409, None, 30.0, 30.0),
        (409, "900278", None, 86400.0),
        (429, None, 57.0, 57.0),
        (503, None, None, None),
    ],
)
def test_how_long_to_wait_is_told(
    status: int, code: str | None, asked: float | None, seconds: float | None
) -> None:
    told = error(status, code, asked)

    assert isinstance(told, PartnerCenterUnavailable)
    assert told.retry_after_seconds == seconds


def test_a_refusal_within_an_answer_is_of_the_same_kinds() -> None:
    refused = refusal_of("400019", "Availability not found.", operation="POST checkout")

    assert isinstance(refused, refusals.AvailabilityChanged)
    assert "POST checkout: code 400019" in str(refused)
