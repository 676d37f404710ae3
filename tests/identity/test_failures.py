import inspect

import pytest

from work365.errors import Contradiction, Refusal, Unavailable, Work365Error
from work365.identity import failures
from work365.identity.failures import (
    ApplicationUnknown,
    AssertionRefused,
    CodeRefused,
    ConnectionExpired,
    ConsentMissing,
    CredentialRefused,
    MfaNeeded,
    NotSignedIn,
    RedirectRefused,
    ServicePrincipalMissing,
    SignInAnswerWrong,
    SignInRefused,
    TenantUnknown,
    UserBlocked,
    is_transient,
    refusal_kind,
)

KINDS: list[type[SignInRefused]] = [
    kind
    for _, kind in inspect.getmembers(failures, inspect.isclass)
    if issubclass(kind, SignInRefused) and kind is not SignInRefused
]


@pytest.mark.parametrize(
    ("number", "kind"),
    [
        (50076, MfaNeeded),
        (50079, MfaNeeded),
        (65001, ConsentMissing),
        (650052, ServicePrincipalMissing),
        (50173, ConnectionExpired),
        (700082, ConnectionExpired),
        (70008, ConnectionExpired),
        (53003, UserBlocked),
        (54005, CodeRefused),
        (501481, CodeRefused),
        (50011, RedirectRefused),
        (700027, AssertionRefused),
        (700213, AssertionRefused),
        (7000215, CredentialRefused),
        (700016, ApplicationUnknown),
        (90002, TenantUnknown),
    ],
)
def test_a_number_of_microsofts_is_one_kind_of_refusal(
    number: int, kind: type[SignInRefused]
) -> None:
    assert refusal_kind([number], "invalid_request", grant="refresh_token") is kind


def test_the_first_number_that_is_known_decides() -> None:
    assert refusal_kind([1, 65001, 50076], "", grant="") is ConsentMissing


@pytest.mark.parametrize(
    ("word", "kind"),
    [
        ("invalid_client", CredentialRefused),
        ("consent_required", ConsentMissing),
        ("interaction_required", ConnectionExpired),
        ("invalid_grant", ConnectionExpired),
        ("something_new", SignInRefused),
    ],
)
def test_a_number_that_is_not_known_is_judged_by_the_word(
    word: str, kind: type[SignInRefused]
) -> None:
    assert refusal_kind([99999999], word, grant="refresh_token") is kind


def test_a_code_that_is_no_good_is_told_from_a_token_that_is_no_good() -> None:
    # Microsoft has the same number and the same word for both.
    assert refusal_kind([70000], "invalid_grant", grant="authorization_code") is CodeRefused
    assert refusal_kind([70000], "invalid_grant", grant="refresh_token") is ConnectionExpired


@pytest.mark.parametrize(
    ("numbers", "word", "expected"),
    [
        ([90033], "invalid_request", True),
        ([], "temporarily_unavailable", True),
        ([65001], "invalid_grant", False),
    ],
)
def test_what_passes_by_itself_is_no_refusal(numbers: list[int], word: str, expected: bool) -> None:
    assert is_transient(numbers, word) is expected


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: str(kind.__name__))
def test_every_refusal_says_what_to_do_in_whole_sentences(kind: type[SignInRefused]) -> None:
    told = str(kind(number=65001, correlation_id="4711"))

    assert kind.words.endswith(".")
    assert len(kind.words.split(". ")) > 1 or ";" in kind.words
    assert told.endswith("(code AADSTS65001, correlation id 4711)")


def test_no_two_kinds_have_one_code() -> None:
    every: list[type[Work365Error]] = [SignInRefused, NotSignedIn, SignInAnswerWrong, *KINDS]

    codes = [kind.code for kind in every]

    assert len(codes) == len(set(codes))


def test_each_kind_of_failure_decides_what_becomes_of_the_work() -> None:
    assert issubclass(SignInRefused, Refusal)
    assert issubclass(NotSignedIn, Unavailable)
    assert issubclass(SignInAnswerWrong, Contradiction)


def test_what_is_not_known_is_left_out() -> None:
    assert str(MfaNeeded()) == MfaNeeded.words
