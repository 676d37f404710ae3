from datetime import UTC, datetime, timedelta, timezone

import pytest

from work365.entrypoints.localhost.schedules import Schedule, UnsupportedSchedule


@pytest.mark.parametrize(
    ("expression", "after", "expected"),
    [
        ("0 */15 * * * *", "2026-03-01T12:00:00", "2026-03-01T12:15:00"),
        ("0 */15 * * * *", "2026-03-01T12:14:59.999", "2026-03-01T12:15:00"),
        ("*/30 * * * * *", "2026-03-01T12:00:01", "2026-03-01T12:00:30"),
        ("0 0 3 1 * *", "2026-03-01T03:00:00", "2026-04-01T03:00:00"),
        ("0 0 3 31 * *", "2026-03-31T03:00:00", "2026-05-31T03:00:00"),
        ("0 0 3 29 2 *", "2026-03-01T00:00:00", "2028-02-29T03:00:00"),
        ("0 30 9 * JAN-MAR MON-FRI", "2026-03-01T12:00:00", "2026-03-02T09:30:00"),
        ("0 0 0 * * 0", "2026-03-01T12:00:00", "2026-03-08T00:00:00"),
        ("0 0 4 6-9 * *", "2026-03-09T04:00:00", "2026-04-06T04:00:00"),
        ("0 0 6,18 * * *", "2026-03-01T12:00:00", "2026-03-01T18:00:00"),
        # The first that is also a Monday; cron itself would take any Monday, and any first.
        ("0 0 0 1 * 1", "2026-03-01T12:00:00", "2026-06-01T00:00:00"),
    ],
)
def test_a_schedule_says_when_it_comes_next(expression: str, after: str, expected: str) -> None:
    schedule = Schedule.parse(expression)

    found = schedule.next_after(datetime.fromisoformat(after).replace(tzinfo=UTC))

    assert found == datetime.fromisoformat(expected).replace(tzinfo=UTC)


def test_a_schedule_is_in_utc_whatever_zone_is_asked_in() -> None:
    in_tokyo = datetime(2026, 3, 2, 1, tzinfo=timezone(timedelta(hours=9)))

    found = Schedule.parse("0 0 0 * * *").next_after(in_tokyo)

    assert found == datetime(2026, 3, 2, tzinfo=UTC)


@pytest.mark.parametrize(
    "expression",
    [
        "*/15 * * * *",
        "0 0 0 1 1 * 2027",
        "0 61 * * * *",
        "0 0 0 L * *",
        "0 0 0 ? * MON",
        "0 0 0 * * MON#1",
        "0 0 0 * * XYZ",
        "0 0 0 30 2 *",
        "00:05:00",
        "@daily",
        "",
    ],
)
def test_what_azure_would_read_otherwise_is_refused(expression: str) -> None:
    with pytest.raises(UnsupportedSchedule):
        Schedule.parse(expression)
