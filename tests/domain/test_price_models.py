from decimal import Decimal
from fractions import Fraction

import pytest

from work365.domain.price_models import (
    Discounted,
    Flat,
    Included,
    InvalidPriceModel,
    Package,
    Part,
    PerUnit,
    PriceModel,
    refuse_negative,
    refuse_unless_positive,
    whole_blocks,
)
from work365.domain.tiers import Graduated, Tier, Volume

NOTHING = Decimal(0)
CENT_A_UNIT = PerUnit(Decimal("0.01"))
VOLUME = Volume((Tier(up_to=None, per_unit=Decimal(2)),))


class TestPart:
    def test_an_amount_is_exact_beyond_the_digits_of_a_decimal(self) -> None:
        part = Part("unit", Decimal("0.1234567890123456789"), Decimal("9876543210.123456789"), "")

        assert part.exact_amount == Fraction(1234567890123456789 * 9876543210123456789, 10**28)


class TestFlat:
    @pytest.mark.parametrize("quantity", [NOTHING, Decimal(7)])
    def test_a_flat_fee_is_owed_whatever_is_used(self, quantity: Decimal) -> None:
        assert Flat(Decimal(9)).parts(quantity) == (
            Part("flat", Decimal(9), Decimal(1), "flat fee"),
        )

    def test_a_flat_fee_may_be_a_rebate(self) -> None:
        assert Flat(Decimal(-9)).parts(NOTHING)[0].exact_amount == -9

    def test_a_second_line_owes_no_second_fee(self) -> None:
        flat = Flat(Decimal(9))

        assert not flat.additive
        assert not flat.needs_whole_period


class TestPerUnit:
    def test_units_are_one_part(self) -> None:
        assert PerUnit(Decimal("2.5")).parts(Decimal(4)) == (
            Part("unit", Decimal("2.5"), Decimal(4), "usage"),
        )

    def test_no_units_are_no_part(self) -> None:
        assert PerUnit(Decimal("2.5")).parts(NOTHING) == ()

    def test_a_unit_costs_the_same_whichever_it_is(self) -> None:
        assert CENT_A_UNIT.additive
        assert not CENT_A_UNIT.needs_whole_period


class TestWholeBlocks:
    @pytest.mark.parametrize(
        ("quantity", "blocks"),
        [("0", 0), ("0.001", 1), ("7.9", 1), ("8", 1), ("8.001", 2), ("16", 2), ("17", 3)],
    )
    def test_a_block_begun_counts_whole(self, quantity: str, blocks: int) -> None:
        assert whole_blocks(Decimal(quantity), Decimal(8)) == blocks


class TestPackage:
    PACKAGE = Package(size=Decimal(8), price=Decimal(30), free=Decimal(5))

    @pytest.mark.parametrize(("quantity", "packages"), [(5, 0), (6, 1), (13, 1), (14, 2)])
    def test_packages_hold_the_units_that_are_not_free(self, quantity: int, packages: int) -> None:
        assert self.PACKAGE.packages(Decimal(quantity)) == packages

    def test_packages_are_one_part(self) -> None:
        assert self.PACKAGE.parts(Decimal(14)) == (
            Part("package", Decimal(30), Decimal(2), "packages of 8"),
        )

    def test_free_units_are_no_part(self) -> None:
        assert self.PACKAGE.parts(Decimal(4)) == ()

    def test_nothing_is_free_where_it_is_not_said(self) -> None:
        assert Package(size=Decimal(8), price=Decimal(30)).packages(Decimal(1)) == 1

    @pytest.mark.parametrize(
        ("size", "price", "free", "message"),
        [
            (0, 1, 0, "size is 0; it must be more than zero"),
            (1, -1, 0, "price is -1; it must be zero or more"),
            (1, 1, -1, "free is -1; it must be zero or more"),
        ],
    )
    def test_a_package_that_cannot_be_is_refused(
        self, size: int, price: int, free: int, message: str
    ) -> None:
        with pytest.raises(InvalidPriceModel, match=f"^{message}$"):
            Package(size=Decimal(size), price=Decimal(price), free=Decimal(free))

    def test_a_package_may_be_given_away(self) -> None:
        package = Package(size=Decimal(1), price=NOTHING, free=NOTHING)

        assert package.parts(Decimal(3))[0].exact_amount == 0


class TestIncluded:
    MINUTES = Included(fee=Decimal(12), units=Decimal(100), overage=CENT_A_UNIT)
    FEE = Part("fee", Decimal(12), Decimal(1), "100 units included")

    @pytest.mark.parametrize("quantity", [0, 99, 100])
    def test_included_units_cost_the_fee_alone(self, quantity: int) -> None:
        assert self.MINUTES.parts(Decimal(quantity)) == (self.FEE,)

    def test_units_beyond_cost_what_the_overage_does(self) -> None:
        assert self.MINUTES.parts(Decimal(103)) == (
            self.FEE,
            Part("overage-unit", Decimal("0.01"), Decimal(3), "usage"),
        )

    def test_tiers_of_the_overage_are_entered_by_the_units_beyond(self) -> None:
        tiers = Graduated((Tier(up_to=None, flat=Decimal(5)),))
        model = Included(fee=NOTHING, units=Decimal(10), overage=tiers)

        assert [part.component for part in model.parts(Decimal(10))] == ["fee"]
        assert [part.component for part in model.parts(Decimal(11))] == [
            "fee",
            "overage-tier-1-flat",
        ]

    def test_the_whole_period_is_needed_where_the_overage_needs_it(self) -> None:
        model = Included(fee=NOTHING, units=Decimal(10), overage=VOLUME)

        assert model.needs_whole_period
        assert not self.MINUTES.needs_whole_period
        assert not self.MINUTES.additive

    @pytest.mark.parametrize(("fee", "units", "name"), [(-1, 0, "fee"), (0, -1, "units")])
    def test_a_negative_fee_or_allowance_is_refused(self, fee: int, units: int, name: str) -> None:
        with pytest.raises(InvalidPriceModel, match=f"^{name} is -1"):
            Included(fee=Decimal(fee), units=Decimal(units), overage=CENT_A_UNIT)


class TestDiscounted:
    @pytest.mark.parametrize(
        ("price", "percent", "left"),
        [
            ("10", "0", "10"),
            ("10", "25", "7.5"),
            ("0.0123", "12.5", "0.0107625"),
            ("10", "100", "0"),
            ("1E+2", "1E+1", "90"),
        ],
    )
    def test_a_percentage_comes_off_every_price_exactly(
        self, price: str, percent: str, left: str
    ) -> None:
        model = Discounted(PerUnit(Decimal(price)), Decimal(percent))

        assert model.parts(Decimal(4)) == (Part("unit", Decimal(left), Decimal(4), "usage"),)

    @pytest.mark.parametrize("percent", ["-0.1", "100.1"])
    def test_more_than_all_and_less_than_nothing_are_refused(self, percent: str) -> None:
        with pytest.raises(InvalidPriceModel, match=f"^the discount is {percent} %"):
            Discounted(CENT_A_UNIT, Decimal(percent))

    def test_it_is_billed_as_the_model_is(self) -> None:
        percent = Decimal(10)

        assert Discounted(CENT_A_UNIT, percent).additive
        assert not Discounted(CENT_A_UNIT, percent).needs_whole_period
        assert not Discounted(VOLUME, percent).additive
        assert Discounted(VOLUME, percent).needs_whole_period


class TestRefusals:
    def test_what_is_not_given_is_not_refused(self) -> None:
        refuse_negative(price=None, fee=NOTHING)
        refuse_unless_positive(size=None, block=Decimal("0.01"))

    def test_the_name_and_the_number_are_said(self) -> None:
        with pytest.raises(InvalidPriceModel, match=r"^fee is -0.01; it must be zero or more"):
            refuse_negative(price=NOTHING, fee=Decimal("-0.01"))

    @pytest.mark.parametrize("size", ["0", "-1"])
    def test_a_size_is_more_than_nothing(self, size: str) -> None:
        with pytest.raises(InvalidPriceModel, match=f"^size is {size}; it must be more than zero$"):
            refuse_unless_positive(size=Decimal(size))


class TestContent:
    """These texts are kept in partners' rows: see docs/decisions/0025 before one is changed."""

    @pytest.mark.parametrize(
        ("model", "content"),
        [
            (Flat(Decimal("-9.00")), "flat -9"),
            (CENT_A_UNIT, "per-unit 0.01"),
            (Package(size=Decimal(5), price=Decimal("40.00")), "package 5 40 0"),
            (Package(size=Decimal(5), price=Decimal(40), free=Decimal(1)), "package 5 40 1"),
            (
                Included(fee=Decimal(80), units=Decimal("1E+1"), overage=CENT_A_UNIT),
                "included 80 10 (per-unit 0.01)",
            ),
            (Discounted(CENT_A_UNIT, Decimal("12.50")), "discounted 12.5 (per-unit 0.01)"),
            (
                Discounted(Discounted(VOLUME, Decimal(10)), Decimal(20)),
                "discounted 20 (discounted 10 (volume not-priced -:2:-:-))",
            ),
        ],
        ids=str,
    )
    def test_is_what_was_remembered_since_the_first_version(
        self, model: PriceModel, content: str
    ) -> None:
        assert model.content == content
