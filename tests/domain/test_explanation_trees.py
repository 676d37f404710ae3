from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tests.domain.strategies import Story, run_days, stories
from tests.domain.test_billing_laws import played
from work365.domain.books import lines_on
from work365.domain.contracts import Subscription
from work365.domain.explanation_trees import (
    Node,
    Operation,
    Step,
    derived,
    evaluate,
    fact,
    rounded,
)
from work365.domain.explanations import AmountUnexplained, Explanation, explain
from work365.domain.invoices import Line
from work365.domain.lines import BilledLine, LineKind
from work365.domain.money import ROUNDING, Money
from work365.domain.periods import Period
from work365.domain.provenance import NOTHING_AT_HAND, AtHand

SAID = Step(name="said", reason="so it is")


def number(text: str) -> Node:
    return fact(SAID, Fraction(text))


class TestFact:
    def test_keeps_its_value_exactly_and_shows_it(self) -> None:
        node = fact(Step(name="share", reason="days", rule="actual-days/1"), Fraction(21, 31))

        assert node == Node(
            name="share",
            operation=Operation.FACT,
            value=Fraction(21, 31),
            shown="21/31",
            reason="days",
            rule="actual-days/1",
        )

    def test_shows_what_it_is_told_to(self) -> None:
        assert fact(Step(name="price", reason="", shown="12.40 EUR"), Decimal("12.4")).shown == (
            "12.40 EUR"
        )


class TestDerived:
    @pytest.mark.parametrize(
        ("operation", "values", "result"),
        [
            (Operation.PRODUCT, ["3", "12.4", "21/31"], "25.2"),
            (Operation.PRODUCT, ["-2"], "-2"),
            (Operation.SUM, ["10", "3", "-2"], "11"),
            (Operation.SUM, [], "0"),
            (Operation.LIMIT, ["-7.50", "-6"], "-6"),
        ],
    )
    def test_comes_to_the_result_of_its_operation(
        self, operation: Operation, values: list[str], result: str
    ) -> None:
        node = derived(SAID, operation, [number(text) for text in values])

        assert node.value == Fraction(result)
        assert evaluate(node) == Fraction(result)
        assert [child.value for child in node.children] == [Fraction(text) for text in values]

    @pytest.mark.parametrize(
        ("mode", "exact", "digits", "result"),
        [
            ("half-away-from-zero/1", "2.675", 2, "2.68"),
            ("half-away-from-zero/1", "-2.675", 2, "-2.68"),
            ("half-even/1", "2.665", 2, "2.66"),
            ("towards-zero/1", "-2.679", 2, "-2.67"),
            ("away-from-zero/1", "2.1", 0, "3"),
        ],
    )
    def test_is_rounded_by_the_rule_that_it_names(
        self, mode: str, exact: str, digits: int, result: str
    ) -> None:
        step = Step(name="amount", reason="rounded once", rule=mode)

        node = rounded(step, number(exact), digits, "decimals of the currency")

        assert evaluate(node) == Fraction(result)
        assert (node.operation, node.rule) == (Operation.ROUND, mode)
        kept = node.children[1]
        assert (kept.name, kept.value) == ("digits", Fraction(digits))
        assert kept.reason == "decimals of the currency"


def test_what_is_written_on_the_way_is_not_believed() -> None:
    product = derived(SAID, Operation.PRODUCT, [number("2"), number("3")])
    told = replace(product, value=Fraction(7))

    assert evaluate(derived(SAID, Operation.SUM, [told, number("1")])) == 7


def at_hand(line: Line, lines: list[Line]) -> list[AtHand]:
    changes = line.sold.changes if isinstance(line.sold, Subscription) else ()
    return [
        NOTHING_AT_HAND,
        AtHand(changes=changes),
        AtHand(changes=changes, lines=tuple(lines)),
    ]


def explained(line: BilledLine, known: AtHand = NOTHING_AT_HAND) -> Explanation:
    return explain(line, name="Product", rounding=ROUNDING, known=known)


def lines_of(story: Story, data: st.DataObject) -> list[Any]:
    return lines_on(played(story, data.draw(run_days(story.account.contract.start_on))).invoices)


def one_of(lines: list[Any], data: st.DataObject) -> Any:
    # Drawn by its place: the name of a strategy of lines would have all of them in it.
    return lines[data.draw(st.integers(0, len(lines) - 1))]


def leaves(node: Node) -> list[Node]:
    if node.operation is Operation.FACT:
        return [node]
    return [leaf for child in node.children for leaf in leaves(child)]


@given(stories(), st.data())
def test_every_line_of_any_story_is_worked_out_again_from_its_leaves(
    story: Story, data: st.DataObject
) -> None:
    lines = lines_of(story, data)

    for line in lines:
        for known in at_hand(line, lines):
            tree = explained(line, known).tree
            assert evaluate(tree) == tree.value == line.amount.amount
            assert all(not leaf.children for leaf in leaves(tree))


@given(stories(), st.data())
def test_another_amount_than_that_of_the_leaves_is_never_explained(
    story: Story, data: st.DataObject
) -> None:
    lines = lines_of(story, data)
    assume(lines)
    line = one_of(lines, data)
    by = data.draw(st.integers(-200, 200).filter(bool))
    another = line.amount + Money(line.amount.currency, Decimal(by))

    with pytest.raises(AmountUnexplained, match="its inputs give"):
        explained(replace(line, amount=another))


def quantity_of(line: BilledLine, by: int) -> BilledLine:
    return replace(line, charge=replace(line.charge, quantity=line.charge.quantity + by))


def price_of(line: BilledLine, by: int) -> BilledLine:
    slot = line.charge.slot
    price = slot.price._replace(per_unit=slot.price.per_unit + by)
    return replace(line, charge=replace(line.charge, slot=slot._replace(price=price)))


def days_of(line: BilledLine, by: int) -> BilledLine:
    period = line.charge.service_period
    end = period.start + (period.end - period.start) / (abs(by) % 7 + 2)
    return replace(line, charge=replace(line.charge, service_period=Period(period.start, end)))


def beyond(line: BilledLine, by: int) -> BilledLine:
    period, slot = line.charge.service_period, line.charge.slot
    longer = Period(period.start, slot.end + (slot.end - slot.start))
    return replace(line, charge=replace(line.charge, service_period=longer))


def discounts_of(line: BilledLine, by: int) -> BilledLine:
    slot = line.charge.slot
    discounts = tuple(
        one._replace(percent=one.percent / (abs(by) + 1)) for one in slot.price.discounts
    )
    price = slot.price._replace(discounts=discounts)
    return replace(line, charge=replace(line.charge, slot=slot._replace(price=price)))


def carried_of(line: BilledLine, by: int) -> BilledLine:
    return replace(line, carried=line.carried + by)


TAMPERED = [quantity_of, price_of, days_of, discounts_of, carried_of]


@given(
    story=stories(),
    data=st.data(),
    by=st.integers(-90, 90).filter(bool),
    tampered=st.sampled_from(TAMPERED),
)
def test_an_input_that_was_tampered_with_is_found_wherever_it_matters(
    story: Story, data: st.DataObject, by: int, tampered: Any
) -> None:
    lines = [line for line in lines_of(story, data) if line.limit is None]
    assume(lines)
    line = one_of(lines, data)
    altered = tampered(line, by)
    charge = altered.charge
    matters = (
        line.kind is not LineKind.WAIVED
        and charge.rounded(charge.exact_amount + altered.carried) != line.amount
    )

    if matters:
        with pytest.raises(AmountUnexplained, match="its inputs give"):
            explained(altered)
    else:
        assert explained(altered).amount == line.amount


@given(stories(), st.data())
def test_days_outside_the_billing_period_are_never_explained(
    story: Story, data: st.DataObject
) -> None:
    lines = lines_of(story, data)
    assume(lines)
    line = beyond(one_of(lines, data), 1)

    with pytest.raises(AmountUnexplained, match="is not within"):
        explained(line)
