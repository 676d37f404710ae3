"""Rules that were agreed in a story, and that make further entries of change logs by themselves.

Each asks the domain what its logs lack at the end of a day.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from itertools import takewhile
from typing import ClassVar, Protocol

from work365.domain.accounts import Account
from work365.domain.bundles import bundle_changes
from work365.domain.changes import Change
from work365.domain.contracts import Subscription
from work365.domain.escalations import EscalationRule, escalations
from work365.domain.linked_subscriptions import linked_changes
from work365.domain.scheduled_changes import ScheduledChange, due_changes, withdrawn

Entries = Mapping[str, Sequence[Change]]
"""By the key of the subscription in whose log they are missing."""


class Rule(Protocol):
    """Something that makes entries of change logs."""

    follows: ClassVar[bool]
    """Whether it looks at other logs, so that it has to come after what changes those."""

    def entries(self, account: Account, *, at: datetime) -> Entries:
        """Return what the logs of `account` lack by this rule at the moment `at`."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """A change of a subscription for a day to come."""

    subscription: str
    scheduled: ScheduledChange
    follows: ClassVar[bool] = False

    def entries(self, account: Account, *, at: datetime) -> Entries:
        """Return the change, once its day has come."""
        subscription = subscription_of(account, self.subscription)
        due = due_changes(
            subscription,
            [self.scheduled],
            through=at.date(),
            recorded_at=at,
            renewals=renewals_of(subscription, through=at.date()),
        )
        return {self.subscription: due}

    def withdrawn(self, account: Account, *, on: date) -> "Schedule":
        """Return it withdrawn, if its day has not come and it was not withdrawn before."""
        renewals = renewals_of(subscription_of(account, self.subscription), through=on)
        day = self.scheduled.day(renewals)
        if self.scheduled.withdrawn_on is not None or (day is not None and day <= on):
            return self
        return replace(self, scheduled=withdrawn(self.scheduled, on=on, renewals=renewals))


@dataclass(frozen=True, slots=True)
class Escalates:
    """A price that rises by a rule."""

    subscription: str
    rule: EscalationRule
    follows: ClassVar[bool] = False

    def entries(self, account: Account, *, at: datetime) -> Entries:
        """Return the raises through that day."""
        subscription = subscription_of(account, self.subscription)
        raises = escalations(
            subscription,
            self.rule,
            through=at.date(),
            recorded_at=at,
            renewals=renewals_of(subscription, through=at.date()),
        )
        return {self.subscription: [one.change for one in raises]}


@dataclass(frozen=True, slots=True)
class FollowsBundle:
    """A part of a bundle, of which there are so many for each parent."""

    subscription: str
    parent: str
    ratio: Decimal
    follows: ClassVar[bool] = True

    def entries(self, account: Account, *, at: datetime) -> Entries:
        """Return what the part's log lacks to follow the parent's."""
        changes = bundle_changes(
            subscription_of(account, self.parent),
            subscription_of(account, self.subscription),
            ratio=self.ratio,
            recorded_at=at,
        )
        return {self.subscription: changes}


@dataclass(frozen=True, slots=True)
class FollowsLinked:
    """A subscription that is provisioned for others, which are billed."""

    subscription: str
    children: tuple[str, ...]
    follows: ClassVar[bool] = True

    def entries(self, account: Account, *, at: datetime) -> Entries:
        """Return what its log lacks to have as many units as the others together."""
        children = [subscription_of(account, child) for child in self.children]
        parent = subscription_of(account, self.subscription)
        return {self.subscription: linked_changes(parent, children, recorded_at=at)}


def ruled(account: Account, rules: Iterable[Rule], *, at: datetime) -> Account:
    """Return `account` with what `rules` make of it by the moment `at`."""
    for rule in sorted(rules, key=lambda rule: rule.follows):
        entries = rule.entries(account, at=at)
        account = replace(
            account,
            subscriptions=tuple(
                replace(part, changes=(*part.changes, *entries.get(part.key, ())))
                for part in account.subscriptions
            ),
        )
    return account


def renewals_of(subscription: Subscription, *, through: date) -> Collection[date]:
    """Return the first days of the terms after the first one, through the day `through`."""
    if subscription.term_months is None:
        return []
    starts = subscription.terms_cycle.starts_after(subscription.start_on)
    return list(takewhile(lambda start: start <= through, starts))


def subscription_of(account: Account, key: str) -> Subscription:
    """Return the subscription with the key `key`, which is there."""
    return next(part for part in account.subscriptions if part.key == key)
