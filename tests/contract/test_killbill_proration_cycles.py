"""Kill Bill: how many cycles are billed up to a day, each fraction kept to nine decimals."""

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest

from tests.contract.billing_cases import Case, cases
from tests.contract.killbill_periods import cycle_of
from work365.domain.contracts import Timing
from work365.domain.due_periods import DaysOutOfOrder, Schedule, StubWhole, measure_due
from work365.domain.proration import Proration, Rounding

NINE_DECIMALS = Proration(rounding=Rounding(fraction_digits=9))
TIMING = {
    "in_advance": Timing.ADVANCE,
    "in_arrears": Timing.ARREARS,
    "in_arrear": Timing.ARREARS,
}
ERRORS = {"InvalidDateSequence": DaysOutOfOrder}


@pytest.mark.parametrize("case", cases("killbill_proration_cycles"))
def test_cycles_billed_up_to_the_target_day(case: Case) -> None:
    start = date.fromisoformat(case["subscription_start"])
    end = case["subscription_end_exclusive"]

    def cycles_due() -> Fraction:
        return measure_due(
            NINE_DECIMALS,
            Schedule(
                cycle_of(case["period"], start, case["bill_cycle_day"]),
                TIMING[case["mode"]],
                StubWhole.IMAGINED,
            ),
            start=start,
            end=date.fromisoformat(end) if end else None,
            as_of=date.fromisoformat(case["invoice_target_date"]),
        )

    if "expect_error" in case:
        with pytest.raises(ERRORS[case["expect_error"]]):
            cycles_due()
    else:
        assert cycles_due() == Fraction(Decimal(case["expected_cycles"]))
