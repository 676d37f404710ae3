from datetime import UTC, date, datetime, time, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest

from work365.domain.moments import (
    MomentCycle,
    Span,
    ZoneMissing,
    at_clock,
    local_day,
    local_days_between,
)
from work365.domain.periods import Cycle, DayCycle, PeriodNotContained

BERLIN = ZoneInfo("Europe/Berlin")


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[arg-type,misc]  # the parts of a date


NOON_TO_NOON = Span(utc(2026, 7, 1, 12), utc(2026, 7, 3, 12))


class TestSpan:
    def test_its_time_passes_though_the_clocks_change(self) -> None:
        day_of_23_hours = Span(
            datetime(2026, 3, 29, tzinfo=BERLIN), datetime(2026, 3, 30, tzinfo=BERLIN)
        )

        assert day_of_23_hours.ticks == 23 * 3600 * 10**6

    def test_is_kept_in_utc(self) -> None:
        span = Span(
            datetime(2026, 7, 1, 14, tzinfo=BERLIN), datetime(2026, 7, 3, 14, tzinfo=BERLIN)
        )

        assert span == NOON_TO_NOON
        assert str(span) == "[2026-07-01T12:00:00+00:00, 2026-07-03T12:00:00+00:00)"

    def test_its_share_is_of_the_time(self) -> None:
        part = Span(utc(2026, 7, 1, 18), utc(2026, 7, 2))

        assert part.share_of(NOON_TO_NOON) == Fraction(6, 48)

    def test_a_microsecond_counts(self) -> None:
        part = Span(utc(2026, 7, 1, 12), utc(2026, 7, 1, 12) + timedelta(microseconds=1))

        assert part.share_of(NOON_TO_NOON) == Fraction(1, 48 * 3600 * 10**6)

    @pytest.mark.parametrize(
        "part",
        [
            Span(utc(2026, 7, 1, 11), utc(2026, 7, 2)),
            Span(utc(2026, 7, 2), utc(2026, 7, 3, 13)),
        ],
        ids=str,
    )
    def test_time_outside_is_refused(self, part: Span) -> None:
        with pytest.raises(PeriodNotContained, match=r"is not within \[2026-07-01T12"):
            part.share_of(NOON_TO_NOON)

    def test_the_whole_is_within_itself(self) -> None:
        assert NOON_TO_NOON.share_of(NOON_TO_NOON) == 1

    @pytest.mark.parametrize(
        ("other", "expected"),
        [
            (
                Span(utc(2026, 7, 1), utc(2026, 7, 2)),
                Span(utc(2026, 7, 1, 12), utc(2026, 7, 2)),
            ),
            (
                Span(utc(2026, 7, 2), utc(2026, 7, 9)),
                Span(utc(2026, 7, 2), utc(2026, 7, 3, 12)),
            ),
            (Span(utc(2026, 8, 1), utc(2026, 8, 2)), Span(utc(2026, 8, 1), utc(2026, 8, 1))),
            (
                Span(utc(2026, 6, 1), utc(2026, 6, 2)),
                Span(utc(2026, 7, 1, 12), utc(2026, 7, 1, 12)),
            ),
        ],
        ids=str,
    )
    def test_overlaps_in_the_time_of_both(self, other: Span, expected: Span) -> None:
        assert NOON_TO_NOON.overlap(other) == expected

    def test_cannot_end_before_it_starts(self) -> None:
        with pytest.raises(AssertionError, match="is after"):
            Span(utc(2026, 7, 2), utc(2026, 7, 1))

    def test_a_moment_without_a_zone_is_refused(self) -> None:
        nowhere = datetime(2026, 7, 1, 12)  # noqa: DTZ001  what is refused

        with pytest.raises(ZoneMissing, match=r"^2026-07-01T12:00:00 has no zone; say the time"):
            Span(nowhere, utc(2026, 7, 2))
        with pytest.raises(ZoneMissing):
            Span(utc(2026, 6, 1), nowhere)


class TestLocalDays:
    def test_a_moment_is_on_the_day_of_the_zone(self) -> None:
        assert local_day(utc(2026, 6, 30, 22), BERLIN) == date(2026, 7, 1)
        assert local_day(utc(2026, 6, 30, 21, 59), BERLIN) == date(2026, 6, 30)

    @pytest.mark.parametrize(
        ("start", "end", "expected"),
        [
            (utc(2026, 6, 30, 21, 59), utc(2026, 6, 30, 22), 1),
            (utc(2026, 6, 30, 22), utc(2026, 7, 1, 21, 59), 0),
            (utc(2026, 3, 28, 23), utc(2026, 3, 29, 22), 1),
            (utc(2026, 7, 1, 22), utc(2026, 6, 30, 22), -1),
        ],
    )
    def test_days_are_the_midnights_between(
        self, start: datetime, end: datetime, expected: int
    ) -> None:
        assert local_days_between(start, end, BERLIN) == expected


class TestMomentCycle:
    MONTHLY = MomentCycle(Cycle(date(2026, 1, 31), 1), time(9), BERLIN)

    def test_each_period_starts_at_the_same_time_of_the_zones_clocks(self) -> None:
        starts = [self.MONTHLY.start(index) for index in range(3)]

        assert starts == [utc(2026, 1, 31, 8), utc(2026, 2, 28, 8), utc(2026, 3, 31, 7)]

    @pytest.mark.parametrize(
        ("moment", "expected"),
        [
            (utc(2026, 3, 31, 7), 2),
            (utc(2026, 3, 31, 6, 59), 1),
            (utc(2026, 3, 30, 23), 1),
            (utc(2026, 2, 1), 0),
        ],
    )
    def test_a_moment_is_in_the_period_that_has_begun(
        self, moment: datetime, expected: int
    ) -> None:
        span = self.MONTHLY.span_at(moment)

        assert span == Span(self.MONTHLY.start(expected), self.MONTHLY.start(expected + 1))

    def test_weeks_keep_the_clock_too(self) -> None:
        weekly = MomentCycle(DayCycle(date(2026, 3, 23), 7), time(9), BERLIN)

        assert weekly.span_at(utc(2026, 3, 30, 7)).start == utc(2026, 3, 30, 7)

    def test_a_moment_without_a_zone_is_refused(self) -> None:
        with pytest.raises(ZoneMissing):
            self.MONTHLY.span_at(datetime(2026, 3, 1))  # noqa: DTZ001  what is refused


def test_a_clock_time_is_a_moment_of_its_zone() -> None:
    assert at_clock(date(2026, 7, 1), time(0, 30), BERLIN) == utc(2026, 6, 30, 22, 30)
