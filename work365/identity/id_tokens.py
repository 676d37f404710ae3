"""Who signed in, as Microsoft Entra signed it for this application and this sign-in.

Source: OpenID Connect Core 1.0, 3.1.3.7; "ID tokens in the Microsoft identity platform".
"""

from collections.abc import Mapping
from datetime import timedelta
from hashlib import sha256
from hmac import compare_digest
from typing import Any

import jwt

from work365.identity.application import Application
from work365.identity.claims import Claims, claims_in, moment, read_claims
from work365.identity.failures import IdTokenRejected, SignInAnswerWrong, WrongTenant
from work365.ports.secrets import Secret

ALGORITHMS = ["RS256"]
SKEW = timedelta(minutes=5)
"""How far Microsoft's clock and ours may be apart."""

REQUIRED_CLAIMS = ["aud", "exp", "iat", "iss", "nonce", "oid", "tid"]


def stated_nonce(nonce: Secret) -> str:
    """Return what an id token states where a sign-in page was made with `nonce`.

    msal sends its hash to Microsoft, so that whoever sees the token cannot make another.
    """
    return sha256(nonce.reveal().encode("ascii")).hexdigest()


class IdTokens:
    """Checks id tokens for one application, by the keys that Microsoft publishes."""

    def __init__(self, application: Application) -> None:
        self._application = application

    def check(self, id_token: Secret, *, tenant: str, nonce: Secret) -> Claims:
        """Return what `id_token` states, which is believed from here on.

        Raises: WrongTenant: the user is of another tenant than `tenant`; IdTokenRejected: it
        was not signed by Microsoft, or for somebody else, another sign-in or another time;
        SignInAnswerWrong, NotSignedIn: Microsoft's keys cannot be read, or not now.
        """
        stated = read_claims(id_token)
        if stated.tenant != tenant.lower():
            raise WrongTenant(
                f"The user's tenant is {stated.tenant or 'not stated'}; the partner's is {tenant}."
            )
        payload = self._signed_payload(id_token, stated.tenant)
        self._require_time(payload)
        if not compare_digest(str(payload["nonce"]), stated_nonce(nonce)):
            raise IdTokenRejected("It was made for another sign-in (nonce).")
        return claims_in(payload)

    def _signed_payload(self, id_token: Secret, tenant: str) -> Mapping[str, Any]:
        published = self._published(tenant)
        try:
            name = jwt.get_unverified_header(id_token.reveal()).get("kid")
            payload: Mapping[str, Any] = jwt.decode(
                id_token.reveal(),
                key=self._key(str(name), published["jwks_uri"]),
                algorithms=ALGORITHMS,
                audience=self._application.client_id,
                issuer=published["issuer"],
                options={
                    "require": REQUIRED_CLAIMS,
                    # By the clock that was given, and not by the machine's.
                    "verify_exp": False,
                    "verify_iat": False,
                    "verify_nbf": False,
                },
            )
        except jwt.PyJWTError as error:
            raise IdTokenRejected(f"It does not hold ({type(error).__name__}).") from None
        return payload

    def _published(self, tenant: str) -> Mapping[str, str]:
        authority = self._application.cloud.authority
        address = f"{authority}/{tenant}/v2.0/.well-known/openid-configuration"
        published = self._application.requests.get(address).json()
        if not all(isinstance(published.get(name), str) for name in ("issuer", "jwks_uri")):
            raise SignInAnswerWrong(f"{address} does not say by whom tokens are signed")
        return {name: published[name] for name in ("issuer", "jwks_uri")}

    def _key(self, name: str, address: str) -> jwt.PyJWK:
        for anew in (False, True):
            for key in self._keys(address, anew=anew):
                if key.key_id == name:
                    return key
        raise IdTokenRejected("It is signed by a key that Microsoft does not publish.")

    def _keys(self, address: str, *, anew: bool) -> list[jwt.PyJWK]:
        try:
            published = self._application.requests.get(address, anew=anew).json()
            return jwt.PyJWKSet.from_dict(published).keys
        except (jwt.PyJWTError, TypeError, ValueError, AttributeError):
            raise SignInAnswerWrong(f"{address} publishes no keys that can be read") from None

    def _require_time(self, payload: Mapping[str, Any]) -> None:
        now = self._application.clock()
        if moment(payload, "exp") <= now - SKEW:
            raise IdTokenRejected("It has expired.")
        if moment(payload, "iat") > now + SKEW:
            raise IdTokenRejected("It is from the future; see that the service's clock is right.")
