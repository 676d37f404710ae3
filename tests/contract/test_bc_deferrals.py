"""Deferral schedules of Business Central: begun months by days, whole months equal."""

import re
from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from tests.contract.billing_cases import Case, cases
from work365.domain.money import Money
from work365.domain.periods import Period
from work365.domain.revenue import (
    MONTHS_WITH_STUBS_BY_DAY,
    RecognitionAccounts,
    RecognitionRow,
    ServiceTime,
    credit_rows,
    schedule,
)

ANY_YEARS = (2023, 2024, 2025, 2100)
"""Years in which a case for any year is tried: before, in and after a leap year, and a century."""

ANY_BASE = "1000"
"""What is deferred where a case holds for every amount."""

DATE = re.compile(r"<year(?:(?P<sign>[+-])(?P<years>\d+))?>(?P<rest>-\d\d-\d\d)")
ASIDE = {"id", "source", "note", "derived", "ask", "test"}
INPUTS = {"base", "from", "to_inclusive", "currency"}

Rows = Sequence[RecognitionRow]


def day(told: str, year: int) -> date:
    found = DATE.fullmatch(told)
    if found is None:
        return date.fromisoformat(told)
    years = int(f"{found['sign'] or '+'}{found['years'] or 0}")
    return date.fromisoformat(f"{year + years}{found['rest']}")


def schedule_of(case: Case, year: int) -> Rows:
    base = Money.exactly(Decimal(case.get("base", ANY_BASE)), case.get("currency", "EUR"))
    period = Period.through(day(case["from"], year), day(case["to_inclusive"], year))
    return schedule(
        base,
        ServiceTime.of_days(period),
        MONTHS_WITH_STUBS_BY_DAY,
        line="line",
        accounts=RecognitionAccounts("deferred", "revenue"),
    )


def amounts(rows: Rows) -> list[Decimal]:
    return [row.amount.amount for row in rows]


def equal(rows: Rows) -> bool:
    return len(set(amounts(rows))) == 1


STATEMENTS: dict[str, Callable[[Rows], bool]] = {
    "equal amounts": equal,
    "all equal": equal,
    "middle equal": lambda rows: equal(rows[1:-1]),
    "first differs": lambda rows: rows[0].amount != rows[1].amount,
    "last differs": lambda rows: rows[-1].amount != rows[-2].amount,
    "calendar days of the month": lambda rows: all(
        ServiceTime.of_days(row.period).is_whole_month for row in rows
    ),
    # Checked for every case.
    "sum = base": lambda _: True,
}


def holds(rows: Rows, statement: str) -> bool:
    if found := re.fullmatch(r"first (\d+) equal", statement):
        return equal(rows[: int(found[1])])
    if statement not in STATEMENTS:
        pytest.fail(f"unknown statement about the rows: {statement!r}")
    return STATEMENTS[statement](rows)


def check_statements(rows: Rows, told: str) -> None:
    """Check a sentence about the rows, part by part."""
    for statement in re.split(r"[;,]", told):
        assert holds(rows, statement.strip()), statement


def credit_of(rows: Rows) -> Rows:
    """Return the rows of a credit of the whole line, on its first day."""
    whole = Money.total((row.amount for row in rows), rows[0].amount.currency)
    return credit_rows(rows, whole, line="credit", on=rows[0].period.start, contra="revenue")


FIELDS: dict[str, Callable[[Rows], Any]] = {
    "expected_schedule": amounts,
    "expected_days": lambda rows: [row.days for row in rows],
    "expected_days_first_last": lambda rows: [rows[0].days, rows[-1].days],
    "expected_days_first": lambda rows: rows[0].days,
    "expected_days_last": lambda rows: rows[-1].days,
    "expected_periods": len,
    "expected_first": lambda rows: rows[0].amount.amount,
    "expected_last": lambda rows: rows[-1].amount.amount,
    "expected_sum": lambda rows: sum(amounts(rows)),
    "expected_posting_dates": lambda rows: [row.released_on.isoformat() for row in rows],
    "expected_credit_schedule": lambda rows: amounts(credit_of(rows)),
    "expected_sum_after_credit": lambda rows: sum(amounts([*rows, *credit_of(rows)])),
}

SENTENCES = {
    "expected": lambda rows: rows,
    "expected_middle": lambda rows: rows[1:-1],
}
"""Fields that say in words what is true of some rows."""


def as_amounts(told: Any) -> Any:
    match told:
        case list():
            return [as_amounts(part) for part in told]
        case str() if re.fullmatch(r"-?[\d.]+", told):
            return Decimal(told)
    return told


def check(rows: Rows, field: str, told: Any) -> None:
    """Compare the field `field` of a case with `rows`."""
    if field in SENTENCES:
        check_statements(SENTENCES[field](rows), told)
    elif field in FIELDS:
        assert FIELDS[field](rows) == as_amounts(told)
    else:
        pytest.fail(f"unknown field {field!r}: {told!r}")


@pytest.mark.parametrize("case", cases("bc_deferrals"))
def test_a_schedule_is_business_centrals(case: Case) -> None:
    years = ANY_YEARS if "<year" in case["from"] else (0,)
    expected = {field: told for field, told in case.items() if field not in ASIDE | INPUTS}
    assert expected, "the case expects nothing"

    for year in years:
        rows = schedule_of(case, year)

        assert sum(amounts(rows)) == Decimal(case.get("base", ANY_BASE))
        for field, told in expected.items():
            check(rows, field, told)
