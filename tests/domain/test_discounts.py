from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from work365.domain.changes import Change
from work365.domain.discounts import (
    ALWAYS,
    Conditions,
    FixedDiscount,
    InvalidDiscount,
    Layer,
    Level,
    PercentageDiscount,
    Step,
    TermStart,
    Window,
    discounted_layers,
    in_order,
    steps,
    units_held_since,
)
from work365.domain.money import CurrencyMismatch, Money

START = date(2026, 1, 31)
DAY = date(2026, 3, 10)
TERM = TermStart(START, Decimal(10))
TENTH = PercentageDiscount(key="tenth", percent=Decimal(10))
FIFTH = PercentageDiscount(key="fifth", percent=Decimal(20), level=Level.CONTRACT)


def euros(amount: str | int) -> Money:
    return Money("EUR", Decimal(amount))


def fixed(amount: str, level: Level = Level.SUBSCRIPTION) -> FixedDiscount:
    return FixedDiscount(key="fixed", amount=euros(amount), level=level)


def under(conditions: Conditions) -> PercentageDiscount:
    return replace(TENTH, conditions=conditions)


class TestWindow:
    @pytest.mark.parametrize(
        ("window", "before", "first", "last", "after"),
        [
            (ALWAYS, True, True, True, True),
            (Window(start=date(2026, 2, 1)), False, True, True, True),
            (Window(end=date(2026, 3, 1)), True, True, True, False),
            (Window(date(2026, 2, 1), date(2026, 3, 1)), False, True, True, False),
        ],
    )
    def test_holds_its_start_and_not_its_end(
        self, window: Window, before: bool, first: bool, last: bool, after: bool
    ) -> None:
        assert window.holds(date(2026, 1, 31)) is before
        assert window.holds(date(2026, 2, 1)) is first
        assert window.holds(date(2026, 2, 28)) is last
        assert window.holds(date(2026, 3, 1)) is after


class TestConditions:
    def units(self, conditions: Conditions, quantity: int, day: date = DAY) -> Decimal:
        return conditions.units(Decimal(quantity), day=day, term=TERM)

    def test_without_any_all_units_have_the_discount(self) -> None:
        assert self.units(Conditions(), 25) == 25

    def test_service_days_are_compared_with_the_day(self) -> None:
        conditions = Conditions(service_days=Window(DAY, date(2026, 3, 11)))

        assert self.units(conditions, 4) == 4
        assert self.units(conditions, 4, date(2026, 3, 9)) == 0
        assert self.units(conditions, 4, date(2026, 3, 11)) == 0

    def test_a_promotion_is_for_terms_that_started_while_it_was_offered(self) -> None:
        offered = Conditions(bought_within=Window(START, date(2026, 2, 1)))
        later = Conditions(bought_within=Window(date(2026, 2, 1), None))

        assert self.units(offered, 4) == 4
        assert self.units(later, 4) == 0

    @pytest.mark.parametrize(
        ("day", "expected"), [(date(2026, 2, 27), 4), (date(2026, 2, 28), 0), (DAY, 0)]
    )
    def test_a_promotion_lasts_for_months_from_the_start_of_the_term(
        self, day: date, expected: int
    ) -> None:
        assert self.units(Conditions(months=1), 4, day) == expected

    @pytest.mark.parametrize(("quantity", "expected"), [(2, 2), (3, 3), (4, 3)])
    def test_units_up_to_a_limit_have_it(self, quantity: int, expected: int) -> None:
        assert self.units(Conditions(units_max=Decimal(3)), quantity) == expected

    @pytest.mark.parametrize(("quantity", "expected"), [(9, 9), (10, 10), (11, 10)])
    def test_units_added_within_the_term_may_not_have_it(
        self, quantity: int, expected: int
    ) -> None:
        assert self.units(Conditions(for_additions=False), quantity) == expected

    def test_all_have_to_be_met(self) -> None:
        conditions = Conditions(units_max=Decimal(12), for_additions=False, months=2)

        assert self.units(conditions, 20) == 10
        assert self.units(replace(conditions, units_max=Decimal(7)), 20) == 7
        assert self.units(conditions, 20, date(2026, 3, 31)) == 0

    @pytest.mark.parametrize("months", [0, -1])
    def test_a_discount_lasts_for_a_month_at_least(self, months: int) -> None:
        with pytest.raises(InvalidDiscount, match=f"months {months} of a discount are not"):
            Conditions(months=months)

    def test_a_limit_may_be_a_part_of_a_unit(self) -> None:
        assert self.units(Conditions(units_max=Decimal("0.5")), 4) == Decimal("0.5")

    @pytest.mark.parametrize("units", ["0", "-1"])
    def test_a_limit_is_above_0(self, units: str) -> None:
        with pytest.raises(InvalidDiscount, match=f"units_max {units} of a discount is not"):
            Conditions(units_max=Decimal(units))


class TestPercentageDiscount:
    @pytest.mark.parametrize("percent", ["0", "-1", "100.01", "NaN", "Infinity"])
    def test_takes_something_and_not_more_than_all(self, percent: str) -> None:
        with pytest.raises(InvalidDiscount, match=f"discount tenth: {percent} percent is not"):
            replace(TENTH, percent=Decimal(percent))

    def test_may_take_less_than_a_percent(self) -> None:
        assert replace(TENTH, percent=Decimal("0.5")).applied(Fraction(200)) == 199

    def test_may_take_all(self) -> None:
        assert replace(TENTH, percent=Decimal(100)).applied(Fraction(7)) == 0

    def test_is_exact(self) -> None:
        discount = replace(TENTH, percent=Decimal("33.3"))

        assert discount.share_left == Fraction(667, 1000)
        assert discount.applied(Fraction(1, 3)) == Fraction(667, 3000)
        assert discount.applied(Fraction(-1, 3)) == Fraction(-667, 3000)


class TestFixedDiscount:
    @pytest.mark.parametrize("amount", ["0", "-0.01"])
    def test_takes_something_however_little(self, amount: str) -> None:
        assert fixed("0.01").applied(Fraction(1)) == Fraction(99, 100)
        with pytest.raises(InvalidDiscount, match=f"discount fixed: {amount} EUR is not above 0"):
            fixed(amount)

    @pytest.mark.parametrize(
        ("gross", "expected"),
        [
            ("10", "7"),
            ("3", "0"),
            ("2.99", "0"),
            ("0.5", "0"),
            ("0", "0"),
            ("-2", "0"),
            ("-10", "-7"),
        ],
    )
    def test_never_turns_a_charge_into_a_credit(self, gross: str, expected: str) -> None:
        assert fixed("3").applied(Fraction(gross)) == Fraction(expected)

    def test_is_shared_out_by_largest_remainder(self) -> None:
        # 3.3333 and 6.6667.
        assert fixed("10").shares([euros(50), euros(100)]) == (euros("3.33"), euros("6.67"))

    def test_a_credit_among_the_prices_has_no_share(self) -> None:
        shares = fixed("10").shares([euros(-50), euros(0), euros(20)])

        assert shares == (euros(0), euros(0), euros(10))

    def test_takes_no_more_than_there_is(self) -> None:
        assert fixed("10").shares([euros(4), euros(-9), euros(5)]) == (
            euros(4),
            euros(0),
            euros(5),
        )

    def test_of_a_price_below_one_the_share_is_a_part_too(self) -> None:
        assert fixed("0.30").shares([euros("0.20"), euros("0.40")]) == (
            euros("0.10"),
            euros("0.20"),
        )

    def test_of_nothing_there_are_no_shares(self) -> None:
        assert fixed("10").shares([euros(0), euros(-1)]) == (euros(0), euros(0))
        assert fixed("10").shares([]) == ()

    @pytest.mark.parametrize("amount", [5, -5])
    def test_prices_are_in_its_currency(self, amount: int) -> None:
        with pytest.raises(CurrencyMismatch):
            fixed("10").shares([euros(1), Money("USD", Decimal(amount))])

    @given(
        st.integers(1, 5000),
        st.lists(st.integers(-500, 2000), max_size=6),
    )
    def test_shares_add_up_and_no_price_falls_below_zero(
        self, amount: int, prices: list[int]
    ) -> None:
        discount = FixedDiscount(key="d", amount=Money("JPY", Decimal(amount)))

        shares = discount.shares([Money("JPY", Decimal(price)) for price in prices])

        charged = [max(price, 0) for price in prices]
        assert sum(share.amount for share in shares) == min(amount, sum(charged))
        for share, price in zip(shares, charged, strict=True):
            assert 0 <= share.amount <= price


class TestSteps:
    def test_the_subscriptions_discounts_come_first(self) -> None:
        other = replace(TENTH, key="other")

        assert in_order([FIFTH, TENTH, fixed("1"), other]) == [TENTH, fixed("1"), other, FIFTH]

    def test_every_discount_is_shown(self) -> None:
        found = steps(Fraction(100), [FIFTH, TENTH, fixed("8", Level.CONTRACT)])

        assert found == (
            Step(TENTH, Fraction(100), Fraction(90)),
            Step(FIFTH, Fraction(90), Fraction(72)),
            Step(fixed("8", Level.CONTRACT), Fraction(72), Fraction(64)),
        )
        assert [step.taken for step in found] == [10, 18, 8]

    def test_without_discounts_there_is_nothing_to_show(self) -> None:
        assert steps(Fraction(100), []) == ()


class TestDiscountedLayers:
    def layers(
        self, quantity: str | int, *discounts: PercentageDiscount, day: date = DAY
    ) -> tuple[Layer, ...]:
        return discounted_layers(Decimal(quantity), discounts, day=day, term=TERM)

    def test_without_discounts_there_is_one_layer(self) -> None:
        assert self.layers(7) == (Layer(Decimal(7), ()),)

    def test_no_units_make_no_layers(self) -> None:
        assert self.layers(0, TENTH) == ()

    def test_fewer_than_none_cannot_be(self) -> None:
        with pytest.raises(AssertionError):
            self.layers(-1)

    def test_discounts_for_all_units_make_one_chain(self) -> None:
        (layer,) = self.layers(7, FIFTH, TENTH)

        assert layer == Layer(Decimal(7), (TENTH, FIFTH))
        assert layer.share_left == Fraction(72, 100)
        assert layer.applied(Fraction(50)) == 36

    def test_a_limit_cuts_the_quantity(self) -> None:
        promotion = under(Conditions(units_max=Decimal(3)))

        assert self.layers("7.5", FIFTH, promotion) == (
            Layer(Decimal(3), (promotion, FIFTH)),
            Layer(Decimal("4.5"), (FIFTH,)),
        )

    @pytest.mark.parametrize("quantity", [2, 3])
    def test_a_limit_that_is_not_exceeded_cuts_nothing(self, quantity: int) -> None:
        promotion = under(Conditions(units_max=Decimal(3)))

        assert self.layers(quantity, promotion) == (Layer(Decimal(quantity), (promotion,)),)

    def test_seats_added_within_the_term_do_not_have_the_upfront_discount(self) -> None:
        upfront = under(Conditions(for_additions=False))

        assert self.layers(12, upfront) == (
            Layer(Decimal(10), (upfront,)),
            Layer(Decimal(2), ()),
        )

    def test_several_limits_make_several_layers(self) -> None:
        few = under(Conditions(units_max=Decimal(2)))
        upfront = replace(FIFTH, conditions=Conditions(for_additions=False))

        assert self.layers(12, upfront, few) == (
            Layer(Decimal(2), (few, upfront)),
            Layer(Decimal(8), (upfront,)),
            Layer(Decimal(2), ()),
        )

    def test_a_discount_that_does_not_hold_on_the_day_is_left_out(self) -> None:
        over = under(Conditions(service_days=Window(end=DAY)))

        assert self.layers(4, over, FIFTH) == (Layer(Decimal(4), (FIFTH,)),)
        assert self.layers(4, over, FIFTH, day=date(2026, 3, 9)) == (
            Layer(Decimal(4), (over, FIFTH)),
        )

    @given(
        st.integers(0, 30),
        st.integers(0, 30),
        st.lists(
            st.builds(
                PercentageDiscount,
                key=st.text("abc", max_size=3),
                percent=st.integers(1, 100).map(Decimal),
                level=st.sampled_from(Level),
                conditions=st.builds(
                    Conditions,
                    units_max=st.none() | st.integers(1, 30).map(Decimal),
                    for_additions=st.booleans(),
                ),
            ),
            max_size=4,
        ),
    )
    def test_a_quantity_is_its_layers_and_an_addition_changes_no_other_unit(
        self, quantity: int, more: int, discounts: list[PercentageDiscount]
    ) -> None:
        def prices(units: int) -> list[Fraction]:
            found = self.layers(units, *discounts)
            assert sum(layer.quantity for layer in found) == units
            return [layer.share_left for layer in found for _ in range(int(layer.quantity))]

        assert prices(quantity + more)[:quantity] == prices(quantity)


class TestUnitsHeldSince:
    def change(self, day: int, quantity: int) -> Change:
        noon = datetime(2026, 1, 1, 12, tzinfo=UTC)
        return Change(f"C-{day}-{quantity}", date(2026, 1, day), noon, Decimal(quantity))

    def held(self, changes: tuple[Change, ...], since: int, day: int) -> Decimal:
        return units_held_since(changes, since=date(2026, 1, since), day=date(2026, 1, day))

    def test_is_the_least_that_there_were(self) -> None:
        log = (self.change(1, 10), self.change(5, -4), self.change(8, 6))

        for changes in permutations(log):
            assert self.held(changes, 1, 20) == 6
        assert self.held(log, 1, 4) == 10
        assert self.held(log, 1, 5) == 6

    def test_what_was_before_does_not_count(self) -> None:
        log = (self.change(1, 3), self.change(5, 4), self.change(8, 6))

        assert self.held(log, 5, 20) == 7
        assert self.held(log, 4, 20) == 3

    def test_entries_of_one_day_count_together(self) -> None:
        log = (self.change(1, 10), self.change(5, -4), self.change(5, 4))

        assert self.held(log, 1, 20) == 10

    def test_on_its_first_day_a_term_has_all_its_units(self) -> None:
        assert self.held((self.change(1, 10),), 1, 1) == 10


class TestContent:
    """These texts are kept in partners' rows: see docs/decisions/0025 before one is changed."""

    def test_of_a_discount_is_what_was_remembered_since_the_first_version(self) -> None:
        assert FIFTH.content == 'percentage "fifth" 20 contract (-..- -..- - - additions)'
        assert replace(TENTH, key='10 "x"', percent=Decimal("33.30")).content == (
            'percentage "10 \\"x\\"" 33.3 subscription (-..- -..- - - additions)'
        )

    def test_of_conditions_is_what_was_remembered_since_the_first_version(self) -> None:
        conditions = Conditions(
            service_days=Window(START, None),
            bought_within=Window(None, DAY),
            months=12,
            units_max=Decimal("5.0"),
            for_additions=False,
        )

        assert conditions.content == "2026-01-31..- -..2026-03-10 12 5 no-additions"
