"""Microsoft's Azure usage, included units, and the lines of the legacy programme."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest

from tests.contract.billing_cases import Case, cases
from tests.contract.case_tiers import assert_compared, number, tiers_of
from work365.domain.money import Money
from work365.domain.periods import Period, day_after
from work365.domain.price_models import Included, PerUnit, PriceModel
from work365.domain.provider_charges import (
    azure_cost,
    effective_unit_price,
    legacy_line,
    legacy_part,
)
from work365.domain.rating import money_total, parts
from work365.domain.rounding import round_exactly
from work365.domain.tiers import Graduated

CURRENCY = "USD"
CREDIT_PERCENTS = ("credit_percent", "pec_percent", "partner_earned_credit_percent")
CREDIT_SHARES = ("pec", "partner_earned_credit", "credit")
"""The same, told as a share of one."""
LEGACY_PARTS = ("part", "period", "charge", "service")


def check_included_units_plus_overage(case: Case) -> None:
    assert_compared(case, "expected_usage", "expected_total")
    model = Included(
        fee=number(case["fixed_fee"]),
        units=number(case["included_units"]),
        overage=PerUnit(number(case["overage_price"])),
    )

    rated = parts(model, number(case["quantity"]))

    usage = [part for part in rated if part.component.startswith("overage-")]
    assert money_total(usage, currency_of(case)).amount == number(case["expected_usage"])
    assert money_total(rated, currency_of(case)).amount == number(case["expected_total"])


def check_azure(case: Case) -> None:
    quantity = number(case["quantity"])

    cost = azure_cost(
        usage_model(case),
        quantity,
        credit_percent=credit_percent(case),
        currency=currency_of(case),
    )

    assert_line(case, effective_unit_price(cost, quantity), cost)


def check_legacy_credit(case: Case) -> None:
    cycle = inclusive(case["cycle"])
    line = legacy_part(
        number(case["price"]),
        -number(case.get("quantity", 1)),
        cycle=cycle,
        part=Period(date.fromisoformat(case["cancel_on"]), cycle.end),
        currency=currency_of(case),
    )

    assert_line(case, line.unit_price, line.amount)


def check_legacy_part(case: Case) -> None:
    part = next(case[name] for name in LEGACY_PARTS if name in case)
    line = legacy_part(
        number(case["price"]),
        number(case.get("quantity", 1)),
        cycle=inclusive(case["cycle"]),
        part=inclusive(part),
        currency=currency_of(case),
    )

    assert_line(case, line.unit_price, line.amount)


def check_legacy_line(case: Case) -> None:
    line = legacy_line(
        number(case["unit_price"]),
        number(case["quantity"]),
        billing_days=case["billing_days"],
        cycle_days=case["cycle_days"],
        currency=currency_of(case),
    )

    assert_line(case, line.unit_price, line.amount)


def usage_model(case: Case) -> PriceModel:
    if "tiers" in case:
        return Graduated(tiers_of(case["tiers"]))
    return PerUnit(number(case["unit_price"]))


def credit_percent(case: Case) -> Decimal:
    percent = next((number(case[name]) for name in CREDIT_PERCENTS if name in case), None)
    share = next((number(case[name]) for name in CREDIT_SHARES if name in case), Decimal(0))
    return share.scaleb(2) if percent is None else percent


def currency_of(case: Case) -> str:
    return str(case.get("currency", CURRENCY))


def inclusive(days: list[str]) -> Period:
    first, last = map(date.fromisoformat, days)
    return Period(first, day_after(last, 1))


def assert_line(case: Case, unit_price: Fraction, amount: Money) -> None:
    """Compare a unit price with as many decimals as are shown, and an amount to the cent."""
    expected = {name: told for name, told in case.items() if name.startswith("expected")}
    assert expected, "the case expects nothing"
    for name, told in expected.items():
        if "unit_price" in name:
            assert shown_like(told, unit_price) == number(told), name
        else:
            assert amount.amount == number(told), name


def shown_like(told: str, exact: Fraction) -> Decimal:
    _, _, decimals = told.partition(".")
    return round_exactly(exact, len(decimals))


def check_of(case: Case) -> Callable[[Case], None]:
    """Return the check for what a case tells: its fields say it more finely than its ask."""
    match case:
        case {"included_units": _, "overage_price": _}:
            return check_included_units_plus_overage
        case {"cycle": _, "cancel_on": _}:
            return check_legacy_credit
        case {"cycle": _, "price": _}:
            return check_legacy_part
        case {"cycle_days": _, "billing_days": _}:
            return check_legacy_line
        case {"quantity": _, "tiers": _} | {"quantity": _, "unit_price": _}:
            return check_azure
    raise AssertionError(f"unknown ask {case['ask']!r} with fields {sorted(case)}")


@pytest.mark.parametrize("case", cases("microsoft_usage_and_legacy"))
def test_microsoft_usage_and_legacy(case: Case) -> None:
    check = check_of(case)

    check(case)
