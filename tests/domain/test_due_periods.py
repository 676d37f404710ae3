from datetime import date
from fractions import Fraction

import pytest

from work365.domain.contracts import Timing
from work365.domain.due_periods import (
    BilledThrough,
    DaysOutOfOrder,
    DuePeriod,
    Schedule,
    StubWhole,
    billed_through,
    due_periods,
    measure_due,
)
from work365.domain.periods import Cycle, DayCycle, Period, bill_cycle_anchor
from work365.domain.proration import Proration, Rounding

START = date(2026, 3, 12)
ON_THE_20TH = Cycle(date(2026, 3, 20), 1)
IN_ADVANCE = Schedule(ON_THE_20TH, Timing.ADVANCE)
IN_ARREARS = Schedule(ON_THE_20TH, Timing.ARREARS)


def day(month: int, number: int) -> date:
    return date(2026, month, number)


def due(schedule: Schedule, end: date | None, as_of: date) -> list[DuePeriod]:
    return list(due_periods(schedule, start=START, end=end, as_of=as_of))


FIRST = DuePeriod(Period(START, day(3, 20)), Period(day(2, 20), day(3, 20)))
SECOND = DuePeriod(Period(day(3, 20), day(4, 20)), Period(day(3, 20), day(4, 20)))
CUT = DuePeriod(Period(day(3, 20), day(4, 2)), Period(day(3, 20), day(4, 20)))


class TestDuePeriods:
    @pytest.mark.parametrize(
        ("end", "as_of", "expected"),
        [
            (None, START, [FIRST]),
            (None, day(3, 19), [FIRST]),
            (None, day(3, 20), [FIRST, SECOND]),
            (None, day(4, 19), [FIRST, SECOND]),
            (day(4, 2), day(3, 19), [FIRST]),
            (day(4, 2), day(3, 20), [FIRST, CUT]),
            (day(4, 2), day(9, 1), [FIRST, CUT]),
            (day(3, 20), day(9, 1), [FIRST]),
            (START, day(9, 1), []),
        ],
    )
    def test_in_advance_are_due_when_they_start(
        self, end: date | None, as_of: date, expected: list[DuePeriod]
    ) -> None:
        assert due(IN_ADVANCE, end, as_of) == expected

    @pytest.mark.parametrize(
        ("end", "as_of", "expected"),
        [
            (None, day(3, 19), []),
            (None, day(3, 20), [FIRST]),
            (None, day(4, 19), [FIRST]),
            (None, day(4, 20), [FIRST, SECOND]),
            (day(4, 2), day(4, 1), [FIRST]),
            (day(4, 2), day(4, 2), [FIRST, CUT]),
            (day(4, 2), day(9, 1), [FIRST, CUT]),
        ],
    )
    def test_in_arrears_are_due_when_they_are_over(
        self, end: date | None, as_of: date, expected: list[DuePeriod]
    ) -> None:
        assert due(IN_ARREARS, end, as_of) == expected

    def test_a_cycle_of_days_is_billed_alike(self) -> None:
        weeks = Schedule(DayCycle(START, 7), Timing.ADVANCE)

        parts = [part for part, _ in due(weeks, day(3, 22), day(3, 20))]

        assert parts == [Period(START, day(3, 19)), Period(day(3, 19), day(3, 22))]

    @pytest.mark.parametrize("schedule", [IN_ADVANCE, IN_ARREARS])
    def test_an_end_before_the_start_is_refused(self, schedule: Schedule) -> None:
        with pytest.raises(DaysOutOfOrder, match=r"^end 2026-03-11 is before start 2026-03-12; "):
            due(schedule, day(3, 11), day(9, 1))

    def test_a_day_before_the_start_is_refused(self) -> None:
        with pytest.raises(DaysOutOfOrder, match=r"^as-of day 2026-03-11 is before start 2026"):
            due(IN_ADVANCE, None, day(3, 11))


class TestStubWhole:
    def whole_of(self, stub_whole: StubWhole, start: date, end: date, bill_day: int) -> Period:
        cycle = Cycle(bill_cycle_anchor(start, bill_day), 1)
        schedule = Schedule(cycle, Timing.ADVANCE, stub_whole)
        ((_, whole),) = due_periods(schedule, start=start, end=end, as_of=start)
        return whole

    @pytest.mark.parametrize(
        ("stub_whole", "expected"),
        [
            (StubWhole.CYCLE, Period(day(1, 31), day(2, 28))),
            (StubWhole.IMAGINED, Period(day(1, 28), day(2, 28))),
        ],
    )
    def test_a_first_part_may_end_an_imagined_period(
        self, stub_whole: StubWhole, expected: Period
    ) -> None:
        assert self.whole_of(stub_whole, day(2, 10), day(2, 28), 31) == expected

    @pytest.mark.parametrize(
        ("stub_whole", "expected"),
        [
            (StubWhole.CYCLE, Period(day(2, 28), day(3, 31))),
            (StubWhole.IMAGINED, Period(day(2, 28), day(3, 28))),
        ],
    )
    def test_a_last_part_may_start_an_imagined_period(
        self, stub_whole: StubWhole, expected: Period
    ) -> None:
        assert self.whole_of(stub_whole, day(2, 28), day(3, 10), 31) == expected

    def test_a_part_that_would_stick_out_is_of_the_cycles_period(self) -> None:
        whole = self.whole_of(StubWhole.IMAGINED, day(2, 28), day(3, 30), 31)

        assert whole == Period(day(2, 28), day(3, 31))

    def test_a_whole_period_is_its_own(self) -> None:
        whole = self.whole_of(StubWhole.IMAGINED, day(2, 28), day(3, 31), 31)

        assert whole == Period(day(2, 28), day(3, 31))

    @pytest.mark.parametrize(
        ("start", "end", "expected"),
        [
            (day(3, 3), day(3, 6), Period(day(2, 27), day(3, 6))),
            (day(3, 2), day(3, 6), Period(day(3, 2), day(3, 9))),
        ],
    )
    def test_periods_of_days_are_imagined_as_long(
        self, start: date, end: date, expected: Period
    ) -> None:
        weeks = Schedule(DayCycle(day(3, 2), 7), Timing.ADVANCE, StubWhole.IMAGINED)

        ((_, whole),) = due_periods(weeks, start=start, end=end, as_of=start)

        assert whole == expected


class TestBilledThrough:
    @pytest.mark.parametrize(
        ("end", "as_of", "expected"),
        [
            (None, day(3, 19), BilledThrough(day(3, 20), None, day(3, 20))),
            (None, day(3, 20), BilledThrough(day(3, 20), day(3, 20), day(4, 20))),
            (None, day(4, 25), BilledThrough(day(3, 20), day(4, 20), day(5, 20))),
            (day(3, 15), day(3, 15), BilledThrough(day(3, 20), day(3, 15), day(3, 20))),
            (day(4, 2), day(4, 5), BilledThrough(day(3, 20), day(4, 2), day(4, 20))),
        ],
    )
    def test_in_arrears_it_is_what_is_over(
        self, end: date | None, as_of: date, expected: BilledThrough
    ) -> None:
        assert billed_through(IN_ARREARS, start=START, end=end, as_of=as_of) == expected

    def test_in_advance_it_is_what_has_started(self) -> None:
        billed = billed_through(IN_ADVANCE, start=START, end=None, as_of=day(3, 20))

        assert billed == BilledThrough(day(3, 20), day(4, 20), day(5, 20))

    @pytest.mark.parametrize(("end", "expected"), [(None, day(3, 20)), (day(3, 20), None)])
    def test_what_starts_on_a_bill_day_is_billed_up_to_it(
        self, end: date | None, expected: date | None
    ) -> None:
        billed = billed_through(IN_ARREARS, start=day(3, 20), end=end, as_of=day(3, 20))

        assert billed.first_bill_day == day(3, 20)
        assert billed.day == expected


class TestMeasureDue:
    def test_adds_up_what_is_due(self) -> None:
        times = measure_due(Proration(), IN_ADVANCE, start=START, end=None, as_of=day(3, 20))

        assert times == Fraction(8, 28) + 1

    def test_rounds_each_part_before_it_is_added(self) -> None:
        rounded = Proration(rounding=Rounding(fraction_digits=2))

        times = measure_due(rounded, IN_ADVANCE, start=START, end=day(4, 2), as_of=day(3, 20))

        # 8/28 is 0.29 and 13/31 is 0.42; together they would be 0.70.
        assert times == Fraction("0.71")

    def test_the_price_pays_for_a_whole_period_of_any_length(self) -> None:
        quarters = Schedule(Cycle(START, 3), Timing.ADVANCE)
        weeks = Schedule(DayCycle(START, 7), Timing.ADVANCE)

        assert measure_due(Proration(), quarters, start=START, end=None, as_of=START) == 1
        assert measure_due(Proration(), weeks, start=START, end=None, as_of=day(3, 19)) == 2

    def test_nothing_due_is_nothing(self) -> None:
        times = measure_due(Proration(), IN_ARREARS, start=START, end=None, as_of=START)

        assert times == 0
