"""Carts: made, changed and checked out.

A cart lives seven days. Checking out a cart again gives the same orders again.
Source: learn.microsoft.com/partner-center/developer/create-a-cart and .../checkout-a-cart.
"""

from http import HTTPStatus
from typing import Any

from work365.emulators.partner_center.accounts import Customer
from work365.emulators.partner_center.calls import Answer, Call, Endpoint
from work365.emulators.partner_center.cart_lines import (
    check_line,
    find_offer,
    price_line,
    read_lines,
)
from work365.emulators.partner_center.errors import (
    agreement_missing,
    bad_request,
    forbidden,
    unknown_cart,
)
from work365.emulators.partner_center.moments import day_text, moment_text
from work365.emulators.partner_center.order_bodies import order_body
from work365.emulators.partner_center.ordering import place_orders
from work365.emulators.partner_center.paging import link
from work365.emulators.partner_center.purchases import Cart, CartLine
from work365.emulators.partner_center.rules import CART_DAYS, days_of


def _create(call: Call) -> Answer:
    customer = call.customer
    lines = read_lines(call.world, customer, call.body.parts("lineItems"))
    cart = Cart(
        cart=call.world.new_id(),
        customer=customer.tenant,
        created_at=call.now,
        changed_at=call.now,
        expires_at=call.now + days_of(CART_DAYS, call.now.date()),
        changed_by=call.caller.name,
        lines=lines,
    )
    call.world.carts[cart.cart] = cart
    return Answer(_body(call, cart), HTTPStatus.CREATED)


def _cart(call: Call) -> Cart:
    key = call.parameters["cart_id"].casefold()
    cart = call.world.carts.get(key)
    expired = cart is not None and not cart.is_checked_out and cart.expires_at < call.now
    if cart is None or expired or cart.customer != call.customer.tenant:
        raise unknown_cart(key)
    return cart


def _get(call: Call) -> Answer:
    return Answer(_body(call, _cart(call)))


def _put(call: Call) -> Answer:
    cart = _cart(call)
    if cart.is_checked_out:
        raise bad_request(800065, f"can't check out an already submitted cart {cart.cart}.")
    cart.lines = read_lines(call.world, call.customer, call.body.parts("lineItems"))
    cart.changed_at = call.now
    cart.changed_by = call.caller.name
    return Answer(_body(call, cart))


def _checkout(call: Call) -> Answer:
    cart = _cart(call)
    customer = call.customer
    if not cart.is_checked_out:
        _check(call, customer, cart)
        cart.orders = place_orders(call.world, call.partner, cart, call.caller)
        cart.is_checked_out = True
        call.world.advance(call.now)
    orders = [
        order_body(call.world, call.world.orders[order], has_price=False) for order in cart.orders
    ]
    return Answer({"orders": orders}, HTTPStatus.CREATED)


def _check(call: Call, customer: Customer, cart: Cart) -> None:
    """Check again what may have changed since the cart was made."""
    if not customer.has_agreement:
        raise agreement_missing()
    if not call.partner.has_partner_agreement:
        raise forbidden(
            900124, "Your company hasn't accepted the Microsoft Partner Agreement (MPA)."
        )
    if customer.validation_status in ("UnderReview", "Denied"):
        code = 800074 if customer.validation_status == "UnderReview" else 800075
        raise forbidden(code, "Transactions for this customer aren't allowed.")
    for line in cart.lines:
        offer = find_offer(call.world, line.catalog_item, call.now)
        check_line(call.world, customer, line, offer)


def _body(call: Call, cart: Cart) -> dict[str, Any]:
    top = [line for line in cart.lines if line.parent_line is None]
    body: dict[str, Any] = {
        "id": cart.cart,
        "creationTimestamp": moment_text(cart.created_at),
        "lastModifiedTimestamp": moment_text(cart.changed_at),
        "expirationTimestamp": moment_text(cart.expires_at),
        "lastModifiedUser": cart.changed_by,
        "status": "Closed" if cart.is_checked_out else "Active",
        "lineItems": [_line_body(call, cart, line) for line in top],
        "links": {"self": link(f"/customers/{cart.customer}/carts/{cart.cart}")},
        "attributes": {"objectType": "Cart"},
    }
    return body


def _line_body(call: Call, cart: Cart, line: CartLine) -> dict[str, Any]:
    pricing = price_line(call.world, call.customer, line)
    addons = [
        _line_body(call, cart, other) for other in cart.lines if other.parent_line == line.number
    ]
    body: dict[str, Any] = {
        "id": line.number,
        "catalogItemId": line.catalog_item,
        "friendlyName": line.friendly_name or None,
        "quantity": line.quantity,
        "currencyCode": pricing.currency,
        "billingCycle": line.plan.billing_cycle,
        "termDuration": line.plan.term or None,
        "promotionId": line.promotion or None,
        "customTermEndDate": day_text(line.custom_term_end) if line.custom_term_end else None,
        "partnerIdOnRecord": line.partner_of_record or None,
        "participants": _participants(line),
        "provisioningContext": dict(line.provisioning),
        "parentSubscriptionId": line.parent_subscription or None,
        "renewsTo": {"termDuration": line.renews_to.term} if line.renews_to else None,
        "orderGroup": "0",
        "addonItems": addons or None,
        "pricing": {
            "listPrice": pricing.full,
            "discountedPrice": pricing.discounted,
            "proratedPrice": pricing.prorated,
            "price": pricing.prorated,
            "extendedPrice": pricing.extended,
        },
    }
    return {name: value for name, value in body.items() if value is not None}


def _participants(line: CartLine) -> list[dict[str, str]] | None:
    return [{"key": key, "value": value} for key, value in line.participants] or None


_CART = "/v1/customers/{customer_id}/carts/{cart_id}"
ENDPOINTS = (
    Endpoint("POST", "/v1/customers/{customer_id}/carts", _create),
    Endpoint("GET", _CART, _get),
    Endpoint("PUT", _CART, _put),
    Endpoint("POST", f"{_CART}/checkout", _checkout),
)
