from datetime import date
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from work365.domain.periods import MonthEnd, OffTheCalendar, Period
from work365.domain.terms import EndNotInTerm, NoSuchCycle, Term

YEAR = Term(date(2023, 3, 10), 12)


def test_a_term_lasts_its_months() -> None:
    assert YEAR.last_day == date(2024, 3, 9)
    assert YEAR.renews_on == date(2024, 3, 10)
    assert YEAR.period == Period(date(2023, 3, 10), date(2024, 3, 10))


def test_a_term_has_months() -> None:
    with pytest.raises(AssertionError):
        Term(date(2023, 3, 10), 0)


def test_a_term_is_clamped_to_the_last_day_of_a_shorter_month() -> None:
    assert Term(date(2023, 10, 31), 1).last_day == date(2023, 11, 29)
    assert Term(date(2024, 2, 29), 12).last_day == date(2025, 2, 27)


def test_the_next_term_starts_where_this_one_ends() -> None:
    term = Term(date(2023, 10, 31), 1)

    assert term.next() == Term(date(2023, 11, 30), 1)
    assert term.next(12) == Term(date(2023, 11, 30), 12)


def test_a_term_may_end_with_another_day() -> None:
    term = YEAR.ending_with(date(2023, 9, 30))

    assert term.last_day == date(2023, 9, 30)
    assert term.next().period == Period(date(2023, 10, 1), date(2024, 10, 1))


@pytest.mark.parametrize("last_day", [date(2023, 3, 10), date(2024, 3, 10)])
def test_a_term_may_end_on_its_first_day_and_on_the_day_it_would_renew(last_day: date) -> None:
    assert YEAR.ending_with(last_day).last_day == last_day


@pytest.mark.parametrize("last_day", [date(2023, 3, 9), date(2024, 3, 11)])
def test_a_term_does_not_end_outside_its_months(last_day: date) -> None:
    with pytest.raises(EndNotInTerm, match=f"cannot end on {last_day}"):
        YEAR.ending_with(last_day)


@pytest.mark.parametrize(
    ("starts_on", "months", "last_day"),
    [
        (date(2023, 3, 10), 1, date(2023, 3, 31)),
        (date(2023, 3, 10), 12, date(2024, 2, 29)),
        (date(2023, 3, 10), 36, date(2026, 2, 28)),
        (date(2023, 4, 1), 1, date(2023, 4, 30)),
        (date(2023, 4, 1), 12, date(2024, 3, 31)),
        (date(2023, 4, 30), 1, date(2023, 4, 30)),
    ],
)
def test_a_term_may_end_with_the_last_calendar_month_that_is_over_within_it(
    starts_on: date, months: int, last_day: date
) -> None:
    term = Term(starts_on, months).ending_with_calendar_month()

    assert term.last_day == last_day
    assert term.next().starts_on.day == 1


@pytest.mark.parametrize(
    ("other", "last_day"),
    [
        (Term(date(2022, 8, 6), 12), date(2025, 8, 5)),
        (Term(date(2020, 8, 6), 36), date(2023, 8, 5)),
        (Term(date(2022, 3, 10), 12), date(2026, 3, 9)),
        (Term(date(2022, 3, 11), 12), date(2025, 3, 10)),
    ],
)
def test_a_term_may_end_with_the_latest_end_of_another(other: Term, last_day: date) -> None:
    three_years = Term(date(2023, 3, 10), 36)

    assert three_years.ending_with_term(other).last_day == last_day


def test_a_term_does_not_end_with_one_that_ends_later() -> None:
    with pytest.raises(EndNotInTerm, match="2025-01-31"):
        YEAR.ending_with_term(Term(date(2022, 2, 1), 36))


def test_a_term_may_be_known_by_its_last_day() -> None:
    ended = Term.having_ended(date(2023, 8, 5), 12)

    assert ended.last_day == date(2023, 8, 5)
    assert ended.next().last_day == date(2024, 8, 5)


def test_a_term_renews_until_the_day_that_is_asked_for() -> None:
    assert YEAR.on(date(2023, 3, 10), renews=True) == YEAR
    assert YEAR.on(date(2024, 3, 9), renews=True) == YEAR
    assert YEAR.on(date(2024, 3, 10), renews=True) == Term(date(2024, 3, 10), 12)
    assert YEAR.on(date(2026, 1, 1), renews=True) == Term(date(2025, 3, 10), 12)


def test_without_renewal_there_is_no_later_term() -> None:
    assert YEAR.on(date(2024, 3, 9), renews=False) == YEAR
    assert YEAR.on(date(2024, 3, 10), renews=False) is None


def test_no_term_is_before_the_first() -> None:
    assert YEAR.on(date(2023, 3, 9), renews=True) is None


def test_a_cut_term_renews_in_full() -> None:
    cut = YEAR.ending_with(date(2023, 3, 31))

    assert cut.on(date(2023, 4, 1), renews=True) == Term(date(2023, 4, 1), 12)


def test_a_term_that_is_given_up_does_not_have_that_day() -> None:
    given_up = YEAR.terminated_on(date(2023, 6, 1))

    assert given_up.period == Period(date(2023, 3, 10), date(2023, 6, 1))
    assert YEAR.terminated_on(date(2023, 3, 10)).period.days == 0
    assert YEAR.terminated_on(date(2024, 3, 10)).period == YEAR.period


@pytest.mark.parametrize("day", [date(2023, 3, 9), date(2024, 3, 11)])
def test_a_term_is_given_up_within_it(day: date) -> None:
    with pytest.raises(EndNotInTerm, match=f"cannot be given up on {day}"):
        YEAR.terminated_on(day)


def test_a_monthly_plan_keeps_the_distance_from_the_months_end() -> None:
    term = Term(date(2023, 10, 30), 12)

    assert [term.cycle(number, 1).start for number in (1, 2, 3, 5)] == [
        date(2023, 10, 30),
        date(2023, 11, 29),
        date(2023, 12, 30),
        date(2024, 2, 28),
    ]
    assert term.cycle(12, 1) == Period(date(2024, 9, 29), date(2024, 10, 30))


def test_a_plan_may_clamp_instead() -> None:
    term = Term(date(2023, 10, 30), 12)

    assert term.cycle(2, 1, MonthEnd.CLAMP).start == date(2023, 11, 30)


def test_a_yearly_plan_has_a_cycle_a_year() -> None:
    term = Term(date(2023, 3, 10), 36)

    assert term.cycle(3, 12) == Period(date(2025, 3, 10), date(2026, 3, 10))


@pytest.mark.parametrize("months", [1, 12])
def test_a_term_that_is_paid_as_a_whole_has_one_cycle(months: int) -> None:
    term = Term(date(2024, 2, 29), 1)

    assert term.cycle(1, months) == Period(date(2024, 2, 29), date(2024, 3, 29))
    with pytest.raises(NoSuchCycle):
        term.cycle(2, months)


def test_the_last_cycle_is_cut_short_with_the_term() -> None:
    term = YEAR.ending_with(date(2023, 4, 30))

    assert term.cycle(2, 1) == Period(date(2023, 4, 10), date(2023, 5, 1))
    with pytest.raises(NoSuchCycle, match="cycle 3 of 1 months"):
        term.cycle(3, 1)


@pytest.mark.parametrize("number", [0, 13])
def test_cycles_are_counted_from_one_to_the_terms_end(number: int) -> None:
    with pytest.raises(NoSuchCycle):
        YEAR.cycle(number, 1)


def test_a_term_ends_before_the_calendar_does() -> None:
    with pytest.raises(OffTheCalendar):
        _ = Term(date(9999, 6, 1), 12).last_day


@given(st.dates(date(2020, 1, 1), date(2030, 12, 31)), st.sampled_from([1, 12, 36]))
def test_the_cycles_of_a_term_are_the_term(starts_on: date, months: int) -> None:
    term = Term(starts_on, months)

    cycles = [term.cycle(number, 1) for number in range(1, months + 1)]

    assert cycles[0].start == term.starts_on
    assert cycles[-1].end == term.renews_on
    assert all(one.end == two.start for one, two in pairwise(cycles))
