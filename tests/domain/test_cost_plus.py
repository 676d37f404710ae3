from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from work365.domain.cost_plus import (
    PRICE_DIGITS,
    Addition,
    CostOfUsage,
    CostPlus,
    Margin,
    Markup,
    Surcharge,
)
from work365.domain.price_models import InvalidPriceModel, Part

COST = Decimal("62.50")


class TestMarkup:
    @pytest.mark.parametrize(
        ("percent", "price"),
        [("20", "75"), ("0", "62.5"), ("-10", "56.25"), ("-100", "0"), ("12.34", "70.2125")],
    )
    def test_a_percentage_of_the_cost_is_added(self, percent: str, price: str) -> None:
        assert Markup(Decimal(percent)).price(COST) == Decimal(price)

    def test_a_multiplier_is_a_markup(self) -> None:
        assert Markup.times(Decimal("1.2")) == Markup(Fraction(20))
        assert Markup.times(Decimal("1.23456")).price(Decimal(100)) == Decimal("123.456")

    def test_a_price_is_never_negative(self) -> None:
        with pytest.raises(InvalidPriceModel, match=r"^the mark-up is -100.1 %; below -100 the"):
            Markup(Decimal("-100.1"))
        with pytest.raises(InvalidPriceModel):
            Markup.times(Decimal("-0.1"))


class TestMargin:
    @pytest.mark.parametrize(("percent", "price"), [("37.5", "100"), ("0", "62.5"), ("50", "125")])
    def test_the_cost_is_the_rest_of_the_price(self, percent: str, price: str) -> None:
        assert Margin(Decimal(percent)).price(COST) == Decimal(price)

    def test_a_price_that_does_not_end_is_rounded_to_what_a_line_can_keep(self) -> None:
        assert Margin(Decimal(30)).price(Decimal(10)) == Decimal("14.2857142857")

    def test_fifteen_percent_of_the_price_are_three_seventeenths_of_the_cost(self) -> None:
        assert Margin(Decimal(15)).markup == Markup(Fraction(300, 17))
        assert Margin(Decimal(15)).price(Decimal(85)) == 100

    @pytest.mark.parametrize("percent", ["-0.1", "100", "101"])
    def test_a_price_that_is_all_margin_is_refused(self, percent: str) -> None:
        with pytest.raises(
            InvalidPriceModel,
            match=f"^the margin is {percent} %; it must be 0 or more, and below 100$",
        ):
            Margin(Decimal(percent))

    @given(st.decimals(0, 99, places=2), st.decimals(0, 10_000, places=2))
    def test_the_markup_of_a_margin_comes_to_its_price(
        self, percent: Decimal, cost: Decimal
    ) -> None:
        margin = Margin(percent)

        price = margin.exact_price(cost)

        assert margin.markup.exact_price(cost) == price
        assert price - Fraction(cost) == price * Fraction(percent) / 100


class TestSurcharge:
    def test_an_amount_is_added_to_any_cost(self) -> None:
        assert Surcharge(Decimal("1.25")).price(COST) == Decimal("63.75")

    def test_nothing_may_be_added(self) -> None:
        assert Surcharge(Decimal(0)).price(COST) == COST

    def test_a_negative_amount_is_refused(self) -> None:
        with pytest.raises(InvalidPriceModel, match=r"^surcharge is -1; it must be zero or more"):
            Surcharge(Decimal(-1))


class TestCostPlus:
    def test_units_are_sold_above_their_cost(self) -> None:
        model = CostPlus(unit_cost=COST, addition=Markup(Decimal(20)))

        assert model.parts(Decimal(3)) == (
            Part("cost-plus", Decimal(75), Decimal(3), "cost 62.50"),
        )

    def test_an_agreed_price_takes_the_place_of_the_cost(self) -> None:
        model = CostPlus(
            unit_cost=COST, addition=Markup(Decimal(20)), agreed_price=Decimal("59.90")
        )

        assert model.parts(Decimal(3)) == (
            Part("cost-plus", Decimal("59.90"), Decimal(3), "agreed price"),
        )

    def test_a_unit_may_be_agreed_to_be_free(self) -> None:
        model = CostPlus(unit_cost=COST, addition=Markup(Decimal(20)), agreed_price=Decimal(0))

        assert model.per_unit == 0

    def test_no_units_are_no_part(self) -> None:
        assert CostPlus(unit_cost=COST, addition=Markup(Decimal(20))).parts(Decimal(0)) == ()

    def test_a_unit_costs_the_same_whichever_it_is(self) -> None:
        model = CostPlus(unit_cost=COST, addition=Surcharge(Decimal(1)))

        assert model.additive
        assert not model.needs_whole_period

    @pytest.mark.parametrize(
        ("unit_cost", "agreed", "name"), [(-1, 0, "unit_cost"), (0, -1, "agreed_price")]
    )
    def test_a_negative_price_is_refused(self, unit_cost: int, agreed: int, name: str) -> None:
        with pytest.raises(InvalidPriceModel, match=f"^{name} is -1"):
            CostPlus(
                unit_cost=Decimal(unit_cost),
                addition=Margin(Decimal(1)),
                agreed_price=Decimal(agreed),
            )


class TestCostOfUsage:
    def test_the_quantity_is_the_cost_and_is_sold_as_one(self) -> None:
        model = CostOfUsage(Markup(Decimal(20)))

        assert model.parts(COST) == (Part("cost-plus", Decimal(75), Decimal(1), "cost 62.50"),)

    def test_no_cost_is_no_part(self) -> None:
        assert CostOfUsage(Surcharge(Decimal(5))).parts(Decimal(0)) == ()

    @pytest.mark.parametrize(
        ("addition", "additive"),
        [(Markup(Decimal(20)), True), (Margin(Decimal(20)), True), (Surcharge(Decimal(5)), False)],
        ids=["mark-up", "margin", "surcharge"],
    )
    def test_only_a_percentage_is_put_on_each_part_apart(
        self, addition: Addition, additive: bool
    ) -> None:
        model = CostOfUsage(addition)

        assert model.additive is additive
        assert not model.needs_whole_period


class TestContent:
    """These texts are kept in partners' rows: see docs/decisions/0025 before one is changed."""

    @pytest.mark.parametrize(
        ("addition", "content"),
        [
            (Markup(Decimal("20.00")), "markup 20/1"),
            (Markup(Fraction(20)), "markup 20/1"),
            (Markup(Decimal("-12.5")), "markup -25/2"),
            (Margin(Decimal(15)).markup, "markup 300/17"),
            (Margin(Decimal("15.50")), "margin 15.5"),
            (Surcharge(Decimal("5.00")), "surcharge 5"),
        ],
        ids=str,
    )
    def test_of_an_addition_is_what_was_remembered_since_the_first_version(
        self, addition: Addition, content: str
    ) -> None:
        assert addition.content == content

    def test_of_a_model_is_what_was_remembered_since_the_first_version(self) -> None:
        made = CostPlus(unit_cost=COST, addition=Surcharge(Decimal(5)))
        agreed = CostPlus(
            unit_cost=COST, addition=Surcharge(Decimal(5)), agreed_price=Decimal("70.0")
        )

        assert made.content == "cost-plus 62.5 - (surcharge 5)"
        assert agreed.content == "cost-plus 62.5 70 (surcharge 5)"
        assert CostOfUsage(Margin(Decimal(15))).content == "cost-of-usage (margin 15)"


def test_a_price_has_the_decimals_of_an_invoice_line() -> None:
    assert PRICE_DIGITS == 10
