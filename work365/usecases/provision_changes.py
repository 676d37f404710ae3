"""Tell providers of the changes that await it, each once and in their order.

One writer at a time for a subscription: its changes are told in the order in which they hold,
and one that failed or waits holds back those after it. A change is claimed before anything is
asked for it; who ends without a word leaves it in progress, and the next one repeats the same
request.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from work365.domain.findings import Finding, Severity
from work365.domain.microsoft.actions import ProvisioningStatus
from work365.domain.microsoft.rules import RuleBook
from work365.errors import Unavailable, Work365Error
from work365.ports.provider_desk import ProviderDesks, ProviderOutOfReach
from work365.ports.providers import ProviderKind
from work365.ports.provisioning import (
    ChangeTaken,
    PendingChange,
    ProvisionedSubscription,
    ProvisioningStore,
)
from work365.ports.seen_subscriptions import SubscriptionMirror
from work365.usecases.carry_out import carry_out
from work365.usecases.provision_subscription import Prices
from work365.usecases.provisioning_task import LOOKS_MAX, Later, NotDone, Outcome, Task

PURPOSE = "provisioning of change"

REACH = "provisioning"
"""Where it is found that a provider cannot be reached at all."""

CHANGES_MAX = 100
"""Changes of one run."""
CLAIMED_FOR = timedelta(minutes=30)
"""Longer than all requests for one change take, each tried for three minutes."""
TRIES_MAX = 10
FIRST_RETRY_AFTER = timedelta(minutes=1)
RETRY_AFTER_MAX = timedelta(hours=1)
HELD_BACK_FOR = timedelta(hours=1)
"""After that it is looked again whether what holds a change back was mended."""
BY_HAND_FOR = timedelta(days=1)
"""How often a person is reminded."""
UNANSWERED_MAX = 3
"""Changes without an answer after which the provider is taken to be out of reach."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What a run works with."""

    store: ProvisioningStore
    desks: ProviderDesks
    mirror: SubscriptionMirror
    book: RuleBook
    clock: Callable[[], datetime]
    """The time in UTC, as it passes during the run."""
    prices: Prices


@dataclass(slots=True, kw_only=True)
class ProvisioningRun:
    """What a run came to: how many changes ended in which way, and what a person should see."""

    provisioned: int = 0
    waiting: int = 0
    failed: int = 0
    not_applicable: int = 0
    taken_by_others: int = 0
    has_more: bool = False
    """Whether others are due, which this run did not come to."""
    findings: list[Finding] = field(default_factory=list)
    settled: list[str] = field(default_factory=lambda: [REACH])
    """Places of which this run says all that there is to say: what was found there before, and
    is not found now, holds no longer."""


def provision_changes(parts: Parts, *, today: date, most: int = CHANGES_MAX) -> ProvisioningRun:
    """Tell providers of up to `most` changes that are due on `today`, the oldest first.

    Raises: Unavailable: Dataverse gives no answer. What was told is not told again.
    """
    ready = parts.store.ready(at=parts.clock(), today=today, most=most)
    has_more = sum(_due(each, parts.clock(), today) for each in ready.subscriptions) >= most
    run = _Run(parts, today, ProvisioningRun(has_more=has_more, findings=list(ready.findings)))
    # What was begun is finished first: others can tell then that it is ours.
    for subscription in sorted(ready.subscriptions, key=_is_new):
        if run.unanswered >= UNANSWERED_MAX:
            run.stop()
            break
        run.serve(subscription)
    return run.result


def _due(subscription: ProvisionedSubscription, at: datetime, today: date) -> int:
    return sum(change.is_due(at, today) for change in subscription.pending)


def _is_new(subscription: ProvisionedSubscription) -> bool:
    return all(change.provider_reference is None for change in subscription.pending)


@dataclass(frozen=True, slots=True)
class _Held:
    """Why a change is not done, so that those after it have to wait, and until when at least."""

    why: str
    until: datetime


@dataclass(slots=True)
class _Run:
    parts: Parts
    today: date
    result: ProvisioningRun
    unanswered: int = 0

    def serve(self, subscription: ProvisionedSubscription) -> None:
        """Tell the provider of the changes of a subscription, one after the other."""
        while subscription.pending:
            first, *later = subscription.pending
            try:
                told = self._held(first) or self._tell(subscription, first)
            except ChangeTaken:
                self.result.taken_by_others += 1
                return
            if isinstance(told, _Held):
                self._hold_back(later, f"It waits for change {first.change.key}. {told.why}", told)
                return
            subscription = replace(told, pending=tuple(later))

    def stop(self) -> None:
        """Note that the provider is out of reach."""
        message = (
            f"{UNANSWERED_MAX} changes in a row had no answer from the provider; the others are"
            " tried by the next run"
        )
        finding = Finding(Severity.WARNING, "provider_out_of_reach", message, REACH)
        self.result.findings.append(finding)
        self.result.has_more = False

    def _held(self, change: PendingChange) -> _Held | None:
        """Return why `change` is not to be told now; None where it is due."""
        now = self.parts.clock()
        if change.status is ProvisioningStatus.FAILED:
            return _Held(f"That failed: {change.message}", now + HELD_BACK_FOR)
        if change.is_due(now, self.today):
            return None
        return _Held("That is not done yet.", change.next_try_at or now + HELD_BACK_FOR)

    def _hold_back(self, later: Iterable[PendingChange], message: str, held: _Held) -> None:
        """Put off what is due and cannot be told, so that it does not stand in the way."""
        now = self.parts.clock()
        for change in later:
            if not change.is_due(now, self.today):
                continue
            try:
                self.parts.store.put_off(
                    change, until=held.until, message=message, is_attempt=False
                )
                self.result.waiting += 1
            except ChangeTaken:
                self.result.taken_by_others += 1

    def _tell(
        self, subscription: ProvisionedSubscription, change: PendingChange
    ) -> ProvisionedSubscription | _Held:
        """Tell of one change, and return the subscription as it is known by then.

        Raises: ChangeTaken.
        """
        store = self.parts.store
        if subscription.provider_kind is ProviderKind.DO_NOTHING:
            store.not_applicable(change, message="This provider is told nothing.")
            self.result.not_applicable += 1
            return subscription
        if subscription.provider_kind is ProviderKind.MANUAL:
            return self._by_hand(subscription, change)
        claimed = store.take_up(change, until=self.parts.clock() + CLAIMED_FOR)
        task: Task | None = None
        try:
            task = self._task(subscription, claimed)
            outcome = carry_out(
                task, mirror=self.parts.mirror, prices=self.parts.prices, today=self.today
            )
        except ChangeTaken:
            raise
        except Work365Error as error:
            return self._not_done(task.change if task else claimed, error)
        self.unanswered = 0
        return self._write(task, outcome)

    def _task(self, subscription: ProvisionedSubscription, claimed: PendingChange) -> Task:
        if subscription.provider is None or subscription.tenant is None:
            raise NotDone(
                "no_provider_account",
                f"{subscription.name} has no provider account; choose the customer's tenant at the"
                " provider, and set this change to awaiting again",
            )
        purpose = f"{PURPOSE} {claimed.change.key}"
        return Task(
            subscription=subscription,
            change=claimed,
            desk=self.parts.desks.desk(subscription.provider, purpose=purpose),
            book=self.parts.book,
            store=self.parts.store,
            clock=self.parts.clock,
        )

    def _by_hand(self, subscription: ProvisionedSubscription, change: PendingChange) -> _Held:
        until = self.parts.clock() + BY_HAND_FOR
        message = (
            f"{subscription.provider} is told by a person: carry out change {change.change.key} of"
            f" {subscription.name}, and set it to provisioned."
        )
        self.parts.store.put_off(change, until=until, message=message, is_attempt=False)
        self.result.waiting += 1
        self._find("to_be_done_by_hand", message, change, Severity.WARNING)
        return _Held(message, until)

    def _write(self, task: Task, outcome: Outcome) -> ProvisionedSubscription | _Held:
        store, change = self.parts.store, task.change
        if isinstance(outcome, Later):
            store.put_off(
                change,
                until=outcome.until,
                message=outcome.message,
                reference=outcome.reference,
                is_attempt=outcome.is_attempt,
            )
            self.result.waiting += 1
            return _Held(outcome.message, outcome.until)
        store.provisioned(
            change,
            at=self.parts.clock(),
            message=outcome.message,
            reference=outcome.reference,
            subscription_reference=outcome.subscription_reference,
        )
        self.result.provisioned += 1
        self.result.findings.extend(outcome.findings)
        self.result.settled.append(task.path)
        reference = outcome.subscription_reference or task.subscription.reference
        return replace(task.subscription, reference=reference)

    def _not_done(self, change: PendingChange, error: Work365Error) -> _Held:
        """Write why a change is not done: to be tried again, or for a person."""
        if isinstance(error, ProviderOutOfReach):
            self.unanswered += 1
            return self._unconnected(change, error)
        if isinstance(error, Unavailable):
            self.unanswered += 1
            most = (LOOKS_MAX if change.provider_reference else TRIES_MAX) * (
                change.attempt_epoch + 1
            )
            if change.attempts < most:
                until = self.parts.clock() + _pause(change, error)
                self.parts.store.put_off(change, until=until, message=str(error))
                self.result.waiting += 1
                return _Held(str(error), until)
            message = f"It was tried {change.attempts} times. {error}"
        else:
            self.unanswered = 0
            message = str(error)
        self.parts.store.failed(change, message=message)
        self.result.failed += 1
        code = error.finding_code if isinstance(error, NotDone) else error.code
        self._find(code, message, change, Severity.ERROR)
        return _Held(f"That failed: {message}", self.parts.clock() + HELD_BACK_FOR)

    def _unconnected(self, change: PendingChange, error: ProviderOutOfReach) -> _Held:
        """Put off what waits for a person who mends the connection, and not the change."""
        until = self.parts.clock() + HELD_BACK_FOR
        self.parts.store.put_off(change, until=until, message=str(error), is_attempt=False)
        self.result.waiting += 1
        self._find(error.code, str(error), change, Severity.ERROR)
        return _Held(str(error), until)

    def _find(self, code: str, message: str, change: PendingChange, severity: Severity) -> None:
        path = f"change {change.change.key}"
        self.result.findings.append(Finding(severity, code, f"{path}: {message}", path))


def _pause(change: PendingChange, error: Unavailable) -> timedelta:
    """Return how long to wait: as long as we are asked to, and longer with each attempt."""
    doubled = FIRST_RETRY_AFTER * (1 << min(change.attempts - 1, TRIES_MAX))
    asked = timedelta(seconds=error.retry_after_seconds or 0)
    return max(asked, min(doubled, RETRY_AFTER_MAX))
