"""What proves to Microsoft Entra that this service is the application.

In Azure it is the managed identity: a token of its, minutes old, stands for the application's
secret, and there is nothing to keep or to renew. On a developer's machine, which has no
managed identity, it is a certificate or a secret.

Source: "Configure an application to trust a managed identity".
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from threading import Lock
from typing import Any, Protocol

from azure.core.exceptions import AzureError
from azure.identity import ManagedIdentityCredential
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509 import load_pem_x509_certificate

from work365.errors import Refusal
from work365.identity.clouds import Cloud
from work365.identity.failures import NotSignedIn
from work365.ports.secrets import Secret

MARGIN = timedelta(minutes=5)
"""How long before its end a token counts as expired, because a request takes its time."""


class OnlyForDevelopment(Refusal):
    """A secret or certificate is set where the managed identity has to be used."""

    code = "only_for_development"


class CertificateUnreadable(Refusal):
    """The file of the development certificate is not what it should be."""

    code = "certificate_unreadable"


class ClientCredential(Protocol):
    """A proof of being the application."""

    def for_msal(self) -> str | Mapping[str, Any]:
        """Return what msal calls a client credential."""


class ManagedIdentityProof:
    """The managed identity as the application, by a federated credential.

    Its tokens are kept by the clock that was given: the library has its own, and would go on
    using a token that has expired for an emulator.
    """

    def __init__(
        self,
        *,
        cloud: Cloud,
        client_id: str | None,
        clock: Callable[[], datetime],
        certificate_authority: str | None = None,
    ) -> None:
        """Take the `client_id` of the identity, which is another one than the application's.

        `certificate_authority` is a PEM file, for a stand-in on this machine.
        """
        self._verify = certificate_authority or True
        self._scope = cloud.exchange_scope
        self._client_id = client_id
        self._clock = clock
        self._kept: tuple[Secret, datetime] | None = None
        self._lock = Lock()

    def for_msal(self) -> Mapping[str, Any]:
        """Return the assertion as something that msal asks when it needs one."""
        return {"client_assertion": self.assertion}

    def assertion(self) -> str:
        """Return a token of the managed identity that states it is meant for an exchange.

        Raises: NotSignedIn: there is no managed identity here, or it does not answer.
        """
        with self._lock:
            if self._kept is None or self._kept[1] <= self._clock() + MARGIN:
                self._kept = self._ask()
            return self._kept[0].reveal()

    def _ask(self) -> tuple[Secret, datetime]:
        try:
            with ManagedIdentityCredential(
                client_id=self._client_id, connection_verify=self._verify
            ) as credential:
                token = credential.get_token(self._scope)
        except AzureError as error:
            # From None: the library's error can have the answer in it.
            raise NotSignedIn(
                f"the managed identity {self._client_id or 'of this app'} gives no token for"
                f" {self._scope}; see that it is assigned to the app, and that"
                " WORK365_MANAGED_IDENTITY_CLIENT_ID is its client id"
                f" ({type(error).__name__})"
            ) from None
        except ValueError:
            raise NotSignedIn(
                "the managed identity's endpoint answered with what is no token"
            ) from None
        return Secret(token.token), datetime.fromtimestamp(token.expires_on, UTC)


@dataclass(frozen=True, slots=True)
class DevelopmentSecret:
    """A secret of the application's registration."""

    secret: Secret

    def for_msal(self) -> str:
        """Return the secret."""
        return self.secret.reveal()


@dataclass(frozen=True, slots=True)
class DevelopmentCertificate:
    """A private key, and the certificate of it that is in the application's registration."""

    private_key: Secret
    """PEM, not encrypted."""
    certificate: str
    """PEM."""

    @classmethod
    def read(cls, pem: bytes) -> "DevelopmentCertificate":
        """Return the key and the certificate in one PEM file.

        Raises: CertificateUnreadable: either is missing or encrypted.
        """
        try:
            key = load_pem_private_key(pem, password=None)
            certificate = load_pem_x509_certificate(pem)
        except (TypeError, ValueError, UnsupportedAlgorithm):
            # From None: nothing of a private key stands in an error.
            raise CertificateUnreadable(
                "the file of WORK365_DEVELOPMENT_CERTIFICATE needs a private key that is not"
                " encrypted and its certificate, both as PEM"
            ) from None
        written = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        return cls(
            Secret(written.decode("ascii")),
            certificate.public_bytes(Encoding.PEM).decode("ascii"),
        )

    def for_msal(self) -> Mapping[str, Any]:
        """Return the key and what its certificate is known by."""
        return {"private_key": self.private_key.reveal(), "public_certificate": self.certificate}


def require_development(credential: ClientCredential, *, is_development: bool) -> ClientCredential:
    """Return `credential` where it may be used.

    Raises: OnlyForDevelopment: it is a secret or a certificate, and this is no developer's
    machine.
    """
    if is_development or isinstance(credential, ManagedIdentityProof):
        return credential
    raise OnlyForDevelopment(
        "a secret or certificate of the application is set, and this is no developer's machine:"
        " AZURE_FUNCTIONS_ENVIRONMENT is not Development, or the app runs in Azure. Remove"
        " WORK365_DEVELOPMENT_SECRET and WORK365_DEVELOPMENT_CERTIFICATE, and let the"
        " application trust the managed identity by a federated credential"
    )
