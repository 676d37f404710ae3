from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import httpx
import pytest

from tests.identity.answers import Entra, refusal, tokens
from tests.identity.tokens import NOW, OTHER_TENANT, TENANT, Clock
from work365.identity.application import Application, Grant
from work365.identity.clouds import Audience
from work365.identity.delegated_tokens import DelegatedTokens
from work365.identity.failures import ConnectionExpired, NotConnected, SignInAnswerWrong
from work365.identity.memory_vault import MemoryVault
from work365.ports.secrets import Secret
from work365.ports.tokens import ConnectionWithdrawn, KeptToken, VaultRefused, VaultUnavailable


class FailingVault(MemoryVault):
    """A vault that fails as it is told to."""

    failure: Exception | None = None

    def write(self, *args: object, **kwargs: object) -> KeptToken:
        if self.failure is not None:
            raise self.failure
        return super().write(*args, **kwargs)  # type: ignore[arg-type]  # told on as they came


class ConnectionOf:
    """Entra as it treats the refresh tokens of one user: each stays good when it was used."""

    def __init__(self, entra: Entra) -> None:
        self.good = {"refresh-1"}
        self.redeemed: list[str] = []
        self._entra = entra
        entra.token.mock(side_effect=self._redeem)

    def revoke(self) -> None:
        self.good.clear()

    def _redeem(self, request: httpx.Request) -> httpx.Response:
        used = dict(httpx.QueryParams(request.content.decode()))["refresh_token"]
        if used not in self.good:
            return refusal(50173)
        self.redeemed.append(used)
        number = len(self.redeemed)
        self.good.add(f"refresh-{number + 1}")
        return tokens(access_token=f"access-{number}", refresh_token=f"refresh-{number + 1}")


@pytest.fixture
def vault() -> FailingVault:
    vault = FailingVault()
    vault.write(TENANT, Secret("refresh-1"), redeemed_at=NOW, replaces=None)
    return vault


@pytest.fixture
def user(entra: Entra) -> ConnectionOf:
    return ConnectionOf(entra)


@pytest.fixture
def delegated(application: Application, vault: FailingVault) -> DelegatedTokens:
    return DelegatedTokens(application, vault, partner_tenant=TENANT)


def kept(vault: MemoryVault) -> str:
    token = vault.read(TENANT)
    assert token is not None
    return token.refresh_token.reveal()


def test_each_redemption_rewrites_the_refresh_token(
    delegated: DelegatedTokens, vault: FailingVault, user: ConnectionOf, clock: Clock
) -> None:
    clock.pass_by(days=10)

    first = delegated.token(Audience.PARTNER_CENTER)
    second = delegated.token(Audience.PRICE_SHEETS)

    assert (first, second) == ("access-1", "access-2")
    assert user.redeemed == ["refresh-1", "refresh-2"]
    assert kept(vault) == "refresh-3"
    assert delegated.good_until() == NOW + timedelta(days=100)


def test_one_access_token_serves_until_it_is_about_to_expire(
    delegated: DelegatedTokens, user: ConnectionOf, clock: Clock
) -> None:
    source = delegated.source(Audience.PARTNER_CENTER)

    given = [source(), source()]
    clock.pass_by(hours=1)
    given.append(source())

    assert given == ["access-1", "access-1", "access-2"]


def test_what_is_forgotten_is_asked_for_anew(
    delegated: DelegatedTokens, user: ConnectionOf
) -> None:
    before = delegated.token(Audience.PARTNER_CENTER)

    delegated.forget()

    assert (before, delegated.token(Audience.PARTNER_CENTER)) == ("access-1", "access-2")


def test_a_token_for_a_customers_tenant_does_not_replace_the_partners(
    delegated: DelegatedTokens, vault: FailingVault, user: ConnectionOf, entra: Entra
) -> None:
    delegated.token(Audience.GRAPH, tenant=OTHER_TENANT)

    assert entra.tenants() == [OTHER_TENANT]
    assert kept(vault) == "refresh-1"


def test_two_workers_that_redeem_at_once_both_end_with_a_token_that_works(
    application: Application, vault: FailingVault, user: ConnectionOf
) -> None:
    together = Barrier(2, timeout=10)

    class Together(DelegatedTokens):
        """A worker that has read the refresh token when the other one has, too."""

        def _rewrite(self, *args: object) -> None:
            together.wait()
            super()._rewrite(*args)  # type: ignore[arg-type]  # told on as they came

    workers = [Together(application, vault, partner_tenant=TENANT) for _ in range(2)]
    with ThreadPoolExecutor(max_workers=2) as pool:
        given = set(
            pool.map(lambda worker: worker.token(Audience.PARTNER_CENTER), workers, timeout=20)
        )

    assert given == {"access-1", "access-2"}
    assert user.redeemed == ["refresh-1", "refresh-1"]
    # Whichever was written last, and so the next redemption, works.
    assert kept(vault) in user.good
    after = DelegatedTokens(application, vault, partner_tenant=TENANT)
    assert after.prolong() == NOW + timedelta(days=90)


def test_a_worker_that_dies_before_it_wrote_loses_nothing(
    application: Application, vault: FailingVault, user: ConnectionOf
) -> None:
    class Dies(DelegatedTokens):
        """A worker that ends between Microsoft's answer and the vault."""

        def _rewrite(self, *args: object) -> None:
            raise SystemExit

    with pytest.raises(SystemExit):
        Dies(application, vault, partner_tenant=TENANT).token(Audience.PARTNER_CENTER)

    after = DelegatedTokens(application, vault, partner_tenant=TENANT)
    assert after.token(Audience.PARTNER_CENTER) == "access-2"
    assert user.redeemed == ["refresh-1", "refresh-1"]


def test_a_vault_that_is_away_costs_no_request(
    delegated: DelegatedTokens,
    vault: FailingVault,
    user: ConnectionOf,
    caplog: pytest.LogCaptureFixture,
) -> None:
    vault.failure = VaultUnavailable("no answer")

    assert delegated.token(Audience.PARTNER_CENTER) == "access-1"

    assert kept(vault) == "refresh-1"
    assert "the new refresh token could not be kept" in caplog.text
    assert "refresh-2" not in caplog.text


def test_a_vault_that_keeps_nothing_is_told(
    delegated: DelegatedTokens, vault: FailingVault, user: ConnectionOf
) -> None:
    # Otherwise the connection would end after 90 days without a word.
    vault.failure = VaultRefused("no right to set secrets")

    with pytest.raises(VaultRefused):
        delegated.token(Audience.PARTNER_CENTER)


def test_a_withdrawal_in_the_middle_of_a_redemption_holds(
    application: Application, vault: FailingVault, user: ConnectionOf
) -> None:
    class Withdrawn(DelegatedTokens):
        """A worker that is overtaken by a withdrawal."""

        def _rewrite(self, *args: object) -> None:
            vault.delete(TENANT)
            super()._rewrite(*args)  # type: ignore[arg-type]  # told on as they came

    with pytest.raises(ConnectionWithdrawn):
        Withdrawn(application, vault, partner_tenant=TENANT).token(Audience.PARTNER_CENTER)

    assert vault.read(TENANT) is None


def test_without_a_consent_it_is_said_how_to_get_one(
    application: Application, entra: Entra
) -> None:
    nobody = DelegatedTokens(application, MemoryVault(), partner_tenant=TENANT)

    with pytest.raises(NotConnected, match="Get consent link"):
        nobody.token(Audience.PARTNER_CENTER)

    assert nobody.good_until() is None
    assert entra.token.call_count == 0


def test_a_revoked_token_is_told_and_stays_where_it_is(
    delegated: DelegatedTokens, vault: FailingVault, user: ConnectionOf
) -> None:
    user.revoke()

    with pytest.raises(ConnectionExpired, match="Consent again"):
        delegated.token(Audience.PARTNER_CENTER)

    assert kept(vault) == "refresh-1"


def test_a_consent_is_kept_and_used_at_once(
    delegated: DelegatedTokens, vault: FailingVault, user: ConnectionOf, clock: Clock
) -> None:
    delegated.token(Audience.PARTNER_CENTER)
    clock.pass_by(days=80)
    user.good.add("refresh-of-the-new-consent")

    connected = delegated.connect(
        Grant(
            access_token=Secret("access-0"),
            expires_at=clock(),
            refresh_token=Secret("refresh-of-the-new-consent"),
        )
    )

    assert connected.redeemed_at == clock()
    assert delegated.good_until() == clock() + timedelta(days=90)
    delegated.token(Audience.PARTNER_CENTER)
    assert user.redeemed[-1] == "refresh-of-the-new-consent"


def test_a_consent_without_a_refresh_token_is_none(delegated: DelegatedTokens) -> None:
    with pytest.raises(SignInAnswerWrong, match="offline_access"):
        delegated.connect(Grant(access_token=Secret("access-0"), expires_at=NOW))


def test_what_is_prolonged_lasts_another_ninety_days(
    delegated: DelegatedTokens, user: ConnectionOf, clock: Clock
) -> None:
    delegated.token(Audience.PARTNER_CENTER)
    clock.pass_by(minutes=1)

    until = delegated.prolong()

    assert until == NOW + timedelta(days=90, minutes=1)
    assert user.redeemed == ["refresh-1", "refresh-2"]


def test_after_a_withdrawal_nothing_is_left_here(
    delegated: DelegatedTokens, vault: FailingVault, user: ConnectionOf
) -> None:
    delegated.token(Audience.PARTNER_CENTER)

    delegated.disconnect()

    assert vault.read(TENANT) is None
    with pytest.raises(NotConnected):
        delegated.token(Audience.PARTNER_CENTER)


@pytest.mark.parametrize(
    "answer", [lambda: tokens(refresh_token=None), lambda: tokens(refresh_token="")]
)
def test_an_answer_without_a_new_refresh_token_leaves_the_old_one(
    delegated: DelegatedTokens,
    vault: FailingVault,
    entra: Entra,
    answer: Callable[[], httpx.Response],
) -> None:
    entra.answer(answer())

    assert delegated.token(Audience.PARTNER_CENTER) == "access-1"

    assert kept(vault) == "refresh-1"
