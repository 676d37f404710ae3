"""A certificate authority of the tests: a root, an issuer below it, and who signs."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID, NameOID

NOW = datetime(2026, 11, 2, 9, 30, tzinfo=UTC)
YEAR = timedelta(days=365)
SIGNER = "pcnotifications-dispatch.microsoft.com"
MICROSOFT = "Microsoft Corporation"
ISSUER_ADDRESS = "http://www.microsoft.com/pkiops/certs/issuer.crt"


@dataclass(frozen=True, slots=True)
class Party:
    """Somebody with a key and a certificate for it."""

    key: rsa.RSAPrivateKey
    certificate: x509.Certificate

    @property
    def der(self) -> bytes:
        """The certificate as it is published."""
        return self.certificate.public_bytes(serialization.Encoding.DER)

    @property
    def pem(self) -> bytes:
        """The same as text."""
        return self.certificate.public_bytes(serialization.Encoding.PEM)

    def sign(self, body: bytes) -> bytes:
        """Return the signature of `body` as Microsoft makes it."""
        return self.key.sign(body, padding.PKCS1v15(), hashes.SHA256())


def authority(common_name: str = "Test Root", *, issued_by: Party | None = None) -> Party:
    """Return an authority: a root, or one that another vouches for."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    subject = _name(common_name, "Test Authority")
    issuer = issued_by.certificate.subject if issued_by else subject
    usage = x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=True,
        crl_sign=True,
        encipher_only=False,
        decipher_only=False,
    )
    builder = (
        _builder(key, subject, issuer, YEAR * 9, issued_by)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(usage, critical=True)
    )
    signing_key = issued_by.key if issued_by else key
    return Party(key, builder.sign(signing_key, hashes.SHA256()))


def signer(
    issued_by: Party,
    *,
    organization: str = MICROSOFT,
    name: str = SIGNER,
    valid_for: timedelta = YEAR,
    issuer_address: str = ISSUER_ADDRESS,
    uses: x509.ObjectIdentifier = ExtendedKeyUsageOID.SERVER_AUTH,
) -> Party:
    """Return one who signs notifications."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    subject = _name(name, organization)
    published = x509.AccessDescription(
        AuthorityInformationAccessOID.CA_ISSUERS, x509.UniformResourceIdentifier(issuer_address)
    )
    builder = (
        _builder(key, subject, issued_by.certificate.subject, valid_for, issued_by)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.ExtendedKeyUsage([uses]), critical=False)
        .add_extension(x509.AuthorityInformationAccess([published]), critical=False)
    )
    return Party(key, builder.sign(issued_by.key, hashes.SHA256()))


def _builder(
    key: rsa.RSAPrivateKey,
    subject: x509.Name,
    issuer: x509.Name,
    valid_for: timedelta,
    issued_by: Party | None,
) -> x509.CertificateBuilder:
    issuing = (issued_by.key if issued_by else key).public_key()
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW - YEAR)
        .not_valid_after(NOW + valid_for)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuing), critical=False)
    )


def _name(common_name: str, organization: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COMMON_NAME, common_name),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, organization),
        ]
    )
