"""Graph's access assignments of a relationship: create, read, change, delete.

Source: learn.microsoft.com/graph/api/resources/delegatedadminaccessassignment.
"""

from http import HTTPStatus

from work365.emulators.partner_center.annexes import Record
from work365.emulators.partner_center.assignments import (
    GROUP,
    assign,
    assignment_body,
    reassign,
    withdraw,
)
from work365.emulators.partner_center.calls import Answer, Call
from work365.emulators.partner_center.graph_calls import GraphEndpoint
from work365.emulators.partner_center.graph_errors import bad_request, conflict
from work365.emulators.partner_center.graph_lists import listed
from work365.emulators.partner_center.graph_relationships import (
    ONE,
    READ,
    WRITE,
    operation_started,
)
from work365.emulators.partner_center.graph_requests import (
    ROOT,
    assignment_asked,
    check_etag,
    entity,
    etag_of,
    relationship_asked,
    roles_of,
)
from work365.emulators.partner_center.guids import is_guid
from work365.emulators.partner_center.relationships import ACTIVE

MANY = f"{ONE}/accessAssignments"
SINGLE = f"{MANY}/{{assignment}}"


def _list(call: Call) -> Answer:
    kept = relationship_asked(call)["assignments"].values()
    entities = [{"@odata.etag": etag_of(each), **assignment_body(each)} for each in kept]
    return listed(call, entities, "accessAssignments")


def _create(call: Call) -> Answer:
    relationship = relationship_asked(call)
    if relationship["status"] != ACTIVE:
        raise conflict(f"The relationship is '{relationship['status']}', not active.")
    group = _group(call)
    roles = _roles(call, relationship)
    if any(each["group"] == group for each in relationship["assignments"].values()):
        raise conflict("The access container has an assignment in this relationship already.")
    relationship["actor"] = call.caller.name
    assignment = assign(call.world, relationship, group, roles)
    answer = _shown(assignment, HTTPStatus.CREATED)
    place = f"{ROOT}/{relationship['id']}/accessAssignments/{assignment['id']}"
    answer.headers["Location"] = f"{call.base}{place}"
    return answer


def _group(call: Call) -> str:
    container = call.body.part("accessContainer")
    if container is None or container.text("accessContainerType") != GROUP:
        raise bad_request(f"'accessContainer.accessContainerType' has to be {GROUP}.")
    group = container.text("accessContainerId").casefold()
    if not is_guid(group):
        raise bad_request("'accessContainer.accessContainerId' is not a GUID.")
    return group


def _roles(call: Call, relationship: Record) -> list[str]:
    roles = roles_of(call.body)
    if not roles:
        raise bad_request("'accessDetails.unifiedRoles' has to name a role.")
    beyond = sorted(set(roles) - set(relationship["roles"]))
    if beyond:
        raise bad_request(f"The relationship does not have the roles {', '.join(beyond)}.")
    return roles


def _get(call: Call) -> Answer:
    return _shown(assignment_asked(call))


def _update(call: Call) -> Answer:
    relationship, assignment = relationship_asked(call), assignment_asked(call)
    check_etag(call, assignment)
    roles = _roles(call, relationship)
    if set(roles) == set(assignment["roles"]):
        return _shown(assignment)
    reassign(call.world, relationship, assignment, roles)
    return operation_started(call, relationship, "delegatedAdminAccessAssignmentUpdate")


def _delete(call: Call) -> Answer:
    relationship, assignment = relationship_asked(call), assignment_asked(call)
    check_etag(call, assignment)
    withdraw(call.world, relationship, assignment)
    return Answer(None, HTTPStatus.NO_CONTENT)


def _shown(assignment: Record, status: int = 200) -> Answer:
    return entity(assignment, assignment_body(assignment), "accessAssignments/$entity", status)


ENDPOINTS = (
    GraphEndpoint("GET", MANY, _list, permissions=READ),
    GraphEndpoint("POST", MANY, _create, permissions=WRITE),
    GraphEndpoint("GET", SINGLE, _get, permissions=READ),
    GraphEndpoint("PATCH", SINGLE, _update, permissions=WRITE),
    GraphEndpoint("DELETE", SINGLE, _delete, permissions=WRITE),
)
