"""A kept subscription compared with what the provider says of it: what differs, and no more.

What follows from a difference is `work365.domain.microsoft.drift`.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import NamedTuple, Protocol

from work365.domain.catalog import ProviderSubscription, SubscriptionStatus
from work365.domain.changes import Change, Status, in_order
from work365.domain.periods import day_after

REMEDY = "add a change or run the sync"

CHARGED_BY_MICROSOFT = (SubscriptionStatus.ACTIVE, SubscriptionStatus.SUSPENDED)
"""A suspended subscription goes on being charged."""


class Kept(Protocol):
    """A subscription as we keep it, as far as the provider has a say in it."""

    @property
    def key(self) -> str:
        """What it is called everywhere."""

    @property
    def term(self) -> str | None:
        """Its term, such as `P1Y`."""

    @property
    def plan(self) -> str | None:
        """Its billing plan, such as `Monthly`."""

    @property
    def term_end_on(self) -> date | None:
        """First day after its term."""

    @property
    def auto_renew(self) -> bool:
        """Whether it renews by itself."""

    @property
    def changes(self) -> tuple[Change, ...]:
        """Its change log."""


class Held(NamedTuple):
    """What a change log comes to on a day."""

    quantity: Decimal
    status: Status


@dataclass(frozen=True, slots=True)
class Difference:
    """A field of which the provider says something else than what is kept."""

    field: str
    code: str
    value: str | int
    remedy: str


def differences(given: ProviderSubscription, kept: Kept, *, today: date) -> Iterator[Difference]:
    """Yield what differs, as of `today` or the day on which it starts, if that is later."""
    day = max(today, given.effective_start)
    quantity, status = held_on(kept.changes, day)
    if given.status not in CHARGED_BY_MICROSOFT:
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
    return None if last is None else day_after(last, 1)


def held_on(changes: Iterable[Change], day: date) -> Held:
    """Return how many seats there are on `day` by `changes`, and in which status."""
    known = [change for change in in_order(changes) if change.effective_on <= day]
    status = Status.ACTIVE
    for change in known:
        status = change.status or status
    return Held(sum((change.quantity for change in known), Decimal(0)), status)


def _terms(given: ProviderSubscription, kept: Kept) -> Iterator[Difference]:
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
