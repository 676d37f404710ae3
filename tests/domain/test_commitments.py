from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from work365.domain.commitments import (
    MAXIMUM_SPEND,
    MINIMUM_SPEND,
    Commitment,
    InvalidCommitment,
    RatedLine,
    SpendingTerms,
    apply_terms,
    end_of_period,
)
from work365.domain.money import Money
from work365.domain.price_models import Part

NOTHING = Money.zero("EUR")
UNLIMITED = SpendingTerms()


def euros(amount: str) -> Money:
    return Money.exactly(Decimal(amount), "EUR")


def part(per_unit: str, quantity: str = "1") -> Part:
    return Part("unit", Decimal(per_unit), Decimal(quantity), "usage")


def limited(minimum: str | None = None, maximum: str | None = None) -> SpendingTerms:
    return SpendingTerms(
        commitment=Commitment(
            minimum=None if minimum is None else Decimal(minimum),
            maximum=None if maximum is None else Decimal(maximum),
        )
    )


class TestTrueUp:
    @pytest.mark.parametrize(
        ("spent", "lacking"), [("0", "80"), ("79.99", "0.01"), ("80", "0"), ("80.01", "0")]
    )
    def test_what_is_lacking_of_the_minimum_is_added(self, spent: str, lacking: str) -> None:
        assert Commitment(minimum=Decimal(80)).true_up(euros(spent)) == euros(lacking)

    def test_without_a_minimum_nothing_is_lacking(self) -> None:
        assert Commitment(maximum=Decimal(80)).true_up(euros("-5")) == NOTHING

    def test_credits_may_take_spending_below_a_minimum_of_nothing(self) -> None:
        assert Commitment(minimum=Decimal(0)).true_up(euros("-5")) == euros("5")


class TestBeyond:
    @pytest.mark.parametrize(
        ("spent", "amount", "beyond"),
        [
            ("0", "60", "0"),
            ("0", "60.01", "0.01"),
            ("50", "10", "0"),
            ("50", "30", "20"),
            ("60", "30", "30"),
            ("75", "30", "30"),
            ("75", "-30", "0"),
        ],
    )
    def test_what_passes_the_maximum_comes_off(self, spent: str, amount: str, beyond: str) -> None:
        commitment = Commitment(maximum=Decimal(60))

        assert commitment.beyond(euros(amount), spent=euros(spent)) == euros(beyond)

    def test_without_a_maximum_nothing_does(self) -> None:
        commitment = Commitment(minimum=Decimal(60))

        assert commitment.beyond(euros("500"), spent=euros("500")) == NOTHING


class TestProrated:
    def test_a_part_of_the_period_has_its_share(self) -> None:
        commitment = Commitment(minimum=Decimal(30), maximum=Decimal(60))

        assert commitment.prorated(Fraction(1, 4)) == Commitment(
            minimum=Decimal("7.5"), maximum=Decimal(15)
        )

    def test_a_share_that_does_not_end_has_ten_decimals(self) -> None:
        share = Commitment(minimum=Decimal(20)).prorated(Fraction(1, 3))

        assert share == Commitment(minimum=Decimal("6.6666666667"))
        assert share.true_up(NOTHING) == euros("6.67")


class TestEndOfPeriod:
    BETWEEN = Commitment(minimum=Decimal("40.00"), maximum=Decimal("60.00"))

    @pytest.mark.parametrize(
        ("spent", "component", "amount", "reason"),
        [
            ("0", MINIMUM_SPEND, "40", "minimum 40.00"),
            ("39.99", MINIMUM_SPEND, "0.01", "minimum 40.00"),
            ("60.01", MAXIMUM_SPEND, "-0.01", "maximum 60.00"),
            ("100", MAXIMUM_SPEND, "-40", "maximum 60.00"),
        ],
    )
    def test_says_what_is_added_or_taken_off(
        self, spent: str, component: str, amount: str, reason: str
    ) -> None:
        (found,) = end_of_period(self.BETWEEN, euros(spent), before=NOTHING)

        assert found == Part(component, Decimal(amount), Decimal(1), reason)

    @pytest.mark.parametrize("spent", ["40", "50", "60"])
    def test_has_nothing_to_add_between_the_limits(self, spent: str) -> None:
        assert list(end_of_period(self.BETWEEN, euros(spent), before=NOTHING)) == []

    def test_without_limits_has_nothing_to_add(self) -> None:
        assert list(end_of_period(Commitment(), euros("5"), before=euros("7"))) == []

    def test_looks_at_all_that_is_owed_for_the_period(self) -> None:
        (added,) = end_of_period(self.BETWEEN, euros("5"), before=euros("20"))
        (taken_off,) = end_of_period(self.BETWEEN, euros("30"), before=euros("50"))

        assert (added.per_unit, taken_off.per_unit) == (Decimal(15), Decimal(-20))

    def test_takes_no_more_off_than_came_last(self) -> None:
        (taken_off,) = end_of_period(self.BETWEEN, euros("5"), before=euros("70"))

        assert taken_off.per_unit == Decimal(-5)
        assert list(end_of_period(self.BETWEEN, NOTHING, before=euros("70"))) == []

    @given(
        st.lists(st.decimals(0, 50, places=2), max_size=4),
        st.decimals(0, 60, places=3),
        st.decimals(0, 60, places=3),
    )
    def test_a_period_costs_the_same_line_by_line_and_at_once(
        self, amounts: list[Decimal], one: Decimal, other: Decimal
    ) -> None:
        minimum, maximum = sorted((one, other))
        terms = SpendingTerms(commitment=Commitment(minimum=minimum, maximum=maximum))
        parts = [part(str(amount)) for amount in amounts]
        spent = euros(str(sum(amounts, Decimal(0))))

        lines = apply_terms(parts, terms, billed=NOTHING, last=True)
        at_the_end = end_of_period(terms.commitment, spent, before=NOTHING)

        at_once = spent.amount + sum((each.per_unit for each in at_the_end), Decimal(0))
        assert Money.total((line.total for line in lines), "EUR").amount == at_once


class TestRefusals:
    @pytest.mark.parametrize("name", ["minimum", "maximum"])
    def test_a_negative_limit_is_refused(self, name: str) -> None:
        with pytest.raises(InvalidCommitment, match=f"^the {name} is -1; it must be zero or more"):
            Commitment(**{name: Decimal(-1)})

    def test_a_minimum_above_the_maximum_is_refused(self) -> None:
        with pytest.raises(
            InvalidCommitment, match=r"^the minimum 2.1 is more than the maximum 2; lower it$"
        ):
            Commitment(minimum=Decimal("2.1"), maximum=Decimal(2))

    def test_the_same_minimum_and_maximum_are_a_fixed_price(self) -> None:
        terms = limited(minimum="50", maximum="50")

        for used in ("20", "90"):
            lines = apply_terms([part(used)], terms, billed=NOTHING, last=True)
            assert Money.total((line.total for line in lines), "EUR") == euros("50")

    @pytest.mark.parametrize("percent", ["-0.1", "100.1"])
    def test_a_discount_of_more_than_all_is_refused(self, percent: str) -> None:
        with pytest.raises(
            InvalidCommitment, match=f"^the discount is {percent} %; it must be 0 to 100$"
        ):
            SpendingTerms(discount_percent=Decimal(percent))


class TestApplyTerms:
    def test_a_part_is_rounded_once(self) -> None:
        (line,) = apply_terms([part("0.333", "5")], UNLIMITED, billed=NOTHING, last=False)

        assert line == RatedLine(part("0.333", "5"), euros("1.67"), NOTHING, NOTHING)
        assert line.total == euros("1.67")
        assert line.unit_amount == Decimal("0.333")

    def test_one_unit_costs_what_its_line_does(self) -> None:
        (line,) = apply_terms([part("1.665")], UNLIMITED, billed=NOTHING, last=False)

        assert line.unit_amount == Decimal("1.67")

    def test_a_percentage_comes_off_before_the_maximum_is_looked_at(self) -> None:
        terms = SpendingTerms(
            discount_percent=Decimal(25), commitment=Commitment(maximum=Decimal(100))
        )

        (line,) = apply_terms([part("12", "10")], terms, billed=euros("40"), last=False)

        assert (line.discount, line.beyond_maximum) == (euros("30"), euros("30"))
        assert line.discounts == euros("60")
        assert line.total == euros("60")

    def test_all_of_a_price_may_come_off(self) -> None:
        terms = SpendingTerms(discount_percent=Decimal(100))

        (line,) = apply_terms([part("12")], terms, billed=NOTHING, last=True)

        assert line.total == NOTHING

    def test_each_line_counts_towards_the_maximum_of_the_next(self) -> None:
        lines = apply_terms(
            [part("30"), part("30"), part("30")],
            limited(maximum="50"),
            billed=NOTHING,
            last=False,
        )

        assert [line.total for line in lines] == [euros("30"), euros("20"), NOTHING]

    def test_the_last_line_is_followed_by_what_the_minimum_lacks(self) -> None:
        lines = apply_terms([part("30")], limited(minimum="100"), billed=euros("25"), last=True)

        assert lines[1] == RatedLine(
            Part(MINIMUM_SPEND, Decimal(45), Decimal(1), "minimum 100"),
            euros("45"),
            NOTHING,
            NOTHING,
        )

    @pytest.mark.parametrize(("billed", "last"), [("25", False), ("70", True)])
    def test_before_the_end_and_above_the_minimum_there_is_no_true_up(
        self, billed: str, last: bool
    ) -> None:
        lines = apply_terms([part("30")], limited(minimum="100"), billed=euros(billed), last=last)

        assert [line.part.component for line in lines] == ["unit"]

    def test_discounts_do_not_count_towards_the_minimum(self) -> None:
        terms = SpendingTerms(
            discount_percent=Decimal(50), commitment=Commitment(minimum=Decimal(20))
        )

        lines = apply_terms([part("30")], terms, billed=NOTHING, last=True)

        assert [line.total for line in lines] == [euros("15"), euros("5")]

    @given(
        st.lists(st.decimals(0, 50, places=3), max_size=4),
        st.decimals(0, 60, places=2),
        st.decimals(0, 60, places=2),
    )
    def test_a_period_comes_to_no_less_than_its_minimum_and_no_more_than_its_maximum(
        self, prices: list[Decimal], one: Decimal, other: Decimal
    ) -> None:
        minimum, maximum = sorted((one, other))
        terms = SpendingTerms(commitment=Commitment(minimum=minimum, maximum=maximum))

        lines = apply_terms(
            [part(str(price), "2") for price in prices], terms, billed=NOTHING, last=True
        )

        total = Money.total((line.total for line in lines), "EUR")
        assert minimum <= total.amount <= maximum


class TestContent:
    """These texts are kept in partners' rows: see docs/decisions/0025 before one is changed."""

    def test_is_what_was_remembered_since_the_first_version(self) -> None:
        both = Commitment(minimum=Decimal("31.00"), maximum=Decimal("62.5"))

        assert both.content == "commitment 31 62.5"
        assert Commitment(minimum=Decimal(31)).content == "commitment 31 -"
        assert Commitment(maximum=Decimal(0)).content == "commitment - 0"
