"""Worlds to start from: a small one with a bit of everything, and large ones for measuring."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from work365.emulators.partner_center.accounts import Address, Agreement, Customer, Partner
from work365.emulators.partner_center.catalogue import Plan
from work365.emulators.partner_center.ledger import Event
from work365.emulators.partner_center.lifecycle import begin, tell
from work365.emulators.partner_center.order_bodies import order_body
from work365.emulators.partner_center.purchases import Order, OrderLine
from work365.emulators.partner_center.seed_catalogue import ADDON, AZURE, SEATS, TRIAL, catalogue
from work365.emulators.partner_center.subscription import Subscription
from work365.emulators.partner_center.terms import add_months
from work365.emulators.partner_center.world import World

PARTNER = "8a3c52d0-4b1f-4f0a-9d57-2f60c1b7e914"
"""Tenant of the partner in every seeded world."""

PROVIDER = "c1f7a9de-3b52-4e88-a0d4-95f0be6d2c37"
"""Tenant of the indirect provider in the small world."""

RESELLER = "e5d20b4c-7f66-4c19-8a3d-1b9c40f8d752"

NAMES = (
    "Adler Optik",
    "Birke Bau",
    "Cassel Logistik",
    "Dorn Design",
    "Elster Energie",
    "Falke Flug",
    "Ginster Garten",
    "Hafen Handel",
    "Iller Industrie",
    "Jura Juwelen",
    "Kiesel Kanzlei",
    "Linde Labor",
)
YEARLY = Plan("P1Y", "monthly")
PREPAID = Plan("P1Y", "annual")
MONTHLY = Plan("P1M", "monthly")
THREE_YEARS = Plan("P3Y", "annual")


@dataclass(frozen=True)
class Sale:
    """A subscription to seed: sold so many days ago."""

    product: str
    plan: Plan
    quantity: int
    days_ago: int


def empty(now: datetime, seed: str = "twin") -> World:
    """Return a world with a partner and the catalogue, and no customers."""
    world = World(now=now, seed=seed, catalogue=catalogue())
    world.add_partner(Partner(PARTNER, "Nordlicht Cloud GmbH", "nordlicht.example", "6034400"))
    return world


def small(now: datetime) -> World:
    """Return a world of twelve customers, the last of whom are an indirect provider's.

    Everything was bought as long ago as the sales below say, and time has passed since: terms
    were renewed and cycles billed. The tenth customer has not signed the agreement.
    """
    world = empty(_earliest(now))
    provider = Partner(PROVIDER, "Ostsee Distribution AG", "ostsee.example", "6034500")
    provider.kind = "indirect_provider"
    provider.resellers = [RESELLER]
    world.add_partner(provider)
    reseller = Partner(RESELLER, "Hafen Systemhaus GmbH", "hafen.example", "6034600")
    reseller.kind = "indirect_reseller"
    world.add_partner(reseller)
    for number, name in enumerate(NAMES):
        partner = PROVIDER if number >= len(NAMES) - 2 else PARTNER
        customer = _customer(world, name, partner, number)
        if partner == PROVIDER:
            customer.reseller = RESELLER
        if number == _UNSIGNED:
            customer.agreements = []
    sales = [(sale, number) for number, sales in _SALES.items() for sale in sales]
    for sale, number in sorted(sales, key=lambda each: -each[0].days_ago):
        at = now - timedelta(days=sale.days_ago)
        world.advance(at)
        customer = list(world.customers.values())[number]
        _tell(world, customer, _sell(world, customer, sale, at))
        world.look_ahead()
    world.advance(now)
    return world


def _tell(world: World, customer: Customer, subscription: Subscription) -> None:
    """Add an order of the past to the history, as one made in the portal by a person."""
    order = world.orders[subscription.order]
    body = order_body(world, order, has_price=True)
    world.record(
        Event(
            at=order.created_at,
            kind="create_order",
            partner=customer.partner,
            customer=customer.tenant,
            order=order.order,
            actor="sales@nordlicht.example",
            after=body,
        )
    )
    tell(world, subscription, "create_subscription", None, order.created_at)


def _earliest(now: datetime) -> datetime:
    longest = max(sale.days_ago for sales in _SALES.values() for sale in sales)
    return now - timedelta(days=longest + 1)


_UNSIGNED = 9
_SALES: dict[int, tuple[Sale, ...]] = {
    0: (Sale("CFQ7TTC0TW02", YEARLY, 25, 400), Sale(ADDON, YEARLY, 10, 200)),
    1: (Sale("CFQ7TTC0TW01", MONTHLY, 8, 70),),
    2: (Sale("CFQ7TTC0TW04", PREPAID, 120, 300), Sale("CFQ7TTC0TW06", YEARLY, 30, 3)),
    3: (Sale("CFQ7TTC0TW03", YEARLY, 14, 362),),
    4: (Sale("CFQ7TTC0TW05", THREE_YEARS, 60, 420), Sale(AZURE, Plan("", "one_time"), 1, 100)),
    5: (Sale(TRIAL, MONTHLY, 25, 12),),
    6: (Sale("CFQ7TTC0TW08", YEARLY, 5, 330),),
    7: (Sale("CFQ7TTC0TW09", YEARLY, 40, 150), Sale("CFQ7TTC0TW02", MONTHLY, 12, 20)),
    8: (Sale(AZURE, Plan("", "one_time"), 1, 250),),
    10: (Sale("CFQ7TTC0TW02", YEARLY, 9, 90),),
    11: (Sale("CFQ7TTC0TW06", PREPAID, 15, 45),),
}


def portfolio(customers: int, subscriptions: int, now: datetime) -> World:
    """Return a world of many customers, for measuring; it has no past.

    Subscriptions are spread evenly over customers, products, plans and the days of a year.
    The charges and events of their purchases are dropped: what happens from `now` on is kept.
    """
    world = empty(now, seed="portfolio")
    owners = [
        _customer(world, f"Kunde {number:05} GmbH", PARTNER, number) for number in range(customers)
    ]
    plans = (YEARLY, YEARLY, PREPAID, MONTHLY, THREE_YEARS)
    for number in range(subscriptions):
        product = SEATS[number % 6][0]
        plan = plans[number % len(plans)]
        limit = 28 if plan is MONTHLY else 360
        sale = Sale(product, plan, 1 + number % 40, number * 7 % limit)
        at = now - timedelta(days=sale.days_ago)
        bought = _sell(world, owners[number % customers], sale, at)
        _bring_up(bought, now)
    world.history.clear()
    world.charges.clear()
    world.look_ahead()
    return world


def _bring_up(subscription: Subscription, now: datetime) -> None:
    """Put a subscription of the past into the charge cycle of today."""
    start = subscription.cycle_start
    if start is None or subscription.plan.billing_cycle != "monthly":
        return
    months = 0
    while add_months(start, months + 1) <= now.date():
        months += 1
    if subscription.plan.term != MONTHLY.term:
        subscription.cycle_start = add_months(start, months)
        following = add_months(start, months + 1)
        subscription.cycle_end = following - timedelta(days=1)


def _customer(world: World, name: str, partner: str, number: int) -> Customer:
    host = name.casefold().replace(" ", "").replace("gmbh", "")
    agreement = Agreement(
        template="b7f9c1d4-2f0e-4a51-8c37-6e0d94a5b312",
        kind="MicrosoftCustomerAgreement",
        agreed_at="2025-01-02T00:00:00Z",
        first_name="Kim",
        last_name="Sander",
        email=f"kim@{host}.example",
    )
    return world.add_customer(
        Customer(
            tenant=world.new_id(),
            commerce_id=world.new_id(),
            partner=partner,
            name=name,
            domain=f"{host}.onmicrosoft.com",
            email=f"kim@{host}.example",
            address=Address(
                country="DE",
                city="Bremen",
                line_1=f"Hafenstrasse {number + 1}",
                postal_code="28195",
                first_name="Kim",
                last_name="Sander",
                phone="+49421555010",
            ),
            billing_profile_id=world.new_id(),
            created_at=world.now,
            culture="de-DE",
            language="de",
            agreements=[agreement],
        )
    )


def _sell(world: World, customer: Customer, sale: Sale, at: datetime) -> Subscription:
    """Put an order of the past into the world, done already."""
    sku = world.catalogue.products[sale.product].skus["0001"]
    price = sku.price(sale.plan, customer.country, at.date())
    assert price is not None
    item = f"{sku.key}:{world.catalogue.availability(sku, sale.plan, at)}"
    line = OrderLine(
        number=0,
        catalog_item=item,
        title=sku.title,
        quantity=sale.quantity,
        plan=sale.plan,
        unit_price=price.amount,
        list_price=price.amount,
        prorated_price=price.amount,
    )
    order = Order(
        order=world.new_order_id(),
        customer=customer.tenant,
        billing_cycle=sale.plan.billing_cycle,
        currency=price.currency,
        created_at=at,
        visible_at=at,
        completed_at=at,
        lines=[line],
        status="completed",
    )
    world.add_order(order)
    line.subscription = world.new_id()
    return begin(world, order, line, line.subscription)
