"""Licences of users."""

import pytest

from work365.domain.microsoft.licences import LicenceUpdate


@pytest.mark.parametrize(
    ("assign", "remove"), [((), ()), (("a",), ("a",)), (("a", "b"), ("c", "b"))]
)
def test_an_update_that_does_nothing_or_both_is_none(
    assign: tuple[str, ...], remove: tuple[str, ...]
) -> None:
    with pytest.raises(AssertionError):
        LicenceUpdate(assign=assign, remove=remove)


def test_one_licence_can_take_the_place_of_another() -> None:
    update = LicenceUpdate(assign=("a",), remove=("b",))

    assert (update.assign, update.remove) == (("a",), ("b",))
