from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from work365.domain.charges import LICENSE, Charge, PercentOff, Price, Slot
from work365.domain.currencies import Conversion, ExchangeRate
from work365.domain.day_counts import DayCount
from work365.domain.explanations import AmountUnexplained, Explanation, Factor, explain
from work365.domain.lines import BilledLine, LineKind
from work365.domain.money import ROUNDING, Money
from work365.domain.periods import Period
from work365.domain.proration import Proration, Rounding, UnknownProration

SEATS = Price("SUB-1", LICENSE, "EUR", Decimal("12.4"), 1)
JANUARY = Slot(SEATS, date(2026, 1, 1), date(2026, 2, 1), 1)
ADDED = Charge(JANUARY, Period(date(2026, 1, 11), date(2026, 2, 1)), Decimal(3))


def line_of(charge: Charge, **kept: Any) -> BilledLine:
    return replace(BilledLine(key="CT-1-00001_1", charge=charge, amount=charge.amount), **kept)


def explained(charge: Charge) -> Explanation:
    return explained_line(line_of(charge))


def explained_line(line: BilledLine) -> Explanation:
    return explain(line, name="Business Standard", rounding=ROUNDING)


def priced(charge: Charge, **terms: Any) -> Charge:
    return replace(charge, slot=charge.slot._replace(price=charge.slot.price._replace(**terms)))


class TestExplain:
    def test_says_what_was_charged_in_one_sentence(self) -> None:
        assert explained(ADDED).sentence == (
            "Charge for 3 x Business Standard at 12.40 EUR a month,"
            " 2026-01-11 to 2026-01-31, 21 of 31 days: 25.20 EUR."
        )

    def test_says_that_a_credit_is_one(self) -> None:
        credit = replace(ADDED, quantity=Decimal(-3))

        explanation = explained_line(line_of(credit, kind=LineKind.CREDIT, corrects="CT-1-00001_0"))

        assert explanation.sentence == (
            "Credit for 3 x Business Standard at 12.40 EUR a month,"
            " 2026-01-11 to 2026-01-31, 21 of 31 days, charged on invoice CT-1-00001_0:"
            " -25.20 EUR."
        )
        assert explanation.factors[0] == Factor("quantity", "-3", "units that are had no more")
        assert explanation.limit == ""

    def test_gives_each_factor_with_its_reason(self) -> None:
        quantity, price, days = explained(ADDED).factors

        assert (quantity.value, price.value, days.value) == ("3", "12.40 EUR", "21/31")
        assert days.reason == (
            "2026-01-11 to 2026-01-31 of the billing period 2026-01-01 to 2026-01-31"
        )

    def test_a_yearly_price_billed_monthly_is_a_twelfth(self) -> None:
        yearly = SEATS._replace(per_unit=Decimal(100), months=12)
        charge = Charge(
            JANUARY._replace(price=yearly),
            Period(date(2026, 1, 1), date(2026, 2, 1)),
            Decimal(1),
        )

        assert explained(charge).factors[2] == Factor(
            "cycle", "1/12", "the billing period is 1 month long"
        )
        assert explained(charge).exact == "8.3333333333..."
        assert explained(charge).amount == Money("EUR", Decimal("8.33"))

    def test_a_price_keeps_the_decimals_that_it_has(self) -> None:
        fine = SEATS._replace(per_unit=Decimal("0.012345"))
        charge = replace(ADDED, slot=JANUARY._replace(price=fine))

        assert explained(charge).factors[1].value == "0.012345 EUR"

    def test_a_whole_period_has_no_share_and_a_whole_price_no_cycle(self) -> None:
        whole = replace(ADDED, service_period=JANUARY.billing_period)

        assert [factor.name for factor in explained(whole).factors] == ["quantity", "unit price"]
        assert explained(whole).sentence == (
            "Charge for 3 x Business Standard at 12.40 EUR a month,"
            " 2026-01-01 to 2026-01-31: 37.20 EUR."
        )

    def test_a_price_for_months_is_told_as_one(self) -> None:
        yearly = priced(ADDED, months=12)

        assert yearly.amount == Money("EUR", Decimal("2.10"))
        assert "at 12.40 EUR for 12 months, " in explained(yearly).sentence
        assert explained(yearly).factors[1].reason == "price of one unit for 12 months"
        assert explained(ADDED).factors[1].reason == "price of one unit for 1 month"

    def test_a_longer_cycle_is_more_than_one_price(self) -> None:
        quarter = Slot(SEATS, date(2026, 1, 1), date(2026, 4, 1), 3)

        cycle = explained(Charge(quarter, quarter.billing_period, Decimal(1))).factors[2]

        assert cycle == Factor("cycle", "3/1", "the billing period is 3 months long")

    @pytest.mark.parametrize(
        ("per_unit", "currency", "told"),
        [
            ("12", "EUR", "12.00 EUR"),
            ("12.5000", "EUR", "12.50 EUR"),
            ("1200", "JPY", "1200 JPY"),
            ("1.5", "KWD", "1.500 KWD"),
        ],
    )
    def test_a_price_has_the_decimals_of_its_currency_at_least(
        self, per_unit: str, currency: str, told: str
    ) -> None:
        charge = priced(ADDED, per_unit=Decimal(per_unit), currency=currency)

        assert explained(charge).factors[1].value == told

    @pytest.mark.parametrize(
        ("per_unit", "days", "told"),
        [("12.40", 31, "12.4"), ("100", 31, "100"), ("31", 1, "1"), ("1", 1, "0.0322580645...")],
    )
    def test_the_exact_amount_says_where_it_goes_on(
        self, per_unit: str, days: int, told: str
    ) -> None:
        first = Period(date(2026, 1, 1), date(2026, 1, 1) + timedelta(days=days))
        charge = Charge(ADDED.slot, first, Decimal(1))

        assert explained(priced(charge, per_unit=Decimal(per_unit))).exact == told


class TestDiscounts:
    def test_each_is_a_factor_with_its_name(self) -> None:
        off = (PercentOff("launch", Decimal(10)), PercentOff("loyal", Decimal("33.30")))

        explanation = explained(priced(ADDED, discounts=off))

        # 25.20 x 0.9 x 0.667
        assert explanation.amount == Money("EUR", Decimal("15.13"))
        assert explanation.factors[3:] == (
            Factor("discount", "0.9", "discount launch: 10 percent off"),
            Factor("discount", "0.667", "discount loyal: 33.30 percent off"),
        )
        assert explanation.sentence == (
            "Charge for 3 x Business Standard at 12.40 EUR a month, less 10 %, less 33.30 %,"
            " 2026-01-11 to 2026-01-31, 21 of 31 days: 15.13 EUR."
        )


class TestExchangeRates:
    def rate(self, is_inverse: bool) -> Conversion:
        stated = ("EUR", "USD") if is_inverse else ("USD", "EUR")
        return Conversion(
            ExchangeRate(
                from_currency=stated[0],
                to_currency=stated[1],
                rate=Decimal("0.9"),
                valid_on=date(2026, 1, 1),
                source="ECB",
            ),
            is_inverse=is_inverse,
        )

    def test_the_rate_is_the_last_factor(self) -> None:
        explanation = explained(priced(ADDED, conversion=self.rate(is_inverse=False)))

        assert explanation.amount == Money("EUR", Decimal("22.68"))
        assert explanation.factors[1].value == "12.40 USD"
        assert explanation.factors[-1] == Factor(
            "exchange rate", "0.9", "1 USD = 0.9 EUR on 2026-01-01 (ECB)"
        )
        assert "at 12.40 USD a month, " in explanation.sentence
        assert explanation.sentence.endswith(": 22.68 EUR.")

    def test_one_that_was_turned_round_is_a_fraction(self) -> None:
        explanation = explained(priced(ADDED, conversion=self.rate(is_inverse=True)))

        assert explanation.amount == Money("EUR", Decimal("28.00"))
        assert explanation.factors[-1] == Factor(
            "exchange rate", "10/9", "1 EUR = 0.9 USD on 2026-01-01 (ECB), turned round"
        )


class TestOtherRules:
    def test_a_share_is_told_with_its_rule(self) -> None:
        rule = Proration(day_count=DayCount.STRICT_30_360).name

        explanation = explained(priced(ADDED, proration=rule))

        # 3 x 12.40 x 20/30
        assert explanation.amount == Money("EUR", Decimal("24.80"))
        assert explanation.factors[1:] == (
            Factor("unit price", "12.40 EUR", "price of one unit for 1 month"),
            Factor(
                "share",
                "2/3",
                "2026-01-11 to 2026-01-31 of the billing period 2026-01-01 to 2026-01-31,"
                " by the rule strict-30-360/1",
            ),
        )

    def test_a_share_of_one_is_left_out(self) -> None:
        rule = Proration(day_count=DayCount.NONE).name

        explanation = explained(priced(ADDED, proration=rule))

        assert [factor.name for factor in explanation.factors] == ["quantity", "unit price"]
        assert explanation.amount == Money("EUR", Decimal("37.20"))

    def test_a_share_that_is_rounded_is_told_as_it_was_used(self) -> None:
        rule = Proration(rounding=Rounding(fraction_digits=2)).name

        share = explained(priced(ADDED, proration=rule)).factors[2]

        assert (share.name, share.value) == ("share", "0.68")

    def test_a_unit_price_that_is_rounded_is_told_with_what_it_came_from(self) -> None:
        rule = Proration(rounding=Rounding(unit_price_digits=3)).name

        explanation = explained(priced(ADDED, proration=rule))

        assert explanation.factors[1:] == (
            Factor(
                "unit price",
                "8.4",
                "12.40 EUR x 21/31, 2026-01-11 to 2026-01-31 of the billing period 2026-01-01 to"
                " 2026-01-31, by the rule actual-days+unit-price-3/1, rounded",
            ),
        )
        assert explanation.amount == Money("EUR", Decimal("25.20"))


class TestWhatIsNotTheRoundedSum:
    def test_carried_rounding_is_told(self) -> None:
        # 25.20 - 0.333..
        line = line_of(ADDED, carried=Fraction(-1, 3), amount=Money("EUR", Decimal("24.87")))

        assert explained_line(line).carried == "-0.3333333333..."
        assert explained_line(line).exact == "25.2"
        assert explained(ADDED).carried == ""

    def test_a_limit_is_told_with_the_line_that_it_comes_from(self) -> None:
        left = Money("EUR", Decimal("-24.99"))
        credit = replace(ADDED, quantity=Decimal(-3))
        line = line_of(
            credit, kind=LineKind.CREDIT, corrects="CT-1-00001_0", amount=left, limit=left
        )

        assert explained_line(line).limit == "limited to what was left of line CT-1-00001_0"
        assert explained_line(line).amount == left
        assert explained(ADDED).limit == ""

    @pytest.mark.parametrize("quantity", [-3, 3])
    def test_a_waived_line_is_without_money(self, quantity: int) -> None:
        waived = line_of(
            replace(ADDED, quantity=Decimal(quantity)),
            kind=LineKind.WAIVED,
            amount=Money.zero("EUR"),
        )

        explanation = explained_line(waived)

        assert explanation.limit == "waived: what was taken away is not refunded"
        assert explanation.amount == Money.zero("EUR")

    def test_a_waived_line_with_money_is_not_explained(self) -> None:
        paid = line_of(ADDED, kind=LineKind.WAIVED)

        with pytest.raises(AmountUnexplained, match=r"give 0\.00 EUR, and it says 25\.20 EUR"):
            explained_line(paid)

    def test_a_charge_that_is_limited_is_not_explained(self) -> None:
        limit = Money("EUR", Decimal("9.99"))

        with pytest.raises(AmountUnexplained, match=r"it is a charge limited to 9\.99 EUR"):
            explained_line(line_of(ADDED, amount=limit, limit=limit))

    def test_days_outside_of_the_billing_period_are_not_explained(self) -> None:
        outside = replace(ADDED, service_period=Period(date(2026, 1, 11), date(2026, 2, 2)))
        line = replace(line_of(ADDED), charge=outside)

        with pytest.raises(AmountUnexplained, match="its days cannot be: "):
            explained_line(line)


class TestWhatCannotBeExplained:
    def test_an_amount_that_its_inputs_do_not_give(self) -> None:
        with pytest.raises(AmountUnexplained, match=r"give 25.20 EUR, and it says 25.21 EUR"):
            explain(
                line_of(ADDED, amount=Money("EUR", Decimal("25.21"))),
                name="Business Standard",
                rounding=ROUNDING,
            )

    def test_a_line_rounded_by_another_rule(self) -> None:
        with pytest.raises(AmountUnexplained, match="made by rule to-even/1"):
            explain(line_of(ADDED), name="Business Standard", rounding="to-even/1")

    def test_a_line_prorated_by_a_rule_that_is_not_there(self) -> None:
        slot = JANUARY._replace(price=SEATS._replace(proration="actual-days/0"))
        unknown = replace(line_of(ADDED), charge=replace(ADDED, slot=slot))

        with pytest.raises(UnknownProration, match="actual-days/0"):
            explain(unknown, name="Business Standard", rounding=ROUNDING)


@given(
    quantity=st.integers(-1_000, 1_000).filter(bool),
    per_unit=st.decimals("0.0001", "10000", places=4),
    months=st.sampled_from([1, 3, 12, 36]),
    days=st.tuples(st.integers(0, 30), st.integers(0, 30)).filter(lambda pair: pair[0] != pair[1]),
)
def test_the_factors_give_the_amount(
    quantity: int, per_unit: Decimal, months: int, days: tuple[int, int]
) -> None:
    first, last = sorted(days)
    price = SEATS._replace(per_unit=per_unit, months=months)
    period = Period(date(2026, 1, 1 + first), date(2026, 1, 1 + last))
    charge = Charge(JANUARY._replace(price=price), period, Decimal(quantity))

    product = Fraction(1)
    for factor in explained(charge).factors:
        product *= Fraction(factor.value.removesuffix(" EUR"))
    assert Money.round(product, "EUR") == charge.amount
