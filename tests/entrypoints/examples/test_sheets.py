from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from tests.entrypoints.examples.stories import INVOICES as WRITTEN
from tests.entrypoints.examples.stories import kept
from work365.entrypoints.examples.markdown import NotUnderstood, sections_of
from work365.entrypoints.examples.sheets import (
    ACCOUNT_CREDIT,
    INVOICES,
    WAIVED,
    Cells,
    Difference,
    Sheet,
    differences,
    read_sheet,
)


def sheet_of(folder: Path, text: str) -> Sheet:
    (section,) = sections_of(kept(folder, text)).values()
    return read_sheet(section, INVOICES)


def test_rows_are_read_by_the_kind_of_their_columns(tmp_path: Path) -> None:
    sheet = sheet_of(tmp_path, WRITTEN)

    day, last = date(2026, 1, 1), date(2026, 1, 31)
    assert sheet.rows == (
        (1, day, "billed", "Notes", day, last, Decimal(10), Decimal(124)),
        (1, "", "", "total", "", "", "", Decimal(124)),
    )


def test_workings_are_kept_with_their_amounts(tmp_path: Path) -> None:
    (working,) = sheet_of(tmp_path, WRITTEN).workings

    assert (working.working[:2], working.amount) == ("10", Decimal("124.00"))
    assert working.where == "story.md, section 'Invoices as seen on 2026-01-01', row 1 (line 5)"


def test_a_waived_line_has_a_word_for_its_amount(tmp_path: Path) -> None:
    written = WRITTEN.replace(WRITTEN[WRITTEN.index("10 | 10") + 5 : WRITTEN.index(" | 124")], "")
    sheet = sheet_of(tmp_path, written.replace("124.00 |\n| 1 | |", "waived |\n| 1 | |"))

    assert sheet.rows[0][-1] == WAIVED
    assert sheet.workings == ()


@pytest.mark.parametrize(
    ("right", "wrong", "why"),
    [
        ("| invoice |", "| number |", "the column 'number' means nothing"),
        ("| 124.00 |", "| free |", r"what can be written is:\s+waived;\s+12.40"),
        ("| 1 | 2026-01-01", "| one | 2026-01-01", "no whole number"),
        ("| billed |", "| |", "it is empty"),
    ],
)
def test_what_means_nothing_is_refused(right: str, wrong: str, why: str, tmp_path: Path) -> None:
    assert right in WRITTEN
    with pytest.raises(NotUnderstood, match=f"(?s){why}"):
        sheet_of(tmp_path, WRITTEN.replace(right, wrong))


class TestDifferences:
    FIRST: Cells = ("invoice 2", 1, Decimal("10.00"))
    SECOND: Cells = ("invoice 3", 1, Decimal("20.00"))
    THIRD: Cells = ("left", 1, Decimal("30.00"))

    def told(self, expected: tuple[Cells, ...], found: tuple[Cells, ...]) -> list[Difference]:
        return differences(Sheet(ACCOUNT_CREDIT, expected), Sheet(ACCOUNT_CREDIT, found))

    def test_the_same_rows_have_none(self) -> None:
        same: Cells = ("invoice 2", 1, Decimal(10))

        assert self.told((self.FIRST,), (same,)) == []

    def test_a_row_that_differs_stands_beside_what_was_found(self) -> None:
        other: Cells = ("invoice 3", 1, Decimal("20.01"))

        told = self.told((self.FIRST, self.SECOND), (self.FIRST, other))

        assert told == [Difference(self.SECOND, other)]

    def test_a_missing_row_does_not_move_those_after_it(self) -> None:
        told = self.told((self.FIRST, self.SECOND, self.THIRD), (self.FIRST, self.THIRD))

        assert told == [Difference(self.SECOND, None)]

    def test_a_row_too_many_has_nothing_beside_it(self) -> None:
        told = self.told((self.FIRST, self.THIRD), (self.FIRST, self.SECOND, self.THIRD))

        assert told == [Difference(None, self.SECOND)]

    def test_the_order_counts(self) -> None:
        assert self.told((self.FIRST, self.SECOND), (self.SECOND, self.FIRST)) != []
