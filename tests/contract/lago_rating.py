"""Lago's charge models: what each of them expects."""

from decimal import Decimal
from fractions import Fraction

from tests.contract.billing_cases import Case
from tests.contract.case_tiers import assert_compared, number, optional, tiered
from work365.domain.commitments import Commitment
from work365.domain.money import Money
from work365.domain.price_models import NOTHING, Package
from work365.domain.prorated_tiers import ProratedChange, prorated_graduated
from work365.domain.rating import exact_total, parts
from work365.domain.tiers import Graduated, Volume
from work365.domain.transactions import PercentagePerTransaction

CURRENCY = "EUR"


def check_minimum_commitment_true_up(case: Case) -> None:
    assert_compared(case, "expected_true_up_cents")
    commitment = Commitment(minimum=_euros(case["commitment_cents"]))
    if "period_days" in case:
        commitment = commitment.prorated(Fraction(case["days"], case["period_days"]))

    true_up = commitment.true_up(Money.exactly(_euros(case["billed_cents"]), CURRENCY))

    assert true_up.amount == _euros(case["expected_true_up_cents"])


def check_tier_total(case: Case) -> None:
    assert_compared(case, "expected")
    model, quantity = tiered(case["model"], case["tiers"]), number(case["quantity"])
    held = optional(case.get("tier_picked_by_full_units"))

    if held is None:
        rated = parts(model, quantity)
    else:
        assert isinstance(model, Volume), f"{case['model']} does not pick one tier"
        rated = model.parts_held(priced_units=quantity, held=held)

    assert exact_total(rated) == Fraction(number(case["expected"]))


def check_package(case: Case) -> None:
    assert_compared(case, "expected")
    package = Package(
        size=number(case["package_size"]),
        price=number(case["package_price"]),
        free=optional(case.get("free_units")) or NOTHING,
    )

    rated = parts(package, number(case["quantity"]))

    assert exact_total(rated) == Fraction(number(case["expected"]))


def check_percentage_per_transaction(case: Case) -> None:
    assert_compared(case, "expected")
    free_transactions = case["free_transactions"]
    model = PercentagePerTransaction(
        percent=number(case["rate_percent"]),
        fee=optional(case["fixed_per_transaction"]) or NOTHING,
        free_transactions=None if free_transactions is None else int(free_transactions),
        free_amount=optional(case["free_amount"]),
        minimum=optional(case["min_per_transaction"]),
        maximum=optional(case["max_per_transaction"]),
    )

    rated = model.parts([number(amount) for amount in case["transactions"]])

    assert exact_total(rated) == Fraction(number(case["expected"]))


def check_graduated_with_prorated_quantity_changes(case: Case) -> None:
    assert_compared(case, "expected")
    model = tiered("graduated", case["tiers"])
    assert isinstance(model, Graduated)
    changes = [
        ProratedChange(number(units), number(prorated))
        for units, prorated in zip(case["quantity_changes"], case["prorated_units"], strict=True)
    ]

    owed = Money.round(prorated_graduated(model, changes), CURRENCY)

    assert owed.amount == number(case["expected"])


def _euros(cents: int) -> Decimal:
    return number(cents).scaleb(-2)
