"""Ways to read a bearer token: as claims that a test made up, or as one that Entra signed."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import jwt

from work365.emulators.partner_center.callers import InvalidToken, ReadToken

ALGORITHMS = ["RS256"]
_LEEWAY_SECONDS = 300


def fixed_claims(claims: Mapping[str, Mapping[str, Any]]) -> ReadToken:
    """Return a reader that knows a few tokens by heart: claims by the token's text."""

    def read(token: str) -> Mapping[str, Any]:
        if token not in claims:
            raise InvalidToken
        return claims[token]

    return read


def app_only_claims(tenant: str, application: str, **more: Any) -> dict[str, Any]:
    """Return the claims of an application by itself, for Partner Center."""
    return {
        "aud": "https://api.partnercenter.microsoft.com",
        "tid": tenant,
        "appid": application,
        "idtyp": "app",
    } | more


def user_claims(tenant: str, application: str, user: str, **more: Any) -> dict[str, Any]:
    """Return the claims of an application with a user who gave a second factor."""
    return {
        "aud": "https://api.partnercenter.microsoft.com",
        "tid": tenant,
        "appid": application,
        "oid": user,
        "upn": user,
        "scp": "user_impersonation",
        "amr": ["pwd", "mfa"],
    } | more


def signed_tokens(
    keys: Callable[[], Mapping[str, Any]], clock: Callable[[], datetime]
) -> ReadToken:
    """Return a reader of tokens that are signed with one of an issuer's keys.

    `keys` returns the issuer's key set (`{"keys": [...]}`), asked for anew when a key is not
    known yet. Times in a token are held against `clock` (UTC).
    """
    known: dict[str, Any] = {}

    def key_of(token: str) -> Any:
        key_id = str(jwt.get_unverified_header(token).get("kid", ""))
        if key_id not in known:
            known.update({key.key_id or "": key.key for key in jwt.PyJWKSet(_list(keys())).keys})
        if key_id not in known:
            raise InvalidToken
        return known[key_id]

    def read(token: str) -> Mapping[str, Any]:
        # The twin's clock is not that of this machine: pyjwt does not look at times.
        options: Any = {
            "verify_aud": False,
            "verify_exp": False,
            "verify_nbf": False,
            "verify_iat": False,
        }
        try:
            claims = jwt.decode(token, key_of(token), algorithms=ALGORITHMS, options=options)
        except jwt.PyJWTError:
            raise InvalidToken from None
        _check_times(claims, clock().astimezone(UTC).timestamp())
        return claims

    return read


def _list(keys: Mapping[str, Any]) -> list[dict[str, Any]]:
    return list(keys.get("keys", []))


def _check_times(claims: Mapping[str, Any], now: float) -> None:
    expires, starts = claims.get("exp"), claims.get("nbf", 0)
    if not isinstance(expires, int) or now >= expires:
        raise InvalidToken
    if not isinstance(starts, int) or now < starts - _LEEWAY_SECONDS:
        raise InvalidToken
