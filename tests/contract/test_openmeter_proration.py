"""OpenMeter: flat fees for a part of their period, and periods that keep the clock."""

from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction

import pytest

from tests.contract.billing_cases import Case, cases
from tests.contract.openmeter_credit import check_credit_reversal
from tests.contract.openmeter_usage_discount import check_usage_discount_quantity
from work365.domain.day_counts import DayCount
from work365.domain.moments import MomentCycle, Span
from work365.domain.periods import Cycle, DayCycle, Period
from work365.domain.proration import Proration, amount, measure

MONTHS = {"monthly": 1, "quarterly": 3, "half_yearly": 6, "yearly": 12, "annual": 12}
DAYS = {"daily": 1, "weekly": 7}
DAY_COUNTS = {True: DayCount.SECOND, False: DayCount.NONE}


def _cycle(period: str, anchor: date) -> Cycle | DayCycle:
    if period in DAYS:
        return DayCycle(anchor, DAYS[period])
    if period not in MONTHS:
        raise ValueError(f"period {period!r} is not one of {[*MONTHS, *DAYS]}")
    return Cycle(anchor, MONTHS[period])


def _measure_of_days(case: Case, proration: Proration) -> Fraction:
    service, full = (
        Period(
            date.fromisoformat(case[f"{name}_start"]),
            date.fromisoformat(case[f"{name}_end_exclusive"]),
        )
        for name in ("service", "full_period")
    )
    # A service that is longer than the period it is charged in costs one period.
    return measure(proration, service.overlap(full), whole=full, whole_months=1, price_months=1)


def _check_flat_fee_prorated(case: Case) -> None:
    proration = Proration(day_count=DAY_COUNTS[case["proration"]], instants_cost_whole=True)

    fee = amount(
        proration,
        quantity=Decimal(1),
        per_unit=Decimal(case["amount"]),
        measure=_measure_of_days(case, proration),
        currency=case["currency"],
    )

    assert fee.amount == Decimal(case["expected"])


def _check_period_at(case: Case) -> None:
    anchor = datetime.fromisoformat(case["anchor"])
    zone = anchor.tzinfo
    assert zone is not None, anchor
    cycle = MomentCycle(_cycle(case["period"], anchor.date()), anchor.time(), zone)

    span = cycle.span_at(datetime.fromisoformat(case["at"]))

    assert span == Span(
        datetime.fromisoformat(case["expected_period_start"]),
        datetime.fromisoformat(case["expected_period_end_exclusive"]),
    )


ASKS = {
    "flat_fee_prorated": _check_flat_fee_prorated,
    "period_at": _check_period_at,
    "credit_reversal": check_credit_reversal,
    "usage_discount_quantity": check_usage_discount_quantity,
}


@pytest.mark.parametrize("case", cases("openmeter_proration"))
def test_proration(case: Case) -> None:
    ASKS[case["ask"]](case)
