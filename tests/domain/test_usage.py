from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from work365.domain.periods import Period
from work365.domain.usage import (
    Grouping,
    GroupTotal,
    UsageBilled,
    UsageRecord,
    UsageToldTwice,
    UsageUnknown,
    arrived,
    distinct,
    late,
    totals,
    without,
)

APRIL = Period(date(2026, 4, 1), date(2026, 5, 1))
CUT_OFF = datetime(2026, 5, 2, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def record(
    key: str, day: int, quantity: str, *, month: int = 4, upload: str = "", group: str = ""
) -> UsageRecord:
    return UsageRecord(
        key=key,
        subscription="s",
        used_on=date(2026, month, day),
        quantity=Decimal(quantity),
        recorded_at=CUT_OFF,
        upload=upload,
        group=group,
    )


RECORDS = (
    record("b", 1, "5", upload="one", group="sales"),
    record("a", 30, "7", upload="two", group="sales"),
    record("c", 1, "2.5", upload="two"),
    record("d", 31, "100", month=3),
    record("e", 1, "1000", month=5),
)


class TestTotals:
    @pytest.mark.parametrize(
        ("grouping", "expected"),
        [
            (Grouping.BILLING_PERIOD, [("", "14.5")]),
            (Grouping.DAY, [("2026-04-01", "7.5"), ("2026-04-30", "7")]),
            (Grouping.RECORD, [("a", "7"), ("b", "5"), ("c", "2.5")]),
            (Grouping.UPLOAD, [("one", "5"), ("two", "9.5")]),
            (Grouping.GROUP, [("", "2.5"), ("sales", "12")]),
        ],
    )
    def test_the_days_of_the_period_are_added_up_by_group(
        self, grouping: Grouping, expected: list[tuple[str, str]]
    ) -> None:
        assert totals(RECORDS, APRIL, grouping) == tuple(
            GroupTotal(group, Decimal(quantity)) for group, quantity in expected
        )

    def test_no_usage_is_no_group(self) -> None:
        assert totals((), APRIL, Grouping.BILLING_PERIOD) == ()

    def test_a_correction_is_a_negative_record(self) -> None:
        correction = record("f", 2, "-1.5")

        assert totals([*RECORDS, correction], APRIL, Grouping.BILLING_PERIOD) == (
            GroupTotal("", Decimal(13)),
        )

    def test_a_record_that_came_twice_counts_once(self) -> None:
        assert totals(RECORDS * 2, APRIL, Grouping.DAY) == totals(RECORDS, APRIL, Grouping.DAY)

    @given(st.permutations(RECORDS), st.sampled_from(Grouping))
    def test_every_grouping_has_all_usage_whatever_its_order(
        self, shuffled: list[UsageRecord], grouping: Grouping
    ) -> None:
        groups = totals(shuffled, APRIL, grouping)

        assert groups == totals(RECORDS, APRIL, grouping)
        assert sum(group.quantity for group in groups) == Decimal("14.5")


class TestDistinct:
    def test_the_first_arrival_counts(self) -> None:
        later = replace(RECORDS[0], recorded_at=CUT_OFF + SECOND)

        assert distinct([later, *RECORDS]) == RECORDS
        assert distinct([*RECORDS, later]) == RECORDS

    @pytest.mark.parametrize(
        "edited",
        [
            replace(RECORDS[0], subscription="t"),
            replace(RECORDS[0], used_on=date(2026, 4, 2)),
            replace(RECORDS[0], quantity=Decimal(6)),
            replace(RECORDS[0], meter="m"),
            replace(RECORDS[0], upload="two"),
            replace(RECORDS[0], group="staff"),
        ],
        ids=["subscription", "day", "quantity", "meter", "upload", "group"],
    )
    def test_one_key_may_not_say_two_things(self, edited: UsageRecord) -> None:
        with pytest.raises(UsageToldTwice):
            distinct([RECORDS[0], edited])

    def test_the_message_says_both(self) -> None:
        edited = replace(RECORDS[0], quantity=Decimal(6))

        with pytest.raises(
            UsageToldTwice, match=r"^usage record b says 6 on 2026-04-01, and 5 on 2026-04-01 b"
        ):
            distinct([RECORDS[0], edited])


class TestArrival:
    ON_TIME = RECORDS[0]
    LATE = replace(RECORDS[1], recorded_at=CUT_OFF + SECOND)
    LATE_OF_MAY = replace(RECORDS[4], recorded_at=CUT_OFF + SECOND)
    LATE_OF_MARCH = replace(RECORDS[3], recorded_at=CUT_OFF + SECOND)
    ALL = (ON_TIME, LATE, LATE_OF_MAY, LATE_OF_MARCH)

    def test_what_was_known_by_then_is_what_was_recorded_by_then(self) -> None:
        assert arrived(self.ALL, by=CUT_OFF) == (self.ON_TIME,)
        assert arrived(self.ALL, by=CUT_OFF + SECOND) == self.ALL

    def test_what_is_late_is_of_the_period_and_was_known_after_it_was_billed(self) -> None:
        assert late(self.ALL, APRIL, billed_at=CUT_OFF) == (self.LATE,)
        assert late(self.ALL, APRIL, billed_at=CUT_OFF - SECOND) == (self.ON_TIME, self.LATE)

    def test_the_first_day_is_of_the_period_and_the_end_is_not(self) -> None:
        first = replace(self.LATE, used_on=APRIL.start)
        after = replace(self.LATE, used_on=APRIL.end)

        assert late([first, after], APRIL, billed_at=CUT_OFF) == (first,)


class TestWithout:
    def test_usage_that_is_on_no_invoice_can_be_deleted(self) -> None:
        assert without(RECORDS, "a", billed=frozenset("b")) == (RECORDS[0], *RECORDS[2:])

    def test_usage_that_was_billed_is_corrected_and_not_deleted(self) -> None:
        with pytest.raises(
            UsageBilled, match=r"^usage record b is on an invoice and cannot be deleted; record"
        ):
            without(RECORDS, "b", billed=frozenset("b"))

    def test_usage_that_there_is_none_of_is_refused(self) -> None:
        with pytest.raises(UsageUnknown, match=r"^usage record z cannot be deleted; there is"):
            without(RECORDS, "z", billed=frozenset())
