"""Zuora's usage rating: late usage, and rating by group."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from typing import Any

from tests.contract.billing_cases import Case
from tests.contract.case_tiers import assert_compared, number, tiers_of
from work365.domain.money import Money
from work365.domain.periods import Cycle, Period
from work365.domain.rating import money_total, parts, still_owed
from work365.domain.tiers import Graduated, Volume
from work365.domain.usage import Grouping, UsageRecord, totals

CURRENCY = "USD"
GROUPINGS = {
    "billing_period": Grouping.BILLING_PERIOD,
    "usage_start_date": Grouping.DAY,
    "usage_record": Grouping.RECORD,
    "usage_upload": Grouping.UPLOAD,
    "upload": Grouping.UPLOAD,
    "custom_group": Grouping.GROUP,
    "group": Grouping.GROUP,
    "group_id": Grouping.GROUP,
}
UPLOADS = ("upload", "file", "file_name")
GROUPS = ("group", "group_id")


def check_graduated_rating_with_rebilling(case: Case) -> None:
    assert_compared(case, "expected")
    model = Graduated(tiers_of(case["tiers"]))
    billed = Money.exactly(number(case["already_billed"]), CURRENCY)

    owed = still_owed(model, number(case["cumulative_quantity"]), billed=billed)

    assert owed.amount == number(case["expected"])


def check_volume_rating_by_group(case: Case) -> None:
    assert_compared(case, "expected")
    group_by = case["group_by"]
    assert group_by in GROUPINGS, f"unknown grouping {group_by!r}"
    told = case["tiers"] if "tiers" in case else case["tiers_inferred_from_the_figures"]
    model = Volume(tiers_of(told))
    records = [_record(str(at), record) for at, record in enumerate(case["records"])]

    groups = totals(records, _month(case["month"]), GROUPINGS[group_by])

    rated = [money_total(parts(model, group.quantity), CURRENCY) for group in groups]
    assert Money.total(rated, CURRENCY).amount == number(case["expected"])


def _record(key: str, told: Mapping[str, Any]) -> UsageRecord:
    used_on = date.fromisoformat(told["date"])
    return UsageRecord(
        key=key,
        subscription="",
        used_on=used_on,
        quantity=number(told["quantity"]),
        recorded_at=datetime.combine(used_on, time(), UTC),
        upload=str(next((told[name] for name in UPLOADS if name in told), "")),
        group=str(next((told[name] for name in GROUPS if name in told), "")),
    )


def _month(told: str) -> Period:
    cycle = Cycle(date.fromisoformat(f"{told}-01"), 1)
    return Period(cycle.start(0), cycle.start(1))
