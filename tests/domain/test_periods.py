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
    DayCycle,
    MonthEnd,
    OffTheCalendar,
    Period,
    PeriodNotContained,
    bill_cycle_anchor,
    calendar_anchor,
    day_after,
    month_after,
    week_anchor,
)

JANUARY = Period(date(2026, 1, 1), date(2026, 2, 1))
LEAP_DAY = date(2024, 2, 29)

month_ends = st.dates(date(2019, 2, 1), date(2031, 1, 1)).map(
    lambda day: day.replace(day=1) - timedelta(days=1)
)
days = st.one_of(month_ends, st.dates(date(2019, 1, 1), date(2031, 1, 1)))
cycle_lengths = st.sampled_from([1, 2, 3, 5, 6, 12, 36])
cycles = st.builds(Cycle, days, cycle_lengths)
kept_cycles = st.builds(Cycle, days, cycle_lengths, st.just(MonthEnd.KEEP_DISTANCE))
day_cycles = st.builds(DayCycle, days, st.sampled_from([1, 7, 14, 30]))


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

    def test_can_be_told_by_its_last_day(self) -> None:
        assert Period.through(date(2026, 1, 1), date(2026, 1, 31)) == JANUARY

    def test_the_last_day_of_the_calendar_cannot_be_its_last(self) -> None:
        with pytest.raises(OffTheCalendar, match="1 days after 9999-12-31"):
            Period.through(date(2026, 1, 1), date(9999, 12, 31))

    def test_its_last_day_is_the_one_before_its_end(self) -> None:
        assert JANUARY.last_day == date(2026, 1, 31)

    def test_one_without_days_has_no_last_day(self) -> None:
        with pytest.raises(AssertionError, match="has no days"):
            _ = Period(JANUARY.start, JANUARY.start).last_day

    @pytest.mark.parametrize(
        ("part", "expected"),
        [
            (JANUARY, True),
            (Period(date(2026, 1, 1), date(2026, 1, 2)), True),
            (Period(date(2026, 1, 31), date(2026, 2, 1)), True),
            (Period(date(2025, 12, 31), date(2026, 2, 1)), False),
            (Period(date(2026, 1, 1), date(2026, 2, 2)), False),
        ],
        ids=str,
    )
    def test_contains_what_has_no_day_outside(self, part: Period, expected: bool) -> None:
        assert JANUARY.contains(part) is expected

    @pytest.mark.parametrize(
        ("other", "expected"),
        [
            (
                Period(date(2025, 12, 5), date(2026, 1, 9)),
                Period(date(2026, 1, 1), date(2026, 1, 9)),
            ),
            (
                Period(date(2026, 1, 9), date(2026, 3, 1)),
                Period(date(2026, 1, 9), date(2026, 2, 1)),
            ),
            (Period(date(2025, 1, 1), date(2027, 1, 1)), JANUARY),
            # Nothing in common: no days, at the later of the two starts.
            (
                Period(date(2026, 3, 1), date(2026, 4, 1)),
                Period(date(2026, 3, 1), date(2026, 3, 1)),
            ),
            (
                Period(date(2025, 3, 1), date(2025, 4, 1)),
                Period(date(2026, 1, 1), date(2026, 1, 1)),
            ),
        ],
        ids=str,
    )
    def test_overlaps_in_the_days_of_both(self, other: Period, expected: Period) -> None:
        assert JANUARY.overlap(other) == expected


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
        with pytest.raises(PeriodNotContained) as refused:
            part.share_of(JANUARY)

        assert str(refused.value) == f"{part} is not within [2026-01-01, 2026-02-01)"

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

    def test_clamps_where_nothing_else_is_said(self) -> None:
        assert Cycle(JANUARY.start, 1).month_end is MonthEnd.CLAMP

    def test_a_period_is_told_by_its_index(self) -> None:
        assert Cycle(date(2026, 1, 31), 1).period(1) == Period(date(2026, 2, 28), date(2026, 3, 31))

    def test_a_period_is_told_by_a_day_in_it(self) -> None:
        quarters = Cycle(date(2026, 1, 31), 3)

        assert quarters.period_on(date(2026, 4, 29)) == quarters.period(0)
        assert quarters.period_on(date(2026, 4, 30)) == quarters.period(1)

    @pytest.mark.parametrize(
        ("day", "expected"),
        [
            (date(2026, 4, 29), date(2026, 4, 30)),
            (date(2026, 4, 30), date(2026, 4, 30)),
            (date(2026, 5, 1), date(2026, 5, 31)),
        ],
        ids=str,
    )
    def test_the_first_start_from_a_day_on_may_be_that_day(self, day: date, expected: date) -> None:
        assert Cycle(date(2026, 1, 31), 1).start_from(day) == expected

    @given(st.one_of(cycles, kept_cycles), windows())
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

    @given(st.one_of(cycles, kept_cycles))
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


class TestMonthEnd:
    @pytest.mark.parametrize(
        ("anchor", "expected"),
        [
            (date(2026, 8, 31), [date(2026, 9, 30), date(2026, 10, 31), date(2027, 2, 28)]),
            (date(2026, 8, 30), [date(2026, 9, 29), date(2026, 10, 30), date(2027, 2, 27)]),
            (date(2026, 8, 29), [date(2026, 9, 28), date(2026, 10, 29), date(2027, 2, 26)]),
            # Three days from the end of its month: clamped like any other.
            (date(2026, 8, 28), [date(2026, 9, 28), date(2026, 10, 28), date(2027, 2, 28)]),
            (date(2026, 2, 28), [date(2026, 3, 31), date(2026, 4, 30), date(2026, 8, 31)]),
            (LEAP_DAY, [date(2024, 3, 31), date(2024, 4, 30), date(2024, 8, 31)]),
            (date(2024, 2, 26), [date(2024, 3, 26), date(2024, 4, 26), date(2024, 8, 26)]),
        ],
        ids=str,
    )
    def test_an_anchor_at_month_end_keeps_its_distance(
        self, anchor: date, expected: list[date]
    ) -> None:
        cycle = Cycle(anchor, 1, MonthEnd.KEEP_DISTANCE)

        assert [cycle.start(index) for index in (1, 2, 6)] == expected
        assert cycle.start(0) == anchor

    @pytest.mark.parametrize(
        ("rule", "anchor", "expected"),
        [
            (MonthEnd.KEEP_DISTANCE, date(2026, 2, 26), MonthEnd.KEEP_DISTANCE),
            (MonthEnd.KEEP_DISTANCE, date(2026, 2, 25), MonthEnd.CLAMP),
            (MonthEnd.CLAMP, date(2026, 2, 26), MonthEnd.CLAMP),
        ],
    )
    def test_distance_is_only_kept_for_an_anchor_that_is_near(
        self, rule: MonthEnd, anchor: date, expected: MonthEnd
    ) -> None:
        assert rule.holding_for(anchor) is expected


class TestDayCycle:
    def test_has_at_least_a_day(self) -> None:
        with pytest.raises(AssertionError):
            DayCycle(JANUARY.start, 0)

    def test_thirty_days_are_never_a_month(self) -> None:
        cycle = DayCycle(JANUARY.start, 30)

        assert cycle.period(1) == Period(date(2026, 1, 31), date(2026, 3, 2))
        assert cycle.start(-1) == date(2025, 12, 2)

    @pytest.mark.parametrize(
        ("day", "index"),
        [
            (date(2025, 12, 31), -1),
            (date(2026, 1, 1), 0),
            (date(2026, 1, 30), 0),
            (date(2026, 1, 31), 1),
            (date(2026, 3, 1), 1),
            (date(2026, 3, 2), 2),
        ],
        ids=str,
    )
    def test_a_day_is_in_the_period_that_has_begun_last(self, day: date, index: int) -> None:
        cycle = DayCycle(JANUARY.start, 30)

        assert cycle.index_on(day) == index
        assert cycle.period_on(day) == cycle.period(index)

    @given(day_cycles, windows())
    def test_periods_tile(self, cycle: DayCycle, window: Period) -> None:
        periods = list(cycle.periods(window))

        assert all(first.end == second.start for first, second in pairwise(periods))
        assert {period.days for period in periods} == {cycle.days}
        assert periods[0].start <= window.start < periods[0].end
        assert periods[-1].start < window.end <= periods[-1].end

    def test_off_the_calendar_is_refused(self) -> None:
        with pytest.raises(OffTheCalendar):
            DayCycle(date(9999, 12, 31), 7).start(1)


class TestBillCycleAnchor:
    @pytest.mark.parametrize(
        ("start", "day", "months", "expected"),
        [
            (date(2026, 7, 20), 5, 1, date(2026, 7, 5)),
            (date(2026, 7, 20), 20, 12, date(2026, 7, 20)),
            (date(2026, 7, 20), 31, 3, date(2026, 7, 31)),
            # April has no 31st: the month before has, and so has the quarter before.
            (date(2026, 4, 20), 31, 1, date(2026, 3, 31)),
            (date(2026, 4, 20), 31, 3, date(2026, 1, 31)),
            # No February has a 30th: the one of a leap year is as near as can be.
            (date(2026, 2, 3), 30, 12, date(2024, 2, 29)),
            (date(2026, 2, 3), 29, 12, date(2024, 2, 29)),
            (date(2026, 2, 3), 28, 12, date(2026, 2, 28)),
            # No April has a 31st, so there is none in whole years either.
            (date(2026, 4, 1), 31, 12, date(2026, 4, 30)),
            # The fifth period back is the first in a month of 31 days, twelve years before.
            (date(2026, 2, 10), 31, 29, date(2014, 1, 31)),
            (date(2026, 6, 10), 31, 133, date(2015, 5, 31)),
            # Of the seven periods before, with 2100 among them, only the first has a leap day.
            (date(2103, 2, 3), 29, 12, date(2096, 2, 29)),
            # Eight years without a leap day around 2100: only the fourth period back has one.
            (date(2100, 2, 3), 29, 36, date(2088, 2, 29)),
            # Before year 1 there is nothing to go back to.
            (date(1, 2, 5), 31, 1, date(1, 1, 31)),
            (date(1, 2, 5), 31, 2, date(1, 2, 28)),
            (date(1, 2, 5), 31, 3, date(1, 2, 28)),
        ],
        ids=str,
    )
    def test_is_on_the_day_in_a_month_that_has_it(
        self, start: date, day: int, months: int, expected: date
    ) -> None:
        assert bill_cycle_anchor(start, day, months) == expected

    def test_counts_months_where_nothing_else_is_said(self) -> None:
        assert bill_cycle_anchor(date(2026, 4, 20), 31) == date(2026, 3, 31)

    @pytest.mark.parametrize("day", [0, 32])
    def test_a_day_that_no_month_has_is_not_asked_for(self, day: int) -> None:
        with pytest.raises(AssertionError):
            bill_cycle_anchor(JANUARY.start, day)

    @given(days, st.integers(1, 31), st.one_of(cycle_lengths, st.integers(1, 144)))
    def test_its_cycle_starts_on_the_day_or_on_the_last_one_of_each_month(
        self, start: date, day: int, months: int
    ) -> None:
        cycle = Cycle(bill_cycle_anchor(start, day, months), months)

        begins = [begin for begin in (cycle.start(n) for n in range(-3, 30)) if begin.year < 2040]
        month = (start.year * 12 + start.month) % months
        assert {(begin.year * 12 + begin.month) % months for begin in begins} == {month}
        for begin in begins:
            following = begin + timedelta(days=1)
            assert begin.day == day or (begin.day < day and following.day == 1)


class TestWeekAnchor:
    @pytest.mark.parametrize("day", range(13, 20))
    def test_is_the_monday(self, day: int) -> None:
        assert week_anchor(date(2026, 7, day)) == date(2026, 7, 13)

    def test_the_first_week_of_the_calendar_starts_with_it(self) -> None:
        assert week_anchor(date(1, 1, 7)) == date(1, 1, 1)


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
    @pytest.mark.parametrize(
        ("day", "months", "told"),
        [
            (date(9999, 12, 1), 1, "1 months after 9999-12-01"),
            (date(1, 1, 1), -1, "1 months before 0001-01-01"),
        ],
    )
    def test_months_beyond_it_are_refused(self, day: date, months: int, told: str) -> None:
        with pytest.raises(OffTheCalendar, match=f"^{told}, the calendar ends"):
            month_after(day, months)

    def test_its_first_and_its_last_month_are_on_it(self) -> None:
        assert month_after(date(9999, 11, 30), 1) == date(9999, 12, 30)
        assert month_after(date(1, 2, 28), -1) == date(1, 1, 28)

    def test_days_beyond_it_are_refused(self) -> None:
        with pytest.raises(OffTheCalendar, match="30 days after 9999-12-31"):
            day_after(date(9999, 12, 31), 30)
