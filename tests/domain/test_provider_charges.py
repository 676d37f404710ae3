from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest

from work365.domain.money import Money
from work365.domain.periods import Period, PeriodNotContained
from work365.domain.price_models import PerUnit
from work365.domain.provider_charges import (
    NoCycle,
    NoUsage,
    ProviderLine,
    azure_cost,
    effective_unit_price,
    legacy_line,
    legacy_part,
)
from work365.domain.rating import NegativeUsage
from work365.domain.tiers import Graduated, Tier

HOURS = PerUnit(Decimal("0.333"))


def euros(amount: str) -> Money:
    return Money.exactly(Decimal(amount), "EUR")


class TestAzureCost:
    @pytest.mark.parametrize(
        ("quantity", "credit", "cost"),
        [("17", "0", "5.66"), ("17", "15", "4.81"), ("0", "15", "0"), ("17", "100", "0")],
    )
    def test_the_credit_comes_off_and_the_third_decimal_is_cut(
        self, quantity: str, credit: str, cost: str
    ) -> None:
        owed = azure_cost(HOURS, Decimal(quantity), credit_percent=Decimal(credit), currency="EUR")

        assert owed == euros(cost)

    def test_tiers_are_of_the_whole_usage(self) -> None:
        model = Graduated(
            (
                Tier(up_to=Decimal(10), per_unit=Decimal(1)),
                Tier(up_to=None, per_unit=Decimal("0.5")),
            )
        )

        owed = azure_cost(model, Decimal(13), credit_percent=Decimal(0), currency="EUR")

        assert owed == euros("11.50")

    def test_negative_usage_is_refused(self) -> None:
        with pytest.raises(NegativeUsage):
            azure_cost(HOURS, Decimal(-1), credit_percent=Decimal(0), currency="EUR")


class TestEffectiveUnitPrice:
    def test_it_is_the_cost_of_one_unit(self) -> None:
        assert effective_unit_price(euros("4.81"), Decimal(17)) == Fraction(481, 1700)

    def test_no_usage_has_no_price(self) -> None:
        with pytest.raises(
            NoUsage, match=r"^quantity 0 has no price of a unit; leave the line out"
        ):
            effective_unit_price(euros("4.81"), Decimal(0))

    def test_negative_usage_is_refused(self) -> None:
        with pytest.raises(NegativeUsage, match=r"^quantity -1 is negative; correct the usage$"):
            effective_unit_price(euros("4.81"), Decimal(-1))


class TestLegacyPart:
    MONTH = Period(date(2026, 5, 10), date(2026, 6, 10))
    FEBRUARY = Period(date(2026, 2, 10), date(2026, 3, 10))
    YEAR = Period(date(2026, 5, 10), date(2027, 5, 10))

    @pytest.mark.parametrize(
        ("cycle", "days_from", "quantity", "unit_price", "amount"),
        [
            # 10 / 31 is 0.323 a day, 9 days are 2.907.
            (MONTH, date(2026, 6, 1), "1", "2.91", "2.91"),
            (MONTH, date(2026, 6, 1), "-3", "2.91", "-8.73"),
            # 10 / 28 is 0.357 a day, 9 days are 3.213.
            (FEBRUARY, date(2026, 3, 1), "2", "3.21", "6.42"),
            # 10 / 365 is 0.03 a day, 344 days are 10.32.
            (YEAR, date(2026, 5, 31), "1", "10.32", "10.32"),
        ],
        ids=["month", "credit", "february", "year"],
    )
    def test_the_price_of_a_day_is_rounded_first_and_the_price_of_a_unit_then(
        self, cycle: Period, days_from: date, quantity: str, unit_price: str, amount: str
    ) -> None:
        line = legacy_part(
            Decimal(10),
            Decimal(quantity),
            cycle=cycle,
            part=Period(days_from, cycle.end),
            currency="EUR",
        )

        assert line == ProviderLine(Fraction(unit_price), euros(amount))

    def test_days_outside_of_the_cycle_are_refused(self) -> None:
        with pytest.raises(PeriodNotContained):
            legacy_part(
                Decimal(10), Decimal(1), cycle=self.FEBRUARY, part=self.MONTH, currency="EUR"
            )

    def test_a_cycle_of_32_days_is_no_month(self) -> None:
        cycle = Period(date(2026, 5, 10), date(2026, 6, 11))

        line = legacy_part(Decimal(10), Decimal(1), cycle=cycle, part=cycle, currency="EUR")

        assert line.amount == euros("9.92")


class TestLegacyLine:
    def test_the_amount_is_made_from_the_exact_price(self) -> None:
        line = legacy_line(
            Decimal(10), Decimal(-30), billing_days=20, cycle_days=31, currency="EUR"
        )

        assert line == ProviderLine(Fraction(200, 31), euros("-193.55"))

    @pytest.mark.parametrize("days", [0, -1])
    def test_a_cycle_without_days_is_refused(self, days: int) -> None:
        with pytest.raises(NoCycle, match=f"^cycle days are {days}; a cycle has one day at least$"):
            legacy_line(Decimal(10), Decimal(1), billing_days=1, cycle_days=days, currency="EUR")

    def test_a_cycle_may_have_one_day(self) -> None:
        line = legacy_line(Decimal(10), Decimal(1), billing_days=1, cycle_days=1, currency="EUR")

        assert line.unit_price == 10
