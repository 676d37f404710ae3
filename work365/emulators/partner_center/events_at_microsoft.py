"""What customers and Microsoft do at their end, on demand: `ACTIONS` by name.

Each takes the world and a JSON object, and returns what is to be told of it.
"""

from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import NAMESPACE_DNS, uuid5

from work365.emulators.partner_center.accounts import Address, Customer
from work365.emulators.partner_center.catalogue import Plan, Price
from work365.emulators.partner_center.errors import PartnerCenterError
from work365.emulators.partner_center.fraud_events import UnknownEntitlement, notice_fraud
from work365.emulators.partner_center.invoices import NoSuchInvoice, credit, set_tax
from work365.emulators.partner_center.ledger import Event
from work365.emulators.partner_center.lifecycle import tell
from work365.emulators.partner_center.moments import read_moment
from work365.emulators.partner_center.passage import schedule
from work365.emulators.partner_center.relationships import (
    WrongState,
    approve,
    relationship_body,
    relationships,
    terminate,
)
from work365.emulators.partner_center.seats import check_quantity, set_quantity
from work365.emulators.partner_center.statuses import set_status
from work365.emulators.partner_center.subscription import ACTIVE, SUSPENDED, Subscription
from work365.emulators.partner_center.subscription_bodies import brief_body
from work365.emulators.partner_center.world import World

Body = dict[str, Any]


class BadAction(Exception):
    """An action that cannot be done."""


def _text(body: Body, name: str) -> str:
    value = body.get(name)
    if not isinstance(value, str) or not value:
        raise BadAction(f"'{name}' is missing")
    return value


def _amount(body: Body, name: str) -> Decimal:
    try:
        return Decimal(str(body.get(name)))
    except InvalidOperation:
        raise BadAction(f"'{name}' is not a number") from None


def _customer(world: World, body: Body) -> Customer:
    customer = world.customers.get(_text(body, "customer").casefold())
    if customer is None:
        raise BadAction(f"there is no customer '{body['customer']}'")
    return customer


def _subscription(world: World, body: Body) -> Subscription:
    subscription = world.subscriptions.get(_text(body, "subscription"))
    if subscription is None:
        raise BadAction(f"there is no subscription '{body['subscription']}'")
    return subscription


def _relationship(world: World, body: Body) -> Body:
    relationship = relationships(world).get(_text(body, "relationship"))
    if relationship is None:
        raise BadAction(f"there is no relationship '{body['relationship']}'")
    return relationship


def _approve(world: World, body: Body) -> Body:
    """Let `customer` approve the admin `relationship`."""
    customer = _customer(world, body)
    relationship = _relationship(world, body)
    try:
        approve(world, relationship, customer.tenant, customer.name)
    except WrongState as error:
        raise BadAction(str(error)) from error
    return relationship_body(relationship)


def _terminate(world: World, body: Body) -> Body:
    """Let the customer end the admin `relationship`."""
    relationship = _relationship(world, body)
    relationship["actor"] = ""
    try:
        terminate(world, relationship)
    except WrongState as error:
        raise BadAction(str(error)) from error
    return relationship_body(relationship)


def _sign(world: World, body: Body) -> Body:
    """Let `customer` accept the Microsoft Customer Agreement in its admin centre."""
    customer = _customer(world, body)
    customer.has_signed_directly = True
    return {"customer": customer.tenant}


def _accept(world: World, body: Body) -> Body:
    """Let a customer (`name`, `country`; `domain`, `reseller`) accept `partner` as reseller."""
    partner = world.partners.get(_text(body, "partner").casefold())
    if partner is None:
        raise BadAction(f"there is no partner '{body['partner']}'")
    name, country = _text(body, "name"), _text(body, "country")
    domain = body.get("domain") or f"{''.join(filter(str.isalnum, name)).lower()}.onmicrosoft.com"
    tenant = str(body.get("customer") or uuid5(NAMESPACE_DNS, domain)).casefold()
    if tenant in world.customers:
        raise BadAction(f"'{domain}' is a customer already")
    reseller = str(body.get("reseller", ""))
    customer = world.add_customer(
        Customer(
            tenant=tenant,
            commerce_id=world.new_id(),
            partner=partner.tenant,
            name=name,
            domain=domain,
            email=f"admin@{domain}",
            address=Address(country=country, city=str(body.get("city", ""))),
            billing_profile_id=world.new_id(),
            created_at=world.now,
            reseller=reseller,
        )
    )
    kind = "reseller_relationship_accepted_by_customer"
    _record(world, customer, f"indirect_{kind}" if reseller else kind)
    return {"customer": customer.tenant, "domain": domain}


def _record(world: World, customer: Customer, kind: str) -> None:
    after = {"id": customer.tenant, "companyName": customer.name, "domain": customer.domain}
    world.record(
        Event(
            at=world.now,
            kind=kind,
            partner=customer.partner,
            customer=customer.tenant,
            after=after,
        )
    )


def _leave(world: World, body: Body) -> Body:
    """Let `customer` end its relationship with the partner."""
    customer = _customer(world, body)
    customer.relationship = "none"
    _record(world, customer, "remove_partner_customer_relationship")
    return {"customer": customer.tenant}


def _seats(world: World, body: Body) -> Body:
    """Change the seats of `subscription` to `quantity` at Microsoft's end, as in its portal."""
    subscription = _subscription(world, body)
    quantity = int(_amount(body, "quantity"))
    before = brief_body(world, subscription)
    try:
        check_quantity(world, subscription, quantity)
    except PartnerCenterError as error:
        raise BadAction(error.description) from error
    set_quantity(world, subscription, quantity)
    return _changed(world, subscription, before, str(body.get("actor", "")))


def _status(world: World, body: Body) -> Body:
    """Suspend or resume `subscription` (`status`) at Microsoft's end."""
    subscription = _subscription(world, body)
    status = _text(body, "status")
    if status not in (ACTIVE, SUSPENDED):
        raise BadAction(f"'status' is {ACTIVE} or {SUSPENDED}")
    before = brief_body(world, subscription)
    set_status(world, subscription, status)
    return _changed(world, subscription, before, str(body.get("actor", "")))


def _changed(world: World, subscription: Subscription, before: Body, actor: str) -> Body:
    subscription.version += 1
    schedule(world, subscription)
    tell(world, subscription, "update_subscription", before, world.now, (actor, ""))
    return brief_body(world, subscription)


def _price(world: World, body: Body) -> Body:
    """Add a price: `sku` (`product:sku`), `term`, `billingCycle`, `market`, `amount`, `starts`."""
    sku = world.catalogue.sku(_text(body, "sku"))
    starts = read_moment(_text(body, "starts"))
    if sku is None or starts is None:
        raise BadAction("'sku' is not for sale, or 'starts' is not a day")
    plan = Plan(_text(body, "term"), _text(body, "billingCycle"))
    market = _text(body, "market").upper()
    known = [each for each in sku.prices if (each.plan, each.market) == (plan, market)]
    if not known:
        raise BadAction(f"'{sku.key}' has no such plan in the market '{market}'")
    amount = _amount(body, "amount")
    retail = _amount(body, "retail") if "retail" in body else amount
    sku.prices.append(Price(plan, market, known[0].currency, amount, retail, starts.date()))
    return {"sku": sku.key, "starts": starts.date().isoformat()}


def _reissue(world: World, _body: Body) -> Body:
    """Issue every availability anew: carts that hold old ones are refused."""
    world.catalogue.reissues += 1
    return {"reissues": world.catalogue.reissues}


def _fraud(world: World, body: Body) -> Body:
    """Notice a fraud in an Azure subscription: `entitlement`, perhaps `service`."""
    try:
        noticed = notice_fraud(
            world, _text(body, "entitlement"), str(body.get("service", "Virtual Machines"))
        )
    except UnknownEntitlement as error:
        raise BadAction(str(error)) from error
    return {"eventId": noticed["id"]}


def _credit(world: World, body: Body) -> Body:
    """Give a credit note: `invoice`, `customer`, `amount`, perhaps `reason`."""
    try:
        note = credit(
            world,
            _text(body, "invoice"),
            _text(body, "customer"),
            _amount(body, "amount"),
            str(body.get("reason", "")),
        )
    except NoSuchInvoice as error:
        raise BadAction(str(error)) from error
    return {"id": note["id"], "total": note["total"]}


def _tax(world: World, body: Body) -> Body:
    """Tax the invoices of `partner` at `rate` (0.19) from the next one on."""
    set_tax(world, _text(body, "partner"), _amount(body, "rate"))
    return {}


def _threshold(world: World, body: Body) -> Body:
    """Have the Azure usage of `customer` exceed its budget."""
    _record(world, _customer(world, body), "usage_threshold_exceeded")
    return {}


ACTIONS: dict[str, Callable[[World, Body], Body]] = {
    "approve-relationship": _approve,
    "terminate-relationship": _terminate,
    "sign-agreement": _sign,
    "accept-reseller": _accept,
    "leave-reseller": _leave,
    "change-seats": _seats,
    "change-status": _status,
    "change-price": _price,
    "reissue-availabilities": _reissue,
    "notice-fraud": _fraud,
    "credit-invoice": _credit,
    "tax-invoices": _tax,
    "exceed-budget": _threshold,
}
"""By the name under which the control API takes them."""
