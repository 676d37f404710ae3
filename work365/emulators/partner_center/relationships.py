"""Granular delegated admin relationships (GDAP): from their creation to their end.

`created` (may be changed) → `approvalPending` (locked) → `approved` by the customer →
`activating` → `active` → `expiring` → `expired`; a termination goes through
`terminationRequested` and `terminating` to `terminated`. A relationship that extends itself gets
180 more days when its end comes.
Source: learn.microsoft.com/graph/api/resources/delegatedadminrelationship.
"""

from datetime import datetime, timedelta

from work365.emulators.partner_center.annexes import (
    Record,
    annex,
    moment_kept,
    moment_of,
    records,
)
from work365.emulators.partner_center.conduct import conduct_of
from work365.emulators.partner_center.durations import after
from work365.emulators.partner_center.ledger import Event
from work365.emulators.partner_center.state import State

ANNEX = "relationships"
CREATED, PENDING, APPROVED = "created", "approvalPending", "approved"
ACTIVATING, ACTIVE, EXPIRING, EXPIRED = "activating", "active", "expiring", "expired"
REQUESTED, TERMINATING, TERMINATED = "terminationRequested", "terminating", "terminated"
ENDED = (EXPIRED, TERMINATED)

EXTENSION = "P180D"
NO_EXTENSION = "PT0S"
EXTENSIONS = ("P0D", NO_EXTENSION, EXTENSION)
GLOBAL_ADMINISTRATOR = "62e90394-69f5-4237-9190-012177145e10"

_FOLLOWING = {
    APPROVED: ACTIVATING,
    ACTIVATING: ACTIVE,
    EXPIRING: EXPIRED,
    REQUESTED: TERMINATING,
    TERMINATING: TERMINATED,
}
_TOLD = {
    APPROVED: "granular_admin_relationship_approved",
    ACTIVE: "granular_admin_relationship_activated",
    EXPIRED: "granular_admin_relationship_expired",
    REQUESTED: "granular_admin_relationship_termination_requested",
    TERMINATED: "granular_admin_relationship_terminated",
}
"""What the history says when a state is reached."""


class WrongState(Exception):
    """The relationship is in no state for that."""


def relationships(state: State) -> dict[str, Record]:
    """Return all relationships by id."""
    return records(state, ANNEX)


def relationships_of(state: State, partner: str) -> list[Record]:
    """Return a partner's relationships in the order in which they were made."""
    return [each for each in relationships(state).values() if each["partner"] == partner]


def create(state: State, partner: str, actor: str, asked: Record) -> Record:
    """Make a relationship; `asked` has its name, duration, customer, roles and extension."""
    now = moment_kept(state.now)
    relationship: Record = {
        "id": f"{state.new_id()}-{state.new_id()}",
        "partner": partner,
        "actor": actor,
        "status": CREATED,
        "created": now,
        "modified": now,
        "activated": "",
        "ends": "",
        "due": "",
        "version": 1,
        "requests": {},
        "operations": {},
        "assignments": {},
        **asked,
    }
    relationships(state)[relationship["id"]] = relationship
    return relationship


def touch(state: State, relationship: Record, at: datetime | None = None) -> None:
    """Note that a relationship has changed."""
    relationship["modified"] = moment_kept(at or state.now)
    relationship["version"] += 1


def lock(state: State, relationship: Record) -> None:
    """Make a relationship ready for the customer's approval.

    Raises: WrongState.
    """
    _expect(relationship, CREATED)
    relationship["status"] = PENDING
    touch(state, relationship)


def approve(state: State, relationship: Record, customer: str, name: str) -> None:
    """Let a customer approve a relationship; from then on it is that customer's.

    Raises: WrongState.
    """
    _expect(relationship, PENDING)
    asked = relationship["customer"]
    if asked and asked["tenantId"].casefold() != customer.casefold():
        raise WrongState("the relationship is meant for another customer")
    relationship["customer"] = {"tenantId": customer, "displayName": name}
    _reach(state, relationship, APPROVED, state.now)


def terminate(state: State, relationship: Record) -> None:
    """Ask for a relationship's end.

    Raises: WrongState.
    """
    _expect(relationship, PENDING, APPROVED, ACTIVATING, ACTIVE)
    _reach(state, relationship, REQUESTED, state.now)


def extend_by(state: State, relationship: Record, duration: str) -> None:
    """Set whether a relationship extends itself."""
    relationship["extension"] = duration
    touch(state, relationship)


def _expect(relationship: Record, *statuses: str) -> None:
    if relationship["status"] not in statuses:
        raise WrongState(
            f"the relationship is '{relationship['status']}', not {' or '.join(statuses)}"
        )


def _reach(state: State, relationship: Record, status: str, at: datetime) -> None:
    relationship["status"] = status
    touch(state, relationship, at)
    if status == ACTIVE:
        relationship["activated"] = moment_kept(at)
        relationship["ends"] = moment_kept(after(at, relationship["duration"]))
        relationship["due"] = relationship["ends"]
    elif status in _FOLLOWING:
        step = timedelta(seconds=conduct_of(state).relationship_step_seconds)
        relationship["due"] = moment_kept(at + step)
    else:
        relationship["due"] = ""
        relationship["ends"] = moment_kept(at)
    _watch(state, relationship["due"])
    if status in _TOLD:
        tell(state, relationship, _TOLD[status], at)


def live(state: State, relationship: Record) -> None:
    """Do what is due for a relationship until now."""
    while relationship["due"] and moment_of(relationship["due"]) <= state.now:
        at = moment_of(relationship["due"])
        if relationship["status"] != ACTIVE:
            _reach(state, relationship, _FOLLOWING[relationship["status"]], at)
        elif relationship["extension"] == EXTENSION:
            relationship["ends"] = moment_kept(after(at, EXTENSION))
            relationship["due"] = relationship["ends"]
            touch(state, relationship, at)
            tell(state, relationship, "extend_relationship", at)
        else:
            _reach(state, relationship, EXPIRING, at)


def live_all(state: State) -> None:
    """Do what is due for any relationship until now."""
    watch = annex(state, ANNEX)
    if not watch.get("next") or moment_of(watch["next"]) > state.now:
        return
    for relationship in list(relationships(state).values()):
        live(state, relationship)
    watch["next"] = ""
    for relationship in relationships(state).values():
        _watch(state, relationship["due"])


def _watch(state: State, due: str) -> None:
    """Remember when the next relationship has to be looked at."""
    watch = annex(state, ANNEX)
    if due and (not watch.get("next") or moment_of(due) < moment_of(watch["next"])):
        watch["next"] = due


def tell(state: State, relationship: Record, kind: str, at: datetime) -> None:
    """Add to the history what became of a relationship."""
    customer = relationship["customer"] or {}
    state.record(
        Event(
            at=at,
            kind=kind,
            partner=relationship["partner"],
            customer=customer.get("tenantId", ""),
            actor=relationship["actor"] if kind.endswith("requested") else "",
            after=relationship_body(relationship),
        )
    )


def roles_body(roles: list[str]) -> Record:
    """Return roles in the shape of Graph."""
    return {"unifiedRoles": [{"roleDefinitionId": role} for role in roles]}


def relationship_body(relationship: Record) -> Record:
    """Return a relationship as Graph shows it, without its etag.

    A moment that is not yet known is an empty text, as in the documented sample; the end is
    foreseen from the creation on.
    """
    ends = relationship["ends"] or moment_kept(
        after(moment_of(relationship["created"]), relationship["duration"])
    )
    return {
        "id": relationship["id"],
        "displayName": relationship["displayName"],
        "duration": relationship["duration"],
        "customer": relationship["customer"],
        "accessDetails": roles_body(relationship["roles"]),
        "status": relationship["status"],
        "autoExtendDuration": relationship["extension"],
        "createdDateTime": shown(relationship["created"]),
        "lastModifiedDateTime": shown(relationship["modified"]),
        "activatedDateTime": shown(relationship["activated"]),
        "endDateTime": shown(ends),
    }


def shown(kept: str) -> str:
    """Return a kept moment with the seven decimals that Graph shows."""
    if not kept:
        return ""
    moment = moment_of(kept)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond:06}0Z"
