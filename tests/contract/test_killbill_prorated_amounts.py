"""Kill Bill: a price times a fraction of nine decimals, then rounded to the currency."""

from datetime import date
from decimal import Decimal

import pytest

from tests.contract.billing_cases import Case, cases
from work365.domain.periods import Period
from work365.domain.proration import Proration, Rounding, amount, measure

NINE_DECIMALS = Proration(rounding=Rounding(fraction_digits=9))
QUANTITY = {
    "leading": Decimal(1),
    "trailing": Decimal(1),
    "arrears_change": Decimal(1),
    "full": Decimal(1),
    "charge": Decimal(1),
    "credit": Decimal(-1),
}


def _period(case: Case, name: str) -> Period:
    return Period(
        date.fromisoformat(case[f"{name}_start"]),
        date.fromisoformat(case[f"{name}_end_exclusive"]),
    )


@pytest.mark.parametrize("case", cases("killbill_prorated_amounts"))
def test_the_amount_of_a_part_of_a_cycle(case: Case) -> None:
    times = measure(
        NINE_DECIMALS,
        _period(case, "service"),
        whole=_period(case, "reference_cycle"),
        # The price is for the cycle, whatever its length.
        whole_months=1,
        price_months=1,
    )

    line = amount(
        NINE_DECIMALS,
        quantity=QUANTITY[case["kind"]],
        per_unit=Decimal(case["price_per_cycle"]),
        measure=times,
        currency=case["currency"],
    )

    assert line.amount == Decimal(case["expected_amount"])
