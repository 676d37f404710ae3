"""A small world for consents: ledger, providers and sign-ins in memory."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from work365.errors import Work365Error
from work365.identity.memory_vault import MemoryVault
from work365.ports.consent import (
    ConsentKind,
    ConsentLinkRefused,
    ConsentRequest,
    GivenConsent,
    RequestState,
)
from work365.ports.providers import (
    Cloud,
    Connection,
    ConnectionState,
    KeptProvider,
    ProviderMissing,
)
from work365.ports.secrets import Secret
from work365.ports.sign_in import SignedIn, SignInAttempt, SignInPage
from work365.usecases.complete_consent import Parts, complete_consent
from work365.usecases.request_consent import hash_of, request_consent

NOW = datetime(2026, 11, 2, 9, 30, tzinfo=UTC)
PARTNER = "11111111-2222-4333-8444-555555555555"
PROVIDER = "microsoft"
APPLICATION = "aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee"
TOKEN = Secret("a-link-that-nobody-can-guess")
LATER = NOW + timedelta(minutes=3)
ATTEMPT = SignInAttempt(
    nonce=Secret("nonce"), verifier=Secret("verifier"), redirect="https://app.example/callback"
)
ANNA = SignedIn(
    tenant=PARTNER,
    user="99999999-0000-4000-8000-000000000001",
    name="anna@northwind.example",
    application=APPLICATION,
    scopes=("user_impersonation",),
    roles=("Global Administrator",),
    has_mfa=True,
    refresh_token=Secret("refresh-of-anna"),
    access_token=Secret("access-of-anna"),
)


@dataclass
class Ledger:
    """Links and consents in memory."""

    requests: dict[str, ConsentRequest] = field(default_factory=dict)
    given: list[GivenConsent] = field(default_factory=list)

    def open_request(self, request: ConsentRequest) -> None:
        self.requests[request.token_hash] = request

    def request(self, token_hash: str) -> ConsentRequest | None:
        return self.requests.get(token_hash)

    def use_request(self, request: ConsentRequest, *, at: datetime) -> None:
        if self.requests[request.token_hash].state is not RequestState.OPEN:
            raise ConsentLinkRefused("This link was used already.")
        used = replace(request, state=RequestState.USED, used_at=at)
        self.requests[request.token_hash] = used

    def expire_requests(self, *, at: datetime) -> int:
        over = [one for one in self._open() if one.expires_at <= at]
        return self._close(over, RequestState.EXPIRED)

    def withdraw_requests(self, provider: str) -> int:
        of_provider = [one for one in self._open() if one.provider == provider]
        return self._close(of_provider, RequestState.WITHDRAWN)

    def record(self, consents: Sequence[GivenConsent]) -> None:
        self.given = [*consents, *self.given]

    def withdraw(
        self, *, provider: str, kind: ConsentKind, tenant: str, application: str, at: datetime
    ) -> int:
        count = 0
        for index, one in enumerate(self.given):
            known = (one.provider, one.kind, one.tenant, one.application)
            if known == (provider, kind, tenant, application) and not one.is_withdrawn:
                self.given[index] = replace(one, withdrawn_at=at)
                count += 1
        return count

    def consents(self, *, provider: str, kind: ConsentKind | None = None) -> list[GivenConsent]:
        return [one for one in self.given if one.provider == provider and kind in (None, one.kind)]

    def _open(self) -> list[ConsentRequest]:
        return [one for one in self.requests.values() if one.state is RequestState.OPEN]

    def _close(self, requests: list[ConsentRequest], state: RequestState) -> int:
        for one in requests:
            self.requests[one.token_hash] = replace(one, state=state)
        return len(requests)


@dataclass
class Providers:
    """One provider, as far as consents look at it."""

    kept: KeptProvider = field(
        default_factory=lambda: KeptProvider(
            id=uuid4(),
            key=PROVIDER,
            name="Microsoft",
            partner_tenant=PARTNER,
            cloud=Cloud.GLOBAL,
            connection=Connection(state=ConnectionState.NOT_CONNECTED),
        )
    )

    def providers(self) -> list[KeptProvider]:
        return [self.kept]

    def provider(self, key: str) -> KeptProvider:
        if key != self.kept.key:
            raise ProviderMissing(f"there is no provider {key}")
        return self.kept

    def set_connection(self, key: str, connection: Connection) -> None:
        self.kept = replace(self.provider(key), connection=connection)


@dataclass
class SignIns:
    """Microsoft Entra, which lets `user` in for one code, or fails."""

    user: SignedIn = ANNA
    failure: Work365Error | None = None
    redeemed: list[str] = field(default_factory=list)

    def page(self, *, tenant: str, redirect: str, state: Secret) -> SignInPage:
        return SignInPage(
            address=f"https://login.example/authorize?state={state.reveal()}",
            nonce=Secret("nonce-of-this-sign-in"),
            verifier=Secret("verifier-of-this-sign-in"),
        )

    def redeem(self, code: Secret, attempt: SignInAttempt, *, tenant: str) -> SignedIn:
        self.redeemed.append(code.reveal())
        if self.failure is not None:
            raise self.failure
        return self.user


@dataclass
class Probe:
    """Partner Center, which counts a sign-in as multifactor or not, or fails."""

    compliant: bool = True
    failure: Work365Error | None = None

    def is_mfa_compliant(self, access_token: Secret) -> bool:
        if self.failure is not None:
            raise self.failure
        return self.compliant


@dataclass
class Office:
    """All of it."""

    ledger: Ledger = field(default_factory=Ledger)
    providers: Providers = field(default_factory=Providers)
    sign_ins: SignIns = field(default_factory=SignIns)
    probe: Probe = field(default_factory=Probe)
    vault: MemoryVault = field(default_factory=MemoryVault)

    @property
    def parts(self) -> Parts:
        return Parts(
            sign_in=self.sign_ins,
            probe=self.probe,
            ledger=self.ledger,
            providers=self.providers,
            vault=self.vault,
        )


def ask(office: Office, token: Secret = TOKEN) -> None:
    """Make the link by which an administrator consents."""
    request_consent(
        provider=PROVIDER,
        requested_by="Berta",
        token=token,
        at=NOW,
        providers=office.providers,
        ledger=office.ledger,
    )


def complete(
    office: Office, *, token: Secret = TOKEN, after: timedelta = timedelta(0)
) -> GivenConsent:
    """Come back from Microsoft, `after` the usual three minutes."""
    return complete_consent(
        code=Secret("code"),
        attempt=ATTEMPT,
        token_hash=hash_of(token),
        at=LATER + after,
        parts=office.parts,
    )


def connected_office() -> Office:
    """Return an office where a consent was given."""
    office = Office()
    ask(office)
    complete(office)
    return office
