from pathlib import Path

import pytest

from tests.entrypoints.examples.stories import CONTRACT, kept, story, table
from work365.entrypoints.examples.markdown import NotUnderstood
from work365.entrypoints.examples.reading import read_example
from work365.entrypoints.examples.run import play
from work365.entrypoints.examples.sheets import RATED_USAGE

BESIDE = (
    CONTRACT,
    table("Price models", "name | price", "Hours | each at 2.00", "Boxes | packages of 10 at 5.00"),
    table("Rate card", "meter | from | priced by", "H | 2026-01-01 | Hours"),
)


def rated_of(folder: Path, *rows: str, spending: tuple[str, ...] = ()) -> list[list[str]]:
    sections = [*BESIDE, table("Usage to rate", "period | units | priced by", *rows)]
    if spending:
        sections.append(table("Spending", "term | value", *spending))
    played = play(read_example(kept(folder, story(*sections))))
    return [
        [str(row[0]), str(row[1]), str(row[2]), str(row[-1])]
        for sheet in played.found
        if sheet.kind is RATED_USAGE
        for row in sheet.rows
    ]


def test_lines_of_a_period_are_rated_one_after_the_other(tmp_path: Path) -> None:
    rows = rated_of(tmp_path, "May | 12 | Boxes", "May | 9 | Boxes", "June | 4 | Boxes")

    # 12 units begin two packages, and 21 a third one.
    assert rows == [
        ["May", "package", "2", "10.00"],
        ["May", "package", "1", "5.00"],
        ["May", "total", "", "15.00"],
        ["June", "package", "1", "5.00"],
        ["June", "total", "", "5.00"],
    ]


def test_spending_is_looked_at_over_all_lines_of_a_period(tmp_path: Path) -> None:
    spending = ("discount | 10 %", "at least | 50.00", "at most | 80.00")

    rows = rated_of(
        tmp_path, "May | 20 | Hours", "June | 30 | Hours", "June | 30 | Hours", spending=spending
    )

    assert rows == [
        ["May", "unit", "20", "36.00"],
        ["May", "minimum-spend", "1", "14.00"],
        ["May", "total", "", "50.00"],
        ["June", "unit", "30", "54.00"],
        ["June", "unit", "30", "26.00"],
        ["June", "total", "", "80.00"],
    ]


def test_a_price_may_come_from_the_rate_card(tmp_path: Path) -> None:
    rows = rated_of(tmp_path, "May | 3 | the rate card for H on 2026-05-31")

    assert rows[0] == ["May", "unit", "3", "6.00"]


@pytest.mark.parametrize(
    ("row", "spending", "why"),
    [
        ("May | 3 | Days", (), "no price model has the name 'Days'"),
        ("May | 3 | the rate card for H on 2025-12-31", (), "meter 'H' has no price on 2025-12-31"),
        ("May | -3 | Hours", (), "quantity -3 of a period is negative"),
        ("May | 3 | Hours", ("at least | a lot",), "'Spending', row 1 .*no number"),
        ("May | 3 | Hours", ("discount | 10",), r"what can be written is:\s+10 %"),
        ("May | 3 | Hours", ("at best | 10",), "write at least or at most or discount"),
        ("May | 3 | Hours", ("at least | 10", "at most | 5"), "'Spending': the minimum 10 is more"),
    ],
)
def test_what_cannot_be_rated_is_refused(
    row: str, spending: tuple[str, ...], why: str, tmp_path: Path
) -> None:
    with pytest.raises(NotUnderstood, match=f"(?s){why}"):
        rated_of(tmp_path, row, spending=spending)
