"""The service's identity at a running Entra emulator, as a partner's installation has it."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

import httpx
import pytest

from tests.emulators.entra.person import Person
from tests.emulators.entra.running import REDIRECT, RunningEntra
from work365.emulators.entra.app import LOCAL_IDENTITY_HEADER
from work365.emulators.entra.managed_identities import IDENTITY_PATH
from work365.emulators.entra.seeds import (
    AGENT,
    AGENT_WITHOUT_MFA,
    APPLICATION_ID,
    IDENTITY_CLIENT_ID,
    PARTNER_TENANT_ID,
)
from work365.identity.application import Application, Grant, SignInPage
from work365.identity.clouds import GLOBAL, Cloud
from work365.identity.credentials import ClientCredential, ManagedIdentityProof
from work365.ports.secrets import Secret

TENANT = PARTNER_TENANT_ID
STATE = Secret("state-of-the-browser")


@dataclass(frozen=True, kw_only=True)
class SignedIn:
    """What the callback of a consent knows."""

    page: SignInPage
    told: dict[str, str]
    """What Microsoft sent the browser back with."""


def cloud_of(entra: RunningEntra) -> Cloud:
    return replace(GLOBAL, authority=entra.url)


def as_in_azure(entra: RunningEntra, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have what Azure gives an app with a managed identity."""
    monkeypatch.setenv("IDENTITY_ENDPOINT", f"{entra.url}{IDENTITY_PATH}")
    monkeypatch.setenv("IDENTITY_HEADER", LOCAL_IDENTITY_HEADER)


def managed_identity(
    entra: RunningEntra,
    *,
    client_id: str = IDENTITY_CLIENT_ID,
    clock: Callable[[], datetime] | None = None,
) -> ManagedIdentityProof:
    return ManagedIdentityProof(
        cloud=cloud_of(entra),
        client_id=client_id,
        clock=clock or entra.clock,
        certificate_authority=str(entra.certified.bundle),
    )


def application_at(
    entra: RunningEntra, credential: ClientCredential, *, client_id: str = APPLICATION_ID
) -> Application:
    return Application(
        client_id=client_id,
        credential=credential,
        cloud=cloud_of(entra),
        http=entra.http,
        clock=entra.clock,
    )


def sign_in(application: Application, http: httpx.Client, *, account: str = AGENT) -> SignedIn:
    """Go through Microsoft's pages as a person does, consenting for everyone."""
    page = application.sign_in_page(
        tenant=TENANT, redirect_uri=REDIRECT, state=STATE, prompt="select_account"
    )
    person = Person(http=http, account=account, for_everyone=True)
    return SignedIn(page=page, told=person.visits(page.address))


def sign_in_with_a_password_only(application: Application, http: httpx.Client) -> SignedIn:
    """Sign in by an address from which the wish for a second factor was taken away."""
    page = application.sign_in_page(
        tenant=TENANT, redirect_uri=REDIRECT, state=STATE, prompt="select_account"
    )
    person = Person(http=http, account=AGENT_WITHOUT_MFA, for_everyone=True)
    return SignedIn(page=page, told=person.visits(page.address.replace("&amr_values=mfa", "")))


def redeemed(application: Application, signed_in: SignedIn) -> Grant:
    return application.redeem_code(
        Secret(signed_in.told["code"]),
        tenant=TENANT,
        redirect_uri=REDIRECT,
        nonce=signed_in.page.nonce,
        verifier=signed_in.page.verifier,
    )
