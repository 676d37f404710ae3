from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest

from tests.domain.logs import LATER, entry
from work365.domain.changes import UnitPrice
from work365.domain.charges import LICENSE, USAGE, Charge, Price, Slot
from work365.domain.explanation_trees import Node, Operation
from work365.domain.lines import BilledLine, LineKind
from work365.domain.money import Money
from work365.domain.periods import Period
from work365.domain.provenance import (
    NOTHING_AT_HAND,
    AtHand,
    carried_node,
    earlier,
    invoice_of,
    price_node,
    quantity_node,
)

MARCH = Period(date(2026, 3, 1), date(2026, 4, 1))
SEATS = Price("SUB-1", LICENSE, "EUR", Decimal("12.40"), 1)
MONTHLY = UnitPrice(Decimal("12.40"), 1)
OPENING = entry(date(2026, 3, 1), 10, price=MONTHLY)
ADDED = entry(date(2026, 3, 11), 3)


def line(
    invoice: str,
    quantity: int,
    first: date = MARCH.start,
    end: date = MARCH.end,
    price: Price = SEATS,
) -> BilledLine:
    charge = Charge(Slot(price, MARCH.start, MARCH.end, 1), Period(first, end), Decimal(quantity))
    kind = LineKind.CREDIT if quantity < 0 else LineKind.CHARGE
    key = f"{invoice}_SUB-1_{price.component}_{first:%Y%m%d}_{quantity}"
    return BilledLine(key=key, charge=charge, amount=charge.amount, kind=kind)


def parts(node: Node) -> list[tuple[str, str]]:
    return [(child.name, child.shown) for child in node.children]


BILLED = line("CT-1-00001", 10)
MORE = line("CT-1-00002", 3, date(2026, 3, 11))


class TestQuantity:
    def test_of_a_first_line_is_the_entries_until_its_first_day(self) -> None:
        added_later = entry(date(2026, 3, 2), 5)
        known = AtHand(changes=(added_later, OPENING))

        node = quantity_node(BILLED, known)

        assert (node.operation, node.value) == (Operation.SUM, Fraction(10))
        assert parts(node) == [("entry 20260301+10", "+10")]
        assert node.children[0].reason == "from 2026-03-01 on"

    def test_of_a_later_line_is_the_entries_less_what_was_billed(self) -> None:
        known = AtHand(changes=(OPENING, ADDED), lines=(BILLED, MORE))

        node = quantity_node(MORE, known)

        assert node.value == 3
        assert parts(node) == [
            ("entry 20260301+10", "+10"),
            ("entry 20260311+3", "+3"),
            (f"line {BILLED.key}", "-10"),
        ]
        assert node.children[2].reason == "billed before"

    def test_of_what_is_taken_back_whole_is_what_was_billed(self) -> None:
        credit = line("CT-1-00003", -10)
        cheaper = entry(date(2026, 3, 1), price=UnitPrice(Decimal("11.90"), 1))

        node = quantity_node(credit, AtHand(changes=(OPENING, cheaper), lines=(BILLED,)))

        assert (node.operation, node.value) == (Operation.SUM, Fraction(-10))
        assert parts(node) == [(f"line {BILLED.key}", "-10")]

    def test_counts_a_credit_before_it(self) -> None:
        credit = line("CT-1-00002", -10)
        again = line("CT-1-00002", 12)
        known = AtHand(changes=(OPENING, entry(date(2026, 3, 1), 2)), lines=(again, credit, BILLED))

        node = quantity_node(again, known)

        assert parts(node)[2:] == [(f"line {BILLED.key}", "-10"), (f"line {credit.key}", "+10")]
        assert node.children[3].reason == "taken back before"

    def test_leaves_out_lines_for_other_days(self) -> None:
        first_days = line("CT-1-00001", 10, end=date(2026, 3, 11))
        later = line("CT-1-00002", 13, date(2026, 3, 11))

        node = quantity_node(later, AtHand(changes=(OPENING, ADDED), lines=(first_days,)))

        assert parts(node) == [("entry 20260301+10", "+10"), ("entry 20260311+3", "+3")]

    def test_that_does_not_follow_is_the_fact_with_the_entries_beside_it(self) -> None:
        node = quantity_node(line("CT-1-00001", 4), AtHand(changes=(OPENING,)))

        assert (node.operation, node.shown, node.children) == (Operation.FACT, "4", ())
        assert node.reason == ("units that are had; had by then: entry 20260301+10 +10")

    @pytest.mark.parametrize(
        ("component", "reason"),
        [
            (LICENSE, "units that are had"),
            ("tier-2", "units that are had; of tier-2"),
            (f"{USAGE}tier-2", "units used in the billing period, of tier-2"),
            ("effort", "units, sold once"),
        ],
    )
    def test_alone_says_what_it_counts(self, component: str, reason: str) -> None:
        node = quantity_node(
            line("CT-1-00001", 4, price=SEATS._replace(component=component)), NOTHING_AT_HAND
        )

        assert (node.operation, node.shown, node.reason) == (Operation.FACT, "4", reason)


class TestPrice:
    def test_names_the_last_entry_that_set_it(self) -> None:
        again = replace(entry(date(2026, 3, 1), 1, price=MONTHLY), recorded_at=LATER)
        later = entry(date(2026, 3, 2), 2, price=MONTHLY)
        other = entry(date(2026, 3, 1), 4, price=UnitPrice(Decimal("12.40"), 12))
        known = AtHand(changes=(other, later, again, OPENING))

        node = price_node(BILLED.charge, known)

        assert (node.value, node.shown) == (Fraction("12.4"), "12.40 EUR")
        assert node.reason == "price of one unit for 1 month, by entry 20260301+1 of 2026-03-01"

    @pytest.mark.parametrize(
        ("component", "reason"),
        [
            (LICENSE, "price of one unit for 1 month"),
            ("tier-2", "price of one unit for 1 month, by the price model: tier-2"),
            (f"{USAGE}tier-2", "price of one unit used, by the price model: tier-2"),
            ("write-in", "price of one unit, agreed once"),
        ],
    )
    def test_says_where_it_is_from_without_an_entry(self, component: str, reason: str) -> None:
        charge = line("CT-1-00001", 1, price=SEATS._replace(component=component)).charge

        assert price_node(charge, NOTHING_AT_HAND).reason == reason


class TestCarried:
    THIRD = SEATS._replace(per_unit=Decimal("10.00"))

    def first(self) -> BilledLine:
        return line("CT-1-00001", 1, end=date(2026, 3, 11), price=self.THIRD)

    def second(self, carried: str) -> BilledLine:
        later = line("CT-1-00002", 1, date(2026, 3, 11), price=self.THIRD)
        return BilledLine(
            key=later.key, charge=later.charge, amount=later.amount, carried=Fraction(carried)
        )

    def test_is_none_where_nothing_was(self) -> None:
        assert carried_node(self.first(), NOTHING_AT_HAND) is None

    def test_is_by_the_lines_that_it_came_from(self) -> None:
        node = carried_node(self.second("-13/3100"), AtHand(lines=(self.first(),)))

        assert node is not None
        assert (node.operation, node.value) == (Operation.SUM, Fraction(-13, 3100))
        assert node.children[0].name == f"line {self.first().key}"
        assert node.children[0].reason == "100/31 before rounding, 3.23 EUR after"

    def test_leaves_out_what_was_waived_and_what_was_even(self) -> None:
        waived = BilledLine(
            key="CT-1-00001_SUB-1_license_waived",
            charge=self.first().charge,
            amount=Money.zero("EUR"),
            kind=LineKind.WAIVED,
        )
        even = line("CT-1-00001", 31, end=date(2026, 3, 2), price=self.THIRD)

        node = carried_node(self.second("-13/3100"), AtHand(lines=(waived, even, self.first())))

        assert node is not None
        assert [child.name for child in node.children] == [f"line {self.first().key}"]

    def test_that_does_not_follow_is_a_fact(self) -> None:
        node = carried_node(self.second("1/300"), AtHand(lines=(self.first(),)))

        assert node is not None
        assert (node.operation, node.value) == (Operation.FACT, Fraction(1, 300))


class TestEarlier:
    def test_are_the_lines_of_the_slot_in_the_order_they_were_made(self) -> None:
        other_price = line("CT-1-00001", 1, price=SEATS._replace(per_unit=Decimal(9)))
        credit = line("CT-1-00002", -10)
        later = line("CT-1-00003", 1)
        asked = line("CT-1-00002", 12)

        before = earlier(asked, [later, asked, credit, other_price, BILLED])

        assert before == [BILLED, credit]

    def test_what_evens_out_comes_after_all_others_of_its_invoice(self) -> None:
        evens_out = line("CT-1-00002", 0)

        assert earlier(evens_out, [MORE, BILLED]) == [BILLED, MORE]
        assert earlier(MORE, [evens_out, BILLED]) == [BILLED]


@pytest.mark.parametrize("invoice", ["CT-1-00002", "CT_license_7-00002"])
def test_the_invoice_is_told_by_the_key_of_a_line(invoice: str) -> None:
    assert invoice_of(line(invoice, 3).key, MORE.charge) == invoice
