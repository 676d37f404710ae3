"""Who of the partner has which of a relationship's roles: access assignments of groups."""

from datetime import timedelta

from work365.emulators.partner_center.annexes import Record, annex, moment_kept, moment_of
from work365.emulators.partner_center.conduct import conduct_of
from work365.emulators.partner_center.ledger import Event
from work365.emulators.partner_center.relationships import (
    ACTIVE,
    ANNEX,
    relationships,
    relationships_of,
    roles_body,
    shown,
)
from work365.emulators.partner_center.state import State

PENDING = "pending"
_WAITS = "assignments_wait"
"""Whether any assignment is pending, so that not all are looked at with each request."""
GROUP = "securityGroup"


def assign(state: State, relationship: Record, group: str, roles: list[str]) -> Record:
    """Give a group roles; it has them once the assignment is active."""
    now = moment_kept(state.now)
    assignment: Record = {
        "id": state.new_id(),
        "group": group,
        "roles": roles,
        "status": PENDING,
        "created": now,
        "modified": now,
        "version": 1,
        "due": moment_kept(state.now + _wait(state)),
    }
    relationship["assignments"][assignment["id"]] = assignment
    annex(state, ANNEX)[_WAITS] = True
    tell(state, relationship, assignment, "created")
    return assignment


def reassign(state: State, relationship: Record, assignment: Record, roles: list[str]) -> None:
    """Give the group other roles."""
    assignment["roles"] = roles
    assignment["status"] = PENDING
    assignment["due"] = moment_kept(state.now + _wait(state))
    _touch(state, assignment)
    annex(state, ANNEX)[_WAITS] = True
    tell(state, relationship, assignment, "updated")


def withdraw(state: State, relationship: Record, assignment: Record) -> None:
    """Take the roles from the group."""
    del relationship["assignments"][assignment["id"]]
    tell(state, relationship, assignment, "deleted")


def live_all(state: State) -> None:
    """Make those assignments active for which it is time."""
    if not annex(state, ANNEX).get(_WAITS):
        return
    annex(state, ANNEX)[_WAITS] = False
    for relationship in relationships(state).values():
        for assignment in relationship["assignments"].values():
            if assignment["status"] == PENDING:
                _activate(state, relationship, assignment)


def _activate(state: State, relationship: Record, assignment: Record) -> None:
    if moment_of(assignment["due"]) > state.now:
        annex(state, ANNEX)[_WAITS] = True
        return
    assignment["status"] = ACTIVE
    _touch(state, assignment)
    tell(state, relationship, assignment, "activated")


def holds_role(state: State, partner: str, customer: str, roles: frozenset[str]) -> bool:
    """Return whether the partner has one of some roles at a customer."""
    for relationship in relationships_of(state, partner):
        there = relationship["customer"] or {}
        if relationship["status"] != ACTIVE or there.get("tenantId") != customer:
            continue
        for assignment in relationship["assignments"].values():
            if assignment["status"] == ACTIVE and roles & set(assignment["roles"]):
                return True
    return False


def assignment_body(assignment: Record) -> Record:
    """Return an assignment as Graph shows it, without its etag."""
    return {
        "id": assignment["id"],
        "status": assignment["status"],
        "createdDateTime": shown(assignment["created"]),
        "lastModifiedDateTime": shown(assignment["modified"]),
        "accessContainer": {
            "accessContainerId": assignment["group"],
            "accessContainerType": GROUP,
        },
        "accessDetails": roles_body(assignment["roles"]),
    }


def tell(state: State, relationship: Record, assignment: Record, what: str) -> None:
    """Add to the history what became of an assignment."""
    state.record(
        Event(
            at=state.now,
            kind=f"granular_admin_access_assignment_{what}",
            partner=relationship["partner"],
            customer=(relationship["customer"] or {}).get("tenantId", ""),
            actor=relationship["actor"] if what != "activated" else "",
            after={
                **assignment_body(assignment),
                "delegatedAdminRelationshipId": relationship["id"],
            },
        )
    )


def _wait(state: State) -> timedelta:
    return timedelta(seconds=conduct_of(state).assignment_seconds)


def _touch(state: State, assignment: Record) -> None:
    assignment["modified"] = moment_kept(state.now)
    assignment["version"] += 1
