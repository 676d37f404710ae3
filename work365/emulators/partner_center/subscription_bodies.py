"""Subscriptions as Partner Center shows them."""

from base64 import b64encode
from datetime import date, datetime
from typing import Any

from work365.emulators.partner_center.catalogue import AZURE_PLAN, ONLINE_SERVICES, Plan
from work365.emulators.partner_center.moments import day_text, last_second, moment_text
from work365.emulators.partner_center.rules import FULL_REFUND_HOURS, hours_of
from work365.emulators.partner_center.state import State
from work365.emulators.partner_center.subscription import (
    ACTIVE,
    SUSPENDED,
    NextTerm,
    ScheduledAction,
    Subscription,
)

FAR_AWAY = date(9999, 12, 31)


def etag_of(kind_id: str, version: int) -> str:
    """Return the etag of a version of a resource."""
    text = f'{{"id":"{kind_id}","version":{version}}}'
    return b64encode(text.encode("ascii")).decode("ascii")


def subscription_body(state: State, subscription: Subscription) -> dict[str, Any]:
    """Return the subscription; what has no value is left out, as there."""
    product = state.catalogue.products.get(subscription.product)
    end = subscription.term_end or FAR_AWAY
    body: dict[str, Any] = {
        "id": subscription.subscription,
        "offerId": subscription.catalog_item,
        "offerName": subscription.offer_name,
        "friendlyName": subscription.friendly_name,
        "productType": {
            "id": subscription.product_kind,
            "displayName": subscription.product_kind,
        },
        "quantity": subscription.quantity,
        "unitType": _unit_type(subscription),
        "parentSubscriptionId": subscription.parent or None,
        "hasPurchasableAddons": False,
        "creationDate": moment_text(subscription.created_at),
        "effectiveStartDate": moment_text(subscription.term_started_at),
        "commitmentEndDate": day_text(end),
        "commitmentEndDateTime": last_second(end),
        "billingCycleEndDate": _day(subscription.cycle_end),
        "billingCycleEndDateTime": _end_of(subscription.cycle_end),
        "status": subscription.status,
        "autoRenewEnabled": subscription.auto_renew,
        "isTrial": subscription.is_trial,
        "billingType": "usage" if subscription.product_kind == AZURE_PLAN else "license",
        "billingCycle": subscription.plan.billing_cycle,
        "termDuration": subscription.plan.term or None,
        "renewalTermDuration": subscription.renews_to.term if subscription.renews_to else "",
        "customTermEndDate": _day(subscription.custom_term_end),
        "isMicrosoftProduct": product.is_microsoft if product else True,
        "partnerId": subscription.partner_of_record,
        "attentionNeeded": False,
        "actionTaken": False,
        "contractType": "subscription",
        "publisherName": product.publisher if product else "",
        "promotionId": subscription.promotion or None,
        "orderId": subscription.order,
        "productOrderId": subscription.reservation_order or None,
        "suspensionReasons": _reasons(subscription),
    }
    body |= _windows(state, subscription)
    body |= _instructions(subscription)
    body["links"] = _links(subscription, state.customers[subscription.customer].country)
    body["attributes"] = {
        "etag": etag_of(subscription.subscription, subscription.version),
        "objectType": "Subscription",
    }
    return {name: value for name, value in body.items() if value is not None}


def brief_body(state: State, subscription: Subscription) -> dict[str, Any]:
    """Return the subscription without its links, for the history."""
    body = subscription_body(state, subscription)
    del body["links"]
    return body


def _unit_type(subscription: Subscription) -> str:
    return "Usage-based" if subscription.product_kind == AZURE_PLAN else "Licenses"


def _reasons(subscription: Subscription) -> list[str] | None:
    return ["PartnerSuspended"] if subscription.status == SUSPENDED else None


def _windows(state: State, subscription: Subscription) -> dict[str, Any]:
    """Return what may still be given back, and until when."""
    until = subscription.cancellable_until
    windows: dict[str, Any] = {"refundOptions": _refund_options(subscription)}
    if until is not None:
        windows["cancellationAllowedUntilDate"] = moment_text(until)
    open_batches = [batch for batch in subscription.batches if state.now <= batch.until]
    if open_batches and subscription.status == ACTIVE:
        windows["refundableQuantity"] = {
            "totalQuantity": sum(batch.quantity for batch in open_batches),
            "details": [
                {
                    "quantity": batch.quantity,
                    "allowedUntilDateTime": moment_text(batch.until),
                }
                for batch in open_batches
            ],
        }
    return windows


def _refund_options(subscription: Subscription) -> list[dict[str, str]] | None:
    until = subscription.cancellable_until
    if until is None or subscription.is_extended:
        return None
    started = subscription.term_started_at
    full = started + hours_of(FULL_REFUND_HOURS, started.date())
    options = [{"type": "Full", "expiresAt": moment_text(min(full, until))}]
    if until > full:
        options.append({"type": "Partial", "expiresAt": moment_text(until)})
    return options


def _instructions(subscription: Subscription) -> dict[str, Any]:
    """Return what is scheduled, under each of the names that it goes by."""
    instructions: dict[str, Any] = {}
    if subscription.next_term is not None:
        instructions["scheduledNextTermInstructions"] = next_term_body(subscription.next_term)
    if subscription.scheduled_actions:
        instructions["scheduledActions"] = [
            _action_body(action) for action in subscription.scheduled_actions
        ]
    if subscription.next_cycle_plan is not None:
        instructions["nextChargeInstructions"] = {
            "product": _product_term(subscription.catalog_item, subscription.next_cycle_plan),
            "quantity": subscription.quantity,
        }
    return instructions


def next_term_body(next_term: NextTerm) -> dict[str, Any]:
    """Return what a subscription is to become at its renewal."""
    product = _product_term(next_term.catalog_item, next_term.plan)
    if next_term.promotion:
        product["promotionId"] = next_term.promotion
    body: dict[str, Any] = {"product": product, "quantity": next_term.quantity}
    if next_term.custom_term_end is not None:
        body["customTermEndDate"] = day_text(next_term.custom_term_end)
    return body


def _action_body(action: ScheduledAction) -> dict[str, Any]:
    body: dict[str, Any] = {action.spelling: action.when, "actionType": action.action}
    if action.effective_date:
        body["effectiveDate"] = action.effective_date
    if action.next_term is not None:
        body["instructions"] = next_term_body(action.next_term)
    return body


def _product_term(catalog_item: str, plan: Plan) -> dict[str, str]:
    product, sku, availability = catalog_item.split(":")
    return {
        "productId": product,
        "skuId": sku,
        "availabilityId": availability,
        "billingCycle": plan.billing_cycle,
        "termDuration": plan.term,
    }


def _links(subscription: Subscription, country: str) -> dict[str, Any]:
    product, sku = subscription.product, subscription.sku
    root = f"/products/{product}"
    uris = {
        "product": f"{root}?country={country}",
        "sku": f"{root}/skus/{sku}?country={country}",
        "availability": (
            f"{root}/skus/{sku}/availabilities/{subscription.availability}?country={country}"
        ),
        "self": f"/customers/{subscription.customer}/subscriptions/{subscription.subscription}",
    }
    if subscription.parent:
        uris["parentSubscription"] = (
            f"/customers/{subscription.customer}/subscriptions/{subscription.parent}"
        )
    return {name: {"uri": uri, "method": "GET", "headers": []} for name, uri in uris.items()}


def _day(day: date | None) -> str | None:
    return None if day is None else day_text(day)


def _end_of(day: date | None) -> str | None:
    return None if day is None else last_second(day)


def provisioning_body(subscription: Subscription, now: datetime) -> dict[str, Any]:
    """Return how far the subscription's seats are handed out."""
    pending = subscription.pending_until is not None and now < subscription.pending_until
    return {
        "skuId": subscription.sku,
        "status": "pending" if pending else "success",
        "quantity": subscription.quantity,
        "endDate": day_text(subscription.term_end or FAR_AWAY),
        "attributes": {"objectType": "SubscriptionProvisioningStatus"},
    }


def is_licensed(subscription: Subscription) -> bool:
    """Return whether the subscription is of new commerce's seats."""
    return subscription.product_kind == ONLINE_SERVICES
