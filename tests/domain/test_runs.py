from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from work365.domain.periods import Period
from work365.domain.runs import Steps, add_run, runs, runs_within, stacked

Told = list[tuple[int, int, int]]
"""From the first of these days up to the second, so many."""


def march(day: int) -> date:
    return date(2026, 3, 1) + timedelta(days=day - 1)


def days(start: int, end: int) -> Period:
    return Period(march(start), march(end))


def steps_of(*had: tuple[int, int, int]) -> Steps:
    steps: Steps = {}
    for start, end, quantity in had:
        add_run(steps, days(start, end), Decimal(quantity))
    return steps


def told(found: Iterable[tuple[Period, Decimal]]) -> Told:
    return [(run.start.day, run.end.day, int(quantity)) for run, quantity in found]


pieces = st.tuples(st.integers(1, 15), st.integers(0, 15), st.integers(-4, 6)).map(
    lambda drawn: (drawn[0], drawn[0] + drawn[1], drawn[2])
)
lists = st.lists(pieces, max_size=6)


def by_day(found: Told) -> dict[int, int]:
    quantities: dict[int, int] = {}
    for start, end, quantity in found:
        for day in range(start, end):
            quantities[day] = quantities.get(day, 0) + quantity
    return {day: quantity for day, quantity in quantities.items() if quantity}


class TestAddRun:
    def test_is_a_step_up_and_a_step_down(self) -> None:
        assert steps_of((3, 9, 10)) == {march(3): 10, march(9): -10}

    def test_steps_of_one_day_are_one(self) -> None:
        assert steps_of((3, 9, 10), (9, 12, 10)) == {march(3): 10, march(9): 0, march(12): -10}

    def test_days_that_are_none_are_no_step(self) -> None:
        assert steps_of((3, 3, 10)) == {march(3): 0}


class TestRuns:
    @pytest.mark.parametrize(
        ("had", "expected"),
        [
            ([], []),
            ([(3, 9, 0)], []),
            ([(3, 9, 10)], [(3, 9, 10)]),
            ([(3, 9, -10)], [(3, 9, -10)]),
            ([(3, 9, 10), (5, 7, 2)], [(3, 5, 10), (5, 7, 12), (7, 9, 10)]),
            # What touches at one quantity is one run; a day with nothing parts two.
            ([(3, 9, 10), (9, 12, 10)], [(3, 12, 10)]),
            ([(3, 9, 10), (10, 12, 10)], [(3, 9, 10), (10, 12, 10)]),
            ([(10, 12, 1), (3, 9, 10)], [(3, 9, 10), (10, 12, 1)]),
            ([(3, 9, 10), (3, 9, -10)], []),
            ([(3, 9, 10), (5, 12, -10)], [(3, 5, 10), (9, 12, -10)]),
        ],
    )
    def test_are_the_days_on_which_one_quantity_holds(self, had: Told, expected: Told) -> None:
        assert told(runs(steps_of(*had))) == expected

    @given(lists)
    def test_hold_what_adding_up_day_by_day_gives(self, had: Told) -> None:
        found = told(runs(steps_of(*had)))

        assert by_day(found) == by_day(had)
        assert all(start < end and quantity for start, end, quantity in found)

    @given(lists)
    def test_follow_each_other_and_differ_where_they_touch(self, had: Told) -> None:
        found = told(runs(steps_of(*had)))

        for (_, end, quantity), (start, _, following) in pairwise(found):
            assert end < start or (end == start and quantity != following)


class TestRunsWithin:
    @pytest.mark.parametrize(
        ("window", "expected"),
        [
            ((1, 20), [(3, 9, 10), (12, 15, 4)]),
            ((3, 15), [(3, 9, 10), (12, 15, 4)]),
            ((4, 14), [(4, 9, 10), (12, 14, 4)]),
            ((8, 13), [(8, 9, 10), (12, 13, 4)]),
            ((9, 12), []),
            ((1, 3), []),
            ((15, 20), []),
            ((5, 5), []),
        ],
    )
    def test_are_cut_to_the_days_asked_for(self, window: tuple[int, int], expected: Told) -> None:
        steps = steps_of((3, 9, 10), (12, 15, 4))

        assert told(runs_within(steps, days(*window))) == expected


class TestStacked:
    @pytest.mark.parametrize(
        ("had", "expected"),
        [
            ([], []),
            ([(1, 31, 10)], [(1, 31, 10)]),
            # Three more for a while, and one fewer at last.
            (
                [(1, 31, 10), (5, 9, 3), (20, 31, -1)],
                [(5, 9, 3), (1, 20, 1), (1, 31, 9)],
            ),
            # What was had last ends first, in part and then before what was had earlier.
            ([(1, 20, 10), (5, 9, 3), (9, 20, 1)], [(5, 9, 2), (5, 20, 1), (1, 20, 10)]),
            ([(1, 5, 1), (5, 9, 2)], [(5, 9, 1), (1, 9, 1)]),
            ([(1, 5, 1), (7, 9, 2)], [(1, 5, 1), (7, 9, 2)]),
        ],
    )
    def test_are_units_that_are_each_had_without_a_break(self, had: Told, expected: Told) -> None:
        assert told(stacked(steps_of(*had))) == expected

    @given(
        st.lists(
            st.tuples(st.integers(1, 12), st.integers(1, 12), st.integers(1, 5)), max_size=6
        ).map(lambda drawn: [(start, start + length, count) for start, length, count in drawn])
    )
    def test_hold_what_was_had(self, had: Told) -> None:
        found = told(stacked(steps_of(*had)))

        assert by_day(found) == by_day(had)
        assert all(quantity > 0 for _, _, quantity in found)
