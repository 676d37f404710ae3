from collections.abc import Callable, Iterable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from work365.entrypoints.examples import (
    agreements,
    contract_terms,
    credits,
    currencies,
    discounts,
    happenings,
    list_prices,
    openings,
    prices,
    taxes,
)
from work365.entrypoints.examples.words import (
    Meaningless,
    Phrase,
    after_last_day,
    day,
    days,
    merged,
    months,
    named,
    number,
    one_of,
    one_phrase,
    optional,
    several_phrases,
    text,
    whole,
)

MODULES = (
    agreements,
    contract_terms,
    credits,
    currencies,
    discounts,
    happenings,
    list_prices,
    openings,
    prices,
    taxes,
)


def phrases_of(values: Iterable[object]) -> list[Phrase[Any]]:
    found: list[Phrase[Any]] = []
    for value in values:
        if isinstance(value, Phrase):
            found.append(value)
        elif isinstance(value, tuple):
            found += phrases_of(value)
    return found


ALL = {
    phrase.says: phrase for module in MODULES for phrase in phrases_of(vars(module).values())
}.values()


@pytest.mark.parametrize("phrase", ALL, ids=lambda phrase: phrase.says.partition(" (")[0])
def test_what_people_are_told_that_they_can_write_can_be_read(phrase: Phrase[Any]) -> None:
    example, _, _ = phrase.says.partition(" (")

    one_phrase([phrase])(example)


def test_many_phrases_were_found() -> None:
    assert len(ALL) > 60


class TestPhrases:
    READ = staticmethod(
        one_phrase([Phrase("2 apples", r"(\d+) apples?", int), Phrase("none", "none", lambda: 0)])
    )

    def test_the_first_that_fits_is_meant(self) -> None:
        assert [self.READ("2 apples"), self.READ("1 apple"), self.READ("none")] == [2, 1, 0]

    @pytest.mark.parametrize("written", ["2 pears", "2 apples more", " none", ""])
    def test_what_fits_none_is_told_what_would(self, written: str) -> None:
        with pytest.raises(Meaningless, match=r"what can be written is:\s+2 apples;\s+none"):
            self.READ(written)

    def test_several_are_read_one_by_one(self) -> None:
        read = several_phrases([Phrase("a1", r"a(\d)", int)])

        assert [read("a1, a2"), read("a3"), read("")] == [[1, 2], [3], []]

    def test_what_stands_between_several_can_be_chosen(self) -> None:
        read = several_phrases([Phrase("a1", r"a(\d)", int)], between="; ")

        assert read("a1; a2") == [1, 2]

    def test_one_of_a_few_words(self) -> None:
        read = one_of({"yes": True, "no": False})

        assert read("no") is False
        with pytest.raises(Meaningless, match="write yes or no"):
            read("perhaps")

    def test_the_name_of_a_thing(self) -> None:
        assert named({"A": 1}, "price model")("A") == 1
        with pytest.raises(Meaningless, match="no price model has the name 'B'; there is A"):
            named({"A": 1}, "price model")("B")
        with pytest.raises(Meaningless, match="there is none"):
            named({}, "price model")("B")


@pytest.mark.parametrize(
    ("reader", "written", "read"),
    [
        (text, "Notes", "Notes"),
        (day, "2026-01-31", date(2026, 1, 31)),
        (after_last_day, "2026-01-31", date(2026, 2, 1)),
        (number, "12.40", Decimal("12.40")),
        (number, "-3", Decimal(-3)),
        (whole, "3", 3),
        (whole, "-3", -3),
        (months, "every 3 months", 3),
        (months, "every 1 month", 1),
        (days, "5 days", 5),
        (days, "1 day", 1),
        (optional(number), "", None),
        (optional(number), "2", Decimal(2)),
    ],
)
def test_a_cell_is_read(reader: Callable[[str], object], written: str, read: object) -> None:
    assert reader(written) == read


@pytest.mark.parametrize(
    ("reader", "written", "why"),
    [
        (text, "", "it is empty; write a name"),
        (day, "2026-02-30", "no day; write one such as 2026-01-31"),
        (day, "31.01.2026", "no day"),
        (number, "twelve", "no number; write one such as 12.40"),
        (number, "NaN", "no number"),
        (number, "1.2.3", "no number"),
        (whole, "1.5", "no whole number; write one such as 3"),
        (months, "every month", r"what can be written is:\s+every 3 months"),
        (months, "every 0 months", "nothing every 0 months"),
        (days, "five days", r"what can be written is:\s+5 days"),
    ],
)
def test_what_cannot_be_read_says_how_it_is_written(
    reader: Callable[[str], object], written: str, why: str
) -> None:
    with pytest.raises(Meaningless, match=f"(?s){why}"):
        reader(written)


def test_fields_are_put_together_and_said_once() -> None:
    assert merged([{"a": 1}, {"b": 2}]) == {"a": 1, "b": 2}
    with pytest.raises(Meaningless, match="the same is said twice"):
        merged([{"a": 1}, {"a": 1}])
