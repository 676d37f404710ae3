"""The rehearsal room: a twin of Partner Center that is as a partner's own, on which time passes.

Nothing that happens in it reaches Microsoft. The twin knows the rules of renewals as they are
documented or reported; what the partner has, and at which prices, comes from Partner Center and
our price lists, or from a file that an earlier rehearsal kept.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

from work365.domain import catalog
from work365.domain.catalog import PLAN_MONTHS, BillingPlan, ListPrice, SubscriptionStatus
from work365.domain.changes import UnitPrice
from work365.domain.findings import Finding, Severity
from work365.domain.microsoft.subscriptions import NextTerm, SeenSubscription, TermEnd
from work365.emulators.partner_center import seeds
from work365.emulators.partner_center.accounts import Address, Customer, Partner
from work365.emulators.partner_center.catalogue import Plan, Price, Product, Sku
from work365.emulators.partner_center.subscription import (
    ACTIVE,
    CANCEL,
    EXTEND,
    RENEW_TO_NEW_TERM,
    SUSPENDED,
    TRANSITION,
    ScheduledAction,
    Subscription,
)
from work365.emulators.partner_center.subscription import NextTerm as NextTermThere
from work365.emulators.partner_center.terms import cycle_on, term_end
from work365.emulators.partner_center.world import World
from work365.usecases.know_prices import next_offered, offered, term_start
from work365.usecases.look_at_subscriptions import LookedAt

CYCLES = {
    BillingPlan.MONTHLY: "monthly",
    BillingPlan.ANNUAL: "annual",
    BillingPlan.TRIENNIAL: "triennial",
}
LIVE = {SubscriptionStatus.ACTIVE: ACTIVE, SubscriptionStatus.SUSPENDED: SUSPENDED}
ACTIONS = {
    TermEnd.RENEW: RENEW_TO_NEW_TERM,
    TermEnd.CANCEL: CANCEL,
    TermEnd.EXTEND: EXTEND,
    TermEnd.TRANSITION: TRANSITION,
}


@dataclass(slots=True)
class Room:
    """The twin, and what of the partner's state has no place in it."""

    world: World
    left_out: list[Finding] = field(default_factory=list)


def furnish(looked_at: Sequence[LookedAt], *, at: datetime) -> Room:
    """Return a room in which everything is as it was looked at, at the moment `at`."""
    world = World(now=at, seed="rehearsal")
    world.add_partner(Partner(seeds.PARTNER, "The partner", "partner.example", "0"))
    room = Room(world)
    for each in looked_at:
        _hang_prices(world, each)
    for each in looked_at:
        _put(room, each, at)
    world.look_ahead()
    return room


def _put(room: Room, each: LookedAt, at: datetime) -> None:
    given = each.seen.provided
    if given.status not in LIVE:
        return
    starts_on, running = term_start(each.seen), offered(each.seen, term_start(each.seen))
    if starts_on is None or running is None or given.plan not in CYCLES:
        text = "is billed by usage or once, and is not rehearsed"
        room.left_out.append(_left_out(each, "not_rehearsed", text))
        return
    currency = each.prices.currency if each.prices is not None else None
    known = None if each.prices is None else each.prices.partner or each.prices.next_partner
    price = UnitPrice(Decimal(0), 1) if known is None and given.is_trial else known
    if currency is None or price is None:
        text = "has no price in our price lists: import the price sheet, or name a --market"
        room.left_out.append(_left_out(each, "price_not_known", text))
        return
    if each.prices is not None and each.prices.partner is None and not given.is_trial:
        text = "is charged at its next term's price: the price of the term that runs is not known"
        room.left_out.append(_left_out(each, "price_guessed", text))
    market = _market(each, currency)
    customer = _customer(room.world, each, market, at)
    plan = Plan(running.term.value, CYCLES[given.plan])
    per_cycle = Fraction(price.amount) * PLAN_MONTHS[given.plan] / price.months
    subscription = _subscription(each, customer, plan, _decimal(per_cycle), currency, starts_on)
    _begin_cycle(subscription, at.date())
    room.world.add_subscription(subscription)


def _subscription(
    each: LookedAt, customer: str, plan: Plan, price: Decimal, currency: str, starts_on: date
) -> Subscription:
    seen, given = each.seen, each.seen.provided
    product, _, sku = given.part_number.partition(":")
    last_day = given.commitment_last_day
    whole = term_end(starts_on, plan, is_trial=given.is_trial)
    started_at = datetime.combine(starts_on, datetime.min.time(), UTC)
    next_term = _next_term(seen.next_term, seen, plan)
    action = None if seen.term_end is None else ACTIONS[seen.term_end]
    is_said = action in (CANCEL, EXTEND, TRANSITION)
    return Subscription(
        subscription=given.id,
        customer=customer,
        order=given.order_id or "",
        product=product,
        sku=sku,
        availability=seen.availability or "",
        offer_name=given.name,
        friendly_name=each.name,
        product_kind="OnlineServicesNCE",
        plan=plan,
        quantity=given.quantity,
        unit_price=price,
        currency=currency,
        created_at=started_at,
        term_started_at=started_at,
        term_start=starts_on,
        term_end=last_day,
        cancellable_until=seen.cancel_until,
        status=LIVE[given.status],
        auto_renew=given.auto_renew,
        is_trial=given.is_trial,
        custom_term_end=last_day if last_day != whole else None,
        next_term=next_term,
        scheduled_actions=[ScheduledAction(action, next_term=next_term)]
        if is_said and action is not None
        else [],
        is_extended=seen.in_extended_term,
    )


def _next_term(wanted: NextTerm | None, seen: SeenSubscription, plan: Plan) -> NextTermThere | None:
    following = next_offered(seen)
    if wanted is None or following is None:
        return None
    cycle = CYCLES.get(following.plan, plan.billing_cycle)
    return NextTermThere(
        catalog_item=f"{following.part_number}:{wanted.availability or ''}",
        plan=Plan(following.term.value, cycle),
        quantity=wanted.quantity or seen.provided.quantity,
        custom_term_end=wanted.end_on,
    )


def _begin_cycle(subscription: Subscription, today: date) -> None:
    last_day = subscription.term_end or subscription.term_start
    cycle = cycle_on(
        subscription.term_start,
        last_day,
        subscription.plan,
        min(max(today, subscription.term_start), last_day),
        is_aligned=subscription.custom_term_end is not None,
    )
    subscription.cycle_start, subscription.cycle_end = cycle.start, cycle.end


def _hang_prices(world: World, each: LookedAt) -> None:
    """Put the list prices of a product into the catalogue, once, by market and currency."""
    for prices in each.book.prices.by_product.values():
        for price in prices:
            if price.plan in CYCLES and price.segment == catalog.COMMERCIAL:
                _hang(world, price)


def _hang(world: World, price: ListPrice) -> None:
    sku_of = price.sku
    product = world.catalogue.products.setdefault(
        sku_of.product_id, Product(sku_of.product_id, sku_of.title)
    )
    sku = product.skus.setdefault(
        sku_of.sku_id, Sku(sku_of.product_id, sku_of.sku_id, sku_of.title)
    )
    months = PLAN_MONTHS[price.plan]
    until = price.effective_until
    hung = Price(
        plan=Plan(price.term.value, CYCLES[price.plan]),
        # A market lists several currencies, and a customer pays in one of them.
        market=f"{price.market} {price.currency}",
        currency=price.currency,
        amount=_decimal(price.for_months(price.unit_price, months)),
        retail=_decimal(price.for_months(price.erp_price, months)),
        starts=price.effective_from,
        ends=None if until is None else until - timedelta(days=1),
    )
    if hung not in sku.prices:
        sku.prices.append(hung)


def _market(each: LookedAt, currency: str) -> str:
    market = each.book.market_of(each.seen.provided.part_number, currency)
    return f"{market or each.book.market or ''} {currency}"


def _customer(world: World, each: LookedAt, market: str, at: datetime) -> str:
    """Return the id of the customer in the room; one who pays in two currencies is there twice."""
    tenant = f"{each.tenant} {market}"
    if tenant not in world.customers:
        world.add_customer(
            Customer(
                tenant=tenant,
                commerce_id=each.tenant,
                partner=seeds.PARTNER,
                name=each.customer,
                domain="",
                email="",
                address=Address(country=market),
                billing_profile_id="",
                created_at=at,
            )
        )
    return tenant


def _left_out(each: LookedAt, code: str, text: str) -> Finding:
    path = f"subscription {each.key}"
    return Finding(Severity.WARNING, code, f"{each.customer}, {each.name} {text}", path)


def _decimal(exact: Fraction) -> Decimal:
    return Decimal(exact.numerator) / Decimal(exact.denominator)
