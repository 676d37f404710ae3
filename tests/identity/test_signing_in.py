"""The package at work with a real sign-in: an Entra over https, msal, a managed identity."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.emulators.entra.running import REDIRECT, RunningEntra, running_entra
from tests.identity.connected import (
    STATE,
    TENANT,
    application_at,
    as_in_azure,
    managed_identity,
    redeemed,
    sign_in,
    sign_in_with_a_password_only,
)
from work365.emulators.entra.seeds import (
    AGENT,
    APPLICATION_ID,
    CUSTOMERS,
)
from work365.emulators.entra.tenants import ADMIN_AGENTS, GLOBAL_ADMINISTRATOR
from work365.identity.app_tokens import AppTokens
from work365.identity.application import Application
from work365.identity.claims import read_claims
from work365.identity.clouds import Audience
from work365.identity.delegated_tokens import DelegatedTokens
from work365.identity.failures import (
    ApplicationUnknown,
    CodeRefused,
    ConnectionExpired,
    ConsentMissing,
    MfaNeeded,
    RedirectRefused,
    ServicePrincipalMissing,
    SignInRefused,
    TenantUnknown,
    WrongTenant,
)
from work365.identity.id_tokens import IdTokens
from work365.identity.memory_vault import MemoryVault
from work365.ports.secrets import Secret
from work365.ports.tokens import REFRESH_TOKEN_LIFE


@pytest.fixture
def running(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[RunningEntra]:
    with running_entra(tmp_path) as entra:
        as_in_azure(entra, monkeypatch)
        yield entra


@pytest.fixture
def registered(running: RunningEntra) -> Application:
    return application_at(running, managed_identity(running))


@pytest.fixture
def vault() -> MemoryVault:
    return MemoryVault()


@pytest.fixture
def delegated(
    registered: Application, running: RunningEntra, vault: MemoryVault
) -> DelegatedTokens:
    connection = DelegatedTokens(registered, vault, partner_tenant=TENANT)
    connection.connect(redeemed(registered, sign_in(registered, running.http)))
    return connection


class TestAppOnly:
    def test_each_interface_gets_a_token_that_is_for_it(self, registered: Application) -> None:
        app_tokens = AppTokens(registered)

        claims = {
            audience: read_claims(Secret(app_tokens.token(audience, tenant=TENANT)))
            for audience in Audience
        }

        assert {each.audience.rstrip("/") for each in claims.values()} == {
            "https://api.partnercenter.microsoft.com",
            "https://api.partner.microsoft.com",
            "https://graph.microsoft.com",
            "https://management.azure.com",
        }
        assert {each.application for each in claims.values()} == {APPLICATION_ID}
        assert claims[Audience.GRAPH].app_roles >= {"PartnerBilling.Read.All"}
        assert not any(each.has_mfa for each in claims.values())

    def test_a_month_later_it_gets_new_ones(
        self, registered: Application, running: RunningEntra
    ) -> None:
        source = AppTokens(registered).source(Audience.GRAPH, tenant=TENANT)
        first = source()

        running.clock.move(days=31)

        assert read_claims(Secret(source())).expires_at > running.clock()
        assert source() != first

    def test_a_tenant_that_there_is_not_is_told(self, registered: Application) -> None:
        nowhere = "00000000-0000-4000-8000-000000000000"

        with pytest.raises(TenantUnknown, match="WORK365_CLOUD"):
            AppTokens(registered).token(Audience.GRAPH, tenant=nowhere)

    def test_an_application_that_the_tenant_does_not_know_is_told(
        self, running: RunningEntra
    ) -> None:
        unknown = application_at(
            running,
            managed_identity(running),
            client_id="00000000-0000-4000-8000-000000000001",
        )

        with pytest.raises(ApplicationUnknown, match="WORK365_CLIENT_ID"):
            AppTokens(unknown).token(Audience.GRAPH, tenant=TENANT)

    def test_an_interface_without_its_service_principal_is_told(
        self, registered: Application, running: RunningEntra
    ) -> None:
        tenant = running.directory.tenants[TENANT]
        for resource in list(tenant.service_principals):
            if resource != APPLICATION_ID:
                running.directory.remove_service_principal(TENANT, resource)

        with pytest.raises(ServicePrincipalMissing, match="fa3d9a0c-3fb0-42cc-9193-47c7ecd2edbd"):
            AppTokens(registered).token(Audience.PARTNER_CENTER, tenant=TENANT)


class TestSignIn:
    def test_an_admin_agent_signs_in_with_a_second_factor(
        self, registered: Application, running: RunningEntra
    ) -> None:
        signed_in = sign_in(registered, running.http)

        grant = redeemed(registered, signed_in)

        assert grant.id_token is not None
        claims = IdTokens(registered).check(
            grant.id_token, tenant=TENANT, nonce=signed_in.page.nonce
        )
        assert signed_in.told["state"] == STATE.reveal()
        assert claims.name == AGENT
        assert GLOBAL_ADMINISTRATOR in claims.directory_roles
        assert running.directory.tenants[TENANT].group_id(ADMIN_AGENTS) in claims.groups
        access = read_claims(grant.access_token)
        assert access.has_mfa
        assert "user_impersonation" in access.scopes

    def test_who_signs_in_without_a_second_factor_is_seen(
        self, registered: Application, running: RunningEntra
    ) -> None:
        signed_in = sign_in_with_a_password_only(registered, running.http)

        grant = redeemed(registered, signed_in)

        assert not read_claims(grant.access_token).has_mfa

    def test_a_user_of_another_organization_is_not_let_in(
        self, registered: Application, running: RunningEntra
    ) -> None:
        signed_in = sign_in(registered, running.http)
        grant = redeemed(registered, signed_in)
        assert grant.id_token is not None

        with pytest.raises(WrongTenant):
            IdTokens(registered).check(
                grant.id_token, tenant=CUSTOMERS[0].tenant_id, nonce=signed_in.page.nonce
            )

    def test_a_code_is_good_once(self, registered: Application, running: RunningEntra) -> None:
        signed_in = sign_in(registered, running.http)
        redeemed(registered, signed_in)

        with pytest.raises(CodeRefused):
            redeemed(registered, signed_in)

    def test_a_code_is_good_for_ten_minutes(
        self, registered: Application, running: RunningEntra
    ) -> None:
        signed_in = sign_in(registered, running.http)

        running.clock.move(minutes=11)

        with pytest.raises(SignInRefused):
            redeemed(registered, signed_in)

    def test_a_stolen_code_is_no_good_without_the_verifier(
        self, registered: Application, running: RunningEntra
    ) -> None:
        signed_in = sign_in(registered, running.http)
        other = registered.sign_in_page(
            tenant=TENANT, redirect_uri=REDIRECT, state=STATE, prompt="select_account"
        )

        with pytest.raises(CodeRefused):
            registered.redeem_code(
                Secret(signed_in.told["code"]),
                tenant=TENANT,
                redirect_uri=REDIRECT,
                nonce=other.nonce,
                verifier=other.verifier,
            )

    def test_a_code_is_bound_to_its_address(
        self, registered: Application, running: RunningEntra
    ) -> None:
        signed_in = sign_in(registered, running.http)

        with pytest.raises((CodeRefused, RedirectRefused)):
            registered.redeem_code(
                Secret(signed_in.told["code"]),
                tenant=TENANT,
                redirect_uri="https://evil.example/callback",
                nonce=signed_in.page.nonce,
                verifier=signed_in.page.verifier,
            )


class TestDelegated:
    def test_one_consent_opens_every_interface(self, delegated: DelegatedTokens) -> None:
        wanted = [Audience.PARTNER_CENTER, Audience.PRICE_SHEETS, Audience.GRAPH]

        claims = [read_claims(Secret(delegated.token(audience))) for audience in wanted]

        assert [each.audience.rstrip("/") for each in claims] == [
            "https://api.partnercenter.microsoft.com",
            "https://api.partner.microsoft.com",
            "https://graph.microsoft.com",
        ]
        assert all(each.has_mfa for each in claims)
        assert {each.user for each in claims} == {claims[0].user}

    def test_a_connection_that_is_used_lasts(
        self, delegated: DelegatedTokens, running: RunningEntra
    ) -> None:
        for _ in range(3):
            running.clock.move(days=80)
            until = delegated.prolong()

        assert until == running.clock() + REFRESH_TOKEN_LIFE
        assert read_claims(Secret(delegated.token(Audience.PARTNER_CENTER))).has_mfa

    def test_a_connection_that_is_not_used_ends(
        self, delegated: DelegatedTokens, running: RunningEntra
    ) -> None:
        running.clock.move(days=91)

        with pytest.raises(ConnectionExpired, match="90 days"):
            delegated.token(Audience.PARTNER_CENTER)

    def test_an_old_refresh_token_works_after_a_newer_one_was_given(
        self, delegated: DelegatedTokens, vault: MemoryVault, registered: Application
    ) -> None:
        old = vault.read(TENANT)
        assert old is not None
        delegated.prolong()

        # What a second worker has read before, and what a crash leaves behind.
        scope = registered.cloud.scope(Audience.GRAPH)
        grant = registered.redeem_refresh_token(old.refresh_token, tenant=TENANT, scope=scope)

        assert read_claims(grant.access_token).has_mfa

    def test_a_revoked_connection_says_so(
        self, delegated: DelegatedTokens, running: RunningEntra
    ) -> None:
        assert running.control("POST", "users/revoke", user=AGENT).is_success

        with pytest.raises(ConnectionExpired, match=r"AADSTS\d+, correlation id "):
            delegated.token(Audience.PARTNER_CENTER)

    def test_a_consent_that_was_withdrawn_at_microsoft_says_so(
        self, delegated: DelegatedTokens, running: RunningEntra
    ) -> None:
        running.directory.withdraw_consent(TENANT, APPLICATION_ID)

        with pytest.raises((ConsentMissing, ConnectionExpired)):
            delegated.token(Audience.PARTNER_CENTER)

    def test_a_tenant_that_comes_to_demand_a_second_factor_says_so(
        self, registered: Application, running: RunningEntra, vault: MemoryVault
    ) -> None:
        connection = DelegatedTokens(registered, vault, partner_tenant=TENANT)
        signed_in = sign_in_with_a_password_only(registered, running.http)
        connection.connect(redeemed(registered, signed_in))
        assert running.control(
            "PUT", "mfa", tenant=TENANT, resources=["https://api.partnercenter.microsoft.com"]
        ).is_success

        with pytest.raises(MfaNeeded, match="second factor"):
            connection.token(Audience.PARTNER_CENTER)

    def test_a_customer_without_consent_is_told_apart(self, delegated: DelegatedTokens) -> None:
        with pytest.raises(SignInRefused):
            delegated.token(Audience.GRAPH, tenant=CUSTOMERS[0].tenant_id)
