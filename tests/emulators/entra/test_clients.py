"""How applications prove themselves, and each way in which that fails."""

from base64 import b64encode, urlsafe_b64encode
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import jwt
import msal
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from tests.emulators.entra.asking import PARTNER_CENTER, ask, refusal, said
from tests.emulators.entra.running import RunningEntra
from work365.emulators.entra import seeds
from work365.emulators.entra.applications import FederatedCredential, Secret
from work365.emulators.entra.clients import ASSERTION_TYPE

SCOPE = f"{PARTNER_CENTER}/.default"
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
ISSUER = f"https://login.microsoftonline.com/{seeds.PARTNER_TENANT_ID}/v2.0"
AUDIENCE = "api://AzureADTokenExchange"


def certificate(begins: datetime, *, days: int = 30) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Work 365")])
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(KEY.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins - timedelta(days=60))
        .not_valid_after(begins + timedelta(days=days))
        .sign(KEY, hashes.SHA256())
    )


def prove_by(entra: RunningEntra, **change: Any) -> None:
    """Change what the application proves itself by."""
    applications = entra.directory.applications
    applications[seeds.APPLICATION_ID] = replace(applications[seeds.APPLICATION_ID], **change)


def own_assertion(entra: RunningEntra, made: x509.Certificate, **change: Any) -> str:
    now = int(entra.clock.now.timestamp())
    claims = {
        "iss": seeds.APPLICATION_ID,
        "sub": seeds.APPLICATION_ID,
        "aud": f"{entra.url}/{seeds.PARTNER_TENANT_ID}/oauth2/v2.0/token",
        "exp": now + 600,
        "jti": str(uuid4()),
        **change,
    }
    thumbprint = urlsafe_b64encode(made.fingerprint(hashes.SHA256())).decode().rstrip("=")
    return jwt.encode(claims, KEY, algorithm="PS256", headers={"x5t#S256": thumbprint})


def exchanged(entra: RunningEntra, **change: Any) -> str:
    now = int(entra.clock.now.timestamp())
    return entra.authority.keys.sign(
        {
            "iss": ISSUER,
            "sub": seeds.IDENTITY_PRINCIPAL_ID,
            "aud": AUDIENCE,
            "iat": now,
            "exp": now + 3_600,
            **change,
        }
    )


def ask_with(entra: RunningEntra, assertion: str, **form: str) -> Any:
    given = {
        "client_secret": "",
        "client_assertion_type": ASSERTION_TYPE,
        "client_assertion": assertion,
        "scope": SCOPE,
        **form,
    }
    return ask(entra, **given)


def test_msal_proves_an_application_by_a_certificate(entra: RunningEntra) -> None:
    made = certificate(entra.clock.now)
    prove_by(entra, certificates=(made,))
    private = KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    client = msal.ConfidentialClientApplication(
        seeds.APPLICATION_ID,
        authority=f"{entra.url}/{seeds.PARTNER_TENANT_ID}",
        instance_discovery=False,
        http_client=entra.requests_session(),
        client_credential={
            "private_key": private,
            "public_certificate": made.public_bytes(Encoding.PEM).decode(),
        },
    )

    answer = client.acquire_token_for_client([SCOPE])

    assert "access_token" in answer


def test_a_client_may_prove_itself_in_the_header(entra: RunningEntra) -> None:
    pair = f"{seeds.APPLICATION_ID}:{seeds.DEVELOPMENT_SECRET}".encode()

    answer = entra.http.post(
        f"{entra.url}/{seeds.PARTNER_TENANT_ID}/oauth2/v2.0/token",
        data={"grant_type": "client_credentials", "scope": SCOPE},
        headers={"Authorization": f"Basic {b64encode(pair).decode()}"},
    )

    assert said(entra, answer).application_id == seeds.APPLICATION_ID


def test_a_secret_expires(entra: RunningEntra) -> None:
    old = {"client_secret": "old", "scope": SCOPE}
    secret = Secret(value="old", expires_at=entra.clock.now + timedelta(days=1))
    prove_by(entra, secrets=(secret,))
    before = ask(entra, **old)

    entra.clock.move(days=1)

    assert before.status_code == 200
    assert refusal(ask(entra, **old)) == (
        401,
        "invalid_client",
        [7000222],
    )


def test_a_certificate_that_is_not_registered_proves_nothing(entra: RunningEntra) -> None:
    assertion = own_assertion(entra, certificate(entra.clock.now))

    assert refusal(ask_with(entra, assertion)) == (401, "invalid_client", [700027])


def test_an_expired_certificate_proves_nothing(entra: RunningEntra) -> None:
    made = certificate(entra.clock.now, days=-1)
    prove_by(entra, certificates=(made,))

    answer = ask_with(entra, own_assertion(entra, made))

    assert refusal(answer) == (401, "invalid_client", [700027])
    assert "The key used is expired" in answer.json()["error_description"]


def test_another_key_proves_nothing(entra: RunningEntra) -> None:
    made = certificate(entra.clock.now)
    prove_by(entra, certificates=(made,))
    header, _, signature = own_assertion(entra, made).split(".")
    other = own_assertion(entra, made, exp=int(entra.clock.now.timestamp()) + 700).split(".")[1]

    answer = ask_with(entra, f"{header}.{other}.{signature}")

    assert refusal(answer) == (401, "invalid_client", [700027])
    assert signature not in answer.text


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"sub": "another"}, 700021),
        ({"aud": "https://other.example"}, 700023),
        ({"exp": 1}, 700024),
        ({"nbf": 10**10}, 700024),
    ],
)
def test_an_assertion_that_says_something_else_proves_nothing(
    entra: RunningEntra, change: dict[str, Any], code: int
) -> None:
    made = certificate(entra.clock.now)
    prove_by(entra, certificates=(made,))

    answer = ask_with(entra, own_assertion(entra, made, **change))

    assert refusal(answer) == (401, "invalid_client", [code])


def test_an_assertion_without_an_end_is_malformed(entra: RunningEntra) -> None:
    made = certificate(entra.clock.now)
    prove_by(entra, certificates=(made,))

    answer = ask_with(entra, own_assertion(entra, made, exp="never"))

    assert refusal(answer) == (400, "invalid_request", [50027])


def test_what_is_no_assertion_is_malformed(entra: RunningEntra) -> None:
    assert refusal(ask_with(entra, "not a token")) == (400, "invalid_request", [50027])
    answer = ask_with(entra, "not a token", client_assertion_type="other")
    assert refusal(answer) == (400, "invalid_request", [900144])


def test_a_managed_identitys_token_is_taken(entra: RunningEntra) -> None:
    claims = said(entra, ask_with(entra, exchanged(entra)))

    assert claims.application_id == seeds.APPLICATION_ID


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"iss": "https://other.example"}, 700211),
        ({"aud": "https://graph.microsoft.com"}, 700212),
        ({"sub": seeds.VENDOR_IDENTITY_PRINCIPAL_ID}, 700213),
        ({"exp": 1}, 700024),
    ],
)
def test_a_managed_identitys_token_has_to_match_and_to_be_in_time(
    entra: RunningEntra, change: dict[str, Any], code: int
) -> None:
    answer = ask_with(entra, exchanged(entra, **change))

    assert refusal(answer) == (401, "invalid_client", [code])


def test_a_forged_token_of_a_managed_identity_is_not_taken(entra: RunningEntra) -> None:
    header, _, signature = exchanged(entra).split(".")
    payload = exchanged(entra, jti="other").split(".")[1]
    foreign = jwt.encode(
        jwt.decode(exchanged(entra), options={"verify_signature": False}), KEY, algorithm="RS256"
    )

    assert refusal(ask_with(entra, f"{header}.{payload}.{signature}"))[2] == [700027]
    assert refusal(ask_with(entra, foreign))[2] == [700027]


def test_an_application_without_federated_credentials_takes_no_such_token(
    entra: RunningEntra,
) -> None:
    prove_by(entra, federated_credentials=())

    answer = ask_with(entra, exchanged(entra))

    assert refusal(answer) == (401, "invalid_client", [70025])


def test_a_managed_identity_of_another_tenant_is_not_taken(entra: RunningEntra) -> None:
    issuer = f"https://login.microsoftonline.com/{seeds.VENDOR_TENANT_ID}/v2.0"
    credential = FederatedCredential(issuer=issuer, subject=seeds.VENDOR_IDENTITY_PRINCIPAL_ID)
    prove_by(entra, federated_credentials=(credential,))

    answer = ask_with(entra, exchanged(entra, iss=issuer, sub=seeds.VENDOR_IDENTITY_PRINCIPAL_ID))

    assert refusal(answer) == (401, "invalid_client", [700236])


def test_an_issuer_elsewhere_is_not_emulated(entra: RunningEntra) -> None:
    credential = FederatedCredential(issuer="https://elsewhere.example", subject="x")
    prove_by(entra, federated_credentials=(credential,))

    answer = ask_with(entra, exchanged(entra, iss="https://elsewhere.example", sub="x"))

    assert answer.status_code == 501


def test_an_application_has_twenty_federated_credentials_at_most(entra: RunningEntra) -> None:
    credential = FederatedCredential(issuer=ISSUER, subject="x")

    with pytest.raises(ValueError, match="21 federated credentials; 20 are the most"):
        prove_by(entra, federated_credentials=(credential,) * 21)
