from datetime import date, timedelta
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from work365.domain.day_counts import (
    DayCount,
    Measured,
    days_of_30,
    days_with_fixed_month,
    months_of,
    prorated_months,
)
from work365.domain.periods import Cycle, MonthEnd, Period, PeriodNotContained

MARCH = Period(date(2026, 3, 1), date(2026, 4, 1))
QUARTER = Period(date(2026, 1, 1), date(2026, 4, 1))
YEAR = Period(date(2026, 1, 1), date(2027, 1, 1))
FEBRUARY = Period(date(2026, 2, 1), date(2026, 3, 1))

cuttable = [
    day_count
    for day_count in DayCount
    # These count what is begun, or count from where a part starts.
    if day_count
    not in {
        DayCount.BEGUN_MONTHS,
        DayCount.WHOLE_MONTHS,
        DayCount.MONTHS_THEN_DAYS,
        DayCount.FIXED_30,
        DayCount.ACTUAL_OVER_30,
        DayCount.NONE,
    }
]


def days(start: tuple[int, int], end: tuple[int, int], year: int = 2026) -> Period:
    return Period(date(year, *start), date(year, *end))


def months(
    day_count: DayCount,
    part: Period,
    whole: Period,
    whole_months: int,
    price_months: int = 1,
    month_end: MonthEnd = MonthEnd.CLAMP,
) -> Fraction:
    return months_of(Measured(part, whole, whole_months, price_months, month_end), day_count)


class TestMonthsOf:
    @pytest.mark.parametrize(
        ("day_count", "part", "whole", "whole_months", "expected"),
        [
            (DayCount.ACTUAL, days((3, 20), (4, 1)), MARCH, 1, Fraction(12, 31)),
            (DayCount.ACTUAL, days((2, 10), (4, 1)), QUARTER, 3, Fraction(50 * 3, 90)),
            (DayCount.SECOND, days((2, 10), (4, 1)), QUARTER, 3, Fraction(50 * 3, 90)),
            (DayCount.ACTUAL_OVER_30, days((3, 20), (4, 1)), MARCH, 1, Fraction(12, 30)),
            (DayCount.ACTUAL_OVER_30, days((3, 2), (4, 1)), MARCH, 1, Fraction(1)),
            (DayCount.ACTUAL_OVER_30, days((1, 2), (4, 1)), QUARTER, 3, Fraction(89, 30)),
            (DayCount.ACTUAL_OVER_365, days((3, 20), (4, 1)), MARCH, 1, Fraction(144, 365)),
            (DayCount.STRICT_30_360, days((3, 20), (4, 1)), MARCH, 1, Fraction(11, 30)),
            (DayCount.STRICT_30_360, days((2, 10), (4, 1)), QUARTER, 3, Fraction(51, 30)),
            (DayCount.FIXED_30, days((3, 20), (4, 1)), MARCH, 1, Fraction(11, 30)),
            (DayCount.FIXED_30, days((2, 10), (2, 15)), QUARTER, 3, Fraction(5, 30)),
            (DayCount.START_MONTH, days((3, 20), (4, 1)), MARCH, 1, Fraction(12, 31)),
            (DayCount.WHOLE_MONTHS, days((1, 20), (12, 5)), YEAR, 12, Fraction(10)),
            (DayCount.WHOLE_MONTHS, days((1, 20), (2, 28)), YEAR, 12, Fraction(0)),
            (DayCount.BEGUN_MONTHS, days((1, 20), (12, 5)), YEAR, 12, Fraction(12)),
            (DayCount.BEGUN_MONTHS, days((2, 1), (3, 1)), YEAR, 12, Fraction(1)),
            (DayCount.BEGUN_MONTHS, days((2, 28), (3, 2)), YEAR, 12, Fraction(2)),
            (DayCount.NONE, days((3, 31), (4, 1)), MARCH, 1, Fraction(1)),
            (DayCount.NONE, days((3, 31), (4, 1)), QUARTER, 3, Fraction(3)),
        ],
    )
    def test_counts_as_the_rule_says(
        self,
        day_count: DayCount,
        part: Period,
        whole: Period,
        whole_months: int,
        expected: Fraction,
    ) -> None:
        assert months(day_count, part, whole, whole_months) == expected

    @pytest.mark.parametrize("day_count", [*DayCount], ids=str)
    def test_the_whole_is_all_of_its_months(self, day_count: DayCount) -> None:
        # A year's price spread over its days is the one that says otherwise.
        expected = Fraction(28 * 12, 365) if day_count is DayCount.ACTUAL_OVER_365 else 1

        assert months(day_count, FEBRUARY, FEBRUARY, 1) == expected

    @pytest.mark.parametrize("day_count", [*DayCount], ids=str)
    def test_no_days_are_nothing(self, day_count: DayCount) -> None:
        assert months(day_count, days((3, 9), (3, 9)), MARCH, 1) == 0

    @pytest.mark.parametrize("day_count", [*DayCount], ids=str)
    def test_days_outside_of_the_whole_are_refused(self, day_count: DayCount) -> None:
        with pytest.raises(PeriodNotContained, match=r"2026-04-02\) is not within \[2026-03-01"):
            months(day_count, days((3, 9), (4, 2)), MARCH, 1)

    @given(st.sampled_from(cuttable), st.sets(st.integers(1, 364), max_size=5))
    def test_parts_add_up_to_the_whole(self, day_count: DayCount, cuts: set[int]) -> None:
        edges = [YEAR.start + timedelta(days=day) for day in sorted({0, *cuts, 365})]

        parts = [months(day_count, Period(*edge), YEAR, 12) for edge in pairwise(edges)]

        assert sum(parts) == 12


class TestProratedMonths:
    @pytest.mark.parametrize(
        ("day_count", "expected"),
        [
            (DayCount.ACTUAL, Fraction(1)),
            (DayCount.ACTUAL_OVER_30, Fraction(28, 30)),
            (DayCount.STRICT_30_360, Fraction(1)),
        ],
    )
    def test_counts_a_whole_period_like_a_part(
        self, day_count: DayCount, expected: Fraction
    ) -> None:
        asked = Measured(FEBRUARY, FEBRUARY, 1, 1, MonthEnd.CLAMP)

        assert prorated_months(asked, day_count) == expected


class TestStrict30:
    @pytest.mark.parametrize(
        ("part", "expected"),
        [
            (days((1, 1), (2, 1)), 30),
            (days((1, 1), (1, 31)), 30),
            (days((1, 31), (2, 1)), 0),
            (days((1, 30), (2, 1)), 1),
            (days((2, 27), (3, 1)), 4),
            (days((2, 1), (2, 28)), 27),
            (days((4, 5), (4, 20)), 15),
            (Period(date(2025, 12, 16), date(2026, 1, 16)), 30),
        ],
        ids=str,
    )
    def test_every_month_has_thirty_days(self, part: Period, expected: int) -> None:
        assert days_of_30(part) == expected

    def test_a_clamped_period_is_never_more_than_the_whole(self) -> None:
        # From the last of February, counted as its 28th, to the 31st of March, a day missing.
        whole = Period(date(2026, 2, 28), date(2026, 3, 31))

        assert months(DayCount.STRICT_30_360, days((2, 28), (3, 30)), whole, 1) == 1


class TestFixedMonth:
    @pytest.mark.parametrize(
        ("part", "month_days", "expected"),
        [
            (days((5, 2), (5, 31)), 30, 29),
            (days((5, 2), (6, 1)), 30, 29),
            (days((2, 20), (3, 7)), 30, 17),
            (days((2, 20), (3, 7)), 28, 15),
            (Period(date(2025, 5, 2), date(2026, 5, 3)), 30, 365),
        ],
        ids=str,
    )
    def test_only_the_month_of_the_start_has_so_many_days(
        self, part: Period, month_days: int, expected: int
    ) -> None:
        assert days_with_fixed_month(part, month_days) == expected

    def test_it_is_never_more_than_the_whole(self) -> None:
        whole = Period(date(2026, 2, 10), date(2026, 3, 10))

        assert months(DayCount.FIXED_30, days((2, 10), (3, 9)), whole, 1) == Fraction(29, 30)
        assert months(DayCount.FIXED_30, days((1, 31), (3, 10)), QUARTER, 1) == 1


class TestMonthsThenDays:
    @pytest.mark.parametrize(
        ("part", "whole_months", "price_months", "expected"),
        [
            # Two months from 5 January, then ten days of the 31 from 5 March.
            (days((1, 5), (3, 15)), 12, 1, 2 + Fraction(10, 31)),
            # Counted in quarters: 69 of the 90 days from 5 January.
            (days((1, 5), (3, 15)), 12, 3, Fraction(3 * 69, 90)),
            # Billed monthly, so counted in months, though the price is for a quarter.
            (days((1, 5), (1, 9)), 1, 3, Fraction(4, 31)),
            # Inside one calendar month: its own days, up to and with its last.
            (days((2, 10), (2, 20)), 12, 1, Fraction(10, 28)),
            (days((2, 10), (3, 1)), 12, 1, Fraction(19, 28)),
            # A day beyond it: over the days of the month from the start.
            (days((4, 10), (5, 2)), 12, 1, Fraction(22, 30)),
            (days((4, 10), (5, 10)), 12, 1, Fraction(1)),
            (days((1, 31), (3, 1)), 12, 1, 1 + Fraction(1, 31)),
            # The last of January, though the month from it on has only 28 days.
            (days((1, 31), (2, 1)), 12, 1, Fraction(1, 31)),
            # With a longer base, days inside one month are not over that month's.
            (days((1, 31), (2, 1)), 12, 2, Fraction(2, 59)),
        ],
    )
    def test_counts_whole_periods_before_days(
        self, part: Period, whole_months: int, price_months: int, expected: Fraction
    ) -> None:
        whole = YEAR if whole_months == 12 else days((1, 1), (2, 1))

        counted = months(DayCount.MONTHS_THEN_DAYS, part, whole, whole_months, price_months)

        assert counted == expected

    def test_days_of_one_month_in_two_years_are_not_in_one_calendar_month(self) -> None:
        whole = Period(date(2026, 1, 1), date(2028, 1, 1))
        part = Period(date(2026, 3, 31), date(2027, 3, 31))

        assert months(DayCount.MONTHS_THEN_DAYS, part, whole, 24) == 12

    def test_month_ends_are_kept_where_the_rule_says(self) -> None:
        part = days((2, 28), (5, 2))

        kept = months(DayCount.MONTHS_THEN_DAYS, part, YEAR, 12, month_end=MonthEnd.KEEP_DISTANCE)

        # 28 February, 31 March, 30 April, then two days of the 31 up to 31 May.
        assert kept == 2 + Fraction(2, 31)
        assert months(DayCount.MONTHS_THEN_DAYS, part, YEAR, 12) == 2 + Fraction(4, 30)


class TestStartMonth:
    def test_the_month_in_which_the_period_starts_says_the_days(self) -> None:
        whole = days((1, 31), (2, 28))

        assert months(DayCount.START_MONTH, days((2, 10), (2, 28)), whole, 1) == Fraction(18, 31)

    def test_a_year_has_the_days_of_its_twelve_months(self) -> None:
        whole = Period(date(2024, 2, 29), date(2025, 2, 28))
        part = Period(date(2024, 3, 1), date(2025, 2, 28))

        assert months(DayCount.START_MONTH, part, whole, 12) == Fraction(364 * 12, 366)

    def test_it_is_never_more_than_the_whole(self) -> None:
        whole = days((2, 28), (3, 31))

        assert months(DayCount.START_MONTH, days((2, 28), (3, 30)), whole, 1) == 1


class TestMonthsOfThePeriod:
    def test_are_counted_from_where_the_period_starts(self) -> None:
        whole = Cycle(date(2026, 1, 15), 12).period(0)
        part = days((2, 15), (4, 20))

        assert months(DayCount.WHOLE_MONTHS, part, whole, 12) == 2
        assert months(DayCount.BEGUN_MONTHS, part, whole, 12) == 3

    @pytest.mark.parametrize(
        ("month_end", "whole_ones", "begun_ones"),
        [(MonthEnd.KEEP_DISTANCE, 1, 1), (MonthEnd.CLAMP, 0, 2)],
    )
    def test_keep_their_distance_from_month_end_where_the_rule_says(
        self, month_end: MonthEnd, whole_ones: int, begun_ones: int
    ) -> None:
        whole = Period(date(2026, 2, 28), date(2027, 2, 28))
        asked = Measured(days((3, 31), (4, 30)), whole, 12, 1, month_end)

        assert months_of(asked, DayCount.WHOLE_MONTHS) == whole_ones
        assert months_of(asked, DayCount.BEGUN_MONTHS) == begun_ones
