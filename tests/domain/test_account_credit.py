from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from work365.domain.account_credit import (
    AmountNotPositive,
    Draw,
    NotEnoughLeft,
    Part,
    reverse_newest_first,
    use_oldest_first,
)
from work365.domain.money import CurrencyMismatch, Money


def euros(amount: str | int) -> Money:
    return Money("EUR", Decimal(amount))


def parts(*amounts: tuple[int, int]) -> list[Part]:
    """The parts a, b, c and so on, oldest first, each of an amount with some of it spent."""
    return [
        Part("abcdefgh"[place], euros(amount), euros(spent))
        for place, (amount, spent) in enumerate(amounts)
    ]


anything = st.lists(
    st.integers(0, 50).flatmap(lambda amount: st.tuples(st.just(amount), st.integers(0, amount))),
    max_size=8,
).map(lambda amounts: parts(*amounts))


class TestUseOldestFirst:
    @pytest.mark.parametrize(
        ("needed", "expected"),
        [
            (0, []),
            (4, [("a", 4)]),
            (6, [("a", 6)]),
            (7, [("a", 6), ("c", 1)]),
            (15, [("a", 6), ("c", 9)]),
            (40, [("a", 6), ("c", 9)]),
        ],
    )
    def test_takes_what_is_left_of_the_oldest_until_it_is_enough(
        self, needed: int, expected: list[tuple[str, int]]
    ) -> None:
        credits = parts((8, 2), (5, 5), (9, 0))

        assert use_oldest_first(credits, euros(needed)) == tuple(
            Draw(key, euros(amount)) for key, amount in expected
        )

    def test_takes_no_more_than_is_needed_of_a_part_that_is_little_larger(self) -> None:
        credits = [Part("a", euros("1.50"), euros(0))]

        assert use_oldest_first(credits, euros(1)) == (Draw("a", euros(1)),)

    def test_another_currency_is_refused(self) -> None:
        with pytest.raises(CurrencyMismatch):
            use_oldest_first(parts((8, 0)), Money("USD", Decimal(9)))


class TestReverseNewestFirst:
    @pytest.mark.parametrize(
        ("amount", "expected"),
        [
            (0, []),
            (9, [("c", 9)]),
            (10, [("c", 9), ("a", 1)]),
            (15, [("c", 9), ("a", 6)]),
        ],
    )
    def test_gives_back_what_is_left_of_the_newest_first(
        self, amount: int, expected: list[tuple[str, int]]
    ) -> None:
        allocated = parts((8, 2), (5, 5), (9, 0))

        assert reverse_newest_first(allocated, euros(amount)) == tuple(
            Draw(key, euros(each)) for key, each in expected
        )

    def test_more_than_there_is_is_refused(self) -> None:
        with pytest.raises(NotEnoughLeft, match=r"16 EUR .* where 15 EUR is left; lower"):
            reverse_newest_first(parts((8, 2), (9, 0)), euros(16))

    def test_less_than_nothing_is_refused(self) -> None:
        with pytest.raises(AmountNotPositive, match=r"^-1 EUR cannot be taken back; state"):
            reverse_newest_first(parts((8, 2)), euros(-1))

    def test_another_currency_is_refused(self) -> None:
        with pytest.raises(CurrencyMismatch):
            reverse_newest_first(parts((8, 0)), Money("USD", Decimal(9)))

    @given(anything, st.data())
    def test_gives_back_exactly_the_amount_and_never_more_than_is_left(
        self, allocated: list[Part], data: st.DataObject
    ) -> None:
        left = {part.key: part.left for part in allocated}
        in_all = Money.total(left.values(), "EUR")
        amount = euros(data.draw(st.integers(0, int(in_all.amount))))

        draws = reverse_newest_first(allocated, amount)

        assert Money.total((draw.amount for draw in draws), "EUR") == amount
        assert all(euros(0) < draw.amount <= left[draw.key] for draw in draws)
        assert [draw.key for draw in draws] == sorted((draw.key for draw in draws), reverse=True)
