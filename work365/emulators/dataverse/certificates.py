"""A certificate for https on this machine, of an authority that is made with it.

Clients trust it by the bundle of that authority (`REQUESTS_CA_BUNDLE`, `SSL_CERT_FILE`,
`NODE_EXTRA_CA_CERTS`). It is made once for a folder, so that a bundle stays good.
"""

from dataclasses import dataclass
from pathlib import Path

HOSTS = ("localhost", "127.0.0.1", "::1")
BUNDLE, CERTIFICATE = "ca.pem", "server.pem"
OWNER_ONLY = 0o600


class NoCertificate(FileNotFoundError):
    """There is no certificate, and none can be made; the text says what to do."""


@dataclass(frozen=True, kw_only=True)
class ServerCertificate:
    """Files in PEM."""

    bundle: Path
    """What clients are to trust."""

    certificate: Path
    """The server's private key, and its certificate."""


def server_certificate(folder: Path) -> ServerCertificate:
    """Return the certificate of a folder, made if it is not there yet.

    Raises: NoCertificate, where it would have to be made and `trustme` is not installed.
    """
    found = ServerCertificate(bundle=folder / BUNDLE, certificate=folder / CERTIFICATE)
    if found.bundle.exists() and found.certificate.exists():
        return found
    try:
        import trustme
    except ImportError as error:
        raise NoCertificate(
            "https needs a certificate, and making one needs the package 'trustme': install "
            f"it, or put '{BUNDLE}' and '{CERTIFICATE}' into {folder}"
        ) from error
    folder.mkdir(parents=True, exist_ok=True)
    authority = trustme.CA(organization_name="Dataverse emulator")
    issued = authority.issue_cert(*HOSTS)
    found.certificate.touch(mode=OWNER_ONLY)
    issued.private_key_and_cert_chain_pem.write_to_path(found.certificate)
    authority.cert_pem.write_to_path(found.bundle)
    return found
