"""Do what Microsoft's messages call for: read again what each is about, once for all of them.

A message says that something changed, and nothing that is believed. So one that comes twice, in
the wrong order or two days late leads to the same as one that comes at once: what it is about is
read as it is now.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Protocol

from work365.domain.findings import Finding, Severity
from work365.domain.microsoft.event_subjects import (
    Alarm,
    ChangedAdminRelationship,
    ChangedSubscription,
    Kept,
    NewCustomer,
    RaisedAlarm,
    ReadyInvoice,
    Subject,
    UnknownEvent,
    subject_of,
)
from work365.errors import Contradiction, Refusal, Unavailable
from work365.ports.provider_events import EventInbox, ReceivedEvent

EVENTS_PER_JOB = 500
"""Messages that are handled in one go; more are left for the next."""

LATE = timedelta(hours=1)
"""Between the change and the message, from which on it is said. Microsoft allows itself 48 hours
for a subscription."""

FINDINGS_TOLD_MAX = 5
"""Findings that stand in the row of a message; all of them are returned."""


class Rereading(Protocol):
    """What is read again after Microsoft rang. Each returns what is wrong with what was read.

    Each raises Refusal, Unavailable or Contradiction where it was not read.
    """

    def customers(self) -> Sequence[Finding]:
        """Read the list of customers."""

    def subscriptions(self, tenants: Collection[str]) -> Sequence[Finding]:
        """Read the subscriptions of these customers."""

    def admin_relationships(self) -> Sequence[Finding]:
        """Read the admin relationships (GDAP)."""

    def invoices(self) -> Sequence[Finding]:
        """Read Microsoft's invoices for the partner."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Handled:
    """What became of the messages."""

    events: int
    """How many were handled."""
    waiting: int
    """How many were left for the next time, because Microsoft did not answer."""
    findings: tuple[Finding, ...]
    has_more: bool
    """Whether there may be more of them than fit into one go."""


@dataclass(frozen=True, slots=True)
class _Occasion:
    """Messages that the same reading answers."""

    what: str
    read: Callable[[], Sequence[Finding]]
    events: Sequence[ReceivedEvent]


def handle_provider_events(
    *, provider: str, inbox: EventInbox, rereading: Rereading, at: datetime
) -> Handled:
    """Handle the messages of the provider that nobody has handled yet, the oldest change first.

    What Microsoft refuses, and an answer that cannot be true, is a finding, and is not tried
    again for this message: the nightly sync reads it all. What gets no answer stays.

    Raises: Refusal, Unavailable: the inbox cannot be read or written.
    """
    received = inbox.unhandled(provider, most=EVENTS_PER_JOB)
    told = [(each, subject_of(each.event.name, each.event.path)) for each in received]
    findings: list[Finding] = []
    waiting = 0
    for occasion in _occasions(told, rereading):
        try:
            found, outcome = _answered(occasion)
        except Unavailable:
            waiting += len(occasion.events)
            continue
        findings += found
        _mark(inbox, occasion.events, outcome, at)
    for event, subject in told:
        outcome, finding = _noted(event, subject)
        if finding is not None:
            findings.append(finding)
        if outcome:
            _mark(inbox, [event], outcome, at)
    return Handled(
        events=len(received) - waiting,
        waiting=waiting,
        findings=tuple(findings),
        has_more=len(received) == EVENTS_PER_JOB and waiting < EVENTS_PER_JOB,
    )


def _occasions(
    told: Sequence[tuple[ReceivedEvent, Subject]], rereading: Rereading
) -> Iterator[_Occasion]:
    newcomers = {e.tenant: None for _, e in told if isinstance(e, NewCustomer)}
    changed = {e.tenant: None for _, e in told if isinstance(e, ChangedSubscription)}
    if newcomers:
        # They go first: subscriptions of a customer that is not known yet could not be kept.
        read = partial(_newcomers, rereading, list(newcomers))
        yield _Occasion("The customers were read again", read, _of(told, NewCustomer))
    for tenant in changed:
        events = [
            event
            for event, subject in told
            if isinstance(subject, ChangedSubscription) and subject.tenant == tenant
        ]
        read_one = partial(rereading.subscriptions, [tenant])
        yield _Occasion("The customer's subscriptions were read again", read_one, events)
    if events := _of(told, ChangedAdminRelationship):
        what = "The admin relationships were read again"
        yield _Occasion(what, rereading.admin_relationships, events)
    if events := _of(told, ReadyInvoice):
        yield _Occasion("Microsoft's invoices were read again", rereading.invoices, events)


def _of(told: Iterable[tuple[ReceivedEvent, Subject]], kind: type[Subject]) -> list[ReceivedEvent]:
    return [event for event, subject in told if isinstance(subject, kind)]


def _newcomers(rereading: Rereading, tenants: Sequence[str]) -> Sequence[Finding]:
    return [*rereading.customers(), *rereading.subscriptions(tenants)]


def _answered(occasion: _Occasion) -> tuple[Sequence[Finding], str]:
    try:
        found = occasion.read()
    except (Refusal, Contradiction) as error:
        message = f"{occasion.what.replace('were read', 'could not be read')}: {error}"
        path = f"provider event {occasion.events[0].event.name}"
        return [Finding(Severity.ERROR, error.code, message, path)], message
    if not found:
        return found, f"{occasion.what}."
    shown = " ".join(finding.message for finding in found[:FINDINGS_TOLD_MAX])
    more = f" And {len(found) - FINDINGS_TOLD_MAX} more." if len(found) > FINDINGS_TOLD_MAX else ""
    return found, f"{occasion.what}. {shown}{more}"


def _mark(inbox: EventInbox, events: Sequence[ReceivedEvent], outcome: str, at: datetime) -> None:
    by_hours: dict[int, list[ReceivedEvent]] = {}
    for event in events:
        by_hours.setdefault(_delay(event) // LATE, []).append(event)
    for hours, some in by_hours.items():
        inbox.mark_handled(some, at=at, outcome=f"{_late(hours)}{outcome}")


def _late(hours: int) -> str:
    if hours < 1:
        return ""
    return f"The message came {'an hour' if hours == 1 else f'{hours} hours'} after the change. "


def _delay(event: ReceivedEvent) -> timedelta:
    return event.received_at - event.event.changed_at


def _noted(event: ReceivedEvent, subject: Subject) -> tuple[str, Finding | None]:
    match subject:
        case Kept():
            return subject.value, None
        case RaisedAlarm():
            finding = _alarm(subject)
            return finding.message, finding
        case UnknownEvent():
            message = (
                f"Microsoft sent {event.event.name[:100]!r}, and nothing was done: {subject.why}."
                " The message is kept; look at it in Partner Center"
            )
            path = f"provider event {event.event.key}"
            return message, Finding(Severity.WARNING, "provider_event_unknown", message, path)
        case _:
            return "", None


def _alarm(raised: RaisedAlarm) -> Finding:
    if raised.alarm is Alarm.BUDGET:
        message = (
            "Azure usage has reached a customer's budget at Microsoft, which does not say whose:"
            " look at Azure spending in Partner Center"
        )
        return Finding(Severity.WARNING, "usage_budget_reached", message, "provider microsoft")
    about = f" in the subscription {raised.subscription}" if raised.subscription else ""
    status = f" (status {raised.status})" if raised.status else ""
    message = (
        f"Microsoft suspects fraud in Azure{about}{status}: look at it in Partner Center under"
        " Fraud events now, because the partner pays for what is used"
    )
    path = f"subscription {raised.subscription}" if raised.subscription else "provider microsoft"
    return Finding(Severity.ERROR, "azure_fraud_suspected", message, path)
