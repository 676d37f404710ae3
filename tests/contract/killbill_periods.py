"""The billing periods of Kill Bill, as cycles of this engine."""

from datetime import date

from work365.domain.periods import Cycle, DayCycle, bill_cycle_anchor

MONTHS = {
    "monthly": 1,
    "bimestrial": 2,
    "quarterly": 3,
    "triannual": 4,
    "biannual": 6,
    "annual": 12,
    "sesquiennial": 18,
    "biennial": 24,
    "triennial": 36,
}
DAYS = {
    "daily": 1,
    "weekly": 7,
    "biweekly": 14,
    "thirty_days": 30,
    "thirty_one_days": 31,
    "sixty_days": 60,
    "ninety_days": 90,
}


def cycle_of(period: str, start: date, bill_cycle_day: int | None = None) -> Cycle | DayCycle:
    """Return the cycle of `period` for what starts on `start`.

    Only a cycle of months has a bill cycle day; without one it is counted from the start.
    """
    if period in DAYS:
        return DayCycle(start, DAYS[period])
    if period not in MONTHS:
        raise ValueError(f"period {period!r} is not one of {[*MONTHS, *DAYS]}")
    months = MONTHS[period]
    if bill_cycle_day is None:
        return Cycle(start, months)
    return Cycle(bill_cycle_anchor(start, bill_cycle_day, months), months)
