"""When seats came and went at Microsoft, as its audit records tell.

Microsoft keeps no history of a subscription. Its audit records have the subscription before
and after a change as text, in the spelling of the interface or in capitals; a record that has
not both is no help, and the day on which the change was seen counts instead.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, TypeAlias

from work365.domain.microsoft.audit import AuditRecord
from work365.domain.microsoft.comparison import held_on
from work365.domain.microsoft.drift import Drift, OurSide, drift
from work365.domain.microsoft.subscriptions import SeenSubscription
from work365.domain.moments import local_day
from work365.ports.seen_subscriptions import LoggedSubscription

RESOURCE = "subscription"


@dataclass(frozen=True, slots=True, order=True)
class SeatChange:
    """So many seats became so many."""

    at: datetime
    before: int
    after: int


SeatHistory: TypeAlias = Mapping[str, Sequence[SeatChange]]
"""By the id of the subscription in lower case, each in the order of time."""


def seat_history(records: Iterable[AuditRecord]) -> SeatHistory:
    """Return the changes of seats that `records` tell of."""
    found: dict[str, set[SeatChange]] = defaultdict(set)
    for record in records:
        if record.resource.lower() != RESOURCE or not record.succeeded:
            continue
        before, after = _seats(record.old_value), _seats(record.new_value)
        if before is not None and after is not None and before[1] != after[1]:
            found[after[0]].add(SeatChange(record.at, before[1], after[1]))
    return {reference: tuple(sorted(changes)) for reference, changes in found.items()}


def drift_since(
    logged: LoggedSubscription,
    seen: SeenSubscription,
    changes: Sequence[SeatChange],
    *,
    recorded_at: datetime,
) -> Drift:
    """Return the drift of a subscription; each change of seats that is told of has its own day.

    `changes` are followed where they lead from what our log says to what Microsoft shows; else
    the last of them says when it became what it is, if it did.
    """
    ours = OurSide(
        kept=logged.kept,
        pending=logged.pending,
        seen_before=logged.seen_quantity,
        decision=None if logged.decision is None else logged.decision.outcome,
    )
    now = drift(seen, ours, recorded_at=recorded_at)
    if not any(each.change.quantity for each in now.changes):
        return now
    kept_now = held_on(logged.kept.changes, local_day(seen.seen_at, UTC)).quantity
    followed = []
    for step in _leading(kept_now, seen.provided.quantity, changes):
        then = replace(seen, provided=replace(seen.provided, quantity=step.after))
        ours = replace(ours, seen_before=None, changed_at=step.at)
        followed.append(drift(then, ours, recorded_at=recorded_at))
        entries = (*ours.kept.changes, *(each.change for each in followed[-1].changes))
        ours = replace(ours, kept=replace(logged.kept, changes=entries))
    if not followed:
        return now
    entered = tuple(each for one in followed for each in one.changes)
    return replace(followed[-1], changes=entered)


def _leading(before: Decimal, after: int, changes: Sequence[SeatChange]) -> list[SeatChange]:
    """Return the last of `changes` that lead from `before` to `after`.

    Where something is missing between them, only the one that led to `after`, if any.
    """
    steps: list[SeatChange] = []
    wanted = after
    for change in reversed(changes):
        if change.after != wanted:
            break
        steps.insert(0, change)
        wanted = change.before
        if wanted == before:
            return steps
    return steps[-1:]


def _seats(text: str | None) -> tuple[str, int] | None:
    """Return id and seats of the subscription that is written in `text`, if both are there."""
    try:
        value = json.loads(text or "", parse_float=Decimal)
    except (ValueError, RecursionError):
        return None
    if not isinstance(value, dict):
        return None
    fields: dict[str, Any] = {str(name).lower(): each for name, each in value.items()}
    reference, quantity = fields.get("id"), fields.get("quantity")
    if not isinstance(reference, str) or type(quantity) is not int:
        return None
    return reference.lower(), quantity
