"""Lago: first and last fees, plan changes, credit notes, coupons and tax, charge models."""

from collections.abc import Callable

import pytest

from tests.contract import lago_rating, lago_taxes
from tests.contract.billing_cases import Case, cases

ASKS: dict[str, Callable[[Case], None]] = {
    "advance_subscribe_and_terminate_same_instant": (
        lago_taxes.check_advance_subscribe_and_terminate_same_instant
    ),
    "arrears_termination": lago_taxes.check_arrears_termination,
    "coupons_then_tax": lago_taxes.check_coupons_then_tax,
    "credit_note": lago_taxes.check_credit_note,
    "first_period_fee": lago_taxes.check_first_period_fee,
    "graduated_with_prorated_quantity_changes": (
        lago_rating.check_graduated_with_prorated_quantity_changes
    ),
    "minimum_commitment_true_up": lago_rating.check_minimum_commitment_true_up,
    "package": lago_rating.check_package,
    "percentage_per_transaction": lago_rating.check_percentage_per_transaction,
    "period_start": lago_taxes.check_period_start,
    "plan_change_with_tax": lago_taxes.check_plan_change_with_tax,
    "prorated_charge": lago_taxes.check_prorated_charge,
    "tier_total": lago_rating.check_tier_total,
}


@pytest.mark.parametrize("case", cases("lago_billing"))
def test_lago_bills_the_same(case: Case) -> None:
    if case["ask"] not in ASKS:
        pytest.fail(f"unknown ask: {case['ask']!r}")

    ASKS[case["ask"]](case)
