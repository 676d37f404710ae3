from datetime import date

import pytest

from tests.emulators.partner_center.documented import documented
from work365.emulators.partner_center.catalogue import Plan
from work365.emulators.partner_center.terms import add_months, cycle_on, term_end

YEARLY = Plan("P1Y", "monthly")
MONTHLY = Plan("P1M", "monthly")


class TestTermEnd:
    @pytest.mark.parametrize("group", ["lastDayOfMonth", "dayBeforeLast"])
    def test_of_a_month_is_as_documented(self, group: str) -> None:
        rows = documented("charge_cycle_monthly_term_month_end")[group]

        ends = [term_end(date.fromisoformat(row["subscriptionStart"]), MONTHLY) for row in rows]

        assert ends == [date.fromisoformat(row["subscriptionEnd"]) for row in rows]

    def test_of_a_trial_is_thirty_days_on(self) -> None:
        assert term_end(date(2026, 2, 1), MONTHLY, is_trial=True) == date(2026, 3, 2)

    def test_is_none_without_a_term(self) -> None:
        assert term_end(date(2026, 2, 1), Plan("", "one_time")) is None


class TestCycleOn:
    @pytest.mark.parametrize("anchor", ["anchorLastDay", "anchorDayBeforeLast"])
    def test_of_a_year_billed_by_the_month_is_as_documented(self, anchor: str) -> None:
        told = documented("charge_cycle_annual_monthly_month_end")[anchor]
        start = date.fromisoformat(told["subscriptionStart"])
        end = date.fromisoformat(told["subscriptionEnd"])

        for row in told["cycles"]:
            cycle = cycle_on(start, end, YEARLY, date.fromisoformat(row["chargeEnd"]))
            assert cycle.start.isoformat() == row["chargeStart"]
            assert cycle.end.isoformat() == row["chargeEnd"]

    def test_in_the_middle_of_a_month_keeps_its_day(self) -> None:
        cycle = cycle_on(date(2026, 1, 15), date(2027, 1, 14), YEARLY, date(2026, 3, 1))

        assert (cycle.start, cycle.end) == (date(2026, 2, 15), date(2026, 3, 14))
        assert (cycle.days, cycle.is_whole) == (28, True)

    def test_with_a_chosen_end_is_counted_back_from_it(self) -> None:
        start, end = date(2022, 7, 15), date(2023, 6, 30)

        first = cycle_on(start, end, YEARLY, start, is_aligned=True)
        second = cycle_on(start, end, YEARLY, date(2022, 8, 20), is_aligned=True)

        assert (first.start, first.end, first.days, first.is_whole) == (
            start,
            date(2022, 7, 31),
            31,
            False,
        )
        assert (second.start, second.end, second.is_whole) == (
            date(2022, 8, 1),
            date(2022, 8, 31),
            True,
        )

    def test_billed_once_is_the_whole_term(self) -> None:
        plan = Plan("P1Y", "annual")

        cycle = cycle_on(date(2024, 1, 10), date(2025, 1, 9), plan, date(2024, 5, 1))

        assert (cycle.start, cycle.end, cycle.days) == (
            date(2024, 1, 10),
            date(2025, 1, 9),
            366,
        )


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        (date(2024, 1, 31), 1, date(2024, 2, 29)),
        (date(2026, 3, 31), -1, date(2026, 2, 28)),
        (date(2026, 11, 5), 14, date(2028, 1, 5)),
    ],
)
def test_months_are_added_and_clamped(day: date, months: int, expected: date) -> None:
    assert add_months(day, months) == expected
