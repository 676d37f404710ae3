from decimal import ROUND_HALF_UP, Decimal, localcontext
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from work365.domain.money import (
    MINOR_UNIT_DIGITS,
    CurrencyMismatch,
    FractionOfMinorUnit,
    Money,
    UnknownCurrency,
    minor_unit_digits,
)
from work365.domain.rounding import RoundingMode

AMOUNT_MAX = Decimal("922337203685477.5807")
"""Largest amount that a money column of Dataverse holds."""

currencies = st.sampled_from(sorted(MINOR_UNIT_DIGITS))
exact_decimals = st.decimals(-AMOUNT_MAX, AMOUNT_MAX, places=10)
exact_fractions = st.builds(Fraction, st.integers(-(10**12), 10**12), st.integers(1, 10**6))


class TestMinorUnitDigits:
    @pytest.mark.parametrize(
        ("currency", "digits"), [("JPY", 0), ("ISK", 0), ("EUR", 2), ("CHF", 2), ("KWD", 3)]
    )
    def test_are_those_of_iso_4217(self, currency: str, digits: int) -> None:
        assert minor_unit_digits(currency) == digits

    @pytest.mark.parametrize("code", ["EURO", "eur", "XYZ", "", "XAU"])
    def test_a_code_that_is_not_a_currency_is_refused(self, code: str) -> None:
        with pytest.raises(UnknownCurrency, match="is not a code of ISO 4217"):
            minor_unit_digits(code)


class TestRound:
    @pytest.mark.parametrize(
        ("exact", "currency", "expected"),
        [
            ("2.345", "EUR", "2.35"),
            ("-2.345", "EUR", "-2.35"),
            ("2.344999", "EUR", "2.34"),
            # A currency without a minor unit, and one with three digits.
            ("2.5", "JPY", "3"),
            ("-2.5", "JPY", "-3"),
            ("0.0005", "KWD", "0.001"),
            ("0.00049", "KWD", "0.000"),
            # Too large for a binary fraction to hold its cents.
            ("90071992547409.935", "EUR", "90071992547409.94"),
        ],
    )
    def test_halves_go_away_from_zero(self, exact: str, currency: str, expected: str) -> None:
        assert Money.round(Decimal(exact), currency) == Money(currency, Decimal(expected))

    def test_a_third_is_exact_until_it_becomes_money(self) -> None:
        assert Money.round(Fraction(100, 3), "EUR") == Money("EUR", Decimal("33.33"))

    def test_an_amount_may_have_more_digits_than_decimal_arithmetic_keeps(self) -> None:
        long = "123456789012345678901234567890123456789.02"

        assert str(Money.round(Decimal(long), "EUR").amount) == long

    def test_an_unknown_currency_is_refused(self) -> None:
        with pytest.raises(UnknownCurrency):
            Money.round(Decimal(1), "XYZ")

    @given(exact_decimals, currencies)
    def test_agrees_with_the_decimal_module(self, exact: Decimal, currency: str) -> None:
        with localcontext(prec=60):
            unit = Decimal(1).scaleb(-MINOR_UNIT_DIGITS[currency])
            expected = exact.quantize(unit, ROUND_HALF_UP)

        assert Money.round(exact, currency).amount == expected

    @given(exact_fractions, currencies)
    def test_is_never_further_off_than_half_a_unit(self, exact: Fraction, currency: str) -> None:
        half = Fraction(1, 2 * 10 ** MINOR_UNIT_DIGITS[currency])

        rounded = Fraction(Money.round(exact, currency).amount)

        assert abs(rounded - exact) <= half
        # Exactly half a unit off means: a half, and it went away from zero.
        assert abs(rounded - exact) < half or abs(rounded) > abs(exact)

    @given(exact_fractions, currencies)
    def test_a_credit_is_the_negative_of_the_charge(self, exact: Fraction, currency: str) -> None:
        assert Money.round(-exact, currency) == -Money.round(exact, currency)

    @given(exact_decimals, currencies)
    def test_money_stays_as_it_is(self, exact: Decimal, currency: str) -> None:
        once = Money.round(exact, currency)

        assert Money.round(once.amount, currency) == once

    @pytest.mark.parametrize(
        ("mode", "expected"),
        [
            (RoundingMode.HALF_EVEN, "2.34"),
            (RoundingMode.TOWARDS_ZERO, "2.34"),
            (RoundingMode.AWAY_FROM_ZERO, "2.35"),
        ],
    )
    def test_another_mode_has_to_be_asked_for(self, mode: RoundingMode, expected: str) -> None:
        assert Money.round(Decimal("2.345"), "EUR", mode) == Money("EUR", Decimal(expected))


class TestExactly:
    @pytest.mark.parametrize(
        ("amount", "currency"),
        [("2.34", "EUR"), ("-2.3400", "EUR"), ("0", "EUR"), ("250", "JPY"), ("0.001", "KWD")],
    )
    def test_what_is_whole_in_the_minor_unit_is_money(self, amount: str, currency: str) -> None:
        assert Money.exactly(Decimal(amount), currency) == Money(currency, Decimal(amount))

    @pytest.mark.parametrize(
        ("amount", "currency"), [("2.345", "EUR"), ("-0.001", "EUR"), ("0.5", "JPY")]
    )
    def test_a_part_of_a_minor_unit_is_refused(self, amount: str, currency: str) -> None:
        with pytest.raises(FractionOfMinorUnit) as refused:
            Money.exactly(Decimal(amount), currency)

        assert str(refused.value) == f"{amount} {currency} is not whole in its minor unit"


class TestMoney:
    @pytest.mark.parametrize(("currency", "amount"), [("EUR", "0.001"), ("JPY", "0.5")])
    def test_less_than_a_minor_unit_cannot_be(self, currency: str, amount: str) -> None:
        with pytest.raises(AssertionError):
            Money(currency, Decimal(amount))

    @pytest.mark.parametrize("amount", ["NaN", "Infinity"])
    def test_an_amount_is_a_number(self, amount: str) -> None:
        with pytest.raises(AssertionError, match="is not a number"):
            Money("EUR", Decimal(amount))

    def test_further_zeros_are_no_further_digits(self) -> None:
        assert Money("EUR", Decimal("1.2300")) == Money("EUR", Decimal("1.23"))

    def test_an_unknown_currency_is_refused(self) -> None:
        with pytest.raises(UnknownCurrency):
            Money("XYZ", Decimal(1))

    def test_amounts_of_one_currency_are_ordered(self) -> None:
        dear, cheap = Money("EUR", Decimal(2)), Money("EUR", Decimal(1))

        assert sorted([dear, cheap]) == [cheap, dear]


class TestSums:
    def test_currencies_do_not_mix(self) -> None:
        with pytest.raises(CurrencyMismatch, match="EUR and USD"):
            Money.zero("EUR") + Money.zero("USD")
        with pytest.raises(CurrencyMismatch, match="EUR and USD"):
            Money.zero("EUR") - Money.zero("USD")

    def test_a_total_is_of_one_currency(self) -> None:
        with pytest.raises(CurrencyMismatch, match="USD in a sum of EUR"):
            Money.total([Money.zero("EUR"), Money.zero("USD")], "EUR")

    def test_the_total_of_nothing_is_zero(self) -> None:
        assert Money.total([], "JPY") == Money.zero("JPY")

    @given(st.lists(exact_fractions, max_size=20), currencies)
    def test_parts_add_up(self, parts: list[Fraction], currency: str) -> None:
        amounts = [Money.round(part, currency) for part in parts]

        total = Money.total(amounts, currency)

        assert Fraction(total.amount) == sum(Fraction(money.amount) for money in amounts)

    @given(exact_fractions, exact_fractions, currencies)
    def test_taking_away_undoes_adding(self, one: Fraction, other: Fraction, currency: str) -> None:
        first, second = Money.round(one, currency), Money.round(other, currency)

        assert first + second - second == first
