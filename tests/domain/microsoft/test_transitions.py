"""Transitions."""

import pytest

from work365.domain.microsoft.transitions import TransitionOrder, TransitionType


@pytest.mark.parametrize("quantity", [0, -1])
def test_no_seats_do_not_become_another_product(quantity: int) -> None:
    with pytest.raises(AssertionError):
        TransitionOrder(
            catalogue_id="P:0001:A", quantity=quantity, type=TransitionType.WITHOUT_LICENCES
        )


def test_licences_move_along_only_where_it_is_said() -> None:
    assert TransitionType("transition_with_license_transfer") is TransitionType.WITH_LICENCES
    assert TransitionType("transition_only") is TransitionType.WITHOUT_LICENCES
