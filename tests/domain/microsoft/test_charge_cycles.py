import json
from collections.abc import Iterable
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.domain.microsoft.seen import BOOK
from work365.domain import catalog
from work365.domain.catalog import BillingPlan
from work365.domain.microsoft.charge_cycles import (
    EndNotAllowed,
    charge_cycle_on,
    charge_cycles,
    check_custom_end,
    current_term,
    first_term,
)
from work365.domain.periods import Period
from work365.domain.proration import BY_ACTUAL_DAYS
from work365.domain.terms import EndNotInTerm, NoSuchCycle, Term

FOLDER = Path(__file__).parents[4] / "shared" / "fixtures" / "partner_center"
MONTHLY, ANNUAL, TRIENNIAL = BillingPlan.MONTHLY, BillingPlan.ANNUAL, BillingPlan.TRIENNIAL
MONTH, YEAR, THREE_YEARS = catalog.Term.MONTH, catalog.Term.YEAR, catalog.Term.THREE_YEARS
ENDS = BOOK.on(date(2026, 11, 1)).custom_term_ends
DAYS = st.dates(date(2021, 1, 1), date(2035, 12, 31))
SOLD = st.sampled_from(
    [
        (MONTH, MONTHLY),
        (YEAR, MONTHLY),
        (YEAR, ANNUAL),
        (THREE_YEARS, MONTHLY),
        (THREE_YEARS, ANNUAL),
        (THREE_YEARS, TRIENNIAL),
    ]
)


def documented(name: str) -> dict[str, object]:
    path = FOLDER / f"{name}.json"
    if not path.exists():
        pytest.skip(f"no documented charge cycles in {FOLDER}")
    told: dict[str, object] = json.loads(path.read_text(encoding="utf-8"))
    return told


def days(periods: Iterable[Period]) -> list[tuple[str, str]]:
    return [(str(each.start), str(each.last_day)) for each in periods]


def test_every_documented_cycle_of_a_year_billed_monthly_holds() -> None:
    for case in documented("charge_cycle_annual_monthly_month_end").values():
        assert isinstance(case, dict)
        term = first_term(date.fromisoformat(case["subscriptionStart"]), YEAR)

        cycles = days(each.charged for each in charge_cycles(term, MONTHLY))

        assert cycles == [(each["chargeStart"], each["chargeEnd"]) for each in case["cycles"]]
        assert str(term.last_day) == case["subscriptionEnd"]
        assert str(term.renews_on) == case["renewDate"]


def test_every_documented_monthly_term_holds() -> None:
    for rows in documented("charge_cycle_monthly_term_month_end").values():
        assert isinstance(rows, list)
        for row in rows:
            term = first_term(date.fromisoformat(row["orderDate"]), MONTH)

            [cycle] = charge_cycles(term, MONTHLY)

            assert str(cycle.charged.start) == row["chargeStart"]
            assert str(cycle.charged.last_day) == row["chargeEnd"] == row["subscriptionEnd"]
            assert str(term.renews_on) == row["renewDate"]


@pytest.mark.parametrize(
    ("start", "starts"),
    [
        # In a leap year the last day of February is the 29th.
        ("2023-08-31", ["2024-01-31", "2024-02-29", "2024-03-31", "2024-04-30"]),
        ("2023-08-30", ["2024-01-30", "2024-02-28", "2024-03-30", "2024-04-29"]),
        ("2023-08-29", ["2024-01-29", "2024-02-27", "2024-03-29", "2024-04-28"]),
        # From three days before the end on, the day of the month counts.
        ("2023-08-28", ["2024-01-28", "2024-02-28", "2024-03-28", "2024-04-28"]),
        ("2024-02-29", ["2024-07-31", "2024-08-31", "2024-09-30", "2024-10-31"]),
    ],
)
def test_a_monthly_plan_keeps_its_distance_from_the_month_end(
    start: str, starts: list[str]
) -> None:
    cycles = list(charge_cycles(first_term(date.fromisoformat(start), YEAR), MONTHLY))

    assert [str(each.charged.start) for each in cycles[5:9]] == starts


def test_a_year_from_29_february_ends_on_27_february() -> None:
    term = first_term(date(2024, 2, 29), YEAR)

    assert term.last_day == date(2025, 2, 27)


def test_a_term_that_ends_with_a_calendar_month_is_charged_by_calendar_months() -> None:
    term = first_term(date(2022, 7, 15), YEAR, end_on=date(2023, 6, 30))

    cycles = list(charge_cycles(term, MONTHLY))

    assert days(each.charged for each in cycles)[:2] == [
        ("2022-07-15", "2022-07-31"),
        ("2022-08-01", "2022-08-31"),
    ]
    assert (len(cycles), cycles[-1].charged.last_day) == (12, date(2023, 6, 30))
    first = cycles[0]
    assert first.whole == Period(date(2022, 7, 1), date(2022, 8, 1))
    assert first.measure(first.charged, BY_ACTUAL_DAYS, price_months=12) * 12 * 31 == 17


def test_years_that_end_with_a_calendar_month_are_counted_back_from_it() -> None:
    term = first_term(date(2022, 7, 15), THREE_YEARS, end_on=date(2025, 6, 30))

    cycles = days(each.charged for each in charge_cycles(term, ANNUAL))

    assert cycles == [
        ("2022-07-15", "2023-06-30"),
        ("2023-07-01", "2024-06-30"),
        ("2024-07-01", "2025-06-30"),
    ]


def test_a_term_that_ends_with_another_is_charged_as_a_share_of_the_whole_cycle() -> None:
    term = first_term(date(2026, 9, 11), YEAR, end_on=date(2026, 10, 30))

    first, last = charge_cycles(term, MONTHLY)

    assert days([first.charged, last.charged]) == [
        ("2026-09-11", "2026-10-10"),
        ("2026-10-11", "2026-10-30"),
    ]
    assert last.whole == Period(date(2026, 10, 11), date(2026, 11, 11))
    assert last.measure(last.charged, BY_ACTUAL_DAYS, price_months=12) * 12 * 31 == 20


def test_a_year_paid_at_once_and_cut_short_is_a_share_of_the_year() -> None:
    term = first_term(date(2026, 9, 11), YEAR, end_on=date(2026, 10, 31))

    [cycle] = charge_cycles(term, ANNUAL)

    assert cycle.charged.days == 51
    assert cycle.measure(cycle.charged, BY_ACTUAL_DAYS, price_months=12) * 365 == 51


def test_a_month_that_ends_on_the_day_of_its_renewal_is_one_cycle() -> None:
    term = first_term(date(2026, 3, 2), MONTH, end_on=date(2026, 4, 2))

    [cycle] = charge_cycles(term, MONTHLY)

    assert cycle.charged == Period(date(2026, 3, 2), date(2026, 4, 3))


def test_a_day_outside_of_the_term_has_no_cycle() -> None:
    term = first_term(date(2026, 9, 11), YEAR)

    with pytest.raises(NoSuchCycle, match="2027-09-11 is not within the term"):
        charge_cycle_on(term, MONTHLY, date(2027, 9, 11))


@pytest.mark.parametrize(
    ("started_on", "last_day", "term", "starts_on"),
    [
        ("2026-09-11", "2027-09-10", YEAR, "2026-09-11"),
        # Renewed twice, each time in full.
        ("2024-09-11", "2027-09-10", YEAR, "2026-09-11"),
        # The first term was cut short, and the year after it runs in full.
        ("2024-09-11", "2025-12-31", YEAR, "2025-01-01"),
        # The first term is being cut short.
        ("2026-09-11", "2026-12-31", YEAR, "2026-09-11"),
        ("2021-01-31", "2021-03-27", MONTH, "2021-02-28"),
    ],
)
def test_the_term_that_runs_is_found_from_its_last_day(
    started_on: str, last_day: str, term: catalog.Term, starts_on: str
) -> None:
    found = current_term(
        date.fromisoformat(last_day), term, started_on=date.fromisoformat(started_on)
    )

    assert (str(found.starts_on), str(found.last_day)) == (starts_on, last_day)


@given(DAYS, SOLD, st.integers(0, 4))
def test_a_renewed_term_is_found_again(
    start: date, sold: tuple[catalog.Term, BillingPlan], renewals: int
) -> None:
    term = first_term(start, sold[0])
    for _ in range(renewals):
        term = term.next()

    found = current_term(term.last_day, sold[0], started_on=start)

    assert found.period == term.period


@given(DAYS, SOLD)
def test_the_cycles_of_a_term_touch_and_are_all_of_it(
    start: date, sold: tuple[catalog.Term, BillingPlan]
) -> None:
    term = first_term(start, sold[0])

    cycles = [each.charged for each in charge_cycles(term, sold[1])]

    assert cycles[0].start == term.starts_on
    assert cycles[-1].end == term.renews_on
    assert [one.end for one in cycles[:-1]] == [other.start for other in cycles[1:]]
    assert all(each.days for each in cycles)


@given(DAYS, SOLD, st.data())
def test_a_term_that_is_cut_short_costs_no_more_than_a_whole_one(
    start: date, sold: tuple[catalog.Term, BillingPlan], data: st.DataObject
) -> None:
    whole = first_term(start, sold[0])
    end_on = data.draw(st.dates(start, whole.last_day))
    months = catalog.TERM_MONTHS[sold[0]]

    def cost(term: Term) -> object:
        return sum(
            each.measure(each.charged, BY_ACTUAL_DAYS, price_months=months)
            for each in charge_cycles(term, sold[1])
        )

    assert 0 < cost(first_term(start, sold[0], end_on=end_on)) <= cost(whole) == 1  # type: ignore[operator]  # fractions


def test_an_end_with_the_calendar_month_is_allowed() -> None:
    term = check_custom_end(
        date(2026, 2, 28), bought_on=date(2026, 2, 10), term=MONTH, is_trial=False, rules=ENDS
    )

    assert term.last_day == date(2026, 2, 28)


@pytest.mark.parametrize(
    ("end_on", "term", "is_trial", "with_term", "why"),
    [
        (date(2026, 10, 30), MONTH, False, MONTH, "the days 28, 29, 30 are refused"),
        (date(2026, 10, 28), MONTH, False, YEAR, "choose an earlier day"),
        (date(2026, 10, 15), YEAR, False, MONTH, "cannot end together with a monthly one"),
        (date(2026, 10, 15), THREE_YEARS, False, MONTH, "cannot end together with a monthly one"),
        (date(2026, 10, 31), YEAR, True, None, "a trial has the end that it has"),
        (date(2026, 10, 15), YEAR, False, None, "neither the end of a calendar month nor"),
    ],
)
def test_an_end_that_is_not_sold_is_refused(
    end_on: date,
    term: catalog.Term,
    is_trial: bool,
    with_term: catalog.Term | None,
    why: str,
) -> None:
    with pytest.raises(EndNotAllowed, match=why):
        check_custom_end(
            end_on,
            bought_on=date(2026, 10, 5),
            term=term,
            is_trial=is_trial,
            rules=ENDS,
            aligned_with=with_term,
        )


@pytest.mark.parametrize("end_on", [date(2026, 9, 30), date(2027, 10, 31)])
def test_an_end_outside_of_the_first_term_is_refused(end_on: date) -> None:
    with pytest.raises(EndNotInTerm):
        check_custom_end(end_on, bought_on=date(2026, 10, 5), term=YEAR, is_trial=False, rules=ENDS)


def test_30_april_is_the_end_of_its_month_and_allowed() -> None:
    term = check_custom_end(
        date(2026, 4, 30),
        bought_on=date(2026, 4, 5),
        term=MONTH,
        is_trial=False,
        rules=ENDS,
        aligned_with=YEAR,
    )

    assert term.renews_on == date(2026, 5, 1)
