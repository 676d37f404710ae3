"""OpenMeter's usage discounts: what they expect."""

from tests.contract.billing_cases import Case
from tests.contract.case_tiers import assert_compared, number
from work365.domain.usage_discounts import UsageDiscount


def check_usage_discount_quantity(case: Case) -> None:
    assert_compared(
        case,
        "expected_billed_units",
        "expected_discounted_units",
        "expected_billed_units_before_line",
    )
    discount = UsageDiscount(number(case["discounted_units_in_total"]))

    usage = discount.apply(
        number(case["units_in_this_line"]), before=number(case["units_before_this_line"])
    )

    figures = {
        "expected_billed_units": usage.billed,
        "expected_discounted_units": usage.free,
        "expected_billed_units_before_line": usage.before,
    }
    for name, figure in figures.items():
        assert name not in case or figure == number(case[name])
