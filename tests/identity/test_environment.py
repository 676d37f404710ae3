import logging
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from azure.core.exceptions import ClientAuthenticationError
from azure.identity import CredentialUnavailableError

from work365.errors import Unavailable
from work365.identity import environment
from work365.identity.environment import dataverse_token, fixed_token
from work365.identity.failures import NotSignedIn

URL = "https://contoso.crm4.dynamics.com"
SECRET = "eyJ0eXAiOiJKV1Qi"  # noqa: S105  no secret


class FakeCredential:
    """A credential that gives a token of what it was asked for, or fails."""

    made: "list[FakeCredential]"
    failure: Exception | None

    def __init__(self, *, managed_identity_client_id: str | None) -> None:
        self.client_id = managed_identity_client_id
        self.asked = 0
        self.made.append(self)

    def get_token(self, *scopes: str) -> SimpleNamespace:
        self.asked += 1
        if self.failure is not None:
            raise self.failure
        return SimpleNamespace(token=f"token {self.asked} for {' '.join(scopes)}")


@pytest.fixture
def credential(monkeypatch: pytest.MonkeyPatch) -> type[FakeCredential]:
    FakeCredential.made, FakeCredential.failure = [], None
    monkeypatch.setattr(environment, "DefaultAzureCredential", FakeCredential)
    return FakeCredential


@pytest.fixture
def source(credential: type[FakeCredential]) -> Callable[[], str]:
    return dataverse_token(URL, managed_identity_client_id="client")


def refusal_with_an_answer() -> ClientAuthenticationError:
    """Return what the library raises for an answer whose text holds more than its message."""
    answer: Any = SimpleNamespace(
        reason="Unauthorized", status_code=401, text=lambda encoding=None: f"got {SECRET}"
    )
    return ClientAuthenticationError(message="no such identity", response=answer)


def test_a_fixed_token_is_always_the_same() -> None:
    source = fixed_token("of-this-machine")

    assert (source(), source()) == ("of-this-machine", "of-this-machine")


def test_a_token_is_for_the_environment_and_all_that_its_user_may_do(
    source: Callable[[], str],
) -> None:
    assert source() == f"token 1 for {URL}/.default"


def test_the_path_of_the_address_is_no_part_of_the_scope(
    credential: type[FakeCredential],
) -> None:
    source = dataverse_token(f"{URL}/api/data/v9.2", managed_identity_client_id=None)

    assert source().endswith(f" for {URL}/.default")


def test_the_named_identity_signs_in(
    credential: type[FakeCredential], source: Callable[[], str]
) -> None:
    assert [made.client_id for made in credential.made] == ["client"]


def test_the_credential_is_kept_and_asked_each_time_so_that_it_can_refresh(
    credential: type[FakeCredential], source: Callable[[], str]
) -> None:
    first, second = source(), source()

    assert len(credential.made) == 1
    assert (first.split()[1], second.split()[1]) == ("1", "2")


@pytest.mark.parametrize(
    "failure",
    [
        ClientAuthenticationError(message="no such identity"),
        CredentialUnavailableError(message="no such identity"),
        refusal_with_an_answer(),
    ],
)
def test_without_a_token_the_service_is_not_signed_in(
    credential: type[FakeCredential], source: Callable[[], str], failure: Exception
) -> None:
    credential.failure = failure

    with pytest.raises(NotSignedIn) as raised:
        source()

    assert isinstance(raised.value, Unavailable)
    assert str(raised.value) == f"no token for {URL}/.default: no such identity"
    assert raised.value.__cause__ is failure


def test_what_was_answered_is_not_told_on(
    credential: type[FakeCredential],
    source: Callable[[], str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    credential.failure = refusal_with_an_answer()

    with caplog.at_level(logging.DEBUG), pytest.raises(NotSignedIn) as raised:
        source()

    assert SECRET in str(credential.failure)
    assert SECRET not in f"{raised.value} {raised.value!r} {caplog.text}"


def test_the_next_request_asks_again(
    credential: type[FakeCredential], source: Callable[[], str]
) -> None:
    credential.failure = ClientAuthenticationError(message="no such identity")
    with pytest.raises(NotSignedIn):
        source()

    credential.failure = None

    assert source() == f"token 2 for {URL}/.default"
