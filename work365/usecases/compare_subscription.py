"""Compare a kept subscription with what the provider says of it now."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from work365.domain.catalog import ProviderSubscription, SubscriptionStatus
from work365.domain.changes import Status
from work365.ports.catalog import KeptSubscription

REMEDY = "add a change or run the sync"


@dataclass(frozen=True, slots=True)
class Difference:
    """A field of which the provider says something else than what is kept."""

    field: str
    code: str
    value: str | int
    remedy: str


def differences(
    given: ProviderSubscription, kept: KeptSubscription, *, today: date
) -> Iterator[Difference]:
    """Yield what differs, as of `today` or the day on which it starts, if that is later."""
    day = max(today, given.effective_start)
    quantity, status = _standing(kept, day)
    if given.status not in (SubscriptionStatus.ACTIVE, SubscriptionStatus.SUSPENDED):
        if quantity and status is Status.ACTIVE:
            yield Difference(
                "status",
                "ended_at_the_provider",
                given.status.value,
                f"the change log says {quantity.normalize():f} on {day}, which goes on being"
                f" charged: {REMEDY}",
            )
        return
    if quantity != given.quantity:
        yield Difference(
            "quantity",
            "quantity_differs",
            given.quantity,
            f"Microsoft says {given.quantity}, the change log says {quantity.normalize():f} on"
            f" {day}; {REMEDY}",
        )
    if status is not Status.ACTIVE:
        yield Difference(
            "status",
            "not_charged_here",
            given.status.value,
            f"Microsoft goes on charging for it, the change log says {status.value} on {day};"
            f" {REMEDY}",
        )
    yield from _terms(given, kept)


def term_end(given: ProviderSubscription) -> date | None:
    """Return the first day after the term that the provider gives by its last day."""
    last = given.commitment_last_day
    return None if last is None else last + timedelta(days=1)


def _standing(kept: KeptSubscription, day: date) -> tuple[Decimal, Status]:
    known = sorted(
        (change for change in kept.changes if change.effective_on <= day),
        key=lambda change: (change.effective_on, change.recorded_at, change.key),
    )
    status = Status.ACTIVE
    for change in known:
        status = change.status or status
    return sum((change.quantity for change in known), Decimal(0)), status


def _terms(given: ProviderSubscription, kept: KeptSubscription) -> Iterator[Difference]:
    pairs = (
        ("termDuration", given.term.value if given.term else None, kept.term),
        ("billingCycle", given.plan.value if given.plan else None, kept.plan),
        ("commitmentEndDate", term_end(given), kept.term_end_on),
        ("autoRenewEnabled", given.auto_renew, kept.auto_renew),
    )
    for field, theirs, ours in pairs:
        # What the provider leaves out it says nothing about.
        if theirs is not None and theirs != ours:
            yield Difference(
                field,
                "terms_differ",
                _shown(theirs),
                f"kept is {_shown(ours)} (a term ends on the first day after it); correct the"
                " subscription or run the sync",
            )


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "nothing" if value is None else str(value)
