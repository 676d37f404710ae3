"""Promotions, and who may have them.

A promotion with a cap counts all seats that a customer holds with it, whoever sold them. A cart
line with a promotion that it is not eligible for is refused; a line whose plan is not the
promotion's is sold at the full price.
Source: learn.microsoft.com/partner-center/developer/get-a-list-of-promotions and
.../verify-promotion-eligibility.
"""

from datetime import datetime
from decimal import Decimal
from typing import Any

from work365.emulators.partner_center.calls import Answer, Call, Endpoint
from work365.emulators.partner_center.catalogue import Plan, Promotion
from work365.emulators.partner_center.errors import invalid_input, not_found
from work365.emulators.partner_center.offers import CYCLE_WORDS
from work365.emulators.partner_center.paging import collection
from work365.emulators.partner_center.payloads import Body
from work365.emulators.partner_center.state import State
from work365.emulators.partner_center.subscription import ACTIVE, SUSPENDED

SEAT_WORDS = (
    "The provided quantity does not satisfy the minimum or maximum seat requirements for the "
    "promotion."
)


def _list(call: Call) -> Answer:
    country = call.query.get("country", "").upper()
    if not country:
        raise invalid_input("'country' is required.")
    promotions = [
        _body(promotion)
        for promotion in call.world.catalogue.promotions.values()
        if promotion.market in ("", country) and call.now <= promotion.ends
    ]
    return collection(promotions)


def _get(call: Call) -> Answer:
    promotion = call.world.catalogue.promotions.get(call.parameters["promotion_id"])
    if promotion is None:
        raise not_found(f"No promotion {call.parameters['promotion_id']}")
    return Answer(_body(promotion))


def _body(promotion: Promotion) -> dict[str, Any]:
    body: dict[str, Any] = {
        "id": promotion.promotion,
        "name": promotion.name,
        "description": promotion.name,
        "startDate": promotion.starts.isoformat(),
        "endDate": promotion.ends.isoformat(),
        "properties": {"isAutoApplicable": promotion.is_automatic},
        "requiredProducts": [
            {
                "productId": promotion.product,
                "skuId": promotion.sku,
                "term": {
                    "duration": promotion.plan.term,
                    "billingCycle": CYCLE_WORDS[promotion.plan.billing_cycle],
                },
                "pricingPolicies": [
                    {"policyType": "PercentDiscount", "value": f"{promotion.share:f}"}
                ],
            }
        ],
    }
    constraints = _constraints(promotion)
    return body | ({"promotionConstraints": constraints} if constraints else {})


def _constraints(promotion: Promotion) -> dict[str, Any]:
    constraints: dict[str, Any] = {}
    if promotion.seats_max:
        seats = {
            "minSeats": promotion.seats_min,
            "maxSeats": promotion.seats_max,
            "type": "SubscriptionQuantity",
        }
        constraints["seatConstraints"] = [seats]
    if promotion.redemptions_max:
        limit = {
            "minAssets": 0,
            "maxAssets": promotion.redemptions_max,
            "type": "LifetimeRedemptionCount",
        }
        constraints["assetOwnershipLimits"] = [limit]
    if promotion.is_first_purchase_only:
        constraints["eligibilityConstraints"] = [{"isApplicable": True, "type": "FirstPurchase"}]
    return constraints


def _eligibilities(call: Call) -> Answer:
    items = [_eligibility(call, number, line) for number, line in enumerate(_lines(call))]
    return collection(items)


def _lines(call: Call) -> list[Body]:
    lines = call.body.parts("items")
    if not lines:
        raise invalid_input("'items' is empty.")
    return lines


def _eligibility(call: Call, number: int, line: Body) -> dict[str, Any]:
    """Answer for one line: for the promotion that it names, or for all that fit it."""
    item = line.text("catalogItemId")
    plan = Plan(line.text("termDuration"), line.text("billingCycle").lower())
    quantity = line.integer("quantity")
    named = line.text("promotionId")
    customer = call.customer.tenant
    results = []
    for promotion in call.world.catalogue.promotions.values():
        if (named and promotion.promotion != named) or not (named or fits(promotion, item, plan)):
            continue
        errors = ineligibility(call.world, promotion, customer, (item, plan, quantity), call.now)
        result: dict[str, Any] = {"promotionId": promotion.promotion, "isEligible": not errors}
        results.append(result | ({"errors": errors} if errors else {}))
    return {
        "id": line.integer("id", number),
        "catalogItemId": item,
        "quantity": quantity,
        "billingCycle": plan.billing_cycle,
        "termDuration": plan.term,
        "eligibilities": results,
        "attributes": {"objectType": "PromotionEligibilities"},
    }


def fits(promotion: Promotion, catalog_item: str, plan: Plan) -> bool:
    """Return whether a promotion is for this SKU in this plan."""
    key = f"{promotion.product}:{promotion.sku}"
    return catalog_item.startswith(f"{key}:") and promotion.plan == plan


def ineligibility(
    state: State,
    promotion: Promotion,
    customer: str,
    line: tuple[str, Plan, int],
    now: datetime,
) -> list[dict[str, Any]]:
    """Return why a customer may not have a promotion for a line; nothing when it may."""
    item, plan, quantity = line
    errors: list[dict[str, Any]] = []
    if not promotion.starts <= now <= promotion.ends:
        errors.append({"type": "Dates", "description": "The promotion is not in effect."})
    if not fits(promotion, item, plan):
        errors.append(
            {"type": "Term", "description": "The promotion is for another product or term."}
        )
    held = [
        each
        for each in state.subscriptions_of(customer)
        if each.promotion == promotion.promotion and each.status in (ACTIVE, SUSPENDED)
    ]
    available = promotion.seats_max - sum(each.quantity for each in held)
    too_many = bool(promotion.seats_max) and quantity > available
    if too_many or quantity < promotion.seats_min:
        errors.append(
            {
                "minimumRequiredSeats": promotion.seats_min,
                "maximumRequiredSeats": promotion.seats_max,
                "availableSeats": max(available, 0),
                "type": "SeatCount",
                "description": SEAT_WORDS,
            }
        )
    if promotion.redemptions_max and len(held) >= promotion.redemptions_max:
        errors.append({"type": "LifetimeRedemptionCount", "description": "Used up already."})
    return errors


def discounted(price: Decimal, promotion: Promotion | None) -> Decimal:
    """Return a price less the promotion."""
    return price if promotion is None else price * (1 - promotion.share)


ENDPOINTS = (
    Endpoint("GET", "/v1/productpromotions", _list),
    Endpoint("GET", "/v1/productpromotions/{promotion_id}", _get),
    Endpoint("POST", "/v1/customers/{customer_id}/promotionEligibilities", _eligibilities),
)
