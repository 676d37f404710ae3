"""The rehearsal room: a twin of Partner Center that is as a partner's own, on which time passes.

Nothing that happens in it reaches Microsoft. The twin knows the rules of renewals as they are
documented or reported; what the partner has, and at which prices, comes from Partner Center and
our price lists.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_DOWN, Decimal
from fractions import Fraction

from work365.domain import catalog
from work365.domain.catalog import PLAN_MONTHS, BillingPlan, ListPrice, SubscriptionStatus
from work365.domain.findings import Finding, Severity
from work365.domain.microsoft.extended_service import extended_price, goes_on
from work365.domain.microsoft.rules import RuleBook
from work365.domain.microsoft.stakes import KnownPrices, per_month
from work365.domain.microsoft.subscriptions import TermEnd
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
    NextTerm,
    ScheduledAction,
    Subscription,
)
from work365.emulators.partner_center.terms import cycle_on, term_end
from work365.emulators.partner_center.world import World
from work365.usecases.know_prices import PriceBook, next_offered, offered, term_start
from work365.usecases.look_at_subscriptions import LookedAt
from work365.usecases.watch_decisions import ending_of

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
CENT = Decimal("0.01")


@dataclass(slots=True)
class Room:
    """The twin, and what of the partner's state has no place in it."""

    world: World
    left_out: list[Finding] = field(default_factory=list)
    keys: dict[str, str] = field(default_factory=dict)
    """Our keys, by the ids at Microsoft."""


def furnish(looked_at: Sequence[LookedAt], *, at: datetime, book: RuleBook) -> Room:
    """Return a room in which everything is as it was looked at, at the moment `at`.

    `book` says what becomes of a term for which Microsoft was told nothing.
    """
    world = World(now=at, seed="rehearsal")
    world.add_partner(Partner(seeds.PARTNER, "The partner", "partner.example", "0"))
    room = Room(world)
    for prices in {id(each.book): each.book for each in looked_at}.values():
        _hang_prices(world, prices)
    for each in looked_at:
        if each.seen.provided.status in LIVE:
            _put(room, each, at, book)
    world.look_ahead()
    return room


@dataclass(frozen=True, slots=True, kw_only=True)
class _Running:
    """The term that runs, in the twin's words."""

    plan: Plan
    starts_on: date
    price: Decimal
    """For one charge cycle."""
    currency: str


def _put(room: Room, each: LookedAt, at: datetime, book: RuleBook) -> None:
    running = _running(each, at, book)
    if isinstance(running, Finding):
        room.left_out.append(running)
        return
    room.left_out.extend(_guessed(each))
    customer = _customer(room.world, each, _market(each, running.currency), at)
    subscription = _subscription(each, customer, running)
    subscription.scheduled_actions = _actions(each, subscription, book)
    _begin_cycle(subscription, at.date())
    room.keys[subscription.subscription] = each.key
    room.world.add_subscription(subscription)


def _running(each: LookedAt, at: datetime, book: RuleBook) -> _Running | Finding:
    """Return the term that runs; a finding where there is none, or no price of it."""
    given = each.seen.provided
    starts_on = term_start(each.seen)
    term = offered(each.seen, starts_on)
    plan = BillingPlan.MONTHLY if given.is_trial else given.plan
    if starts_on is None or term is None or plan not in CYCLES:
        text = "is billed by usage or once, and is not rehearsed"
        return _finding(each, "not_rehearsed", text)
    prices = each.prices
    price = None if prices is None else _price(each, prices, at, book)
    if prices is None or price is None:
        text = "has no price in our price lists: import the price sheet, or name a --market"
        return _finding(each, "price_not_known", text)
    return _Running(
        plan=Plan(term.term.value, CYCLES[plan]),
        starts_on=starts_on,
        price=_decimal(price * PLAN_MONTHS[plan]),
        currency=prices.currency,
    )


def _price(each: LookedAt, prices: KnownPrices, at: datetime, book: RuleBook) -> Fraction | None:
    """Return what a seat costs a month in the term that runs."""
    if each.seen.provided.is_trial:
        return Fraction(0)
    if each.seen.in_extended_term:
        running = replace(prices, monthly=None, next_partner=None)
        extended = extended_price(book.at(at).after_term, running, each.seen.provided.term)
        # The twin works out the next month's in hundredths, too.
        return extended and Fraction(_decimal(extended).quantize(CENT, rounding=ROUND_DOWN))
    known = prices.partner or prices.next_partner
    return None if known is None else per_month(known)


def _guessed(each: LookedAt) -> Iterator[Finding]:
    given, prices = each.seen.provided, each.prices
    if prices is not None and prices.partner is None and not given.is_trial:
        text = "is charged at its next term's price: the price of the term that runs is not known"
        yield _finding(each, "price_guessed", text)
    if each.seen.promotion is not None:
        text = "has a promotion, and is rehearsed at the list price"
        yield _finding(each, "promotion_not_rehearsed", text)


def _subscription(each: LookedAt, customer: str, running: _Running) -> Subscription:
    seen, given = each.seen, each.seen.provided
    product, _, sku = given.part_number.partition(":")
    last_day = given.commitment_last_day
    whole = term_end(running.starts_on, running.plan, is_trial=given.is_trial)
    started_at = datetime.combine(running.starts_on, datetime.min.time(), UTC)
    next_cycle = None if seen.next_plan is None else CYCLES.get(seen.next_plan)
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
        plan=running.plan,
        quantity=given.quantity,
        unit_price=running.price,
        currency=running.currency,
        created_at=started_at,
        term_started_at=started_at,
        term_start=running.starts_on,
        term_end=last_day,
        cancellable_until=seen.cancel_until,
        status=LIVE[given.status],
        auto_renew=given.auto_renew,
        is_trial=given.is_trial,
        custom_term_end=last_day if last_day != whole else None,
        next_term=_next_term(each, running.plan),
        next_cycle_plan=None if next_cycle is None else Plan(running.plan.term, next_cycle),
        is_extended=seen.in_extended_term,
    )


def _actions(each: LookedAt, subscription: Subscription, book: RuleBook) -> list[ScheduledAction]:
    """Return what happens at the end of the term, where it is not simply renewed."""
    said, last_day = each.seen.term_end, each.seen.provided.commitment_last_day
    if said is TermEnd.RENEW or each.seen.in_extended_term or last_day is None:
        return []
    if said is None:
        extends = goes_on(ending_of(each), book.on(last_day).after_term)
        said = TermEnd.EXTEND if extends else TermEnd.CANCEL
    return [ScheduledAction(ACTIONS[said], next_term=subscription.next_term)]


def _next_term(each: LookedAt, plan: Plan) -> NextTerm | None:
    wanted, following = each.seen.next_term, next_offered(each.seen)
    if wanted is None or following is None:
        return None
    return NextTerm(
        catalog_item=f"{following.part_number}:{wanted.availability or ''}",
        plan=Plan(following.term.value, CYCLES.get(following.plan, plan.billing_cycle)),
        quantity=wanted.quantity or each.seen.provided.quantity,
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


def _hang_prices(world: World, book: PriceBook) -> None:
    """Put the list prices into the catalogue, by market and currency."""
    for prices in book.prices.by_product.values():
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
    sku.prices.append(
        Price(
            plan=Plan(price.term.value, CYCLES[price.plan]),
            # A market lists several currencies, and a customer pays in one of them.
            market=f"{price.market} {price.currency}",
            currency=price.currency,
            amount=_decimal(price.for_months(price.unit_price, months)),
            retail=_decimal(price.for_months(price.erp_price, months)),
            starts=price.effective_from,
            ends=None if until is None else until - timedelta(days=1),
        )
    )


def _market(each: LookedAt, currency: str) -> str:
    following = next_offered(each.seen)
    markets = [each.book.market_of(each.seen.provided.part_number, currency)]
    if following is not None:
        # Of a trial there need not be a price, but there is one of what it becomes.
        markets.append(each.book.market_of(following.part_number, currency))
    markets.append(each.book.market)
    return f"{next((market for market in markets if market), '')} {currency}"


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


def _finding(each: LookedAt, code: str, text: str) -> Finding:
    path = f"subscription {each.key}"
    return Finding(Severity.WARNING, code, f"{each.customer}, {each.name} {text}", path)


def _decimal(exact: Fraction) -> Decimal:
    return Decimal(exact.numerator) / Decimal(exact.denominator)
