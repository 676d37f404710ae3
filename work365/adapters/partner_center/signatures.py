"""Signatures of Partner Center's webhooks: whether a notification is Microsoft's own.

Nothing of a notification is read before its signature holds. Certificates are fetched from
pinned hosts only, and their chain has to end in one of the pinned authorities, so that a
sender can neither choose whom we ask nor vouch for itself.

Source: "Partner Center webhooks", section "How to authenticate the callback",
learn.microsoft.com/partner-center/developer/partner-center-webhooks. Its example names the
address of the certificate, which may change without notice: it is an argument here.
"""

from base64 import b64decode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from threading import Lock
from urllib.parse import urlsplit

import httpx
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.x509 import Certificate, DNSName, ExtendedKeyUsage, NameOID
from cryptography.x509.oid import ExtendedKeyUsageOID
from cryptography.x509.verification import (
    Criticality,
    ExtensionPolicy,
    Policy,
    PolicyBuilder,
    Store,
    VerificationError,
)

from work365.adapters.partner_center.certificates import (
    NotACertificate,
    PublishedCertificates,
)
from work365.errors import Refusal

ISSUER_HOSTS = ("www.microsoft.com", "caissuers.microsoft.com", "cacerts.digicert.com")
"""Where Microsoft's authorities publish their certificates; each is checked against its root."""
CERTIFICATE_HOST = "3psostorageacct.blob.core.windows.net"
SIGNER = "pcnotifications-dispatch.microsoft.com"
ORGANIZATION = "Microsoft Corporation"
ALGORITHM = "rsa-sha256"

ISSUERS_MAX = 3
SIGNATURE_LENGTH_MAX = 2_048
"""Characters: an RSA key of 8,192 bits signs with 1,368."""
CERTIFICATES_KEPT_MAX = 8

_CERTIFICATE_URL = "X-MS-Certificate-Url"
_ALGORITHM = "X-MS-Signature-Algorithm"
_OWN_HEADER = "x-ms-signature"
_USES = frozenset({ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH})
_SCHEME = "signature "


class NotMicrosofts(Refusal):
    """A notification is not signed as Microsoft signs."""

    code = "webhook_not_signed_by_microsoft"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trust:
    """Whose signature counts: pinned, and changed by a setting when Microsoft changes."""

    authorities: tuple[Certificate, ...]
    """Roots that a chain may end in."""
    certificate_hosts: tuple[str, ...] = (CERTIFICATE_HOST,)
    issuer_hosts: tuple[str, ...] = ISSUER_HOSTS
    """Where the certificates between the signer's and a root may be fetched."""
    signer: str = SIGNER
    """The name that the certificate is for."""
    organization: str = ORGANIZATION
    certificates_at: str | None = None
    """Scheme, host and port of where the certificate is instead, on a developer's machine only."""

    def __post_init__(self) -> None:
        assert self.authorities, "nobody could be trusted"


class SignatureCheck:
    """Tells Microsoft's notifications from others; one for all threads."""

    def __init__(self, trust: Trust, *, http: httpx.Client, clock: Callable[[], datetime]) -> None:
        self._trust = trust
        self._certificates = PublishedCertificates(http)
        self._clock = clock
        self._store = Store(list(trust.authorities))
        self._signers: dict[str, Certificate] = {}
        self._lock = Lock()

    def check(self, body: bytes, headers: Mapping[str, str]) -> None:
        """Return if `body` was signed by Microsoft, as it was sent.

        Raises:
            NotMicrosofts: a header is missing or wrong, the certificate is not Microsoft's,
                or the signature is of something else.
            CertificateUnreachable: the certificate could not be fetched; ask to be told again.
        """
        given = {name.lower(): value.strip() for name, value in headers.items()}
        algorithm = given.get(_ALGORITHM.lower(), "")
        if algorithm.lower() != ALGORITHM:
            raise NotMicrosofts(f"{_ALGORITHM} is {algorithm[:40]!r} and has to be {ALGORITHM}")
        signature = _signature(given)
        address = self._address(given.get(_CERTIFICATE_URL.lower(), ""))
        try:
            key = self._key(address)
        except NotACertificate as error:
            raise NotMicrosofts(str(error)) from error
        try:
            # Over the bytes as they came: written anew, the same JSON has other bytes.
            key.verify(signature, body, PKCS1v15(), SHA256())
        except InvalidSignature as error:
            raise NotMicrosofts("the signature is not one of this body") from error

    def _address(self, given: str) -> str:
        try:
            parts = urlsplit(given)
            port, host = parts.port, parts.hostname
        except ValueError as error:
            raise NotMicrosofts(f"{_CERTIFICATE_URL} is no address") from error
        plain = parts.username is None and parts.password is None and not parts.query
        if parts.scheme != "https" or port not in (None, 443) or not plain:
            raise NotMicrosofts(f"{_CERTIFICATE_URL} has to be a plain https address")
        if host not in self._trust.certificate_hosts:
            hosts = ", ".join(self._trust.certificate_hosts)
            raise NotMicrosofts(f"{_CERTIFICATE_URL} is at {str(host)[:80]!r}, and not at {hosts}")
        return f"{self._trust.certificates_at or f'https://{host}'}{parts.path}"

    def _key(self, address: str) -> RSAPublicKey:
        with self._lock:
            certificate = self._signers.get(address)
        if certificate is None or not self._is_valid(certificate):
            # A certificate is renewed at the same address.
            certificate = self._certificates.fetch(address)
        self._check_chain(certificate)
        key = certificate.public_key()
        if not isinstance(key, RSAPublicKey):
            raise NotMicrosofts("the certificate's key is not an RSA key")
        with self._lock:
            if address not in self._signers and len(self._signers) >= CERTIFICATES_KEPT_MAX:
                self._signers.clear()
            self._signers[address] = certificate
        return key

    def _is_valid(self, certificate: Certificate) -> bool:
        now = self._clock()
        return certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc

    def _check_chain(self, certificate: Certificate) -> None:
        named = certificate.subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)
        organizations = [attribute.value for attribute in named]
        if organizations != [self._trust.organization]:
            raise NotMicrosofts(
                f"the certificate is of {organizations}, and not of {self._trust.organization}"
            )
        verifier = (
            PolicyBuilder()
            .store(self._store)
            .time(self._clock())
            .extension_policies(
                ca_policy=ExtensionPolicy.webpki_defaults_ca(), ee_policy=_signer_policy()
            )
            .build_server_verifier(DNSName(self._trust.signer))
        )
        try:
            verifier.verify(certificate, self._issuers_of(certificate))
        except VerificationError as error:
            raise NotMicrosofts(f"no trusted authority vouches for the certificate: {error}") from (
                error
            )

    def _issuers_of(self, certificate: Certificate) -> list[Certificate]:
        if any(certificate.issuer == root.subject for root in self._trust.authorities):
            return []
        issuers: list[Certificate] = []
        while len(issuers) < ISSUERS_MAX and certificate.issuer != certificate.subject:
            published = self._certificates.issuer(certificate, hosts=self._trust.issuer_hosts)
            if published is None:
                break
            issuers.append(published)
            certificate = published
        return issuers


def _signer_policy() -> ExtensionPolicy:
    # Whether Microsoft's is one for servers or for clients is written nowhere, and public
    # authorities issue ever fewer that are for both.
    return ExtensionPolicy.webpki_defaults_ee().may_be_present(
        ExtendedKeyUsage, Criticality.AGNOSTIC, _check_uses
    )


def _check_uses(_policy: Policy, _certificate: Certificate, uses: ExtendedKeyUsage | None) -> None:
    if uses is not None and _USES.isdisjoint(uses):
        raise ValueError("it is for neither servers nor clients")


def _signature(given: Mapping[str, str]) -> bytes:
    own, shared = given.get(_OWN_HEADER), given.get("authorization", "")
    text = own if own is not None else shared
    if text.lower().startswith(_SCHEME):
        text = text[len(_SCHEME) :].strip()
    elif own is None:
        raise NotMicrosofts("there is no signature: Authorization has to be `Signature ...`")
    if len(text) > SIGNATURE_LENGTH_MAX:
        raise NotMicrosofts(f"a signature of {len(text):,} characters is none")
    try:
        return b64decode(text, validate=True)
    except ValueError as error:
        raise NotMicrosofts("the signature is not base64") from error
