from decimal import Decimal
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from work365.domain.prorated_tiers import ProratedChange, prorated_graduated
from work365.domain.rating import exact_total, parts
from work365.domain.tiers import Graduated, Tier

SEATS = Graduated(
    (
        Tier(up_to=Decimal(4), per_unit=Decimal(20), flat=Decimal(7)),
        Tier(up_to=Decimal(10), per_unit=Decimal(12), flat=Decimal(5)),
        Tier(up_to=None, per_unit=Decimal(8)),
    )
)


def owed(*changes: tuple[str, str]) -> Fraction:
    return prorated_graduated(
        SEATS, [ProratedChange(Decimal(units), Decimal(prorated)) for units, prorated in changes]
    )


class TestProratedGraduated:
    def test_nothing_had_is_the_first_flat_fee(self) -> None:
        assert owed() == 7

    def test_units_of_a_tier_cost_their_time_of_its_price(self) -> None:
        assert owed(("3", "1.5")) == 7 + 30

    def test_a_change_is_spread_over_the_tiers_that_it_crosses(self) -> None:
        # Two of the six in the first tier, four in the second, for half of the time.
        assert owed(("2", "2"), ("6", "3")) == 12 + 40 + 20 + 24

    def test_units_taken_away_come_off_the_tiers_that_they_were_in(self) -> None:
        assert owed(("6", "6"), ("-3", "-1")) == 12 + 80 + 24 - Fraction(2 * 12 + 20, 3)

    def test_a_flat_fee_is_owed_for_a_tier_that_was_left_again(self) -> None:
        assert owed(("5", "5"), ("-5", "0")) == 12 + 80 + 12

    def test_a_full_tier_does_not_enter_the_next_one(self) -> None:
        assert owed(("4", "4")) == 7 + 80

    def test_time_that_was_taken_back_is_never_paid_out(self) -> None:
        assert owed(("2", "0.5"), ("-2", "-1.5")) == 7

    def test_nothing_is_owed_where_more_was_taken_away_than_there_was(self) -> None:
        assert owed(("2", "2"), ("-3", "-1")) == 0

    def test_the_flat_fee_is_owed_where_all_was_taken_away(self) -> None:
        assert owed(("2", "2"), ("-2", "-1")) == 7 + 40 - 20

    def test_an_addition_without_time_places_nothing(self) -> None:
        assert owed(("9", "0"), ("2", "1")) == 7 + 20

    def test_a_removal_of_what_was_not_placed_places_nothing(self) -> None:
        assert owed(("9", "0"), ("-9", "0"), ("2", "1")) == 7 + 20

    def test_a_removal_without_time_makes_room_in_the_tiers(self) -> None:
        assert owed(("4", "4"), ("-2", "0"), ("2", "1")) == 7 + 80 + 20

    def test_a_change_of_nothing_places_nothing(self) -> None:
        assert owed(("0", "0"), ("2", "2")) == 7 + 40

    @given(st.lists(st.integers(1, 9).map(Decimal), max_size=4))
    def test_units_had_for_the_whole_period_cost_what_their_total_does(
        self, additions: list[Decimal]
    ) -> None:
        changes = [ProratedChange(units, units) for units in additions]

        total = sum(additions, Decimal(0))

        assert prorated_graduated(SEATS, changes) == exact_total(parts(SEATS, total))
