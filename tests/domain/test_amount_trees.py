from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest

from work365.domain.amount_trees import EXACT, amount_tree
from work365.domain.charges import LICENSE, Charge, PercentOff, Price, Slot
from work365.domain.currencies import Conversion, ExchangeRate
from work365.domain.day_counts import DayCount
from work365.domain.explanation_trees import Node, Operation, Step, evaluate, fact
from work365.domain.lines import BilledLine, LineKind
from work365.domain.money import Money
from work365.domain.periods import Period
from work365.domain.proration import Proration, Rounding
from work365.domain.rounding import RoundingMode

JANUARY = Period(date(2026, 1, 1), date(2026, 2, 1))
FROM_THE_11TH = Period(date(2026, 1, 11), date(2026, 2, 1))
SEATS = Price("SUB-1", LICENSE, "EUR", Decimal("12.40"), 1)


def line_for(
    price: Price = SEATS, quantity: str = "3", days: Period = FROM_THE_11TH, cycle_months: int = 1
) -> BilledLine:
    slot = Slot(price, JANUARY.start, JANUARY.end, cycle_months)
    charge = Charge(slot, days, Decimal(quantity))
    return BilledLine(key="CT-1-00001_1", charge=charge, amount=charge.amount)


def tree_of(line: BilledLine, carried: str = "0") -> Node:
    charge = line.charge
    added = fact(Step(name="carried", reason=""), Fraction(carried))
    return amount_tree(
        line,
        quantity=fact(Step(name="quantity", reason=""), charge.quantity),
        price=fact(Step(name="unit price", reason=""), charge.slot.price.per_unit),
        carried=added if added.value else None,
    )


def factors(tree: Node) -> dict[str, str]:
    exact = tree
    while exact.name != EXACT:
        exact = exact.children[0]
    return {node.name: node.shown for node in exact.children}


def by_rule(proration: Proration) -> Price:
    return SEATS._replace(proration=proration.name)


class TestByDays:
    def test_is_quantity_times_price_times_days(self) -> None:
        tree = tree_of(line_for())

        assert factors(tree) == {"quantity": "3", "unit price": "12.4", "days": "21/31"}
        assert evaluate(tree) == Fraction("25.20")
        assert (tree.shown, tree.rule) == ("25.20 EUR", "half-away-from-zero/1")

    def test_names_the_days_the_billing_period_and_the_rule(self) -> None:
        *_, days = tree_of(line_for()).children[0].children

        assert days.reason == (
            "2026-01-11 to 2026-01-31 of the billing period 2026-01-01 to 2026-01-31"
        )
        assert days.rule == "actual-days/1"

    def test_a_price_for_other_months_has_the_cycle_as_a_factor(self) -> None:
        yearly = SEATS._replace(per_unit=Decimal(100), months=12)

        tree = tree_of(line_for(yearly, "1", JANUARY))

        assert factors(tree) == {
            "quantity": "1", "unit price": "100", "cycle": "1/12", "days": "31/31",
        }  # fmt: skip
        assert evaluate(tree) == Fraction("8.33")

    def test_a_cycle_of_several_months_is_named(self) -> None:
        tree = tree_of(line_for(days=JANUARY, cycle_months=3))

        cycle = tree.children[0].children[2]
        assert (cycle.shown, cycle.reason) == ("3/1", "the billing period is 3 months long")
        assert evaluate(tree) == Fraction("111.60")

    def test_discounts_are_taken_off_one_by_one_and_the_rate_comes_last(self) -> None:
        rate = ExchangeRate(
            from_currency="USD",
            to_currency="EUR",
            rate=Decimal("0.9"),
            valid_on=date(2026, 1, 2),
            source="bank",
        )
        price = SEATS._replace(
            discounts=(PercentOff("launch", Decimal(10)), PercentOff("loyal", Decimal("2.5"))),
            conversion=Conversion(rate),
        )

        tree = tree_of(line_for(price, "10", JANUARY))

        *_, launch, loyal, converted = tree.children[0].children
        assert (launch.value, loyal.value) == (Fraction("0.9"), Fraction("0.975"))
        assert launch.reason == "discount launch: 10 percent off"
        assert converted.reason == "1 USD = 0.9 EUR on 2026-01-02 (bank)"
        assert evaluate(tree) == Fraction("97.93")

    def test_the_decimals_are_those_of_the_currency(self) -> None:
        yen = SEATS._replace(currency="JPY", per_unit=Decimal(1000))

        tree = tree_of(line_for(yen, "1"))

        assert (tree.children[1].value, tree.shown) == (Fraction(0), "677 JPY")
        assert tree.children[1].reason == "decimals of JPY, by ISO 4217"


class TestByAnotherRule:
    def test_the_share_is_a_factor_that_names_its_rule(self) -> None:
        tree = tree_of(line_for(by_rule(Proration(day_count=DayCount.STRICT_30_360))))

        share = tree.children[0].children[2]
        assert (share.name, share.shown, share.rule) == ("share", "2/3", "strict-30-360/1")
        assert share.reason == (
            "2026-01-11 to 2026-01-31 of the billing period 2026-01-01 to 2026-01-31,"
            " by the rule strict-30-360/1"
        )
        assert evaluate(tree) == Fraction("24.80")

    def test_a_share_is_rounded_where_the_rule_says_so(self) -> None:
        tree = tree_of(line_for(by_rule(Proration(rounding=Rounding(fraction_digits=2)))))

        share = tree.children[0].children[2]
        assert (share.operation, share.value) == (Operation.ROUND, Fraction("0.68"))
        assert (share.reason, share.rule) == ("21/31 rounded", "half-away-from-zero/1")
        assert evaluate(tree) == Fraction("25.30")

    def test_a_unit_price_is_rounded_where_the_rule_says_so(self) -> None:
        steps = Rounding(unit_price_digits=1, unit_price_mode=RoundingMode.TOWARDS_ZERO)

        tree = tree_of(line_for(by_rule(Proration(rounding=steps))))

        quantity, one = tree.children[0].children
        assert (quantity.shown, one.name, one.shown) == ("3", "unit price", "8.4")
        assert one.rule == "towards-zero/1"
        assert one.reason.startswith("12.4 x 21/31, 2026-01-11 to 2026-01-31 of the billing")
        assert [node.shown for node in one.children[0].children] == ["12.4", "21/31"]
        assert evaluate(tree) == Fraction("25.20")

    def test_a_line_is_rounded_in_the_way_that_the_rule_says(self) -> None:
        steps = Rounding(line_mode=RoundingMode.TOWARDS_ZERO)
        price = by_rule(Proration(rounding=steps))._replace(per_unit=Decimal("9.999"))

        tree = tree_of(line_for(price, "1", JANUARY))

        assert (tree.rule, tree.shown) == ("towards-zero/1", "9.99 EUR")
        assert evaluate(tree) == Fraction("9.99")


class TestWhatElseALineHas:
    def test_rounding_of_earlier_lines_is_added_before_it_is_rounded(self) -> None:
        tree = tree_of(line_for(quantity="1"), carried="0.007")

        total = tree.children[0]
        assert (total.operation, total.children[0].name) == (Operation.SUM, EXACT)
        assert total.children[1].value == Fraction("0.007")
        assert evaluate(tree) == Fraction("8.41")

    def test_a_limit_is_in_place_of_its_own_sum(self) -> None:
        credit = line_for(quantity="-3")
        limited = BilledLine(
            key="CT-1-00002_1",
            charge=credit.charge,
            amount=Money("EUR", Decimal("-20.00")),
            kind=LineKind.CREDIT,
            corrects="CT-1-00001_1",
            limit=Money("EUR", Decimal("-20.00")),
        )

        tree = tree_of(limited)

        own, limit = tree.children
        assert (tree.operation, tree.shown) == (Operation.LIMIT, "-20.00 EUR")
        assert own.value == Fraction("-25.20")
        assert (limit.name, limit.shown) == ("limit", "-20.00 EUR")
        assert limit.reason == "limited to what was left of line CT-1-00001_1"
        assert evaluate(tree) == -20

    @pytest.mark.parametrize("quantity", ["-3", "3"])
    def test_what_is_waived_comes_to_nothing(self, quantity: str) -> None:
        waived = BilledLine(
            key="CT-1-00002_1",
            charge=line_for(quantity=quantity).charge,
            amount=Money.zero("EUR"),
            kind=LineKind.WAIVED,
        )

        tree = tree_of(waived)

        assert (tree.operation, tree.children[1].name) == (Operation.LIMIT, "waived")
        assert tree.children[1].reason == "waived: what was taken away is not refunded"
        assert (evaluate(tree), tree.shown) == (Fraction(0), "0 EUR")
