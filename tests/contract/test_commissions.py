"""Commissions: tiers, accelerators, targets and splits from public examples."""

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

import pytest

from tests.contract.attentive_case import AttentiveCase
from tests.contract.billing_cases import Case, cases
from work365.domain.incentives import (
    Basis,
    TargetIncentive,
    Tier,
    attainment,
    percentage,
    split,
    tiered,
    tiered_on_attainment,
)
from work365.domain.money import Money


def money(case: Case, told: Any) -> Money:
    return Money.exactly(Decimal(told), case.get("currency", "USD"))


def tiers_of(case: Case) -> list[Tier]:
    """Return the tiers; where a case tells the start of each, they have to follow each other."""
    tiers = []
    reached = Decimal(0)
    for told in case["tiers"]:
        unknown = told.keys() - {"from_percent", "to_percent", "from", "to", "up_to", "rate"}
        assert not unknown, f"unknown fields of a tier: {unknown}"
        start = told.get("from_percent", told.get("from"))
        assert start is None or Decimal(start) == reached, f"a gap before {told}"
        end = told.get("to_percent", told.get("to", told.get("up_to")))
        reached = reached if end is None else Decimal(end)
        tiers.append(Tier(None if end is None else reached, Decimal(told["rate"])))
    return tiers


def total(case: Case, parts: Sequence[Money]) -> Money:
    return Money.total(parts, case.get("currency", "USD"))


def amount_tiers(case: Case) -> dict[str, Any]:
    parts = tiered(money(case, case["bookings"]), tiers_of(case))
    return {"expected_parts": parts, "expected": total(case, parts)}


def attainment_tiers(case: Case) -> dict[str, Any]:
    bookings, quota = money(case, case["bookings"]), money(case, case["quota"])
    parts = tiered_on_attainment(bookings, quota, tiers_of(case))
    return {
        "expected_parts": parts,
        "expected": total(case, parts),
        "expected_attainment_percent": attainment(bookings, quota),
    }


def accelerated(case: Case) -> dict[str, Any]:
    """Bookings up to the quota earn one rate, and those beyond it a higher one."""
    tiers = [
        Tier(Decimal(100), Decimal(case["rate"])),
        Tier(None, Decimal(case["accelerated_rate"])),
    ]
    bookings, quota = money(case, case["bookings"]), money(case, case["quota"])
    parts = tiered_on_attainment(bookings, quota, tiers)
    return {"expected_parts": parts, "expected": total(case, parts)}


def cumulative(case: Case) -> dict[str, Any]:
    incentive = TargetIncentive(
        at_target=money(case, case["opportunity"]),
        rate_per_percent_over=Decimal(case.get("rate_per_percent_over", 0)),
    )
    attained = Decimal(case["attainment_percent"])
    due = incentive.due(attained, earned_to_date=money(case, case.get("earned_to_date", 0)))
    return {
        "expected_base": incentive.base(attained),
        "expected_overachievement": incentive.overachievement(attained),
        "expected_due": due,
        "expected": due,
    }


def split_shares(case: Case) -> dict[str, Any]:
    shares = {person: Decimal(share) for person, share in case["shares_percent"].items()}
    return {"expected": split(money(case, case["commission"]), shares)}


def flat(case: Case) -> dict[str, Any]:
    worth = money(case, case[case.get("basis", Basis.BOOKING.value)])
    return {"expected": percentage(worth, Decimal(case["rate"]))}


ASKS: dict[str, Callable[[Case], dict[str, Any]]] = {
    "tiered_on_amount": amount_tiers,
    "tiered_on_attainment": attainment_tiers,
    "accelerated": accelerated,
    "cumulative_with_earned_to_date": cumulative,
    "split": split_shares,
    "percentage": flat,
}


def as_told(value: Any) -> Any:
    """Return what the engine gives in the form in which cases tell it."""
    match value:
        case Money():
            return value.amount
        case dict():
            return {key: as_told(part) for key, part in value.items()}
        case tuple():
            return [as_told(part) for part in value]
    return value


def as_amounts(told: Any) -> Any:
    match told:
        case dict():
            return {key: as_amounts(part) for key, part in told.items()}
        case list():
            return [as_amounts(part) for part in told]
    return Decimal(told)


def check(given: Any, told: Any) -> None:
    assert as_told(given) == as_amounts(told)


@pytest.mark.parametrize("case", cases("commissions"))
def test_a_commission_is_the_examples(case: Case) -> None:
    attentive = AttentiveCase(case)
    if case["ask"] not in ASKS:
        pytest.fail(f"unknown ask: {case['ask']!r}")

    given = ASKS[case["ask"]](attentive)

    attentive.check_all_read()
    for field, told in attentive.expected.items():
        if field not in given:
            pytest.fail(f"unknown field {field!r}: {told!r}")
        check(given[field], told)
