"""Calendar months in UTC: what an invoice is for."""

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from work365.emulators.partner_center.moments import first_moment
from work365.emulators.partner_center.terms import add_months

_TEXT = re.compile(r"(\d{4})-?(0[1-9]|1[0-2])", re.ASCII)


@dataclass(frozen=True, order=True)
class Month:
    """A month, by its first day."""

    first: date

    @classmethod
    def of(cls, moment: date | datetime) -> "Month":
        """Return the month of a day or a moment in UTC."""
        return cls(date(moment.year, moment.month, 1))

    @classmethod
    def read(cls, text: str) -> "Month | None":
        """Return the month of `2026-03` or `202603`; None for what is neither."""
        match = _TEXT.fullmatch(text)
        return None if match is None else cls(date(int(match[1]), int(match[2]), 1))

    @property
    def last(self) -> date:
        """The last day."""
        return add_months(self.first, 1) - timedelta(days=1)

    @property
    def begin(self) -> datetime:
        """The first moment."""
        return first_moment(self.first)

    @property
    def end(self) -> datetime:
        """The first moment of the next month."""
        return first_moment(add_months(self.first, 1))

    @property
    def following(self) -> "Month":
        """The next month."""
        return Month(add_months(self.first, 1))

    @property
    def previous(self) -> "Month":
        """The month before."""
        return Month(add_months(self.first, -1))

    def __str__(self) -> str:
        return f"{self.first:%Y-%m}"
