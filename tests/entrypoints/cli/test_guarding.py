"""`work365 guardian`, asked on the fourth day of thirty seats, whose window closes on the 14th."""

import json
from collections.abc import Iterator
from datetime import timedelta

import pytest

from tests.entrypoints.cli.decisions import Office, office_of, run
from work365.emulators.partner_center.subscription import Batch
from work365.entrypoints.cli.guarding import NoSpan, read_span

MAILBOX = "CFQ7TTC0TW06"


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    with office_of(tmp_path_factory.mktemp("office")) as office:
        yield office


@pytest.fixture
def unbilled_seats(office: Office) -> Iterator[None]:
    """Five seats more at Microsoft, which our change log knows nothing of."""
    mailbox = office.bought(MAILBOX, 30)
    batch = Batch(5, office.partner.microsoft.clock() + timedelta(days=1))
    mailbox.quantity += 5
    mailbox.batches.append(batch)
    yield
    mailbox.quantity -= 5
    mailbox.batches.remove(batch)


class TestWithoutAnythingToDo:
    def test_it_is_silent(self, office: Office) -> None:
        shown = run("guardian")

        assert (shown.exit_code, shown.stdout) == (0, "")

    def test_it_says_so_where_that_is_wanted(self, office: Office) -> None:
        shown = run("guardian", "--verbose")

        assert shown.exit_code == 0
        assert "No window closes in that time" in shown.stdout

    def test_a_document_is_empty_and_says_when_it_was_looked(self, office: Office) -> None:
        document = json.loads(run("guardian", "--json").stdout)

        assert document["at"] == "2026-07-10T09:30:15.250000+00:00"
        assert document["within_hours"] == 48
        assert document["windows"] == []


class TestAWindowThatCloses:
    def test_is_shown_to_the_second_in_utc_and_in_the_partners_zone(self, office: Office) -> None:
        shown = run("guardian", "--within", "4d")

        assert "2026-07-14 09:30:15 UTC" in shown.stdout
        assert "(11:30:15 Europe/Berlin)" in shown.stdout
        assert "all 30" in shown.stdout

    def test_is_not_shown_a_second_too_early(self, office: Office) -> None:
        shown = run("guardian", "--within", "95h")

        assert shown.stdout == ""

    def test_says_what_would_be_owed_after_it(self, office: Office) -> None:
        document = json.loads(run("guardian", "--within", "5d", "--json").stdout)

        # 30 x 3.86 x 28/31 cut to 104.59, and eleven months of 115.80.
        [window] = document["windows"]
        assert window["at_stake"] == {"amount": "1378.39", "currency": "EUR"}
        assert (window["seats"], window["is_whole"], window["said_by_microsoft"]) == (
            30,
            True,
            True,
        )

    def test_of_seats_that_are_charged_as_they_should_be_needs_no_look(
        self, office: Office
    ) -> None:
        shown = run("guardian", "--within", "5d")

        assert shown.exit_code == 0

    def test_of_seats_that_nobody_pays_for_needs_one(
        self, office: Office, unbilled_seats: None
    ) -> None:
        shown = run("guardian", "--within", "48h")

        assert shown.exit_code == 1
        said = " ".join(shown.stdout.split())
        assert "Microsoft has 35, and the customer is charged for 30: 5 are paid by nobody." in said

    def test_fits_a_terminal_of_80_columns(self, office: Office, unbilled_seats: None) -> None:
        shown = run("guardian", "--within", "5d")

        assert max(len(line) for line in shown.stdout.splitlines()) <= 80


class TestALengthOfTime:
    @pytest.mark.parametrize(("text", "hours"), [("48h", 48), ("1h", 1), ("7d", 168), (" 2D ", 48)])
    def test_is_in_hours_or_days(self, text: str, hours: int) -> None:
        assert read_span(text) == timedelta(hours=hours)

    @pytest.mark.parametrize("text", ["48", "0h", "h", "-1d", "1.5d", "1w", "٢h", "99999d"])
    def test_is_refused_otherwise(self, text: str) -> None:
        with pytest.raises(NoSpan, match="48h"):
            read_span(text)

    def test_that_is_refused_is_said_in_a_sentence(self, office: Office) -> None:
        shown = run("guardian", "--within", "soon")

        assert shown.exit_code == 2
        assert "'soon' is no length of time" in shown.stderr
