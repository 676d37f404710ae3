from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
)
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from tests.emulators.entra.running import RunningEntra, running_entra, this_machine
from tests.identity.connected import TENANT, application_at, as_in_azure, managed_identity
from tests.identity.tokens import SIGNING_KEY, Clock
from work365.emulators.entra.applications import Application as Registered
from work365.emulators.entra.seeds import (
    APPLICATION_ID,
    DEVELOPMENT_SECRET,
    VENDOR_IDENTITY_CLIENT_ID,
)
from work365.entrypoints.serving import LocalServer
from work365.identity.clouds import GLOBAL, Audience
from work365.identity.credentials import (
    CertificateUnreadable,
    ClientCredential,
    DevelopmentCertificate,
    DevelopmentSecret,
    ManagedIdentityProof,
    OnlyForDevelopment,
    require_development,
)
from work365.identity.failures import (
    AssertionRefused,
    CredentialRefused,
    NotSignedIn,
    SignInRefused,
)
from work365.ports.secrets import Secret

GRAPH = GLOBAL.scope(Audience.GRAPH)


@pytest.fixture
def running(tmp_path: Path) -> Iterator[RunningEntra]:
    with running_entra(tmp_path, client_clock=this_machine) as entra:
        yield entra


def certificate_of(key: rsa.RSAPrivateKey) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "work365 development")])
    begin = datetime(2020, 1, 1, tzinfo=UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(begin)
        .not_valid_after(begin + timedelta(days=36_500))
        .sign(key, hashes.SHA256())
    )


CERTIFICATE = certificate_of(SIGNING_KEY)


def pem(encryption: KeySerializationEncryption | None = None) -> bytes:
    key = SIGNING_KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption or NoEncryption())
    return key + CERTIFICATE.public_bytes(Encoding.PEM)


class TestManagedIdentity:
    def test_it_is_the_application_without_any_secret(
        self, running: RunningEntra, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        as_in_azure(running, monkeypatch)

        grant = application_at(running, managed_identity(running)).token_of_its_own(TENANT, GRAPH)

        assert grant.expires_at > running.clock()

    def test_its_token_is_kept_until_shortly_before_its_end(
        self, running: RunningEntra, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        as_in_azure(running, monkeypatch)
        proof = managed_identity(running)

        first, second = proof.assertion(), proof.assertion()
        running.clock.move(days=31)
        third = proof.assertion()

        assert first == second
        assert third != first

    def test_an_identity_that_the_application_does_not_trust_is_told_what_to_compare(
        self, running: RunningEntra, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        as_in_azure(running, monkeypatch)
        other = managed_identity(running, client_id=VENDOR_IDENTITY_CLIENT_ID)

        with pytest.raises(AssertionRefused, match=r"issuer .*, subject .* and audience"):
            application_at(running, other).token_of_its_own(TENANT, GRAPH)

    def test_an_identity_that_there_is_not_is_told_by_its_setting(
        self, running: RunningEntra, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        as_in_azure(running, monkeypatch)

        with pytest.raises(NotSignedIn, match="WORK365_MANAGED_IDENTITY_CLIENT_ID"):
            managed_identity(running, client_id="nobody").assertion()

    def test_an_endpoint_that_answers_nonsense_is_not_repeated(
        self, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        app = Starlette(routes=[Route("/", lambda request: PlainTextResponse("half a tok"))])
        with LocalServer(app) as server:
            monkeypatch.setenv("IDENTITY_ENDPOINT", f"{server.url}/")
            monkeypatch.setenv("IDENTITY_HEADER", "header")
            proof = ManagedIdentityProof(cloud=GLOBAL, client_id="identity", clock=Clock())

            with pytest.raises(NotSignedIn) as raised:
                proof.assertion()

        assert "half a tok" not in str(raised.value)


class TestDevelopment:
    def test_a_secret_is_taken_on_a_developers_machine(self, running: RunningEntra) -> None:
        secret = DevelopmentSecret(Secret(DEVELOPMENT_SECRET))
        credential = require_development(secret, is_development=True)

        grant = application_at(running, credential).token_of_its_own(TENANT, GRAPH)

        assert grant.expires_at > running.clock()

    def test_a_wrong_secret_is_told_without_being_shown(self, running: RunningEntra) -> None:
        wrong = DevelopmentSecret(Secret("wrong-secret-of-the-app"))

        with pytest.raises(CredentialRefused) as refused:
            application_at(running, wrong).token_of_its_own(TENANT, GRAPH)

        assert "AADSTS7000215" in str(refused.value)
        assert "wrong-secret-of-the-app" not in str(refused.value)

    def test_a_certificate_is_taken_on_a_developers_machine(self, running: RunningEntra) -> None:
        known = running.directory.applications[APPLICATION_ID]
        running.directory.applications[APPLICATION_ID] = Registered(
            client_id=known.client_id,
            name=known.name,
            home_tenant_id=known.home_tenant_id,
            certificates=(CERTIFICATE,),
        )
        credential = DevelopmentCertificate.read(pem())

        grant = application_at(running, credential).token_of_its_own(TENANT, GRAPH)

        assert grant.expires_at > running.clock()

    def test_another_certificate_is_refused(self, running: RunningEntra) -> None:
        with pytest.raises(SignInRefused):
            application_at(running, DevelopmentCertificate.read(pem())).token_of_its_own(
                TENANT, GRAPH
            )

    @pytest.mark.parametrize(
        "credential",
        [DevelopmentSecret(Secret("secret-of-the-app")), DevelopmentCertificate.read(pem())],
    )
    def test_neither_is_taken_anywhere_else(self, credential: ClientCredential) -> None:
        with pytest.raises(OnlyForDevelopment) as refused:
            require_development(credential, is_development=False)

        told = str(refused.value)
        assert "Remove WORK365_DEVELOPMENT_SECRET and WORK365_DEVELOPMENT_CERTIFICATE" in told
        assert "secret-of-the-app" not in told

    def test_the_managed_identity_is_taken_everywhere(self) -> None:
        proof = ManagedIdentityProof(cloud=GLOBAL, client_id=None, clock=Clock())

        assert require_development(proof, is_development=False) is proof

    @pytest.mark.parametrize(
        "file",
        [
            b"",
            b"PEM",
            CERTIFICATE.public_bytes(Encoding.PEM),
            pem().partition(b"-----BEGIN CERTIFICATE")[0],
            pem(BestAvailableEncryption(b"password")),
        ],
    )
    def test_a_file_that_is_not_whole_is_told_what_it_needs(self, file: bytes) -> None:
        with pytest.raises(CertificateUnreadable, match="a private key that is not encrypted"):
            DevelopmentCertificate.read(file)

    def test_a_key_is_not_printed(self) -> None:
        printed = repr(DevelopmentCertificate.read(pem()))

        assert "PRIVATE KEY" not in printed
