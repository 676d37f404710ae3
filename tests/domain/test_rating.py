from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from work365.domain.commitments import MINIMUM_SPEND, Commitment, SpendingTerms
from work365.domain.cost_plus import CostOfUsage, CostPlus, Markup, Surcharge
from work365.domain.money import Money
from work365.domain.price_models import (
    Discounted,
    Flat,
    Included,
    Package,
    Part,
    PerUnit,
    PriceModel,
)
from work365.domain.rating import (
    LineUsage,
    NegativeUsage,
    exact_total,
    money_total,
    parts,
    rate_between,
    rate_line,
    still_owed,
)
from work365.domain.tiers import Graduated, Tier, Volume

NOTHING = Money.zero("EUR")
ONE = Decimal(1)
TIERS = (
    Tier(up_to=Decimal(10), per_unit=Decimal(3), flat=Decimal(20)),
    Tier(up_to=Decimal(25), per_unit=Decimal(2), flat=Decimal(6)),
    Tier(up_to=None, per_unit=ONE),
)
BLOCKS = (
    Tier(up_to=Decimal(30), per_unit=Decimal(5), block=Decimal(10)),
    Tier(up_to=None, per_unit=Decimal(40), block=Decimal(100)),
)
MODELS: dict[str, PriceModel] = {
    "flat": Flat(Decimal(9)),
    "per unit": PerUnit(Decimal("0.07")),
    "graduated": Graduated(TIERS),
    "graduated blocks": Graduated(BLOCKS),
    "graduated, bounded": Graduated(TIERS[:2]),
    "volume": Volume(TIERS),
    "volume blocks": Volume(BLOCKS),
    "package": Package(size=Decimal(8), price=Decimal(30), free=Decimal(5)),
    "included": Included(fee=Decimal(12), units=Decimal(15), overage=Graduated(TIERS)),
    "included, volume": Included(fee=Decimal(12), units=Decimal(15), overage=Volume(TIERS)),
    "discounted": Discounted(Graduated(TIERS), Decimal("12.5")),
    "cost plus": CostPlus(unit_cost=Decimal("1.23"), addition=Markup(Decimal("17.5"))),
    "cost of usage": CostOfUsage(Markup(Decimal("17.5"))),
    "cost of usage, surcharge": CostOfUsage(Surcharge(Decimal(2))),
}
quantities = st.decimals(0, 150, places=2)
by_model = pytest.mark.parametrize("model", MODELS.values(), ids=MODELS)


def euros(amount: str) -> Money:
    return Money.exactly(Decimal(amount), "EUR")


def line(
    model: PriceModel,
    quantity: str,
    before: str | None = None,
    *,
    billed: Money = NOTHING,
    last: bool = False,
) -> Sequence[tuple[str, Money]]:
    usage = LineUsage(Decimal(quantity), None if before is None else Decimal(before))
    terms = SpendingTerms(commitment=Commitment(minimum=Decimal(40), maximum=Decimal(60)))
    rated = rate_line(model, usage, terms, billed=billed, last=last)
    return [(each.part.component, each.total) for each in rated]


class TestParts:
    def test_the_model_says_what_a_quantity_costs(self) -> None:
        assert parts(PerUnit(Decimal(2)), Decimal(3)) == (
            Part("unit", Decimal(2), Decimal(3), "usage"),
        )

    def test_no_usage_is_not_refused(self) -> None:
        assert parts(PerUnit(Decimal(2)), Decimal(0)) == ()

    @by_model
    def test_a_negative_total_is_refused(self, model: PriceModel) -> None:
        with pytest.raises(
            NegativeUsage, match=r"^quantity -0.01 of a period is negative; correct"
        ):
            parts(model, Decimal("-0.01"))


class TestRateBetween:
    @by_model
    @given(before=quantities, after=quantities)
    def test_a_line_adds_the_difference_of_the_totals(
        self, model: PriceModel, before: Decimal, after: Decimal
    ) -> None:
        added = rate_between(model, LineUsage(after - before, before))

        difference = exact_total(parts(model, after)) - exact_total(parts(model, before))
        assert exact_total(added) == difference

    @by_model
    @given(st.lists(quantities, min_size=1, max_size=4))
    def test_lines_come_to_what_their_period_does(
        self, model: PriceModel, lines: list[Decimal]
    ) -> None:
        total = Decimal(0)
        rated: list[Part] = []
        for number, quantity in enumerate(lines):
            rated += rate_between(model, LineUsage(quantity, total if number else None))
            total += quantity

        assert exact_total(rated) == exact_total(parts(model, total))

    @by_model
    @given(before=quantities, quantity=quantities)
    def test_no_price_is_on_a_line_twice(
        self, model: PriceModel, before: Decimal, quantity: Decimal
    ) -> None:
        added = rate_between(model, LineUsage(quantity, before))

        slots = [(part.component, part.per_unit) for part in added]
        assert len(slots) == len(set(slots))

    def test_a_line_in_two_tiers_has_a_part_of_each(self) -> None:
        assert rate_between(Graduated(TIERS), LineUsage(Decimal(7), Decimal(8))) == (
            Part("tier-1", Decimal(3), Decimal(2), "tier 1"),
            Part("tier-2", Decimal(2), Decimal(5), "tier 2"),
            Part("tier-2-flat", Decimal(6), ONE, "tier 2"),
        )

    def test_the_first_line_owes_the_first_flat_fee_and_no_other_does(self) -> None:
        first = rate_between(Graduated(TIERS), LineUsage(Decimal(2)))
        second = rate_between(Graduated(TIERS), LineUsage(Decimal(2), Decimal(0)))

        assert [part.component for part in first] == ["tier-1", "tier-1-flat"]
        assert [part.component for part in second] == ["tier-1"]

    def test_a_period_without_usage_says_its_price(self) -> None:
        assert rate_between(Graduated(TIERS), LineUsage(Decimal(0), Decimal(0))) == (
            Part("tier-1", Decimal(3), Decimal(0), "tier 1"),
        )

    def test_a_line_without_usage_adds_nothing(self) -> None:
        assert rate_between(Graduated(TIERS), LineUsage(Decimal(0), Decimal(2))) == ()

    def test_less_usage_than_was_billed_is_a_credit(self) -> None:
        assert rate_between(Graduated(TIERS), LineUsage(Decimal(-5), Decimal(12))) == (
            Part("tier-1", Decimal(3), Decimal(-3), "tier 1"),
            Part("tier-2", Decimal(2), Decimal(-2), "tier 2"),
            Part("tier-2-flat", Decimal(6), Decimal(-1), "tier 2"),
        )

    def test_usage_that_was_all_taken_back_is_a_credit(self) -> None:
        assert rate_between(PerUnit(Decimal(2)), LineUsage(Decimal(-5), Decimal(5))) == (
            Part("unit", Decimal(2), Decimal(-5), "usage"),
        )

    def test_a_lower_volume_price_takes_the_place_of_the_one_before(self) -> None:
        assert rate_between(Volume(TIERS), LineUsage(Decimal(2), Decimal(9))) == (
            Part("volume-flat", Decimal(6), ONE, "tier 2"),
            Part("volume", Decimal(2), Decimal(11), "tier 2"),
            Part("volume-flat", Decimal(20), Decimal(-1), "tier 1"),
            Part("volume", Decimal(3), Decimal(-9), "tier 1"),
        )

    def test_a_percentage_is_put_on_each_line_of_a_cost_by_itself(self) -> None:
        rated = rate_between(CostOfUsage(Markup(Decimal(10))), LineUsage(Decimal(50), Decimal(70)))

        assert rated == (Part("cost-plus", Decimal(55), ONE, "cost 50"),)

    @by_model
    @pytest.mark.parametrize(("quantity", "before"), [("-1", None), ("-3", "2"), ("5", "-2")])
    def test_a_negative_total_is_refused(
        self, model: PriceModel, quantity: str, before: str | None
    ) -> None:
        usage = LineUsage(Decimal(quantity), None if before is None else Decimal(before))

        with pytest.raises(NegativeUsage):
            rate_between(model, usage)


class TestRateLine:
    def test_a_line_before_the_last_has_no_true_up(self) -> None:
        assert line(PerUnit(Decimal(2)), "5") == [("unit", euros("10"))]

    def test_the_last_line_is_trued_up_by_what_was_billed_before(self) -> None:
        assert line(PerUnit(Decimal(2)), "5", "4", billed=euros("8"), last=True) == [
            ("unit", euros("10")),
            (MINIMUM_SPEND, euros("22")),
        ]

    def test_no_line_passes_the_maximum(self) -> None:
        assert line(PerUnit(Decimal(2)), "5", "28", billed=euros("56")) == [("unit", euros("4"))]

    def test_a_volume_price_waits_for_the_end_of_the_period(self) -> None:
        assert line(Volume(TIERS), "11") == []
        assert line(Volume(TIERS), "11", "10", last=True) == [
            ("volume-flat", euros("6")),
            ("volume", euros("42")),
        ]

    def test_a_volume_price_is_owed_whole_where_the_last_line_has_no_usage(self) -> None:
        assert line(Volume(TIERS), "0", "0", last=True) == [
            ("volume-flat", euros("20")),
            (MINIMUM_SPEND, euros("20")),
        ]


class TestTotals:
    RATED = (
        Part("unit", Decimal("0.125"), Decimal(3), "usage"),
        Part("unit", Decimal("0.333"), Decimal(5), "usage"),
    )

    def test_the_exact_total_is_not_rounded(self) -> None:
        assert exact_total(self.RATED) == Fraction("2.04")
        assert exact_total(()) == 0

    def test_each_part_is_rounded_once(self) -> None:
        assert money_total(self.RATED, "EUR") == euros("2.05")
        assert money_total((), "EUR") == NOTHING

    def test_late_usage_is_billed_by_the_total_that_it_makes(self) -> None:
        model = Graduated(TIERS)
        billed = money_total(parts(model, Decimal(8)), "EUR")

        assert still_owed(model, Decimal(8), billed=billed) == NOTHING
        assert still_owed(model, Decimal(12), billed=billed) == euros("16")
        assert still_owed(model, Decimal(7), billed=billed) == euros("-3")
