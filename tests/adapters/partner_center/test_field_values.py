"""Values of single fields: what they may be, and how they are refused."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from work365.adapters.partner_center.field_values import (
    QUANTITY_MAX,
    amount_of,
    availability_of,
    bought_part_of,
    count_of,
    day_of,
    end_of,
    last_day_of,
    member_of,
    plan_of,
    quantity_of,
    term_of,
    yes_or_no_of,
)
from work365.adapters.partner_center.files import Unreadable
from work365.domain.catalog import BillingPlan, SubscriptionStatus, Term

status_of = member_of(SubscriptionStatus, "unknown_status")


@pytest.mark.parametrize(
    ("read", "value", "expected"),
    [
        (quantity_of, 1, 1),
        (count_of, 0, 0),
        (count_of, QUANTITY_MAX, QUANTITY_MAX),
        (amount_of, "24606.35", Decimal("24606.35")),
        (amount_of, Decimal("1.10"), Decimal("1.10")),
        (amount_of, 7, Decimal(7)),
        (yes_or_no_of, False, False),
        (term_of, "p1y", Term.YEAR),
        (plan_of, "one_time", BillingPlan.ONE_TIME),
        (plan_of, "Annual", BillingPlan.ANNUAL),
        (status_of, " Suspended", SubscriptionStatus.SUSPENDED),
        (day_of, "2026-02-28T23:59:59Z", date(2026, 2, 28)),
        (last_day_of, "9999-12-31T00:00:00Z", None),
        (last_day_of, "0001-01-01T00:00:00", None),
        (end_of, "2026-02-28T23:59:59.9Z", datetime(2026, 2, 28, 23, 59, 59, tzinfo=UTC)),
        (end_of, "9999-12-31T23:59:59Z", None),
        (bought_part_of, "PRODUCT:1:AVAIL", "PRODUCT:0001"),
        (bought_part_of, "MS-AZR-0145P", "MS-AZR-0145P"),
        (availability_of, "PRODUCT:0001:AVAIL", "AVAIL"),
        (availability_of, "PRODUCT:0001", None),
    ],
)
def test_a_value_is_read(read: Callable[[object], object], value: object, expected: object) -> None:
    assert read(value) == expected


@pytest.mark.parametrize(
    ("read", "value", "remedy"),
    [
        (quantity_of, 0, "from 1 to"),
        (count_of, -1, "from 0 to"),
        (count_of, QUANTITY_MAX + 1, "from 0 to"),
        (count_of, True, "whole number"),
        (count_of, Decimal("1.5"), "whole number"),
        (amount_of, "1,5", "number"),
        (amount_of, "NaN", "finite"),
        (amount_of, "1_000", "plain digits"),
        (amount_of, "\uff11\uff12", "plain digits"),
        (amount_of, "1E+999", "at most 30 places"),
        (amount_of, Decimal("1E-999999"), "at most 30 places"),
        (amount_of, True, "number"),
        (amount_of, None, "number"),
        (yes_or_no_of, "true", "true or false"),
        (term_of, "P6M", "one of P1M, P1Y, P3Y"),
        (plan_of, "weekly", "one of monthly"),
        (status_of, "asleep", "one of none, active"),
        (day_of, "0001-01-01", "no day"),
        (day_of, "soon", "day or a moment"),
        (bought_part_of, "PRODUCT::AVAIL", "product:SKU"),
    ],
)
def test_another_value_is_refused_with_what_it_may_be(
    read: Callable[[object], object], value: object, remedy: str
) -> None:
    with pytest.raises(Unreadable, match=remedy):
        read(value)
