"""What a token states, read without checking its signature, for our own decisions only.

An access token is written for whoever it is sent to. What it says is used here to tell people
in advance what will be refused (no second factor, no role) and never to let anybody in; for
that there is `work365.identity.id_tokens`.
"""

import json
from base64 import urlsafe_b64decode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from work365.identity.failures import SignInAnswerWrong
from work365.ports.secrets import Secret

JWT_PARTS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Claims:
    """What is of use in a token. Empty where a token does not say."""

    audience: str
    tenant: str
    """Tenant id, in lower case."""
    user: str
    """Object id of the user, or of the application's service principal."""
    name: str
    """Sign-in name. Personal: show it to those who may see it only."""
    application: str
    """Client id of who asked for the token."""
    scopes: frozenset[str]
    """What a user's token may do."""
    app_roles: frozenset[str]
    """What the application's own token may do."""
    directory_roles: frozenset[str]
    """Template ids of the user's directory roles, in lower case (`wids`)."""
    groups: frozenset[str]
    has_mfa: bool
    """Whether the user signed in with a second factor."""
    expires_at: datetime


def read_claims(token: Secret) -> Claims:
    """Return what `token` states, believing it.

    Raises: SignInAnswerWrong: it is no token that can be read.
    """
    return claims_in(_payload(token))


def claims_in(payload: Mapping[str, Any]) -> Claims:
    """Return what is of use in the `payload` of a token.

    Raises: SignInAnswerWrong: it does not say until when it is good, or says it wrongly.
    """
    return Claims(
        audience=_text(payload, "aud"),
        tenant=_text(payload, "tid").lower(),
        user=_text(payload, "oid"),
        name=_text(payload, "preferred_username") or _text(payload, "upn"),
        application=(_text(payload, "azp") or _text(payload, "appid")).lower(),
        scopes=frozenset(_text(payload, "scp").split()),
        app_roles=_texts(payload, "roles"),
        directory_roles=frozenset(each.lower() for each in _texts(payload, "wids")),
        groups=_texts(payload, "groups"),
        # Microsoft's own tool looks at the end of the word, as there are several of them.
        has_mfa=any(each.endswith("mfa") for each in _texts(payload, "amr")),
        expires_at=moment(payload, "exp"),
    )


def moment(payload: Mapping[str, Any], name: str) -> datetime:
    """Return the moment that the claim `name` states.

    Raises: SignInAnswerWrong: there is none.
    """
    seconds = payload.get(name)
    if isinstance(seconds, bool) or not isinstance(seconds, int):
        raise SignInAnswerWrong(f"a token of Microsoft Entra has no time in its claim {name!r}")
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, OSError, ValueError):
        raise SignInAnswerWrong(
            f"a token of Microsoft Entra has {seconds} as its claim {name!r}, which is no time"
        ) from None


def _payload(token: Secret) -> Mapping[str, Any]:
    parts = token.reveal().split(".")
    if len(parts) != JWT_PARTS:
        raise SignInAnswerWrong("Microsoft Entra gave a token that is no JSON web token")
    try:
        text = urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4))
        payload = json.loads(text)
    except ValueError:
        # From None: the library's error has the text of the token in it.
        raise SignInAnswerWrong("Microsoft Entra gave a token that cannot be read") from None
    if not isinstance(payload, dict):
        raise SignInAnswerWrong("Microsoft Entra gave a token without claims")
    return payload


def _text(payload: Mapping[str, Any], name: str) -> str:
    value = payload.get(name)
    return value if isinstance(value, str) else ""


def _texts(payload: Mapping[str, Any], name: str) -> frozenset[str]:
    value = payload.get(name)
    if isinstance(value, str):
        return frozenset({value})
    return frozenset(each for each in value or () if isinstance(each, str))
