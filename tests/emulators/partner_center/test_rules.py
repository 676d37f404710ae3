from datetime import UTC, datetime

import pytest

from work365.emulators.partner_center.rules import (
    EXTENDS_SERVICE,
    MONTHLY_BILLING_UPLIFT,
    holds,
    value_of,
)

NOW = datetime(2026, 8, 15, 10, 30, tzinfo=UTC)


class TestRules:
    def test_hold_from_their_day_on(self) -> None:
        days = [datetime(2026, 5, day, tzinfo=UTC).date() for day in (3, 4)]

        assert [holds(EXTENDS_SERVICE, day) for day in days] == [False, True]

    def test_are_refused_before_there_were_any(self) -> None:
        with pytest.raises(LookupError, match="no rule"):
            value_of(MONTHLY_BILLING_UPLIFT, datetime(2018, 1, 1, tzinfo=UTC).date())
