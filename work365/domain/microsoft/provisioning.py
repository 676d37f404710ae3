"""Provisioning: what is left to be sent for a change of a subscription that there is.

Microsoft's state is looked at first. What is so already is done; what is neither as it was
meant to be before nor as it is meant to be after was changed at both ends, and waits for a
person. So an intent can be decided any number of times, and is sent once.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime, time

from work365.domain.catalog import PRICE_MONTHS, SubscriptionStatus
from work365.domain.microsoft.decisions import Done, Refuse, Send, Wait, refuse
from work365.domain.microsoft.intents import (
    AutoRenew,
    Cancel,
    ChangePlan,
    Reactivate,
    ScheduleRenewal,
    SetQuantity,
    SubscriptionIntent,
    Suspend,
)
from work365.domain.microsoft.rules import Milestone, Rules
from work365.domain.microsoft.subscription_edits import SubscriptionEdit
from work365.domain.microsoft.subscriptions import RENEWING, NextTerm, SeenSubscription, TermEnd
from work365.domain.microsoft.telling import clock
from work365.domain.periods import day_after

Decision = Done | Send[SubscriptionEdit] | Wait | Refuse

ENDED = (SubscriptionStatus.DELETED, SubscriptionStatus.EXPIRED, SubscriptionStatus.DISABLED)

STATUSES: Mapping[type[Suspend | Reactivate | Cancel], SubscriptionStatus] = {
    Suspend: SubscriptionStatus.SUSPENDED,
    Reactivate: SubscriptionStatus.ACTIVE,
    Cancel: SubscriptionStatus.DELETED,
}

FORGETTING = (SetQuantity, Reactivate, ChangePlan)
"""Changes with which Microsoft forgets what was scheduled for the end of the term."""

ALLOWED_IN_EXTENDED_TERM = (Cancel, ChangePlan)
"""What can be done in the extended service term; upgrades are not decided here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TermEndWanted:
    """What was agreed for the end of the term, by our own record."""

    term_end: TermEnd | None = None
    next_term: NextTerm | None = None


NOT_AGREED = TermEndWanted()


def decide(
    intent: SubscriptionIntent,
    seen: SeenSubscription,
    *,
    at: datetime,
    rules: Rules,
    wanted: TermEndWanted = NOT_AGREED,
) -> Decision:
    """Return what is left to be done for `intent`, where Microsoft shows `seen` at `at`.

    `wanted` is said again after a change within the term, with which Microsoft forgets it; what
    is scheduled at Microsoft comes before our own record.
    """
    case = _Case(seen, at, rules, wanted)
    settled = case.settled(intent) or next(case.obstacles(intent), None)
    if settled is not None:
        return settled
    return case.to_send(intent)


@dataclass(frozen=True, slots=True)
class _Case:
    seen: SeenSubscription
    at: datetime
    rules: Rules
    wanted: TermEndWanted

    @property
    def path(self) -> str:
        return f"subscription {self.seen.provided.id}"

    @property
    def status(self) -> SubscriptionStatus:
        return self.seen.provided.status

    def no(self, code: str, message: str) -> Refuse:
        return refuse(code, message, self.path)

    def settled(self, intent: SubscriptionIntent) -> Done | None:
        """Return that it is so already."""
        return Done(f"Microsoft shows it already: {intent}.") if self._is_so(intent) else None

    def _is_so(self, intent: SubscriptionIntent) -> bool:
        seen, given = self.seen, self.seen.provided
        match intent:
            case SetQuantity():
                return given.quantity == intent.after and self.status not in ENDED
            case Suspend() | Reactivate() | Cancel():
                return self.status is STATUSES[type(intent)]
            case AutoRenew():
                return self.status not in ENDED and _ends_as(seen, intent.term_end)
            case ScheduleRenewal():
                return seen.term_end in RENEWING and _names(seen.next_term, intent.next_term)
            case ChangePlan():
                plans = (given.plan, seen.next_plan)
                return given.term is intent.term and intent.plan in plans

    def obstacles(self, intent: SubscriptionIntent) -> Iterator[Refuse | Wait]:
        """Yield why it cannot be sent now, first what is the first to be mended."""
        yield from self._state(intent)
        yield from self._renewal()
        match intent:
            case SetQuantity():
                yield from self._quantity(intent)
            case Cancel():
                yield from self._cancellation()
            case AutoRenew():
                yield from self._options(intent)
            case ScheduleRenewal():
                yield from self._schedule(intent)
            case ChangePlan():
                yield from self._plan(intent)
            case Suspend() | Reactivate():
                pass

    def _state(self, intent: SubscriptionIntent) -> Iterator[Refuse | Wait]:
        if self.status in ENDED:
            yield self.no(
                "ended_at_microsoft",
                f"Microsoft shows the subscription as {self.status.value}: nothing of it can be"
                " changed; take the change back, or buy it again",
            )
        if self.status in (SubscriptionStatus.PENDING, SubscriptionStatus.NONE):
            until = self.at + self.rules.renewal.ask_again_after
            yield Wait(until, "Microsoft is still setting the subscription up.")
        may_be_suspended = isinstance(intent, Reactivate | Cancel)
        if self.status is SubscriptionStatus.SUSPENDED and not may_be_suspended:
            yield self.no(
                "suspended_at_microsoft",
                "the subscription is suspended, and Microsoft changes nothing of it then;"
                " reactivate it first",
            )
        if self.seen.in_extended_term and not isinstance(intent, ALLOWED_IN_EXTENDED_TERM):
            yield self.no(
                "in_extended_term",
                "the subscription is in its extended service term, in which it can only be"
                " cancelled, upgraded, or given a new term",
            )

    def _renewal(self) -> Iterator[Wait]:
        last_day = self.seen.provided.commitment_last_day
        if last_day is None or self.seen.in_extended_term:
            return
        begins = datetime.combine(day_after(last_day, 1), time(), UTC)
        ends = begins + self.rules.renewal.takes_up_to
        if begins <= self.at < ends:
            until = min(ends, self.at + self.rules.renewal.ask_again_after)
            yield Wait(
                until,
                f"The term ended on {last_day}, and Microsoft may take until"
                f" {ends:%Y-%m-%d %H:%M} UTC to renew it; changes are refused meanwhile.",
            )

    def _quantity(self, intent: SetQuantity) -> Iterator[Refuse]:
        quantity = self.seen.provided.quantity
        if quantity != intent.before:
            yield self.no(
                "changed_at_both_ends",
                f"the change was made for {intent.before} seats, and Microsoft shows {quantity};"
                f" nothing was sent. Run the sync, and then enter what is to be had: it was meant"
                f" to become {intent.after}",
            )
        if intent.difference < 0 and self.seen.refundable is not None:
            until = [batch for batch in self.seen.refundable if self.at < batch.until]
            free = sum(batch.quantity for batch in until)
            if free < -intent.difference:
                yield self.no(
                    "seats_locked",
                    f"{-intent.difference} seats are to go, and at {clock(self.at)} Microsoft"
                    f" takes back {free}; the others stay until the end of the term."
                    " Schedule the renewal with fewer seats",
                )

    def _cancellation(self) -> Iterator[Refuse]:
        until = self.seen.cancel_until
        if until is not None and until <= self.at and not self.seen.in_extended_term:
            yield self.no(
                "window_closed",
                f"it could be cancelled until {clock(until)}; now it is owed until the end of"
                " the term. Let it be cancelled at the end of the term",
            )

    def _options(self, intent: AutoRenew) -> Iterator[Refuse]:
        if intent.term_end is TermEnd.EXTEND and not self.rules.has(Milestone.END_OF_TERM_OPTIONS):
            yield self.no(
                "no_extended_service",
                f"on {self.rules.day} Microsoft has no extended service term; choose renew or"
                " cancel",
            )

    def _schedule(self, intent: ScheduleRenewal) -> Iterator[Refuse]:
        given, next_term = self.seen.provided, intent.next_term
        if given.is_trial:
            yield self.no(
                "trial_not_scheduled",
                "a trial becomes what it was sold to become; upgrade it, or cancel it",
            )
        term, plan = next_term.term or given.term, next_term.plan or given.plan
        if term is not None and plan is not None and (term, plan) not in PRICE_MONTHS:
            yield self.no(
                "plan_not_sold",
                f"a term of {term.value} is not sold with billing plan {plan.value}; name both,"
                " term and plan",
            )

    def _plan(self, intent: ChangePlan) -> Iterator[Refuse]:
        given = self.seen.provided
        if given.term is None or given.plan is None:
            yield self.no("no_term", "the subscription has no term that could be another one")
            return
        allowed = self.rules.change_allowed(
            term=given.term, plan=given.plan, to_term=intent.term, to_plan=intent.plan
        )
        if allowed is None or given.is_trial:
            yield self.no(
                "plan_change_not_allowed",
                f"Microsoft does not change {given.term.value}, billed {given.plan.value}, to"
                f" {intent.term.value}, billed {intent.plan.value}, within the term; schedule it"
                " for the renewal",
            )

    def to_send(self, intent: SubscriptionIntent) -> Send[SubscriptionEdit]:
        """Return what is to be sent, and what is to be said again afterwards."""
        match intent:
            case SetQuantity():
                edit = SubscriptionEdit(quantity=intent.after)
            case Suspend() | Reactivate() | Cancel():
                edit = SubscriptionEdit(status=STATUSES[type(intent)])
            case AutoRenew():
                edit = SubscriptionEdit(term_end=intent.term_end)
            case ScheduleRenewal():
                edit = self._scheduled(intent.next_term)
            case ChangePlan():
                edit = SubscriptionEdit(term=intent.term, plan=intent.plan)
        forgets = isinstance(intent, FORGETTING)
        return Send(edit, self.seen.etag, self._restored() if forgets else None)

    def _restored(self) -> SubscriptionEdit | None:
        next_term = self.seen.next_term or self.wanted.next_term
        # A suspension turned auto-renewal off: what Microsoft shows then was not chosen.
        is_suspended = self.status is SubscriptionStatus.SUSPENDED
        shown = None if is_suspended else self.seen.term_end
        term_end = shown or self.wanted.term_end
        if next_term is not None and term_end in RENEWING:
            return SubscriptionEdit(term_end=term_end, next_term=next_term)
        return None if term_end is None else SubscriptionEdit(term_end=term_end)

    def _scheduled(self, asked: NextTerm) -> SubscriptionEdit:
        # What is scheduled already, and not named now, stays scheduled.
        named = {
            field.name: value
            for field in fields(NextTerm)
            if (value := getattr(asked, field.name)) is not None
        }
        next_term = replace(self.seen.next_term or NextTerm(), **named)
        if asked.part_number is not None and asked.availability is None:
            next_term = replace(next_term, availability=None)
        part_number = next_term.part_number or self.seen.provided.part_number
        is_other = part_number != self.seen.provided.part_number
        term_end = TermEnd.TRANSITION if is_other else TermEnd.RENEW
        return SubscriptionEdit(term_end=term_end, next_term=next_term)


def _ends_as(seen: SeenSubscription, term_end: TermEnd) -> bool:
    # To renew as something else is to renew as well.
    return seen.term_end is term_end or (
        term_end is TermEnd.RENEW and seen.term_end is TermEnd.TRANSITION
    )


def _names(scheduled: NextTerm | None, asked: NextTerm) -> bool:
    """Return whether `scheduled` has everything that `asked` names.

    An availability is reissued often, so that another one is no difference.
    """
    names = [field.name for field in fields(NextTerm) if field.name != "availability"]
    wanted = {name: getattr(asked, name) for name in names if getattr(asked, name) is not None}
    return all(getattr(scheduled, name, None) == value for name, value in wanted.items())
