"""How an access token is read by whoever is asked with it.

A token is a JWT, signed by RS256 with a key of the authority's key set, in the version 1.0 that
Microsoft's own services take: `aud` is the resource as the client named it, `tid` the tenant in
which it is used, `oid` the person or the application there, `appid` the application that asks.
One for a person has `scp` (scopes, apart by blanks), `upn`, `amr` (`pwd`, and `mfa` where a second
factor was given) and `wids` (the template ids of directory roles). One for an application alone
has `idtyp` `app`, and `roles` where any were granted.

Source: the documented claims of access tokens.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import jwt

ALGORITHM = "RS256"
MFA = "mfa"
CLOCK_SKEW_SECONDS = 300

KeySet = Mapping[str, Any]
"""A JSON Web Key Set, as the authority's `discovery/keys` answers it."""


class TokenRefused(Exception):
    """An access token that cannot be believed. The text says why, and has no part of it."""


@dataclass(frozen=True, kw_only=True)
class Claims:
    """What an access token says."""

    audience: str
    tenant_id: str
    object_id: str
    application_id: str
    """The application that asks, whether or not for a person."""

    is_app_only: bool
    scopes: frozenset[str]
    roles: frozenset[str]
    """What the application itself may do."""

    authentication_methods: tuple[str, ...]
    user_principal_name: str
    directory_role_ids: frozenset[str]
    issued_at: datetime
    expires_at: datetime

    @property
    def has_mfa(self) -> bool:
        """Tell whether its person gave a second factor when the first token was made."""
        return MFA in self.authentication_methods


def read_access_token(token: str, keys: KeySet, now: datetime) -> Claims:
    """Return what an access token says, once its signature and its time are found good.

    The audience is the caller's to judge: each service has its own error for a wrong one.

    Raises: TokenRefused.
    """
    return _read(read_claims(token, keys, now))


def read_claims(token: str, keys: KeySet, now: datetime) -> Mapping[str, Any]:
    """Return the claims as they are written, once signature, time and form are found good.

    Raises: TokenRefused.
    """
    claims = _verified(token, keys)
    read = _read(claims)
    begins = claims.get("nbf", claims["iat"])
    if now >= read.expires_at:
        raise TokenRefused(f"the access token expired at {read.expires_at.isoformat()}")
    if not isinstance(begins, int) or now.timestamp() + CLOCK_SKEW_SECONDS < begins:
        raise TokenRefused("the access token is not good yet")
    return claims


def _read(claims: Mapping[str, Any]) -> Claims:
    try:
        return _claims(claims)
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise TokenRefused("the access token lacks a claim, or has one that is none") from error


def _verified(token: str, keys: KeySet) -> dict[str, Any]:
    try:
        key_id = jwt.get_unverified_header(token).get("kid")
        found = [key for key in jwt.PyJWKSet.from_dict(dict(keys)).keys if key.key_id == key_id]
        if not found:
            raise TokenRefused("the access token is signed by a key that is not the authority's")
        # Time and audience are judged by the caller's clock and words.
        options: Any = {
            "verify_exp": False,
            "verify_nbf": False,
            "verify_iat": False,
            "verify_aud": False,
        }
        claims = jwt.decode(token, found[0].key, algorithms=[ALGORITHM], options=options)
    except jwt.PyJWTError as error:
        raise TokenRefused(f"the access token cannot be read: {type(error).__name__}") from error
    return dict(claims)


def _claims(claims: Mapping[str, Any]) -> Claims:
    scopes = str(claims.get("scp", "")).split()
    return Claims(
        audience=_text(claims["aud"]),
        tenant_id=_text(claims["tid"]),
        object_id=_text(claims["oid"]),
        application_id=_text(claims.get("appid") or claims["azp"]),
        is_app_only=not scopes,
        scopes=frozenset(scopes),
        roles=frozenset(map(_text, claims.get("roles", ()))),
        authentication_methods=tuple(map(_text, claims.get("amr", ()))),
        user_principal_name=_text(claims.get("upn", "")),
        directory_role_ids=frozenset(map(_text, claims.get("wids", ()))),
        issued_at=datetime.fromtimestamp(_seconds(claims["iat"]), UTC),
        expires_at=datetime.fromtimestamp(_seconds(claims["exp"]), UTC),
    )


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("not a text")
    return value


def _seconds(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise TypeError("not a number of seconds")
    return int(value)
