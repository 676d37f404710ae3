"""What everything that prices says of itself, to be kept for years.

The exact texts are pinned beside each class's own tests; here is what holds for all of them.
"""

from dataclasses import fields, is_dataclass, replace
from datetime import date
from decimal import Decimal, localcontext
from fractions import Fraction
from typing import Any, Protocol

import pytest
from hypothesis import given
from hypothesis import strategies as st

from work365.domain.commitments import Commitment
from work365.domain.cost_plus import Addition, CostOfUsage, CostPlus, Margin, Markup, Surcharge
from work365.domain.discounts import ALWAYS, Conditions, Level, PercentageDiscount, Window
from work365.domain.price_models import Discounted, Flat, Included, Package, PerUnit, PriceModel
from work365.domain.remembered_text import day_text, number_text, quoted
from work365.domain.tiers import Beyond, Graduated, Tier, Volume

ONE = Decimal(1)
TWO = Decimal(2)
FIRST = date(2026, 1, 1)

NUMBERS = [Decimal(text) for text in ("1", "1.0", "10", "1E+1", "0.1", "11", "0.100", "20")]


class Remembered(Protocol):
    @property
    def content(self) -> str: ...


class TestNumberText:
    @pytest.mark.parametrize(
        ("number", "text"),
        [
            (None, "-"),
            ("0", "0"),
            ("-0", "0"),
            ("-0.00", "0"),
            ("0E+3", "0"),
            ("0E-12", "0"),
            ("100", "100"),
            ("1E+2", "100"),
            ("10.0", "10"),
            ("-12.40", "-12.4"),
            ("0.0000000001", "0.0000000001"),
            ("1E-10", "0.0000000001"),
        ],
    )
    def test_one_number_has_one_text(self, number: str | None, text: str) -> None:
        assert number_text(None if number is None else Decimal(number)) == text

    def test_no_digit_is_rounded_away(self) -> None:
        digits = "1234567890123456789012345678901234567890.0123456789"

        with localcontext(prec=5):
            assert number_text(Decimal(digits)) == digits

    @given(st.decimals(allow_nan=False, allow_infinity=False))
    def test_the_text_is_the_number(self, number: Decimal) -> None:
        assert Decimal(number_text(number)) == number

    @given(st.decimals(allow_nan=False, allow_infinity=False, places=4), st.integers(0, 6))
    def test_zeros_at_the_end_say_nothing(self, number: Decimal, zeros: int) -> None:
        assert number_text(Decimal(f"{number:f}{'0' * zeros}")) == number_text(number)


class TestDayText:
    def test_a_day_is_written_by_year_month_and_day(self) -> None:
        assert day_text(date(2026, 3, 1)) == "2026-03-01"

    def test_no_day_is_a_dash(self) -> None:
        assert day_text(None) == "-"


class TestQuoted:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("", '""'),
            ("launch", '"launch"'),
            ("10 % (new)", '"10 % (new)"'),
            ('the "best"', r'"the \"best\""'),
            ("a\\b", r'"a\\b"'),
            ("größer", '"größer"'),
        ],
    )
    def test_what_was_typed_is_marked_off(self, text: str, expected: str) -> None:
        assert quoted(text) == expected

    @given(st.lists(st.text('a" \\')), st.lists(st.text('a" \\')))
    def test_texts_in_a_row_stay_apart(self, one: list[str], other: list[str]) -> None:
        rows = [" ".join(map(quoted, texts)) for texts in (one, other)]

        assert (rows[0] == rows[1]) is (one == other)


numbers = st.sampled_from(NUMBERS)
perhaps = st.none() | numbers
days = st.sampled_from([None, FIRST, date(2026, 1, 11)])
windows = st.builds(Window, days, days)


@st.composite
def tiers(draw: st.DrawFn) -> tuple[Tier, ...]:
    ends = sorted(draw(st.lists(numbers, max_size=2, unique=True)))
    last = draw(st.sampled_from([None, Decimal(50), Decimal("50.0")]))
    return tuple(
        Tier(up_to=end, per_unit=draw(perhaps), flat=draw(perhaps), block=draw(perhaps))
        for end in (*ends, last)
    )


beyond = st.sampled_from(Beyond)
additions = st.one_of(
    st.builds(Markup, numbers | st.sampled_from([Fraction(1), Fraction(1, 3), Fraction(1, 10)])),
    st.builds(Margin, numbers),
    st.builds(Surcharge, numbers),
)
simple_models: st.SearchStrategy[PriceModel] = st.one_of(
    st.builds(Flat, numbers),
    st.builds(PerUnit, numbers),
    st.builds(Package, size=numbers, price=numbers, free=numbers),
    st.builds(Graduated, tiers(), beyond),
    st.builds(Volume, tiers(), beyond),
    st.builds(CostPlus, unit_cost=numbers, addition=additions, agreed_price=perhaps),
    st.builds(CostOfUsage, additions),
)
models: st.SearchStrategy[PriceModel] = st.recursive(
    simple_models,
    lambda inner: st.one_of(
        st.builds(Included, fee=numbers, units=numbers, overage=inner),
        st.builds(Discounted, inner, numbers),
    ),
    max_leaves=2,
)
commitments = st.builds(
    Commitment, minimum=perhaps, maximum=st.sampled_from([None, Decimal(20), Decimal("20.0")])
)
conditions = st.builds(
    Conditions,
    service_days=windows,
    bought_within=windows,
    months=st.sampled_from([None, 1, 11]),
    units_max=perhaps,
    for_additions=st.booleans(),
)
discounts = st.builds(
    PercentageDiscount,
    key=st.sampled_from(["1", "1 1", '"1" 10', "-"]),
    percent=numbers,
    level=st.sampled_from(Level),
    conditions=conditions,
)
things: st.SearchStrategy[Remembered] = st.one_of(models, commitments, discounts, additions)


def with_more_zeros(value: Any) -> Any:
    """Return what equals `value`, with every number in it written longer."""
    if isinstance(value, Decimal):
        return Decimal(f"{value:f}" + ("0" if "." in f"{value:f}" else ".000"))
    if isinstance(value, tuple):
        return tuple(map(with_more_zeros, value))
    if is_dataclass(value) and not isinstance(value, type):
        inside = {field.name: getattr(value, field.name) for field in fields(value)}
        return replace(value, **{name: with_more_zeros(held) for name, held in inside.items()})
    return value


class TestContent:
    @given(things, things)
    def test_two_things_say_the_same_only_if_they_are_the_same(
        self, one: Remembered, other: Remembered
    ) -> None:
        assert (one.content == other.content) is (one == other)

    @given(discounts, discounts)
    def test_two_discounts_say_the_same_only_if_they_are_the_same(
        self, one: PercentageDiscount, other: PercentageDiscount
    ) -> None:
        assert (one.content == other.content) is (one == other)

    @given(things)
    def test_zeros_that_numbers_are_read_with_are_not_said(self, thing: Remembered) -> None:
        longer = with_more_zeros(thing)

        assert longer == thing
        assert longer.content == thing.content

    @given(things)
    def test_no_name_of_the_code_is_in_it(self, thing: Remembered) -> None:
        assert type(thing).__name__ not in thing.content
        assert "Decimal" not in thing.content


CONDITIONS: dict[str, Any] = {
    "service_days": Window(FIRST),
    "bought_within": Window(FIRST),
    "months": 1,
    "units_max": ONE,
    "for_additions": False,
}
TIERS = (Tier(up_to=TWO, per_unit=ONE),)
TIERED: dict[str, Any] = {"tiers": (*TIERS, Tier(up_to=None)), "beyond": Beyond.LAST_TIER}
ADDITION: Addition = Margin(ONE)


class TestEveryField:
    @pytest.mark.parametrize(
        ("thing", "edits"),
        [
            (Flat(ONE), {"amount": TWO}),
            (PerUnit(ONE), {"per_unit": TWO}),
            (Package(size=ONE, price=ONE), {"size": TWO, "price": TWO, "free": TWO}),
            (
                Included(fee=ONE, units=ONE, overage=Flat(ONE)),
                {"fee": TWO, "units": TWO, "overage": PerUnit(ONE)},
            ),
            (Discounted(Flat(ONE), ONE), {"model": PerUnit(ONE), "percent": TWO}),
            (TIERS[0], {"up_to": ONE, "per_unit": TWO, "flat": ONE, "block": ONE}),
            (Graduated(TIERS), TIERED),
            (Volume(TIERS), TIERED),
            (Markup(ONE), {"percent": TWO}),
            (Margin(ONE), {"percent": TWO}),
            (Surcharge(ONE), {"amount": TWO}),
            (
                CostPlus(unit_cost=ONE, addition=ADDITION),
                {"unit_cost": TWO, "addition": Surcharge(ONE), "agreed_price": ONE},
            ),
            (CostOfUsage(ADDITION), {"addition": Surcharge(ONE)}),
            (Commitment(), {"minimum": ONE, "maximum": ONE}),
            (ALWAYS, {"start": FIRST, "end": FIRST}),
            (Conditions(), CONDITIONS),
            (
                PercentageDiscount(key="launch", percent=ONE),
                {
                    "key": "loyal",
                    "percent": TWO,
                    "level": Level.CONTRACT,
                    "conditions": Conditions(months=1),
                },
            ),
        ],
        ids=lambda value: "" if isinstance(value, dict) else type(value).__name__,
    )
    def test_is_said_and_one_that_is_added_must_be(self, thing: Any, edits: dict[str, Any]) -> None:
        texts = [replace(thing, **{name: value}).content for name, value in edits.items()]

        assert {field.name for field in fields(thing)} == edits.keys()
        assert len({thing.content, *texts}) == 1 + len(edits)
