"""Reductions: how many units can be taken away on a day, and until when.

A provider takes units back for some days after they were provisioned. Each addition is a
batch with a window of its own, and a renewal opens the windows of all batches again. What is
taken away is taken from the newest batch first. The rule that counts for a window is the one
that held on the day on which the window opened.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from itertools import groupby
from typing import NamedTuple

from work365.domain.changes import Change, Status, in_order
from work365.domain.contracts import Subscription
from work365.domain.history import had_on, history, keyed
from work365.domain.periods import day_after
from work365.errors import Refusal

CAUSE = "reduction"
NEVER_PROVISIONED: Mapping[str, date] = {}


class ReductionRefused(Refusal):
    """More units would be taken away than can be on that day."""

    code = "reduction_refused"


class ReductionRuleMissing(Refusal):
    """No rule says whether units could be taken away on a day."""

    code = "reduction_rule_missing"


class InvalidReductionRule(Refusal):
    """A rule's own terms contradict each other."""

    code = "invalid_reduction_rule"


class Behavior(Enum):
    """Whether units can be taken away."""

    ALLOWED = "allowed"
    DISALLOWED = "disallowed"
    WITHIN_WINDOW = "within-window"


@dataclass(frozen=True, slots=True)
class ReductionRule:
    """Whether units can be taken away, and for how long.

    Units: `window_days` in calendar days, of which the day of provisioning is the first.
    `while_suspended` says whether it can be done in that state, and `refunds` whether what was
    billed for the units is to be credited.
    """

    behavior: Behavior
    window_days: int = 0
    while_suspended: bool = True
    refunds: bool = True

    def __post_init__(self) -> None:
        if (self.window_days > 0) is not (self.behavior is Behavior.WITHIN_WINDOW):
            raise InvalidReductionRule(
                f"reductions are {self.behavior.value} with a window of {self.window_days} days;"
                " a rule with a window has at least one day, and any other rule has none"
            )


@dataclass(frozen=True, slots=True)
class DatedRule:
    """A rule, the first day on which it holds, and who says so."""

    effective_from: date
    rule: ReductionRule
    source: str


ReductionPolicy = Sequence[DatedRule]

MICROSOFT_LICENSES: ReductionPolicy = (
    DatedRule(
        date(2022, 1, 1),
        ReductionRule(Behavior.WITHIN_WINDOW, window_days=3, while_suspended=False),
        "New commerce cancellation policy as it began: 72 hours.",
    ),
    DatedRule(
        date(2022, 7, 1),
        ReductionRule(Behavior.WITHIN_WINDOW, window_days=7, while_suspended=False),
        "learn.microsoft.com/partner-center/customers/new-commerce-cancellation-policy:"
        " seven calendar days, from July 2022.",
    ),
)
"""Seats of Microsoft's new commerce.

The sources give the months and no days of the month. A window here has whole days and counts
the first one, so that it never ends later than Microsoft's, which counts hours; where the
provider gives `cancellationAllowedUntilDate`, that is the better answer.
"""

MICROSOFT_SOFTWARE: ReductionPolicy = (
    DatedRule(
        date(2022, 1, 1),
        ReductionRule(Behavior.DISALLOWED),
        "learn.microsoft.com/partner-center/customers/new-commerce-cancellation-policy:"
        " a software subscription can be cancelled, and its quantity cannot be reduced.",
    ),
)
"""Software subscriptions of Microsoft's new commerce."""


class Batch(NamedTuple):
    """Units that came together, and are there still."""

    change: str
    """Key of the entry that added them."""
    quantity: Decimal
    opened_on: date
    """Day on which they were provisioned, or last renewed."""
    until: date | None
    """First day on which they cannot be taken away any more; none if there is no such day."""


class Reducible(NamedTuple):
    """What can be taken away on a day, newest batch first."""

    batches: tuple[Batch, ...]

    @property
    def quantity(self) -> Decimal:
        """How many units that are together."""
        return sum((batch.quantity for batch in self.batches), Decimal(0))


class Held(NamedTuple):
    """What is known of a subscription besides its log.

    `provisioned` gives the day on which the provider provisioned an entry, by its key; an
    entry without one counts as provisioned on the day it is effective. An entry that inherits
    the window of another subscription has that one's day. `renewals` are the first days of
    the terms after the first, past and coming: `Subscription.terms_cycle` has them.
    """

    provisioned: Mapping[str, date] = NEVER_PROVISIONED
    renewals: Collection[date] = ()


def rule_on(policy: ReductionPolicy, day: date) -> ReductionRule:
    """Return the rule of `policy` that held on `day`.

    Raises: ReductionRuleMissing: the day is before the first rule.
    """
    past = [dated for dated in policy if dated.effective_from <= day]
    if not past:
        raise ReductionRuleMissing(
            f"no rule says whether units could be taken away on {day}; add the rule of that day,"
            " or correct the day on which the units were provisioned"
        )
    return max(past, key=lambda dated: dated.effective_from).rule


def reducible(
    changes: Iterable[Change], policy: ReductionPolicy, *, day: date, held: Held
) -> Reducible:
    """Return what can be taken away on `day`, batch by batch, the newest first.

    Entries that are effective later are kept possible: never more than what is had on every
    later day.
    Raises: ReductionRuleMissing: a window opened before the first rule.
    """
    log = list(changes)
    status = had_on(log, day).status
    past = [change for change in log if change.effective_on <= day]
    later = [had.quantity for had in history(log) if had.start > day]
    left = min([had_on(log, day).quantity, *later])
    batches: list[Batch] = []
    for change, quantity in reversed(_kept(past)):
        opened_on = _opened_on(change, day, held)
        rule = rule_on(policy, opened_on)
        until = _until(rule, opened_on)
        free = min(quantity, left)
        if free > 0 and _allows(rule, status) and (until is None or day < until):
            batches.append(Batch(change.key, free, opened_on, until))
            left -= free
    return Reducible(tuple(batches))


def reduction(
    subscription: Subscription,
    quantity: Decimal,
    policy: ReductionPolicy,
    *,
    day: date,
    held: Held,
    recorded_at: datetime,
) -> Change:
    """Return the entry that takes `quantity` units away from `day` on.

    Units: `quantity` in units, above zero.

    Raises:
        ReductionRefused: it is more than can be taken away; the message says how many can,
            until when, and what can be done about the rest.
        ReductionRuleMissing: a window opened before the first rule.
    """
    if quantity <= 0:
        raise ReductionRefused(
            f"subscription {subscription.key}: {quantity} units cannot be taken away;"
            " enter how many fewer there should be, above zero"
        )
    possible = reducible(subscription.changes, policy, day=day, held=held)
    if quantity > possible.quantity:
        raise ReductionRefused(_why_refused(subscription, quantity, possible, day, held))
    refund = rule_on(policy, day).refunds
    return keyed(Change("", day, recorded_at, -quantity, refund=refund), subscription, cause=CAUSE)


def _kept(past: Iterable[Change]) -> list[tuple[Change, Decimal]]:
    """Return what is left of each addition, oldest first: the newest was taken away first.

    Entries of one day count together: what came that day is there to be taken away that day.
    """
    ordered = in_order(past)
    kept: list[tuple[Change, Decimal]] = []
    for _, entries in groupby(ordered, key=lambda change: change.effective_on):
        taken = Decimal(0)
        for change in entries:
            if change.quantity > 0:
                kept.append((change, change.quantity))
            taken -= min(change.quantity, Decimal(0))
        while taken and kept:
            change, quantity = kept.pop()
            if quantity > taken:
                kept.append((change, quantity - taken))
            taken -= min(quantity, taken)
    return kept


def _opened_on(change: Change, day: date, held: Held) -> date:
    provisioned_on = held.provisioned.get(change.key, change.effective_on)
    past = (renewal for renewal in held.renewals if renewal <= day)
    return max([provisioned_on, *past])


def _until(rule: ReductionRule, opened_on: date) -> date | None:
    if rule.behavior is Behavior.WITHIN_WINDOW:
        return day_after(opened_on, rule.window_days)
    return None


def _allows(rule: ReductionRule, status: Status) -> bool:
    if rule.behavior is Behavior.DISALLOWED or status is Status.CANCELLED:
        return False
    return rule.while_suspended or status is not Status.SUSPENDED


def _why_refused(
    subscription: Subscription, quantity: Decimal, possible: Reducible, day: date, held: Held
) -> str:
    if possible.batches:
        parts = ", ".join(
            f"{batch.quantity} before {batch.until}" if batch.until else f"{batch.quantity} any day"
            for batch in possible.batches
        )
        can = f"{possible.quantity} can ({parts})"
    else:
        can = "none can"
    coming = min((renewal for renewal in held.renewals if renewal > day), default=None)
    on = f" on {coming}" if coming else ""
    return (
        f"subscription {subscription.key}: {quantity} units cannot be taken away on {day},"
        f" {can}; schedule the other {quantity - possible.quantity} for the renewal{on}"
    )
