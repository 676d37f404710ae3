"""Spans of time that query functions name."""

from datetime import UTC, datetime

import pytest

from work365.emulators.dataverse.date_functions import counted_span, day_span, fixed_span

NOW = datetime(2028, 2, 29, 15, 30, tzinfo=UTC)  # a Tuesday


def at(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("name", "start", "end"),
    [
        ("Today", "2028-02-29", "2028-03-01"),
        ("Yesterday", "2028-02-28", "2028-02-29"),
        ("Tomorrow", "2028-03-01", "2028-03-02"),
        ("ThisWeek", "2028-02-27", "2028-03-05"),
        ("LastWeek", "2028-02-20", "2028-02-27"),
        ("NextWeek", "2028-03-05", "2028-03-12"),
        ("ThisMonth", "2028-02-01", "2028-03-01"),
        ("LastMonth", "2028-01-01", "2028-02-01"),
        ("NextMonth", "2028-03-01", "2028-04-01"),
        ("ThisYear", "2028-01-01", "2029-01-01"),
        ("LastYear", "2027-01-01", "2028-01-01"),
        ("NextYear", "2029-01-01", "2030-01-01"),
        ("Last7Days", "2028-02-22", "2028-02-29T15:30"),
        ("Next7Days", "2028-02-29T15:30", "2028-03-08"),
    ],
)
def test_a_name_stands_for_a_span(name: str, start: str, end: str) -> None:
    assert fixed_span(name, NOW) == (at(start), at(end))


@pytest.mark.parametrize(
    ("name", "count", "start", "end"),
    [
        ("LastXHours", 2, "2028-02-29T13:30", "2028-02-29T15:30"),
        ("NextXHours", 2, "2028-02-29T15:30", "2028-02-29T17:30"),
        ("LastXDays", 1, "2028-02-28", "2028-02-29T15:30"),
        ("NextXDays", 1, "2028-02-29T15:30", "2028-03-02"),
        ("LastXWeeks", 1, "2028-02-22", "2028-02-29T15:30"),
        ("LastXMonths", 12, "2027-02-28", "2028-02-29T15:30"),
        ("NextXYears", 1, "2028-02-29T15:30", "2029-03-01"),
        ("OlderThanXMinutes", 30, None, "2028-02-29T15:00"),
        ("OlderThanXYears", 4, None, "2024-02-29T15:30"),
    ],
)
def test_a_count_stretches_a_span(name: str, count: int, start: str | None, end: str) -> None:
    assert counted_span(name, count, NOW) == (at(start), at(end))


def test_a_day_has_an_end_and_may_have_no_beginning() -> None:
    spans = [day_span(name, NOW) for name in ("On", "OnOrAfter", "OnOrBefore", "Around")]

    assert spans == [
        (at("2028-02-29"), at("2028-03-01")),
        (at("2028-02-29"), None),
        (None, at("2028-03-01")),
        None,
    ]
