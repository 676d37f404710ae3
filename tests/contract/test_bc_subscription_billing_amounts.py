"""Business Central: whole base periods first, then days over the next whole base period."""

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest

from tests.contract.bc_periods import ALIGNMENTS, cycle_of, months_of
from tests.contract.billing_cases import Case, cases
from work365.domain.day_counts import DayCount
from work365.domain.periods import Period
from work365.domain.proration import Proration, Rounding, amount, measure, unit_price

CURRENCY = "EUR"
# Both are billed alike: a customer by the price, a vendor by the cost.
PARTNERS = {"customer", "vendor"}


@pytest.mark.parametrize("case", cases("bc_subscription_billing_amounts"))
def test_the_last_line_of_what_is_billed(case: Case) -> None:
    assert case["partner"] in PARTNERS, case["partner"]
    alignment = case["period_alignment"]
    line = Period.through(
        date.fromisoformat(case["checked_line_from"]),
        date.fromisoformat(case["checked_line_to_inclusive"]),
    )
    proration = Proration(
        day_count=DayCount.MONTHS_THEN_DAYS,
        rounding=Rounding(unit_price_digits=3),
        month_end=ALIGNMENTS[alignment].holding_for(date.fromisoformat(case["bill_from"])),
    )
    per_unit = Decimal(case["price_per_base_period"])

    times = measure(
        proration,
        line,
        whole=cycle_of(case["billing_rhythm"], line.start, alignment).period(0),
        whole_months=months_of(case["billing_rhythm"]),
        price_months=months_of(case["base_period"]),
    )
    billed = amount(
        proration,
        quantity=Decimal(case["quantity"]),
        per_unit=per_unit,
        measure=times,
        currency=CURRENCY,
    )

    expected = Fraction(Decimal(case["expected_unit_price"]))
    assert unit_price(proration, per_unit=per_unit, measure=times) == expected
    assert billed.amount == Decimal(case["expected_line_amount"])
