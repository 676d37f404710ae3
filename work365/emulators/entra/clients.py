"""Applications prove themselves: by a secret, a certificate, or a managed identity's token.

Source: the documented `client_secret`, `client_assertion` and federated identity credentials; the
AADSTS codes of each way to fail.
"""

from base64 import b64decode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha1, sha256
from secrets import compare_digest
from typing import Any
from urllib.parse import unquote_plus

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import Certificate

from work365.emulators.entra.access_tokens import ALGORITHM
from work365.emulators.entra.applications import Application, FederatedCredential
from work365.emulators.entra.authority import Authority
from work365.emulators.entra.errors import EntraRefusal, NotEmulated, missing_parameter
from work365.emulators.entra.tokens import ASSERTION, SECRET

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
CERTIFICATE_ALGORITHMS = ("RS256", "PS256")
CLOCK_SKEW_SECONDS = 300
SIGNATURE_ONLY: Any = {
    "verify_exp": False,
    "verify_nbf": False,
    "verify_iat": False,
    "verify_aud": False,
}


@dataclass(frozen=True, kw_only=True)
class ProvenClient:
    """An application that is who it says."""

    application: Application
    proof: str


class Clients:
    """Finds out which application asks."""

    def __init__(self, authority: Authority) -> None:
        self._authority = authority

    def proven(
        self, form: Mapping[str, str], tenant: str, audiences: frozenset[str]
    ) -> ProvenClient:
        """Return the application that a request is from.

        `audiences` is whom a signed assertion may be made for.

        Raises: EntraRefusal.
        """
        client_id = form.get("client_id", "")
        if not client_id:
            raise missing_parameter("client_id")
        application = self._authority.directory.application(client_id, tenant)
        if form.get("client_assertion"):
            self._check_assertion(application, form, audiences)
            return ProvenClient(application=application, proof=ASSERTION)
        if form.get("client_secret"):
            self._check_secret(application, form["client_secret"])
            return ProvenClient(application=application, proof=SECRET)
        code, grant = 7000218, form.get("grant_type")
        if grant == "client_credentials":
            code = 7000216
        raise _refused_client(
            code,
            "The request body must contain the following parameter: 'client_assertion' or "
            "'client_secret'.",
        )

    def _check_secret(self, application: Application, given: str) -> None:
        for secret in application.secrets:
            if compare_digest(secret.value.encode(), given.encode()):
                if secret.expires_at is not None and secret.expires_at <= self._authority.clock():
                    raise _refused_client(
                        7000222,
                        "The provided client secret keys for app "
                        f"'{application.client_id}' are expired. Visit the Azure portal to create "
                        "new keys for your app.",
                    )
                return
        raise _refused_client(
            7000215,
            "Invalid client secret provided. Ensure the secret being sent in the request is the "
            "client secret value, not the client secret ID, for a secret added to app "
            f"'{application.client_id}'.",
        )

    def _check_assertion(
        self, application: Application, form: Mapping[str, str], audiences: frozenset[str]
    ) -> None:
        if form.get("client_assertion_type") != ASSERTION_TYPE:
            raise missing_parameter("client_assertion_type")
        assertion = form["client_assertion"]
        try:
            header = jwt.get_unverified_header(assertion)
            said = jwt.decode(assertion, options={"verify_signature": False} | SIGNATURE_ONLY)
        except jwt.PyJWTError as error:
            raise EntraRefusal(
                "invalid_request", 50027, "JWT token is invalid or malformed."
            ) from error
        if said.get("iss") == application.client_id:
            self._check_certificate(application, assertion, header, said)
            self._check_made_for(said, audiences)
        else:
            self._check_federated(application, assertion, said)
        # Whoever made or keeps it goes by the clock of clients.
        self._check_time(said, self._authority.client_clock())

    def _check_certificate(
        self,
        application: Application,
        assertion: str,
        header: Mapping[str, Any],
        said: Mapping[str, Any],
    ) -> None:
        if said.get("sub") != application.client_id:
            raise _refused_client(
                700021,
                "Client assertion application identifier doesn't match 'client_id' parameter.",
            )
        certificate = _certificate(application, header)
        key = certificate.public_key() if certificate else None
        if certificate is None or not isinstance(key, RSAPublicKey):
            raise _bad_signature("The key was not found.")
        if certificate.not_valid_after_utc <= self._authority.client_clock():
            raise _bad_signature("The key used is expired.")
        try:
            jwt.decode(
                assertion, key, algorithms=list(CERTIFICATE_ALGORITHMS), options=SIGNATURE_ONLY
            )
        except jwt.PyJWTError as error:
            raise _bad_signature("The signature does not match.") from error

    @staticmethod
    def _check_made_for(said: Mapping[str, Any], audiences: frozenset[str]) -> None:
        if said.get("aud") not in audiences:
            raise _refused_client(
                700023, "Client assertion audience claim does not match Realm issuer."
            )

    def _check_federated(
        self, application: Application, assertion: str, said: Mapping[str, Any]
    ) -> None:
        issuer = str(said.get("iss"))
        credentials = application.federated_credentials
        if not credentials:
            raise _refused_client(
                70025,
                f"The client '{application.client_id}'({application.name}) has no configured "
                "federated identity credentials.",
            )
        _check_record(credentials, said)
        own = self._authority.exchange_issuer(application.home_tenant_id)
        if issuer.startswith(self._authority.cloud) and issuer != own:
            raise _refused_client(
                700236,
                f"Entra ID tokens issued by issuer '{issuer}' may not be used for federated "
                "identity credential flows for applications or managed identities registered in "
                "this tenant.",
            )
        if issuer != own:
            raise NotEmulated(f"the issuer '{issuer}' of a federated credential")
        self._check_own_signature(assertion)

    def _check_own_signature(self, assertion: str) -> None:
        keys = jwt.PyJWKSet.from_dict(self._authority.keys.key_set()).keys
        key_id = jwt.get_unverified_header(assertion).get("kid")
        for key in keys:
            if key.key_id == key_id:
                try:
                    jwt.decode(assertion, key.key, algorithms=[ALGORITHM], options=SIGNATURE_ONLY)
                except jwt.PyJWTError as error:
                    raise _bad_signature("The signature does not match.") from error
                return
        raise _bad_signature("The key was not found.")

    @staticmethod
    def _check_time(said: Mapping[str, Any], now: datetime) -> None:
        moment = now.timestamp()
        ends, begins = said.get("exp"), said.get("nbf", moment)
        if not isinstance(ends, int | float) or not isinstance(begins, int | float):
            raise EntraRefusal("invalid_request", 50027, "JWT token is invalid or malformed.")
        if ends + CLOCK_SKEW_SECONDS <= moment or begins - CLOCK_SKEW_SECONDS > moment:
            raise _refused_client(
                700024,
                "Client assertion is not within its valid time range. Current time: "
                f"{now.isoformat()}. Review the documentation at "
                "https://learn.microsoft.com/entra/identity-platform/certificate-credentials.",
            )


def with_basic(form: Mapping[str, str], header: str) -> dict[str, str]:
    """Return a form with the client and its secret, where they are in the header instead.

    Raises: EntraRefusal 900144.
    """
    kind, _, encoded = header.partition(" ")
    if kind.lower() != "basic":
        return dict(form)
    try:
        client, _, secret = b64decode(encoded, validate=True).decode().partition(":")
    except ValueError as error:
        raise missing_parameter("client_id") from error
    return {**form, "client_id": unquote_plus(client), "client_secret": unquote_plus(secret)}


def _check_record(credentials: tuple[FederatedCredential, ...], said: Mapping[str, Any]) -> None:
    """See that one credential is for this issuer, audience and subject, told apart in turn."""
    left = list(credentials)
    for code, what in ((700211, "issuer"), (700212, "audience"), (700213, "subject")):
        claim = str(said.get({"issuer": "iss", "audience": "aud", "subject": "sub"}[what]))
        left = [credential for credential in left if getattr(credential, what) == claim]
        if not left:
            raise _refused_client(
                code,
                f"No matching federated identity record found for presented assertion {what} "
                f"'{claim}'. Please check your federated identity credential Subject, Audience "
                "and Issuer against the presented assertion.",
            )


def _certificate(application: Application, header: Mapping[str, Any]) -> Certificate | None:
    """Return the certificate whose thumbprint a header has."""
    for certificate in application.certificates:
        der = certificate.public_bytes(Encoding.DER)
        # Thumbprints are names here: nothing rests on the old hash.
        old, new = sha1(der, usedforsecurity=False).digest(), sha256(der).digest()
        # msal writes them with padding, which Entra takes as well.
        given = {name: str(header.get(name, "")).rstrip("=") for name in ("x5t#S256", "x5t")}
        if given["x5t#S256"] == _thumbprint(new) or given["x5t"] == _thumbprint(old):
            return certificate
    return None


def _thumbprint(digest: bytes) -> str:
    return urlsafe_b64encode(digest).decode().rstrip("=")


def _bad_signature(reason: str) -> EntraRefusal:
    return _refused_client(
        700027, f"Client assertion failed signature validation. [Reason - {reason}]"
    )


def _refused_client(code: int, text: str) -> EntraRefusal:
    return EntraRefusal("invalid_client", code, text, status=401)
