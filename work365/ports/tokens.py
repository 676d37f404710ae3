"""Where the token of a delegated connection is kept between two uses."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from work365.errors import Refusal, Unavailable
from work365.ports.secrets import Secret

REFRESH_TOKEN_LIFE = timedelta(days=90)
"""How long a refresh token is good for after it was given out; each use gives out a new one.

Source: "Refresh tokens in the Microsoft identity platform", token lifetime.
"""


class ConnectionWithdrawn(Refusal):
    """The token of a delegated connection was taken away while it was being renewed."""

    code = "connection_withdrawn"


class VaultRefused(Refusal):
    """The vault does not let this service in, or cannot keep what it is given."""

    code = "vault_refused"


class VaultUnavailable(Unavailable):
    """The vault did not answer as it should."""

    code = "vault_unavailable"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptToken:
    """The refresh token of the user who consented for a partner."""

    refresh_token: Secret
    version: str
    """Which of the tokens that were kept one after another; unknown order, told apart only."""
    redeemed_at: datetime
    """When Microsoft gave it out (UTC). It lives for 90 days from then."""


class TokenVault(Protocol):
    """Keeps one refresh token for a partner. Called by many threads and workers at once.

    The last one that is written counts. All of them work until they expire, because Microsoft
    does not revoke a refresh token that was used.
    """

    def read(self, partner_tenant: str) -> KeptToken | None:
        """Return the token of `partner_tenant`, or None where there is no connection.

        Raises: VaultRefused, VaultUnavailable.
        """

    def write(
        self,
        partner_tenant: str,
        refresh_token: Secret,
        *,
        redeemed_at: datetime,
        replaces: str | None,
    ) -> KeptToken:
        """Keep `refresh_token` and return it as it is kept.

        `replaces` is the version that was redeemed for it, or None after a consent.

        Raises: ConnectionWithdrawn: there is nothing to replace any more; VaultRefused,
        VaultUnavailable.
        """

    def delete(self, partner_tenant: str) -> None:
        """Take the token away, in all its versions; one that is not there is no failure.

        Raises: VaultRefused, VaultUnavailable.
        """
