"""Runs: a quantity by day, kept as the steps by which it changes from one day to the next."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from itertools import pairwise

from work365.domain.periods import Period

Steps = dict[date, Decimal]
"""By how much a quantity changes on a day, compared with the day before."""


def add_run(steps: Steps, period: Period, quantity: Decimal) -> None:
    """Add `quantity` on every day of `period`."""
    steps[period.start] = steps.get(period.start, 0) + quantity
    steps[period.end] = steps.get(period.end, 0) - quantity


def runs(steps: Steps) -> Iterator[tuple[Period, Decimal]]:
    """Yield the runs of days on which the same quantity, not zero, holds, oldest first."""
    if not any(steps.values()):
        return
    level = Decimal(0)
    days = sorted(day for day, step in steps.items() if step)
    for day, next_day in pairwise(days):
        level += steps[day]
        if level:
            yield Period(day, next_day), level


def runs_within(steps: Steps, period: Period) -> Iterator[tuple[Period, Decimal]]:
    """Yield the runs of `steps`, cut to the days of `period`."""
    for run, level in runs(steps):
        start, end = max(run.start, period.start), min(run.end, period.end)
        if start < end:
            yield Period(start, end), level


def stacked(steps: Steps) -> Iterator[tuple[Period, Decimal]]:
    """Yield a quantity, never below zero, as units that are each had without a break.

    What was had last ends first. Ten units, three more from the 11th and four fewer from the
    21st are three from the 11th to the 20th, one until the 20th, and nine throughout.
    """
    had: list[tuple[date, Decimal]] = []
    for day in sorted(day for day, step in steps.items() if step):
        step = steps[day]
        if step > 0:
            had.append((day, step))
        while step < 0:
            start, units = had.pop()
            ended = min(units, -step)
            if ended < units:
                had.append((start, units - ended))
            yield Period(start, day), ended
            step += ended
