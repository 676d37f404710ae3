"""Graph's admin relationships: create, read, change, lock, end, delete.

A relationship is changed while it is `created`; of an active one only whether it extends itself,
and that as an operation (202). The latter, and that a change needs If-Match, is from the
reference; the body of a refusal is inferred.
Source: learn.microsoft.com/graph/api/resources/delegatedadminrelationship.
"""

from http import HTTPStatus

from work365.emulators.partner_center.annexes import Record, moment_kept
from work365.emulators.partner_center.calls import Answer, Call
from work365.emulators.partner_center.graph_calls import GraphEndpoint
from work365.emulators.partner_center.graph_errors import bad_request, conflict, not_found
from work365.emulators.partner_center.graph_lists import listed
from work365.emulators.partner_center.graph_requests import (
    ROOT,
    check_etag,
    check_extension,
    entity,
    etag_of,
    relationship_asked,
    wanted,
)
from work365.emulators.partner_center.relationships import (
    ACTIVE,
    CREATED,
    WrongState,
    create,
    extend_by,
    lock,
    relationship_body,
    relationships,
    relationships_of,
    shown,
    terminate,
    touch,
)

READ = (
    "DelegatedAdminRelationship.Read.All",
    "DelegatedAdminRelationship.ReadWrite.All",
)
WRITE = ("DelegatedAdminRelationship.ReadWrite.All",)
ONE = f"{ROOT}/{{relationship}}"
RETRY_AFTER_SECONDS = 10
_CONTEXT = "delegatedAdminRelationships"


def _list(call: Call) -> Answer:
    entities = [
        {"@odata.etag": etag_of(each), **relationship_body(each)}
        for each in relationships_of(call.world, call.caller.tenant)
    ]
    return listed(call, entities, _CONTEXT)


def _create(call: Call) -> Answer:
    asked = wanted(call)
    relationship = create(call.world, call.caller.tenant, call.caller.name, asked)
    answer = _shown(relationship, HTTPStatus.CREATED)
    answer.headers["Location"] = f"{call.base}{ROOT}/{relationship['id']}"
    return answer


def _get(call: Call) -> Answer:
    return _shown(relationship_asked(call))


def _update(call: Call) -> Answer:
    relationship = relationship_asked(call)
    check_etag(call, relationship)
    if relationship["status"] == ACTIVE and set(call.body.values) == {"autoextendduration"}:
        return _extend(call, relationship)
    if relationship["status"] != CREATED:
        raise conflict(
            f"A relationship that is '{relationship['status']}' cannot be changed; only a "
            "'created' one can, and whether an 'active' one extends itself."
        )
    relationship.update(wanted(call, relationship))
    touch(call.world, relationship)
    return _shown(relationship)


def _extend(call: Call, relationship: Record) -> Answer:
    duration = call.body.text("autoExtendDuration")
    check_extension(duration, relationship["roles"])
    extend_by(call.world, relationship, duration)
    return operation_started(call, relationship, "delegatedAdminRelationshipUpdate")


def operation_started(call: Call, relationship: Record, kind: str) -> Answer:
    """Keep an operation that is done, and answer 202 with where to read of it."""
    key = call.world.new_id()
    now = moment_kept(call.now)
    relationship["operations"][key] = {
        "id": key,
        "operationType": kind,
        "data": "",
        "status": "succeeded",
        "created": now,
    }
    headers = {
        "Location": f"{call.base}{ROOT}/{relationship['id']}/operations/{key}",
        "Retry-After": str(RETRY_AFTER_SECONDS),
    }
    return Answer({}, HTTPStatus.ACCEPTED, headers)


def _delete(call: Call) -> Answer:
    relationship = relationship_asked(call)
    check_etag(call, relationship)
    if relationship["status"] != CREATED:
        raise conflict("Only a relationship that is 'created' can be deleted.")
    del relationships(call.world)[relationship["id"]]
    return Answer(None, HTTPStatus.NO_CONTENT)


def _request(call: Call) -> Answer:
    relationship = relationship_asked(call)
    action = call.body.text("action")
    if action not in ("lockForApproval", "terminate"):
        raise bad_request("'action' is lockForApproval or terminate.")
    relationship["actor"] = call.caller.name
    try:
        (lock if action == "lockForApproval" else terminate)(call.world, relationship)
    except WrongState as error:
        raise conflict(str(error)) from error
    key = call.world.new_id()
    relationship["requests"][key] = {
        "id": key,
        "action": action,
        "created": moment_kept(call.now),
    }
    answer = Answer(_request_body(relationship["requests"][key], "created"), HTTPStatus.CREATED)
    answer.headers["Location"] = f"{call.base}{ROOT}/{relationship['id']}/requests/{key}"
    return answer


def _requests(call: Call) -> Answer:
    kept = relationship_asked(call)["requests"].values()
    return listed(call, [_request_body(each, "succeeded") for each in kept], "requests")


def _request_body(request: Record, status: str) -> Record:
    return {
        "id": request["id"],
        "action": request["action"],
        "status": status,
        "createdDateTime": shown(request["created"]),
        "lastModifiedDateTime": shown(request["created"]),
    }


def _operation(call: Call) -> Answer:
    operation = relationship_asked(call)["operations"].get(call.parameters["operation"])
    if operation is None:
        raise not_found(call.parameters["operation"])
    body = {name: value for name, value in operation.items() if name != "created"}
    times = {
        "createdDateTime": shown(operation["created"]),
        "lastModifiedDateTime": shown(operation["created"]),
    }
    return Answer(body | times)


def _shown(relationship: Record, status: int = 200) -> Answer:
    shape = relationship_body(relationship)
    return entity(relationship, shape, f"{_CONTEXT}/$entity", status)


ENDPOINTS = (
    GraphEndpoint("GET", ROOT, _list, permissions=READ),
    GraphEndpoint("POST", ROOT, _create, permissions=WRITE),
    GraphEndpoint("GET", ONE, _get, permissions=READ),
    GraphEndpoint("PATCH", ONE, _update, permissions=WRITE),
    GraphEndpoint("DELETE", ONE, _delete, permissions=WRITE),
    GraphEndpoint("GET", f"{ONE}/requests", _requests, permissions=READ),
    GraphEndpoint("POST", f"{ONE}/requests", _request, permissions=WRITE),
    GraphEndpoint("GET", f"{ONE}/operations/{{operation}}", _operation, permissions=READ),
)
