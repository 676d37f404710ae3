"""Buy something at the provider, once.

What is bought stands in a cart, and a cart is bought once, however often it is checked out. So
the cart is noted before it is checked out: whoever goes on after a crash, or after an answer
that was lost, checks out the same cart and never a second one. It is forgotten only when it
came to nothing for certain.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta

from work365.domain.findings import Reading
from work365.domain.microsoft.azure import Registration
from work365.domain.microsoft.catalogue import Availability
from work365.domain.microsoft.decisions import Done, Refuse
from work365.domain.microsoft.intents import seats
from work365.domain.microsoft.orders import (
    Cart,
    Checkout,
    LineRefusal,
    Order,
    OrderStatus,
    Purchase,
)
from work365.domain.microsoft.purchasing import decide_purchase
from work365.domain.microsoft.subscriptions import SeenSubscription
from work365.errors import Refusal
from work365.ports.provider_desk import CartGone, OfferReissued, OrderNotThere
from work365.ports.seen_subscriptions import SubscriptionMirror
from work365.usecases.invite_customer import partner_on_record
from work365.usecases.provision_subscription import check_limits, on_credit_hold
from work365.usecases.provisioning_task import CART, Finished, Later, NotDone, Outcome, Task

REISSUED = "400019"
"""Microsoft's code for a line whose availability is not sold any more."""
AZURE_SUBSCRIPTION = "subscriptionId"
"""Name, in what a reservation is told, of the Azure subscription that pays for it."""

ORDERS_SHOWN_AFTER = timedelta(minutes=20)
"""By then everything shows that was ordered; Microsoft says 15 minutes."""
GONE = "cart gone:"
"""How a reference begins that is a cart which may have been bought, and cannot be asked."""
REGISTERED_AFTER = timedelta(minutes=5)


def provision_purchase(purchase: Purchase, task: Task, mirror: SubscriptionMirror) -> Outcome:
    """Buy `purchase`, or go on with what was begun of it.

    Raises: NotDone, Refusal: nothing was bought; Unavailable: it may have been.
    """
    begun = task.change.provider_reference or ""
    if begun.startswith(GONE):
        return _look_first(purchase, task, mirror, sent_before=True)
    if begun.startswith(CART):
        return _checked_out_again(begun.removeprefix(CART), purchase, task)
    if begun:
        return _follow(begun, purchase, task)
    _check(purchase, task)
    return _look_first(purchase, task, mirror, sent_before=False)


def _check(purchase: Purchase, task: Task) -> None:
    subscription = task.subscription
    if subscription.is_on_credit_hold:
        raise on_credit_hold(subscription)
    if subscription.agreement_signed_on is None and task.desk.has_agreement(task.tenant) is False:
        raise NotDone(
            "agreement_not_signed",
            "the customer has not accepted the Microsoft Customer Agreement, without which nothing"
            " can be bought for it; let it accept, and set this change to awaiting again",
        )
    if purchase.partner_on_record is not None:
        partner_on_record(task.tenant, mpn=purchase.partner_on_record, partners=task.desk)
    check_limits(purchase.part_number, purchase.quantity, task)
    _check_end(purchase, task)


def _check_end(purchase: Purchase, task: Task) -> None:
    if purchase.end_on is None:
        return
    if purchase.term is None:
        raise NotDone("no_term", f"{purchase.part_number} has no term that could end earlier")
    allowed = sorted(task.desk.first_term_ends(task.tenant, purchase.term))
    if purchase.end_on not in allowed:
        told = ", ".join(day.isoformat() for day in allowed) or "none"
        raise NotDone(
            "term_end_not_allowed",
            f"the first term is to end on {purchase.end_on}, and Microsoft allows {told}; choose"
            " one of these, or leave it out",
        )


def _look_first(
    purchase: Purchase, task: Task, mirror: SubscriptionMirror, *, sent_before: bool
) -> Outcome:
    """Buy, unless it looks bought already."""
    found = task.desk.subscriptions(task.tenant)
    if sent_before and not found.is_complete:
        raise NotDone("subscriptions_unreadable", _unreadable(found))
    decision = decide_purchase(
        purchase,
        found.values,
        known=_known(task, mirror),
        asked_at=task.change.change.recorded_at,
        sent_before=sent_before,
    )
    if isinstance(decision, Done):
        return Finished(message=decision.why, subscription_reference=decision.reference)
    if isinstance(decision, Refuse):
        if task.change.attempts <= 1:
            # It may be what another change of ours just ordered, which is known as ours by then.
            until = task.clock() + ORDERS_SHOWN_AFTER
            return Later(until=until, message=decision.finding.message, is_attempt=True)
        raise NotDone.of(decision)
    return _register_or_buy(purchase, task)


def _known(task: Task, mirror: SubscriptionMirror) -> frozenset[str]:
    assert task.subscription.provider is not None, "it was looked at before it was taken up"
    logged = mirror.logged(task.subscription.provider, references=(), tenants=[task.tenant])
    return frozenset(each.reference for each in logged)


def _unreadable(found: Reading[SeenSubscription]) -> str:
    told = "; ".join(finding.message for finding in found.findings)
    return (
        "it may have been bought, and not all subscriptions of the customer can be read to see"
        f" that: {told}. See in Partner Center; enter the id as the provider reference of the"
        " subscription if it was bought"
    )


def _register_or_buy(purchase: Purchase, task: Task) -> Outcome:
    azure = dict(purchase.provisioning).get(AZURE_SUBSCRIPTION)
    if azure is not None:
        registration = task.desk.registration(task.tenant, azure)
        if registration is not Registration.REGISTERED:
            if registration is Registration.NOT_REGISTERED:
                task.desk.register(task.tenant, azure)
            message = f"Microsoft is registering Azure subscription {azure} for reservations."
            return task.look_again(message, after=REGISTERED_AFTER)
    try:
        return _buy(purchase, task)
    except OfferReissued:
        # Once more with a fresh one: what was in the cart was reissued in between.
        return _buy(purchase, task)


def _buy(purchase: Purchase, task: Task) -> Outcome:
    availability = task.desk.availability(
        task.tenant,
        purchase.part_number,
        term=purchase.term,
        plan=purchase.plan,
        segment=purchase.segment,
    )
    _check_promotion(purchase, availability, task)
    request = task.request_id(f"cart with {availability.catalogue_id}")
    cart = task.desk.create_cart(task.tenant, purchase, availability, request_id=request)
    _check_cart(cart)
    task.begin(reference=f"{CART}{cart.id}")
    return _checked_out(cart.id, purchase, task)


def _check_promotion(purchase: Purchase, availability: Availability, task: Task) -> None:
    if purchase.promotion is None:
        return
    found = task.desk.promotions_for(task.tenant, purchase, availability).values
    named = [each for each in found if each.promotion.upper() == purchase.promotion.upper()]
    if any(each.is_eligible for each in named):
        return
    told = "; ".join(reason for each in named for reason in each.reasons)
    raise NotDone(
        "promotion_refused",
        f"the customer cannot buy this with promotion {purchase.promotion}:"
        f" {told or 'Microsoft does not offer it for this term and billing plan'}. Remove the"
        " promotion, or choose another; without the check it would have the full price",
    )


def _check_cart(cart: Cart) -> None:
    if any(refusal.code == REISSUED for refusal in cart.refusals):
        raise OfferReissued(_told(cart.refusals))
    if cart.refusals:
        raise NotDone("cart_refused", f"Microsoft does not sell it so: {_told(cart.refusals)}")


def _told(refusals: Iterable[LineRefusal]) -> str:
    return "; ".join(f"{refusal.description} (code {refusal.code})" for refusal in refusals)


def _checked_out(cart: str, purchase: Purchase, task: Task) -> Outcome:
    try:
        order = _only(_check_out(cart, task))
    except Refusal:
        # The cart is new, and this was the first time: it was not bought.
        task.begin(reference="")
        raise
    return _ordered(order, purchase, task)


def _checked_out_again(cart: str, purchase: Purchase, task: Task) -> Outcome:
    """Go on with a cart of which nobody knows whether it was bought."""
    try:
        checkout = _check_out(cart, task)
    except (CartGone, OfferReissued) as error:
        until = task.clock() + ORDERS_SHOWN_AFTER
        message = f"It is looked at later whether the cart had been bought: {error}"
        return Later(until=until, message=message, reference=f"{GONE}{cart}", is_attempt=True)
    return _ordered(_only(checkout), purchase, task)


def _check_out(cart: str, task: Task) -> Checkout:
    return task.desk.check_out(task.tenant, cart, request_id=task.request_id(f"check out {cart}"))


def _only(checkout: Checkout) -> Order:
    if not checkout.orders:
        raise NotDone("nothing_ordered", f"nothing was bought: {_told(checkout.refusals)}")
    return checkout.orders[0]


def _follow(order: str, purchase: Purchase, task: Task) -> Outcome:
    try:
        return _ordered(task.desk.order(task.tenant, order), purchase, task)
    except OrderNotThere:
        return task.look_again(f"Order {order} was placed and does not show at Microsoft yet.")


def _ordered(order: Order, purchase: Purchase, task: Task) -> Outcome:
    if order.status in (OrderStatus.FAILED, OrderStatus.CANCELLED):
        task.begin(reference="")
        raise NotDone(
            "order_failed",
            f"order {order.id} {order.status.value} at Microsoft, and nothing was bought; see why"
            " in Partner Center, and set this change to awaiting to buy it again",
        )
    line = order.lines[0] if order.lines else None
    if line is None or line.subscription is None:
        return task.look_again(
            f"Ordered as {order.id}; the subscription does not show yet, which takes Microsoft up"
            " to 15 minutes.",
            reference=order.id,
        )
    done = Finished(
        message=f"Bought: {seats(line.quantity)} of {purchase.part_number}, order {order.id}.",
        reference=order.id,
        subscription_reference=line.subscription,
    )
    if line.quantity == purchase.quantity:
        return done
    message = (
        f"{done.message} The change says {purchase.quantity} by now, because it was edited after"
        f" the cart had been made; enter the difference as a change of its own."
    )
    return replace(done, message=message, findings=(task.warning("bought_otherwise", message),))
