from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from work365.domain.money import CurrencyMismatch, Money
from work365.domain.periods import Period
from work365.domain.revenue import (
    DAILY,
    EVEN_BY_MONTH,
    EXACT_TIME,
    MONTHS_WITH_STUBS_BY_DAY,
    MONTHS_WITH_STUBS_BY_TIME,
    CreditAboveLine,
    Difference,
    Measure,
    Method,
    RecognitionAccounts,
    RecognitionRow,
    ServiceTime,
    credit_rows,
    deferred_by_month,
    recognised_by_month,
    schedule,
    split_at,
)
from work365.domain.rounding import RoundingMode

METHODS = [
    DAILY,
    EXACT_TIME,
    EVEN_BY_MONTH,
    MONTHS_WITH_STUBS_BY_DAY,
    MONTHS_WITH_STUBS_BY_TIME,
]
ACCOUNTS = RecognitionAccounts("2400 deferred", "8000 revenue")
QUARTER = Period(date(2025, 2, 1), date(2025, 5, 1))
"""28, 31 and 30 days."""


def euros(amount: str) -> Money:
    return Money.exactly(Decimal(amount), "EUR")


def rows_of(
    base: str, service: Period | ServiceTime, method: Method = DAILY
) -> tuple[RecognitionRow, ...]:
    if isinstance(service, Period):
        service = ServiceTime.of_days(service)
    return schedule(euros(base), service, method, line="INV-1/1", accounts=ACCOUNTS)


def told(rows: tuple[RecognitionRow, ...]) -> list[tuple[str, str]]:
    return [(row.released_on.isoformat(), str(row.amount.amount)) for row in rows]


def amounts(rows: tuple[RecognitionRow, ...]) -> list[str]:
    return [str(row.amount.amount) for row in rows]


def test_each_day_is_worth_the_same() -> None:
    rows = rows_of("89", QUARTER)

    assert told(rows) == [
        ("2025-02-01", "28.00"),
        ("2025-03-01", "31.00"),
        ("2025-04-01", "30.00"),
    ]


def test_a_row_says_its_line_its_days_and_its_accounts() -> None:
    row, _ = rows_of("50", Period(date(2025, 1, 22), date(2025, 3, 1)))[:2]

    assert row.line == "INV-1/1"
    assert row.period == Period(date(2025, 1, 22), date(2025, 2, 1))
    assert row.days == 10
    assert row.accounts == ACCOUNTS
    assert row.month == date(2025, 1, 1)


def test_rounding_is_carried_from_row_to_row() -> None:
    rows = rows_of("1", Period(date(2025, 7, 1), date(2025, 9, 1)))
    thirds = rows_of("100", QUARTER, Method(measure=Measure.MONTHS))

    assert amounts(rows) == ["0.50", "0.50"]
    assert amounts(thirds) == ["33.33", "33.34", "33.33"]


def test_the_last_row_may_take_what_rounding_leaves() -> None:
    half_up = Method(measure=Measure.MONTHS, difference=Difference.LAST_ROW)

    assert amounts(rows_of("200", QUARTER, EVEN_BY_MONTH)) == ["66.66", "66.66", "66.68"]
    assert amounts(rows_of("200", QUARTER, half_up)) == ["66.67", "66.67", "66.66"]


def test_carried_sums_are_rounded_by_the_methods_mode() -> None:
    cut = Method(measure=Measure.MONTHS, rounding=RoundingMode.TOWARDS_ZERO)

    assert amounts(rows_of("200", QUARTER, cut)) == ["66.66", "66.67", "66.67"]


def test_the_day_in_which_a_service_ends_is_cut_off_and_its_first_is_whole() -> None:
    service = ServiceTime(
        datetime(2025, 8, 30, 18, tzinfo=UTC), datetime(2025, 9, 9, 18, tzinfo=UTC)
    )

    rows = rows_of("10", service)

    assert told(rows) == [("2025-08-30", "2.00"), ("2025-09-01", "8.00")]


def test_exact_time_counts_parts_of_days() -> None:
    service = ServiceTime(
        datetime(2025, 8, 30, 18, tzinfo=UTC), datetime(2025, 9, 9, 18, tzinfo=UTC)
    )

    rows = rows_of("10", service, EXACT_TIME)

    assert told(rows) == [("2025-08-30", "1.25"), ("2025-09-01", "8.75")]


def test_exact_time_counts_microseconds() -> None:
    end = datetime(2025, 9, 1, tzinfo=UTC)
    service = ServiceTime(end - timedelta(microseconds=1), end + timedelta(microseconds=3))

    assert amounts(rows_of("100", service, EXACT_TIME)) == ["25.00", "75.00"]


def test_even_months_begin_whole_and_a_month_that_is_not_over_is_cut() -> None:
    rows = rows_of("90", Period(date(2025, 8, 31), date(2025, 11, 30)), EVEN_BY_MONTH)

    assert told(rows) == [
        ("2025-08-31", "30.00"),
        ("2025-09-01", "30.00"),
        ("2025-10-01", "30.00"),
    ]


def test_even_months_count_the_last_one_when_it_is_over() -> None:
    rows = rows_of("90", Period(date(2025, 9, 15), date(2025, 12, 1)), EVEN_BY_MONTH)

    assert amounts(rows) == ["30.00", "30.00", "30.00"]


def test_a_service_within_one_month_is_earned_in_it() -> None:
    within = Period(date(2025, 9, 3), date(2025, 9, 20))

    for method in METHODS:
        assert told(rows_of("90", within, method)) == [("2025-09-03", "90.00")]


@pytest.mark.parametrize("method", METHODS)
def test_what_is_had_at_once_is_earned_at_once(method: Method) -> None:
    at_once = Period(date(2025, 9, 3), date(2025, 9, 3))

    rows = rows_of("90", at_once, method)

    assert told(rows) == [("2025-09-03", "90.00")]
    assert rows[0].days == 0


def test_a_service_shorter_than_what_is_measured_is_earned_when_it_begins() -> None:
    start = datetime(2025, 9, 3, 10, tzinfo=UTC)

    rows = rows_of("7", ServiceTime(start, start + timedelta(hours=2)))

    assert told(rows) == [("2025-09-03", "7.00")]


def test_whole_months_share_equally_what_begun_months_leave() -> None:
    # 6 and 9 of 106 days.
    rows = rows_of("500", Period(date(2025, 5, 26), date(2025, 9, 9)), MONTHS_WITH_STUBS_BY_DAY)

    assert told(rows) == [
        ("2025-05-26", "28.30"),
        ("2025-06-01", "144.65"),
        ("2025-07-01", "144.65"),
        ("2025-08-01", "144.65"),
        ("2025-09-01", "37.75"),
    ]


def test_the_last_row_takes_the_rounding_though_it_is_a_whole_month() -> None:
    rows = rows_of("100", Period(date(2025, 5, 26), date(2025, 9, 1)), MONTHS_WITH_STUBS_BY_DAY)

    assert amounts(rows) == ["6.12", "31.29", "31.29", "31.30"]


def test_the_last_row_takes_the_rounding_though_it_is_a_begun_month() -> None:
    rows = rows_of("100", Period(date(2025, 6, 1), date(2025, 9, 9)), MONTHS_WITH_STUBS_BY_DAY)

    assert amounts(rows) == ["30.67", "30.67", "30.67", "7.99"]


def test_two_begun_months_are_by_days() -> None:
    rows = rows_of("10", Period(date(2025, 5, 29), date(2025, 6, 5)), MONTHS_WITH_STUBS_BY_DAY)

    assert amounts(rows) == ["4.29", "5.71"]


def test_the_last_whole_month_may_take_the_rounding() -> None:
    # 1.5 and 2.5 of 95 days; 91 / 3 is 30.333.
    service = ServiceTime(
        datetime(2025, 5, 30, 12, tzinfo=UTC), datetime(2025, 9, 3, 12, tzinfo=UTC)
    )

    rows = rows_of("96", service, MONTHS_WITH_STUBS_BY_TIME)

    assert amounts(rows) == ["1.50", "30.66", "30.66", "30.68", "2.50"]


def test_without_a_whole_month_the_last_row_takes_the_rounding() -> None:
    rows = rows_of("10", Period(date(2025, 5, 29), date(2025, 6, 5)), MONTHS_WITH_STUBS_BY_TIME)

    assert amounts(rows) == ["4.28", "5.72"]


def test_equal_whole_months_have_begun_ones_by_days_or_time() -> None:
    with pytest.raises(AssertionError):
        Method(measure=Measure.MONTHS, equal_whole_months=True)


def test_amounts_of_zero_make_no_rows() -> None:
    assert rows_of("0", QUARTER) == ()
    assert told(rows_of("0.01", QUARTER)) == [("2025-03-01", "0.01")]


def test_a_credit_line_is_spread_below_zero() -> None:
    assert amounts(rows_of("-89", QUARTER)) == ["-28.00", "-31.00", "-30.00"]


@given(
    base=st.decimals(-1000, 1000, places=2),
    start=st.dates(date(2023, 1, 1), date(2025, 12, 31)),
    days=st.integers(0, 800),
    method=st.sampled_from(METHODS),
)
def test_rows_add_up_and_follow_each_other(
    base: Decimal, start: date, days: int, method: Method
) -> None:
    rows = rows_of(str(base), Period(start, start + timedelta(days=days)), method)

    assert sum(row.amount.amount for row in rows) == base
    assert all(row.amount.amount for row in rows)
    assert [row.month for row in rows] == sorted({row.month for row in rows})


def test_moments_are_utcs() -> None:
    elsewhere = timezone(timedelta(hours=2))
    start = datetime(2025, 1, 1, tzinfo=UTC)

    with pytest.raises(AssertionError):
        ServiceTime(start.astimezone(elsewhere), start)
    with pytest.raises(AssertionError):
        ServiceTime(start, start.astimezone(elsewhere))
    with pytest.raises(AssertionError):
        ServiceTime(start, start - timedelta(microseconds=1))


def test_months_of_service_keep_the_day() -> None:
    service = ServiceTime.of_months(date(2025, 1, 31), 2)

    assert service.days == Period(date(2025, 1, 31), date(2025, 3, 31))


def test_a_whole_month_is_from_its_first_moment_to_its_last() -> None:
    def whole(start: date, end: date) -> bool:
        return ServiceTime.of_days(Period(start, end)).is_whole_month

    assert whole(date(2025, 2, 1), date(2025, 3, 1))
    assert not whole(date(2025, 2, 2), date(2025, 3, 2))
    assert not whole(date(2025, 2, 1), date(2025, 2, 28))
    assert not whole(date(2025, 2, 1), date(2025, 4, 1))


def test_rows_are_split_at_a_day() -> None:
    before, after = split_at(rows_of("89", QUARTER), date(2025, 3, 11))

    assert told(before) == [("2025-02-01", "28.00"), ("2025-03-01", "10.00")]
    assert told(after) == [("2025-03-11", "21.00"), ("2025-04-01", "30.00")]
    assert after[0].period == Period(date(2025, 3, 11), date(2025, 4, 1))
    assert before[1].period == Period(date(2025, 3, 1), date(2025, 3, 11))


def test_rows_are_not_split_where_a_month_begins() -> None:
    rows = rows_of("89", QUARTER)

    assert split_at(rows, date(2025, 3, 1)) == (rows[:1], rows[1:])
    assert split_at(rows, date(2025, 2, 1)) == ((), rows)
    assert split_at(rows, date(2025, 5, 1)) == (rows, ())


def test_what_is_earned_at_once_is_earned_on_its_day() -> None:
    rows = rows_of("90", Period(date(2025, 9, 3), date(2025, 9, 3)))

    assert split_at(rows, date(2025, 9, 3)) == (rows, ())
    assert split_at(rows, date(2025, 9, 2)) == ((), rows)


def test_a_part_of_zero_makes_no_row() -> None:
    rows = rows_of("0.01", Period(date(2025, 4, 1), date(2025, 5, 1)))

    assert [told(part) for part in split_at(rows, date(2025, 4, 11))] == [
        [],
        [("2025-04-11", "0.01")],
    ]


def test_a_row_that_is_released_late_stays_late_when_it_is_split() -> None:
    (row,) = rows_of("30", Period(date(2025, 4, 1), date(2025, 5, 1)))
    late = replace(row, released_on=date(2025, 4, 20))

    _, (after,) = split_at([late], date(2025, 4, 11))

    assert after.released_on == date(2025, 4, 20)


def credit(
    rows: tuple[RecognitionRow, ...], credited: str, on: date, line: str = "CN-1/1"
) -> tuple[RecognitionRow, ...]:
    return credit_rows(rows, euros(credited), line=line, on=on, contra="8900 credits")


def test_a_credit_takes_back_what_was_earned_and_what_was_to_come() -> None:
    rows = rows_of("89", QUARTER)

    taken = credit(rows, "44.50", date(2025, 3, 1))

    assert told(taken) == [
        ("2025-03-01", "-14.00"),
        ("2025-03-01", "-15.50"),
        ("2025-04-01", "-15.00"),
    ]
    assert [row.line for row in taken] == ["CN-1/1"] * 3
    assert [row.accounts.revenue for row in taken] == ["8900 credits", *["8000 revenue"] * 2]
    assert [row.accounts.deferred for row in taken] == ["2400 deferred"] * 3
    assert [row.period for row in taken] == [row.period for row in rows]


def test_a_credit_of_the_whole_line_reverses_every_row() -> None:
    rows = rows_of("100", QUARTER)

    taken = credit(rows, "100", date(2025, 2, 1))

    assert [row.amount for row in taken] == [-row.amount for row in rows]
    assert [row.released_on for row in taken] == [row.released_on for row in rows]


def test_a_credit_within_a_month_divides_it_by_days() -> None:
    rows = rows_of("30", Period(date(2025, 4, 1), date(2025, 5, 1)))

    taken = credit(rows, "15", date(2025, 4, 11))

    assert told(taken) == [("2025-04-11", "-5.00"), ("2025-04-11", "-10.00")]
    assert [row.accounts.revenue for row in taken] == ["8900 credits", "8000 revenue"]


def test_a_credit_of_a_credit_line_has_its_sign() -> None:
    rows = rows_of("-89", QUARTER)

    taken = credit(rows, "-44.50", date(2025, 2, 1))

    assert amounts(taken) == ["14.00", "15.50", "15.00"]
    with pytest.raises(CreditAboveLine):
        credit(rows, "-89.01", date(2025, 2, 1))


def test_credits_of_a_line_add_up_to_it() -> None:
    rows = rows_of("89", QUARTER)
    first = credit(rows, "40", date(2025, 3, 11))

    second = credit((*rows, *first), "49", date(2025, 2, 20), line="CN-2/1")

    assert sum(row.amount.amount for row in (*rows, *first, *second)) == 0
    assert {row.line for row in second} == {"CN-2/1"}


def test_more_than_is_left_of_a_line_is_not_credited() -> None:
    rows = rows_of("89", QUARTER)
    first = credit(rows, "40", date(2025, 3, 11))

    with pytest.raises(CreditAboveLine, match=r"CN-2/1: 49\.01 EUR .* 49\.00"):
        credit((*rows, *first), "49.01", date(2025, 3, 20), line="CN-2/1")


def test_a_credit_has_the_sign_of_its_line() -> None:
    with pytest.raises(CreditAboveLine):
        credit(rows_of("89", QUARTER), "-1", date(2025, 3, 20))


def test_a_credit_has_the_currency_of_its_line() -> None:
    with pytest.raises(CurrencyMismatch):
        credit_rows(
            rows_of("89", QUARTER),
            Money.exactly(Decimal(1), "USD"),
            line="CN-1/1",
            on=date(2025, 3, 1),
            contra="8900 credits",
        )


def test_nothing_is_credited_of_nothing() -> None:
    assert credit((), "0", date(2025, 3, 1)) == ()
    assert credit(rows_of("89", QUARTER), "0", date(2025, 3, 1)) == ()
    with pytest.raises(CreditAboveLine):
        credit((), "0.01", date(2025, 3, 1))


def test_rows_below_zero_by_rounding_are_reversed_too() -> None:
    half_up = Method(measure=Measure.MONTHS, difference=Difference.LAST_ROW)
    rows = rows_of("0.07", Period(date(2025, 1, 1), date(2026, 1, 1)), half_up)
    assert amounts(rows) == [*["0.01"] * 11, "-0.04"]

    assert amounts(credit(rows, "0.07", date(2025, 1, 1))) == [*["-0.01"] * 11, "0.04"]
    assert sum(Decimal(part) for part in amounts(credit(rows, "0.05", date(2025, 1, 1)))) == (
        Decimal("-0.05")
    )


@given(
    base=st.integers(1, 100_000),
    shares=st.lists(st.integers(1, 9), min_size=1, max_size=3),
    on=st.lists(st.dates(date(2025, 1, 1), date(2025, 6, 1)), min_size=4, max_size=4),
    method=st.sampled_from(METHODS),
)
def test_a_line_that_is_credited_bit_by_bit_is_left_with_nothing(
    base: int, shares: list[int], on: list[date], method: Method
) -> None:
    cents = [base * share // 30 for share in shares]
    cents.append(base - sum(cents))
    service = ServiceTime.of_days(Period(date(2025, 1, 20), date(2025, 5, 7)))
    rows = schedule(
        Money("EUR", Decimal(base).scaleb(-2)), service, method, line="L", accounts=ACCOUNTS
    )

    for cent, day in zip(cents, on, strict=False):
        credited = Money("EUR", Decimal(cent).scaleb(-2))
        taken = credit_rows(rows, credited, line="C", on=day, contra="contra")
        assert sum(row.amount.amount for row in taken) == -credited.amount
        assert all(row.released_on >= day for row in taken)
        rows = (*rows, *taken)

    assert sum(row.amount.amount for row in rows) == 0


def test_what_is_earned_is_told_by_month() -> None:
    rows = rows_of("89", QUARTER)
    taken = credit(rows, "44.50", date(2025, 3, 15))

    months = recognised_by_month((*taken, *rows))

    assert list(months) == [date(2025, 2, 1), date(2025, 3, 1), date(2025, 4, 1)]
    assert [str(amount.amount) for amount in months.values()] == ["28.00", "1.50", "15.00"]


def test_deferred_revenue_grows_when_billed_and_shrinks_when_earned() -> None:
    rows = rows_of("89", QUARTER)

    months = deferred_by_month(rows, date(2025, 2, 13))

    assert {month.month: str(amount.amount) for month, amount in months.items()} == {
        2: "61.00",
        3: "-31.00",
        4: "-30.00",
    }


def test_what_is_billed_in_arrears_is_earned_before() -> None:
    rows = rows_of("89", QUARTER)

    months = deferred_by_month(rows, date(2025, 5, 2))

    assert [(month.month, str(amount.amount)) for month, amount in months.items()] == [
        (2, "-28.00"),
        (3, "-31.00"),
        (4, "-30.00"),
        (5, "89.00"),
    ]


def test_what_is_billed_ahead_is_deferred_first() -> None:
    rows = rows_of("89", QUARTER)

    months = deferred_by_month(rows, date(2025, 1, 2))

    assert next(iter(months.items())) == (date(2025, 1, 1), euros("89"))


def test_no_rows_defer_nothing() -> None:
    assert deferred_by_month((), date(2025, 1, 2)) == {}
    assert recognised_by_month(()) == {}


def test_one_row_is_deferred_until_its_month() -> None:
    months = deferred_by_month(rows_of("89", QUARTER)[2:], date(2025, 2, 2))

    assert months == {date(2025, 2, 1): euros("30"), date(2025, 4, 1): euros("-30")}
