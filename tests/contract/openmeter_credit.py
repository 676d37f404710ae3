"""Reversal of credits that were used, newest first: the `credit_reversal` cases."""

from decimal import Decimal

import pytest

from tests.contract.billing_cases import Case
from work365.domain.account_credit import NotEnoughLeft, Part, reverse_newest_first
from work365.domain.money import Money
from work365.errors import Refusal

REFUSALS: dict[str, type[Refusal]] = {"insufficient": NotEnoughLeft}
"""What a case calls an error, where it is one in particular. Any other is a refusal as well."""

NEWEST_FIRST = "newest allocation first"


def check_credit_reversal(case: Case) -> None:
    """Give back what `case` asks for, and compare what is taken from where."""
    assert case["rule"] == NEWEST_FIRST, f"unknown rule of reversal: {case['rule']!r}"
    allocated, reversed_before = (
        [_money(text, case) for text in case[field]]
        for field in ("allocations_oldest_first", "already_reversed_per_allocation")
    )
    parts = [
        Part(f"#{place}", amount, spent)
        for place, (amount, spent) in enumerate(
            zip(allocated, reversed_before, strict=True), start=1
        )
    ]
    amount = _money(case["reverse_amount"], case)

    if "expected_error" in case:
        with pytest.raises(REFUSALS.get(case["expected_error"], Refusal)):
            reverse_newest_first(parts, amount)
        return
    draws = reverse_newest_first(parts, amount)

    expected = case["expected_reversals_newest_first"]
    assert [(draw.key, draw.amount) for draw in draws] == [
        (key, _money(text, case)) for key, text in expected
    ]


def _money(text: str, case: Case) -> Money:
    return Money.round(Decimal(text), case["currency"])
