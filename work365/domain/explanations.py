"""Explanations: how a line came to its amount, so that anybody can work it out again.

A line keeps every input that it was made from. Its explanation is a tree: the amount, the
steps that it came from with their rules, and what each step was made of, down to the days, the
price and the quantity; and one sentence for the customer. The tree is worked out again from
its leaves; if that does not give the printed amount, the line was tampered with or a rule was
changed under it, and that is an error, not a footnote.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from work365.domain import figures
from work365.domain.amount_trees import EXACT, amount_tree
from work365.domain.explanation_trees import Node, Operation, evaluate
from work365.domain.lines import BilledLine, LineKind
from work365.domain.money import ROUNDING, Money
from work365.domain.periods import PeriodNotContained
from work365.domain.provenance import (
    NOTHING_AT_HAND,
    AtHand,
    carried_node,
    price_node,
    quantity_node,
)
from work365.domain.sentences import sentence
from work365.errors import Contradiction

SHARES = frozenset({"cycle", "days", "share"})
"""Factors that are left out of a product where they are one."""


class AmountUnexplained(Contradiction):
    """A line's inputs do not give its amount."""

    code = "amount_unexplained"


@dataclass(frozen=True, slots=True)
class Factor:
    """One number that the amount is a product of."""

    name: str
    value: str
    """As a person would write it: a decimal, or a fraction such as 21/31."""
    reason: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """How a line came to its amount."""

    sentence: str
    factors: tuple[Factor, ...]
    """Their product is `exact`."""
    exact: str
    """The product, before rounding."""
    carried: str
    """Rounding of earlier lines that was added; empty where nothing was."""
    limit: str
    """Why the amount is not the rounded sum; empty where it is."""
    rounding: str
    amount: Money
    tree: Node
    """All of it, down to the facts; `evaluate` works the amount out from them."""


def explain(
    line: BilledLine, *, name: str, rounding: str, known: AtHand = NOTHING_AT_HAND
) -> Explanation:
    """Return how `line`, for what is sold under the name `name`, came to its amount.

    What is `known` besides the line shows where its quantity, price and carried rounding are
    from.
    Raises: AmountUnexplained: its inputs give another amount, or its rounding is not this one.
    UnknownProration: it was made by a rule that this version does not have.
    """
    if rounding != ROUNDING:
        raise AmountUnexplained(f"it was made by rule {rounding}; this version has {ROUNDING}")
    tree = _tree(line, known)
    _check(line, tree)
    return Explanation(
        sentence=sentence(line, name),
        factors=tuple(_factors(tree)),
        exact=figures.decimal(_exact(tree).value),
        carried=figures.decimal(line.carried) if line.carried else "",
        limit=tree.children[1].reason if tree.operation is Operation.LIMIT else "",
        rounding=rounding,
        amount=line.amount,
        tree=tree,
    )


def _tree(line: BilledLine, known: AtHand) -> Node:
    try:
        return amount_tree(
            line,
            quantity=quantity_node(line, known),
            price=price_node(line.charge, known),
            carried=carried_node(line, known),
        )
    except PeriodNotContained as refusal:
        raise AmountUnexplained(f"its days cannot be: {refusal}") from refusal


def _check(line: BilledLine, tree: Node) -> None:
    """Do nothing where the facts of `tree` give the amount of `line`.

    Raises: AmountUnexplained: they do not, or the line says what no line can.
    """
    found = Money.round(evaluate(tree), line.charge.slot.price.currency)
    if found != line.amount:
        raise AmountUnexplained(
            f"its inputs give {figures.money(found)}, and it says {figures.money(line.amount)}"
        )
    if line.limit is not None and line.kind is not LineKind.CREDIT:
        raise AmountUnexplained(
            f"it is a {line.kind.value} limited to {figures.money(line.limit)}, and only a credit"
            " can be"
        )


def _exact(tree: Node) -> Node:
    """Return the product that the amount was rounded from."""
    node = tree
    while node.name != EXACT:
        node = node.children[0]
    return node


def _factors(tree: Node) -> Iterator[Factor]:
    for node in _exact(tree).children:
        if node.name not in SHARES or node.value != Fraction(1):
            yield Factor(node.name, node.shown, node.reason)
