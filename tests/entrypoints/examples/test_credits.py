from pathlib import Path

import pytest

from tests.entrypoints.examples.stories import CONTRACT, HAPPENED, kept, story, table
from tests.entrypoints.examples.stories import SEEN as SEEN_IN_FEBRUARY
from work365.entrypoints.examples.markdown import NotUnderstood
from work365.entrypoints.examples.reading import read_example
from work365.entrypoints.examples.run import play
from work365.entrypoints.examples.sheets import CREDIT_NOTES, Cells

SEEN = "## Invoices as seen on 2026-01-01\n"


def credits_of(folder: Path, *rows: str) -> list[Cells]:
    credits = table("Credits", "request | invoice | line | what", *rows)
    played = play(read_example(kept(folder, story(CONTRACT, HAPPENED, SEEN, credits))))
    return [row for sheet in played.found if sheet.kind is CREDIT_NOTES for row in sheet.rows]


def credits_after(fewer: str, folder: Path, row: str) -> None:
    """Credit by `row` after there were `fewer` seats on 11 January."""
    happened = HAPPENED + f"| 2026-01-11 | Notes | 2026-01-11 | {fewer} |\n"
    credits = table("Credits", "request | invoice | line | what", row)
    contract = CONTRACT + "| refunds | given |\n"
    play(read_example(kept(folder, story(contract, happened, SEEN_IN_FEBRUARY, credits))))


def amounts(rows: list[Cells]) -> list[tuple[str, str, str]]:
    return [(str(row[0]), str(row[-2]), str(row[-1])) for row in rows]


def test_seats_money_and_the_rest_are_given_back(tmp_path: Path) -> None:
    rows = credits_of(
        tmp_path,
        "a | 1 | 1 | 2 seats from 2026-01-11 to 2026-01-31",
        "b | 1 | 1 | 10.00 without seats",
        "c | 1 | | all that is left of it",
    )

    # 2 x 21 of 310 seat days of 124.00 are 16.80; 100 of 310 are 40.00.
    assert amounts(rows) == [
        ("a", "-2", "-16.80"),
        ("total", "", "-16.80"),
        ("b", "0", "-10.00"),
        ("total", "", "-10.00"),
        ("c", "-10", "-40.00"),
        ("c", "-8", "-57.20"),
        ("total", "", "-97.20"),
    ]


def test_what_billing_credited_is_not_left_to_give_back(tmp_path: Path) -> None:
    with pytest.raises(NotUnderstood, match=r"107\.21 EUR cannot be credited where 107\.20 EUR"):
        credits_after("2 seats fewer, refunded", tmp_path, "a | 1 | 1 | 107.21 without seats")


def test_a_waived_line_has_nothing_to_give_back(tmp_path: Path) -> None:
    with pytest.raises(NotUnderstood, match=r"column 'line': '1'.* its -2 units were waived"):
        credits_after("2 seats fewer", tmp_path, "a | 2 | 1 | 10.00 without seats")


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ("a | 2 | 1 | 10.00 without seats", "no invoice 2 .*; the last one is 1"),
        ("a | 1 | 2 | 10.00 without seats", "invoice 1 has the lines 1 to 1; write the number"),
        ("a | 1 | 0 | 10.00 without seats", "invoice 1 has the lines 1 to 1"),
        ("a | 1 | | 10.00 without seats", "invoice 1 has the lines 1 to 1"),
        ("a | 1 | 1 | 125.00 without seats", "125.00 EUR cannot be credited where 124.00 EUR"),
        ("a | 1 | 1 | 11 seats from 2026-01-11 to 2026-01-31", "are 1 more than is left"),
        ("a | 1 | 1 | something", r"all that is left of it;\s+2 seats from"),
        ("a | one | 1 | 10.00 without seats", "no whole number"),
    ],
)
def test_what_cannot_be_given_back_is_refused(row: str, why: str, tmp_path: Path) -> None:
    with pytest.raises(NotUnderstood, match=rf"(?s)section 'Credits', row 1 .*{why}"):
        credits_of(tmp_path, row)


def test_without_an_invoice_there_is_nothing_to_credit(tmp_path: Path) -> None:
    credits = table(
        "Credits", "request | invoice | line | what", "a | 1 | | all that is left of it"
    )

    with pytest.raises(NotUnderstood, match="the last one is 0"):
        play(read_example(kept(tmp_path, story(CONTRACT, credits))))
