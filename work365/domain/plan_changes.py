"""Plan changes: which way a change goes, and the lines that it comes to.

A change within a billed period is a credit for what was billed and a charge for what holds
now. Where both are for one component of a subscription they are shown as one line.
"""

from collections.abc import Hashable, Iterable
from decimal import Decimal
from enum import Enum
from typing import TypeVar

from work365.domain.money import Money

Component = TypeVar("Component", bound=Hashable)


class Direction(Enum):
    """Which way a change goes, by what a billing period costs before and after."""

    UPGRADE = "upgrade"
    DOWNGRADE = "downgrade"
    LATERAL = "lateral"
    """It costs the same."""


def direction(*, before: Decimal, after: Decimal) -> Direction:
    """Return which way a change goes from what a period costs `before` to what it costs `after`.

    Units: both for periods of one length, in one currency.
    """
    if after == before:
        return Direction.LATERAL
    return Direction.UPGRADE if after > before else Direction.DOWNGRADE


def netted(
    lines: Iterable[tuple[Component | None, Money]],
) -> list[tuple[Component | None, Money]]:
    """Return `lines` with those of one component as one, in the order of their first.

    A component whose lines cancel out has none. Lines without a component stay as they are.
    Raises: CurrencyMismatch: the lines of a component are in different currencies.
    """
    sums: dict[tuple[Component | None, int], Money] = {}
    for place, (component, amount) in enumerate(lines, start=1):
        # A line without a component is by itself: its place tells it from the others.
        key = (component, 0) if component is not None else (None, place)
        sums[key] = sums[key] + amount if key in sums else amount
    return [
        (component, amount)
        for (component, _), amount in sums.items()
        if component is None or amount.amount
    ]
