from dataclasses import replace

import pytest

from tests.usecases.consents import (
    ANNA,
    LATER,
    PARTNER,
    TOKEN,
    Office,
    ask,
    complete,
)
from work365.errors import Refusal, Unavailable
from work365.ports.consent import ConsentKind, ConsentLinkRefused, RequestState
from work365.ports.providers import ConnectionState
from work365.ports.secrets import Secret
from work365.ports.sign_in import SignedIn, SignInAttempt
from work365.ports.tokens import REFRESH_TOKEN_LIFE, VaultUnavailable
from work365.usecases.complete_consent import (
    NothingStored,
    SecondFactorMissing,
)
from work365.usecases.request_consent import (
    LINK_LASTS,
    PartnerTenantMissing,
    hash_of,
)


@pytest.fixture
def office() -> Office:
    made = Office()
    ask(made)
    return made


def state_of(office: Office) -> RequestState:
    return office.ledger.requests[hash_of(TOKEN)].state


def assert_nothing_stored(office: Office) -> None:
    assert office.vault.read(PARTNER) is None
    assert [one for one in office.ledger.given if not one.is_withdrawn] == []
    assert office.providers.kept.connection.state is ConnectionState.NOT_CONNECTED


class TestGoodConsent:
    def test_is_kept_with_who_gave_it_and_until_when(self, office: Office) -> None:
        given = complete(office)

        kept = office.vault.read(PARTNER)
        assert kept is not None
        assert kept.refresh_token == ANNA.refresh_token
        assert office.ledger.given == [given]
        assert (given.given_by, given.mfa_seen) == (ANNA.name, True)
        assert given.role_seen == "Global Administrator"
        assert given.expires_at == LATER + REFRESH_TOKEN_LIFE

    def test_connects_the_provider(self, office: Office) -> None:
        complete(office)

        connection = office.providers.kept.connection
        assert connection.state is ConnectionState.DELEGATED
        assert connection.consented_at == LATER

    def test_uses_up_the_link(self, office: Office) -> None:
        complete(office)

        with pytest.raises(ConsentLinkRefused, match="was used already"):
            complete(office)
        assert office.sign_ins.redeemed == ["code"]


class TestLink:
    def test_that_expired_redeems_nothing(self, office: Office) -> None:
        with pytest.raises(ConsentLinkRefused, match="expired on 05 November 2026"):
            complete(office, after=LINK_LASTS)

        assert office.sign_ins.redeemed == []

    def test_that_is_unknown_redeems_nothing(self, office: Office) -> None:
        with pytest.raises(ConsentLinkRefused, match="not known"):
            complete(office, token=Secret("another"))

        assert office.sign_ins.redeemed == []

    def test_that_was_replaced_redeems_nothing(self, office: Office) -> None:
        ask(office, Secret("a newer one"))

        with pytest.raises(ConsentLinkRefused, match="withdrawn"):
            complete(office)
        assert office.sign_ins.redeemed == []

    def test_that_another_browser_used_meanwhile_stores_nothing(
        self, office: Office, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        as_read = office.ledger.requests[hash_of(TOKEN)]
        complete(office)
        office.vault.delete(PARTNER)
        monkeypatch.setattr(office.ledger, "request", lambda token_hash: as_read)

        with pytest.raises(ConsentLinkRefused):
            complete(office)

        assert office.vault.read(PARTNER) is None
        assert len(office.ledger.given) == 1


class TestRefused:
    def test_without_a_second_factor(self, office: Office) -> None:
        office.sign_ins.user = replace(ANNA, has_mfa=False)

        with pytest.raises(SecondFactorMissing, match="mfasetup"):
            complete(office)

        assert_nothing_stored(office)
        assert state_of(office) is RequestState.OPEN

    def test_where_partner_center_does_not_count_the_second_factor(self, office: Office) -> None:
        office.probe.compliant = False

        with pytest.raises(SecondFactorMissing, match="isMfaCompliant"):
            complete(office)

        assert_nothing_stored(office)
        assert state_of(office) is RequestState.OPEN

    @pytest.mark.parametrize("place", ["sign_ins", "probe"])
    @pytest.mark.parametrize("failure", [Refusal("no role"), Unavailable("not now")])
    def test_by_microsoft_leaves_the_link_open(
        self, office: Office, place: str, failure: Refusal | Unavailable
    ) -> None:
        getattr(office, place).failure = failure

        with pytest.raises(type(failure), match=str(failure)):
            complete(office)

        assert_nothing_stored(office)
        assert state_of(office) is RequestState.OPEN


class TestProviderThatChanges:
    def test_another_tenant_than_at_the_link_is_the_one_that_counts(self, office: Office) -> None:
        asked: list[str] = []
        signed_in = office.sign_ins.redeem

        def redeem(code: Secret, attempt: SignInAttempt, *, tenant: str) -> SignedIn:
            asked.append(tenant)
            return signed_in(code, attempt, tenant=tenant)

        office.sign_ins.redeem = redeem  # type: ignore[method-assign]  # it notes the tenant
        another = "22222222-3333-4444-8555-666666666666"
        office.providers.kept = replace(office.providers.kept, partner_tenant=another)

        complete(office)

        assert asked == [another]

    def test_no_tenant_any_more_redeems_nothing(self, office: Office) -> None:
        office.providers.kept = replace(office.providers.kept, partner_tenant=None)

        with pytest.raises(PartnerTenantMissing, match="any more"):
            complete(office)

        assert office.sign_ins.redeemed == []
        assert state_of(office) is RequestState.OPEN


class TestVaultThatIsDown:
    def test_leaves_nothing_half(self, office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
        def fail(*_: object, **__: object) -> None:
            raise VaultUnavailable("the vault did not answer")

        monkeypatch.setattr(office.vault, "write", fail)

        with pytest.raises(NothingStored, match="ask for a new link"):
            complete(office)

        assert_nothing_stored(office)
        assert state_of(office) is RequestState.USED
        assert [one.kind for one in office.ledger.given] == [ConsentKind.PARTNER]
