"""Subscriptions: looked up and changed.

Source: learn.microsoft.com/partner-center/developer/get-a-subscription-by-id and the pages on
its changes.
"""

from http import HTTPStatus

from work365.emulators.partner_center.calls import Answer, Call, Endpoint
from work365.emulators.partner_center.changes import apply_change, check_open, read_change
from work365.emulators.partner_center.errors import invalid_input, unknown_subscription
from work365.emulators.partner_center.lifecycle import tell
from work365.emulators.partner_center.paging import collection
from work365.emulators.partner_center.passage import schedule
from work365.emulators.partner_center.subscription import Subscription
from work365.emulators.partner_center.subscription_bodies import (
    brief_body,
    provisioning_body,
    subscription_body,
)


def subscription_of(call: Call) -> Subscription:
    """Return the subscription in the path.

    Raises: PartnerCenterError, 404, 20003.
    """
    key = call.parameters["subscription_id"].casefold()
    subscription = call.world.subscriptions.get(key)
    if subscription is None or subscription.customer != call.customer.tenant:
        raise unknown_subscription(key)
    return subscription


def _list(call: Call) -> Answer:
    order, partner = call.query.get("order_id", ""), call.query.get("mpn_id", "")
    shown = [
        subscription_body(call.world, each)
        for each in call.world.subscriptions_of(call.customer.tenant)
        if (not order or each.order == order) and (not partner or _is_of(each, partner))
    ]
    return collection(shown, call.uri)


def _is_of(subscription: Subscription, partner: str) -> bool:
    return partner == subscription.partner_of_record or any(
        value == partner for _, value in subscription.participants
    )


def _get(call: Call) -> Answer:
    return Answer(subscription_body(call.world, subscription_of(call)))


def _patch(call: Call) -> Answer:
    subscription = subscription_of(call)
    if not call.content.strip():
        raise invalid_input("The body is the whole subscription; there is none.")
    check_open(call.world, subscription, call.headers.get("if-match", ""), call.body)
    wanted = read_change(call.world, subscription, call.body)
    before = brief_body(call.world, subscription)
    apply_change(call.world, subscription, wanted)
    actor = (call.caller.user, call.caller.application)
    tell(call.world, subscription, "update_subscription", before, call.now, actor)
    schedule(call.world, subscription)
    body = subscription_body(call.world, subscription)
    if not call.world.lags.update_done:
        return Answer(body)
    location = f"/customers/{subscription.customer}/subscriptions/{subscription.subscription}"
    return Answer(body, HTTPStatus.ACCEPTED, {"Location": location})


def _addons(call: Call) -> Answer:
    parent = subscription_of(call).subscription
    return collection(
        [
            subscription_body(call.world, each)
            for each in call.world.subscriptions_of(call.customer.tenant)
            if each.parent == parent
        ],
        call.uri,
    )


def _provisioning(call: Call) -> Answer:
    return Answer(provisioning_body(subscription_of(call), call.now))


_SUBSCRIPTION = "/v1/customers/{customer_id}/subscriptions/{subscription_id}"
ENDPOINTS = (
    Endpoint("GET", "/v1/customers/{customer_id}/subscriptions", _list),
    Endpoint("GET", _SUBSCRIPTION, _get),
    Endpoint("PATCH", _SUBSCRIPTION, _patch),
    Endpoint("GET", f"{_SUBSCRIPTION}/addons", _addons),
    Endpoint("GET", f"{_SUBSCRIPTION}/provisioningstatus", _provisioning, needs_user=True),
)
