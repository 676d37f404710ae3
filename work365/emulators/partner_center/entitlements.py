"""Azure subscriptions under an Azure plan: looked up, cancelled, reactivated.

A cancellation still shows `active` in its answer, as the documented sample does; about ten
minutes are documented until it shows, here it does with the next request.
Source: learn.microsoft.com/partner-center/developer/cancel-an-azure-subscription.
"""

from typing import Any

from work365.emulators.partner_center.calls import Answer, Call, Endpoint
from work365.emulators.partner_center.catalogue import AZURE_PLAN
from work365.emulators.partner_center.errors import PartnerCenterError, bad_request, invalid_input
from work365.emulators.partner_center.lifecycle import tell
from work365.emulators.partner_center.paging import collection, link
from work365.emulators.partner_center.subscription import ACTIVE, Entitlement, Subscription
from work365.emulators.partner_center.subscription_bodies import brief_body
from work365.emulators.partner_center.subscriptions import subscription_of

INACTIVE = "inactive"
REASONS = ("compromise", "abandonment", "billing", "other", "notneeded")


def _plan(call: Call) -> Subscription:
    plan = subscription_of(call)
    if plan.product_kind != AZURE_PLAN:
        raise bad_request(800011, "This subscription isn't a valid Azure subscription")
    return plan


def _entitlement(call: Call, plan: Subscription) -> Entitlement:
    wanted = call.parameters["entitlement_id"].casefold()
    for entitlement in plan.entitlements:
        if entitlement.entitlement == wanted:
            return entitlement
    raise PartnerCenterError(
        404, 800111, "Azure subscription with the given entitlement ID isn't found.", (wanted,)
    )


def _list(call: Call) -> Answer:
    plan = _plan(call)
    return collection([_body(plan, each, has_links=False) for each in plan.entitlements])


def _get(call: Call) -> Answer:
    plan = _plan(call)
    return Answer(_body(plan, _entitlement(call, plan), has_links=True))


def _cancel(call: Call) -> Answer:
    plan = _plan(call)
    entitlement = _entitlement(call, plan)
    if not call.content.strip():
        raise invalid_input("The Azure entitlement cancellation request content is required.")
    reason = call.body.text("cancellationReason")
    if reason.casefold() not in REASONS:
        raise bad_request(900307, f"Cancellation reason '{reason}' is invalid.", reason)
    if entitlement.status != ACTIVE:
        raise bad_request(800012, "This subscription isn't an active subscription")
    shown = _body(plan, entitlement, has_links=True)
    _change(call, plan, entitlement, INACTIVE)
    entitlement.cancellation_reason = reason
    return Answer(shown)


def _reactivate(call: Call) -> Answer:
    plan = _plan(call)
    entitlement = _entitlement(call, plan)
    if entitlement.status == ACTIVE:
        raise bad_request(800041, "This item has already been activated")
    _change(call, plan, entitlement, ACTIVE)
    entitlement.cancellation_reason = ""
    return Answer(_body(plan, entitlement, has_links=True))


def _change(call: Call, plan: Subscription, entitlement: Entitlement, status: str) -> None:
    before = brief_body(call.world, plan) | {"entitlements": _shown(plan)}
    entitlement.status = status
    entitlement.changed_at = call.now
    plan.version += 1
    actor = (call.caller.user, call.caller.application)
    tell(call.world, plan, "update_subscription", before, call.now, actor)


def _shown(plan: Subscription) -> list[dict[str, Any]]:
    return [_body(plan, each, has_links=False) for each in plan.entitlements]


def _body(plan: Subscription, entitlement: Entitlement, *, has_links: bool) -> dict[str, Any]:
    body: dict[str, Any] = {
        "id": entitlement.entitlement,
        "friendlyName": entitlement.friendly_name,
        "status": entitlement.status,
        "subscriptionId": plan.subscription,
    }
    if has_links:
        root = f"/customers/{plan.customer}/subscriptions/{plan.subscription}"
        uri = f"{root}/azureEntitlements/{entitlement.entitlement}"
        body["links"] = {"self": link(uri)}
    return body


_PLAN = "/v1/customers/{customer_id}/subscriptions/{subscription_id}/azureEntitlements"
_ONE = f"{_PLAN}/{{entitlement_id}}"
ENDPOINTS = (
    Endpoint("GET", _PLAN, _list),
    Endpoint("GET", _ONE, _get),
    Endpoint("POST", f"{_ONE}/cancel", _cancel),
    Endpoint("POST", f"{_ONE}/reactivate", _reactivate),
)
