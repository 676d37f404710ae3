"""Transitions: seats move to a better SKU, into a new subscription or one that is there.

All seats without a target keep the subscription's id and change what it is for; some of them
become a subscription of their own, which ends with the one that they come from. Seats moved
into a subscription that is there take up its term. A trial becomes a paid subscription.
Nothing of this opens a window for giving back: the old one stands.
Source: learn.microsoft.com/partner-center/developer/transition-a-new-commerce-subscription and
.../common-billing-scenarios-onetime-recurring.
"""

from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from work365.emulators.partner_center import ledger
from work365.emulators.partner_center.amounts import cut_unit
from work365.emulators.partner_center.billing import Posting, cycle_of, post
from work365.emulators.partner_center.catalogue import Price
from work365.emulators.partner_center.lifecycle import end, forget_schedule, take_up, tell
from work365.emulators.partner_center.state import State
from work365.emulators.partner_center.subscription import (
    DELETED,
    Batch,
    NextTerm,
    Subscription,
    Transition,
)
from work365.emulators.partner_center.subscription_bodies import brief_body
from work365.emulators.partner_center.terms import term_end


def finishes_at(subscription: Subscription) -> datetime | None:
    """Return when the next transition that has begun is done."""
    moments = [
        transition.completes_at
        for transition in subscription.transitions
        if transition.completed_at is None
    ]
    return min(moments, default=None)


def finish_transitions(
    state: State, subscription: Subscription, now: datetime
) -> list[Subscription]:
    """Complete the transitions that are due, and return the subscriptions they went into."""
    targets = []
    for transition in subscription.transitions:
        if transition.completed_at is not None or transition.completes_at > now:
            continue
        before = brief_body(state, subscription)
        target = _moved(state, subscription, transition, transition.completes_at)
        transition.completed_at = transition.completes_at
        transition.to_subscription = target.subscription
        subscription.version += 1
        kind = "convert_trial_subscription" if before["isTrial"] else "upgrade_subscription"
        at = transition.completes_at
        tell(state, subscription, kind, before, at, (transition.actor, ""))
        if target is not subscription:
            tell(state, target, kind, None, at, (transition.actor, ""))
        targets.append(target)
    return targets


def _moved(
    state: State, source: Subscription, transition: Transition, at: datetime
) -> Subscription:
    forget_schedule(source)
    if source.is_trial:
        return _converted(state, source, transition, at)
    reference = state.new_id()
    target = state.subscriptions.get(transition.to_subscription)
    charge_type = ledger.CONVERT if target is None else ledger.MOVE_QUANTITY
    refund = Posting(
        charge_type=charge_type,
        at=at,
        quantity=transition.quantity,
        since=at.date(),
        reference=reference,
        is_refund=True,
        subtotal=cut_unit,
    )
    post(state, source, refund)
    if target is None:
        target = _new_target(state, source, transition, at)
    else:
        target.quantity += transition.quantity
        target.version += 1
    if target is not source:
        _leave(source, transition.quantity, at)
    post(state, target, replace(refund, is_refund=False))
    return target


def _converted(
    state: State, trial: Subscription, transition: Transition, at: datetime
) -> Subscription:
    """Make a trial a paid subscription with a term of its own from today."""
    refund = Posting(
        charge_type=ledger.CONVERT,
        at=at,
        quantity=trial.quantity,
        since=at.date(),
        reference=state.new_id(),
        is_refund=True,
        subtotal=cut_unit,
    )
    post(state, trial, refund)
    paid = NextTerm(transition.to_catalog_item, transition.plan, transition.quantity)
    take_up(state, trial, paid, ledger.CONVERT, at)
    trial.auto_renew = True
    return trial


def _new_target(
    state: State, source: Subscription, transition: Transition, at: datetime
) -> Subscription:
    """Return the subscription that the seats become: the source itself when all of them move."""
    product, sku, availability = transition.to_catalog_item.split(":")
    offer = state.catalogue.products[product].skus[sku]
    is_whole = transition.quantity == source.quantity
    target = source if is_whole else replace(source, subscription=state.new_id())
    is_longer = transition.plan.term != source.plan.term
    target.product, target.sku, target.availability = product, sku, availability
    target.offer_name = target.friendly_name = offer.title
    target.plan = transition.plan
    target.quantity = transition.quantity
    target.unit_price = target_price(state, source, transition, at).amount
    target.promotion = ""
    target.share_off = Decimal(0)
    if is_longer:
        target.term_started_at = at
        target.term_start = at.date()
        target.term_end = term_end(at.date(), transition.plan)
        target.custom_term_end = None
    cycle = cycle_of(target, at.date())
    target.cycle_start, target.cycle_end = cycle.start, cycle.end
    if is_whole:
        return target
    target.created_at = at
    target.version = 1
    target.updates = 0
    target.transitions = []
    target.entitlements = []
    target.participants = list(source.participants)
    target.provisioning = dict(source.provisioning)
    target.scheduled_actions = []
    target.batches = _inherited(source, transition.quantity)
    return state.add_subscription(target)


def target_price(state: State, source: Subscription, transition: Transition, at: datetime) -> Price:
    """Return the price of what seats become, on the day of the transition.

    Raises: LookupError, where it is not for sale.
    """
    product, sku, _ = transition.to_catalog_item.split(":")
    offer = state.catalogue.products[product].skus[sku]
    country = state.customers[source.customer].country
    price = offer.price(transition.plan, country, at.date())
    if price is None:
        raise LookupError(f"{offer.key} has no price in {country} on {at.date()}")
    return price


def _leave(source: Subscription, quantity: int, at: datetime) -> None:
    source.quantity -= quantity
    if not source.quantity:
        end(source, DELETED, at)
        return
    left = source.quantity
    kept: list[Batch] = []
    for batch in source.batches:
        share = min(batch.quantity, left)
        if share:
            kept.append(Batch(share, batch.until))
        left -= share
    source.batches = kept


def _inherited(source: Subscription, quantity: int) -> list[Batch]:
    until = source.cancellable_until
    return [] if until is None or not source.batches else [Batch(quantity, until)]
