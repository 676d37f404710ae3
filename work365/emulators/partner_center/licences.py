"""Licences: what a customer has subscribed to, who has which, and giving and taking them.

The units are those of the customer's subscriptions. A request gives licences of one group only.
Source: learn.microsoft.com/partner-center/developer/assign-licenses-to-a-user,
get-a-list-of-available-licenses.
"""

from http import HTTPStatus
from uuid import UUID, uuid5

from work365.emulators.partner_center.annexes import Record
from work365.emulators.partner_center.calls import Answer, Call, Endpoint
from work365.emulators.partner_center.catalogue import ONLINE_SERVICES, Sku
from work365.emulators.partner_center.errors import bad_request
from work365.emulators.partner_center.paging import collection
from work365.emulators.partner_center.payloads import Body
from work365.emulators.partner_center.state import State
from work365.emulators.partner_center.subscription import ACTIVE, SUSPENDED, Subscription
from work365.emulators.partner_center.users import (
    DIRECTORY_WRITERS,
    GLOBAL_ADMINISTRATOR,
    ROOT,
    USER_ADMINISTRATOR,
    check_access,
    tell,
    user_asked,
    users_of,
)

LICENCE_ADMINISTRATOR = "4d6ac14f-3453-41d0-bef9-a3e0c569773a"
ROLES = frozenset(
    {GLOBAL_ADMINISTRATOR, LICENCE_ADMINISTRATOR, USER_ADMINISTRATOR, DIRECTORY_WRITERS}
)
GROUP = "group1"
_NAMESPACE = UUID("0d0e4c3a-55c5-5b5c-8f7d-4a4b2f6f5b61")


def licence_id(sku: Sku) -> str:
    """Return the id under which users are given a SKU: another one than the catalogue's."""
    return sku.provisioning_id or str(uuid5(_NAMESPACE, sku.key))


def _owned(state: State, customer: str) -> dict[str, list[Subscription]]:
    """Return the subscriptions that units come from, by licence id."""
    owned: dict[str, list[Subscription]] = {}
    for subscription in state.subscriptions_of(customer):
        sku = state.catalogue.sku(f"{subscription.product}:{subscription.sku}")
        is_counted = subscription.status in (ACTIVE, SUSPENDED)
        if sku and is_counted and subscription.product_kind == ONLINE_SERVICES:
            owned.setdefault(licence_id(sku), []).append(subscription)
    return owned


def _subscribed(call: Call) -> Answer:
    check_access(call, ROLES)
    customer = call.customer.tenant
    groups = call.query.get("licensegroupids", GROUP)
    owned = _owned(call.world, customer) if GROUP in groups.casefold() else {}
    bodies = [_subscribed_body(call.world, customer, key, of) for key, of in owned.items()]
    return collection(bodies)


def _subscribed_body(state: State, customer: str, key: str, of: list[Subscription]) -> Record:
    active = sum(each.quantity for each in of if each.status == ACTIVE)
    suspended = sum(each.quantity for each in of if each.status == SUSPENDED)
    consumed = _consumed(state, customer, key)
    name = of[0].offer_name
    return {
        "availableUnits": active - consumed,
        "activeUnits": active,
        "consumedUnits": consumed,
        "suspendedUnits": suspended,
        "totalUnits": active + suspended,
        "warningUnits": 0,
        "productSku": {**_product_sku(key, name), "targetType": "User"},
        "servicePlans": [_plan(key, name, "Enabled")],
        "capabilityStatus": "Enabled" if active else "Suspended",
        "attributes": {"objectType": "SubscribedSku"},
    }


def _product_sku(key: str, name: str) -> Record:
    part = "".join(each if each.isalnum() else "_" for each in name.upper())
    return {"id": key, "name": name, "skuPartNumber": part, "licenseGroupId": GROUP}


def _plan(key: str, name: str, status: str) -> Record:
    return {
        "displayName": name,
        "serviceName": _product_sku(key, name)["skuPartNumber"],
        "id": str(uuid5(_NAMESPACE, f"{key}:plan")),
        "capabilityStatus": status,
        "targetType": "User",
    }


def _consumed(state: State, customer: str, key: str) -> int:
    return sum(key in user["licences"] for user in users_of(state, customer).values())


def _of_user(call: Call) -> Answer:
    check_access(call, ROLES)
    user = user_asked(call)
    owned = _owned(call.world, call.customer.tenant)
    bodies = []
    for key, kept in user["licences"].items():
        name = owned[key][0].offer_name if key in owned else kept["name"]
        plan = _plan(key, name, "Assigned")
        body = {
            "servicePlans": [] if plan["id"] in kept["excluded"] else [plan],
            "productSku": _product_sku(key, name),
            "attributes": {"objectType": "License"},
        }
        bodies.append(body)
    return collection(bodies)


def _update(call: Call) -> Answer:
    check_access(call, ROLES)
    user = user_asked(call)
    owned = _owned(call.world, call.customer.tenant)
    gains = call.body.parts("licensesToAssign")
    losses = call.body.raw("licensesToRemove") or []
    if not gains and not losses:
        raise bad_request(800002, "Invalid request input. No licence is to be changed.")
    removed = [str(each).casefold() for each in losses]
    for key in removed:
        if key not in user["licences"]:
            raise bad_request(800002, f"Invalid request input. The user lacks the licence '{key}'.")
    for gain in gains:
        _check_free(call, owned, user, gain, removed)
    for key in removed:
        del user["licences"][key]
    for gain in gains:
        key = gain.text("skuId").casefold()
        excluded = [str(plan).casefold() for plan in gain.raw("excludedPlans") or []]
        user["licences"][key] = {"name": owned[key][0].offer_name, "excluded": excluded}
    return _updated(call, user, gains, removed)


def _check_free(
    call: Call,
    owned: dict[str, list[Subscription]],
    user: Record,
    gain: Body,
    removed: list[str],
) -> None:
    key = gain.text("skuId").casefold()
    if key not in owned:
        raise bad_request(800002, f"Invalid request input. The customer has no SKU '{key}'.")
    units = sum(each.quantity for each in owned[key] if each.status == ACTIVE)
    has_it = key in user["licences"] and key not in removed
    if not has_it and _consumed(call.world, call.customer.tenant, key) >= units:
        raise bad_request(
            60012,
            "We are sorry, it looks like you have run out of licenses. Buy more licenses, and "
            "then try again.",
            "LicenseQuotaExceededException : Subscription with Account "
            f"{call.customer.tenant} and SKU {key} does not have any available licenses left.",
        )


def _updated(call: Call, user: Record, gains: list[Body], removed: list[str]) -> Answer:
    body: Record = {"licensesToAssign": [{"skuId": gain.text("skuId")} for gain in gains]}
    if removed:
        body["licensesToRemove"] = removed
    body |= {"licenseWarnings": [], "attributes": {"objectType": "LicenseUpdate"}}
    tell(call, "update_customer_user_licenses", {"customerUserId": user["id"], **body})
    return Answer(body, HTTPStatus.CREATED)


ENDPOINTS = (
    Endpoint("GET", "/v1/customers/{customer_id}/subscribedskus", _subscribed, needs_user=True),
    Endpoint("GET", f"{ROOT}/{{user}}/licenses", _of_user, needs_user=True),
    Endpoint("POST", f"{ROOT}/{{user}}/licenseupdates", _update, needs_user=True),
)
