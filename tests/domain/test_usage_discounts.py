from decimal import Decimal
from itertools import accumulate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from work365.domain.price_models import InvalidPriceModel
from work365.domain.usage_discounts import DiscountedUsage, UsageDiscount


class TestUsageDiscount:
    @pytest.mark.parametrize(
        ("before", "quantity", "expected"),
        [
            (0, 4, (0, 0, 4)),
            (0, 12, (0, 0, 12)),
            (0, 13, (0, 1, 12)),
            (5, 20, (0, 13, 7)),
            (12, 20, (0, 20, 0)),
            (15, 20, (3, 20, 0)),
            (15, -5, (3, -3, -2)),
        ],
    )
    def test_the_first_units_of_a_period_are_free(
        self, before: int, quantity: int, expected: tuple[int, int, int]
    ) -> None:
        usage = UsageDiscount(Decimal(12)).apply(Decimal(quantity), before=Decimal(before))

        assert usage == DiscountedUsage(*map(Decimal, expected))

    def test_a_period_of_one_line_has_nothing_before_it(self) -> None:
        assert UsageDiscount(Decimal(12)).apply(Decimal(20)).billed == 8

    def test_no_free_units_are_nothing_off(self) -> None:
        assert UsageDiscount(Decimal(0)).apply(Decimal(20)).billed == 20

    def test_a_negative_allowance_is_refused(self) -> None:
        with pytest.raises(InvalidPriceModel, match=r"^free_units is -1; it must be zero or more"):
            UsageDiscount(Decimal(-1))

    @given(st.lists(st.integers(0, 20).map(Decimal), min_size=1), st.integers(0, 30).map(Decimal))
    def test_lines_come_to_what_their_period_does(
        self, quantities: list[Decimal], free: Decimal
    ) -> None:
        discount = UsageDiscount(free)
        befores = accumulate(quantities, initial=Decimal(0))

        lines = [
            discount.apply(quantity, before=before)
            for quantity, before in zip(quantities, befores, strict=False)
        ]

        total = sum(quantities, Decimal(0))
        assert sum(line.billed for line in lines) == discount.apply(total).billed
        assert sum(line.free for line in lines) == min(free, total)
