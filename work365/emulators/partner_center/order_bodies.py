"""Orders as Partner Center shows them."""

from decimal import Decimal
from typing import Any

from work365.emulators.partner_center.catalogue import Plan
from work365.emulators.partner_center.moments import day_text, moment_text
from work365.emulators.partner_center.offers import SYMBOLS
from work365.emulators.partner_center.paging import link
from work365.emulators.partner_center.purchases import Order, OrderLine
from work365.emulators.partner_center.state import State
from work365.emulators.partner_center.terms import MONTHS_OF_CYCLE, MONTHS_OF_TERM


def order_body(state: State, order: Order, *, has_price: bool) -> dict[str, Any]:
    """Return an order, with prices if they were asked for."""
    country = state.customers[order.customer].country
    root = f"/customers/{order.customer}/orders/{order.order}"
    body: dict[str, Any] = {
        "id": order.order,
        "alternateId": order.order,
        "referenceCustomerId": order.customer,
        "billingCycle": order.billing_cycle,
        "currencyCode": order.currency,
        "currencySymbol": SYMBOLS.get(order.currency, order.currency),
        "lineItems": [_line(order, line, country, has_price=has_price) for line in order.lines],
        "creationDate": moment_text(order.created_at),
        "status": order.status,
        "transactionType": "UserPurchase",
        "links": {
            "self": link(root),
            "provisioningStatus": link(f"{root}/provisioningstatus"),
            "patchOperation": link(root, "PATCH"),
        },
    }
    if has_price:
        body["totalPrice"] = sum((_extended(line) for line in order.lines), Decimal(0))
    return body | {"client": {}, "attributes": {"objectType": "Order"}}


def _line(order: Order, line: OrderLine, country: str, *, has_price: bool) -> dict[str, Any]:
    product, sku, availability = line.catalog_item.split(":")
    root = f"/products/{product}"
    links = {
        "product": link(f"{root}?country={country}"),
        "sku": link(f"{root}/skus/{sku}?country={country}"),
        "availability": link(f"{root}/skus/{sku}/availabilities/{availability}?country={country}"),
    }
    if line.subscription:
        links["subscription"] = link(
            f"/customers/{order.customer}/subscriptions/{line.subscription}"
        )
    end = line.custom_term_end
    body: dict[str, Any] = {
        "lineItemNumber": line.number,
        "offerId": line.catalog_item,
        "subscriptionId": line.subscription or None,
        "parentSubscriptionId": line.parent_subscription or None,
        "termDuration": line.plan.term or None,
        "transactionType": line.transaction,
        "friendlyName": line.friendly_name or line.title,
        "quantity": line.quantity,
        "customTermEndDate": day_text(end) if end else None,
        "partnerIdOnRecord": line.partner_of_record or None,
        "promotionId": line.promotion or None,
        "provisioningContext": dict(line.provisioning) or None,
        "pricing": _pricing(line) if has_price else None,
        "links": links,
    }
    return {name: value for name, value in body.items() if value is not None}


def _pricing(line: OrderLine) -> dict[str, Decimal]:
    return {
        "listPrice": line.list_price,
        "discountedPrice": line.unit_price,
        "proratedPrice": line.prorated_price,
        "price": line.prorated_price,
        "extendedPrice": _extended(line),
    }


def _extended(line: OrderLine) -> Decimal:
    return line.prorated_price * line.quantity * cycles_of(line.plan)


def cycles_of(plan: Plan) -> int:
    """Return how many charge cycles a whole term has."""
    months = MONTHS_OF_CYCLE.get(plan.billing_cycle)
    return 1 if months is None else max(1, MONTHS_OF_TERM.get(plan.term, months) // months)


def provisioning_lines(order: Order) -> list[dict[str, Any]]:
    """Return how far each line is handed out."""
    status = "fulfilled" if order.status == "completed" else "prefulfilled"
    return [
        {
            "orderLineItemId": line.number,
            "lineItemNumber": line.number,
            "status": status,
            "quantityProvisioningInformation": [{"quantity": line.quantity, "status": status}],
        }
        for line in order.lines
    ]
