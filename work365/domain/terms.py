"""Terms: how long a customer is committed, and what comes when a term is over.

A term is counted in months from its own first day, and clamped to the last day of a shorter
month. Its first one may be cut short, to end together with another subscription or with a
calendar month; the terms after it run in full. What is paid by the month within a longer term
has another rule for the ends of months, which is the billing plan's.
"""

from dataclasses import dataclass
from datetime import date
from typing import Self

from work365.domain.periods import Cycle, MonthEnd, Period, day_after, month_after
from work365.errors import Refusal


class EndNotInTerm(Refusal):
    """A term was to end before it starts, or after its months are over."""

    code = "end_not_in_term"


class NoSuchCycle(Refusal):
    """A cycle was asked for that is not within the term."""

    code = "no_such_cycle"


@dataclass(frozen=True, slots=True)
class Term:
    """A commitment of `months` months from `starts_on`, or up to an earlier `cut_off`.

    `cut_off` is the first day that is not in the term any more.
    """

    starts_on: date
    months: int
    cut_off: date | None = None

    def __post_init__(self) -> None:
        assert self.months > 0, self.months

    @classmethod
    def having_ended(cls, last_day: date, months: int) -> Self:
        """Return a term of which the last day is known, and that `months` more come with renewal.

        When it began is not known, and has no bearing on its ends.
        """
        return cls(last_day, months, day_after(last_day, 1))

    @property
    def period(self) -> Period:
        """The days of the term.

        Raises: OffTheCalendar: the calendar ends before it.
        """
        return Period(self.starts_on, self.renews_on)

    @property
    def renews_on(self) -> date:
        """The first day after the term, on which the next one starts.

        Raises: OffTheCalendar: the calendar ends before it.
        """
        return self.cut_off or month_after(self.starts_on, self.months)

    @property
    def last_day(self) -> date:
        """The last day of the term.

        Raises: OffTheCalendar: the calendar ends before it.
        """
        return self.period.last_day

    def ending_with(self, last_day: date) -> "Term":
        """Return the term cut short, so that `last_day` is its last day.

        That may be the day of the month that the term would renew on, but no later one.
        Raises: EndNotInTerm: it is before the first day, or later than that.
        Source: learn.microsoft.com/partner-center, align subscription end dates: a month from
            2 March may end on 2 April.
        """
        latest = month_after(self.starts_on, self.months)
        if not self.starts_on <= last_day <= latest:
            raise EndNotInTerm(
                f"a term of {self.months} months from {self.starts_on} cannot end on {last_day};"
                f" choose a day from {self.starts_on} to {latest}"
            )
        return Term(self.starts_on, self.months, day_after(last_day, 1))

    def ending_with_calendar_month(self) -> "Term":
        """Return the term cut short, to end with the last calendar month that ends within it.

        Raises: EndNotInTerm: no month ends within it.
        Source: learn.microsoft.com/partner-center, align subscription end dates.
        """
        renews_on = month_after(self.starts_on, self.months)
        # Whoever starts with a month has whole months already.
        return self.ending_with(day_after(renews_on.replace(day=1), -1))

    def ending_with_term(self, other: "Term") -> "Term":
        """Return the term cut short, to end on the latest end that `other` has within it.

        `other` ends again with each of its renewals, which run in full. So three years may end
        with the second renewal of a year.
        Raises: EndNotInTerm: `other` does not end within it.
        Source: learn.microsoft.com/partner-center, align subscription end dates.
        """
        latest = month_after(self.starts_on, self.months)
        while (renewed := other.next()).renews_on <= latest:
            other = renewed
        return self.ending_with(other.last_day)

    def next(self, months: int | None = None) -> "Term":
        """Return the term after this one, in full: as long as this one, or `months` long."""
        return Term(self.renews_on, self.months if months is None else months)

    def on(self, day: date, *, renews: bool) -> "Term | None":
        """Return the term that `day` is in: this one or, where it `renews`, one after it.

        Without renewal there is none once the term is over, and never one before it starts.
        """
        term = self
        if day < term.starts_on:
            return None
        while day >= term.renews_on:
            if not renews:
                return None
            term = term.next()
        return term

    def terminated_on(self, day: date) -> "Term":
        """Return the term as it was had, when it is given up on `day`: that day is not in it.

        Raises: EndNotInTerm: the term has not started, or is over.
        """
        if not self.starts_on <= day <= self.renews_on:
            raise EndNotInTerm(
                f"the term from {self.starts_on} cannot be given up on {day};"
                f" choose a day from {self.starts_on} to {self.renews_on}"
            )
        return Term(self.starts_on, self.months, day)

    def cycle(
        self, number: int, months: int, month_end: MonthEnd = MonthEnd.KEEP_DISTANCE
    ) -> Period:
        """Return the `number`th cycle of the term that is paid every `months` months.

        The last one may be cut short with the term. A term that is paid as a whole has one
        cycle, which is the term. Units: `number` counts from 1.
        Raises: NoSuchCycle: the term is over before that cycle starts.
        Source: learn.microsoft.com/partner-center, common billing scenarios: a monthly plan
            that starts near the end of a month keeps its distance from the month's end.
        """
        whole = self.period
        if months >= self.months and number == 1:
            return whole
        found = Cycle(self.starts_on, months, month_end).period(number - 1)
        if not whole.start <= found.start < whole.end:
            raise NoSuchCycle(
                f"cycle {number} of {months} months is not within the term of {whole};"
                " cycles are counted from 1"
            )
        return found.overlap(whole)
