"""Charge cycles: the periods that Microsoft charges within a term, and where the term ends.

A term of a month is counted from its own first day; a monthly plan within a longer term keeps
its distance from the ends of months. Both rules are `work365.domain.terms`; here they are in
Microsoft's words for terms and plans. A term that was chosen to end with a calendar month is
charged by calendar months, so that its first cycle is the short one. Where one was chosen to end
on another day, with another subscription, nothing is documented: it is counted from its first
day, and the last cycle is the short one. What is charged for a part of a cycle is a share of the
cycle as it would be if nothing cut it short.

Source: learn.microsoft.com/partner-center, "Billing scenarios for one-time and select recurring
purchases", "Align new commerce experience subscription end dates".
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from work365.domain import catalog
from work365.domain.catalog import PLAN_MONTHS, TERM_MONTHS, BillingPlan
from work365.domain.microsoft.rules import CustomTermEnds
from work365.domain.periods import Cycle, MonthEnd, Period, day_after
from work365.domain.proration import Proration, measure
from work365.domain.terms import EndNotInTerm, NoSuchCycle, Term
from work365.errors import Refusal

MONTHS_OF_A_MONTHLY_TERM = 1


class EndNotAllowed(Refusal):
    """A first term may not end on the day that was chosen."""

    code = "end_not_allowed"


@dataclass(frozen=True, slots=True)
class ChargeCycle:
    """A period that is charged at once.

    `whole` is longer than `charged` where the term is cut short within the cycle.
    """

    charged: Period
    whole: Period
    months: int

    def rest_from(self, day: date) -> Period:
        """Return what is left of the cycle on `day`, that day too."""
        return Period(day, self.charged.end).overlap(self.charged)

    def measure(self, part: Period, proration: Proration, *, price_months: int) -> Fraction:
        """Return how many times a price is charged for `part`, by `proration`.

        Units: `price_months` is what the price pays for.
        Raises: PeriodNotContained: some day of `part` is not in the cycle.
        """
        return measure(
            proration,
            part,
            whole=self.whole,
            whole_months=self.months,
            price_months=price_months,
        )


def first_term(bought_on: date, term: catalog.Term, *, end_on: date | None = None) -> Term:
    """Return the term of a purchase; with `end_on` it is cut short, to have that last day.

    Raises: EndNotInTerm: `end_on` is before the purchase, or after the whole term.
    """
    whole = Term(bought_on, TERM_MONTHS[term])
    return whole if end_on is None else whole.ending_with(end_on)


def current_term(last_day: date, term: catalog.Term, *, started_on: date) -> Term:
    """Return the term that has `last_day`, of a subscription that began on `started_on`.

    The start of a renewed term is not told. It is counted from the first day as far as that
    leads to `last_day`, and else back from there; only a first term is shorter than its months.
    """
    end = day_after(last_day, 1)
    months = TERM_MONTHS[term]
    found = Term(started_on, months)
    if end <= found.renews_on:
        return found if end == found.renews_on else found.ending_with(last_day)
    while found.renews_on < end:
        found = found.next()
    if found.renews_on == end:
        return found
    # The first term was cut short, so that all others are counted from its end.
    return Term(Cycle(end, months).start(-1), months, end)


def charge_cycles(term: Term, plan: BillingPlan) -> Iterator[ChargeCycle]:
    """Yield the cycles of `term`, oldest first. Without a billing period it is one cycle."""
    months = PLAN_MONTHS.get(plan, term.months)
    if months >= term.months:
        whole = Cycle(term.starts_on, term.months).period(0)
        charged = term.period
        # A term that ends on the day on which it would renew is longer than its months.
        yield ChargeCycle(charged, whole if whole.contains(charged) else charged, term.months)
        return
    cycles = _cycles_of(term, months)
    index = cycles.index_on(term.starts_on)
    while (whole := cycles.period(index)).start < term.renews_on:
        yield ChargeCycle(whole.overlap(term.period), whole, months)
        index += 1


def _cycles_of(term: Term, months: int) -> Cycle:
    if term.cut_off is not None and term.cut_off.day == 1:
        return Cycle(term.cut_off, months)
    return Cycle(term.starts_on, months, MonthEnd.KEEP_DISTANCE)


def charge_cycle_on(term: Term, plan: BillingPlan, day: date) -> ChargeCycle:
    """Return the cycle that `day` is in.

    Raises: NoSuchCycle: `day` is not in the term.
    """
    for cycle in charge_cycles(term, plan):
        if cycle.charged.start <= day < cycle.charged.end:
            return cycle
    raise NoSuchCycle(f"{day} is not within the term of {term.period}; choose a day that is")


def check_custom_end(
    end_on: date,
    *,
    bought_on: date,
    term: catalog.Term,
    is_trial: bool,
    rules: CustomTermEnds,
    aligned_with: catalog.Term | None = None,
) -> Term:
    """Return the first term with the last day `end_on`.

    `aligned_with` is the term of the subscription that it is to end with; without one it is to
    end with a calendar month.
    Raises: EndNotAllowed: Microsoft does not sell such an end. EndNotInTerm: it is not in the
        term.
    """
    if is_trial and not rules.trials:
        raise EndNotAllowed("a trial has the end that it has; leave the end of the term out")
    is_month_end = day_after(end_on, 1).day == 1
    if aligned_with is None and not is_month_end:
        raise EndNotAllowed(
            f"{end_on} is neither the end of a calendar month nor that of another subscription;"
            " choose one of the days that Partner Center offers"
        )
    months = TERM_MONTHS[term]
    is_monthly = months == MONTHS_OF_A_MONTHLY_TERM
    if is_monthly and end_on.day in rules.days_refused and not is_month_end:
        refused = ", ".join(str(day) for day in rules.days_refused)
        raise EndNotAllowed(
            f"a monthly term cannot end on {end_on}: the days {refused} are refused unless the"
            " month ends there; choose an earlier day"
        )
    with_monthly = aligned_with is catalog.Term.MONTH
    if with_monthly and not is_monthly and not rules.longer_ends_with_monthly:
        raise EndNotAllowed(
            f"a term of {months} months cannot end together with a monthly one; choose a"
            " subscription of a year or more, or the end of a month"
        )
    if end_on < bought_on:
        raise EndNotInTerm(f"{end_on} is before the purchase on {bought_on}; choose a later day")
    return first_term(bought_on, term, end_on=end_on)
