"""Upgrades and conversions: who may, the request, and how it went.

Source: learn.microsoft.com/partner-center/developer/transition-a-new-commerce-subscription and
.../get-transitions.
"""

from datetime import datetime
from typing import Any

from work365.emulators.partner_center.calls import Answer, Call, Endpoint
from work365.emulators.partner_center.cart_lines import Offer, find_offer
from work365.emulators.partner_center.catalogue import Plan, Sku
from work365.emulators.partner_center.changes import check_open
from work365.emulators.partner_center.errors import (
    bad_request,
    invalid_input,
    unknown_subscription,
)
from work365.emulators.partner_center.moments import moment_text
from work365.emulators.partner_center.offers import sold_plans
from work365.emulators.partner_center.paging import collection
from work365.emulators.partner_center.passage import schedule
from work365.emulators.partner_center.payloads import Body
from work365.emulators.partner_center.subscription import ACTIVE, Subscription, Transition
from work365.emulators.partner_center.subscriptions import subscription_of
from work365.emulators.partner_center.terms import MONTHS_OF_TERM

TRANSITION_ONLY = "transition_only"
WITH_LICENSES = "transition_with_license_transfer"
KINDS = (TRANSITION_ONLY, WITH_LICENSES)
NOT_ACTIVE, IN_WINDOW, SHORTER_TERM, EARLIER_END = 1, 2, 3, 4


def _eligibilities(call: Call) -> Answer:
    source = subscription_of(call)
    kind = call.query.get("eligibilitytype", "immediate").casefold()
    if kind not in ("immediate", "scheduled"):
        raise invalid_input("'eligibilityType' is not immediate or scheduled.")
    operation = call.world.new_id()
    shown = []
    for sku in _targets(call, source):
        for plan in sold_plans(call, sku, call.customer.country):
            if _months(plan) >= _months(source.plan):
                item = f"{sku.key}:{call.world.catalogue.availability(sku, plan, call.now)}"
                has_targets = kind == "immediate" and not source.is_trial
                body = _eligibility(call, source, (sku, item), has_targets=has_targets)
                shown.append({"operationId": operation, **body})
    return collection(shown)


def _targets(call: Call, source: Subscription) -> list[Sku]:
    sku = call.world.catalogue.sku(f"{source.product}:{source.sku}")
    if sku is None:
        return []
    keys = [sku.converts_to] if sku.converts_to else sku.upgrade_targets
    found = [call.world.catalogue.sku(key) for key in keys]
    return [target for target in found if target is not None]


def _months(plan: Plan) -> int:
    return MONTHS_OF_TERM.get(plan.term, 0)


def _eligibility(
    call: Call, source: Subscription, target: tuple[Sku, str], *, has_targets: bool
) -> dict[str, Any]:
    sku, item = target
    errors = []
    if source.status != ACTIVE:
        errors = [
            {
                "code": NOT_ACTIVE,
                "description": "Subscription can't be Transitioned - source subscription isn't "
                "active.",
            }
        ]
    into = _existing(call, source, sku) if has_targets else []
    conflicts = [
        {
            "code": SHORTER_TERM,
            "description": "Subscription cannot be transitioned because there are conflicting "
            "services.",
        }
    ]
    return {
        "catalogItemId": item,
        "title": sku.title,
        "description": sku.description or sku.title,
        "quantity": source.quantity,
        "subscriptionEligibilities": [_into(source, each, call.now) for each in into],
        "eligibilities": [
            {"isEligible": not errors, "transitionType": TRANSITION_ONLY, "errors": errors},
            {
                "isEligible": not errors and not into,
                "transitionType": WITH_LICENSES,
                "errors": errors or (conflicts if into else []),
            },
        ],
        "attributes": {"objectType": "TransitionEligibility"},
    }


def _existing(call: Call, source: Subscription, sku: Sku) -> list[Subscription]:
    return [
        each
        for each in call.world.subscriptions_of(source.customer)
        if each is not source and (each.product, each.sku) == (sku.product, sku.sku)
    ]


def into_errors(source: Subscription, target: Subscription, now: datetime) -> list[dict[str, Any]]:
    """Return why seats may not move into a subscription; nothing when they may."""
    errors: list[tuple[int, str]] = []
    if target.status != ACTIVE:
        errors.append((NOT_ACTIVE, "Subscription is not active."))
    until = target.cancellable_until
    if until is not None and now <= until and not target.is_extended:
        errors.append((IN_WINDOW, "Subscription is within cancellation window."))
    if _months(target.plan) < _months(source.plan):
        errors.append(
            (
                SHORTER_TERM,
                "The subscription's term duration is shorter than the source subscription's "
                "term duration.",
            )
        )
    if target.term_end and source.term_end and target.term_end < source.term_end:
        errors.append(
            (EARLIER_END, "Subscription term end date is before the source subscription's.")
        )
    return [{"code": code, "description": text} for code, text in errors]


def _into(source: Subscription, target: Subscription, now: datetime) -> dict[str, Any]:
    errors = into_errors(source, target, now)
    return {
        "isEligible": not errors,
        "subscriptionId": target.subscription,
        "subscriptionFriendlyName": target.friendly_name,
        "subscriptionTermDuration": target.plan.term,
        "subscriptionBillingCycle": target.plan.billing_cycle,
        "errors": errors,
    }


def _post(call: Call) -> Answer:
    source = subscription_of(call)
    check_open(call.world, source, "", Body({}))
    offer = find_offer(call.world, call.body.text("toCatalogItemId"), call.now)
    transition = _read(call, source, offer)
    source.transitions.append(transition)
    source.updates += 1
    if transition.completes_at > call.now:
        source.pending_until = transition.completes_at
    schedule(call.world, source)
    # What takes no time is done now; the answer still tells of its beginning.
    body = transition_body(transition, is_request=True)
    call.world.advance(call.now)
    return Answer(body)


def _read(call: Call, source: Subscription, offer: Offer) -> Transition:
    body = call.body
    quantity = body.integer("quantity")
    kind = body.text("transitionType").casefold()
    if kind not in KINDS:
        raise invalid_input(f"'transitionType' is none of {', '.join(KINDS)}.")
    if source.status != ACTIVE or offer.sku not in _targets(call, source):
        raise bad_request(800020, "The catalog item isn't eligible for purchase.")
    if not 1 <= quantity <= source.quantity:
        raise bad_request(
            2002, "Subscription quantity isn't within minimum and maximum allowed quantity"
        )
    if source.is_trial and quantity != source.quantity:
        raise bad_request(800095, "Can't update the seat quantity for this subscription")
    _check_plan(source, offer, body)
    if offer.plan not in sold_plans(call, offer.sku, call.customer.country):
        raise bad_request(800070, "Offer isn't available in the specified country/region")
    target = body.text("toSubscriptionId").casefold()
    if target:
        _check_target(call, source, target, offer)
    return Transition(
        operation=call.world.new_id(),
        from_catalog_item=source.catalog_item,
        from_subscription=source.subscription,
        to_catalog_item=body.text("toCatalogItemId").upper(),
        to_subscription=target,
        quantity=quantity,
        plan=offer.plan,
        kind=kind,
        started_at=call.now,
        completes_at=call.now + call.world.lags.transition,
        is_new_target=not target,
        actor=call.caller.name,
    )


def _check_plan(source: Subscription, offer: Offer, body: Body) -> None:
    if _months(offer.plan) < _months(source.plan):
        raise bad_request(
            900267,
            "Target transition can't have a term duration shorter than that of the source "
            "subscription.",
        )
    term = body.text("termDuration", offer.plan.term)
    if term != offer.plan.term:
        raise bad_request(900268, "The term duration on the target transition is invalid.")
    cycle = body.text("billingCycle", offer.plan.billing_cycle).lower()
    if cycle != offer.plan.billing_cycle:
        raise bad_request(900269, "The billing cycle is invalid.")


def _check_target(call: Call, source: Subscription, target_id: str, offer: Offer) -> None:
    start = "The target transition ToSubscriptionId field is invalid. "
    if target_id == source.subscription:
        raise bad_request(
            900259, f"{start}Target subscription id can't be the same as the source subscription"
        )
    target = call.world.subscriptions.get(target_id)
    if target is None or target.customer != source.customer:
        raise unknown_subscription(target_id)
    if target.status != ACTIVE:
        raise bad_request(900258, f"{start}Target subscription must be active.")
    if (target.product, target.sku) != (offer.sku.product, offer.sku.sku):
        raise bad_request(900260, f"{start}Target subscription must have the same CatalogItemId")
    codes = {error["code"] for error in into_errors(source, target, call.now)}
    if EARLIER_END in codes or SHORTER_TERM in codes:
        raise bad_request(
            900236,
            f"{start}Target subscription CommitmentEndDate must be later than source subscription",
        )
    if IN_WINDOW in codes:
        raise bad_request(
            900261, f"{start}The target subscription is not ready to be upgraded. Please try later"
        )


def _list(call: Call) -> Answer:
    wanted = call.query.get("operationid", "")
    shown = [
        transition_body(each, is_request=False)
        for each in subscription_of(call).transitions
        if not wanted or each.operation == wanted
    ]
    return Answer({"transition": shown, "attributes": {"objectType": "Collection"}})


def transition_body(transition: Transition, *, is_request: bool) -> dict[str, Any]:
    """Return a transition: as the request's answer, or as the list names its members.

    The documented samples write `fromCatalogItemId` in the one and `FromCatalogItemId` in the
    other, and `Started ` with a space.
    """
    start, end = ("from", "to") if is_request else ("From", "To")
    body: dict[str, Any] = {
        "operationId": transition.operation,
        f"{start}CatalogItemId": transition.from_catalog_item,
        f"{start}SubscriptionId": transition.from_subscription,
        f"{end}CatalogItemId": transition.to_catalog_item,
        f"{end}SubscriptionId": transition.to_subscription or None,
        "quantity": transition.quantity,
        "termDuration": transition.plan.term,
        "billingCycle": transition.plan.billing_cycle.capitalize(),
        "transitionType": transition.kind,
        "Events": _events(transition, is_request=is_request),
        "attributes": {"objectType": "Transition"},
    }
    return {name: value for name, value in body.items() if value is not None}


def _events(transition: Transition, *, is_request: bool) -> list[dict[str, Any]]:
    steps = [("Started ", transition.started_at)]
    if transition.completed_at is not None and not is_request:
        steps.append(("Completed", transition.completed_at))
    return [
        {
            "name": "Conversion",
            "status": status,
            "timestamp": moment_text(at),
            "attributes": {"objectType": "TransitionEvent"},
        }
        for status, at in steps
    ]


_SUBSCRIPTION = "/v1/customers/{customer_id}/subscriptions/{subscription_id}"
ENDPOINTS = (
    Endpoint("GET", f"{_SUBSCRIPTION}/transitionEligibilities", _eligibilities),
    Endpoint("POST", f"{_SUBSCRIPTION}/transitions", _post),
    Endpoint("GET", f"{_SUBSCRIPTION}/transitions", _list),
)
