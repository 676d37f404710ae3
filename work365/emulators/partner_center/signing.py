"""The key that signs webhooks, and its certificate under a root of its own.

Partner Center signs the raw body by RSA with SHA-256 (PKCS#1 v1.5); its certificate's
organization is Microsoft Corporation. The root is made anew with each twin: whoever is to believe
the twin has to be told of it.
Source: learn.microsoft.com/partner-center/developer/partner-center-webhooks.
"""

from base64 import b64encode
from datetime import datetime, timedelta
from functools import cached_property

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

ORGANIZATION = "Microsoft Corporation"
CERTIFICATE_NAME = "pcnotifications-dispatch.microsoft.com"
CERTIFICATE_PATH = f"/cert/{CERTIFICATE_NAME}.cer"
DOCUMENTED_URL = f"https://3psostorageacct.blob.core.windows.net{CERTIFICATE_PATH}"
ALGORITHM = "rsa-sha256"
_KEY_BITS, _EXPONENT = 2048, 65537
_LIFE = timedelta(days=3650)


class Signer:
    """Signs bodies. `at` is a time at which the certificates are to be valid, give ten years."""

    def __init__(self, at: datetime, organization: str = ORGANIZATION) -> None:
        self._at = at
        self._organization = organization

    def sign(self, body: bytes) -> str:
        """Return a body's signature in base 64."""
        signature = self._key.sign(body, padding.PKCS1v15(), hashes.SHA256())
        return b64encode(signature).decode("ascii")

    @property
    def certificate(self) -> bytes:
        """The signing certificate in DER, as it is downloaded."""
        return self._chain[0].public_bytes(serialization.Encoding.DER)

    @property
    def root(self) -> bytes:
        """The root's certificate in PEM, for those who are to trust it."""
        return self._chain[1].public_bytes(serialization.Encoding.PEM)

    @cached_property
    def _key(self) -> rsa.RSAPrivateKey:
        return rsa.generate_private_key(public_exponent=_EXPONENT, key_size=_KEY_BITS)

    @cached_property
    def _chain(self) -> tuple[x509.Certificate, x509.Certificate]:
        root_key = rsa.generate_private_key(public_exponent=_EXPONENT, key_size=_KEY_BITS)
        root_name = self._name("Twin Root Certificate Authority")
        root = (
            self._builder(root_name, root_name, root_key.public_key())
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(_usage(signs_certificates=True), critical=True)
            .sign(root_key, hashes.SHA256())
        )
        leaf = (
            self._builder(self._name(CERTIFICATE_NAME), root_name, self._key.public_key())
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_usage(signs_certificates=False), critical=True)
            .add_extension(
                x509.SubjectAlternativeName([x509.DNSName(CERTIFICATE_NAME)]), critical=False
            )
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(root_key.public_key()),
                critical=False,
            )
            .sign(root_key, hashes.SHA256())
        )
        return leaf, root

    def _builder(
        self, subject: x509.Name, issuer: x509.Name, key: rsa.RSAPublicKey
    ) -> x509.CertificateBuilder:
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(issuer)
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(self._at - _LIFE)
            .not_valid_after(self._at + _LIFE)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
        )

    def _name(self, common_name: str) -> x509.Name:
        return x509.Name(
            [
                x509.NameAttribute(NameOID.COUNTRY_NAME, "US"),
                x509.NameAttribute(NameOID.ORGANIZATION_NAME, self._organization),
                x509.NameAttribute(NameOID.COMMON_NAME, common_name),
            ]
        )


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )
