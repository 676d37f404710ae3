from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from work365.domain.charges import LICENSE, PRORATION, Charge, Price, Slot
from work365.domain.explanations import AmountUnexplained, Explanation, Factor, explain
from work365.domain.money import ROUNDING, Money
from work365.domain.periods import Period

SEATS = Price("SUB-1", LICENSE, "EUR", Decimal("12.4"), 1)
JANUARY = Slot(SEATS, date(2026, 1, 1), date(2026, 2, 1), 1)
ADDED = Charge(JANUARY, Period(date(2026, 1, 11), date(2026, 2, 1)), Decimal(3))


def explained(charge: Charge) -> Explanation:
    return explain(
        charge,
        name="Business Standard",
        amount=charge.amount,
        proration=PRORATION,
        rounding=ROUNDING,
    )


class TestExplain:
    def test_says_what_was_charged_in_one_sentence(self) -> None:
        assert explained(ADDED).sentence == (
            "Charge for 3 x Business Standard at 12.40 EUR a month,"
            " 2026-01-11 to 2026-01-31, 21 of 31 days: 25.20 EUR."
        )

    def test_says_that_a_credit_is_one(self) -> None:
        credit = replace(ADDED, quantity=Decimal(-3))

        assert explained(credit).sentence.startswith("Credit for 3 x Business Standard")
        assert explained(credit).sentence.endswith("-25.20 EUR.")

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


class TestWhatCannotBeExplained:
    def test_an_amount_that_its_inputs_do_not_give(self) -> None:
        with pytest.raises(AmountUnexplained, match=r"give 25.20 EUR, and it says 25.21 EUR"):
            explain(
                ADDED,
                name="Business Standard",
                amount=Money("EUR", Decimal("25.21")),
                proration=PRORATION,
                rounding=ROUNDING,
            )

    @pytest.mark.parametrize(
        ("proration", "rounding"), [("actual-days/0", ROUNDING), (PRORATION, "to-even/1")]
    )
    def test_a_line_made_by_other_rules(self, proration: str, rounding: str) -> None:
        with pytest.raises(AmountUnexplained, match="made by rule"):
            explain(
                ADDED,
                name="Business Standard",
                amount=ADDED.amount,
                proration=proration,
                rounding=rounding,
            )


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
