"""How a subscription begins, takes up a new term, and ends."""

from datetime import datetime, timedelta

from work365.emulators.partner_center import ledger
from work365.emulators.partner_center.billing import begin_cycle, refund_cancelled
from work365.emulators.partner_center.catalogue import (
    AZURE_PLAN,
    ONLINE_SERVICES,
    PERPETUAL_SOFTWARE,
    RESERVATION,
    SAAS,
    SOFTWARE_SUBSCRIPTION,
    Plan,
    Promotion,
    Sku,
)
from work365.emulators.partner_center.ledger import Event
from work365.emulators.partner_center.moments import day_after, first_moment
from work365.emulators.partner_center.purchases import Order, OrderLine
from work365.emulators.partner_center.rules import (
    CANCELLATION_DAYS,
    DISABLED_DAYS,
    EXPIRED_DAYS,
    PERPETUAL_CANCELLATION_DAYS,
    SAAS_CANCELLATION_HOURS,
    SOFTWARE_CANCELLATION_DAYS,
    days_of,
    hours_of,
)
from work365.emulators.partner_center.state import State
from work365.emulators.partner_center.subscription import (
    ACTIVE,
    DELETED,
    DISABLED,
    EXPIRED,
    SUSPENDED,
    Batch,
    Entitlement,
    NextTerm,
    Subscription,
)
from work365.emulators.partner_center.subscription_bodies import brief_body
from work365.emulators.partner_center.terms import term_end

PAID_AFTER_TRIAL = Plan("P1Y", "monthly")
"""What a trial becomes unless it is told otherwise."""

_WINDOW_DAYS = {
    ONLINE_SERVICES: CANCELLATION_DAYS,
    SOFTWARE_SUBSCRIPTION: SOFTWARE_CANCELLATION_DAYS,
    PERPETUAL_SOFTWARE: PERPETUAL_CANCELLATION_DAYS,
}


def window_of(kind: str, since: datetime) -> timedelta:
    """Return how long something of a kind of product may be given back."""
    if kind == SAAS:
        return hours_of(SAAS_CANCELLATION_HOURS, since.date())
    rule = _WINDOW_DAYS.get(kind)
    return timedelta(0) if rule is None else days_of(rule, since.date())


def begin(state: State, order: Order, line: OrderLine, subscription_id: str) -> Subscription:
    """Start the subscription of an order's line, as of the order's time, and charge for it."""
    product, sku, availability = line.catalog_item.split(":")
    entry = state.catalogue.products[product]
    offer = entry.skus[sku]
    at = order.created_at
    window = window_of(entry.kind, at)
    promotion = state.catalogue.promotions.get(line.promotion)
    subscription = Subscription(
        subscription=subscription_id,
        customer=order.customer,
        order=order.order,
        product=product,
        sku=sku,
        availability=availability,
        offer_name=offer.title,
        friendly_name=line.friendly_name or offer.title,
        product_kind=entry.kind,
        plan=line.plan,
        quantity=line.quantity,
        unit_price=line.list_price,
        currency=order.currency,
        created_at=at,
        term_started_at=at,
        term_start=at.date(),
        term_end=line.custom_term_end or term_end(at.date(), line.plan, is_trial=offer.is_trial),
        cancellable_until=at + window if window else None,
        auto_renew=bool(line.plan.term) and entry.kind not in (RESERVATION, PERPETUAL_SOFTWARE),
        is_trial=offer.is_trial,
        promotion=line.promotion,
        parent=line.parent_subscription,
        partner_of_record=line.partner_of_record,
        participants=list(line.participants),
        renews_to=line.renews_to,
        custom_term_end=line.custom_term_end,
        provisioning=dict(line.provisioning),
    )
    if promotion is not None:
        subscription.share_off = promotion.share
    if entry.kind == ONLINE_SERVICES and not offer.is_trial:
        subscription.batches = [Batch(line.quantity, at + window)]
    if entry.kind == RESERVATION:
        subscription.reservation_order = state.new_id()
    if entry.kind == AZURE_PLAN:
        subscription.entitlements = [Entitlement(state.new_id(), "Microsoft Azure")]
    if offer.is_trial:
        subscription.next_term = _paid_term(state, subscription, offer)
    state.add_subscription(subscription)
    if entry.kind != AZURE_PLAN:
        begin_cycle(state, subscription, ledger.NEW, at.date(), at)
    return subscription


def _paid_term(state: State, subscription: Subscription, trial: Sku) -> NextTerm | None:
    """Return what a trial becomes: its paid SKU, in the default plan or the first there is."""
    paid = state.catalogue.sku(trial.converts_to) if trial.converts_to else trial
    if paid is None:
        return None
    plans = [plan for plan in paid.plans if plan.term]
    if paid is trial or not plans:
        return None
    plan = PAID_AFTER_TRIAL if PAID_AFTER_TRIAL in plans else plans[0]
    item = f"{paid.key}:{state.catalogue.availability(paid, plan, subscription.created_at)}"
    return NextTerm(item, plan, subscription.quantity)


def take_up(
    state: State, subscription: Subscription, next_term: NextTerm, charge_type: str, at: datetime
) -> bool:
    """Begin a new term at a time and charge for it; False where there is no price for it.

    Price, promotion and availability are those of that day. Everything that was scheduled is
    done with, and the windows for giving back open anew.
    """
    product, sku, _ = next_term.catalog_item.split(":")
    offer = state.catalogue.sku(f"{product}:{sku}")
    country = state.customers[subscription.customer].country
    day = at.date()
    price = offer.price(next_term.plan, country, day) if offer else None
    if offer is None or price is None:
        return False
    promotion = standing_promotion(state, next_term.promotion, next_term.quantity, at)
    window = window_of(subscription.product_kind, at)
    subscription.product, subscription.sku = product, sku
    subscription.availability = state.catalogue.availability(offer, next_term.plan, at)
    subscription.offer_name = offer.title
    subscription.plan = next_term.plan
    subscription.quantity = next_term.quantity
    subscription.unit_price = price.amount
    subscription.currency = price.currency
    subscription.promotion = promotion.promotion if promotion else ""
    subscription.share_off = promotion.share if promotion else type(price.amount)(0)
    subscription.term_started_at = at
    subscription.term_start = day
    subscription.term_end = next_term.custom_term_end or term_end(day, next_term.plan)
    subscription.custom_term_end = next_term.custom_term_end
    subscription.cancellable_until = at + window
    subscription.batches = [Batch(next_term.quantity, at + window)]
    subscription.is_trial = offer.is_trial
    subscription.is_extended = False
    forget_schedule(subscription)
    begin_cycle(state, subscription, charge_type, day, at)
    return True


def standing_promotion(
    state: State, promotion_id: str, quantity: int, at: datetime
) -> Promotion | None:
    """Return the promotion if it holds at a time for so many seats."""
    promotion = state.catalogue.promotions.get(promotion_id)
    if promotion is None or not promotion.starts <= at <= promotion.ends:
        return None
    too_many = bool(promotion.seats_max) and quantity > promotion.seats_max
    return None if too_many or quantity < promotion.seats_min else promotion


def forget_schedule(subscription: Subscription) -> None:
    """Drop everything that was to happen later."""
    subscription.next_term = None
    subscription.next_cycle_plan = None
    subscription.scheduled_actions = []


def cancel(state: State, subscription: Subscription, at: datetime) -> None:
    """End a subscription now, and its add-ons with it, and give back what is due."""
    for addon in state.subscriptions_of(subscription.customer):
        if addon.parent == subscription.subscription and addon.status in (ACTIVE, SUSPENDED):
            cancel(state, addon, at)
    if subscription.product_kind != AZURE_PLAN:
        refund_cancelled(state, subscription, at)
    end(subscription, DELETED, at)


def end(subscription: Subscription, status: str, at: datetime) -> None:
    """Leave a subscription in a status that it is not billed in."""
    subscription.status = status
    subscription.ended_at = at
    subscription.auto_renew = False
    subscription.batches = []
    forget_schedule(subscription)


def age(state: State, subscription: Subscription, at: datetime) -> None:
    """Let an expired subscription become disabled, and a disabled one deleted, in time."""
    following = {EXPIRED: DISABLED, DISABLED: DELETED}.get(subscription.status)
    due = ages_at(subscription)
    if following is None or due is None or due > at:
        return
    before = brief_body(state, subscription)
    subscription.status = following
    subscription.ended_at = due
    subscription.version += 1
    tell(state, subscription, "expire_subscription", before, due)


def ages_at(subscription: Subscription) -> datetime | None:
    """Return when a subscription that has ended takes its next step."""
    rule = {EXPIRED: EXPIRED_DAYS, DISABLED: DISABLED_DAYS}.get(subscription.status)
    ended = subscription.ended_at
    return None if rule is None or ended is None else ended + days_of(rule, ended.date())


def tell(
    state: State,
    subscription: Subscription,
    kind: str,
    before: dict[str, object] | None,
    at: datetime,
    actor: tuple[str, str] = ("", ""),
) -> None:
    """Add to the history what became of a subscription; `actor` is user and application."""
    user, application = actor
    state.record(
        Event(
            at=at,
            kind=kind,
            partner=state.customers[subscription.customer].partner,
            customer=subscription.customer,
            subscription=subscription.subscription,
            order=subscription.order,
            actor=user or application,
            application=application,
            before=before,
            after=brief_body(state, subscription),
        )
    )


def renews_at(subscription: Subscription) -> datetime | None:
    """Return when the term is over: 00:00 UTC after its last day."""
    if subscription.term_end is None or subscription.status not in (ACTIVE, SUSPENDED):
        return None
    return day_after(subscription.term_end)


def next_cycle_at(subscription: Subscription) -> datetime | None:
    """Return when the next charge cycle of the same term begins."""
    if subscription.cycle_end is None or subscription.status not in (ACTIVE, SUSPENDED):
        return None
    if subscription.term_end is None or subscription.cycle_end >= subscription.term_end:
        return None
    return day_after(subscription.cycle_end)


def midnight_of(at: datetime) -> datetime:
    """Return 00:00 UTC of the time's day."""
    return first_moment(at.date())
