"""Tokens for a Dataverse environment, and the fixed ones of stand-ins on this machine."""

from collections.abc import Callable
from urllib.parse import urlsplit

from azure.core.exceptions import ClientAuthenticationError
from azure.identity import DefaultAzureCredential

from work365.identity.failures import NotSignedIn


def fixed_token(token: str) -> Callable[[], str]:
    """Return a source of `token`, for a stand-in on this machine."""
    return lambda: token


def dataverse_token(url: str, *, managed_identity_client_id: str | None) -> Callable[[], str]:
    """Return a source of tokens for the environment at `url`, refreshed before they expire.

    Raises (the source): NotSignedIn: the identity is unknown, or not reachable now.
    """
    credential = DefaultAzureCredential(managed_identity_client_id=managed_identity_client_id)
    parts = urlsplit(url)
    scope = f"{parts.scheme}://{parts.netloc}/.default"

    def token() -> str:
        try:
            return credential.get_token(scope).token
        except ClientAuthenticationError as error:
            # The library's message lists what it tried, and no secret.
            raise NotSignedIn(f"no token for {scope}: {error.message}") from error

    return token
