"""Flexprice: lines of a change, credit caps, local days, shares of time, currencies."""

from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from tests.contract.billing_cases import Case, cases
from tests.contract.flexprice_credit import check_credit_cap
from work365.domain.day_counts import DayCount
from work365.domain.moments import Span, local_days_between
from work365.domain.money import Money, minor_unit_digits
from work365.domain.periods import Period
from work365.domain.proration import Proration, amount, exact_amount, measure
from work365.domain.rounding import round_exactly

CURRENCY = "USD"
ONE = Decimal(1)


def _check_change_lines(case: Case) -> None:
    proration = Proration()
    whole = Period.through(
        date.fromisoformat(case["period_start"]),
        date.fromisoformat(case["period_last_day_inclusive"]),
    )
    left = Period(date.fromisoformat(case["change_date"]), whole.end)
    assert (left.days, whole.days) == (case["remaining_days_inclusive"], case["period_days"])

    def line(which: str, direction: Decimal) -> Money:
        return amount(
            proration,
            quantity=Decimal(case[f"{which}_quantity"]) * direction,
            per_unit=Decimal(case[f"{which}_unit_price"]),
            measure=measure(proration, left, whole=whole, whole_months=1, price_months=1),
            currency=case.get("currency", CURRENCY),
        )

    credit, charge = line("old", -ONE), line("new", ONE)

    assert credit.amount == Decimal(case["expected_credit"])
    assert charge.amount == Decimal(case["expected_charge"])
    assert (credit + charge).amount == Decimal(case["expected_net"])


def _check_local_days_between(case: Case) -> None:
    days = local_days_between(
        datetime.fromisoformat(case["from"]),
        datetime.fromisoformat(case["to"]),
        ZoneInfo(case["timezone"]),
    )

    assert days == case["expected_days"]


def _moment(case: Case, name: str) -> datetime:
    told = datetime.fromisoformat(case[name])
    return told if told.tzinfo else told.replace(tzinfo=ZoneInfo(case.get("timezone", "UTC")))


def _check_remaining_share(case: Case) -> None:
    full = Span(_moment(case, "period_start"), _moment(case, "period_end_exclusive"))
    # What begins before the period has all of it, and what begins after its end nothing.
    begin = min(_moment(case, "from").astimezone(UTC), full.end)
    left = Span(begin, full.end).overlap(full)
    match case["unit"]:
        case "second":
            proration = Proration(day_count=DayCount.SECOND)
            share = left.share_of(full)
        case "day":
            proration = Proration()
            days = Period(full.start.date(), full.end.date())
            share = Period(left.start.date(), days.end).share_of(days)
        case unit:
            raise ValueError(f"unit {unit!r} is neither second nor day")

    granted = exact_amount(proration, quantity=ONE, per_unit=Decimal(case["amount"]), measure=share)

    assert round_exactly(granted, case["digits"]) == Decimal(case["expected"])


def _check_round_to_currency(case: Case) -> None:
    rounded = Money.round(Decimal(case["amount"]), case["currency"])

    assert rounded.amount == Decimal(case["expected"])
    assert minor_unit_digits(case["currency"]) == case["digits"]


def _check_currency_digits(case: Case) -> None:
    assert minor_unit_digits(case["currency"].upper()) == case["expected"]


ASKS = {
    "change_lines": _check_change_lines,
    "credit_cap": check_credit_cap,
    "local_days_between": _check_local_days_between,
    "remaining_share": _check_remaining_share,
    "round_to_currency": _check_round_to_currency,
    "currency_digits": _check_currency_digits,
}


@pytest.mark.parametrize("case", cases("flexprice_proration_rounding"))
def test_proration_and_rounding(case: Case) -> None:
    ASKS[case["ask"]](case)
