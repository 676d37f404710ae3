"""Microsoft Partner Center: lines of licences, over the days of the charge cycle's month.

The pages do not agree on how a line is rounded; each case names the ways that give its total.
"""

from datetime import date
from decimal import Decimal

import pytest

from tests.contract.billing_cases import Case, cases
from work365.domain.day_counts import DayCount
from work365.domain.periods import DayCycle, Period
from work365.domain.proration import Proration, Rounding, amount, measure, unit_price
from work365.domain.rounding import RoundingMode, round_exactly

CUT_OFF = RoundingMode.TOWARDS_ZERO
HALF_UP = RoundingMode.HALF_AWAY_FROM_ZERO
ROUNDINGS = {
    "trunc(EUP x qty)": Rounding(line_mode=CUT_OFF),
    "trunc(EUP) x qty": Rounding(unit_price_digits=2, unit_price_mode=CUT_OFF),
    "half_up(EUP x qty)": Rounding(line_mode=HALF_UP),
    "half_up(EUP) x qty": Rounding(unit_price_digits=2, unit_price_mode=HALF_UP),
}
NOT_STATED = "(not stated)"
MONTHS_OF_DAYS = {28: 1, 29: 1, 30: 1, 31: 1, 365: 12, 366: 12, 1095: 36, 1096: 36}


def _proration(rounding: Rounding) -> Proration:
    return Proration(day_count=DayCount.START_MONTH, rounding=rounding)


@pytest.mark.parametrize("case", cases("microsoft_nce_lines"))
def test_a_line_of_licences(case: Case) -> None:
    charged = Period.through(
        date.fromisoformat(case["charge_start"]),
        date.fromisoformat(case["charge_end_inclusive"]),
    )
    cycle_days = case["charge_cycle_days"]
    months = MONTHS_OF_DAYS[cycle_days]
    per_unit = Decimal(case["unit_price"])
    # Only the sign of the figures tells a refund from a charge.
    total = Decimal(case["expected_total"])
    quantity = Decimal(case["quantity"]).copy_sign(total)
    assert case["matching_rounding_rules"], "the case names no way to round"

    times = measure(
        _proration(Rounding()),
        charged,
        whole=DayCycle(charged.end, cycle_days).period(-1),
        whole_months=months,
        price_months=months,
    )

    for rule in case["matching_rounding_rules"]:
        line = amount(
            _proration(ROUNDINGS[rule]),
            quantity=quantity,
            per_unit=per_unit,
            measure=times,
            currency="USD" if case["currency"] == NOT_STATED else case["currency"],
        )
        assert line.amount == total, rule
    shown = Decimal(case["expected_effective_unit_price_shown"])
    digits = -int(shown.as_tuple().exponent)
    exact = unit_price(_proration(Rounding()), per_unit=per_unit, measure=times)
    # The price of a refund is printed with a sign, on some pages; its decimals are cut off on
    # some and rounded on others.
    assert abs(shown) in {round_exactly(exact, digits, mode) for mode in (CUT_OFF, HALF_UP)}
