"""Linked subscriptions: one that is provisioned, for several that are billed.

The parent is what the provider knows: one subscription of a tenant. Its children are billed,
each under its own contract, as the branches of a company are. On every day the parent has as
many units as its children together; the parent itself is never charged. Whoever edits the
parent or the provider's quantity directly puts the family out of step: that is found, day by
day, and can be put right from either end.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from itertools import groupby
from typing import NamedTuple

from work365.domain.changes import Change, Status
from work365.domain.contracts import Subscription
from work365.domain.families import Step, following
from work365.domain.findings import Finding, Severity
from work365.domain.history import keyed, lifetime
from work365.errors import Refusal

CAUSE = "linked"
ADOPTED = "adopted"
COUNTED = frozenset({Status.ACTIVE, Status.TRIAL})
"""States in which a child's units are provisioned, where nothing else is said.

A child that is suspended has its units given back, as those of a subscription that is
deactivated are. Where the provider charges them to the end of its term, count them.
"""


class NotAChild(Refusal):
    """A difference cannot be booked on a subscription that is not had on its days."""

    code = "not_a_child"


class Mismatch(NamedTuple):
    """Days on which the parent does not have what its children have together."""

    start: date
    end: date | None
    """First day on which they agree again; none as long as they do not."""
    expected: Decimal
    """Units that the children have together."""
    found: Decimal
    """Units that the parent, or the provider, has."""

    def finding(self, parent: Subscription) -> Finding:
        """Return it as a finding on `parent`, with both ways out."""
        until = f" until {self.end}" if self.end else ""
        return Finding(
            Severity.WARNING,
            "linked_subscription_out_of_step",
            f"From {self.start}{until} the linked subscriptions have {self.expected} units"
            f" together and the parent has {self.found}: set the parent to {self.expected}, or"
            f" add {self.found - self.expected} to one of the linked subscriptions.",
            f"subscription {parent.key}",
        )


def linked_changes(
    parent: Subscription,
    children: Sequence[Subscription],
    *,
    recorded_at: datetime,
    counted: frozenset[Status] = COUNTED,
) -> list[Change]:
    """Return the entries that `parent` lacks to have what `children` have together.

    They are also the repair of a parent that was edited directly. A parent's state is its own.
    """
    steps = [Step(day, quantity) for day, quantity in _together(children, counted)]
    return following(parent, steps, cause=CAUSE, recorded_at=recorded_at)


def mismatches(
    parent: Subscription,
    children: Sequence[Subscription],
    *,
    counted: frozenset[Status] = COUNTED,
) -> list[Mismatch]:
    """Return the days on which `parent` is out of step with `children`, oldest first.

    A parent that is not in a counted state has nothing.
    """
    expected = dict(_together(children, counted))
    found = dict(_together([parent], counted))
    wanted = had = Decimal(0)
    steps: list[tuple[date, Decimal, Decimal]] = []
    for day in sorted(expected.keys() | found.keys()):
        wanted, had = expected.get(day, wanted), found.get(day, had)
        steps.append((day, wanted, had))
    runs = [next(run) for _, run in groupby(steps, key=lambda step: step[1:])]
    ends: list[date | None] = [day for day, _, _ in runs[1:]]
    return [
        Mismatch(day, end, wanted, had)
        for (day, wanted, had), end in zip(runs, [*ends, None], strict=False)
        if wanted != had
    ]


def provider_mismatch(
    children: Sequence[Subscription],
    *,
    day: date,
    found: Decimal,
    counted: frozenset[Status] = COUNTED,
) -> Mismatch | None:
    """Return how what the provider says it has on `day` differs; none if it does not.

    Units: `found` in units, as the provider gives them for the parent.
    """
    past = [quantity for start, quantity in _together(children, counted) if start <= day]
    expected = past[-1] if past else Decimal(0)
    return None if expected == found else Mismatch(day, None, expected, found)


def adopted(
    mismatch: Mismatch, child: Subscription, *, recorded_at: datetime, refund: bool = False
) -> list[Change]:
    """Return the entries that book the difference on `child`, so that it is billed there.

    It is the repair when what was edited directly is right, and the children are behind.
    `refund` says whether what it takes away is to be credited.
    Raises: NotAChild: the child has no day on which the difference holds from the first on.
    """
    start, end = mismatch.start, mismatch.end
    if start < child.start_on or (child.end_on is not None and start >= child.end_on):
        raise NotAChild(
            f"subscription {child.key}: it is not had on {start}, from when the difference is;"
            " book it on a linked subscription that is"
        )
    more = mismatch.found - mismatch.expected
    days = [(start, more)] if end is None else [(start, more), (end, -more)]
    return [
        keyed(Change("", day, recorded_at, quantity, refund=refund), child, cause=ADOPTED)
        for day, quantity in days
    ]


def _together(
    subscriptions: Iterable[Subscription], counted: frozenset[Status]
) -> list[tuple[date, Decimal]]:
    """Return how many units are had together from which day on."""
    differences: defaultdict[date, Decimal] = defaultdict(Decimal)
    for subscription in subscriptions:
        before = Decimal(0)
        for had in lifetime(subscription):
            quantity = had.quantity if had.status in counted else Decimal(0)
            differences[had.start] += quantity - before
            before = quantity
    together, steps = Decimal(0), []
    for day in sorted(differences):
        together += differences[day]
        steps.append((day, together))
    return steps
