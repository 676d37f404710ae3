from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from work365.domain.apportionment import NothingToApportionBy, apportion
from work365.domain.money import Money

amounts = st.integers(-(10**6), 10**6).map(lambda cents: Decimal(cents).scaleb(-2))
weights = st.lists(st.integers(0, 50), min_size=1, max_size=8).filter(any)


def parts_of(amount: str, *by: str, currency: str = "EUR") -> list[str]:
    parts = apportion(Money(currency, Decimal(amount)), [Decimal(weight) for weight in by])
    assert {part.currency for part in parts} == {currency}
    return [str(part.amount) for part in parts]


class TestApportion:
    @pytest.mark.parametrize(
        ("amount", "by", "expected"),
        [
            ("100.00", ["1", "1", "1"], ["33.34", "33.33", "33.33"]),
            ("200.00", ["1", "1", "1"], ["66.67", "66.67", "66.66"]),
            ("-100.00", ["1", "1", "1"], ["-33.34", "-33.33", "-33.33"]),
            # 3.333 and 6.667: the second one lost more.
            ("10.00", ["1", "2"], ["3.33", "6.67"]),
            # 1.428 57, 2.857 14, 5.714 28: the last one lost least, and gets nothing.
            ("10.00", ["1", "2", "4"], ["1.43", "2.86", "5.71"]),
            ("0.02", ["1", "1", "1"], ["0.01", "0.01", "0.00"]),
            ("0.01", ["1", "3"], ["0.00", "0.01"]),
            ("9.99", ["1", "0", "2"], ["3.33", "0.00", "6.66"]),
            ("12.34", ["7"], ["12.34"]),
            ("0.00", ["1", "2"], ["0.00", "0.00"]),
            ("6.00", ["0.5", "0.25", "0.25"], ["3.00", "1.50", "1.50"]),
        ],
    )
    def test_cents_left_over_go_to_the_parts_that_lost_most(
        self, amount: str, by: list[str], expected: list[str]
    ) -> None:
        assert parts_of(amount, *by) == expected

    def test_a_currency_has_its_own_smallest_part(self) -> None:
        assert parts_of("100", "1", "1", "1", currency="JPY") == ["34", "33", "33"]
        assert parts_of("1.000", "1", "1", "1", currency="KWD") == ["0.334", "0.333", "0.333"]

    def test_weights_may_be_fractions(self) -> None:
        parts = apportion(Money("EUR", Decimal(1)), [Fraction(1, 3), Fraction(2, 3)])

        assert [part.amount for part in parts] == [Decimal("0.33"), Decimal("0.67")]

    @given(amounts, weights)
    def test_parts_add_up_and_none_is_a_cent_off(self, amount: Decimal, by: Sequence[int]) -> None:
        total = Money("EUR", amount)

        parts = apportion(total, [Decimal(weight) for weight in by])

        assert Money.total(parts, "EUR") == total
        for part, weight in zip(parts, by, strict=True):
            exact = Fraction(amount) * Fraction(weight, sum(by))
            assert abs(Fraction(part.amount) - exact) < Fraction(1, 100)

    @given(amounts, weights, st.integers(2, 9))
    def test_only_the_proportion_of_the_weights_matters(
        self, amount: Decimal, by: Sequence[int], times: int
    ) -> None:
        total = Money("EUR", amount)

        larger = apportion(total, [Decimal(weight * times) for weight in by])

        assert larger == apportion(total, [Decimal(weight) for weight in by])


class TestRefusals:
    @pytest.mark.parametrize(
        ("by", "told"),
        [((), "of no parts"), (("0", "0.0"), "0, 0.0"), (("2", "-1"), "2, -1")],
    )
    def test_weights_have_to_give_every_cent_a_place(self, by: tuple[str, ...], told: str) -> None:
        with pytest.raises(NothingToApportionBy) as refused:
            parts_of("5.00", *by)

        assert refused.value.code == "nothing_to_apportion_by"
        assert str(refused.value) == (
            f"5.00 EUR cannot be divided by the weights {told}; each must be zero or more,"
            " and one above zero"
        )
