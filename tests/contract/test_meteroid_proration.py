"""Meteroid: credit and charge of a change for the days that are left of the period."""

from datetime import date
from decimal import Decimal
from typing import NamedTuple

import pytest

from tests.contract.billing_cases import Case, cases
from tests.contract.meteroid_net import check_change_direction, check_net_lines
from work365.domain.day_counts import DayCount
from work365.domain.money import Money
from work365.domain.periods import Period
from work365.domain.proration import Proration, amount, measure

CURRENCY_WITH_DIGITS = {0: "JPY", 2: "EUR", 3: "KWD"}
QUANTITY = {"credit": Decimal(-1), "charge": Decimal(1)}


class Basis(NamedTuple):
    """What a price pays for, and how a part of it is counted."""

    day_count: DayCount
    price_months: int = 1


ONCE = Basis(DayCount.NONE)
BASES = {
    "this_period": Basis(DayCount.ACTUAL),
    "own_year_365": Basis(DayCount.ACTUAL_OVER_365, 12),
    "one_time": ONCE,
    "full": ONCE,
    "in_full": ONCE,
    "not_prorated": ONCE,
    "never_prorated": ONCE,
    "none": ONCE,
}
USAGE = "usage"
"""What is charged by use has no line when something changes."""


def _check_change_lines(case: Case) -> None:
    whole = Period(
        date.fromisoformat(case["period_start"]),
        date.fromisoformat(case["period_end_exclusive"]),
    )
    left = Period(date.fromisoformat(case["change_date"]), whole.end)
    currency = CURRENCY_WITH_DIGITS[case["currency_digits"]]
    assert whole.days == case["period_days"]

    lines = []
    for told in case["items"]:
        if told["basis"] == USAGE or told["kind"] == USAGE:
            continue
        basis = BASES[told["basis"]]
        proration = Proration(day_count=basis.day_count)
        times = measure(
            proration, left, whole=whole, whole_months=1, price_months=basis.price_months
        )
        lines.append(
            amount(
                proration,
                quantity=QUANTITY[told["kind"]],
                per_unit=Decimal(told["amount"]),
                measure=times,
                currency=currency,
            )
        )

    net = Money.total(lines, currency)
    # What comes to nothing is no line.
    told_lines = [line for line in lines if line.amount]
    assert told_lines == [_money(cents, currency) for cents in case["expected_line_cents"]]
    assert net == _money(case["expected_net_cents"], currency)


def _money(cents: int, currency: str) -> Money:
    digits = {code: count for count, code in CURRENCY_WITH_DIGITS.items()}[currency]
    return Money.exactly(Decimal(cents).scaleb(-digits), currency)


ASKS = {
    "change_lines": _check_change_lines,
    "net_lines": check_net_lines,
    "change_direction": check_change_direction,
}


@pytest.mark.parametrize("case", cases("meteroid_proration"))
def test_proration(case: Case) -> None:
    ASKS[case["ask"]](case)
