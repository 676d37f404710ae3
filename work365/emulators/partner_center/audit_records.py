"""Audit records: what users and applications of a partner did in the last ninety days.

Only operations that the reference lists are recorded; what Microsoft itself does, as renewing a
subscription, has no operation type and is not found here (the reference speaks of operations by a
partner's user or application).
Source: learn.microsoft.com/partner-center/developer/auditing-resources,
get-a-record-of-partner-center-activity-by-user.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from work365.emulators.partner_center.annexes import Record
from work365.emulators.partner_center.calls import Answer, Call, Endpoint
from work365.emulators.partner_center.errors import invalid_input, not_found
from work365.emulators.partner_center.ledger import Event
from work365.emulators.partner_center.moments import read_moment
from work365.emulators.partner_center.paging import page, page_size
from work365.emulators.partner_center.payloads import Body, json_text
from work365.emulators.partner_center.state import State

DAYS_MAX, DAYS_DEFAULT = 90, 30
PAGE_MAX = 500
RESOURCES = {
    "create_order": "order",
    "update_order": "order",
    "add_customer": "customer",
    "update_customer_billing_profile": "customer",
    "update_customer_qualification": "customer",
    "remove_partner_customer_relationship": "partner_customer_relationship",
    "reseller_relationship_accepted_by_customer": "partner_customer_relationship",
    "create_agreement": "agreement",
    "ready_invoice": "invoice",
    "update_subscription": "subscription",
    "upgrade_subscription": "subscription",
    "convert_trial_subscription": "subscription",
    "create_customer_user": "customer_user",
    "update_customer_user": "customer_user",
    "delete_customer_user": "customer_user",
    "update_customer_user_licenses": "license",
    "azure_fraud_event_detected": "subscription",
    "extend_relationship": "granular_admin_relationship",
    "granular_admin_relationship_approved": "granular_admin_relationship",
    "granular_admin_relationship_activated": "granular_admin_relationship",
    "granular_admin_relationship_termination_requested": "granular_admin_relationship",
    "granular_admin_relationship_terminated": "granular_admin_relationship",
    "granular_admin_relationship_expired": "granular_admin_relationship",
    "granular_admin_access_assignment_created": "granular_admin_access_assignment",
    "granular_admin_access_assignment_activated": "granular_admin_access_assignment",
    "granular_admin_access_assignment_updated": "granular_admin_access_assignment",
    "granular_admin_access_assignment_deleted": "granular_admin_access_assignment",
}
"""The resource type of each operation type that is recorded."""

_EPOCH = datetime(1, 1, 1, tzinfo=UTC)
_TICKS_OF_MICROSECOND = 10
_US_TIMES = ("%m/%d/%Y %I:%M:%S %p", "%m/%d/%Y")


def audit_id(event: Event, position: int) -> str:
    """Return the id of an event's record, which holds partner, customer, operation and time."""
    ticks = (event.at - _EPOCH) // timedelta(microseconds=1) * _TICKS_OF_MICROSECOND
    parts = [event.partner, event.customer, event.order or event.subscription]
    kind = event.kind.replace("_", "")
    # Events of one moment differ in the last digit.
    name = f"{kind}_{ticks + position % _TICKS_OF_MICROSECOND}"
    return "_".join([part for part in parts if part] + [name])


def _records(state: State, partner: str) -> list[tuple[int, Event]]:
    """Return a partner's recorded events, the newest first."""
    found = [
        (position, event)
        for position, event in enumerate(state.history)
        if event.partner == partner and event.kind in RESOURCES
    ]
    return sorted(found, key=lambda each: (each[1].at, each[0]), reverse=True)


def _list(call: Call) -> Answer:
    since, until = _period(call)
    wanted = _filter(call)
    size = page_size(call, PAGE_MAX, PAGE_MAX)
    found = [
        (position, event)
        for position, event in _records(call.world, call.partner.tenant)
        if since <= event.at < until and _fits(call.world, event, wanted)
    ]
    return page(call, found, size, lambda each: record_body(call.world, each[1], each[0]))


def _period(call: Call) -> tuple[datetime, datetime]:
    earliest = (call.now - timedelta(days=DAYS_MAX)).date()
    since = _day(call, "startdate") or call.now - timedelta(days=DAYS_DEFAULT)
    until = _day(call, "enddate")
    if since.date() < earliest:
        raise invalid_input(f"'startDate' is more than {DAYS_MAX} days ago.")
    end = call.now + timedelta(seconds=1) if until is None else until + timedelta(days=1)
    if end <= since:
        raise invalid_input("'endDate' is before 'startDate'.")
    return since, end


def _day(call: Call, name: str) -> datetime | None:
    text = call.query.get(name, "")
    if not text:
        return None
    moment = read_moment(text)
    for pattern in _US_TIMES:
        if moment is None:
            moment = _read(text, pattern)
    if moment is None:
        raise invalid_input(f"'{name}' is not a date.")
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)


def _read(text: str, pattern: str) -> datetime | None:
    try:
        return datetime.strptime(text, pattern).replace(tzinfo=UTC)
    except ValueError:
        return None


def _filter(call: Call) -> tuple[str, str] | None:
    text = call.query.get("filter", "")
    if not text:
        return None
    asked = Body.read(text.encode("utf-8"))
    field = asked.text("Field").casefold()
    operators = {"customerid": "equals", "companyname": "substring", "resourcetype": "equals"}
    if asked.text("Operator").casefold() != operators.get(field):
        raise invalid_input(
            "'filter' is by CustomerId (equals), CompanyName (substring) or ResourceType (equals)."
        )
    return field, asked.text("Value").casefold()


def _fits(state: State, event: Event, wanted: tuple[str, str] | None) -> bool:
    if wanted is None:
        return True
    field, value = wanted
    if field == "customerid":
        return event.customer.casefold() == value
    if field == "companyname":
        return bool(event.customer) and value in _name(state, event).casefold()
    # `Subscription`, as the resource types of the SDK are written, or `subscription`.
    return RESOURCES[event.kind].replace("_", "") == value.replace("_", "")


def _name(state: State, event: Event) -> str:
    customer = state.customers.get(event.customer)
    return customer.name if customer else ""


def record_body(state: State, event: Event, position: int) -> Record:
    """Return an event as an audit record."""
    body: Record = {
        "id": audit_id(event, position),
        "partnerId": event.partner,
        "customerId": event.customer or None,
        "customerName": _name(state, event) or None,
        "userPrincipalName": event.actor if event.actor != event.application else None,
        "applicationId": event.application or None,
        "resourceType": RESOURCES[event.kind],
        "resourceOldValue": _value(event.before),
        "resourceNewValue": _value(event.after),
        "operationType": event.kind,
        "operationDate": _date(event.at),
        "operationStatus": "succeeded",
        "customizedData": _custom(event),
        "attributes": {"objectType": "AuditRecord"},
    }
    return {name: value for name, value in body.items() if value is not None}


def _date(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond:06}0Z"


def _value(value: object) -> str | None:
    return None if value is None else json_text(_pascal(value))


def _pascal(value: Any) -> Any:
    """Return a value with its names as records write them, with a capital first."""
    if isinstance(value, dict):
        return {name[:1].upper() + name[1:]: _pascal(part) for name, part in value.items()}
    if isinstance(value, list):
        return [_pascal(part) for part in value]
    return value


def _custom(event: Event) -> list[Record]:
    told = {"OrderId": event.order, "SubscriptionId": event.subscription}
    after = event.after or {}
    if event.subscription and "quantity" in after:
        told["Quantity"] = str(after["quantity"])
    return [{"key": key, "value": value} for key, value in told.items() if value]


def _get(call: Call) -> Answer:
    key = call.parameters["record"].casefold()
    earliest = call.now - timedelta(days=DAYS_MAX)
    for position, event in _records(call.world, call.partner.tenant):
        if event.at >= earliest and audit_id(event, position).casefold() == key:
            return Answer(record_body(call.world, event, position))
    raise not_found(f"There is no audit record '{call.parameters['record']}'.")


ENDPOINTS = (
    Endpoint("GET", "/v1/auditrecords", _list),
    Endpoint("GET", "/v1/auditrecords/{record}", _get),
    Endpoint("GET", "/auditactivity/v1/auditrecords/{record}", _get),
)
