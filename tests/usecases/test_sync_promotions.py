from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from tests.usecases.provider_ends import UNREADABLE
from work365.domain.findings import Reading
from work365.domain.microsoft.promotions import Promotion
from work365.usecases.sync_promotions import Promoted, sync_promotions

TODAY = date(2026, 3, 1)
LASTING = Promotion(
    id="P:1",
    name="15 % off",
    first_day=date(2026, 1, 1),
    last_day=date(2026, 12, 31),
    is_applied_by_itself=False,
    products=(),
)
ENDING = replace(LASTING, id="P:2", last_day=date(2026, 3, 31))
OVER = replace(LASTING, id="P:3", last_day=date(2026, 2, 28))


@dataclass
class Promotions:
    """A `PromotionList`, the same for every market."""

    listed: Sequence[Promotion]

    def all(self, *, market: str, segment: str) -> Reading[Promotion]:
        assert segment == "Commercial"
        return Reading(tuple(self.listed), (UNREADABLE,) if market == "AT" else ())


def synced(*listed: Promotion, markets: Sequence[str] = ("DE",)) -> Promoted:
    return sync_promotions(
        markets=markets, segments=["Commercial"], promotions=Promotions(listed), today=TODAY
    )


def test_those_that_hold_are_returned_once() -> None:
    found = synced(LASTING, OVER, markets=("DE", "AT"))

    assert found.promotions == (LASTING,)
    assert found.findings == (UNREADABLE,)


def test_one_that_ends_within_a_month_is_said() -> None:
    [finding] = synced(LASTING, ENDING).findings

    assert (finding.code, finding.path) == ("promotion_ends_soon", "promotion P:2")


def test_one_that_ends_later_is_not() -> None:
    assert synced(replace(ENDING, last_day=date(2026, 4, 1))).findings == ()
