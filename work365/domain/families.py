"""Families: subscriptions whose log follows that of others.

What a log should say is given as steps; what is missing in it is found by a subtraction, day
by day, as billing finds its charges. So a late change of the one that is followed, a change
that somebody made by hand, and a second run need no code of their own.
"""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from itertools import groupby
from typing import NamedTuple

from work365.domain.changes import Change, Status, in_order
from work365.domain.contracts import Subscription
from work365.domain.history import keyed


class Step(NamedTuple):
    """What should be had from a day on, until the next step.

    Without a `status` the state is the follower's own.
    """

    start: date
    quantity: Decimal
    status: Status | None = None
    refund: bool = False
    """Whether what the follower loses by the step is to be credited."""


def following(
    follower: Subscription, steps: Sequence[Step], *, cause: str, recorded_at: datetime
) -> list[Change]:
    """Return the entries that `follower` lacks for its log to say what `steps` say.

    They are in the order of the days; `steps` are too. Before the first step nothing should
    be had. Days outside the follower's own are not looked at: what should be had on its first
    day is entered on that day. With the entries in its log there is nothing left to enter.
    Raises: RecordedTooEarly: a state set on the same day was recorded after `recorded_at`.
    """
    first, end = follower.start_on, follower.end_on
    own = {
        day: list(entries)
        for day, entries in groupby(
            in_order(follower.changes), key=lambda change: max(change.effective_on, first)
        )
    }
    wanted = {max(step.start, first): step for step in steps}
    missing: list[Change] = []
    quantity, status = Decimal(0), Status.ACTIVE
    target = Step(first, Decimal(0))
    for day in sorted(own.keys() | wanted.keys()):
        if end is not None and day >= end:
            break
        for change in own.get(day, ()):
            quantity += change.quantity
            status = change.status or status
        target = wanted.get(day, target)
        lacks = Change(
            key="",
            effective_on=day,
            recorded_at=recorded_at,
            quantity=target.quantity - quantity,
            status=target.status if target.status is not status else None,
            refund=day in wanted and target.refund,
        )
        if lacks.quantity or lacks.status:
            missing.append(keyed(lacks, follower, cause=cause))
        quantity, status = target.quantity, lacks.status or status
    return missing
