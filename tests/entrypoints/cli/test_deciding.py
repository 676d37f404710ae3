"""The desk of the commands about decisions, with settings as a person has them."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from tests.entrypoints.cli.decisions import Office, office_of
from tests.entrypoints.test_deciding_watch import Line
from work365.domain.money import Money
from work365.entrypoints import deciding_watch
from work365.entrypoints.cli import deciding
from work365.entrypoints.cli.deciding import Desk, amount_as_json
from work365.microsoft import MicrosoftNotSetUp

LATE = datetime(2026, 7, 14, 22, 30, 15, tzinfo=UTC)


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    with office_of(tmp_path_factory.mktemp("office")) as office:
        yield office


@pytest.fixture
def settings(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORK365_DATAVERSE_URL", office.partner.dataverse_url)
    monkeypatch.setenv("WORK365_DATAVERSE_TOKEN", "clerk")
    monkeypatch.setenv("WORK365_TIME_ZONE", "Europe/Vienna")


class TestADesk:
    def test_is_that_of_the_environment_that_the_settings_name(
        self, office: Office, settings: None, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(deciding_watch, "microsoft_of", lambda _services: Line(office))

        with deciding.desk("see that it stands", "DE") as desk:
            reading = desk.look_at_all()

        assert (desk.zone.key, desk.books.market) == ("Europe/Vienna", "DE")
        assert len(reading.values) == 13
        assert reading.findings == ()

    def test_is_not_there_without_a_connection_to_microsoft(self, settings: None) -> None:
        with (
            pytest.raises(MicrosoftNotSetUp),
            deciding.desk("see that it stands") as desk,
        ):
            desk.look_at_all()


class TestAMoment:
    @pytest.fixture
    def desk(self, office: Office) -> Iterator[Desk]:
        with office.desk("see what time it is") as desk:
            yield desk

    def test_is_shown_with_the_day_where_that_is_another_one(self, desk: Desk) -> None:
        assert desk.shown(LATE) == ("2026-07-14 22:30:15 UTC (2026-07-15 00:30:15 Europe/Berlin)")

    def test_is_shown_once_where_the_partner_counts_in_utc(self, desk: Desk) -> None:
        in_utc = replace(desk, zone=ZoneInfo("UTC"))

        assert in_utc.shown(LATE) == "2026-07-14 22:30:15 UTC"

    def test_is_on_two_lines_where_there_is_little_room(self, desk: Desk) -> None:
        assert desk.shown(LATE, between="\n").count("\n") == 1


class TestAnAmount:
    @pytest.mark.parametrize(
        ("amount", "written"),
        [
            (Money.zero("EUR"), {"amount": "0.00", "currency": "EUR"}),
            (Money.zero("JPY"), {"amount": "0", "currency": "JPY"}),
            (None, None),
        ],
    )
    def test_has_the_digits_of_its_currency(
        self, amount: Money | None, written: dict[str, str] | None
    ) -> None:
        assert amount_as_json(amount) == written
