from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from work365.domain.rounding import RoundingMode, round_exactly

HALF_AWAY = RoundingMode.HALF_AWAY_FROM_ZERO
HALF_EVEN = RoundingMode.HALF_EVEN
CUT_OFF = RoundingMode.TOWARDS_ZERO
UP = RoundingMode.AWAY_FROM_ZERO

fractions = st.builds(Fraction, st.integers(-(10**6), 10**6), st.integers(1, 999))
modes = st.sampled_from(RoundingMode)


class TestRoundExactly:
    @pytest.mark.parametrize(
        ("exact", "half_away", "half_even", "cut_off", "up"),
        [
            ("1.20", "1.20", "1.20", "1.20", "1.20"),
            ("1.2001", "1.20", "1.20", "1.20", "1.21"),
            ("1.2049", "1.20", "1.20", "1.20", "1.21"),
            ("1.205", "1.21", "1.20", "1.20", "1.21"),
            ("1.2051", "1.21", "1.21", "1.20", "1.21"),
            ("1.215", "1.22", "1.22", "1.21", "1.22"),
            ("1.235", "1.24", "1.24", "1.23", "1.24"),
            ("1.245", "1.25", "1.24", "1.24", "1.25"),
            ("1.2199", "1.22", "1.22", "1.21", "1.22"),
            ("-1.2001", "-1.20", "-1.20", "-1.20", "-1.21"),
            ("-1.205", "-1.21", "-1.20", "-1.20", "-1.21"),
            ("-1.215", "-1.22", "-1.22", "-1.21", "-1.22"),
            ("0.005", "0.01", "0.00", "0.00", "0.01"),
            ("-0.004", "0.00", "0.00", "0.00", "-0.01"),
            ("0", "0.00", "0.00", "0.00", "0.00"),
        ],
    )
    def test_each_mode_has_its_own_neighbour(
        self, exact: str, half_away: str, half_even: str, cut_off: str, up: str
    ) -> None:
        found = {mode: str(round_exactly(Decimal(exact), 2, mode)) for mode in RoundingMode}

        assert found == {HALF_AWAY: half_away, HALF_EVEN: half_even, CUT_OFF: cut_off, UP: up}

    def test_halves_go_away_from_zero_where_nothing_is_said(self) -> None:
        assert round_exactly(Decimal("2.5"), 0) == 3
        assert round_exactly(Decimal("-2.5"), 0) == -3

    @pytest.mark.parametrize(
        ("digits", "expected"), [(0, "33"), (1, "33.3"), (3, "33.333"), (12, "33.333333333333")]
    )
    def test_has_exactly_so_many_decimals(self, digits: int, expected: str) -> None:
        assert str(round_exactly(Fraction(100, 3), digits)) == expected
        assert str(round_exactly(Decimal(7), digits)) == str(Decimal(7).quantize(Decimal(expected)))

    def test_keeps_more_digits_than_decimal_arithmetic_does(self) -> None:
        long = "123456789012345678901234567890123456789.015"

        assert str(round_exactly(Decimal(long), 2)) == "123456789012345678901234567890123456789.02"

    def test_the_least_that_is_over_goes_up_where_everything_does(self) -> None:
        assert round_exactly(Fraction(1, 3), 0, UP) == 1
        assert round_exactly(Fraction(1, 3), 0, CUT_OFF) == 0

    def test_nothing_has_no_sign(self) -> None:
        assert str(round_exactly(Fraction(-1, 1000), 2)) == "0.00"
        assert str(round_exactly(Fraction(-1, 1000), 2, UP)) == "-0.01"

    @given(fractions, st.integers(0, 6), modes)
    def test_goes_to_one_of_the_two_neighbours(
        self, exact: Fraction, digits: int, mode: RoundingMode
    ) -> None:
        rounded = round_exactly(exact, digits, mode)

        assert abs(Fraction(rounded) - exact) < Fraction(1, 10**digits)

    @given(fractions, st.integers(0, 6), modes)
    def test_a_credit_is_the_negative_of_the_charge(
        self, exact: Fraction, digits: int, mode: RoundingMode
    ) -> None:
        assert round_exactly(-exact, digits, mode) == -round_exactly(exact, digits, mode)

    @given(fractions, st.integers(0, 6), modes)
    def test_what_is_rounded_stays_as_it_is(
        self, exact: Fraction, digits: int, mode: RoundingMode
    ) -> None:
        once = round_exactly(exact, digits, mode)

        assert round_exactly(once, digits, mode) == once

    @given(fractions, st.integers(0, 6))
    def test_the_modes_lie_between_cutting_off_and_going_up(
        self, exact: Fraction, digits: int
    ) -> None:
        down, up = (abs(round_exactly(exact, digits, mode)) for mode in (CUT_OFF, UP))

        for mode in (HALF_AWAY, HALF_EVEN):
            assert abs(round_exactly(exact, digits, mode)) in {down, up}


class TestRoundingMode:
    def test_has_a_name_that_is_kept_on_lines(self) -> None:
        assert [mode.value for mode in RoundingMode] == [
            "half-away-from-zero",
            "half-even",
            "towards-zero",
            "away-from-zero",
        ]
