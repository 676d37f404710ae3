"""Tokens as Microsoft Entra makes them, by a key of the tests' own."""

from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

from work365.identity.id_tokens import stated_nonce
from work365.ports.secrets import Secret

AUTHORITY = "https://login.microsoftonline.com"
TENANT = "c0ffee00-1111-4222-8333-444455556666"
OTHER_TENANT = "0badcafe-1111-4222-8333-444455556666"
CLIENT = "8a1e5b0c-1d2f-4c3b-9e7a-5f60718293a4"
USER = "11112222-3333-4444-8555-666677778888"
AGENT_ROLE = "08372b87-7d02-482a-9e02-fb03ea5fe193"
NOW = datetime(2026, 5, 4, 9, 30, tzinfo=UTC)
NONCE = Secret("a-nonce-of-this-sign-in")
KEY_NAME = "key-of-may"

SIGNING_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
OTHER_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)


class Clock:
    """A clock that a test moves."""

    def __init__(self, now: datetime = NOW) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def pass_by(self, **spans: float) -> None:
        self.now += timedelta(**spans)


def seconds(moment: datetime) -> int:
    return int(moment.timestamp())


def id_claims(**changes: Any) -> dict[str, Any]:
    """What Entra states in an id token, with `changes`; one that is None is left out."""
    claims = {
        "aud": CLIENT,
        "iss": f"{AUTHORITY}/{TENANT}/v2.0",
        "iat": seconds(NOW),
        "nbf": seconds(NOW),
        "exp": seconds(NOW + timedelta(hours=1)),
        "amr": ["pwd", "mfa"],
        "name": "Ada Agent",
        "nonce": stated_nonce(NONCE),
        "oid": USER,
        "preferred_username": "ada@contoso.example",
        "sub": "subject",
        "tid": TENANT,
        "ver": "2.0",
        "wids": [AGENT_ROLE.upper()],
        **changes,
    }
    return {name: value for name, value in claims.items() if value is not None}


def signed(
    claims: dict[str, Any],
    *,
    key: rsa.RSAPrivateKey = SIGNING_KEY,
    key_name: str = KEY_NAME,
    algorithm: str = "RS256",
) -> Secret:
    return Secret(jwt.encode(claims, key, algorithm=algorithm, headers={"kid": key_name}))


def published_keys(**keys: rsa.RSAPrivateKey) -> dict[str, Any]:
    """The document that Entra publishes its keys in, by name."""
    return {
        "keys": [
            {
                **jwt.algorithms.RSAAlgorithm.to_jwk(key.public_key(), as_dict=True),
                "kid": name,
                "use": "sig",
                "alg": "RS256",
            }
            for name, key in keys.items()
        ]
    }
