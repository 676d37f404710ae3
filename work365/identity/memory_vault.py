"""Delegated tokens in memory only, for attended work and for partners without a vault."""

from datetime import datetime
from itertools import count
from threading import Lock

from work365.ports.secrets import Secret
from work365.ports.tokens import ConnectionWithdrawn, KeptToken


class MemoryVault:
    """A token vault that ends with its process, and that no other process sees."""

    def __init__(self) -> None:
        self._kept: dict[str, KeptToken] = {}
        self._versions = count(1)
        self._lock = Lock()

    def read(self, partner_tenant: str) -> KeptToken | None:
        """Return the token of `partner_tenant`, or None where there is no connection."""
        with self._lock:
            return self._kept.get(partner_tenant)

    def write(
        self,
        partner_tenant: str,
        refresh_token: Secret,
        *,
        redeemed_at: datetime,
        replaces: str | None,
    ) -> KeptToken:
        """Keep `refresh_token` and return it as it is kept.

        Raises: ConnectionWithdrawn: there is nothing to replace any more.
        """
        with self._lock:
            if replaces is not None and partner_tenant not in self._kept:
                raise ConnectionWithdrawn(
                    f"the delegated connection of {partner_tenant} was withdrawn while its token"
                    " was being renewed; the new token was thrown away"
                )
            kept = KeptToken(
                refresh_token=refresh_token,
                version=str(next(self._versions)),
                redeemed_at=redeemed_at,
            )
            self._kept[partner_tenant] = kept
            return kept

    def delete(self, partner_tenant: str) -> None:
        """Take the token away; one that is not there is no failure."""
        with self._lock:
            self._kept.pop(partner_tenant, None)
