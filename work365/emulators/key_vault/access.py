"""Who asks, and what they may do.

Source: the documented challenge of Key Vault, its AKV error codes, and access policies.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from work365.emulators.entra.access_tokens import Claims, KeySet, TokenRefused, read_access_token
from work365.emulators.key_vault.errors import VaultRefusal, unauthorized

AUDIENCE = "https://vault.azure.net"
GET, SET, LIST, DELETE, RECOVER, PURGE = "get", "set", "list", "delete", "recover", "purge"
PERMISSIONS = frozenset({GET, SET, LIST, DELETE, RECOVER, PURGE})


@dataclass(kw_only=True)
class Access:
    """The vault's tenant, and its policies by the object id of a person or an application."""

    vault_name: str
    authority: str
    """The address of Entra, without a slash at its end."""

    tenant_id: str
    keys: Callable[[], KeySet]
    policies: dict[str, frozenset[str]] = field(default_factory=dict)

    @property
    def challenge(self) -> str:
        """Return what a request without a token is told."""
        return f'Bearer authorization="{self.authority}/{self.tenant_id}", resource="{AUDIENCE}"'

    def caller(self, headers: Mapping[str, str], now: datetime) -> Claims:
        """Return who asks.

        Raises: VaultRefusal 401.
        """
        kind, _, token = headers.get("authorization", "").partition(" ")
        if kind.lower() != "bearer" or not token:
            raise unauthorized("AKV10000: Request is missing a Bearer or PoP token.")
        try:
            claims = read_access_token(token, self.keys(), now)
        except TokenRefused as refusal:
            raise unauthorized(f"AKV10046: Unable to validate the token: {refusal}.") from refusal
        if claims.audience.rstrip("/") != AUDIENCE:
            raise unauthorized(
                f"AKV10022: Invalid audience. Expected {AUDIENCE}, found: {claims.audience}."
            )
        if claims.tenant_id != self.tenant_id:
            raise unauthorized(
                f"AKV10032: Invalid issuer. Expected one of "
                f"https://sts.windows.net/{self.tenant_id}/, found "
                f"https://sts.windows.net/{claims.tenant_id}/."
            )
        return claims

    def check(self, claims: Claims, permission: str) -> None:
        """See that someone may do something.

        Raises: VaultRefusal 403.
        """
        if permission not in self.policies.get(claims.object_id, frozenset()):
            raise VaultRefusal(
                403,
                "Forbidden",
                f"The user, group or application 'appid={claims.application_id};"
                f"oid={claims.object_id}' does not have secrets {permission} permission on key "
                f"vault '{self.vault_name}'. For help resolving this issue, please see "
                "https://go.microsoft.com/fwlink/?linkid=2125287",
                inner="AccessDenied",
            )
