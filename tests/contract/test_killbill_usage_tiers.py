"""Kill Bill's consumable usage: tiers of blocks, and the difference to what was billed."""

from typing import Any

import pytest

from tests.contract.billing_cases import Case, cases
from tests.contract.case_tiers import assert_compared, number, optional
from work365.domain.money import Money
from work365.domain.price_models import PriceModel
from work365.domain.rating import money_total, parts, still_owed
from work365.domain.tiers import Beyond, BlockTier, Graduated, Volume, tiers_of_blocks

CURRENCY = "USD"
BILLED_BEFORE = ("already_billed", "billed", "previously_billed")
BILLED_NOW = (
    "expected_difference",
    "expected_delta",
    "expected_to_bill",
    "expected_invoiced",
    "expected_new",
    "expected",
)


def block_tier(told: dict[str, Any]) -> BlockTier:
    return BlockTier(
        block=number(told["block_size"]),
        blocks=optional(told["blocks_in_tier"]),
        per_block=number(told["price_per_block"]),
    )


def model_of(case: Case) -> PriceModel:
    tiers = tiers_of_blocks([block_tier(tier) for tier in case["tiers"]])
    match case["policy"]:
        case "all_tiers":
            return Graduated(tiers)
        case "top_tier":
            return Volume(tiers, Beyond.LAST_TIER)
    raise AssertionError(f"unknown policy {case['policy']!r}")


@pytest.mark.parametrize("case", cases("killbill_usage_tiers"))
def test_killbill_usage_tiers(case: Case) -> None:
    assert_compared(case, "expected_by_tier", "expected_total", *BILLED_NOW)
    model, quantity = model_of(case), number(case["quantity"])
    before = next((number(case[name]) for name in BILLED_BEFORE if name in case), number(0))
    billed = Money.exactly(before, CURRENCY)
    rated = parts(model, quantity)

    owed = still_owed(model, quantity, billed=billed).amount
    by_tier = [money_total([part], CURRENCY).amount for part in rated]

    named = [name for name in BILLED_NOW if name in case]
    for name in named:
        assert owed == number(case[name])
    if "expected_total" in case:
        # A case that says apart what is billed now means the whole by the total.
        total = money_total(rated, CURRENCY).amount if named else owed
        assert total == number(case["expected_total"])
    if "expected_by_tier" in case:
        assert by_tier == [number(amount) for amount in case["expected_by_tier"]]
