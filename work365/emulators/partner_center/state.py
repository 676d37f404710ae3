"""All that the twin keeps, and how to find and add to it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from heapq import heapify, heappop, heappush
from typing import Any
from uuid import UUID, uuid5

from work365.emulators.partner_center.accounts import Customer, Partner
from work365.emulators.partner_center.catalogue import Catalogue
from work365.emulators.partner_center.ledger import ChargeLine, Event
from work365.emulators.partner_center.purchases import Cart, Order
from work365.emulators.partner_center.subscription import Subscription

_NAMESPACE = UUID("5e0f8f3c-6a51-5d43-9c39-8b8a1a3f0c77")


@dataclass
class Lags:
    """How long Microsoft takes. All are nothing unless a test or a demo says otherwise."""

    order_seen: timedelta = timedelta(0)
    """From checkout until the order can be read; up to 15 minutes are documented."""
    order_completed: timedelta = timedelta(0)
    """From checkout until the subscriptions exist."""
    update_done: timedelta = timedelta(0)
    """From a change of a subscription until the next one is let in (900278)."""
    renewal: timedelta = timedelta(0)
    """From 00:00 UTC after the term's last day until the new term shows."""
    transition: timedelta = timedelta(0)
    """From the request for a transition until it is completed."""


@dataclass(kw_only=True)
class State:
    """Everything that a snapshot holds, with indexes beside it."""

    now: datetime
    seed: str = "twin"
    numbered: int = 0
    lags: Lags = field(default_factory=Lags)
    partners: dict[str, Partner] = field(default_factory=dict)
    customers: dict[str, Customer] = field(default_factory=dict)
    catalogue: Catalogue = field(default_factory=Catalogue)
    carts: dict[str, Cart] = field(default_factory=dict)
    orders: dict[str, Order] = field(default_factory=dict)
    subscriptions: dict[str, Subscription] = field(default_factory=dict)
    history: list[Event] = field(default_factory=list)
    charges: list[ChargeLine] = field(default_factory=list)
    annexes: dict[str, Any] = field(default_factory=dict)
    """JSON values that other areas keep under a name of their own."""

    def __post_init__(self) -> None:
        self._due: list[tuple[datetime, str]] = []
        self._wakes: dict[str, datetime] = {}
        self._of_partner: dict[str, list[str]] = {}
        self._of_customer: dict[str, list[str]] = {}
        self._orders_of: dict[str, list[str]] = {}
        for customer in self.customers.values():
            self._of_partner.setdefault(customer.partner, []).append(customer.tenant)
        for subscription in self.subscriptions.values():
            self._of_customer.setdefault(subscription.customer, []).append(
                subscription.subscription
            )
        for order in self.orders.values():
            self._orders_of.setdefault(order.customer, []).append(order.order)

    # Ids, always the same ones for the same seed and order of doing
    def new_id(self) -> str:
        """Return a GUID."""
        self.numbered += 1
        return str(uuid5(_NAMESPACE, f"{self.seed}:{self.numbered}"))

    def new_order_id(self) -> str:
        """Return an order's id: twelve hexadecimal digits."""
        return sha256(self.new_id().encode("ascii")).hexdigest()[:12]

    # Adding
    def add_partner(self, partner: Partner) -> Partner:
        """Add a partner's tenant."""
        self.partners[partner.tenant] = partner
        return partner

    def add_customer(self, customer: Customer) -> Customer:
        """Add a customer's tenant to a partner."""
        self.customers[customer.tenant] = customer
        self._of_partner.setdefault(customer.partner, []).append(customer.tenant)
        return customer

    def add_order(self, order: Order) -> Order:
        """Add an order."""
        self.orders[order.order] = order
        self._orders_of.setdefault(order.customer, []).append(order.order)
        return order

    def add_subscription(self, subscription: Subscription) -> Subscription:
        """Add a subscription."""
        self.subscriptions[subscription.subscription] = subscription
        self._of_customer.setdefault(subscription.customer, []).append(subscription.subscription)
        return subscription

    def record(self, event: Event) -> None:
        """Add to the history."""
        self.history.append(event)

    def charge(self, *lines: ChargeLine) -> None:
        """Add to what will be invoiced."""
        self.charges.extend(lines)

    # Finding
    def customers_of(self, partner: str) -> list[Customer]:
        """Return the partner's customers in the order in which they came."""
        return [self.customers[tenant] for tenant in self._of_partner.get(partner, [])]

    def subscriptions_of(self, customer: str) -> list[Subscription]:
        """Return the customer's subscriptions in the order in which they came."""
        return [self.subscriptions[key] for key in self._of_customer.get(customer, [])]

    def orders_of(self, customer: str) -> list[Order]:
        """Return the customer's orders in the order in which they came."""
        return [self.orders[key] for key in self._orders_of.get(customer, [])]

    def partner_of(self, customer: str) -> Partner:
        """Return the customer's partner."""
        return self.partners[self.customers[customer].partner]

    # What falls due: ids of orders and subscriptions by time
    def wake(self, at: datetime, key: str) -> None:
        """Have an order or a subscription looked at next when the clock reaches a time."""
        self._wakes[key] = at
        heappush(self._due, (at, key))

    def woken(self, to: datetime) -> tuple[datetime, str] | None:
        """Return what falls due next until a time, and forget that it does."""
        while self._due and self._due[0][0] <= to:
            at, key = heappop(self._due)
            # An entry that another one has replaced is passed over.
            if self._wakes.get(key) == at:
                del self._wakes[key]
                return at, key
        return None

    def wakes(self, due: Mapping[str, datetime]) -> None:
        """Put what falls due in the place of all that was known of it."""
        self._wakes = dict(due)
        self._due = [(at, key) for key, at in due.items()]
        heapify(self._due)
