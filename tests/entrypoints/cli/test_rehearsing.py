"""`work365 rehearse`, and then the days themselves: the twin at Microsoft does what was told."""

import json
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from tests.entrypoints.cli.decisions import Office, office_of, put_something_ahead, run
from work365.emulators.partner_center.seed_catalogue import AZURE
from work365.emulators.partner_center.seeds import PARTNER
from work365.emulators.partner_center.snapshots import copy_of
from work365.entrypoints.cli import rehearsing

TAKEN_AT = datetime(2026, 7, 10, 9, 30, 15, 250_000, tzinfo=UTC)
THROUGH = ("--month", "2026-07", "--through", "2026-09-30")

Document = dict[str, Any]


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """An office where one of each thing is about to happen."""
    with office_of(tmp_path_factory.mktemp("office")) as office:
        put_something_ahead(office)
        yield office


@pytest.fixture(scope="module")
def snapshot(office: Office, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What an office has, kept in a file."""
    file = tmp_path_factory.mktemp("snapshots") / "july.json"
    kept = run("rehearse", "--month", "2026-07", "--snapshot", str(file))
    assert f"Kept in {file}." in "".join(kept.stderr.splitlines())
    return file


@pytest.fixture(scope="module")
def played(snapshot: Path) -> Document:
    """The document of three months."""
    document: Document = json.loads(
        run("rehearse", *THROUGH, "--snapshot", str(snapshot), "--json").stdout
    )
    return document


def first_ending(played: Document, name: str) -> Document:
    found: Document = next(each for each in played["endings"] if each["name"] == name)
    return found


def amounts(ending: Document) -> tuple[str, str]:
    return ending["per_month"]["amount"], ending["per_month_next"]["amount"]


class TestTheEndsOfTerms:
    def test_a_month_renews_at_its_new_price_with_the_seats_scheduled(
        self, played: Document
    ) -> None:
        ending = first_ending(played, "Office Standard")

        # 10.08 x 1.20 is 12.10; from July on 10.08 x 1.08 x 1.20 is 13.06.
        assert (ending["course"], ending["on"]) == ("renews_otherwise", "2026-07-20")
        assert amounts(ending) == ("145.20", "130.60")
        assert ending["told"] == ["10 seats instead of 12", "new price"]

    def test_what_renews_as_it_is_is_told_without_changes(self, played: Document) -> None:
        ending = first_ending(played, "Office Basic")

        assert (ending["course"], ending["told"]) == ("renews", [])
        assert amounts(ending) == ("51.84", "51.84")

    def test_what_is_cancelled_ends(self, played: Document) -> None:
        ending = first_ending(played, "Office Premium")

        assert (ending["course"], ending["on"]) == ("ends", "2026-07-13")
        assert (ending["seats"], ending["seats_next"]) == (14, 0)
        assert amounts(ending) == ("273.42", "0.00")

    def test_what_does_not_renew_and_was_not_cancelled_goes_into_extended_service(
        self, played: Document
    ) -> None:
        ending = first_ending(played, "Sales Professional")

        # It has no monthly term: 62.26 is a month of the yearly price, and 23 % more are 76.57.
        assert (ending["course"], ending["on"]) == ("extends", "2026-08-14")
        assert amounts(ending) == ("288.25", "382.85")

    def test_a_trial_becomes_paid(self, played: Document) -> None:
        ending = first_ending(played, "Office Premium Trial")

        assert (ending["course"], ending["on"]) == ("becomes_paid", "2026-07-28")
        assert amounts(ending) == ("0.00", "527.25")  # 25 x 21.09

    def test_what_is_not_sold_cannot_renew_and_it_is_said_why(self, snapshot: Path) -> None:
        shown = run("rehearse", "--month", "2026-09", "--snapshot", str(snapshot))

        said = " ".join(shown.stdout.split())
        assert shown.exit_code == 1
        assert (
            "Cassel Logistik, Enterprise Three cannot renew: no price of CFQ7TTC0TW08:0001, P1M"
            " billed monthly, DE EUR, is in our price lists for 2026-09-13."
        ) in said

    def test_that_cannot_renew_before_the_month_is_said_as_well(self, snapshot: Path) -> None:
        shown = run("rehearse", "--month", "2026-10", "--snapshot", str(snapshot))

        said = " ".join(shown.stdout.split())
        assert shown.exit_code == 1
        assert "1 goes into extended service, 1 ends, 1 cannot renew." in said
        assert "Cassel Logistik, Enterprise Three cannot renew: no price" in said

    def test_of_days_before_the_month_are_played_too(self, snapshot: Path) -> None:
        document = json.loads(
            run("rehearse", "--month", "2026-08", "--snapshot", str(snapshot), "--json").stdout
        )

        assert {each["on"] for each in document["earlier"]} == {
            "2026-07-13",
            "2026-07-20",
            "2026-07-28",
        }
        assert min(each["on"] for each in document["endings"]) == "2026-08-01"


class TestTheInvoice:
    def test_is_what_the_twin_charges_when_the_days_come(
        self, office: Office, played: Document
    ) -> None:
        world = copy_of(office.partner.microsoft.world)
        world.advance(datetime(2026, 9, 30, 23, 59, 59, tzinfo=UTC))

        charged: Counter[str] = Counter()
        for line in world.charges:
            if line.partner == PARTNER and line.product != AZURE and line.at > TAKEN_AT:
                charged[f"{line.at:%Y-%m}"] += line.subtotal  # type: ignore[assignment]  # decimals
        expected = {
            each["month"]: Decimal(each["expected"]["amount"]) for each in played["invoices"]
        }
        assert expected == charged

    def test_is_compared_with_what_it_would_be_if_all_went_on(self, snapshot: Path) -> None:
        document = json.loads(
            run("rehearse", "--month", "2026-08", "--snapshot", str(snapshot), "--json").stdout
        )

        # Premium is not charged any more, the trial is; Standard has ten seats at the new price,
        # Sales is in extended service.
        [invoice] = document["invoices"]
        renewals = (
            -Decimal("273.42")
            + Decimal("527.25")
            + Decimal("130.60")
            - Decimal("145.20")
            + Decimal("382.85")
            - Decimal("288.25")
        )
        assert Decimal(invoice["difference"]["amount"]) == renewals
        assert Decimal(invoice["if_all_went_on"]["amount"]) + renewals == Decimal(
            invoice["expected"]["amount"]
        )

    def test_of_part_of_a_month_says_so(self, snapshot: Path) -> None:
        shown = run(
            "rehearse", "--month", "2026-07", "--through", "2026-08-15", "--snapshot", str(snapshot)
        )

        said = " ".join(shown.stdout.split())
        assert "Of July only what is charged after the copy was taken is in the invoice." in said
        assert "Of August only what is charged through 2026-08-15 is in the invoice." in said


class TestWhatIsNotRehearsed:
    def test_is_named_with_the_reason(self, played: Document) -> None:
        messages = [each["message"] for each in played["findings"]]

        assert messages == [
            "Iller Industrie, Azure plan is billed by usage or once, and is not rehearsed",
            "Elster Energie, Azure plan is billed by usage or once, and is not rehearsed",
        ]

    def test_is_named_on_the_error_stream(self, snapshot: Path) -> None:
        shown = run("rehearse", "--snapshot", str(snapshot))

        assert shown.stderr.count("is billed by usage or once") == 2

    def test_what_is_assumed_is_said(self, snapshot: Path) -> None:
        said = " ".join(run("rehearse", "--snapshot", str(snapshot)).stdout.split())

        assert "as Partner Center showed them at 2026-07-10 09:30 UTC" in said
        assert "Not in the invoice: tax, usage" in said
        assert "rule since 4 May 2026, reported" in said
        assert "Microsoft was not asked what it will do" in said


class TestMicrosoft:
    def test_is_only_read(self, office: Office) -> None:
        office.partner.microsoft.control("DELETE", "requests")

        run("rehearse")

        requests = office.partner.microsoft.control("GET", "requests")["requests"]
        assert {each["method"] for each in requests} == {"GET"}

    def test_is_not_asked_where_a_snapshot_is_read(
        self, office: Office, snapshot: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        fresh = run("rehearse", *THROUGH, "--json")
        monkeypatch.delattr(rehearsing, "desk")

        again = run("rehearse", *THROUGH, "--snapshot", str(snapshot), "--json")

        assert again.stdout == fresh.stdout
        assert "taken at 2026-07-10 09:30 UTC" in " ".join(again.stderr.split())


class TestASnapshot:
    @pytest.mark.parametrize(
        "text", ["", "[]", "{}", '{"rehearsal": 7}', '{"rehearsal": 1, "left_out": 3}', "\udc80"]
    )
    def test_that_is_none_is_refused_and_left_as_it_is(self, text: str, tmp_path: Path) -> None:
        file = tmp_path / "other.json"
        file.write_bytes(text.encode("utf-8", errors="surrogateescape"))

        shown = run("rehearse", "--snapshot", str(file))

        assert shown.exit_code == 2
        assert "not_a_snapshot" in shown.stderr
        assert file.read_bytes() == text.encode("utf-8", errors="surrogateescape")

    def test_of_another_twin_is_refused(self, snapshot: Path, tmp_path: Path) -> None:
        document = json.loads(snapshot.read_text())
        document["twin"]["world"]["subscriptions"] = {"one": {"subscription": "one"}}
        file = tmp_path / "old.json"
        file.write_text(json.dumps(document))

        shown = run("rehearse", "--snapshot", str(file))

        assert shown.exit_code == 2
        assert "not_a_snapshot" in shown.stderr

    def test_that_cannot_be_written_is_said(self, office: Office, tmp_path: Path) -> None:
        shown = run("rehearse", "--snapshot", str(tmp_path / "no-folder" / "july.json"))

        assert shown.exit_code == 2
        assert "no-folder" in shown.stderr.replace("\n", "")


class TestDays:
    @pytest.mark.parametrize(
        ("options", "why"),
        [
            (("--month", "2026-06"), "is before 2026-07-10"),
            (("--month", "2026-09", "--through", "2026-08-31"), "is before 2026-09-01"),
            (("--through", "2030-01-01"), "more than three years ahead"),
        ],
    )
    def test_that_cannot_be_played_are_refused(
        self, snapshot: Path, options: tuple[str, ...], why: str
    ) -> None:
        shown = run("rehearse", *options, "--snapshot", str(snapshot))

        assert shown.exit_code == 2
        assert why in shown.stderr

    def test_are_those_of_the_next_month_where_none_is_named(self, snapshot: Path) -> None:
        document = json.loads(run("rehearse", "--snapshot", str(snapshot), "--json").stdout)

        assert (document["first_day"], document["last_day"]) == ("2026-08-01", "2026-08-31")

    def test_without_an_end_of_a_term_are_said_to_have_none(self, snapshot: Path) -> None:
        shown = run(
            "rehearse", "--month", "2026-07", "--through", "2026-07-12", "--snapshot", str(snapshot)
        )

        assert shown.exit_code == 0
        assert "No term ends in that time." in shown.stdout


class TestWhatIsShown:
    def test_fits_a_terminal_of_80_columns(self, snapshot: Path) -> None:
        shown = run("rehearse", *THROUGH, "--snapshot", str(snapshot))

        assert max(len(line) for line in shown.stdout.splitlines()) <= 80

    def test_has_a_line_for_each_day_on_which_something_ends(self, snapshot: Path) -> None:
        shown = run("rehearse", *THROUGH, "--snapshot", str(snapshot))

        assert "Tue 2026-07-28  ■  1 becomes paid" in shown.stdout
        assert "Sat 2026-08-01  ■  1 renews as it is" in shown.stdout
        assert "Fri 2026-08-14  ■  1 goes into extended service" in shown.stdout

    def test_as_a_picture_has_a_bar_for_each_of_these_days(
        self, snapshot: Path, tmp_path: Path
    ) -> None:
        file = tmp_path / "renewals.svg"

        shown = run("rehearse", *THROUGH, "--snapshot", str(snapshot), "--picture", str(file))

        space = "{http://www.w3.org/2000/svg}"
        drawing = ElementTree.fromstring(file.read_text(encoding="utf-8"))  # noqa: S314  our own
        told = [each.findtext(f"{space}title") for each in drawing.iter(f"{space}rect")]
        assert "2026-07-28: 1 becomes paid" in told
        assert "2026-09-13: 1 cannot renew" in told
        words = " ".join(str(each.text) for each in drawing.iter(f"{space}text"))
        assert "Renewals from 2026-07-10 to 2026-09-30" in words
        assert f"Drawn in {file}." in "".join(shown.stderr.splitlines())
