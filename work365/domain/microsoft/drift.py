"""Drift: our change log and Microsoft say different things, and what can be done about it.

What was changed at Microsoft becomes an entry of our log, so that it is charged. What was
changed here and not told to Microsoft is offered as a repair. What was changed at both ends is
a finding: it waits for a person, and nothing is added or sent.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID, uuid5

from work365.domain import figures
from work365.domain.catalog import SubscriptionStatus
from work365.domain.changes import Change, Status, in_order
from work365.domain.findings import Finding, Severity
from work365.domain.microsoft.comparison import CHARGED_BY_MICROSOFT, Held, Kept, held_on
from work365.domain.microsoft.intents import AutoRenew, Cancel, SetQuantity, SubscriptionIntent
from work365.domain.microsoft.provisioning import ENDED
from work365.domain.microsoft.subscriptions import RENEWING, SeenSubscription, TermEnd
from work365.domain.moments import local_day
from work365.domain.periods import day_after

CHANGES = UUID("0d7c7a4e-0f5b-4bfb-8f0c-3c1b8d6f5a21")
"""Name space of the keys of entries that come from the provider."""

LINE_END = "\n"


@dataclass(frozen=True, slots=True)
class SeenChange:
    """What was changed at Microsoft, as an entry to add to our log. Nobody is told of it.

    Seen again before it is added, it has the same key.
    """

    change: Change
    reason: str
    etag: str | None
    """The version at Microsoft in which it was seen."""


@dataclass(frozen=True, slots=True)
class Repair:
    """What Microsoft could be asked, so that it is as our log says."""

    intent: SubscriptionIntent
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """How far our log and Microsoft are apart."""

    changes: tuple[SeenChange, ...] = ()
    repairs: tuple[Repair, ...] = ()
    findings: tuple[Finding, ...] = ()

    @property
    def is_none(self) -> bool:
        """Whether both say the same."""
        return not (self.changes or self.repairs or self.findings)


@dataclass(frozen=True, slots=True, kw_only=True)
class OurSide:
    """What we know beside what Microsoft shows now."""

    kept: Kept
    pending: Collection[str] = ()
    """Keys of entries that Microsoft has not been told of yet, or is just being told."""
    seen_before: int | None = None
    """Seats that Microsoft showed last time. Where it still shows them, the change is ours."""
    changed_at: datetime | None = None
    """When it was changed at Microsoft, where an audit record or an event says so."""
    decision: TermEnd | None = None
    """What the customer decided for the end of the term."""


def drift(seen: SeenSubscription, ours: OurSide, *, recorded_at: datetime) -> Drift:
    """Return how far `seen` and our side are apart, as of the moment at which it was seen.

    Raises: ZoneMissing: a moment has no zone.
    """
    case = _Case(seen, ours, recorded_at)
    if seen.provided.status in (SubscriptionStatus.PENDING, SubscriptionStatus.NONE):
        return Drift()
    if seen.provided.status in ENDED:
        return Drift(changes=tuple(case.ending()))
    found = case.conflict()
    if found is not None:
        return Drift(findings=(found,))
    if case.settled.status is Status.CANCELLED:
        return Drift(repairs=tuple(case.cancellations()), findings=(case.charged_for_nobody(),))
    is_ours = ours.seen_before == seen.provided.quantity
    return Drift(
        changes=(*case.trial_over(), *(() if is_ours else case.seats())),
        repairs=(*(case.seats_back() if is_ours else ()), *case.term_end()),
    )


@dataclass(frozen=True, slots=True)
class _Case:
    seen: SeenSubscription
    ours: OurSide
    recorded_at: datetime

    @property
    def path(self) -> str:
        return f"subscription {self.ours.kept.key}"

    @property
    def theirs(self) -> Decimal:
        return Decimal(self.seen.provided.quantity)

    @property
    def day(self) -> date:
        """The day from which it holds, in UTC as Microsoft counts."""
        moment = self.ours.changed_at or self.seen.seen_at
        return max(local_day(moment, UTC), self.seen.provided.effective_start)

    @property
    def settled(self) -> Held:
        """What our log comes to, without what Microsoft has not been told."""
        pending = self.ours.pending
        told = (each for each in self.ours.kept.changes if each.key not in pending)
        return held_on(told, self.day)

    @property
    def meant(self) -> list[Held]:
        """What our log comes to with the first of the open entries, with two, and so on."""
        told = [each for each in self.ours.kept.changes if each.key not in self.ours.pending]
        result = []
        for change in in_order(self.ours.kept.changes):
            if change.key in self.ours.pending:
                told.append(change)
                result.append(held_on(told, max(self.day, change.effective_on)))
        return result

    def conflict(self) -> Finding | None:
        """Return that both ends were changed: Microsoft is neither before nor after ours."""
        known = [held.quantity for held in (self.settled, *self.meant)]
        if not self.ours.pending or self.theirs in known:
            return None
        return Finding(
            Severity.ERROR,
            "changed_at_both_ends",
            f"Microsoft shows {self.theirs:f} seats; our log says {_plain(known[0])}, and"
            f" {_plain(known[-1])} when what is open is done. It was changed at both ends: nothing"
            " is added or sent. Take the open change back or enter it anew, and run the sync",
            self.path,
        )

    def seats(self) -> Iterator[SeenChange]:
        """Yield the seats that came or went at Microsoft."""
        before = self.settled.quantity
        if self._is_under_way or before == self.theirs:
            return
        difference = self.theirs - before
        yield self._entry(
            f"Microsoft has {self.theirs:f} seats since {self._since}, our log said"
            f" {_plain(before)}.",
            quantity=difference,
            # Seats can go only while Microsoft takes them back.
            refund=difference < 0,
        )

    def seats_back(self) -> Iterator[Repair]:
        """Yield how Microsoft gets the seats that our log says, where it was not told."""
        before, after = int(self.theirs), self.settled.quantity
        if self._is_under_way or after == self.theirs:
            return
        if after == after.to_integral_value() and after > 0:
            yield Repair(
                SetQuantity(before, int(after)),
                f"Our log says {_plain(after)} seats since it was changed here, and Microsoft still"
                f" has {before}.",
            )

    @property
    def _is_under_way(self) -> bool:
        """Whether Microsoft has come as far as an open entry means it to."""
        return any(held.quantity == self.theirs for held in self.meant)

    def trial_over(self) -> Iterator[SeenChange]:
        """Yield that a trial is paid for now."""
        if self.settled.status is Status.TRIAL and not self.seen.provided.is_trial:
            text = f"The trial is a paid subscription at Microsoft since {self._since}."
            yield self._entry(text, status=Status.ACTIVE)

    def ending(self) -> Iterator[SeenChange]:
        """Yield that it has ended at Microsoft, and is not charged by it any more."""
        held = [self.settled, *self.meant]
        is_charged = self.settled.quantity and self.settled.status is not Status.CANCELLED
        if not is_charged or any(each.status is Status.CANCELLED for each in held):
            return
        given = self.seen.provided
        last_day = given.commitment_last_day
        is_over = given.status is not SubscriptionStatus.DELETED
        day = self.day
        if is_over and last_day is not None and self.ours.changed_at is None:
            # The term is over on the day after it, however late that is seen.
            day = min(day, day_after(last_day, 1))
        yield self._entry(
            f"Microsoft shows it as {given.status.value} since {figures.day_in_words(day)}.",
            status=Status.CANCELLED,
            refund=not is_over,
            day=day,
        )

    def cancellations(self) -> Iterator[Repair]:
        """Yield how it ends at Microsoft as well."""
        why = "Our log says that it was cancelled, and Microsoft goes on charging for it."
        if self._is_meant_to_end or self.seen.provided.status not in CHARGED_BY_MICROSOFT:
            return
        until = self.seen.cancel_until
        if until is not None and self.seen.seen_at < until:
            yield Repair(Cancel(), why)
        elif self.seen.term_end is not TermEnd.CANCEL:
            yield Repair(AutoRenew(TermEnd.CANCEL), why)

    @property
    def _is_meant_to_end(self) -> bool:
        return any(held.status is Status.CANCELLED for held in self.meant)

    def charged_for_nobody(self) -> Finding:
        """Return that Microsoft charges for what the customer is not charged for."""
        return Finding(
            Severity.WARNING,
            "not_charged_here",
            f"Microsoft goes on charging for {self.theirs:f} seats, and our log says that it was"
            " cancelled; cancel it at Microsoft, or enter that it goes on",
            self.path,
        )

    def term_end(self) -> Iterator[Repair]:
        """Yield how Microsoft does at the end of the term what the customer decided."""
        decision, shown = self.ours.decision, self.seen.term_end
        if decision is None or self.seen.in_extended_term:
            return
        if decision is shown or (decision is TermEnd.RENEW and shown in RENEWING):
            return
        does = "nothing that Microsoft says" if shown is None else shown.value
        yield Repair(
            AutoRenew(decision),
            f"The customer decided {decision.value} for the end of the term, and set is {does}.",
        )

    @property
    def _since(self) -> str:
        return figures.day_in_words(self.day)

    def _entry(
        self,
        reason: str,
        *,
        quantity: Decimal = Decimal(0),
        status: Status | None = None,
        refund: bool = False,
        day: date | None = None,
    ) -> SeenChange:
        # The log as it was belongs to the key, and the difference does not: of two that saw one
        # log, only one adds to it, and the next run sees what is left.
        log = sorted(each.key for each in self.ours.kept.changes)
        content = (self.ours.kept.key, "seats" if quantity else "status", *log)
        change = Change(
            key=f"seen_{uuid5(CHANGES, LINE_END.join(content))}",
            effective_on=day or self.day,
            recorded_at=self.recorded_at,
            quantity=quantity,
            status=status,
            refund=refund,
        )
        return SeenChange(change, reason, self.seen.etag)


def _plain(number: Decimal) -> str:
    return f"{number.normalize():f}"
