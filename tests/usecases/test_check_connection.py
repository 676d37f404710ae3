from datetime import timedelta

import pytest

from tests.usecases.consents import NOW, PARTNER, PROVIDER, Office, connected_office
from work365.errors import Refusal, Unavailable
from work365.ports.providers import ConnectionState
from work365.ports.tokens import VaultRefused
from work365.usecases.check_connection import Health, Look, Verdict, check_connection


def works() -> str:
    return "answers"


def refused() -> str:
    raise Refusal("The service principal is missing: add it.")


def silent() -> str:
    raise Unavailable("Microsoft does not answer.")


def look(name: str, ask: "object" = works, *, of_delegated: bool = False) -> Look:
    assert callable(ask)
    return Look(name=name, of_delegated=of_delegated, ask=ask)


def check(office: Office, *looks: Look) -> Health:
    return check_connection(
        provider=PROVIDER,
        at=NOW + timedelta(days=10),
        looks=looks,
        providers=office.providers,
        vault=office.vault,
    )


@pytest.fixture
def connected() -> Office:
    return connected_office()


class TestState:
    def test_is_delegated_where_all_works(self, connected: Office) -> None:
        health = check(connected, look("Customers"), look("Users", of_delegated=True))

        assert health.state is ConnectionState.DELEGATED
        assert health.days_left == 80

    def test_is_app_only_without_a_consent(self) -> None:
        health = check(Office(), look("Customers"), look("Users", refused, of_delegated=True))

        assert health.state is ConnectionState.APP_ONLY
        assert [one.verdict for one in health.seen] == [Verdict.WORKS, Verdict.NOT_NEEDED]

    def test_is_broken_where_something_is_missing(self, connected: Office) -> None:
        health = check(connected, look("Customers"), look("Relationships", refused))

        assert health.state is ConnectionState.BROKEN
        kept = connected.providers.kept.connection
        assert kept.health == "Relationships: The service principal is missing: add it."

    def test_is_not_connected_where_nothing_works(self) -> None:
        assert check(Office(), look("Customers", refused)).state is ConnectionState.NOT_CONNECTED

    def test_stays_as_it_was_while_microsoft_does_not_answer(self, connected: Office) -> None:
        health = check(connected, look("Customers", silent))

        assert health.state is ConnectionState.DELEGATED
        assert health.seen[0].verdict is Verdict.UNKNOWN


def test_a_vault_that_lets_nobody_in_is_said(
    connected: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: str) -> None:
        raise VaultRefused("Give the identity the role Key Vault Secrets Officer.")

    monkeypatch.setattr(connected.vault, "read", fail)

    health = check(connected, look("Customers"))

    assert [one.name for one in health.missing] == ["Token vault"]
    assert connected.vault is not None
    assert PARTNER not in health.missing[0].words
