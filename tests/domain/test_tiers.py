from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from work365.domain.price_models import InvalidPriceModel, Part
from work365.domain.tiers import (
    Beyond,
    BeyondLastTier,
    BlockTier,
    Graduated,
    Tier,
    Volume,
    tiers_of_blocks,
)

ONE = Decimal(1)
STORAGE = (
    Tier(up_to=Decimal(20), per_unit=Decimal("0.50"), flat=Decimal(4)),
    Tier(up_to=Decimal(50), per_unit=Decimal("0.40"), flat=Decimal(3)),
    Tier(up_to=None, per_unit=Decimal("0.30")),
)
BOUNDED = STORAGE[:2]
FLAT_1 = Part("tier-1-flat", Decimal(4), ONE, "tier 1")
FLAT_2 = Part("tier-2-flat", Decimal(3), ONE, "tier 2")


def tier_1(units: str) -> Part:
    return Part("tier-1", Decimal("0.50"), Decimal(units), "tier 1")


def tier_2(units: str) -> Part:
    return Part("tier-2", Decimal("0.40"), Decimal(units), "tier 2")


def tier_3(units: str) -> Part:
    return Part("tier-3", Decimal("0.30"), Decimal(units), "tier 3")


class TestGraduated:
    @pytest.mark.parametrize(
        ("quantity", "expected"),
        [
            ("0", (tier_1("0"), FLAT_1)),
            ("0.5", (tier_1("0.5"), FLAT_1)),
            ("20", (tier_1("20"), FLAT_1)),
            ("20.001", (tier_1("20"), FLAT_1, tier_2("0.001"), FLAT_2)),
            ("50", (tier_1("20"), FLAT_1, tier_2("30"), FLAT_2)),
            ("51", (tier_1("20"), FLAT_1, tier_2("30"), FLAT_2, tier_3("1"))),
        ],
    )
    def test_each_tier_prices_its_own_units(
        self, quantity: str, expected: tuple[Part, ...]
    ) -> None:
        assert Graduated(STORAGE).parts(Decimal(quantity)) == expected

    def test_a_tier_without_a_unit_price_is_its_flat_fee(self) -> None:
        model = Graduated((Tier(up_to=None, flat=Decimal(4)),))

        assert model.parts(Decimal(3)) == (FLAT_1,)

    @pytest.mark.parametrize(
        ("beyond", "units"), [(Beyond.NOT_PRICED, "30"), (Beyond.LAST_TIER, "31")]
    )
    def test_beyond_the_last_tier_the_rule_decides(self, beyond: Beyond, units: str) -> None:
        rated = Graduated(BOUNDED, beyond).parts(Decimal(51))

        assert rated == (tier_1("20"), FLAT_1, tier_2(units), FLAT_2)

    def test_only_covered_units_are_priced_where_no_rule_is_said(self) -> None:
        assert Graduated(BOUNDED).beyond is Beyond.NOT_PRICED

    def test_beyond_the_last_tier_may_be_refused(self) -> None:
        model = Graduated(BOUNDED, Beyond.REFUSED)

        assert model.parts(Decimal(50))[2] == tier_2("30")
        with pytest.raises(
            BeyondLastTier, match=r"^quantity 50.1 is more than the 50 units that the last tier"
        ):
            model.parts(Decimal("50.1"))

    def test_nothing_is_beyond_a_tier_without_end(self) -> None:
        assert Graduated(STORAGE, Beyond.REFUSED).parts(Decimal(60))[-1] == tier_3("10")

    def test_a_line_can_be_billed_before_the_period_is_over(self) -> None:
        assert not Graduated(STORAGE).needs_whole_period
        assert not Graduated(STORAGE).additive

    @given(st.decimals(0, 100, places=2), st.decimals(0, 100, places=2))
    def test_more_usage_never_costs_less(self, one: Decimal, other: Decimal) -> None:
        fewer, more = sorted((one, other))

        costs = [
            sum(part.exact_amount for part in Graduated(STORAGE).parts(quantity))
            for quantity in (fewer, more)
        ]

        assert costs[0] <= costs[1]

    @given(st.decimals(0, 100, places=2))
    def test_no_unit_is_priced_twice_and_none_is_lost(self, quantity: Decimal) -> None:
        rated = Graduated(STORAGE).parts(quantity)

        units = [part.quantity for part in rated if not part.component.endswith("-flat")]
        assert sum(units) == quantity


class TestVolume:
    @pytest.mark.parametrize(
        ("quantity", "price", "tier", "flat"),
        [
            ("0.5", "0.50", 1, "4"),
            ("20", "0.50", 1, "4"),
            ("20.001", "0.40", 2, "3"),
            ("50", "0.40", 2, "3"),
        ],
    )
    def test_the_tier_that_holds_the_whole_quantity_prices_it(
        self, quantity: str, price: str, tier: int, flat: str
    ) -> None:
        assert Volume(STORAGE).parts(Decimal(quantity)) == (
            Part("volume-flat", Decimal(flat), ONE, f"tier {tier}"),
            Part("volume", Decimal(price), Decimal(quantity), f"tier {tier}"),
        )

    def test_a_tier_without_a_flat_fee_is_its_units(self) -> None:
        assert Volume(STORAGE).parts(Decimal(51)) == (
            Part("volume", Decimal("0.30"), Decimal(51), "tier 3"),
        )

    def test_without_usage_the_first_flat_fee_is_owed_alone(self) -> None:
        assert Volume(STORAGE).parts(Decimal(0)) == (
            Part("volume-flat", Decimal(4), ONE, "tier 1"),
        )

    def test_a_tier_without_a_unit_price_is_its_flat_fee(self) -> None:
        model = Volume((Tier(up_to=None, flat=Decimal(4)),))

        assert model.parts(Decimal(3)) == (Part("volume-flat", Decimal(4), ONE, "tier 1"),)

    def test_units_had_for_a_while_cost_what_all_of_them_would(self) -> None:
        assert Volume(STORAGE).parts_held(priced_units=Decimal("18.5"), held=Decimal(51)) == (
            Part("volume", Decimal("0.30"), Decimal("18.5"), "tier 3"),
        )

    @pytest.mark.parametrize(
        ("beyond", "units"), [(Beyond.NOT_PRICED, "50"), (Beyond.LAST_TIER, "51")]
    )
    def test_beyond_the_last_tier_the_rule_decides(self, beyond: Beyond, units: str) -> None:
        rated = Volume(BOUNDED, beyond).parts(Decimal(51))

        assert rated[1] == Part("volume", Decimal("0.40"), Decimal(units), "tier 2")

    def test_beyond_the_last_tier_may_be_refused(self) -> None:
        with pytest.raises(BeyondLastTier):
            Volume(BOUNDED, Beyond.REFUSED).parts(Decimal(51))

    def test_its_price_is_known_when_the_period_is_over(self) -> None:
        assert Volume(STORAGE).needs_whole_period
        assert not Volume(STORAGE).additive


class TestBlocks:
    BLOCKS = (
        BlockTier(Decimal(10), Decimal(3), Decimal(2)),
        BlockTier(Decimal(100), Decimal(4), Decimal(15)),
        BlockTier(Decimal(1000), None, Decimal(120)),
    )

    def test_capacities_follow_each_other(self) -> None:
        assert tiers_of_blocks(self.BLOCKS) == (
            Tier(up_to=Decimal(30), per_unit=Decimal(2), block=Decimal(10)),
            Tier(up_to=Decimal(430), per_unit=Decimal(15), block=Decimal(100)),
            Tier(up_to=None, per_unit=Decimal(120), block=Decimal(1000)),
        )

    @pytest.mark.parametrize(
        ("quantity", "blocks"),
        [
            (0, [0]),
            (1, [1]),
            (10, [1]),
            (11, [2]),
            (30, [3]),
            (31, [3, 1]),
            (131, [3, 2]),
            (431, [3, 4, 1]),
        ],
    )
    def test_a_block_begun_in_a_tier_counts_whole(self, quantity: int, blocks: list[int]) -> None:
        rated = Graduated(tiers_of_blocks(self.BLOCKS)).parts(Decimal(quantity))

        assert [part.quantity for part in rated] == blocks

    def test_volume_counts_the_blocks_of_its_tier(self) -> None:
        rated = Volume(tiers_of_blocks(self.BLOCKS)).parts(Decimal(101))

        assert rated == (Part("volume", Decimal(15), Decimal(2), "tier 2"),)

    def test_nothing_follows_a_tier_without_end(self) -> None:
        with pytest.raises(InvalidPriceModel, match=r"^a tier follows one without end; give the"):
            tiers_of_blocks([self.BLOCKS[2], self.BLOCKS[0]])


class TestRefusals:
    def test_tiers_are_one_at_least(self) -> None:
        with pytest.raises(InvalidPriceModel, match=r"^the price has no tiers; give one at least"):
            Graduated(())

    @pytest.mark.parametrize("bound", [19, 20])
    def test_tiers_ascend(self, bound: int) -> None:
        tiers = (STORAGE[0], Tier(up_to=Decimal(bound)))

        with pytest.raises(
            InvalidPriceModel,
            match=f"^a tier up to {bound} follows one up to 20; give the tiers in ascending order",
        ):
            Volume(tiers)

    def test_only_the_last_tier_is_without_end(self) -> None:
        with pytest.raises(InvalidPriceModel, match=r"^a tier follows one without end; give"):
            Graduated((STORAGE[2], STORAGE[0]))

    @pytest.mark.parametrize("name", ["per_unit", "flat"])
    def test_a_tier_has_no_negative_price(self, name: str) -> None:
        with pytest.raises(InvalidPriceModel, match=f"^{name} is -0.01; it must be zero or more"):
            Tier(up_to=None, **{name: Decimal("-0.01")})

    @pytest.mark.parametrize("name", ["up_to", "block"])
    def test_a_tier_has_no_empty_size(self, name: str) -> None:
        sizes = {"up_to": None, name: Decimal(0)}

        with pytest.raises(InvalidPriceModel, match=f"^{name} is 0; it must be more than zero$"):
            Tier(**sizes)

    def test_a_tier_may_be_free(self) -> None:
        tier = Tier(up_to=None, per_unit=Decimal(0), flat=Decimal(0))

        assert Graduated((tier,)).parts(ONE) == (
            Part("tier-1", Decimal(0), ONE, "tier 1"),
            Part("tier-1-flat", Decimal(0), ONE, "tier 1"),
        )


class TestContent:
    """These texts are kept in partners' rows: see docs/decisions/0025 before one is changed."""

    def test_of_a_tier_is_its_end_price_fee_and_block(self) -> None:
        whole = Tier(
            up_to=Decimal("10.0"), per_unit=Decimal("0.50"), flat=Decimal("4.00"), block=Decimal(5)
        )

        assert whole.content == "10:0.5:4:5"
        assert Tier(up_to=None).content == "-:-:-:-"

    @pytest.mark.parametrize(
        ("model", "content"),
        [
            (Graduated(STORAGE), "graduated not-priced 20:0.5:4:- 50:0.4:3:- -:0.3:-:-"),
            (Graduated(BOUNDED, Beyond.LAST_TIER), "graduated last-tier 20:0.5:4:- 50:0.4:3:-"),
            (Volume(BOUNDED, Beyond.REFUSED), "volume refused 20:0.5:4:- 50:0.4:3:-"),
        ],
        ids=["all", "last tier", "refused"],
    )
    def test_is_what_was_remembered_since_the_first_version(
        self, model: Graduated | Volume, content: str
    ) -> None:
        assert model.content == content
