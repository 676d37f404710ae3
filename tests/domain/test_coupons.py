from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from work365.domain.coupons import Coupon, NegativeFee, Redemption, paid_from, redeem
from work365.domain.discounts import (
    Conditions,
    FixedDiscount,
    InvalidDiscount,
    PercentageDiscount,
)
from work365.domain.money import CurrencyMismatch, Money

LICENSES, USAGE, SUPPORT = "licenses", "usage", "support"


def euros(amount: str | int) -> Money:
    return Money("EUR", Decimal(amount))


def off(amount: str, *fees: str) -> Coupon:
    discount = FixedDiscount(key=f"off-{amount}", amount=euros(amount))
    return Coupon(discount, frozenset(fees) if fees else None)


def percent_off(percent: str, *fees: str) -> Coupon:
    discount = PercentageDiscount(key=f"percent-{percent}", percent=Decimal(percent))
    return Coupon(discount, frozenset(fees) if fees else None)


def redeemed(fees: dict[str, str], *coupons: Coupon, digits: int | None = None) -> Redemption:
    amounts = {key: euros(amount) for key, amount in fees.items()}
    return redeem(amounts, coupons, currency="EUR", share_digits=digits)


class TestCoupon:
    def test_is_for_all_fees_or_for_those_it_names(self) -> None:
        assert off("1").is_for(USAGE)
        assert off("1", USAGE).is_for(USAGE)
        assert not off("1", USAGE).is_for(SUPPORT)
        assert not Coupon(off("1").discount, frozenset()).is_for(USAGE)

    def test_conditions_are_for_subscriptions(self) -> None:
        discount = PercentageDiscount(
            key="three-months", percent=Decimal(5), conditions=Conditions(months=3)
        )

        with pytest.raises(InvalidDiscount, match=r"coupon three-months: .* leave its conditions"):
            Coupon(discount)


class TestRedeem:
    def test_without_coupons_fees_stay_as_they_are(self) -> None:
        found = redeemed({LICENSES: "12.40", USAGE: "3"})

        assert [(fee.key, fee.gross, fee.taken) for fee in found.fees] == [
            (LICENSES, euros("12.40"), Fraction(0)),
            (USAGE, euros("3"), Fraction(0)),
        ]
        assert [fee.left for fee in found.fees] == [Fraction("12.40"), 3]
        assert [fee.printed for fee in found.fees] == [euros("12.40"), euros("3")]
        assert (found.coupons, found.net) == ((), euros("15.40"))

    def test_a_coupon_is_shared_out_in_proportion_and_exactly(self) -> None:
        found = redeemed({LICENSES: "20", USAGE: "10"}, off("10"))

        assert [fee.taken for fee in found.fees] == [Fraction(20, 3), Fraction(10, 3)]
        assert [fee.left for fee in found.fees] == [Fraction(40, 3), Fraction(20, 3)]
        assert [fee.printed for fee in found.fees] == [euros("13.33"), euros("6.67")]
        assert (found.coupons, found.net) == ((euros("10"),), euros("20"))

    def test_a_later_coupon_is_shared_by_what_the_earlier_left(self) -> None:
        # 15 and 10 are left, then 3/5 and 2/5 of 5 are taken.
        found = redeemed({LICENSES: "20", USAGE: "10"}, off("5", LICENSES), off("5"))

        assert [fee.left for fee in found.fees] == [12, 8]
        assert found.coupons == (euros("5"), euros("5"))

    def test_the_order_of_the_coupons_matters(self) -> None:
        fees = {LICENSES: "20"}

        assert redeemed(fees, off("5"), percent_off("10")).net == euros("13.50")
        assert redeemed(fees, percent_off("10"), off("5")).net == euros("13")

    def test_a_percentage_is_rounded_once_for_all_its_fees(self) -> None:
        # 3.3333 percent of 10.01 and 20.02 is 1.0010.
        found = redeemed({LICENSES: "10.01", USAGE: "20.02"}, percent_off("3.3333"))

        assert found.coupons == (euros("1.00"),)
        assert [fee.taken for fee in found.fees] == [Fraction(1, 3), Fraction(2, 3)]

    def test_a_coupon_takes_no_more_than_is_left_of_its_fees(self) -> None:
        found = redeemed({LICENSES: "20", USAGE: "10"}, off("7", USAGE), off("7", USAGE))

        assert found.coupons == (euros("7"), euros("3"))
        assert [fee.left for fee in found.fees] == [20, 0]
        assert [fee.printed for fee in found.fees] == [euros("20"), euros("0")]

    def test_a_coupon_for_no_fee_takes_nothing(self) -> None:
        found = redeemed({LICENSES: "20"}, off("7", SUPPORT))

        assert (found.coupons, found.net) == ((euros("0"),), euros("20"))

    def test_a_coupon_may_take_everything(self) -> None:
        found = redeemed({LICENSES: "20", USAGE: "0"}, off("25"), off("1"))

        assert found.coupons == (euros("20"), euros("0"))
        assert [fee.printed for fee in found.fees] == [euros("0"), euros("0")]
        assert found.net == euros("0")

    def test_shares_may_be_rounded_one_by_one(self) -> None:
        # A third of a cent each time: 3.333 + 1.667 is 5 and 6.666667 + 3.333333 is not 10.
        found = redeemed({LICENSES: "20", USAGE: "10"}, off("10"), digits=3)

        assert [fee.taken for fee in found.fees] == [Fraction("6.667"), Fraction("3.333")]

    def test_shares_that_are_rounded_up_leave_no_fee_below_zero(self) -> None:
        # A third and two thirds of a cent are left, and one cent of the other coupon's three.
        found = redeemed(
            {LICENSES: "0.01", USAGE: "0.02"}, off("0.02"), off("0.01", LICENSES), off("0.01")
        )

        assert all(fee.left >= 0 for fee in found.fees)
        assert found.net == euros("0")
        rounded = redeemed({LICENSES: "0.01", USAGE: "0.01"}, off("0.01"), off("0.01"), digits=2)
        assert [fee.left for fee in rounded.fees] == [0, 0]

    def test_where_rounded_shares_take_every_fee_the_rest_is_printed_by_the_fees(self) -> None:
        found = redeemed({LICENSES: "0.03", USAGE: "0", SUPPORT: "0.03"}, off("0.05"), digits=2)

        assert [fee.left for fee in found.fees] == [0, 0, 0]
        assert found.net == euros("0.01")
        assert [fee.printed for fee in found.fees] == [euros("0.01"), euros("0"), euros("0")]

    def test_a_credit_is_no_fee(self) -> None:
        with pytest.raises(NegativeFee, match=r"fee usage: -0\.01 EUR is a credit"):
            redeemed({LICENSES: "20", USAGE: "-0.01"}, off("1"))

    def test_all_is_in_one_currency(self) -> None:
        with pytest.raises(CurrencyMismatch):
            redeem({USAGE: Money("USD", Decimal(1))}, [], currency="EUR")
        with pytest.raises(CurrencyMismatch):
            redeem({USAGE: Money("USD", Decimal(10))}, [off("1")], currency="USD")

    @given(
        st.lists(st.integers(0, 5000), min_size=1, max_size=5),
        st.lists(
            st.tuples(st.integers(1, 5000), st.booleans(), st.sets(st.sampled_from("01234"))),
            max_size=4,
        ),
        st.sampled_from([None, 2, 5]),
    )
    def test_fees_coupons_and_net_add_up_and_nothing_falls_below_zero(
        self, cents: list[int], drawn: list[tuple[int, bool, set[str]]], digits: int | None
    ) -> None:
        fees = {str(at): Money("EUR", Decimal(fee).scaleb(-2)) for at, fee in enumerate(cents)}
        coupons = [
            percent_off(str(Decimal(size) / 50), *keys)
            if percent
            else off(str(Decimal(size).scaleb(-2)), *keys)
            for size, percent, keys in drawn
        ]

        found = redeem(fees, coupons, currency="EUR", share_digits=digits)

        whole = Money.total(fees.values(), "EUR")
        assert found.net + Money.total(found.coupons, "EUR") == whole
        assert Money.total((fee.printed for fee in found.fees), "EUR") == found.net
        for fee in found.fees:
            assert fee.left >= 0
            assert fee.printed.amount >= 0


class TestPaidFrom:
    def test_each_credit_pays_what_is_left(self) -> None:
        paid = paid_from(euros("10"), [euros("4"), euros("0"), euros("7"), euros("1")])

        assert paid == (euros("4"), euros("0"), euros("6"), euros("0"))

    def test_a_credit_that_leaves_less_than_one_to_pay_pays_no_more_than_it_is(self) -> None:
        assert paid_from(euros("10"), [euros("9.50"), euros("0.25")]) == (
            euros("9.50"),
            euros("0.25"),
        )

    def test_what_is_fully_prepaid_comes_to_nothing_and_not_to_less(self) -> None:
        assert paid_from(euros("10"), [euros("10.01")]) == (euros("10"),)
        assert paid_from(euros("10"), [euros("10")]) == (euros("10"),)

    def test_a_total_below_zero_has_nothing_to_be_paid(self) -> None:
        assert paid_from(euros("-10"), [euros("4")]) == (euros("0"),)

    def test_a_credit_is_no_debt(self) -> None:
        with pytest.raises(AssertionError):
            paid_from(euros("10"), [euros("-0.01")])

    @pytest.mark.parametrize("currency", ["CHF", "USD"])
    def test_credits_are_in_the_currency_of_the_total(self, currency: str) -> None:
        with pytest.raises(CurrencyMismatch):
            paid_from(euros("10"), [Money(currency, Decimal(4))])
