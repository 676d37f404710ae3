"""Certificates that authorities publish, fetched from hosts that were chosen beforehand."""

from collections.abc import Collection
from urllib.parse import urlsplit

import httpx
from cryptography.x509 import (
    AuthorityInformationAccess,
    Certificate,
    ExtensionNotFound,
    UniformResourceIdentifier,
    load_der_x509_certificate,
    load_pem_x509_certificate,
)
from cryptography.x509.oid import AuthorityInformationAccessOID

from work365.errors import Unavailable

CERTIFICATE_BYTES_MAX = 64 * 1024

_PEM = b"-----BEGIN CERTIFICATE-----"


class CertificateUnreachable(Unavailable):
    """A certificate could not be fetched now."""

    code = "certificate_unreachable"


class NotACertificate(ValueError):
    """What an address gives is no certificate."""


class PublishedCertificates:
    """Certificates at the addresses where they are published; issuers are remembered."""

    def __init__(self, http: httpx.Client) -> None:
        self._http = http
        self._issuers: dict[str, Certificate] = {}

    def fetch(self, address: str) -> Certificate:
        """Return the certificate at `address`, in DER or PEM; no redirect is followed.

        Raises:
            CertificateUnreachable: there is no answer, or another than the certificate.
            NotACertificate: the answer is something else.
        """
        try:
            with self._http.stream("GET", address, follow_redirects=False) as answer:
                if answer.status_code != httpx.codes.OK:
                    raise CertificateUnreachable(
                        f"{address} answered {answer.status_code} and not with a certificate"
                    )
                content = _at_most(answer, CERTIFICATE_BYTES_MAX)
        except httpx.HTTPError as error:
            raise CertificateUnreachable(f"{address} did not answer: {error}") from error
        try:
            load = load_pem_x509_certificate if _PEM in content else load_der_x509_certificate
            return load(content)
        except ValueError as error:
            raise NotACertificate(f"what is at {address} is no certificate") from error

    def issuer(self, certificate: Certificate, *, hosts: Collection[str]) -> Certificate | None:
        """Return the certificate of who issued `certificate`, if it is published at `hosts`.

        Raises: as `fetch`.
        """
        for address in _issuer_addresses(certificate):
            if urlsplit(address).hostname in hosts:
                if address not in self._issuers:
                    self._issuers[address] = self.fetch(address)
                return self._issuers[address]
        return None


def _issuer_addresses(certificate: Certificate) -> list[str]:
    try:
        access = certificate.extensions.get_extension_for_class(AuthorityInformationAccess).value
    except ExtensionNotFound:
        return []
    return [
        each.access_location.value
        for each in access
        if each.access_method == AuthorityInformationAccessOID.CA_ISSUERS
        and isinstance(each.access_location, UniformResourceIdentifier)
    ]


def _at_most(answer: httpx.Response, limit: int) -> bytes:
    content = b""
    for piece in answer.iter_bytes():
        content += piece
        if len(content) > limit:
            raise NotACertificate(f"what is at {answer.url} is larger than any certificate")
    return content
