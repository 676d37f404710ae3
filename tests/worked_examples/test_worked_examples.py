from decimal import Decimal
from functools import cache
from pathlib import Path

import pytest

from tests.worked_examples.workings import MINUS, TIMES, worked_out
from work365.entrypoints.examples.reading import Example, read_example
from work365.entrypoints.examples.run import play
from work365.entrypoints.examples.sheets import (
    CREDIT_NOTES,
    INVOICES,
    RATED_USAGE,
    TAXES,
    TOTAL,
    WAIVED,
    Kind,
)

FILES = sorted(path for path in Path(__file__).parent.glob("*.md") if path.name != "README.md")
EXAMPLES_MIN = 45

read = cache(read_example)

examples = pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)


def sums_and_totals(example: Example, kind: Kind, *, column: str) -> list[tuple[object, object]]:
    """Return what the rows before each total come to, and the total."""
    found: list[tuple[object, object]] = []
    place = list(kind.columns).index(column)
    so_far = Decimal(0)
    for row in example.expected[kind.heading].rows if kind.heading in example.expected else ():
        if TOTAL in row:
            found.append((so_far, row[place]))
            so_far = Decimal(0)
        elif row[place] != WAIVED:
            so_far += Decimal(str(row[place]))
    return found


@examples
def test_the_working_comes_to_the_amount(path: Path) -> None:
    example = read(path)

    workings = [one for sheet in example.expected.values() for one in sheet.workings]

    assert workings, "the file shows how its amounts come about"
    for one in workings:
        assert worked_out(one.working, like=one.amount) == one.amount, one.where


@examples
def test_every_line_says_how_it_was_worked_out_and_a_waived_one_has_nothing_to_work_out(
    path: Path,
) -> None:
    example = read(path)

    for sheet in example.expected.values():
        if sheet.kind in (INVOICES, CREDIT_NOTES):
            amounts = [row[-1] for row in sheet.rows if TOTAL not in row and row[-1] != WAIVED]
            assert [one.amount for one in sheet.workings] == amounts


@examples
def test_the_total_is_the_sum_of_the_lines(path: Path) -> None:
    example = read(path)

    found = [
        *sums_and_totals(example, INVOICES, column="amount"),
        *sums_and_totals(example, TAXES, column="amount"),
        *sums_and_totals(example, TAXES, column="gross"),
        *sums_and_totals(example, CREDIT_NOTES, column="amount"),
        *sums_and_totals(example, RATED_USAGE, column="owed"),
    ]

    assert found
    for total, said in found:
        assert total == said


@examples
def test_the_story_gives_what_the_file_says(path: Path) -> None:
    played = play(read(path))

    assert played.is_compared
    assert played.differences == {}


def test_there_are_examples() -> None:
    assert len(FILES) >= EXAMPLES_MIN


@pytest.mark.parametrize(
    ("working", "amount"),
    [
        ("10 * 12.40", "124.00"),
        ("3 * 12.40 * 21/31", "25.20"),
        ("-2 * 12.40 * 13/28", "-11.51"),
        ("100.00 / 3 + 1/300", "33.34"),
        ("100.00 - 12.50", "87.50"),
        ("80.00 * (100 % - 15 %)", "68.00"),
        ("4 * round(9.99 * 1/3, 1)", "13.20"),
        ("4 * cut(9.99 * 2/3, 1)", "26.40"),
        ("1/200", "0.01"),
        ("-1/200", "-0.01"),
    ],
)
def test_a_working_is_worked_out_as_people_do(working: str, amount: str) -> None:
    written = working.replace("*", TIMES).replace(" - ", f" {MINUS} ")

    assert worked_out(written, like=Decimal(amount)) == Decimal(amount)


@pytest.mark.parametrize("working", ["3 x 4", "3 * ", "(3 * 4", "3 * 4)", "round(3)", "3 4"])
def test_a_working_that_is_no_sum_is_an_error(working: str) -> None:
    with pytest.raises((AssertionError, IndexError)):
        worked_out(working.replace("*", TIMES), like=Decimal("0.01"))
