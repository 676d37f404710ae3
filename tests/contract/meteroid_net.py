"""Lines of one component as one, and which way a change goes: `net_lines`, `change_direction`."""

from decimal import Decimal
from typing import Any

from tests.contract.billing_cases import Case
from work365.domain.money import Money
from work365.domain.plan_changes import Direction, direction, netted

CURRENCY = "USD"
"""The cases name none."""


def check_net_lines(case: Case) -> None:
    """Net the lines of `case`, and compare what is left of them."""
    component = "seats" if _flag(case["same_component"]) else None
    lines = [(component, _cents(cents)) for cents in case["line_cents"]]

    net = netted(lines)

    assert [amount for _, amount in net] == [
        _cents(cents) for cents in case["expected_net_lines_cents"]
    ]


def check_change_direction(case: Case) -> None:
    """Compare which way the change of `case` goes."""
    before, after = (Decimal(case[field]) for field in ("old_total", "new_total"))

    assert direction(before=before, after=after) is Direction(case["expected"])


def _flag(value: Any) -> bool:
    assert isinstance(value, bool), f"not true or false: {value!r}"
    return value


def _cents(cents: int) -> Money:
    return Money.exactly(Decimal(cents).scaleb(-2), CURRENCY)
