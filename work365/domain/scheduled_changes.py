"""Scheduled changes: what was decided for a day to come, and is no fact before that day.

A scheduled change is on a date or at the next renewal. When its day comes it becomes an entry
of the change log, once: the entry's key is that of the scheduled change. Until then it can be
withdrawn, and billing does not know of it. A ramp is a row of scheduled changes.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple

from work365.domain.changes import Change, Status, UnitPrice, quantity_on
from work365.domain.contracts import Subscription
from work365.domain.findings import Finding, Severity
from work365.errors import Refusal

CAUSE = "scheduled"


class InvalidSchedule(Refusal):
    """A scheduled change's own terms contradict each other, or those of the provider."""

    code = "invalid_schedule"


class TooLateToWithdraw(Refusal):
    """The day of a scheduled change has come: it is a fact."""

    code = "too_late_to_withdraw"


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduledChange:
    """One decision about a day to come.

    Without `effective_on` it is for the first renewal after the day on which it was asked.
    The quantity is named as a target (`quantity_to`) or as a difference (`quantity_by`).
    """

    key: str
    asked_at: datetime
    effective_on: date | None = None
    quantity_to: Decimal | None = None
    quantity_by: Decimal | None = None
    price: UnitPrice | None = None
    cancels: bool = False
    refund: bool = False
    """Whether what it takes away of a billed period is to be credited."""
    withdrawn_on: date | None = None

    def __post_init__(self) -> None:
        asks = (self.quantity_to, self.quantity_by, self.price)
        named = sum(ask is not None for ask in asks)
        if self.quantity_to is not None and self.quantity_by is not None:
            self._refuse("a quantity and a difference are both given; leave one of them out")
        if self.cancels and named:
            self._refuse("it cancels and changes something too; schedule one of the two")
        if not self.cancels and not named:
            self._refuse("it changes nothing; enter a quantity, a price, or that it cancels")
        if self.quantity_to is not None and self.quantity_to < 0:
            self._refuse(f"a quantity of {self.quantity_to}; enter zero or more")
        if self.effective_on is not None and self.effective_on < self.asked_at.date():
            self._refuse(
                f"{self.effective_on} was over when it was asked, at {self.asked_at};"
                " enter a change of the log with that day"
            )

    def day(self, renewals: Collection[date]) -> date | None:
        """Return the day on which it becomes a fact; none while its renewal is not known."""
        if self.effective_on is not None:
            return self.effective_on
        asked_on = self.asked_at.date()
        return min((renewal for renewal in renewals if renewal > asked_on), default=None)

    @property
    def described(self) -> str:
        """What it is about, for people."""
        quantity_to = None if self.quantity_to is None else f"quantity {self.quantity_to}"
        quantity_by = None if self.quantity_by is None else f"quantity {self.quantity_by:+}"
        price = None if self.price is None else f"price {self.price.amount}"
        cancelled = "cancellation" if self.cancels else None
        return ", ".join(filter(None, (quantity_to, quantity_by, price, cancelled)))

    def _refuse(self, why: str) -> None:
        raise InvalidSchedule(f"scheduled change {self.key}: {why}")


class RampStep(NamedTuple):
    """What should hold from a day on."""

    start: date
    quantity: Decimal | None = None
    price: UnitPrice | None = None


@dataclass(frozen=True, slots=True)
class SchedulePolicy:
    """What a provider does with changes that are scheduled for a renewal.

    `deleted_by_change` and `deleted_by_suspension` say that an immediate change of the
    subscription, or its suspension, deletes them; `needs_auto_renew` that there are none
    without automatic renewal.
    """

    deleted_by_change: bool
    deleted_by_suspension: bool
    needs_auto_renew: bool
    source: str


MICROSOFT = SchedulePolicy(
    deleted_by_change=True,
    deleted_by_suspension=True,
    needs_auto_renew=True,
    source="learn.microsoft.com/partner-center/developer/create-scheduled-changes, and"
    " learn.microsoft.com/partner-center/subscription-lifecycle for the suspension",
)


def due_changes(
    subscription: Subscription,
    scheduled: Iterable[ScheduledChange],
    *,
    through: date,
    recorded_at: datetime,
    renewals: Collection[date] = (),
) -> list[Change]:
    """Return the entries that `scheduled` becomes by `through`, without those in the log.

    Oldest day first, then as they were asked; each takes account of those before it. One that
    changes nothing becomes an entry too, so that it is over.
    """
    log = list(subscription.changes)
    written = {change.key for change in log}
    coming: list[tuple[date, datetime, str, ScheduledChange]] = []
    for one in scheduled:
        day = pending_day(one, renewals)
        key = f"{subscription.key}_{CAUSE}_{one.key}"
        if day is not None and day <= through and key not in written:
            coming.append((day, one.asked_at, key, one))
    due: list[Change] = []
    for day, _, key, one in sorted(coming, key=lambda row: row[:3]):
        change = Change(
            key=key,
            effective_on=day,
            recorded_at=recorded_at,
            quantity=_difference(one, log, day),
            price=one.price,
            status=Status.CANCELLED if one.cancels else None,
            refund=one.refund,
        )
        log.append(change)
        due.append(change)
    return due


def pending_day(scheduled: ScheduledChange, renewals: Collection[date]) -> date | None:
    """Return the day on which `scheduled` becomes a fact; none if it was withdrawn before."""
    day, withdrawn_on = scheduled.day(renewals), scheduled.withdrawn_on
    if day is None or (withdrawn_on is not None and withdrawn_on < day):
        return None
    return day


def withdrawn(
    scheduled: ScheduledChange, *, on: date, renewals: Collection[date] = ()
) -> ScheduledChange:
    """Return `scheduled` withdrawn on the day `on`.

    Raises: TooLateToWithdraw: its day is `on`, or was before.
    """
    day = scheduled.day(renewals)
    if day is not None and day <= on:
        raise TooLateToWithdraw(
            f"scheduled change {scheduled.key}: it took effect on {day} and cannot be withdrawn"
            f" on {on}; enter a further change of the log"
        )
    return replace(scheduled, withdrawn_on=scheduled.withdrawn_on or on)


def lost_by_change(
    scheduled: Iterable[ScheduledChange],
    policy: SchedulePolicy,
    *,
    on: date,
    suspends: bool = False,
    renewals: Collection[date] = (),
) -> list[tuple[ScheduledChange, Finding]]:
    """Return what the provider deletes when the subscription is changed on the day `on`.

    Only what is scheduled for a renewal is the provider's; what is on a date is ours and
    stays. Each comes with what to tell the person who is about to make the change.
    Source: `SchedulePolicy.source`.
    """
    if not (policy.deleted_by_suspension if suspends else policy.deleted_by_change):
        return []
    act = "suspension" if suspends else "change"
    return [
        (
            one,
            Finding(
                Severity.WARNING,
                "scheduled_change_lost",
                f"The {act} of {on} deletes what is scheduled for the renewal at the provider:"
                f" {one.described}. Schedule it again afterwards.",
                f"scheduled change {one.key}",
            ),
        )
        for one in scheduled
        if one.effective_on is None and one.asked_at.date() <= on and _is_open(one, on, renewals)
    ]


def check_schedule(
    scheduled: ScheduledChange, policy: SchedulePolicy, *, auto_renews: bool
) -> None:
    """Refuse a change for a renewal that the provider would not keep.

    Raises: InvalidSchedule: the subscription does not renew by itself, and has to.
    """
    if scheduled.effective_on is None and policy.needs_auto_renew and not auto_renews:
        raise InvalidSchedule(
            f"scheduled change {scheduled.key}: the subscription does not renew automatically;"
            " turn automatic renewal on, or choose a date"
        )


def ramp(key: str, steps: Sequence[RampStep], *, asked_at: datetime) -> list[ScheduledChange]:
    """Return the scheduled changes of a ramp: a quantity or price that rises by date.

    Raises: InvalidSchedule: two steps are on one day, or a step changes nothing or is over.
    """
    days = [step.start for step in steps]
    for day in days:
        if days.count(day) > 1:
            raise InvalidSchedule(f"ramp {key}: two steps on {day}; make them one")
    return [
        ScheduledChange(
            key=f"{key}_{step.start:%Y%m%d}",
            asked_at=asked_at,
            effective_on=step.start,
            quantity_to=step.quantity,
            price=step.price,
        )
        for step in sorted(steps, key=lambda step: step.start)
    ]


def _difference(scheduled: ScheduledChange, log: Sequence[Change], day: date) -> Decimal:
    if scheduled.quantity_to is not None:
        return scheduled.quantity_to - quantity_on(log, day)
    return scheduled.quantity_by or Decimal(0)


def _is_open(scheduled: ScheduledChange, on: date, renewals: Collection[date]) -> bool:
    if scheduled.withdrawn_on is not None:
        return False
    day = scheduled.day(renewals)
    return day is None or day > on
