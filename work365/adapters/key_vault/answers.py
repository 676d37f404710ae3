"""What a vault's refusals mean, as the service's kinds of failure.

Source: "Authentication, requests and responses" and "Key Vault REST API error codes".
"""

from collections.abc import Iterator
from contextlib import contextmanager

from azure.core.exceptions import (
    AzureError,
    ClientAuthenticationError,
    HttpResponseError,
    ODataV4Format,
)
from azure.identity import CredentialUnavailableError
from httpx import codes

from work365.ports.tokens import VaultRefused, VaultUnavailable

DISABLED = "SecretDisabled"

TRANSIENT_STATUSES = {codes.REQUEST_TIMEOUT, codes.CONFLICT, codes.TOO_MANY_REQUESTS}
"""Besides 5xx; a conflict is a secret that is just being deleted or recovered."""

SERVER_ERROR_MIN = 500


@contextmanager
def vault_failures(doing: str, vault: str) -> Iterator[None]:
    """Turn the library's errors into ours while `doing` something at `vault`.

    Raises: VaultRefused, VaultUnavailable. Neither has the answer's text in it.
    """
    try:
        yield
    except HttpResponseError as error:
        raise _failure_of(error, doing, vault) from None
    except AzureError as error:
        raise VaultUnavailable(
            f"the vault {vault} did not answer while {doing} ({type(error).__name__})"
        ) from None


def inner_code(error: HttpResponseError) -> str:
    """Return the vault's finest word for what is wrong, such as `SecretDisabled`."""
    said = error.error
    if not isinstance(said, ODataV4Format):
        return ""
    inner = said.innererror.get("code") if isinstance(said.innererror, dict) else None
    return str(inner or said.code or "")


def _failure_of(
    error: HttpResponseError, doing: str, vault: str
) -> VaultRefused | VaultUnavailable:
    status = error.status_code or 0
    told = f"{doing} at the vault {vault}: HTTP {status} {inner_code(error)}".rstrip()
    if isinstance(error, CredentialUnavailableError):
        return VaultUnavailable(f"{doing} at the vault {vault}: the managed identity is missing")
    if status in TRANSIENT_STATUSES or status >= SERVER_ERROR_MIN:
        return VaultUnavailable(told)
    if inner_code(error) == DISABLED:
        return VaultRefused(
            f"{told}. Somebody disabled the token in the vault. Enable the secret's newest"
            " version there, or consent again"
        )
    if isinstance(error, ClientAuthenticationError) or status == codes.FORBIDDEN:
        return VaultRefused(
            f"{told}. Give the service's identity the role Key Vault Secrets Officer on this"
            " vault, and see that the vault's firewall lets the service in"
        )
    return VaultRefused(told)
