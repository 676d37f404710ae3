"""The period formulas and alignments of Business Central, as rules of this engine."""

import re
from datetime import date

from work365.domain.periods import Cycle, DayCycle, MonthEnd

ALIGNMENTS = {
    "start_of_month": MonthEnd.CLAMP,
    "end_of_month": MonthEnd.KEEP_DISTANCE,
}
MONTHS = {"M": 1, "Q": 3, "Y": 12}
DAYS = {"D": 1, "W": 7}


def _told(formula: str) -> tuple[int, str]:
    match = re.fullmatch(r"([1-9][0-9]*)([DWMQY])", formula)
    if match is None:
        raise ValueError(f"period {formula!r} is not a number and one of D, W, M, Q and Y")
    return int(match[1]), match[2]


def months_of(formula: str) -> int:
    """Return the months of a formula such as 1Q; one in days or weeks has none."""
    count, unit = _told(formula)
    if unit not in MONTHS:
        raise ValueError(f"period {formula!r} is not of months, quarters or years")
    return count * MONTHS[unit]


def cycle_of(formula: str, anchor: date, alignment: str) -> Cycle | DayCycle:
    """Return the cycle of a formula such as 1Q, from `anchor` on."""
    count, unit = _told(formula)
    if unit in DAYS:
        return DayCycle(anchor, count * DAYS[unit])
    return Cycle(anchor, months_of(formula), ALIGNMENTS[alignment])
