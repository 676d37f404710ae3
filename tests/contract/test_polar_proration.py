"""Polar: plans, seats and units that change within a paid cycle, discounts and tax."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from tests.contract.attentive_case import AttentiveCase
from tests.contract.billing_cases import Case, cases
from tests.contract.case_tiers import number
from tests.contract.polar_rating import check_tier_total
from work365.domain.day_counts import DayCount
from work365.domain.discounts import Discount, PercentageDiscount, steps
from work365.domain.moments import Span
from work365.domain.money import Money
from work365.domain.proration import Proration, exact_amount, line_amount
from work365.domain.tax_ids import Place
from work365.domain.tax_totals import TaxableLine, TaxTotals, tax_totals
from work365.domain.taxes import AppliedTax

CURRENCY = "USD"
CENTS = 2
WHOLE = Fraction(1)
SOME_MOMENT = datetime(2025, 1, 1, tzinfo=UTC)
BY_TIME = Proration(day_count=DayCount.SECOND)
NEXT_CYCLE = re.compile(r"with_next_cycle_([0-9.]+)_to_pay")


def dollars(cents: Any) -> Decimal:
    return number(cents).scaleb(-CENTS)


def cents(money: Money) -> Decimal:
    return money.amount.scaleb(CENTS)


def moment(text: str) -> datetime:
    """Return a moment of a case; the suite's days begin at midnight UTC."""
    told = datetime.fromisoformat(text)
    return told if told.tzinfo else told.replace(tzinfo=UTC)


def share_left(case: Case) -> Fraction:
    """Return which part of the paid cycle is left at the change, by the time that passes."""
    if "fraction" in case:
        return Fraction(number(case["fraction"]))
    if "cycle_seconds" in case:
        end = SOME_MOMENT + timedelta(seconds=int(case["cycle_seconds"]))
        rest = Span(end - timedelta(seconds=int(case["remaining_seconds"])), end)
        return rest.share_of(Span(SOME_MOMENT, end))
    cycle = Span(moment(case["cycle_start"]), moment(case["cycle_end_exclusive"]))
    return Span(moment(case["change_at"]), cycle.end).share_of(cycle)


def line(
    quantity: Decimal, per_unit: Decimal, share: Fraction, *discounts: Discount
) -> tuple[Fraction, Money]:
    """Return what is owed, or below zero given back, before rounding and as a line."""
    exact = exact_amount(BY_TIME, quantity=quantity, per_unit=per_unit, measure=share)
    for step in steps(exact, discounts):
        exact = step.after
    return exact, line_amount(BY_TIME, exact, currency=CURRENCY)


def check_plan_change(case: Case) -> dict[str, Any]:
    share = share_left(case)
    old, new = dollars(case["old_price_cents"]), dollars(case["new_price_cents"])
    changes_interval = case.get("old_interval") != case.get("new_interval")
    resets = case.get("cycle_resets", changes_interval)
    assert resets in (True, changes_interval), f"unknown value of cycle_resets: {resets!r}"

    _, credit = line(Decimal(-1), old, share)
    _, charge = line(Decimal(1), new, WHOLE if resets else share)

    return {
        "expected_credit_cents": cents(-credit),
        "expected_charge_cents": cents(charge),
        "expected_net_cents": cents(charge + credit),
    }


def discounts_of(case: Case) -> list[Discount]:
    found: list[Discount] = []
    if case.get("discount_percent") is not None:
        found.append(PercentageDiscount(key="percent", percent=number(case["discount_percent"])))
    return found


def direction(money: Money) -> str:
    return "credit" if money.amount < 0 else "charge"


def delta(case: Case, name: str, price: Decimal) -> Money:
    before, after = (number(told) for told in case[name])
    return line(after - before, price, share_left(case), *discounts_of(case))[1]


def check_seat_delta(case: Case) -> dict[str, Any]:
    # The plan's own price does not depend on the seats: a change of them leaves it alone.
    fixed = dollars(case["fixed"])
    seats = delta(case, "seats", dollars(case["price_per_seat"]))
    _, unchanged = line(Decimal(0), fixed, share_left(case), *discounts_of(case))

    entry = seats + unchanged
    return as_entry(entry)


def check_unit_delta(case: Case) -> dict[str, Any]:
    return as_entry(delta(case, "units", dollars(case["unit_price_cents"])))


def as_entry(entry: Money) -> dict[str, Any]:
    """Return an entry as the suite tells it: an amount above zero, and which way it goes."""
    way = direction(entry)
    size = cents(entry if way == "charge" else -entry)
    return {
        "expected_cents": size,
        "expected_direction": way,
        f"expected_{way}_cents": size,
    }


def check_tax_on_parts(case: Case) -> dict[str, Any]:
    percent = number(case["tax_percent"])
    tax = AppliedTax("tax", percent, "services", Place("SE"), "the case")
    share = share_left(case)
    credit = TaxableLine(tax, *line(Decimal(-1), number(case["old_price"]), share))
    charge = TaxableLine(tax, *line(Decimal(1), number(case["new_price"]), share))

    def totals(*lines: TaxableLine) -> TaxTotals:
        return tax_totals(lines, currency=CURRENCY)

    given = {
        "credit_incl": (-totals(credit).gross).amount,
        "charge_incl": totals(charge).gross.amount,
        "to_pay": totals(credit, charge).gross.amount,
    }
    assert totals(credit).gross + totals(charge).gross == totals(credit, charge).gross
    for name in case["expected"]:
        if found := NEXT_CYCLE.fullmatch(name):
            cycle = TaxableLine(tax, *line(Decimal(1), number(found[1]), WHOLE))
            given[name] = totals(credit, charge, cycle).gross.amount
    unknown = case["expected"].keys() - given.keys()
    assert not unknown, f"unknown figures: {unknown}"
    return {"expected": {name: given[name] for name in case["expected"]}}


ASKS: dict[str, Callable[[Case], dict[str, Any]]] = {
    "plan_change": check_plan_change,
    "seat_delta_with_percent_discount": check_seat_delta,
    "tax_on_total_equals_tax_on_parts": check_tax_on_parts,
    "unit_delta": check_unit_delta,
}


def as_told(told: Any) -> Any:
    if isinstance(told, dict):
        return {name: number(figure) for name, figure in told.items()}
    return told if told in ("credit", "charge") else number(told)


@pytest.mark.parametrize("told", cases("polar_proration"))
def test_polar_bills_the_same(told: Case) -> None:
    if told["ask"] == "tier_total":
        check_tier_total(told)
        return
    if told["ask"] not in ASKS:
        pytest.fail(f"unknown ask: {told['ask']!r}")
    case = AttentiveCase(told)

    given = ASKS[told["ask"]](case)

    case.check_all_read()
    for field, expected in case.expected.items():
        assert field in given, f"unknown figure, or one of the other direction: {field}"
        assert given[field] == as_told(expected)
