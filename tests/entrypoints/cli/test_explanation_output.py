import json
from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from io import StringIO
from typing import Any

import pytest
from rich.console import Console

from tests.domain.logs import CONTRACT, START, entry, subscription
from work365.domain.accounts import Account
from work365.domain.books import Books, lines_on
from work365.domain.changes import UnitPrice
from work365.domain.explanation_trees import Node, Operation, Step, derived, fact
from work365.domain.invoices import Invoice
from work365.domain.lines import LineKind
from work365.entrypoints.cli.explanation_output import (
    Explained,
    NoSuchLine,
    explained_as_json,
    explained_line,
    explained_tree,
    in_words,
    node_as_json,
    print_explained,
)

SEATS = replace(
    subscription(
        "SUB-1",
        entry(START, 10, price=UnitPrice(Decimal("12.40"), 1)),
        entry(date(2026, 3, 11), 3),
    ),
    name="Office [E3]",
)


def invoices() -> list[Invoice]:
    books = Books(Account(contract=CONTRACT, subscriptions=(SEATS,)))
    books.run(START)
    books.run(date(2026, 4, 1))
    return books.invoices


def explained(wanted: str = "CT-1-00002/1") -> Explained:
    made = invoices()
    return explained_line(made, wanted, lines_on(made))


def rows(one: Explained) -> list[str]:
    """Return the rows of the tree, without the lines that lead to them."""
    page = Console(file=StringIO(), width=400)
    page.print(explained_tree(one))
    assert isinstance(page.file, StringIO)
    return [row.lstrip("│├└─ ").rstrip() for row in page.file.getvalue().splitlines()]


def number(value: str) -> Node:
    return fact(Step(name="number", reason="known"), Fraction(value))


class TestWords:
    def test_of_a_fact_say_it_as_it_is_shown(self) -> None:
        share = fact(Step(name="days", reason="of March", rule="actual-days/1"), Fraction(21, 31))

        assert in_words(share) == "days 21/31: of March, by actual-days/1"

    def test_of_a_product_have_its_factors(self) -> None:
        step = Step(name="exact amount", reason="before it is rounded")

        product = derived(step, Operation.PRODUCT, [number("5"), number("1/3")])

        assert in_words(product) == "exact amount 5 x 1/3 = 1.6666666667...: before it is rounded"

    def test_of_a_sum_have_what_it_comes_to(self) -> None:
        step = Step(name="carried", reason="of earlier lines")

        total = derived(step, Operation.SUM, [number("1/3"), number("1/3")])

        assert in_words(total) == "carried 0.6666666667...: of earlier lines"

    def test_do_not_name_a_rule_twice(self) -> None:
        step = Step(name="share", reason="by the rule begun-months/1", rule="begun-months/1")

        assert in_words(fact(step, 1)) == "share 1: by the rule begun-months/1"


class TestTree:
    def test_has_the_sentence_and_every_step_down_to_the_facts(self) -> None:
        first, *_ = lines_on(invoices())

        assert rows(explained()) == [
            "Charge for 3 x Office [E3] at 12.40 EUR a month, 2026-03-11 to 2026-03-31,"
            " 21 of 31 days: 25.20 EUR.",
            "line 1 of invoice CT-1-00002",
            "amount 25.20 EUR: rounded once, by half-away-from-zero/1",
            "exact amount 3 x 12.40 EUR x 21/31 = 25.2: before it is rounded",
            "quantity 3: units that are had",
            f"entry {SEATS.changes[0].key} +10: from 2026-03-01 on",
            f"entry {SEATS.changes[1].key} +3: from 2026-03-11 on",
            f"line {first.key} -10: billed before",
            "unit price 12.40 EUR: price of one unit for 1 month,"
            f" by entry {SEATS.changes[0].key} of 2026-03-01",
            "days 21/31: 2026-03-11 to 2026-03-31 of the billing period"
            " 2026-03-01 to 2026-03-31, by actual-days/1",
            "digits 2: decimals of EUR, by ISO 4217",
        ]

    def test_of_a_credit_names_the_line_that_it_takes_from(self) -> None:
        one = explained()
        credit = replace(one.line, kind=LineKind.CREDIT, corrects="CT-1-00001_[x]")

        told = rows(replace(one, line=credit))

        assert told[2] == "takes back a part of line CT-1-00001_[x]"


class TestDocument:
    def test_has_amounts_as_text_and_the_tree(self, capsys: pytest.CaptureFixture[str]) -> None:
        one = explained()

        print_explained(one, as_json=True)

        told: dict[str, Any] = json.loads(capsys.readouterr().out)
        assert told == explained_as_json(one)
        assert told.pop("tree") == node_as_json(one.explanation.tree)
        assert told == {
            "line": one.line.key,
            "kind": "charge",
            "corrects": None,
            "invoice": "CT-1-00002",
            "position": 1,
            "sentence": one.explanation.sentence,
            "factors": [
                {"name": each.name, "value": each.value, "reason": each.reason}
                for each in one.explanation.factors
            ],
            "exact": "25.2",
            "carried": "",
            "limit": "",
            "rounding": "half-away-from-zero/1",
            "amount": "25.20",
            "currency": "EUR",
        }

    def test_of_a_node_has_its_exact_value_and_what_it_is_from(self) -> None:
        step = Step(name="share", reason="of March", rule="actual-days/1")

        told = node_as_json(derived(step, Operation.PRODUCT, [number("21/31")]))

        assert told == {
            "name": "share",
            "operation": "product",
            "value": "21/31",
            "shown": "21/31",
            "reason": "of March",
            "rule": "actual-days/1",
            "from": [node_as_json(number("21/31"))],
        }

    def test_for_people_is_the_tree(self, capsys: pytest.CaptureFixture[str]) -> None:
        print_explained(explained(), as_json=False)

        assert "└── digits 2: decimals of EUR" in capsys.readouterr().out


class TestLine:
    def test_is_found_by_its_invoice_its_number_or_its_key(self) -> None:
        by_key = explained("CT-1-00002/2")

        assert (by_key.invoice, by_key.position) == ("CT-1-00002", 2)
        assert explained("2/2") == by_key
        assert explained(by_key.line.key) == by_key

    @pytest.mark.parametrize("wanted", ["CT-1-00002/3", "3/1", "CT-1-00002", ""])
    def test_that_is_not_there_is_refused(self, wanted: str) -> None:
        told = (
            f"^there is no line {wanted!r} on these invoices; choose from"
            " CT-1-00001/1 to 1, CT-1-00002/1 to 2$"
        )

        with pytest.raises(NoSuchLine, match=told):
            explained(wanted)

    def test_is_not_there_where_nothing_is_invoiced(self) -> None:
        with pytest.raises(NoSuchLine, match=r"choose from none$"):
            explained_line([], "1/1", ())
