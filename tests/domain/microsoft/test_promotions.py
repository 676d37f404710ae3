"""Microsoft's promotions."""

from datetime import date

import pytest

from work365.domain.microsoft.promotions import Promotion

PROMOTION = Promotion(
    id="p1",
    name="Spring",
    first_day=date(2026, 3, 1),
    last_day=date(2026, 3, 31),
    is_applied_by_itself=False,
    products=(),
)


@pytest.mark.parametrize(
    ("day", "holds"),
    [
        (date(2026, 2, 28), False),
        (date(2026, 3, 1), True),
        (date(2026, 3, 31), True),
        (date(2026, 4, 1), False),
    ],
)
def test_it_holds_on_its_first_day_and_on_its_last(day: date, holds: bool) -> None:
    assert PROMOTION.holds_on(day) is holds
