"""Escalations: prices that rise by a rule that was agreed beforehand.

A rule says when (every so many months, or at each renewal), by how much (a percentage, or as
an index rose), from when at the earliest, within which limits, and how long before the
customer is told. Each raise is an entry of the change log, made once: a day on which the log
names a price already is not raised again.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from itertools import takewhile
from typing import NamedTuple

from work365.domain.changes import Change, Status, UnitPrice, in_order
from work365.domain.contracts import Subscription
from work365.domain.history import had_on, keyed
from work365.domain.periods import Cycle, day_after, month_after
from work365.domain.rounding import RoundingMode, round_exactly
from work365.errors import Refusal

CAUSE = "escalation"


class IndexFigureMissing(Refusal):
    """A price follows an index whose figure for a month is not known."""

    code = "index_figure_missing"


class InvalidEscalation(Refusal):
    """A rule's own terms contradict each other."""

    code = "invalid_escalation"


@dataclass(frozen=True, slots=True)
class Percent:
    """The same percentage each time, on the price before. Units: `percent` in percent."""

    percent: Decimal

    def factor(self, *, since: date, day: date) -> Fraction:
        """Return by what the price is multiplied on any day."""
        del since, day
        return 1 + Fraction(self.percent) / 100


@dataclass(frozen=True, slots=True)
class Index:
    """As an index rose since the price was set last.

    `figures` are by the first day of the month they are for. Units: `lag_months` in months,
    by which the figure that counts is older than the day, since an index is published late.
    """

    name: str
    figures: Mapping[date, Decimal]
    lag_months: int = 0

    def factor(self, *, since: date, day: date) -> Fraction:
        """Return the figure of `day` over that of `since`.

        Raises: IndexFigureMissing: one of the two is not known.
        """
        return self._figure(day) / self._figure(since)

    def _figure(self, day: date) -> Fraction:
        month = month_after(day.replace(day=1), -self.lag_months)
        if not self.figures.get(month):
            raise IndexFigureMissing(
                f"index {self.name} has no figure for {month:%Y-%m}, which the price of {day}"
                " follows; enter it, or escalate through an earlier day"
            )
        return Fraction(self.figures[month])


@dataclass(frozen=True, slots=True, kw_only=True)
class EscalationRule:
    """When a price rises, and by how much.

    Without `every_months` it rises at each renewal. Units: `every_months` and `bound_months`
    (no raise before they are over) in months since the subscription's start; `notice_days` in
    days before the raise; `least_percent` and `most_percent`, the limits of one raise, in
    percent of the price before; `digits` after the decimal point of the new unit price.
    """

    by: Percent | Index
    every_months: int | None = None
    bound_months: int = 0
    notice_days: int = 0
    least_percent: Decimal | None = None
    most_percent: Decimal | None = None
    digits: int = 2
    mode: RoundingMode = RoundingMode.HALF_AWAY_FROM_ZERO

    def __post_init__(self) -> None:
        if self.every_months is not None and self.every_months < 1:
            raise InvalidEscalation(
                f"an escalation every {self.every_months} months; enter one month or more, or"
                " none for an escalation at each renewal"
            )
        least, most = self.least_percent, self.most_percent
        if least is not None and most is not None and least > most:
            raise InvalidEscalation(
                f"an escalation of at least {least} and at most {most} percent; correct one"
            )

    def raised(self, price: UnitPrice, *, since: date, day: date) -> UnitPrice:
        """Return what `price`, set on the day `since`, becomes on `day`; rounded once.

        Raises: IndexFigureMissing: the index has no figure for one of the days.
        """
        factor = self.by.factor(since=since, day=day)
        if self.least_percent is not None:
            factor = max(factor, 1 + Fraction(self.least_percent) / 100)
        if self.most_percent is not None:
            factor = min(factor, 1 + Fraction(self.most_percent) / 100)
        return UnitPrice(
            round_exactly(Fraction(price.amount) * factor, self.digits, self.mode), price.months
        )

    def days(
        self, subscription: Subscription, *, through: date, renewals: Collection[date]
    ) -> Iterator[date]:
        """Yield the days through `through` on which the price of `subscription` may rise."""
        start = subscription.start_on
        bound_until = month_after(start, self.bound_months)
        if self.every_months is None:
            days = iter(sorted(renewal for renewal in set(renewals) if renewal > start))
        else:
            days = Cycle(start, self.every_months).starts_after(start)
        for day in takewhile(lambda day: day <= through, days):
            if day >= bound_until and (subscription.end_on is None or day < subscription.end_on):
                yield day


class Escalation(NamedTuple):
    """A raise, and the last day on which the customer can be told of it in time."""

    change: Change
    old: UnitPrice
    notice_by: date


def escalations(
    subscription: Subscription,
    rule: EscalationRule,
    *,
    through: date,
    recorded_at: datetime,
    renewals: Collection[date] = (),
    told_on: Mapping[date, date] | None = None,
) -> list[Escalation]:
    """Return the raises through `through` that are not in the log yet, oldest first.

    A price that the log names on a day of the rule was set on purpose, or by the rule: it
    stands, and an index counts from that day. `told_on` says when the customer was told, by
    the day of the raise; one that was not told in time does not take place. Without `told_on`
    all are taken as told, as for a proposal.
    Raises: IndexFigureMissing: the index has no figure for one of the days.
    """
    log = in_order(subscription.changes)
    set_on = subscription.start_on
    found: list[Escalation] = []
    for day in rule.days(subscription, through=through, renewals=renewals):
        if any(change.effective_on == day and change.price for change in log):
            set_on = day
            continue
        had = had_on(log, day)
        notice_by = day_after(day, -rule.notice_days)
        if had.price is None or had.status is Status.CANCELLED:
            continue
        if told_on is not None and told_on.get(day, date.max) > notice_by:
            continue
        new = rule.raised(had.price, since=set_on, day=day)
        if new.amount == had.price.amount:
            continue
        change = keyed(Change("", day, recorded_at, price=new), subscription, cause=CAUSE)
        log.append(change)
        found.append(Escalation(change, had.price, notice_by))
        set_on = day
    return found
