from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from work365.domain.currencies import (
    Conversion,
    ExchangeRate,
    ExchangeRateAmbiguous,
    ExchangeRateMissing,
    ExchangeRateStale,
    ExchangeTable,
    InvalidExchangeRate,
)
from work365.domain.money import Money, UnknownCurrency

DAY = date(2026, 3, 10)
RATE = ExchangeRate(
    from_currency="EUR",
    to_currency="JPY",
    rate=Decimal("161.35"),
    valid_on=DAY,
    source="ECB",
)
EARLIER = replace(RATE, rate=Decimal(160), valid_on=date(2026, 3, 3))
TABLE = ExchangeTable(rates=(RATE, EARLIER))

rates = st.decimals("0.0001", "10000", places=6).map(lambda rate: replace(RATE, rate=rate))
amounts = st.fractions(-(10**9), 10**9, max_denominator=10**6)


def conversion_on(table: ExchangeTable, day: date) -> Conversion:
    return table.conversion(from_currency="EUR", to_currency="JPY", day=day)


class TestExchangeRate:
    @pytest.mark.parametrize("rate", ["0", "-1", "NaN", "Infinity"])
    def test_is_above_0(self, rate: str) -> None:
        with pytest.raises(InvalidExchangeRate, match=f"EUR to JPY of 2026-03-10: {rate} is not"):
            replace(RATE, rate=Decimal(rate))

    def test_is_between_two_currencies(self) -> None:
        with pytest.raises(InvalidExchangeRate, match="one currency needs none"):
            replace(RATE, to_currency="EUR")

    def test_both_are_currencies(self) -> None:
        with pytest.raises(UnknownCurrency, match="'XYZ'"):
            replace(RATE, from_currency="XYZ")
        with pytest.raises(UnknownCurrency, match="'XYZ'"):
            replace(RATE, to_currency="XYZ")


class TestConversion:
    def test_is_exact(self) -> None:
        assert Conversion(RATE).convert(Decimal("0.01")) == Fraction(16135, 10000)
        assert Conversion(RATE).convert(Fraction(1, 3)) == Fraction(16135, 300)

    def test_is_rounded_to_the_digits_of_the_other_currency(self) -> None:
        assert Conversion(RATE).money(Decimal(10)) == Money("JPY", Decimal(1614))
        assert Conversion(RATE, is_inverse=True).money(Decimal(1000)) == Money(
            "EUR", Decimal("6.20")
        )

    def test_turned_round_it_goes_the_other_way(self) -> None:
        there, back = Conversion(RATE), Conversion(RATE, is_inverse=True)

        assert (there.from_currency, there.to_currency) == ("EUR", "JPY")
        assert (back.from_currency, back.to_currency) == ("JPY", "EUR")

    def test_it_says_what_it_was(self) -> None:
        assert Conversion(RATE).explained == "1 EUR = 161.35 JPY on 2026-03-10 (ECB)"
        assert Conversion(RATE, is_inverse=True).explained == (
            "1 EUR = 161.35 JPY on 2026-03-10 (ECB), turned round"
        )

    @given(rates, amounts)
    def test_there_and_back_nothing_is_lost(self, rate: ExchangeRate, amount: Fraction) -> None:
        there = Conversion(rate).convert(amount)

        assert Conversion(rate, is_inverse=True).convert(there) == amount

    @given(rates, amounts, amounts)
    def test_parts_add_up(self, rate: ExchangeRate, one: Fraction, other: Fraction) -> None:
        conversion = Conversion(rate)

        assert conversion.convert(one) + conversion.convert(other) == conversion.convert(
            one + other
        )


class TestExchangeTable:
    @pytest.mark.parametrize(
        ("day", "expected"),
        [
            (date(2026, 3, 3), EARLIER),
            (date(2026, 3, 9), EARLIER),
            (DAY, RATE),
            (date(2027, 1, 1), RATE),
        ],
    )
    def test_the_latest_rate_not_after_the_day_holds(
        self, day: date, expected: ExchangeRate
    ) -> None:
        assert conversion_on(TABLE, day) == Conversion(expected)

    def test_before_the_first_rate_there_is_none(self) -> None:
        with pytest.raises(
            ExchangeRateMissing, match="no exchange rate EUR to JPY on or before 2026-03-02"
        ):
            conversion_on(TABLE, date(2026, 3, 2))

    def test_a_rate_of_another_pair_is_none(self) -> None:
        table = ExchangeTable(
            rates=(replace(RATE, to_currency="USD"), replace(RATE, from_currency="USD"))
        )

        with pytest.raises(ExchangeRateMissing):
            conversion_on(table, DAY)

    @pytest.mark.parametrize(("currency", "other"), [("XYZ", "EUR"), ("EUR", "XYZ")])
    def test_a_code_that_is_no_currency_is_refused_as_that(self, currency: str, other: str) -> None:
        with pytest.raises(UnknownCurrency):
            TABLE.conversion(from_currency=currency, to_currency=other, day=DAY)

    def test_a_rate_may_be_as_old_as_is_allowed_and_not_a_day_more(self) -> None:
        table = replace(TABLE, days_old_max=5)
        last = DAY + timedelta(days=5)

        assert conversion_on(table, last).stated is RATE
        with pytest.raises(
            ExchangeRateStale,
            match="on 2026-03-16: the latest is of 2026-03-10, 6 days before, and 5 are allowed",
        ):
            conversion_on(table, last + timedelta(days=1))

    def test_on_its_own_day_a_rate_is_never_too_old(self) -> None:
        assert conversion_on(replace(TABLE, days_old_max=0), DAY).stated is RATE

    def test_a_rate_is_turned_round_only_where_that_is_allowed(self) -> None:
        table = ExchangeTable(rates=(replace(RATE, from_currency="JPY", to_currency="EUR"),))

        with pytest.raises(ExchangeRateMissing):
            conversion_on(table, DAY)
        turned = conversion_on(replace(table, inverse_allowed=True), DAY)
        assert turned == Conversion(table.rates[0], is_inverse=True)
        assert (turned.from_currency, turned.to_currency) == ("EUR", "JPY")

    def test_a_rate_stated_the_right_way_goes_first(self) -> None:
        later = replace(RATE, from_currency="JPY", to_currency="EUR", valid_on=date(2026, 3, 11))
        table = ExchangeTable(rates=(later, RATE), inverse_allowed=True)

        assert conversion_on(table, date(2026, 3, 11)) == Conversion(RATE)

    def test_where_nothing_can_be_turned_round_the_rate_is_missing(self) -> None:
        with pytest.raises(ExchangeRateMissing):
            conversion_on(ExchangeTable(rates=(), inverse_allowed=True), DAY)

    def test_two_rates_of_one_day_that_differ_are_refused(self) -> None:
        other = replace(RATE, rate=Decimal(162), source="A bank")
        table = ExchangeTable(rates=(RATE, other, EARLIER))

        with pytest.raises(ExchangeRateAmbiguous, match=r"162 by A bank, 161\.35 by ECB; keep one"):
            conversion_on(table, DAY)
        assert conversion_on(table, date(2026, 3, 9)).stated is EARLIER

    def test_two_rates_of_one_day_that_agree_are_one(self) -> None:
        other = replace(RATE, source="A bank")

        assert conversion_on(ExchangeTable(rates=(RATE, other)), DAY).stated is other
