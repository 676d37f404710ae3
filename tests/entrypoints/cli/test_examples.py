import json
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from tests.entrypoints.examples.stories import (
    CONTRACT,
    HAPPENED,
    INVOICES,
    SEEN,
    kept,
    story,
    table,
)
from work365.entrypoints.cli import app
from work365.entrypoints.cli.output import console

ROOT = Path(__file__).parents[3]
SENTENCE = "10 x Notes at 12.40 EUR a month, 2026-01-01 to 2026-01-31"


@pytest.fixture(autouse=True)
def wide(monkeypatch: pytest.MonkeyPatch) -> None:
    # Set on the console: it takes the terminal's width, if it is told one, when it is made.
    monkeypatch.setattr(console, "width", 200)


def run(file: Path, *arguments: str) -> Result:
    return CliRunner().invoke(
        app, ["examples", "run", str(file), *arguments], catch_exceptions=False
    )


def said(output: str) -> str:
    return " ".join(output.split())


@pytest.fixture
def right(tmp_path: Path) -> Path:
    return kept(tmp_path, story(CONTRACT, HAPPENED, INVOICES))


@pytest.fixture
def wrong(tmp_path: Path) -> Path:
    return kept(
        tmp_path, story(CONTRACT, HAPPENED, INVOICES.replace("12.40 | 124.00", "12.40 | 125.00"))
    )


def test_what_is_as_expected_is_said_and_ends_with_zero(right: Path) -> None:
    result = run(right)

    told = said(result.stdout)
    assert result.exit_code == 0
    assert "Invoice 1 of 2026-01-01, billed" in told
    assert SENTENCE in told
    assert told.endswith("story.md: as expected.")


def test_what_is_not_is_shown_side_by_side_and_ends_with_one(wrong: Path) -> None:
    result = run(wrong)

    told = said(result.stdout)
    assert result.exit_code == 1
    assert "Not as expected in: Invoices as seen on expected found" in told
    assert "amount 125.00 124.00" in told
    assert told.endswith("story.md: 1 row is not as expected.")


def test_a_row_that_is_missing_has_nothing_beside_it(tmp_path: Path) -> None:
    first, _ = INVOICES.split("| 1 | | |")
    result = run(kept(tmp_path, story(CONTRACT, HAPPENED, first)))

    assert result.exit_code == 1
    assert "invoice nothing 1" in said(result.stdout)
    assert "subscription total" in said(result.stdout)


def test_a_file_that_says_nothing_is_only_played(tmp_path: Path) -> None:
    result = run(kept(tmp_path, story(CONTRACT, HAPPENED, SEEN)))

    assert result.exit_code == 0
    assert said(result.stdout).endswith("played; the file does not say what there should be.")


def test_several_rows_are_counted(wrong: Path) -> None:
    wrong.write_text(wrong.read_text().replace("| | | | 124.00 |", "| | | | 125.00 |"))

    assert said(run(wrong).stdout).endswith("2 rows are not as expected.")


def test_a_line_that_is_not_refunded_is_shown_as_such(tmp_path: Path) -> None:
    happened = HAPPENED + "| 2026-01-11 | Notes | 2026-01-11 | 2 seats fewer |\n"

    told = said(run(kept(tmp_path, story(CONTRACT, happened, SEEN))).stdout)

    assert "2 x Notes at 12.40 EUR a month, 2026-01-11 to 2026-01-31" in told
    assert told.count("waived") == 1


def test_further_sheets_are_shown(tmp_path: Path) -> None:
    credits = table(
        "Credits", "request | invoice | line | what", "a | 1 | | all that is left of it"
    )

    result = run(kept(tmp_path, story(CONTRACT, HAPPENED, INVOICES, credits)))

    assert result.exit_code == 0
    assert "a 1 2026-01-01 2026-01-31 -10 -124.00" in said(result.stdout)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (story(HAPPENED, SEEN), "Refused (example_not_understood): story.md: the section"),
        (story(CONTRACT, HAPPENED.replace("10 seats", "ten seats"), SEEN), "'ten seats at 12.40"),
        (story(CONTRACT, HAPPENED.replace("10 seats", "-1 seats"), SEEN), "(negative_quantity)"),
    ],
)
def test_what_cannot_be_read_or_billed_ends_with_two(text: str, why: str, tmp_path: Path) -> None:
    result = run(kept(tmp_path, text))

    assert (result.exit_code, result.stdout) == (2, "")
    assert why in said(result.stderr)


def test_a_file_that_is_not_there_ends_with_two(tmp_path: Path) -> None:
    result = run(tmp_path / "nothing.md")

    assert (result.exit_code, result.stdout) == (2, "")
    assert "nothing.md" in said(result.stderr).replace(" ", "")


def test_one_line_is_shown_step_by_step(wrong: Path) -> None:
    result = run(wrong, "--line", "1/1")

    told = said(result.stdout)
    assert result.exit_code == 0
    assert told.startswith(f"Charge for {SENTENCE}: 124.00 EUR. ├── line 1 of invoice story-00001")
    assert "exact amount 10 x 12.40 EUR x 31/31 = 124" in told
    assert "entry Notes-0 +10: from 2026-01-01 on" in told
    assert "expected" not in told


def test_programs_read_one_line_with_its_tree(right: Path) -> None:
    told = json.loads(run(right, "--line", "1/1", "--json").stdout)

    assert (told["invoice"], told["position"], told["amount"]) == ("story-00001", 1, "124.00")
    assert (told["tree"]["operation"], told["tree"]["value"]) == ("round", "124")


def test_a_line_that_is_not_there_ends_with_two(right: Path) -> None:
    result = run(right, "--line", "2/1")

    assert (result.exit_code, result.stdout) == (2, "")
    assert said(result.stderr).startswith("Refused (no_such_line): there is no line '2/1'")


def test_programs_read_json(wrong: Path) -> None:
    result = run(wrong, "--json")

    told = json.loads(result.stdout)
    (invoice,) = told["invoices"]
    assert result.exit_code == 1
    assert told["file"] == str(wrong)
    assert told["as_expected"] is False
    assert (invoice["invoice"], invoice["dated"], invoice["net"], invoice["total"]) == (
        1,
        "2026-01-01",
        "124.00",
        "124.00",
    )
    (line,) = invoice["lines"]
    assert SENTENCE in line.pop("sentence")
    assert line == {
        "for": "Notes",
        "kind": "charge",
        "first_day": "2026-01-01",
        "last_day": "2026-01-31",
        "quantity": "10",
        "amount": "124.00",
    }
    (difference,) = told["differences"]
    assert difference["table"] == "Invoices as seen on"
    assert (difference["expected"]["amount"], difference["found"]["amount"]) == (
        "125.00",
        "124.00",
    )


def test_json_says_whether_anything_was_compared(right: Path, tmp_path: Path) -> None:
    compared = json.loads(run(right, "--json").stdout)
    held = table("Seats held", "subscription | day | seats", "Notes | 2026-01-01 | 9")
    only_seats = json.loads(
        run(kept(tmp_path, story(CONTRACT, HAPPENED, SEEN, held)), "--json").stdout
    )
    played = json.loads(run(kept(tmp_path, story(CONTRACT, HAPPENED, SEEN)), "--json").stdout)

    assert (compared["as_expected"], played["as_expected"]) == (True, None)
    assert only_seats["tables"] == {
        "Seats held": [{"subscription": "Notes", "day": "2026-01-01", "seats": "10"}]
    }
    assert [one["found"]["seats"] for one in only_seats["differences"]] == ["10"]


def test_it_runs_as_a_command_of_its_own() -> None:
    file = ROOT / "tests" / "worked_examples" / "seats_added_on_the_11th.md"

    result = subprocess.run(
        [sys.executable, "-m", "work365.entrypoints.cli", "examples", "run", str(file)],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
    )

    assert (result.returncode, result.stderr) == (0, "")
    assert said(result.stdout).endswith("as expected.")
