from datetime import date
from pathlib import Path

import pytest

from tests.entrypoints.examples.stories import (
    CONTRACT,
    HAPPENED,
    INVOICES,
    SEEN,
    kept,
    story,
    table,
)
from work365.entrypoints.examples.markdown import NotUnderstood
from work365.entrypoints.examples.reading import Example, read_example


def example_of(folder: Path, *sections: str) -> Example:
    return read_example(kept(folder, story(*sections)))


def test_a_story_and_what_there_should_be(tmp_path: Path) -> None:
    example = example_of(tmp_path, CONTRACT, HAPPENED, INVOICES)

    assert (example.title, example.currency, example.seen_on) == ("story", "EUR", date(2026, 1, 1))
    assert [happening.fact.about for happening in example.happenings] == ["Notes"]
    assert {title: len(sheet.rows) for title, sheet in example.expected.items()} == {
        "Invoices as seen on": 2
    }


def test_a_story_need_not_say_what_there_should_be(tmp_path: Path) -> None:
    example = example_of(tmp_path, CONTRACT, HAPPENED, SEEN)

    assert (example.expected, example.seen_on) == ({}, date(2026, 2, 1))


class TestDays:
    def test_billing_runs_from_the_first_day_to_the_one_that_is_looked_at(
        self, tmp_path: Path
    ) -> None:
        days = list(example_of(tmp_path, CONTRACT, HAPPENED, SEEN).days)

        assert (days[0], days[1], days[-1]) == (
            date(2026, 1, 1),
            date(2026, 1, 2),
            date(2026, 2, 1),
        )
        assert len(days) == 32

    def test_billing_runs_from_the_day_on_which_anything_is_known(self, tmp_path: Path) -> None:
        happened = HAPPENED.replace("| 2026-01-01 | Notes |", "| 2025-12-20 | Notes |")

        assert next(example_of(tmp_path, CONTRACT, happened, SEEN).days) == date(2025, 12, 20)

    def test_what_is_known_later_does_not_delay_the_first_run(self, tmp_path: Path) -> None:
        happened = HAPPENED.replace("| 2026-01-01 | Notes |", "| 2026-01-20 | Notes |")

        assert next(example_of(tmp_path, CONTRACT, happened, SEEN).days) == date(2026, 1, 1)

    def test_nothing_runs_where_no_invoices_are_looked_at(self, tmp_path: Path) -> None:
        assert list(example_of(tmp_path, CONTRACT).days) == []


@pytest.mark.parametrize(
    ("sections", "why"),
    [
        ((HAPPENED, SEEN), "story.md: the section 'Contract' is missing"),
        ((CONTRACT, HAPPENED), "'Invoices as seen on 2026-01-31' is missing; it says up to which"),
        (
            (CONTRACT, HAPPENED, SEEN, "## Notes\n"),
            "section 'Notes': there is no such section; there can be Contract, Everywhere, ",
        ),
        (
            (CONTRACT, HAPPENED, "## Invoices as seen on Monday\n"),
            "'heading': 'Monday': this is no",
        ),
        (
            (CONTRACT, HAPPENED, "## Invoices as seen on 2025-12-31\n"),
            "'Notes' of 2026-01-01 is known only after the invoices are looked at",
        ),
        (
            (CONTRACT, HAPPENED, SEEN, "## Seats held\n"),
            "section 'Seats held': a column is missing",
        ),
        ((CONTRACT, HAPPENED, SEEN, "## Seats held today\n"), "there is no such section"),
        (
            (
                CONTRACT,
                HAPPENED,
                SEEN,
                table("Index figures", "index | month | figure", "A | May | 1"),
            ),
            r"'month': 'May': .* written is:\s+2026-01",
        ),
        ((CONTRACT, HAPPENED, SEEN, table("Discounts", "name | for", "A | B")), "column 'name'"),
    ],
)
def test_what_means_nothing_is_refused(sections: tuple[str, ...], why: str, tmp_path: Path) -> None:
    with pytest.raises(NotUnderstood, match=f"(?s){why}"):
        example_of(tmp_path, *sections)


def test_a_file_that_is_not_there_is_no_story(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        read_example(tmp_path / "nothing.md")
