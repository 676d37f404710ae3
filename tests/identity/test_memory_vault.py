from datetime import timedelta

import pytest

from tests.identity.tokens import NOW, OTHER_TENANT, TENANT
from work365.identity.memory_vault import MemoryVault
from work365.ports.secrets import Secret
from work365.ports.tokens import ConnectionWithdrawn, TokenVault


@pytest.fixture
def vault() -> TokenVault:
    return MemoryVault()


def test_what_was_written_last_is_read(vault: TokenVault) -> None:
    first = vault.write(TENANT, Secret("refresh-1"), redeemed_at=NOW, replaces=None)
    later = NOW + timedelta(hours=1)

    second = vault.write(TENANT, Secret("refresh-2"), redeemed_at=later, replaces=first.version)

    assert vault.read(TENANT) == second
    assert (second.refresh_token, second.redeemed_at) == (Secret("refresh-2"), later)
    assert first.version != second.version


def test_each_partner_has_its_own(vault: TokenVault) -> None:
    vault.write(TENANT, Secret("refresh-1"), redeemed_at=NOW, replaces=None)

    assert vault.read(OTHER_TENANT) is None


def test_a_token_that_was_taken_away_does_not_come_back_by_a_renewal(vault: TokenVault) -> None:
    kept = vault.write(TENANT, Secret("refresh-1"), redeemed_at=NOW, replaces=None)
    vault.delete(TENANT)

    with pytest.raises(ConnectionWithdrawn, match="the new token was thrown away"):
        vault.write(TENANT, Secret("refresh-2"), redeemed_at=NOW, replaces=kept.version)

    assert vault.read(TENANT) is None


def test_a_new_consent_brings_it_back(vault: TokenVault) -> None:
    vault.write(TENANT, Secret("refresh-1"), redeemed_at=NOW, replaces=None)
    vault.delete(TENANT)

    kept = vault.write(TENANT, Secret("refresh-2"), redeemed_at=NOW, replaces=None)

    assert vault.read(TENANT) == kept


def test_taking_away_what_is_not_there_is_no_failure(vault: TokenVault) -> None:
    vault.delete(TENANT)

    assert vault.read(TENANT) is None
