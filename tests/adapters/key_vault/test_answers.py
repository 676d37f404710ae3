from types import SimpleNamespace
from typing import Any

import pytest
from azure.core.exceptions import (
    ClientAuthenticationError,
    HttpResponseError,
    ODataV4Format,
    ServiceRequestError,
)
from azure.identity import CredentialUnavailableError

from work365.adapters.key_vault.answers import inner_code, vault_failures
from work365.ports.tokens import VaultRefused, VaultUnavailable

VAULT = "https://contoso.vault.azure.net"
SECRET = "text-of-the-answer"  # noqa: S105  no secret


def refusal(
    status: int, code: str, inner: str | None = None, *, kind: type[HttpResponseError]
) -> HttpResponseError:
    answer: Any = SimpleNamespace(
        reason="no", status_code=status, text=lambda encoding=None: SECRET
    )
    error = kind(message=SECRET, response=answer)
    error.error = ODataV4Format(
        {"code": code, "message": SECRET, **({"innererror": {"code": inner}} if inner else {})}
    )
    return error


@pytest.mark.parametrize(
    ("failure", "expected", "told"),
    [
        (
            refusal(403, "Forbidden", "ForbiddenByRbac", kind=HttpResponseError),
            VaultRefused,
            "HTTP 403 ForbiddenByRbac. Give the service's identity the role",
        ),
        (
            refusal(403, "Forbidden", "SecretDisabled", kind=HttpResponseError),
            VaultRefused,
            "Somebody disabled the token",
        ),
        (
            refusal(401, "Unauthorized", kind=ClientAuthenticationError),
            VaultRefused,
            "see that the vault's firewall lets the service in",
        ),
        (
            refusal(409, "Conflict", "ObjectIsBeingDeleted", kind=HttpResponseError),
            VaultUnavailable,
            "HTTP 409 ObjectIsBeingDeleted",
        ),
        (refusal(503, "Busy", kind=HttpResponseError), VaultUnavailable, "HTTP 503 Busy"),
        (refusal(400, "BadParameter", kind=HttpResponseError), VaultRefused, "HTTP 400"),
        (CredentialUnavailableError(SECRET), VaultUnavailable, "managed identity is missing"),
        (ServiceRequestError(SECRET), VaultUnavailable, "did not answer"),
    ],
)
def test_what_a_vault_answers_is_told_without_its_text(
    failure: Exception, expected: type[Exception], told: str
) -> None:
    with pytest.raises(expected) as raised, vault_failures("reading a token", VAULT):
        raise failure

    assert told in str(raised.value)
    assert VAULT in str(raised.value)
    assert SECRET not in str(raised.value)
    assert raised.value.__suppress_context__


def test_the_finest_word_of_a_refusal_is_its_code() -> None:
    assert inner_code(refusal(403, "Forbidden", "Finer", kind=HttpResponseError)) == "Finer"
    assert inner_code(refusal(403, "Forbidden", kind=HttpResponseError)) == "Forbidden"


def test_a_refusal_without_a_word_has_no_code() -> None:
    assert inner_code(HttpResponseError(message="?")) == ""


def test_what_is_not_about_the_vault_is_left_alone() -> None:
    with pytest.raises(KeyError), vault_failures("reading a token", VAULT):
        raise KeyError("a mistake of ours")
