from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest

from work365.domain import figures
from work365.domain.charges import LICENSE, Price
from work365.domain.currencies import Conversion, ExchangeRate
from work365.domain.money import Money
from work365.domain.periods import Period


@pytest.mark.parametrize(
    ("exact", "shown"),
    [
        (Fraction(5, 2), "2.5"),
        (Fraction(-5, 2), "-2.5"),
        (Fraction(100), "100"),
        (Fraction(0), "0"),
        (Fraction(1, 3), "0.3333333333..."),
        (Fraction(2, 3), "0.6666666667..."),
        (Fraction(1, 10**10), "0.0000000001"),
        (Fraction(1, 10**11), "0..."),
    ],
)
def test_a_decimal_has_dots_where_it_goes_on(exact: Fraction, shown: str) -> None:
    assert figures.decimal(exact) == shown


@pytest.mark.parametrize(
    ("exact", "shown"), [(Fraction(1, 4), "0.25"), (Fraction(42, 62), "21/31"), (Fraction(3), "3")]
)
def test_a_fraction_is_a_decimal_where_that_ends_soon(exact: Fraction, shown: str) -> None:
    assert figures.fraction(exact) == shown


@pytest.mark.parametrize(
    ("number", "shown"),
    [("1.50", "1.50"), ("1E+2", "100"), ("-0.001", "-0.001")],
)
def test_a_number_is_written_with_the_decimals_that_it_has(number: str, shown: str) -> None:
    assert figures.plain(Decimal(number)) == shown


@pytest.mark.parametrize(
    ("per_unit", "currency", "shown"),
    [
        ("12.4", "EUR", "12.40 EUR"),
        ("12.4000", "EUR", "12.40 EUR"),
        ("0.012345", "EUR", "0.012345 EUR"),
        ("100", "JPY", "100 JPY"),
        ("1E+2", "JPY", "100 JPY"),
        ("99.5", "JPY", "99.5 JPY"),
        ("1", "KWD", "1.000 KWD"),
    ],
)
def test_a_price_has_at_least_the_decimals_of_its_currency(
    per_unit: str, currency: str, shown: str
) -> None:
    assert figures.priced(Decimal(per_unit), currency) == shown


def test_a_unit_price_is_in_the_currency_that_it_is_listed_in() -> None:
    rate = ExchangeRate(
        from_currency="USD",
        to_currency="EUR",
        rate=Decimal("0.9"),
        valid_on=date(2026, 1, 1),
        source="bank",
    )
    price = Price("SUB-1", LICENSE, "EUR", Decimal(10), 1, conversion=Conversion(rate))

    assert figures.unit_price(price) == "10.00 USD"


def test_money_has_its_currency() -> None:
    assert figures.money(Money("KWD", Decimal("1.250"))) == "1.250 KWD"


@pytest.mark.parametrize(
    ("end", "shown"),
    [
        (date(2026, 3, 1), "2026-03-01"),
        (date(2026, 3, 2), "2026-03-01"),
        (date(2026, 3, 3), "2026-03-01 to 2026-03-02"),
    ],
)
def test_days_are_written_with_their_last_one(end: date, shown: str) -> None:
    assert figures.days(Period(date(2026, 3, 1), end)) == shown


@pytest.mark.parametrize(
    ("day", "words"),
    [
        (date(2026, 1, 31), "31 January 2026"),
        (date(2026, 3, 1), "1 March 2026"),
        (date(2025, 12, 9), "9 December 2025"),
    ],
)
def test_a_day_in_words(day: date, words: str) -> None:
    assert figures.day_in_words(day) == words


@pytest.mark.parametrize(("count", "words"), [(1, "1 month"), (2, "2 months"), (12, "12 months")])
def test_months_in_words(count: int, words: str) -> None:
    assert figures.months(count) == words
