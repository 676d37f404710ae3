"""Kill Bill: first bill day, intervals in arrears, fixed months and whole periods."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest

from tests.contract.billing_cases import Case, cases
from tests.contract.killbill_periods import cycle_of
from work365.domain.contracts import Timing
from work365.domain.day_counts import DayCount, days_with_fixed_month
from work365.domain.due_periods import Schedule, billed_through
from work365.domain.periods import Cycle, Period
from work365.domain.proration import Proration, Rounding, amount, measure, rounded_measure

TIMING = {
    "in_advance": Timing.ADVANCE,
    "in_arrears": Timing.ARREARS,
    "in_arrear": Timing.ARREARS,
}
DAY_COUNTS = {"actual": DayCount.ACTUAL, "fixed_30": DayCount.FIXED_30}
# Which period of a monthly cycle a part is of: it ends with it, or starts with it.
WHOLE_OF_PART: dict[str, Callable[[Period], Period]] = {
    "leading": lambda part: Cycle(part.end, 1).period(-1),
    "trailing": lambda part: Cycle(part.start, 1).period(0),
}
QUANTITY = {"charge": Decimal(1), "credit": Decimal(-1)}


def _service(case: Case) -> Period:
    return Period(
        date.fromisoformat(case["service_start"]),
        date.fromisoformat(case["service_end_exclusive"]),
    )


def _proration(case: Case) -> Proration:
    return Proration(day_count=DAY_COUNTS[case["day_count"]], rounding=Rounding(fraction_digits=9))


def _measure(case: Case, part: str) -> Fraction:
    service = _service(case)
    return measure(
        _proration(case),
        service,
        whole=WHOLE_OF_PART[part](service),
        whole_months=1,
        price_months=1,
    )


def _first_bill_cycle_date(case: Case) -> None:
    start = date.fromisoformat(case["subscription_start"])
    cycle = cycle_of(case["period"], start, case["bill_cycle_day"])

    assert cycle.start_from(start) == date.fromisoformat(case["expected"])


def _in_arrears_interval(case: Case) -> None:
    start = date.fromisoformat(case["subscription_start"])
    end = case["subscription_end_exclusive"]

    billed = billed_through(
        Schedule(cycle_of(case["period"], start, case["bill_cycle_day"]), TIMING[case["mode"]]),
        start=start,
        end=date.fromisoformat(end) if end else None,
        as_of=date.fromisoformat(case["invoice_target_date"]),
    )

    engine = {
        "something_to_bill": billed.day is not None,
        "first_bill_cycle_date": billed.first_bill_day.isoformat(),
        "billed_through": billed.day.isoformat() if billed.day else None,
        "next_bill_cycle_date": billed.next_bill_day.isoformat(),
    }
    assert {name: engine[name] for name in case["expected"]} == case["expected"]


def _fraction_of_month(case: Case) -> None:
    fraction = rounded_measure(_proration(case), _measure(case, case["part"]))

    assert fraction == Fraction(Decimal(case["expected"]))


def _days_between_fixed_month(case: Case) -> None:
    between = Period(date.fromisoformat(case["from"]), date.fromisoformat(case["to"]))

    assert days_with_fixed_month(between, case["fixed_days_in_month"]) == case["expected"]


def _whole_periods_between(case: Case) -> None:
    cycle = cycle_of(case["period"], date.fromisoformat(case["from"]))

    assert cycle.index_on(date.fromisoformat(case["to"])) == case["expected"]


def _amount(case: Case) -> None:
    line = amount(
        _proration(case),
        quantity=QUANTITY[case["kind"]],
        per_unit=Decimal(case["price_per_month"]),
        measure=_measure(case, case.get("part", "leading")),
        currency=case["currency"],
    )

    assert line.amount == Decimal(case["expected"])


ASKS = {
    "first_bill_cycle_date": _first_bill_cycle_date,
    "in_arrears_interval": _in_arrears_interval,
    "fraction_of_month": _fraction_of_month,
    "days_between_fixed_month": _days_between_fixed_month,
    "whole_periods_between": _whole_periods_between,
    "amount": _amount,
}


@pytest.mark.parametrize("case", cases("killbill_boundaries"))
def test_boundaries(case: Case) -> None:
    ASKS[case["ask"]](case)
