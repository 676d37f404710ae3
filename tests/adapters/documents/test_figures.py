from datetime import date
from decimal import Decimal

import pytest

from work365.adapters.documents.figures import (
    Days,
    UnwritableAmount,
    written_amount,
    written_day,
    written_days,
    written_exactly,
)


@pytest.mark.parametrize(
    ("amount", "minor_unit_digits", "expected"),
    [
        ("1234567", 0, "1,234,567"),
        ("1234567.5", 2, "1,234,567.50"),
        ("158.138", 3, "158.138"),
        ("0", 2, "0.00"),
        ("-12.4", 2, "\N{MINUS SIGN}12.40"),
        # Rows carry more digits than the currency; zeros say nothing.
        ("25.2000000000", 2, "25.20"),
        ("2750.00", 0, "2,750"),
        ("1E+3", 2, "1,000.00"),
        # More digits than Decimal's usual context of 28 would keep.
        ("12345678901234567890123456789012.34", 2, "12,345,678,901,234,567,890,123,456,789,012.34"),
    ],
)
def test_an_amount_shows_the_digits_of_its_currency(
    amount: str, minor_unit_digits: int, expected: str
) -> None:
    assert written_amount(Decimal(amount), minor_unit_digits=minor_unit_digits) == expected


@pytest.mark.parametrize(("amount", "minor_unit_digits"), [("0.001", 2), ("-0.5", 0)])
def test_an_amount_finer_than_its_currency_is_not_rounded(
    amount: str, minor_unit_digits: int
) -> None:
    with pytest.raises(UnwritableAmount, match=amount):
        written_amount(Decimal(amount), minor_unit_digits=minor_unit_digits)


@pytest.mark.parametrize("amount", ["NaN", "Infinity"])
def test_what_is_no_number_is_not_written(amount: str) -> None:
    with pytest.raises(UnwritableAmount, match=amount):
        written_exactly(Decimal(amount), digits_min=0)


@pytest.mark.parametrize(
    ("number", "digits_min", "expected"),
    [
        ("25", 0, "25"),
        ("12345.6789", 0, "12,345.6789"),
        ("2.500", 0, "2.5"),
        ("-5", 0, "\N{MINUS SIGN}5"),
        ("20.6", 2, "20.60"),
        ("0.000012345678901", 2, "0.000012345678901"),
        ("100", 0, "100"),
    ],
)
def test_a_quantity_or_price_shows_every_digit_it_has(
    number: str, digits_min: int, expected: str
) -> None:
    assert written_exactly(Decimal(number), digits_min=digits_min) == expected


def test_a_day_names_its_month() -> None:
    assert written_day(date(2026, 3, 11)) == "11 Mar 2026"


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        (date(2026, 3, 11), date(2026, 3, 12), "11 Mar 2026"),
        (date(2026, 3, 11), date(2026, 4, 1), "11\N{EN DASH}31 Mar 2026"),
        (date(2026, 3, 11), date(2026, 4, 11), "11 Mar \N{EN DASH} 10 Apr 2026"),
        (date(2026, 3, 1), date(2027, 3, 1), "1 Mar 2026 \N{EN DASH} 28 Feb 2027"),
    ],
)
def test_days_are_written_with_the_last_day_served(start: date, end: date, expected: str) -> None:
    assert written_days(Days(start, end)) == expected


def test_days_without_a_day_cannot_be_made() -> None:
    with pytest.raises(AssertionError, match="holds no day"):
        Days(date(2026, 3, 1), date(2026, 3, 1))
