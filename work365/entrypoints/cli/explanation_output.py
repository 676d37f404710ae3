"""How a line came to its amount, as the commands print it: a tree for people, JSON for programs.

Every node of the tree is a line: its name, what it came to, why, and the rule if there is one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

import typer
from rich.markup import escape
from rich.tree import Tree

from work365.domain import figures
from work365.domain.contracts import Subscription
from work365.domain.explanation_trees import Node, Operation
from work365.domain.explanations import Explanation, explain
from work365.domain.invoices import Invoice, Line
from work365.domain.lines import BilledLine
from work365.domain.money import ROUNDING
from work365.domain.provenance import AtHand
from work365.entrypoints.cli.output import console, print_json
from work365.errors import Refusal

OneLine = Annotated[
    str | None,
    typer.Option(
        "--line",
        metavar="INVOICE/POSITION",
        help="Show how this line alone came to its amount, step by step.",
    ),
]


class NoSuchLine(Refusal):
    """There is no line at the place that was named."""

    code = "no_such_line"


@dataclass(frozen=True, slots=True)
class Explained:
    """A line in its place, and how it came to its amount."""

    line: BilledLine
    invoice: str
    position: int
    explanation: Explanation


def explanation_of(line: Line, others: Sequence[BilledLine]) -> Explanation:
    """Return how `line` came to its amount, by its log and the other lines of the contract."""
    changes = line.sold.changes if isinstance(line.sold, Subscription) else ()
    known = AtHand(changes=changes, lines=tuple(others))
    return explain(line, name=line.sold.name, rounding=ROUNDING, known=known)


def explained_line(
    invoices: Sequence[Invoice], wanted: str, others: Sequence[BilledLine]
) -> Explained:
    """Return the line of `invoices` that is `wanted`, such as `CT-1001-00002/1` or `2/1`.

    Raises: NoSuchLine: there is none.
    """
    for invoice in invoices:
        for line in invoice.lines:
            places = (f"{name}/{line.position}" for name in (invoice.key, str(invoice.sequence)))
            if wanted in (line.key, *places):
                return Explained(line, invoice.key, line.position, explanation_of(line, others))
    there_are = ", ".join(f"{one.key}/1 to {len(one.lines)}" for one in invoices)
    raise NoSuchLine(
        f"there is no line {wanted!r} on these invoices; choose from {there_are or 'none'}"
    )


def print_explained(explained: Explained, *, as_json: bool) -> None:
    """Print an explanation, as a tree or as JSON."""
    if as_json:
        print_json(explained_as_json(explained))
    else:
        console.print(explained_tree(explained))


def explained_tree(explained: Explained) -> Tree:
    """Return an explanation as a sentence, with the steps of the amount beneath it."""
    line = explained.line
    tree = Tree(escape(explained.explanation.sentence), highlight=True)
    tree.add(f"line {explained.position} of invoice {escape(explained.invoice)}")
    if line.corrects is not None:
        tree.add(f"takes back a part of line {escape(line.corrects)}")
    _grow(tree, explained.explanation.tree)
    return tree


def _grow(tree: Tree, node: Node) -> None:
    branch = tree.add(escape(in_words(node)))
    for child in node.children:
        _grow(branch, child)


def in_words(node: Node) -> str:
    """Return what `node` is, what it came to and why."""
    came = _figure(node)
    if node.operation is Operation.PRODUCT:
        came = f"{' x '.join(child.shown for child in node.children)} = {came}"
    rule = f", by {node.rule}" if node.rule and node.rule not in node.reason else ""
    return f"{node.name} {came}: {node.reason}{rule}"


def _figure(node: Node) -> str:
    """Return what a fact is, and what anything else came to as a decimal."""
    if node.operation is Operation.FACT or "/" not in node.shown:
        return node.shown
    return figures.decimal(node.value)


def explained_as_json(explained: Explained) -> dict[str, object]:
    """Return an explanation as JSON; amounts are strings."""
    line, explanation = explained.line, explained.explanation
    return {
        "line": line.key,
        "kind": line.kind.value,
        "corrects": line.corrects,
        "invoice": explained.invoice,
        "position": explained.position,
        "sentence": explanation.sentence,
        "factors": [
            {"name": factor.name, "value": factor.value, "reason": factor.reason}
            for factor in explanation.factors
        ],
        "exact": explanation.exact,
        "carried": explanation.carried,
        "limit": explanation.limit,
        "rounding": explanation.rounding,
        "amount": str(explanation.amount.amount),
        "currency": explanation.amount.currency,
        "tree": node_as_json(explanation.tree),
    }


def node_as_json(node: Node) -> dict[str, object]:
    """Return a tree as JSON; `value` is exact, and a fraction where it has to be."""
    return {
        "name": node.name,
        "operation": node.operation.value,
        "value": str(node.value),
        "shown": node.shown,
        "reason": node.reason,
        "rule": node.rule,
        "from": [node_as_json(child) for child in node.children],
    }
