"""Orders: looked up, once they can be seen.

Source: learn.microsoft.com/partner-center/developer/get-an-order-by-id, .../get-all-of-a-
customer-s-orders, .../cancel-software-purchases.
"""

from work365.emulators.partner_center.calls import Answer, Call, Endpoint
from work365.emulators.partner_center.catalogue import (
    ONLINE_SERVICES,
    PERPETUAL_SOFTWARE,
    SOFTWARE_SUBSCRIPTION,
)
from work365.emulators.partner_center.errors import (
    bad_request,
    forbidden,
    invalid_input,
    unknown_order,
)
from work365.emulators.partner_center.lifecycle import cancel, tell
from work365.emulators.partner_center.order_bodies import order_body, provisioning_lines
from work365.emulators.partner_center.paging import collection
from work365.emulators.partner_center.purchases import Order
from work365.emulators.partner_center.subscription import DELETED, Subscription
from work365.emulators.partner_center.subscription_bodies import brief_body

BILLING_TYPES = ("monthly", "annual", "one_time", "none", "unknown", "triennial")
SOFTWARE = (SOFTWARE_SUBSCRIPTION, PERPETUAL_SOFTWARE)


def _order(call: Call) -> Order:
    key = call.parameters["order_id"].casefold()
    order = call.world.orders.get(key)
    if order is None or order.customer != call.customer.tenant or call.now < order.visible_at:
        raise unknown_order(key)
    return order


def _list(call: Call) -> Answer:
    wanted = call.query.get("billingtype", "").casefold()
    if wanted and wanted not in BILLING_TYPES:
        raise invalid_input(f"'billingType' is none of {', '.join(BILLING_TYPES)}.")
    shown = [
        order_body(call.world, order, has_price=_has_price(call))
        for order in call.world.orders_of(call.customer.tenant)
        if call.now >= order.visible_at and (not wanted or order.billing_cycle == wanted)
    ]
    return collection(shown, call.uri)


def _get(call: Call) -> Answer:
    return Answer(order_body(call.world, _order(call), has_price=_has_price(call)))


def _has_price(call: Call) -> bool:
    return call.query.get("include_price", "").casefold() == "true"


def _patch(call: Call) -> Answer:
    """Cancel software: the only change of an order that new commerce knows."""
    order = _order(call)
    if call.body.text("status").casefold() != "cancelled":
        if call.body.has("billingCycle"):
            raise bad_request(
                6001,
                "The billing cycle couldn't be changed because one of the order's Offer IDs "
                "doesn't support the billing term",
            )
        raise bad_request(800042, "Not supported")
    found = [
        call.world.subscriptions[line.subscription] for line in order.lines if line.subscription
    ]
    for subscription in found:
        _check_cancellable(call, order, subscription)
    for subscription in found:
        before = brief_body(call.world, subscription)
        cancel(call.world, subscription, call.now)
        subscription.version += 1
        actor = (call.caller.user, call.caller.application)
        tell(call.world, subscription, "update_order", before, call.now, actor)
    order.status = "cancelled"
    order.version += 1
    return Answer(order_body(call.world, order, has_price=False))


def _check_cancellable(call: Call, order: Order, subscription: Subscription) -> None:
    if subscription.product_kind == ONLINE_SERVICES:
        raise bad_request(
            800063,
            f"This order {order.order} can't be canceled. Use PATCH /customers/"
            f"{order.customer}/subscriptions/<subscriptionId> to suspend subscriptions",
        )
    if subscription.product_kind not in SOFTWARE:
        raise forbidden(
            800019,
            "Non-Sandbox tenants aren't allowed to cancel purchases other than software "
            "subscriptions and perpetual software",
        )
    until = subscription.cancellable_until
    if subscription.status == DELETED or until is None or call.now > until:
        raise bad_request(800061, "Order can't be canceled")


def _provisioning(call: Call) -> Answer:
    return collection(provisioning_lines(_order(call)))


_ORDER = "/v1/customers/{customer_id}/orders/{order_id}"
ENDPOINTS = (
    Endpoint("GET", "/v1/customers/{customer_id}/orders", _list),
    Endpoint("GET", _ORDER, _get),
    Endpoint("PATCH", _ORDER, _patch),
    Endpoint("GET", f"{_ORDER}/provisioningstatus", _provisioning, needs_user=True),
)
