from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from work365.domain.price_models import InvalidPriceModel, Part
from work365.domain.rating import exact_total
from work365.domain.transactions import PercentagePerTransaction

SALES = [Decimal(40), Decimal(200), Decimal(1500)]
amounts = st.lists(st.decimals(0, 1000, places=2), max_size=6)


def cost(model: PercentagePerTransaction, *sales: str) -> Fraction:
    return exact_total(model.parts([Decimal(sale) for sale in sales]))


class TestPercentagePerTransaction:
    def test_the_percentage_is_one_part_and_the_fees_another(self) -> None:
        model = PercentagePerTransaction(percent=Decimal("1.4"), fee=Decimal("0.25"))

        assert model.parts(SALES) == (
            Part("percentage", Decimal("0.014"), Decimal(1740), "1.4 %"),
            Part("transaction-fee", Decimal("0.25"), Decimal(3), "fee for each"),
        )

    def test_no_transactions_cost_nothing(self) -> None:
        model = PercentagePerTransaction(percent=Decimal("1.4"), fee=Decimal("0.25"))

        assert model.parts([]) == ()

    def test_a_transaction_of_nothing_costs_nothing(self) -> None:
        model = PercentagePerTransaction(
            percent=Decimal("1.4"), fee=Decimal("0.25"), minimum=Decimal(1)
        )

        assert model.parts([Decimal(0)]) == ()

    def test_without_a_percentage_the_fees_are_owed(self) -> None:
        model = PercentagePerTransaction(percent=Decimal(0), fee=Decimal("0.25"))

        assert model.parts(SALES) == (
            Part("transaction-fee", Decimal("0.25"), Decimal(3), "fee for each"),
        )

    def test_each_transaction_is_raised_to_its_minimum_and_cut_to_its_maximum(self) -> None:
        model = PercentagePerTransaction(
            percent=Decimal(1), minimum=Decimal("0.80"), maximum=Decimal(9)
        )

        assert model.parts(SALES) == (
            Part("percentage", Decimal("0.01"), Decimal(200), "1 %"),
            Part("transaction-minimum", Decimal("0.80"), Decimal(1), "minimum"),
            Part("transaction-maximum", Decimal(9), Decimal(1), "maximum"),
        )

    def test_what_is_the_minimum_or_the_maximum_already_is_left_alone(self) -> None:
        model = PercentagePerTransaction(
            percent=Decimal(1), minimum=Decimal("0.40"), maximum=Decimal(15)
        )

        assert [part.component for part in model.parts(SALES)] == ["percentage"]

    def test_the_fee_counts_towards_minimum_and_maximum(self) -> None:
        model = PercentagePerTransaction(
            percent=Decimal(1), fee=Decimal("0.50"), minimum=Decimal("0.80"), maximum=Decimal(15)
        )

        assert cost(model, "40", "1500") == Fraction("0.90") + 15


class TestFreeTransactions:
    def test_the_first_transactions_are_free(self) -> None:
        model = PercentagePerTransaction(
            percent=Decimal(1), fee=Decimal("0.50"), free_transactions=2
        )

        assert cost(model, "40", "200") == 0
        assert cost(model, "40", "200", "1500") == Fraction("15.50")

    def test_a_transaction_of_nothing_uses_up_a_free_one(self) -> None:
        model = PercentagePerTransaction(percent=Decimal(1), free_transactions=1)

        assert cost(model, "0", "100") == 1

    def test_the_first_amount_is_free(self) -> None:
        model = PercentagePerTransaction(
            percent=Decimal(1), fee=Decimal("0.50"), free_amount=Decimal(100)
        )

        assert cost(model, "40", "59") == 0
        assert cost(model, "40", "60") == 0
        assert cost(model, "40", "60", "30") == Fraction("0.80")

    def test_the_transaction_that_passes_the_free_amount_is_charged_for_the_rest(self) -> None:
        model = PercentagePerTransaction(
            percent=Decimal(1), fee=Decimal("0.50"), free_amount=Decimal(100)
        )

        assert cost(model, "40", "200") == Fraction("1.40") + Fraction("0.50")

    def test_what_is_used_up_first_ends_what_is_free(self) -> None:
        by_number = PercentagePerTransaction(
            percent=Decimal(1), free_transactions=1, free_amount=Decimal(1000)
        )
        by_amount = PercentagePerTransaction(
            percent=Decimal(1), free_transactions=9, free_amount=Decimal(100)
        )

        assert cost(by_number, "40", "200") == 2
        assert cost(by_amount, "140", "200") == Fraction("2.40")

    def test_the_last_free_transaction_is_charged_for_what_passes_the_free_amount(self) -> None:
        model = PercentagePerTransaction(
            percent=Decimal(1), free_transactions=1, free_amount=Decimal(100)
        )

        assert cost(model, "140") == Fraction("0.40")

    def test_nothing_free_is_nothing_free(self) -> None:
        model = PercentagePerTransaction(
            percent=Decimal(1), free_transactions=0, free_amount=Decimal(0)
        )

        assert cost(model, "40") == Fraction("0.40")

    @given(amounts, st.integers(0, 4), st.decimals(0, 500, places=2))
    def test_what_is_free_never_makes_dearer(
        self, sales: list[Decimal], transactions: int, amount: Decimal
    ) -> None:
        full = PercentagePerTransaction(percent=Decimal(2), fee=Decimal("0.10"))
        free = PercentagePerTransaction(
            percent=Decimal(2),
            fee=Decimal("0.10"),
            free_transactions=transactions,
            free_amount=amount,
        )

        assert exact_total(free.parts(sales)) <= exact_total(full.parts(sales))


class TestRefusals:
    @pytest.mark.parametrize("name", ["percent", "fee", "minimum", "maximum", "free_amount"])
    def test_a_negative_price_is_refused(self, name: str) -> None:
        prices = dict.fromkeys(("percent", "fee", "minimum", "maximum", "free_amount"), Decimal(1))
        prices[name] = Decimal("-0.1")

        with pytest.raises(InvalidPriceModel, match=rf"^{name} is -0.1; it must be zero or more"):
            PercentagePerTransaction(
                percent=prices["percent"],
                fee=prices["fee"],
                free_amount=prices["free_amount"],
                minimum=prices["minimum"],
                maximum=prices["maximum"],
            )

    def test_fewer_than_no_free_transactions_are_refused(self) -> None:
        with pytest.raises(InvalidPriceModel, match=r"^free transactions are -1; there must be"):
            PercentagePerTransaction(percent=Decimal(1), free_transactions=-1)

    def test_a_minimum_above_the_maximum_is_refused(self) -> None:
        PercentagePerTransaction(percent=Decimal(1), minimum=Decimal(2), maximum=Decimal(2))

        with pytest.raises(
            InvalidPriceModel,
            match=r"^the minimum 2.1 of a transaction is more than its maximum 2; lower it$",
        ):
            PercentagePerTransaction(percent=Decimal(1), minimum=Decimal("2.1"), maximum=Decimal(2))

    def test_a_negative_transaction_is_refused(self) -> None:
        with pytest.raises(InvalidPriceModel, match=r"^transaction is -5; it must be zero or more"):
            PercentagePerTransaction(percent=Decimal(1)).parts([Decimal(-5)])
