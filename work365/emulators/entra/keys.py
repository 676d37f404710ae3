"""The keys that tokens are signed with, and the set that others check them by."""

import json
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from work365.emulators.entra.access_tokens import ALGORITHM

BITS = 2048
EXPONENT = 65537
KEYS_SHOWN_MAX = 3


class SigningKeys:
    """The authority's keys: the newest signs, the ones before it are still good."""

    def __init__(self) -> None:
        self._keys: list[tuple[str, rsa.RSAPrivateKey]] = []
        self.rotate()

    def rotate(self) -> str:
        """Sign with a new key from now on; return its id."""
        key = rsa.generate_private_key(public_exponent=EXPONENT, key_size=BITS)
        shown = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        key_id = sha256(shown).hexdigest()[:27]
        self._keys = [(key_id, key), *self._keys][:KEYS_SHOWN_MAX]
        return key_id

    def sign(self, claims: Mapping[str, Any]) -> str:
        """Return a JWT that says `claims`."""
        key_id, key = self._keys[0]
        return jwt.encode(dict(claims), key, algorithm=ALGORITHM, headers={"kid": key_id})

    def key_set(self) -> dict[str, Any]:
        """Return the JSON Web Key Set of the public halves."""
        return {"keys": [_shown(key_id, key) for key_id, key in self._keys]}


def _shown(key_id: str, key: rsa.RSAPrivateKey) -> dict[str, Any]:
    shown = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(key.public_key()))
    return {
        "kty": shown["kty"],
        "use": "sig",
        "kid": key_id,
        "n": shown["n"],
        "e": shown["e"],
        "alg": ALGORITHM,
    }
