from datetime import date, timedelta
from fractions import Fraction
from itertools import islice, pairwise

import pytest
from dateutil.relativedelta import (  # type: ignore[import-untyped]  # it has no type hints
    relativedelta,
)
from hypothesis import given
from hypothesis import strategies as st

from tests.domain.books import days_of
from work365.domain.periods import (
    Cycle,
    OffTheCalendar,
    Period,
    PeriodNotContained,
    calendar_anchor,
    day_after,
    month_after,
)

JANUARY = Period(date(2026, 1, 1), date(2026, 2, 1))
LEAP_DAY = date(2024, 2, 29)

month_ends = st.dates(date(2019, 2, 1), date(2031, 1, 1)).map(
    lambda day: day.replace(day=1) - timedelta(days=1)
)
days = st.one_of(month_ends, st.dates(date(2019, 1, 1), date(2031, 1, 1)))
cycle_lengths = st.sampled_from([1, 2, 3, 5, 6, 12, 36])
cycles = st.builds(Cycle, days, cycle_lengths)


@st.composite
def windows(draw: st.DrawFn) -> Period:
    start = draw(days)
    return Period(start, start + timedelta(days=draw(st.integers(1, 800))))


class TestPeriod:
    def test_its_days_are_counted_without_its_end(self) -> None:
        assert JANUARY.days == 31

    def test_a_period_from_a_day_to_the_same_day_is_empty(self) -> None:
        assert Period(JANUARY.start, JANUARY.start).days == 0

    def test_a_period_cannot_end_before_it_starts(self) -> None:
        with pytest.raises(AssertionError, match="2026-02-01 is after 2026-01-01"):
            Period(JANUARY.end, JANUARY.start)

    def test_is_written_half_open(self) -> None:
        assert str(JANUARY) == "[2026-01-01, 2026-02-01)"


class TestShareOf:
    def test_is_the_part_by_days(self) -> None:
        from_the_11th = Period(date(2026, 1, 11), date(2026, 2, 1))

        assert from_the_11th.share_of(JANUARY) == Fraction(21, 31)

    @pytest.mark.parametrize(
        "part",
        [
            Period(date(2026, 1, 11), date(2026, 2, 2)),
            Period(date(2025, 12, 31), date(2026, 1, 11)),
        ],
        ids=str,
    )
    def test_a_period_that_sticks_out_is_refused(self, part: Period) -> None:
        with pytest.raises(PeriodNotContained):
            part.share_of(JANUARY)

    @given(windows(), st.data())
    def test_shares_add_up_to_one(self, whole: Period, data: st.DataObject) -> None:
        cuts = data.draw(st.sets(st.sampled_from(list(days_of(whole))), max_size=5))
        edges = sorted({whole.start, *cuts, whole.end})

        shares = [Period(start, end).share_of(whole) for start, end in pairwise(edges)]

        assert sum(shares) == 1


class TestMonthAfter:
    @pytest.mark.parametrize(
        ("anchor", "months", "expected"),
        [
            (date(2026, 1, 31), 1, date(2026, 2, 28)),
            (date(2026, 1, 31), 2, date(2026, 3, 31)),
            (date(2024, 1, 30), 1, LEAP_DAY),
            (LEAP_DAY, 12, date(2025, 2, 28)),
            (LEAP_DAY, 48, date(2028, 2, 29)),
            (date(2026, 1, 31), -2, date(2025, 11, 30)),
            (date(2026, 12, 15), 1, date(2027, 1, 15)),
        ],
    )
    def test_keeps_the_day_of_the_anchor_where_the_month_has_it(
        self, anchor: date, months: int, expected: date
    ) -> None:
        assert month_after(anchor, months) == expected

    @given(days, st.integers(-120, 120))
    def test_agrees_with_dateutil(self, anchor: date, months: int) -> None:
        assert month_after(anchor, months) == anchor + relativedelta(months=months)


class TestCycle:
    def test_has_at_least_a_month(self) -> None:
        with pytest.raises(AssertionError):
            Cycle(JANUARY.start, 0)

    def test_comes_back_to_the_day_of_the_anchor_after_a_short_month(self) -> None:
        starts = [Cycle(date(2026, 1, 31), 1).start(index) for index in range(4)]

        assert starts == [
            date(2026, 1, 31),
            date(2026, 2, 28),
            date(2026, 3, 31),
            date(2026, 4, 30),
        ]

    @given(cycles, windows())
    def test_periods_tile(self, cycle: Cycle, window: Period) -> None:
        periods = list(cycle.periods(window))

        assert all(first.end == second.start for first, second in pairwise(periods))
        assert periods[0].start <= window.start < periods[0].end
        assert periods[-1].start < window.end <= periods[-1].end

    @given(cycles, windows())
    def test_periods_have_the_length_that_dateutil_says(self, cycle: Cycle, window: Period) -> None:
        index = cycle.index_on(window.start)

        for number, period in enumerate(cycle.periods(window), start=index):
            months = number * cycle.months
            assert period.start == cycle.anchor + relativedelta(months=months)
            assert period.end == cycle.anchor + relativedelta(months=months + cycle.months)

    def test_an_empty_window_has_no_periods(self) -> None:
        window = Period(JANUARY.start, JANUARY.start)

        assert list(Cycle(JANUARY.start, 1).periods(window)) == []

    @given(cycles, days)
    def test_the_index_of_a_day_is_what_a_linear_search_finds(
        self, cycle: Cycle, day: date
    ) -> None:
        # Twelve years on both sides of the anchor, one period after the other.
        count = 12 * 12 // cycle.months + 1
        found = max(
            index
            for index in range(-count, count + 1)
            if cycle.anchor + relativedelta(months=index * cycle.months) <= day
        )

        assert cycle.index_on(day) == found

    @given(cycles)
    def test_every_day_around_the_leap_day_is_in_one_period(self, cycle: Cycle) -> None:
        around = Period(LEAP_DAY - timedelta(days=3), LEAP_DAY + timedelta(days=4))

        for day in days_of(around):
            index = cycle.index_on(day)
            assert cycle.start(index) <= day < cycle.start(index + 1)

    @given(cycles, days)
    def test_starts_after_a_day_go_on_from_the_first_later_one(
        self, cycle: Cycle, day: date
    ) -> None:
        starts = list(islice(cycle.starts_after(day), 5))

        index = cycle.index_on(day)
        assert starts == [cycle.start(index + number) for number in range(1, 6)]
        assert starts[0] > day


class TestCalendarAnchor:
    @pytest.mark.parametrize(
        ("months", "expected"),
        [
            (1, date(2026, 8, 1)),
            (2, date(2026, 7, 1)),
            (3, date(2026, 7, 1)),
            (6, date(2026, 7, 1)),
            (12, date(2026, 1, 1)),
            (36, date(2026, 1, 1)),
            # The calendar has no periods of five months.
            (5, date(2026, 8, 1)),
        ],
    )
    def test_is_the_start_of_the_calendars_own_period(self, months: int, expected: date) -> None:
        assert calendar_anchor(date(2026, 8, 31), months) == expected

    @given(days, cycle_lengths)
    def test_its_first_period_has_the_day(self, day: date, months: int) -> None:
        anchor = calendar_anchor(day, months)

        assert anchor <= day < month_after(anchor, months)
        assert anchor.day == 1


class TestTheEndOfTheCalendar:
    @pytest.mark.parametrize(("day", "months"), [(date(9999, 12, 1), 1), (date(1, 1, 1), -1)])
    def test_months_beyond_it_are_refused(self, day: date, months: int) -> None:
        with pytest.raises(OffTheCalendar, match="the calendar ends"):
            month_after(day, months)

    def test_days_beyond_it_are_refused(self) -> None:
        with pytest.raises(OffTheCalendar, match="30 days after 9999-12-31"):
            day_after(date(9999, 12, 31), 30)
