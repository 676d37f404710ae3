"""Schedules of timer triggers: NCRONTAB expressions of six fields, in UTC."""

import re
from datetime import UTC, datetime
from typing import Self

from croniter import (  # type: ignore[import-untyped]  # croniter ships no types
    CroniterError,
    croniter,
)

from work365.errors import Refusal

VALUE = r"(?:\*|\d{1,2}|[A-Za-z]{3})"
RANGE = rf"{VALUE}(?:-{VALUE})?(?:/\d{{1,2}})?"
SIX_FIELDS = re.compile(rf"{RANGE}(?:,{RANGE})*(?: {RANGE}(?:,{RANGE})*){{5}}")
"""Narrower than croniter's own grammar, which has signs that Azure does not know."""


class UnsupportedSchedule(Refusal):
    """A schedule is not an NCRONTAB expression of six fields, or never comes."""

    code = "unsupported_schedule"


class Schedule:
    """The times an NCRONTAB expression names: second, minute, hour, day, month, day of week.

    Source: learn.microsoft.com/azure/azure-functions/functions-bindings-timer#ncrontab-expressions.
    """

    def __init__(self, expression: str) -> None:
        self._expression = expression

    @classmethod
    def parse(cls, expression: str) -> Self:
        """Return the schedule `expression`, like `0 */15 * * * *`.

        Raises: UnsupportedSchedule.
        """
        if not SIX_FIELDS.fullmatch(expression):
            raise UnsupportedSchedule(f"{expression!r} is not an NCRONTAB expression of six fields")
        schedule = cls(expression)
        try:
            schedule.next_after(datetime(2000, 1, 1, tzinfo=UTC))
        except CroniterError as error:
            raise UnsupportedSchedule(f"{expression!r}: {error}") from error
        return schedule

    def next_after(self, time: datetime) -> datetime:
        """Return the first time of the schedule that is later than `time`."""
        assert time.tzinfo is not None, "a time without a zone is no time"
        # NCRONTAB wants both days to match, where cron is content with either.
        times = croniter(
            self._expression, time.astimezone(UTC), second_at_beginning=True, day_or=False
        )
        found = times.get_next(datetime)
        assert isinstance(found, datetime), found
        return found
