"""OpenMeter's usage lines: models, split lines, spending limits and discounts."""

from decimal import Decimal
from typing import Any

import pytest

from tests.contract.billing_cases import Case, cases
from tests.contract.case_tiers import assert_compared, number, optional, tiered
from work365.domain.commitments import MINIMUM_SPEND, Commitment, RatedLine, SpendingTerms
from work365.domain.cost_plus import CostOfUsage, Markup
from work365.domain.money import Money
from work365.domain.price_models import Flat, Package, PerUnit, PriceModel
from work365.domain.rating import LineUsage, rate_line

CURRENCY = "USD"
LAST_LINES = {"single": True, "whole_period_total": True, "last": True, "mid": False}
FIRST_LINES = {"single", "whole_period_total"}
NAMES = {
    "flat": "flat price",
    "unit": "usage in period",
    "package": "usage in period",
    "cost-plus": "usage in period",
    "volume": "unit price for {}",
    "volume-flat": "flat price for {}",
    MINIMUM_SPEND: "minimum spend",
}
"""What OpenMeter calls the line of a component; tiers of graduated prices are named below."""


def model_of(price: dict[str, Any]) -> PriceModel:
    match price["model"]:
        case "flat":
            return Flat(number(price["amount"]))
        case "per_unit" | "unit":
            return PerUnit(number(price["unit_price"]))
        case "package":
            return package_of(price)
        case "markup_multiplier" | "dynamic":
            return CostOfUsage(Markup.times(number(price["multiplier"])))
        case model:
            return tiered(model, price["tiers"])


def package_of(price: dict[str, Any]) -> Package:
    return Package(
        size=number(price["package_size"]), price=number(price.get("package_price", "0"))
    )


def usage_of(case: Case) -> LineUsage:
    before = number(case["quantity_before_line"])
    is_first = case["line_position"] in FIRST_LINES and not before
    return LineUsage(number(case["quantity_in_line"]), None if is_first else before)


def rated(case: Case) -> tuple[RatedLine, ...]:
    price, position = case["price"], case["line_position"]
    assert position in LAST_LINES, f"unknown line position {position!r}"
    terms = SpendingTerms(
        discount_percent=optional(case["discount_percent"]) or Decimal(0),
        commitment=Commitment(
            minimum=optional(price["minimum_spend"]), maximum=optional(price["maximum_spend"])
        ),
    )
    return rate_line(
        model_of(price),
        usage_of(case),
        terms,
        billed=Money.exactly(number(case["already_billed_before_line"]), CURRENCY),
        last=LAST_LINES[position],
    )


def name_of(line: RatedLine) -> str:
    component, tier = line.part.component, line.part.reason
    if component.startswith("tier-"):
        kind = "flat" if component.endswith("-flat") else "usage"
        return f"{kind} price for {tier}"
    return NAMES[component].format(tier)


def told(line: RatedLine) -> dict[str, Decimal | str]:
    is_commitment = line.part.component == MINIMUM_SPEND
    amount, nothing = line.amount.amount, Decimal(0)
    return {
        "name": name_of(line),
        "unit_amount": line.unit_amount,
        "quantity": line.part.quantity,
        "amount": nothing if is_commitment else amount,
        "discounts": line.discounts.amount,
        "commitment_charge": amount if is_commitment else nothing,
        "total": line.total.amount,
    }


def expected_line(line: dict[str, str]) -> dict[str, Decimal | str]:
    return {name: value if name == "name" else number(value) for name, value in line.items()}


@pytest.mark.parametrize("case", cases("openmeter_rating"))
def test_openmeter_rating(case: Case) -> None:
    if case["price"]["model"] == "package_count":
        assert_compared(case, "expected_packages")
        packages = package_of(case["price"]).packages(number(case["quantity_in_line"]))
        assert packages == number(case["expected_packages"])
        return

    assert_compared(case, "expected_lines", "expected_total")
    lines = rated(case)

    if case["expected_lines"] is not None:
        assert [told(line) for line in lines] == [expected_line(e) for e in case["expected_lines"]]
    total = Money.total((line.total for line in lines), CURRENCY)
    assert total.amount == number(case["expected_total"])
