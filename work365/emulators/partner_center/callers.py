"""Who calls: what the twin takes from a token's claims.

An app-only token has `idtyp` `app`, or roles and no scope; any other is of an application with
a user. Whether the user gave a second factor says `amr`.
Source: learn.microsoft.com/entra/identity-platform/access-token-claims-reference.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from work365.emulators.partner_center.errors import token_missing

PARTNER_CENTER_AUDIENCES = (
    "https://api.partnercenter.microsoft.com",
    "fa3d9a0c-3fb0-42cc-9193-47c7ecd2edbd",
)
PRICE_SHEET_AUDIENCES = ("https://api.partner.microsoft.com",)
GRAPH_AUDIENCES = ("https://graph.microsoft.com", "00000003-0000-0000-c000-000000000000")

ReadToken = Callable[[str], Mapping[str, Any]]
"""Returns the claims of a bearer token; raises `InvalidToken`."""


class InvalidToken(Exception):
    """The token is malformed, expired, or not signed by whom it should be."""


@dataclass(frozen=True)
class Caller:
    """An application, alone or for a user."""

    tenant: str
    application: str
    user: str = ""
    audience: str = ""
    has_mfa: bool = False
    scopes: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()

    @property
    def is_app_only(self) -> bool:
        """Whether no user is signed in."""
        return not self.user

    @property
    def name(self) -> str:
        """The user, or the application where there is none."""
        return self.user or self.application


def caller_of(authorization: str, read_token: ReadToken) -> Caller:
    """Return who sent the header `Authorization`.

    Raises: PartnerCenterError, 401.
    """
    scheme, _, token = authorization.partition(" ")
    if scheme.casefold() != "bearer" or not token.strip():
        raise token_missing()
    try:
        claims = read_token(token.strip())
    except InvalidToken:
        raise token_missing() from None
    return caller_from(claims)


def caller_from(claims: Mapping[str, Any]) -> Caller:
    """Return who a token's claims speak of."""
    scopes = tuple(str(claims.get("scp") or "").split())
    is_app_only = claims.get("idtyp") == "app" or not scopes
    user = str(claims.get("upn") or claims.get("preferred_username") or claims.get("oid") or "")
    return Caller(
        tenant=str(claims.get("tid") or ""),
        application=str(claims.get("appid") or claims.get("azp") or ""),
        user="" if is_app_only else user,
        audience=str(claims.get("aud") or "").rstrip("/"),
        has_mfa=any(str(method).endswith("mfa") for method in claims.get("amr") or ()),
        scopes=scopes,
        roles=tuple(str(role) for role in claims.get("roles") or ()),
    )
