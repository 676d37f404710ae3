"""Ends of terms, charge cycles and co-termination as Microsoft's partner pages tell them."""

import re
from datetime import date
from typing import Any

import pytest

from tests.contract.billing_cases import Case, cases
from work365.domain.periods import Period
from work365.domain.terms import Term

MONTHS = {"month": 1, "year": 12}
PLANS = {"monthly": 1, "annual": 12, "yearly": 12, "triennial": 36}
ONE_TIME = {"one-time", "one_time", "upfront", "prepaid"}
"""A plan by which a term is paid at once."""

ASIDE = {"id", "source", "note", "derived", "rule", "ask"}
INPUTS = {
    "term",
    "billing_plan",
    "purchase_date",
    "cycle_no",
    "align_end_to",
    "existing_term",
}


def months_of(told: str) -> int:
    """Return the months of a length such as `3 years`."""
    found = re.fullmatch(r"(\d+) (month|year)s?", told)
    if found is None:
        pytest.fail(f"unknown length of a term: {told!r}")
    return int(found[1]) * MONTHS[found[2]]


def plan_months(told: str, term: Term) -> int:
    if told in ONE_TIME:
        return term.months
    if told not in PLANS:
        pytest.fail(f"unknown billing plan: {told!r}")
    return PLANS[told]


def term_of(case: Case) -> Term:
    term = Term(date.fromisoformat(case["purchase_date"]), months_of(case["term"]))
    if "align_end_to" not in case:
        return term
    if case["align_end_to"] == "calendar month":
        return term.ending_with_calendar_month()
    last_day = date.fromisoformat(case["align_end_to"])
    if "existing_term" in case:
        existing = months_of(case["existing_term"])
        return term.ending_with_term(Term.having_ended(last_day, existing))
    return term.ending_with(last_day)


def cycle_of(case: Case) -> Period:
    term = term_of(case)
    return term.cycle(case.get("cycle_no", 1), plan_months(case["billing_plan"], term))


def days(period: Period) -> list[str]:
    """Return the first and the last day of `period`."""
    return [period.start.isoformat(), period.last_day.isoformat()]


def check(case: Case, field: str, told: Any) -> None:
    """Compare the field `field` of a case with what the engine gives."""
    match field:
        case "expected_term_end_inclusive" | "expected_first_term_end_inclusive":
            assert term_of(case).last_day.isoformat() == told
        case "expected_renewal_date":
            assert term_of(case).renews_on.isoformat() == told
            assert term_of(case).next().starts_on.isoformat() == told
        case "expected_next_term":
            assert days(term_of(case).next().period) == told
        case "expected_charge_start":
            assert days(cycle_of(case))[0] == told
        case "expected_charge_end_inclusive":
            assert days(cycle_of(case))[1] == told
        case _:
            pytest.fail(f"unknown field {field!r}: {told!r}")


@pytest.mark.parametrize("case", cases("microsoft_nce_dates"))
def test_a_date_is_microsofts(case: Case) -> None:
    expected = {field: told for field, told in case.items() if field not in ASIDE | INPUTS}
    assert expected, "the case expects nothing"

    for field, told in expected.items():
        check(case, field, told)
