"""Polar's seat tiers: what they expect."""

from fractions import Fraction

import pytest

from tests.contract.billing_cases import Case
from tests.contract.case_tiers import assert_compared, number, tiered
from work365.domain.rating import exact_total, parts
from work365.errors import Refusal


def check_tier_total(case: Case) -> None:
    model, quantity = tiered(case["model"], case["tiers"]), number(case["quantity"])
    if case.get("expect_error"):
        with pytest.raises(Refusal):
            parts(model, quantity)
        return

    assert_compared(case, "expected", "expected_cents")

    total = exact_total(parts(model, quantity))

    expected = case["expected"] if "expected" in case else case["expected_cents"]
    assert total == Fraction(number(expected))
