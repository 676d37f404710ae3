from dataclasses import replace
from datetime import timedelta

import pytest

from tests.usecases.consents import (
    ANNA,
    APPLICATION,
    NOW,
    PARTNER,
    PROVIDER,
    Office,
    ask,
    connected_office,
)
from work365.ports.consent import RequestState
from work365.ports.providers import ConnectionState
from work365.ports.secrets import Secret
from work365.ports.tokens import VaultUnavailable
from work365.usecases.withdraw_consent import Withdrawn, withdraw_consent

ANOTHER = "22222222-3333-4444-8555-666666666666"


def withdraw(office: Office, *, has_app_only: bool = False) -> Withdrawn:
    return withdraw_consent(
        provider=PROVIDER,
        at=NOW + timedelta(days=1),
        has_app_only=has_app_only,
        providers=office.providers,
        ledger=office.ledger,
        vault=office.vault,
    )


@pytest.fixture
def connected() -> Office:
    return connected_office()


class TestWithdrawal:
    def test_takes_the_token_away_and_marks_the_record(self, connected: Office) -> None:
        withdrawn = withdraw(connected)

        assert connected.vault.read(PARTNER) is None
        assert [one.withdrawn_at for one in connected.ledger.given] == [NOW + timedelta(days=1)]
        assert withdrawn.consents == 1
        assert APPLICATION in withdrawn.left_to_do[0]

    @pytest.mark.parametrize(
        ("has_app_only", "state"),
        [(False, ConnectionState.NOT_CONNECTED), (True, ConnectionState.APP_ONLY)],
    )
    def test_says_what_connection_is_left(
        self, connected: Office, has_app_only: bool, state: ConnectionState
    ) -> None:
        withdraw(connected, has_app_only=has_app_only)

        assert connected.providers.kept.connection.state is state

    def test_closes_links_that_were_not_used(self, connected: Office) -> None:
        ask(connected, Secret("another link"))

        withdrawn = withdraw(connected)

        assert withdrawn.links == 1
        assert RequestState.OPEN not in {one.state for one in connected.ledger.requests.values()}

    def test_takes_the_token_of_a_tenant_that_was_the_partners_before(
        self, connected: Office
    ) -> None:
        kept = connected.providers.kept
        connected.providers.kept = replace(kept, partner_tenant=ANOTHER)

        withdraw(connected)

        assert connected.vault.read(PARTNER) is None

    def test_changes_nothing_the_second_time(self, connected: Office) -> None:
        withdraw(connected)

        again = withdraw(connected)

        assert (again.consents, again.links, again.left_to_do) == (0, 0, ())

    def test_marks_nothing_where_the_vault_does_not_answer(
        self, connected: Office, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fail(_: str) -> None:
            raise VaultUnavailable("the vault did not answer")

        monkeypatch.setattr(connected.vault, "delete", fail)

        with pytest.raises(VaultUnavailable):
            withdraw(connected)

        assert connected.ledger.given[0].given_by == ANNA.name
        assert not connected.ledger.given[0].is_withdrawn
