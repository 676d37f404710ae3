from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from azure.core.exceptions import HttpResponseError

from tests.adapters.key_vault.running import EVERYTHING, RunningVault
from tests.emulators.entra.running import this_machine
from tests.identity.connected import application_at, managed_identity, redeemed, sign_in
from tests.identity.tokens import NOW, OTHER_TENANT, TENANT
from work365.adapters.key_vault.vault import NAME_PREFIX, KeyVault
from work365.emulators.entra.seeds import PARTNER_TENANT_ID
from work365.identity.clouds import Audience
from work365.identity.delegated_tokens import DelegatedTokens
from work365.identity.failures import NotConnected
from work365.ports.secrets import Secret
from work365.ports.tokens import (
    REFRESH_TOKEN_LIFE,
    ConnectionWithdrawn,
    KeptToken,
    TokenVault,
    VaultRefused,
    VaultUnavailable,
)

NAME = f"{NAME_PREFIX}{TENANT}"
FIRST, SECOND, THIRD = (Secret(f"refresh-token-{number}") for number in (1, 2, 3))


@pytest.fixture
def vault(running: RunningVault) -> TokenVault:
    return KeyVault(running.client)


def written(vault: TokenVault, token: Secret, replaces: KeptToken | None = None) -> KeptToken:
    return vault.write(
        TENANT, token, redeemed_at=NOW, replaces=replaces.version if replaces else None
    )


class TestKeeping:
    def test_what_was_written_last_is_read(self, vault: TokenVault) -> None:
        first = written(vault, FIRST)

        second = written(vault, SECOND, first)

        assert vault.read(TENANT) == second
        assert (second.refresh_token, second.redeemed_at) == (SECOND, NOW)
        assert first.version != second.version

    def test_each_partner_has_a_secret_of_its_own(self, vault: TokenVault) -> None:
        written(vault, FIRST)

        assert vault.read(OTHER_TENANT) is None
        assert vault.read(TENANT.upper()) == vault.read(TENANT)

    def test_the_secret_says_what_it_is_and_until_when_it_is_good(
        self, vault: TokenVault, running: RunningVault
    ) -> None:
        written(vault, FIRST)

        properties = running.client.get_secret(NAME).properties
        assert properties.content_type == "application/x-refresh-token"
        assert properties.tags == {"redeemed-at": "2026-05-04T09:30:00+00:00"}
        assert properties.expires_on == NOW + REFRESH_TOKEN_LIFE

    def test_a_version_that_was_replaced_is_disabled(
        self, vault: TokenVault, running: RunningVault
    ) -> None:
        kept = written(vault, FIRST)
        for token in (SECOND, THIRD):
            kept = written(vault, token, kept)

        assert running.enabled_versions(NAME) == {kept.version}

    def test_a_worker_that_comes_late_disables_both_that_were_before(
        self, vault: TokenVault, running: RunningVault
    ) -> None:
        first = written(vault, FIRST)
        written(vault, SECOND, first)

        late = written(vault, THIRD, first)

        assert running.enabled_versions(NAME) == {late.version}

    def test_workers_that_write_at_once_leave_a_token_that_can_be_read(
        self, vault: TokenVault
    ) -> None:
        first = written(vault, FIRST)
        together = Barrier(4, timeout=20)

        def write(number: int) -> KeptToken:
            together.wait()
            return written(vault, Secret(f"refresh-of-worker-{number}"), first)

        with ThreadPoolExecutor(max_workers=4) as pool:
            kept = list(pool.map(write, range(4), timeout=60))

        read = vault.read(TENANT)
        assert read is not None
        assert read.version in {each.version for each in kept}

    def test_getting_and_setting_are_enough_to_renew(
        self, vault: TokenVault, running: RunningVault
    ) -> None:
        running.allow({"get", "set"})

        renewed = written(vault, SECOND, written(vault, FIRST))

        assert vault.read(TENANT) == renewed

    def test_a_tag_that_somebody_took_away_is_made_up_for(
        self, vault: TokenVault, running: RunningVault
    ) -> None:
        running.client.set_secret(NAME, FIRST.reveal())

        read = vault.read(TENANT)

        assert read is not None
        assert abs(read.redeemed_at - this_machine()) < timedelta(minutes=1)

    def test_a_partner_is_named_by_its_tenant_id(self, vault: TokenVault) -> None:
        with pytest.raises(ValueError, match=r"'contoso\.example' is no tenant id"):
            vault.read("contoso.example")


class TestWithdrawal:
    @pytest.mark.parametrize("permissions", [EVERYTHING, EVERYTHING - {"purge"}])
    def test_a_token_that_was_taken_away_does_not_come_back_by_a_renewal(
        self, vault: TokenVault, running: RunningVault, permissions: Iterable[str]
    ) -> None:
        running.allow(permissions)
        kept = written(vault, FIRST)
        vault.delete(TENANT)

        with pytest.raises(ConnectionWithdrawn, match="the new token was thrown away"):
            written(vault, SECOND, kept)

        assert vault.read(TENANT) is None

    def test_it_is_gone_for_good_where_the_vault_allows_that(
        self, vault: TokenVault, running: RunningVault
    ) -> None:
        written(vault, SECOND, written(vault, FIRST))

        vault.delete(TENANT)

        assert not running.is_recoverable(NAME)

    def test_it_is_said_where_somebody_could_bring_it_back(
        self, vault: TokenVault, running: RunningVault, caplog: pytest.LogCaptureFixture
    ) -> None:
        running.allow(EVERYTHING - {"purge"})
        written(vault, FIRST)

        vault.delete(TENANT)

        assert running.is_recoverable(NAME)
        assert "stays recoverable at https://" in caplog.text

    @pytest.mark.parametrize("permissions", [EVERYTHING, EVERYTHING - {"purge"}])
    def test_a_new_consent_brings_the_connection_back(
        self, vault: TokenVault, running: RunningVault, permissions: Iterable[str]
    ) -> None:
        running.allow(permissions)
        written(vault, FIRST)
        vault.delete(TENANT)

        kept = written(vault, SECOND)

        assert vault.read(TENANT) == kept
        assert running.enabled_versions(NAME) == {kept.version}

    def test_taking_away_what_is_not_there_is_no_failure(self, vault: TokenVault) -> None:
        vault.delete(TENANT)

        assert vault.read(TENANT) is None

    def test_a_token_that_somebody_disabled_is_told(
        self, vault: TokenVault, running: RunningVault
    ) -> None:
        kept = written(vault, FIRST)
        running.client.update_secret_properties(NAME, version=kept.version, enabled=False)

        with pytest.raises(VaultRefused, match="Enable the secret's newest version"):
            vault.read(TENANT)

    def test_a_new_consent_helps_where_somebody_disabled_the_token(
        self, vault: TokenVault, running: RunningVault
    ) -> None:
        kept = written(vault, FIRST)
        running.client.update_secret_properties(NAME, version=kept.version, enabled=False)

        again = written(vault, SECOND)

        assert vault.read(TENANT) == again


class TestFailures:
    @pytest.mark.parametrize("missing", ["get", "set", "delete"])
    def test_a_right_that_is_missing_is_told_by_the_role_that_has_it(
        self, vault: TokenVault, running: RunningVault, missing: str
    ) -> None:
        running.allow(EVERYTHING - {missing})

        def keep_and_take_away() -> None:
            written(vault, FIRST)
            vault.delete(TENANT)

        with pytest.raises(VaultRefused, match="Key Vault Secrets Officer") as refused:
            keep_and_take_away()

        assert "HTTP 403" in str(refused.value)
        assert FIRST.reveal() not in str(refused.value)

    @pytest.mark.parametrize("status", [429, 500, 503])
    def test_an_outage_is_for_later(
        self, vault: TokenVault, running: RunningVault, status: int
    ) -> None:
        vault.read(TENANT)
        running.fail(status)

        with pytest.raises(VaultUnavailable, match=f"HTTP {status}"):
            vault.read(TENANT)

    def test_a_secret_that_is_no_token_is_told(
        self, vault: TokenVault, running: RunningVault
    ) -> None:
        running.client.set_secret(NAME, "")

        with pytest.raises((VaultRefused, HttpResponseError), match="Delete it there"):
            vault.read(TENANT)


def test_a_connection_lives_in_the_vault_from_consent_to_withdrawal(
    running: RunningVault,
) -> None:
    application = application_at(running.entra, managed_identity(running.entra))
    delegated = DelegatedTokens(
        application, KeyVault(running.client), partner_tenant=PARTNER_TENANT_ID
    )

    delegated.connect(redeemed(application, sign_in(application, running.entra.http)))
    first = delegated.token(Audience.PARTNER_CENTER)
    running.entra.clock.move(days=80)
    until = delegated.prolong()
    running.entra.clock.move(days=80)
    second = delegated.token(Audience.PARTNER_CENTER)
    delegated.disconnect()

    assert first != second
    assert until == running.entra.clock() - timedelta(days=80) + REFRESH_TOKEN_LIFE
    with pytest.raises(NotConnected):
        delegated.token(Audience.PARTNER_CENTER)
