"""Users of customers: list, create, read, change, delete. App+User only.

A customer has one administrator from the start. A password that is sent is taken and forgotten.
Source: learn.microsoft.com/partner-center/developer/create-user-accounts-for-a-customer and its
siblings.
"""

from http import HTTPStatus
from typing import Any
from uuid import UUID, uuid5

from work365.emulators.partner_center.annexes import Record, records
from work365.emulators.partner_center.assignments import holds_role
from work365.emulators.partner_center.calls import Answer, Call, Endpoint
from work365.emulators.partner_center.conduct import conduct_of
from work365.emulators.partner_center.errors import PartnerCenterError, bad_request, forbidden
from work365.emulators.partner_center.ledger import Event
from work365.emulators.partner_center.paging import collection, link
from work365.emulators.partner_center.state import State

ANNEX = "users"
ROOT = "/v1/customers/{customer_id}/users"
GLOBAL_ADMINISTRATOR = "62e90394-69f5-4237-9190-012177145e10"
USER_ADMINISTRATOR = "fe930be7-5e62-47db-91af-98c3a49a38b1"
DIRECTORY_WRITERS = "9360feb5-f418-4baa-8175-e2a00bac4301"
ROLES = frozenset({GLOBAL_ADMINISTRATOR, USER_ADMINISTRATOR, DIRECTORY_WRITERS})
"""One of which a partner needs at a customer, where roles are asked for."""


def users_of(state: State, customer: str) -> dict[str, Record]:
    """Return a customer's users by id."""
    users = records(state, ANNEX, customer)
    if not users:
        known = state.customers[customer]
        key = str(uuid5(UUID(customer), "administrator"))
        users[key] = {
            "id": key,
            "upn": f"admin@{known.domain}",
            "firstName": known.billing_first_name or "Admin",
            "lastName": known.billing_last_name or "Admin",
            "displayName": known.name,
            "usageLocation": known.country,
            "licences": {},
        }
    return users


def check_access(call: Call, roles: frozenset[str]) -> None:
    """Refuse a partner that the customer keeps out, or that lacks a role there.

    Raises: PartnerCenterError, 403.
    """
    conduct = conduct_of(call.world)
    if call.customer.tenant in conduct.blocked_by_access_policy:
        raise forbidden(
            900309,
            "Access has been blocked by Conditional Access policies. The access policy does not "
            "allow token issuance.",
        )
    partner, customer = call.partner.tenant, call.customer.tenant
    if conduct.demands_gdap and not holds_role(call.world, partner, customer, roles):
        raise forbidden(900308, "Insufficient privileges to complete the operation.")


def user_asked(call: Call) -> Record:
    """Return the user of the path.

    Raises: PartnerCenterError, 404.
    """
    key = call.parameters["user"]
    user = users_of(call.world, call.customer.tenant).get(key.casefold())
    if user is None:
        raise PartnerCenterError(
            HTTPStatus.NOT_FOUND, 60002, f"User object ID {key} isn't found.", (key,)
        )
    return user


def tell(call: Call, kind: str, after: dict[str, Any]) -> None:
    """Add to the history what was done to a user."""
    call.world.record(
        Event(
            at=call.now,
            kind=kind,
            partner=call.partner.tenant,
            customer=call.customer.tenant,
            actor=call.caller.name,
            application=call.caller.application,
            after=after,
        )
    )


def _list(call: Call) -> Answer:
    check_access(call, ROLES)
    users = users_of(call.world, call.customer.tenant).values()
    customer = call.customer.tenant
    return collection([user_body(each, customer) for each in users], f"/customers/{customer}/users")


def _create(call: Call) -> Answer:
    check_access(call, ROLES)
    upn = call.body.text("userPrincipalName")
    users = users_of(call.world, call.customer.tenant)
    _check_name(call, upn)
    if any(each["upn"].casefold() == upn.casefold() for each in users.values()):
        raise bad_request(800002, f"Invalid request input. The user '{upn}' exists already.")
    user = {"id": call.world.new_id(), "upn": upn, "licences": {}, **_names(call, {})}
    users[user["id"]] = user
    body = user_body(user, call.customer.tenant)
    tell(call, "create_customer_user", body)
    return Answer(body, HTTPStatus.CREATED)


def _check_name(call: Call, upn: str) -> None:
    _, _, domain = upn.partition("@")
    if domain.casefold() != call.customer.domain.casefold():
        raise bad_request(
            800002,
            "Invalid request input. 'userPrincipalName' has to be of the customer's domain "
            f"'{call.customer.domain}'.",
        )


def _names(call: Call, known: Record) -> Record:
    named = {
        name: call.body.text(name, known.get(name, ""))
        for name in ("firstName", "lastName", "displayName", "usageLocation")
    }
    lacking = [name for name in ("displayName", "usageLocation") if not named[name]]
    if lacking:
        raise bad_request(800002, f"Invalid request input. '{lacking[0]}' is missing.")
    return named


def _get(call: Call) -> Answer:
    check_access(call, ROLES)
    return Answer(user_body(user_asked(call), call.customer.tenant))


def _update(call: Call) -> Answer:
    check_access(call, ROLES)
    user = user_asked(call)
    user.update(_names(call, user))
    body = user_body(user, call.customer.tenant)
    tell(call, "update_customer_user", body)
    return Answer(body)


def _delete(call: Call) -> Answer:
    check_access(call, ROLES)
    user = user_asked(call)
    del users_of(call.world, call.customer.tenant)[user["id"]]
    tell(call, "delete_customer_user", {"id": user["id"]})
    return Answer(None, HTTPStatus.NO_CONTENT)


def user_body(user: Record, customer: str) -> Record:
    """Return a user as Partner Center shows one."""
    body = {
        "usageLocation": user["usageLocation"],
        "id": user["id"],
        "userPrincipalName": user["upn"],
        "firstName": user["firstName"],
        "lastName": user["lastName"],
        "displayName": user["displayName"],
        "userDomainType": "none",
        "state": "active",
    }
    return {
        **{name: value for name, value in body.items() if value},
        "links": {"self": link(f"/customers/{customer}/users/{user['id']}")},
        "attributes": {"objectType": "CustomerUser"},
    }


ENDPOINTS = (
    Endpoint("GET", ROOT, _list, needs_user=True),
    Endpoint("POST", ROOT, _create, needs_user=True),
    Endpoint("GET", f"{ROOT}/{{user}}", _get, needs_user=True),
    Endpoint("PATCH", f"{ROOT}/{{user}}", _update, needs_user=True),
    Endpoint("DELETE", f"{ROOT}/{{user}}", _delete, needs_user=True),
)
