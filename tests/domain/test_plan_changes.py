from decimal import Decimal

import pytest

from work365.domain.money import CurrencyMismatch, Money
from work365.domain.plan_changes import Direction, direction, netted


def euros(amount: int) -> Money:
    return Money("EUR", Decimal(amount))


class TestDirection:
    @pytest.mark.parametrize(
        ("before", "after", "expected"),
        [
            ("12.40", "12.41", Direction.UPGRADE),
            ("12.40", "12.39", Direction.DOWNGRADE),
            ("12.40", "12.4", Direction.LATERAL),
            ("0", "5", Direction.UPGRADE),
            ("5", "0", Direction.DOWNGRADE),
        ],
    )
    def test_follows_what_a_period_costs(
        self, before: str, after: str, expected: Direction
    ) -> None:
        assert direction(before=Decimal(before), after=Decimal(after)) is expected


class TestNetted:
    def test_lines_of_one_component_become_one_where_the_first_is(self) -> None:
        lines = [
            ("seats", euros(-70)),
            ("storage", euros(9)),
            ("seats", euros(45)),
            ("seats", euros(5)),
        ]

        assert netted(lines) == [("seats", euros(-20)), ("storage", euros(9))]

    def test_a_component_whose_lines_cancel_out_has_none(self) -> None:
        lines = [("seats", euros(-70)), ("storage", euros(9)), ("seats", euros(70))]

        assert netted(lines) == [("storage", euros(9))]

    def test_lines_without_a_component_stay_as_they_are(self) -> None:
        lines = [(None, euros(30)), (None, euros(-30)), (None, euros(0))]

        assert netted(lines) == lines

    def test_nothing_is_netted_to_nothing(self) -> None:
        assert netted([]) == []

    def test_two_currencies_of_one_component_are_refused(self) -> None:
        with pytest.raises(CurrencyMismatch):
            netted([("seats", euros(1)), ("seats", Money("USD", Decimal(1)))])
