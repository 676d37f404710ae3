from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from work365.domain.day_counts import DayCount
from work365.domain.money import Money, UnknownCurrency
from work365.domain.periods import MonthEnd, Period, PeriodNotContained
from work365.domain.proration import (
    DIGITS_MAX,
    Proration,
    RoundedStepsUnclear,
    Rounding,
    UnknownProration,
    _named,
    amount,
    exact_amount,
    line_amount,
    measure,
    rounded_measure,
    unit_price,
)
from work365.domain.rounding import RoundingMode

CUT_OFF = RoundingMode.TOWARDS_ZERO
MARCH = Period(date(2026, 3, 1), date(2026, 4, 1))
FROM_THE_20TH = Period(date(2026, 3, 20), date(2026, 4, 1))
NOTHING = Period(date(2026, 3, 20), date(2026, 3, 20))

digits = st.one_of(st.none(), st.integers(0, DIGITS_MAX))
modes = st.sampled_from(RoundingMode)


@pytest.fixture(autouse=True)
def names_are_read_anew() -> None:
    # Names are kept for good once read: a test would say nothing of how they are read.
    _named.cache_clear()


@st.composite
def prorations(draw: st.DrawFn) -> Proration:
    unit_price_digits = draw(digits)
    usual = RoundingMode.HALF_AWAY_FROM_ZERO
    return Proration(
        day_count=draw(st.sampled_from(DayCount)),
        rounding=Rounding(
            fraction_digits=draw(digits),
            unit_price_digits=unit_price_digits,
            unit_price_mode=usual if unit_price_digits is None else draw(modes),
            line_mode=draw(modes),
        ),
        month_end=draw(st.sampled_from(MonthEnd)),
        instants_cost_whole=draw(st.booleans()),
    )


class TestTheName:
    @pytest.mark.parametrize(
        ("proration", "name"),
        [
            (Proration(), "actual-days/1"),
            (Proration(day_count=DayCount.NONE), "none/1"),
            (Proration(rounding=Rounding(fraction_digits=9)), "actual-days+fraction-9/1"),
            (Proration(rounding=Rounding(fraction_digits=0)), "actual-days+fraction-0/1"),
            (
                Proration(
                    day_count=DayCount.MONTHS_THEN_DAYS,
                    rounding=Rounding(unit_price_digits=3),
                    month_end=MonthEnd.KEEP_DISTANCE,
                ),
                "months-then-days+keep-distance+unit-price-3/1",
            ),
            (
                Proration(
                    day_count=DayCount.START_MONTH,
                    rounding=Rounding(
                        unit_price_digits=0, unit_price_mode=CUT_OFF, line_mode=CUT_OFF
                    ),
                ),
                "start-month+unit-price-0-towards-zero+line-towards-zero/1",
            ),
            (
                Proration(day_count=DayCount.SECOND, instants_cost_whole=True),
                "seconds+instants-cost-whole/1",
            ),
        ],
    )
    def test_says_what_is_not_usual(self, proration: Proration, name: str) -> None:
        assert proration.name == name
        assert Proration.named(name) == proration

    @given(prorations())
    def test_is_read_back_as_the_same_rule(self, proration: Proration) -> None:
        assert Proration.named(proration.name) == proration

    @given(st.lists(prorations(), min_size=2, max_size=2, unique=True))
    def test_is_no_other_rules_name(self, two: list[Proration]) -> None:
        assert two[0].name != two[1].name

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "actual-days",
            "actual-days/2",
            "actual-days/1 ",
            "calendar-days/1",
            "Actual-Days/1",
            "actual-days+fraction/1",
            "actual-days+fraction-09/1",
            "actual-days+fraction-13/1",
            "actual-days+unit-price-2-half-away-from-zero/1",
            "actual-days+unit-price-2-sideways/1",
            "actual-days+unit-price-13/1",
            "actual-days+line-half-away-from-zero/1",
            "actual-days+line-sideways/1",
            "actual-days+clamp/1",
            "actual-days+fraction-9+keep-distance/1",
            "actual-days+fraction-\u0669/1",
            "actual-days+fraction-" + 5000 * "9" + "/1",
        ],
        ids=lambda text: repr(text[:48]),
    )
    def test_of_no_rule_is_refused_with_those_that_are_known(self, text: str) -> None:
        with pytest.raises(UnknownProration) as refused:
            Proration.named(text)

        said = str(refused.value)
        assert said.startswith(f"proration {text!r} is not known; name one of actual-days, ")
        assert said.endswith(", towards-zero, away-from-zero")
        assert all(day_count.value in said for day_count in DayCount)
        assert "+keep-distance, +instants-cost-whole, +fraction-DIGITS" in said
        assert "and /1 at the end; a mode is one of half-away-from-zero, half-even" in said


class TestRounding:
    @pytest.mark.parametrize("digits", [0, 12])
    def test_keeps_as_many_decimals_as_any_system(self, digits: int) -> None:
        rounding = Rounding(fraction_digits=digits, unit_price_digits=digits)

        assert (rounding.fraction_digits, rounding.unit_price_digits) == (digits, digits)

    @pytest.mark.parametrize("digits", [-1, 13])
    def test_refuses_other_digits_of_a_fraction(self, digits: int) -> None:
        with pytest.raises(
            RoundedStepsUnclear, match=f"^fraction_digits {digits} is not from 0 to 12; give"
        ):
            Rounding(fraction_digits=digits)

    @pytest.mark.parametrize("digits", [-1, 13])
    def test_refuses_other_digits_of_a_unit_price(self, digits: int) -> None:
        with pytest.raises(
            RoundedStepsUnclear, match=f"^unit_price_digits {digits} is not from 0 to 12; give"
        ):
            Rounding(unit_price_digits=digits)

    def test_refuses_a_mode_for_a_step_that_is_not_rounded(self) -> None:
        with pytest.raises(
            RoundedStepsUnclear, match=r"^unit_price_mode towards-zero without unit_price_digits"
        ):
            Rounding(unit_price_mode=CUT_OFF)


class TestMeasure:
    def test_is_how_many_times_the_price_is_owed(self) -> None:
        times = measure(Proration(), FROM_THE_20TH, whole=MARCH, whole_months=1, price_months=12)

        assert times == Fraction(12, 31 * 12)

    def test_of_a_longer_billing_period_is_more_than_one_price(self) -> None:
        quarter = Period(date(2026, 1, 1), date(2026, 4, 1))

        assert measure(Proration(), MARCH, whole=quarter, whole_months=3, price_months=1) == (
            Fraction(31 * 3, 90)
        )

    def test_follows_the_rule(self) -> None:
        proration = Proration(day_count=DayCount.MONTHS_THEN_DAYS, month_end=MonthEnd.KEEP_DISTANCE)
        half_year = Period(date(2026, 2, 28), date(2026, 8, 31))
        part = Period(date(2026, 2, 28), date(2026, 5, 1))

        times = measure(proration, part, whole=half_year, whole_months=6, price_months=2)

        # Two months up to 30 April, then a day of the 61 up to 30 June.
        assert times == 1 + Fraction(1, 61)

    def test_clamps_month_ends_where_the_rule_says_nothing_of_them(self) -> None:
        proration = Proration(day_count=DayCount.MONTHS_THEN_DAYS)
        half_year = Period(date(2026, 2, 28), date(2026, 8, 28))
        part = Period(date(2026, 2, 28), date(2026, 5, 1))

        times = measure(proration, part, whole=half_year, whole_months=6, price_months=2)

        # Two months up to 28 April, then three days of the 61 up to 28 June.
        assert times == 1 + Fraction(3, 61)

    def test_days_outside_of_the_billing_period_are_refused(self) -> None:
        part = Period(date(2026, 3, 20), date(2026, 4, 2))

        with pytest.raises(PeriodNotContained):
            measure(Proration(), part, whole=MARCH, whole_months=1, price_months=1)

    @pytest.mark.parametrize(
        ("instants_cost_whole", "part", "expected"),
        [
            (False, NOTHING, Fraction(0)),
            (True, NOTHING, Fraction(1)),
            (True, FROM_THE_20TH, Fraction(12, 31)),
        ],
    )
    def test_a_service_of_no_length_may_cost_the_whole(
        self, instants_cost_whole: bool, part: Period, expected: Fraction
    ) -> None:
        proration = Proration(instants_cost_whole=instants_cost_whole)

        times = measure(proration, part, whole=MARCH, whole_months=1, price_months=1)

        assert times == expected


class TestRoundedMeasure:
    def test_keeps_the_decimals_that_the_rule_says(self) -> None:
        proration = Proration(rounding=Rounding(fraction_digits=3))

        assert rounded_measure(proration, Fraction(2, 3)) == Fraction("0.667")
        assert rounded_measure(proration, Fraction(-1, 2000)) == Fraction("-0.001")

    def test_is_exact_where_the_rule_says_nothing(self) -> None:
        assert rounded_measure(Proration(), Fraction(2, 3)) == Fraction(2, 3)


class TestUnitPrice:
    @pytest.mark.parametrize(
        ("rounding", "expected"),
        [
            (Rounding(), Fraction(14, 3)),
            (Rounding(fraction_digits=1), Fraction("4.9")),
            (Rounding(unit_price_digits=2), Fraction("4.67")),
            (Rounding(unit_price_digits=2, unit_price_mode=CUT_OFF), Fraction("4.66")),
            (Rounding(fraction_digits=1, unit_price_digits=0), Fraction(5)),
            (Rounding(line_mode=CUT_OFF), Fraction(14, 3)),
        ],
    )
    def test_is_rounded_by_the_steps_of_the_rule(
        self, rounding: Rounding, expected: Fraction
    ) -> None:
        proration = Proration(rounding=rounding)

        assert unit_price(proration, per_unit=Decimal(7), measure=Fraction(2, 3)) == expected


class TestAmounts:
    def test_the_exact_amount_is_the_unit_price_as_often_as_there_are_units(self) -> None:
        proration = Proration(rounding=Rounding(unit_price_digits=2))

        exact = exact_amount(
            proration, quantity=Decimal("-2.5"), per_unit=Decimal(7), measure=Fraction(2, 3)
        )

        assert exact == Fraction("-11.675")

    @pytest.mark.parametrize(
        ("line_mode", "expected"), [(RoundingMode.HALF_EVEN, "0.12"), (CUT_OFF, "0.12")]
    )
    def test_a_line_is_rounded_by_the_rules_mode(
        self, line_mode: RoundingMode, expected: str
    ) -> None:
        proration = Proration(rounding=Rounding(line_mode=line_mode))

        line = line_amount(proration, Fraction("0.125"), currency="EUR")

        assert line == Money("EUR", Decimal(expected))

    def test_a_line_is_rounded_half_away_from_zero_where_nothing_is_said(self) -> None:
        line = line_amount(Proration(), Fraction("-0.125"), currency="EUR")

        assert line == Money("EUR", Decimal("-0.13"))

    def test_the_amount_is_a_line_of_its_own(self) -> None:
        line = amount(
            Proration(rounding=Rounding(line_mode=CUT_OFF)),
            quantity=Decimal(3),
            per_unit=Decimal("12.40"),
            measure=Fraction(20, 31),
            currency="JPY",
        )

        assert line == Money("JPY", Decimal(24))

    def test_an_unknown_currency_is_refused(self) -> None:
        with pytest.raises(UnknownCurrency):
            line_amount(Proration(), Fraction(1), currency="EURO")
