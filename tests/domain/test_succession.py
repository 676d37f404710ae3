from datetime import date

import pytest

from work365.domain.periods import OffTheCalendar
from work365.domain.succession import DaySuccession, MonthSuccession


class TestMonthSuccession:
    @pytest.mark.parametrize(
        ("current", "months", "expected"),
        [
            (date(2026, 5, 17), 1, date(2026, 6, 17)),
            (date(2026, 5, 17), 3, date(2026, 8, 17)),
            # The anchor's day is still to come: a short period, whatever their length.
            (date(2026, 5, 16), 3, date(2026, 5, 17)),
            # It is over: the months are counted from this one.
            (date(2026, 5, 18), 1, date(2026, 6, 17)),
            (date(2026, 12, 18), 2, date(2027, 2, 17)),
            # Before the anchor, too.
            (date(2025, 12, 18), 1, date(2026, 1, 17)),
        ],
    )
    def test_goes_on_to_the_anchors_day(self, current: date, months: int, expected: date) -> None:
        assert MonthSuccession(date(2026, 3, 17), months).after(current) == expected

    @pytest.mark.parametrize(
        ("current", "expected"),
        [
            (date(2026, 1, 31), date(2026, 2, 28)),
            (date(2026, 2, 28), date(2026, 3, 31)),
            (date(2026, 4, 29), date(2026, 4, 30)),
            (date(2026, 4, 30), date(2026, 5, 31)),
        ],
    )
    def test_comes_back_to_a_day_at_month_end(self, current: date, expected: date) -> None:
        assert MonthSuccession(date(2025, 10, 31), 1).after(current) == expected

    @pytest.mark.parametrize(
        ("current", "months", "expected"),
        [
            (date(2026, 8, 4), 12, date(2027, 8, 4)),
            (date(2026, 2, 9), 12, date(2026, 8, 4)),
            (date(2026, 11, 9), 12, date(2027, 8, 4)),
            (date(2026, 11, 9), 24, date(2028, 8, 4)),
        ],
    )
    def test_a_yearly_one_comes_back_to_the_anchors_month(
        self, current: date, months: int, expected: date
    ) -> None:
        assert MonthSuccession(date(2024, 8, 4), months, yearly=True).after(current) == expected

    @pytest.mark.parametrize(
        ("current", "expected"),
        [
            # However near or far the anchor is.
            (date(2026, 6, 30), date(2026, 7, 1)),
            (date(2026, 2, 5), date(2026, 7, 1)),
            (date(2026, 7, 1), date(2026, 10, 1)),
            # Begun elsewhere, it goes on from there.
            (date(2026, 8, 1), date(2026, 11, 1)),
        ],
    )
    def test_may_run_up_to_the_anchor_first(self, current: date, expected: date) -> None:
        succession = MonthSuccession(date(2026, 7, 1), 3, until_anchor=True)

        assert succession.after(current) == expected

    def test_after_the_anchor_none_is_short_then(self) -> None:
        succession = MonthSuccession(date(2026, 7, 20), 3, until_anchor=True)

        assert succession.after(date(2026, 8, 4)) == date(2026, 11, 20)

    def test_has_at_least_a_month(self) -> None:
        with pytest.raises(AssertionError):
            MonthSuccession(date(2026, 7, 1), 0)

    def test_off_the_calendar_is_refused(self) -> None:
        with pytest.raises(OffTheCalendar):
            MonthSuccession(date(2026, 12, 1), 1).after(date(9999, 12, 1))


class TestDaySuccession:
    @pytest.mark.parametrize(
        ("current", "every", "expected"),
        [
            (date(2026, 7, 6), 1, date(2026, 7, 13)),
            (date(2026, 7, 6), 2, date(2026, 7, 20)),
            # Up to the next of the anchor's weekdays first.
            (date(2026, 7, 8), 1, date(2026, 7, 13)),
            (date(2026, 7, 8), 3, date(2026, 7, 27)),
        ],
    )
    def test_goes_on_to_the_anchors_place(self, current: date, every: int, expected: date) -> None:
        assert DaySuccession(date(2026, 1, 5), 7, every).after(current) == expected

    def test_one_period_follows_where_nothing_else_is_said(self) -> None:
        assert DaySuccession(date(2026, 1, 5), 1).after(date(2026, 2, 28)) == date(2026, 3, 1)

    def test_follows_after_one_period_at_least(self) -> None:
        with pytest.raises(AssertionError):
            DaySuccession(date(2026, 1, 5), 7, 0)
