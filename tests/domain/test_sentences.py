from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest

from work365.domain.charges import LICENSE, USAGE, Charge, PercentOff, Price, Slot
from work365.domain.currencies import Conversion, ExchangeRate
from work365.domain.day_counts import DayCount
from work365.domain.lines import BilledLine, LineKind
from work365.domain.money import Money
from work365.domain.periods import Period
from work365.domain.proration import Proration
from work365.domain.sentences import sentence

MARCH = Period(date(2026, 3, 1), date(2026, 4, 1))
FROM_THE_11TH = Period(date(2026, 3, 11), date(2026, 4, 1))
SEATS = Price("SUB-1", LICENSE, "EUR", Decimal("12.40"), 1)
ONCE = "none/1"


def line(
    quantity: str = "3",
    price: Price = SEATS,
    days: Period = FROM_THE_11TH,
    kind: LineKind = LineKind.CHARGE,
    corrects: str | None = None,
) -> BilledLine:
    charge = Charge(Slot(price, MARCH.start, MARCH.end, 1), days, Decimal(quantity))
    amount = Money.zero("EUR") if kind is LineKind.WAIVED else charge.amount
    return BilledLine(key="CT-1-2_1", charge=charge, amount=amount, kind=kind, corrects=corrects)


def said(one: BilledLine) -> str:
    return sentence(one, "Business Standard")


class TestCharge:
    def test_says_how_many_at_what_price_for_which_days(self) -> None:
        assert said(line()) == (
            "Charge for 3 x Business Standard at 12.40 EUR a month, 2026-03-11 to 2026-03-31,"
            " 21 of 31 days: 25.20 EUR."
        )

    def test_of_a_whole_period_says_nothing_of_its_days(self) -> None:
        assert said(line(days=MARCH)).endswith("a month, 2026-03-01 to 2026-03-31: 37.20 EUR.")

    def test_says_for_how_many_months_a_price_is(self) -> None:
        assert "at 12.40 EUR for 12 months, " in said(line(price=SEATS._replace(months=12)))

    def test_names_each_discount(self) -> None:
        discounts = (PercentOff("a", Decimal(10)), PercentOff("b", Decimal("2.5")))

        assert "a month, less 10 %, less 2.5 %, 2026" in said(
            line(price=SEATS._replace(discounts=discounts))
        )

    def test_names_the_exchange_rate_and_its_day(self) -> None:
        rate = ExchangeRate(
            from_currency="USD",
            to_currency="EUR",
            rate=Decimal("0.9"),
            valid_on=date(2026, 2, 27),
            source="bank",
        )

        told = said(line(price=SEATS._replace(conversion=Conversion(rate)), days=MARCH))

        assert told == (
            "Charge for 3 x Business Standard at 12.40 USD a month, 1 USD = 0.9 EUR of 2026-02-27,"
            " 2026-03-01 to 2026-03-31: 33.48 EUR."
        )

    def test_names_the_part_of_a_price_model(self) -> None:
        told = said(line(price=SEATS._replace(component="tier-2-flat")))

        assert told.startswith(
            "Charge for 3 x Business Standard (tier 2 flat) at 12.40 EUR a month"
        )

    @pytest.mark.parametrize(
        ("day_count", "share"),
        [
            (DayCount.SECOND, ", 21 of 31 days"),
            (DayCount.NONE, ", not prorated"),
            (DayCount.STRICT_30_360, ", 2/3 of the price by strict-30-360"),
            (DayCount.BEGUN_MONTHS, ", 1 of the price by begun-months"),
        ],
    )
    def test_says_the_share_as_its_rule_has_it(self, day_count: DayCount, share: str) -> None:
        price = SEATS._replace(proration=Proration(day_count=day_count).name)

        assert f"2026-03-11 to 2026-03-31{share}: " in said(line(price=price))

    def test_says_that_rounding_is_carried_where_it_makes_a_difference(self) -> None:
        third = line(quantity="1", price=SEATS._replace(per_unit=Decimal("10.00")))
        same = replace(third, carried=Fraction(1, 1000))
        other = replace(same, carried=Fraction(-1, 100), amount=Money("EUR", Decimal("6.76")))

        assert said(same).endswith(", 21 of 31 days: 6.77 EUR.")
        assert said(other).endswith(
            ", 21 of 31 days, with the rounding of earlier lines: 6.76 EUR."
        )


class TestUsageAndOneTime:
    def test_usage_is_so_many_used_at_so_much_each(self) -> None:
        price = SEATS._replace(
            component=f"{USAGE}tier-1", per_unit=Decimal("0.333"), proration=ONCE
        )

        assert said(line("10", price, MARCH)) == (
            "Charge for 10 x Business Standard used (tier 1) at 0.333 EUR each,"
            " 2026-03-01 to 2026-03-31: 3.33 EUR."
        )

    def test_usage_at_one_price_has_no_part_to_name(self) -> None:
        price = SEATS._replace(component=f"{USAGE}unit", proration=ONCE)

        assert said(line("10", price)).startswith(
            "Charge for 10 x Business Standard used at 12.40 EUR each, 2026-03-11 to 2026-03-31:"
        )

    @pytest.mark.parametrize(
        ("component", "begins", "amount"),
        [
            ("minimum-spend", "What lacks of the minimum spend on", "7.50"),
            ("maximum-spend", "What is beyond the maximum spend on", "-7.50"),
        ],
    )
    def test_an_agreed_spend_is_said_without_a_quantity(
        self, component: str, begins: str, amount: str
    ) -> None:
        price = SEATS._replace(
            component=USAGE + component, per_unit=Decimal(amount), proration=ONCE
        )

        assert said(line("1", price, MARCH)) == (
            f"{begins} Business Standard, 2026-03-01 to 2026-03-31: {amount} EUR."
        )

    def test_an_agreed_spend_that_is_taken_back_is_a_credit(self) -> None:
        price = SEATS._replace(component=f"{USAGE}minimum-spend", proration=ONCE)

        told = said(line("-1", price, MARCH, LineKind.CREDIT, "CT-1-1_SUB-1_usage-minimum-spend_1"))

        assert told.startswith("Credit for 1 x Business Standard used (minimum spend) at 12.40")

    @pytest.mark.parametrize("component", ["one-time", "effort", "write-in"])
    def test_a_one_time_charge_has_a_day(self, component: str) -> None:
        price = SEATS._replace(component=component, proration=ONCE)
        day = Period(date(2026, 3, 14), date(2026, 3, 15))

        assert said(line("1.5", price, day)) == (
            "Charge for 1.5 x Business Standard at 12.40 EUR each, 2026-03-14: 18.60 EUR."
        )

    def test_a_negative_price_is_an_agreed_credit(self) -> None:
        price = SEATS._replace(component="write-in", per_unit=Decimal(-20), proration=ONCE)

        assert said(line("1", price, MARCH)).startswith(
            "Agreed credit for 1 x Business Standard at -20.00 EUR each"
        )

    def test_a_price_of_nothing_is_a_charge(self) -> None:
        assert said(line("1", SEATS._replace(per_unit=Decimal(0)))).startswith("Charge for 1 x")


class TestCredit:
    def test_names_the_invoice_that_it_was_charged_on(self) -> None:
        credit = line("-3", kind=LineKind.CREDIT, corrects="CT-1-00001_SUB-1_license_20260301")

        assert said(credit) == (
            "Credit for 3 x Business Standard at 12.40 EUR a month, 2026-03-11 to 2026-03-31,"
            " 21 of 31 days, charged on invoice CT-1-00001: -25.20 EUR."
        )

    def test_says_that_it_is_limited(self) -> None:
        money = Money("EUR", Decimal("-20.00"))
        credit = replace(
            line("-3", kind=LineKind.CREDIT, corrects="CT-1-00001_SUB-1_license_20260301"),
            amount=money,
            limit=money,
        )

        assert said(credit).endswith(
            ", charged on invoice CT-1-00001, limited to what was left of it: -20.00 EUR."
        )

    def test_without_its_line_is_still_one(self) -> None:
        assert said(line("-3")).startswith("Credit for 3 x Business Standard")

    def test_of_nothing_evens_out_the_rounding(self) -> None:
        cent = replace(
            line("0", kind=LineKind.CREDIT, corrects="CT-1-00001_SUB-1_license_20260301"),
            amount=Money("EUR", Decimal("-0.01")),
            carried=Fraction(-1, 100),
        )

        assert said(cent) == (
            "Rounding evened out for Business Standard, 2026-03-11 to 2026-03-31, charged on"
            " invoice CT-1-00001: -0.01 EUR."
        )


class TestWaived:
    def test_what_was_taken_away_is_not_refunded(self) -> None:
        assert said(line("-2", kind=LineKind.WAIVED)) == (
            "Not refunded: 2 x Business Standard at 12.40 EUR a month, 2026-03-11 to 2026-03-31,"
            " 21 of 31 days."
        )

    def test_what_is_had_again_is_not_paid_twice(self) -> None:
        assert said(line("2", kind=LineKind.WAIVED)) == (
            "Paid before and not refunded: 2 x Business Standard at 12.40 EUR a month,"
            " 2026-03-11 to 2026-03-31, 21 of 31 days."
        )
