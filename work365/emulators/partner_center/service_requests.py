"""Service requests: support tickets of a partner, opened, read, noted on and closed.

Source: learn.microsoft.com/partner-center/developer/get-all-service-requests-for-a-customer,
update-a-service-request. How they are opened is from the resource's description.
"""

from http import HTTPStatus

from work365.emulators.partner_center.annexes import (
    Record,
    moment_kept,
    moment_of,
    records,
)
from work365.emulators.partner_center.calls import Answer, Call, Endpoint
from work365.emulators.partner_center.errors import invalid_input, not_found
from work365.emulators.partner_center.moments import moment_text
from work365.emulators.partner_center.paging import collection

ANNEX = "service_requests"
ROOT = "/v1/servicerequests"
STATUSES = ("open", "closed", "attention_needed")
NEVER = "0001-01-01T00:00:00"
_UNSAID = ("", "none", "unknown")
_FIRST_NUMBER = 2_600_000_000_000


def _kept(call: Call) -> dict[str, Record]:
    return records(call.world, ANNEX, call.partner.tenant)


def _list(call: Call) -> Answer:
    return collection([_brief(each) for each in _kept(call).values()])


def _of_customer(call: Call) -> Answer:
    tenant = call.customer.tenant
    own = [each for each in _kept(call).values() if each["organization"]["id"] == tenant]
    return collection([_brief(each) for each in own])


def _create(call: Call) -> Answer:
    title, topic = call.body.text("Title"), call.body.text("SupportTopicId")
    if not title or not topic:
        raise invalid_input("'Title' and 'SupportTopicId' are needed.")
    kept = _kept(call)
    now = moment_kept(call.now)
    customer = call.customer if "customer_id" in call.parameters else None
    request: Record = {
        "id": str(_FIRST_NUMBER + len(kept) + 1),
        "title": title,
        "description": call.body.text("Description"),
        "severity": call.body.text("Severity", "moderate"),
        "topic": topic,
        "status": STATUSES[0],
        "organization": {
            "id": customer.tenant if customer else call.partner.tenant,
            "name": customer.name if customer else call.partner.name,
        },
        "created": now,
        "modified": now,
        "closed": "",
        "notes": [],
    }
    kept[request["id"]] = request
    return Answer(_full(request), HTTPStatus.CREATED)


def _asked(call: Call) -> Record:
    request = _kept(call).get(call.parameters["request"])
    if request is None:
        raise not_found(f"There is no service request '{call.parameters['request']}'.")
    return request


def _get(call: Call) -> Answer:
    return Answer(_full(_asked(call)))


def _update(call: Call) -> Answer:
    request = _asked(call)
    status = call.body.text("Status").casefold()
    if status not in (*STATUSES, *_UNSAID):
        raise invalid_input(f"'Status' is one of {', '.join(STATUSES)}.")
    note = call.body.part("NewNote")
    if status not in _UNSAID:
        request["status"] = status
        request["closed"] = moment_kept(call.now) if status == "closed" else ""
    if note and note.text("Text"):
        kept = {"by": call.caller.name, "at": moment_kept(call.now), "text": note.text("Text")}
        request["notes"].append(kept)
    request["modified"] = moment_kept(call.now)
    return Answer(_full(request))


def _brief(request: Record) -> Record:
    closed = moment_text(moment_of(request["closed"])) if request["closed"] else NEVER
    return {
        "title": request["title"],
        "severity": request["severity"],
        "id": request["id"],
        "status": request["status"],
        "organization": request["organization"],
        "createdDate": moment_text(moment_of(request["created"])),
        "lastModifiedDate": moment_text(moment_of(request["modified"])),
        "lastClosedDate": closed,
        "attributes": {"objectType": "ServiceRequest"},
    }


def _full(request: Record) -> Record:
    return {
        **_brief(request),
        "description": request["description"],
        "supportTopicId": request["topic"],
        "notes": [
            {
                "createdByName": note["by"],
                "createdDate": moment_text(moment_of(note["at"])),
                "text": note["text"],
            }
            for note in request["notes"]
        ],
    }


ENDPOINTS = (
    Endpoint("GET", ROOT, _list, needs_user=True),
    Endpoint("POST", ROOT, _create, needs_user=True),
    Endpoint("GET", f"{ROOT}/{{request}}", _get, needs_user=True),
    Endpoint("PATCH", f"{ROOT}/{{request}}", _update, needs_user=True),
    Endpoint("GET", "/v1/customers/{customer_id}/servicerequests", _of_customer, needs_user=True),
    Endpoint("POST", "/v1/customers/{customer_id}/servicerequests", _create, needs_user=True),
)
