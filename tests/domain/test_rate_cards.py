from datetime import date
from decimal import Decimal

import pytest

from work365.domain.price_models import PerUnit
from work365.domain.rate_cards import Rate, RateCard, RateMissing, RateTwice

SPRING, SUMMER = date(2026, 3, 1), date(2026, 6, 1)
OLD, NEW, CALLS = PerUnit(Decimal(1)), PerUnit(Decimal(2)), PerUnit(Decimal(3))
CARD = RateCard(
    (Rate("storage", SUMMER, NEW), Rate("storage", SPRING, OLD), Rate("calls", SPRING, CALLS))
)


class TestRateCard:
    @pytest.mark.parametrize(
        ("day", "model"),
        [(SPRING, OLD), (date(2026, 5, 31), OLD), (SUMMER, NEW), (date(2027, 1, 1), NEW)],
    )
    def test_the_latest_rate_holds(self, day: date, model: PerUnit) -> None:
        assert CARD.model_on("storage", day) is model

    def test_a_meter_has_its_own_rates(self) -> None:
        assert CARD.model_on("calls", SUMMER) is CALLS

    def test_a_day_before_the_first_rate_is_refused(self) -> None:
        with pytest.raises(
            RateMissing, match=r"^meter 'storage' has no price on 2026-02-28; add a"
        ):
            CARD.model_on("storage", date(2026, 2, 28))

    def test_an_unknown_meter_is_refused(self) -> None:
        with pytest.raises(RateMissing, match=r"^meter 'mail' has no price on 2026-06-01"):
            CARD.model_on("mail", SUMMER)

    def test_two_rates_of_a_meter_from_one_day_are_refused(self) -> None:
        with pytest.raises(
            RateTwice, match=r"^meter 'storage' has two prices from 2026-06-01 on; keep one$"
        ):
            RateCard((Rate("storage", SUMMER, OLD), Rate("storage", SUMMER, NEW)))
