"""The parts that speak to Microsoft for one partner, each made when it is first needed."""

import ssl
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime

import httpx

from work365.adapters.key_vault.vault import KeyVault, connect_with_identity
from work365.adapters.partner_center.authorities import (
    authorities_in,
    authorities_of_microsoft,
)
from work365.adapters.partner_center.connection import Connection, Patience, Tokens
from work365.adapters.partner_center.errands import Errand
from work365.adapters.partner_center.pace import MinutePace
from work365.adapters.partner_center.partner_profile import Partner
from work365.adapters.partner_center.signatures import SignatureCheck, Trust
from work365.errors import Refusal
from work365.http import Retries, http_client
from work365.identity.app_tokens import AppTokens
from work365.identity.application import Application
from work365.identity.clouds import Audience, Cloud
from work365.identity.credentials import (
    ClientCredential,
    DevelopmentCertificate,
    DevelopmentSecret,
    ManagedIdentityProof,
    require_development,
)
from work365.identity.delegated_tokens import DelegatedTokens
from work365.identity.memory_vault import MemoryVault
from work365.identity.sign_in import EntraSignIn
from work365.made_once import made_once
from work365.ports.provider_calls import CallRecorder, Unrecorded
from work365.ports.secrets import Secret
from work365.ports.tokens import TokenVault
from work365.settings import Settings

PROBE = "look whether a consent will do"
PROBE_PATIENCE_SECONDS = 30
"""Whoever consents waits for the answer in front of a browser."""


class MicrosoftNotSetUp(Refusal):
    """A setting is missing without which Microsoft cannot be asked."""

    code = "microsoft_not_set_up"


@dataclass(frozen=True, eq=False)
class Microsoft:
    """Microsoft as one partner reaches it. Safe to share between threads.

    `clock` is what tokens expire by.
    """

    settings: Settings
    clock: Callable[[], datetime]
    recorder: CallRecorder = field(default_factory=Unrecorded)

    @made_once
    def cloud(self) -> Cloud:
        """Where everything is: in the partner's cloud, or on this machine."""
        cloud, stand_ins = self.settings.cloud, self.settings.stand_ins
        if stand_ins is None:
            return cloud
        here = dict.fromkeys(cloud.addresses, stand_ins.microsoft_url)
        return replace(cloud, authority=stand_ins.sign_in_url, addresses=here)

    @made_once
    def http(self) -> httpx.Client:
        """Connections to Microsoft, kept open between requests."""
        if self.settings.stand_ins is None:
            return http_client()
        authorities = str(self.settings.stand_ins.authorities)
        return http_client(verify=ssl.create_default_context(cafile=authorities))

    @made_once
    def application(self) -> Application:
        """The application that Microsoft knows.

        Raises: MicrosoftNotSetUp.
        """
        client_id = self.settings.client_id
        if client_id is None:
            raise _missing("WORK365_CLIENT_ID", "the application's client id")
        return Application(
            client_id=client_id,
            credential=self._credential(),
            cloud=self.cloud,
            http=self.http,
            clock=self.clock,
        )

    @property
    def partner_tenant(self) -> str:
        """The partner's tenant.

        Raises: MicrosoftNotSetUp.
        """
        tenant = self.settings.partner_tenant
        if tenant is None:
            raise _missing("WORK365_PARTNER_TENANT", "the tenant id of the partner")
        return tenant

    @made_once
    def vault(self) -> TokenVault:
        """Where the delegated connection's token is: the partner's vault, or this process."""
        url = self.settings.key_vault_url
        if url is None:
            return MemoryVault()
        identity = self.settings.managed_identity_client_id
        authority = self._authority_here
        return KeyVault(
            connect_with_identity(url, client_id=identity, certificate_authority=authority)
        )

    @made_once
    def app_tokens(self) -> AppTokens:
        """Tokens of the application alone."""
        return AppTokens(self.application)

    @made_once
    def delegated_tokens(self) -> DelegatedTokens:
        """Tokens on behalf of who consented."""
        return DelegatedTokens(self.application, self.vault, partner_tenant=self.partner_tenant)

    @made_once
    def sign_in(self) -> EntraSignIn:
        """The way of an administrator through Microsoft's pages."""
        return EntraSignIn(self.application)

    @made_once
    def probe(self) -> "TokenProbe":
        """Partner Center, asked with a token that is not kept yet."""
        return TokenProbe(self)

    @made_once
    def patience(self) -> Patience:
        """The pace of all threads that ask Partner Center for this partner."""
        return Patience(pace=MinutePace())

    @made_once
    def signature_check(self) -> SignatureCheck:
        """What tells Microsoft's webhooks from others.

        Raises: AuthoritiesUnreadable: there is no certificate in the file that is set.
        """
        return SignatureCheck(self._trust(), http=self.http, clock=self.clock)

    def _trust(self) -> Trust:
        stand_ins, file = self.settings.stand_ins, self.settings.webhook_authorities
        if file is None and stand_ins is not None:
            file = stand_ins.authorities
        if file is None:
            return Trust(authorities=authorities_of_microsoft())
        return Trust(
            authorities=authorities_in(file.read_bytes(), called=str(file)),
            certificates_at=stand_ins.microsoft_url if stand_ins else None,
        )

    def partner_center(self, purpose: str) -> Errand:
        """Return Partner Center, to be asked for `purpose`.

        Raises: MicrosoftNotSetUp.
        """
        return Errand(self._connection(Audience.PARTNER_CENTER, self.patience), purpose)

    def price_sheets(self, purpose: str) -> Errand:
        """Return where price sheets are, to be asked for `purpose`.

        Raises: MicrosoftNotSetUp; CloudLacks: this cloud publishes none.
        """
        return Errand(self._connection(Audience.PRICE_SHEETS, Patience()), purpose)

    def graph(self, purpose: str) -> Errand:
        """Return Microsoft Graph, to be asked for `purpose`.

        Raises: MicrosoftNotSetUp.
        """
        return Errand(self._connection(Audience.GRAPH, Patience()), purpose)

    def connection(self, audience: Audience, tokens: Tokens, patience: Patience) -> Connection:
        """Return a connection that uses `tokens`."""
        return Connection(
            audience=audience,
            address=self.cloud.address(audience),
            tokens=tokens,
            http=self.http,
            patience=patience,
            recorder=self.recorder,
        )

    def close(self) -> None:
        """Close what was opened; a process that ends need not."""
        if "http" in self.__dict__:
            self.http.close()

    def _connection(self, audience: Audience, patience: Patience) -> Connection:
        tenant = self.partner_tenant
        has_delegated = self.delegated_tokens.good_until() is not None
        tokens = Tokens(
            app_only=self.app_tokens.source(audience, tenant=tenant),
            delegated=self.delegated_tokens.source(audience) if has_delegated else None,
            forget=self._forget_tokens,
        )
        return self.connection(audience, tokens, patience)

    def _forget_tokens(self) -> None:
        # Which of them was refused is not told; the others are had again for one request each.
        self.app_tokens.forget()
        self.delegated_tokens.forget()

    @property
    def _authority_here(self) -> str | None:
        stand_ins = self.settings.stand_ins
        return str(stand_ins.authorities) if stand_ins else None

    def _credential(self) -> ClientCredential:
        settings = self.settings
        credential: ClientCredential
        if settings.development_secret is not None:
            credential = DevelopmentSecret(settings.development_secret)
        elif settings.development_certificate is not None:
            pem = settings.development_certificate.read_bytes()
            credential = DevelopmentCertificate.read(pem)
        else:
            return ManagedIdentityProof(
                cloud=self.cloud,
                client_id=settings.managed_identity_client_id,
                clock=self.clock,
                certificate_authority=self._authority_here,
            )
        return require_development(credential, is_development=settings.is_development)


@dataclass(frozen=True, slots=True)
class TokenProbe:
    """Asks Partner Center with one token, before it is kept."""

    microsoft: Microsoft

    def is_mfa_compliant(self, access_token: Secret) -> bool:
        """Return whether Partner Center counts the sign-in as multifactor.

        Raises: PartnerCenterError: it refuses the user, or does not answer.
        """
        tokens = Tokens(app_only=None, delegated=access_token.reveal)
        retries = Retries(patience_seconds=PROBE_PATIENCE_SECONDS)
        patience = replace(self.microsoft.patience, retries=retries)
        connection = self.microsoft.connection(Audience.PARTNER_CENTER, tokens, patience)
        return Partner(Errand(connection, PROBE)).is_mfa_compliant()


def _missing(setting: str, what: str) -> MicrosoftNotSetUp:
    return MicrosoftNotSetUp(f"{setting} is not set: set it to {what}")
