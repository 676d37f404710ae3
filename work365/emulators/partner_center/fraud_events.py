"""Fraud events: what Microsoft noticed in Azure subscriptions, and what the partner says of it.

Source: learn.microsoft.com/partner-center/developer/get-fraud-events,
update-fraud-events.
"""

from work365.emulators.partner_center.annexes import (
    Record,
    moment_kept,
    moment_of,
    records,
)
from work365.emulators.partner_center.calls import Answer, Call, Endpoint
from work365.emulators.partner_center.errors import invalid_input, not_found
from work365.emulators.partner_center.ledger import Event
from work365.emulators.partner_center.state import State

ANNEX = "fraud_events"
ACTIVE, INVESTIGATING, RESOLVED = "Active", "Investigating", "Resolved"
STATUSES = (ACTIVE, INVESTIGATING, RESOLVED)
NEVER = "9999-12-31T23:59:59.9970000"


class UnknownEntitlement(Exception):
    """There is no such Azure subscription."""


def notice_fraud(state: State, entitlement: str, service: str) -> Record:
    """Note a fraud in an Azure subscription (an entitlement of an Azure plan).

    Raises: UnknownEntitlement.
    """
    for subscription in state.subscriptions.values():
        if any(each.entitlement == entitlement for each in subscription.entitlements):
            break
    else:
        raise UnknownEntitlement(f"there is no Azure subscription '{entitlement}'")
    partner = state.partner_of(subscription.customer).tenant
    entity = state.new_id()
    noticed: Record = {
        "id": f"{entitlement}_{entity}",
        "entity": entity,
        "partner": partner,
        "customer": subscription.customer,
        "entitlement": entitlement,
        "service": service,
        "status": ACTIVE,
        "at": moment_kept(state.now),
        "reason": "None",
        "by": "",
        "resolved": "",
    }
    records(state, ANNEX)[noticed["id"]] = noticed
    state.record(
        Event(
            at=state.now,
            kind="azure_fraud_event_detected",
            partner=partner,
            customer=subscription.customer,
            subscription=entitlement,
            after=event_body(state, noticed),
        )
    )
    return noticed


def event_body(state: State, noticed: Record) -> Record:
    """Return a fraud event as Partner Center shows it."""
    at = _time(noticed["at"])
    return {
        "eventTime": at,
        "eventId": noticed["id"],
        "partnerTenantId": noticed["partner"],
        "partnerFriendlyName": state.partners[noticed["partner"]].name,
        "customerTenantId": noticed["customer"],
        "customerFriendlyName": state.customers[noticed["customer"]].name,
        "subscriptionId": noticed["entitlement"],
        "subscriptionType": "modern",
        "entityId": noticed["entity"],
        "entityName": noticed["service"],
        "entityUrl": f"/subscriptions/{noticed['entitlement']}",
        "hitCount": "1",
        "catalogOfferId": "MS-AZR-0017G",
        "eventStatus": noticed["status"],
        "serviceName": noticed["service"],
        "resourceName": noticed["service"],
        "resourceGroupName": f"rg-{noticed['entitlement'][:8]}",
        "firstOccurrence": at,
        "lastOccurrence": at,
        "resolvedReason": noticed["reason"],
        "resolvedOn": _time(noticed["resolved"]) if noticed["resolved"] else NEVER,
        "resolvedBy": noticed["by"],
        "firstObserved": at,
        "lastObserved": at,
    }


def _time(kept: str) -> str:
    moment = moment_of(kept)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 10_000:02}"


def _own(call: Call) -> list[Record]:
    kept = records(call.world, ANNEX).values()
    return [each for each in kept if each["partner"] == call.partner.tenant]


def _list(call: Call) -> Answer:
    status = call.query.get("eventstatus", "").casefold()
    entitlement = call.query.get("subscriptionid", "").casefold()
    return Answer(
        [
            event_body(call.world, each)
            for each in _own(call)
            if status in ("", "none", each["status"].casefold())
            and entitlement in ("", each["entitlement"])
        ]
    )


def _update(call: Call) -> Answer:
    entitlement = call.parameters["entitlement"].casefold()
    status = call.body.text("EventStatus").capitalize()
    chosen = call.body.raw("EventIds")
    if status not in STATUSES:
        raise invalid_input(f"'EventStatus' is one of {', '.join(STATUSES)}.")
    found = [
        each
        for each in _own(call)
        if each["entitlement"] == entitlement and (not chosen or each["id"] in chosen)
    ]
    if not found:
        raise not_found(f"There is no fraud event of the subscription '{entitlement}'.")
    for each in found:
        each["status"] = status
        each["reason"] = call.body.text("ResolvedReason", each["reason"])
        each["by"] = call.caller.name if status == RESOLVED else ""
        each["resolved"] = moment_kept(call.now) if status == RESOLVED else ""
    return Answer([event_body(call.world, each) for each in found])


ENDPOINTS = (
    Endpoint("GET", "/v1/fraudEvents", _list, needs_user=True),
    Endpoint("POST", "/v1/fraudEvents/subscription/{entitlement}/status", _update, needs_user=True),
)
