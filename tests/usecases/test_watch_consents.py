from datetime import timedelta

import pytest

from tests.usecases.consents import NOW, PARTNER, Office, ask, connected_office
from work365.domain.findings import Finding, Severity
from work365.usecases.watch_consents import watch_consents


@pytest.fixture
def connected() -> Office:
    return connected_office()


def found(office: Office, *, after_days: int) -> list[Finding]:
    watched = watch_consents(
        at=NOW + timedelta(days=after_days),
        providers=office.providers,
        ledger=office.ledger,
        vault=office.vault,
    )
    return list(watched.findings)


class TestConnection:
    @pytest.mark.parametrize("days", [1, 60])
    def test_that_was_used_not_long_ago_is_silent(self, connected: Office, days: int) -> None:
        assert found(connected, after_days=days) == []

    @pytest.mark.parametrize(
        ("days", "severity", "words"),
        [
            (61, Severity.WARNING, "ends in 29 days"),
            (83, Severity.WARNING, "ends in 7 days"),
            (84, Severity.ERROR, "ends in 6 days"),
            (89, Severity.ERROR, "ends in one day"),
            (90, Severity.ERROR, "ends in less than a day"),
        ],
    )
    def test_that_ends_soon_is_said(
        self, connected: Office, days: int, severity: Severity, words: str
    ) -> None:
        (finding,) = found(connected, after_days=days)

        assert finding.severity is severity
        assert words in finding.message

    def test_that_has_ended_is_said(self, connected: Office) -> None:
        (finding,) = found(connected, after_days=91)

        assert finding.code == "consent_ended"
        assert "31 January 2027" in finding.message

    def test_whose_token_was_taken_away_is_said(self, connected: Office) -> None:
        connected.vault.delete(PARTNER)

        (finding,) = found(connected, after_days=1)

        assert finding.code == "consent_token_missing"


def test_a_provider_that_was_never_connected_is_silent() -> None:
    assert found(Office(), after_days=100) == []


def test_a_link_that_nobody_used_is_closed() -> None:
    office = Office()
    ask(office)

    watched = watch_consents(
        at=NOW + timedelta(days=4),
        providers=office.providers,
        ledger=office.ledger,
        vault=office.vault,
    )

    assert watched.links_expired == 1
