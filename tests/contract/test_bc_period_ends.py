"""Business Central: the last day of a period, aligned to the start or the end of the month."""

from datetime import date

import pytest

from tests.contract.bc_periods import cycle_of
from tests.contract.billing_cases import Case, cases


@pytest.mark.parametrize("case", cases("bc_period_ends"))
def test_the_last_day_of_a_period(case: Case) -> None:
    start = date.fromisoformat(case["period_start"])
    cycle = cycle_of(case["period"], start, case["period_alignment"])

    assert cycle.period(0).last_day == date.fromisoformat(case["expected_period_end_inclusive"])
