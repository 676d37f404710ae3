"""Explanation trees: every step from what is known to an amount, to be worked out again.

A leaf is a fact: an entry of the change log, a price, days, a discount, an exchange rate, the
decimals of a currency. Every other node is an operation on its children, with the name and the
version of the rule where there is one. `evaluate` looks at the leaves and the operations only;
the values that are written on the way are for people.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from functools import reduce
from operator import mul

from work365.domain import figures
from work365.domain.proration import VERSION
from work365.domain.rounding import RoundingMode, round_exactly

DIGITS = "digits"
"""Name of the fact that says how many decimals are kept."""

NO_RULE = ""

MODES = {f"{mode.value}{VERSION}": mode for mode in RoundingMode}
"""Ways of rounding, by the names that lines and nodes keep of them."""


class Operation(Enum):
    """What a node does with its children."""

    FACT = "fact"
    """Nothing: it has none, and is known."""
    PRODUCT = "product"
    SUM = "sum"
    ROUND = "round"
    """Rounds the first to so many decimals as the second says, by the node's rule."""
    LIMIT = "limit"
    """Takes the second in place of the first, which says what it would have been."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A number of an explanation, and where it comes from.

    Units: `value` is exact; amounts and prices are in the major unit of the currency shown.
    """

    name: str
    operation: Operation
    value: Fraction
    shown: str
    """The value as a person would write it: a decimal, or a fraction such as 21/31."""
    reason: str
    rule: str = NO_RULE
    """Name and version of the rule; none where there is nothing to choose."""
    children: tuple["Node", ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What is said of a node, whatever it is made of."""

    name: str
    reason: str
    shown: str | None = None
    """Without it, the value itself is shown."""
    rule: str = NO_RULE


def fact(step: Step, value: Fraction | Decimal | int) -> Node:
    """Return the leaf of something known."""
    return _node(step, Operation.FACT, Fraction(value), ())


def derived(step: Step, operation: Operation, children: Sequence[Node]) -> Node:
    """Return the node of `operation` on `children`, which stay beneath it."""
    values = [child.value for child in children]
    return _node(step, operation, _result(operation, values, step.rule), children)


def rounded(step: Step, exact: Node, digits: int, because: str) -> Node:
    """Return `exact` rounded to so many decimals by the rule of `step`; `because` says why."""
    kept = fact(Step(name=DIGITS, reason=because), digits)
    return derived(step, Operation.ROUND, (exact, kept))


def evaluate(node: Node) -> Fraction:
    """Return what `node` comes to, worked out from the facts at its leaves alone."""
    if node.operation is Operation.FACT:
        return node.value
    return _result(node.operation, [evaluate(child) for child in node.children], node.rule)


def _node(step: Step, operation: Operation, value: Fraction, children: Sequence[Node]) -> Node:
    return Node(
        name=step.name,
        operation=operation,
        value=value,
        shown=figures.fraction(value) if step.shown is None else step.shown,
        reason=step.reason,
        rule=step.rule,
        children=tuple(children),
    )


def _result(operation: Operation, values: Sequence[Fraction], rule: str) -> Fraction:
    if operation is Operation.ROUND:
        exact, digits = values
        return Fraction(round_exactly(exact, int(digits), MODES[rule]))
    return _OPERATIONS[operation](values)


def _second(values: Sequence[Fraction]) -> Fraction:
    _, instead = values
    return instead


_OPERATIONS: dict[Operation, Callable[[Sequence[Fraction]], Fraction]] = {
    Operation.PRODUCT: lambda values: reduce(mul, values, Fraction(1)),
    Operation.SUM: lambda values: sum(values, Fraction(0)),
    Operation.LIMIT: _second,
}
