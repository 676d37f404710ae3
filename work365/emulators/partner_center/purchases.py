"""Carts, and the orders that they become."""

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from work365.emulators.partner_center.catalogue import Plan


@dataclass(kw_only=True)
class Line:
    """What lines of carts and of orders say alike."""

    number: int
    catalog_item: str
    quantity: int
    plan: Plan
    """What the availability and the line's own words agree on."""
    friendly_name: str = ""
    promotion: str = ""
    custom_term_end: date | None = None
    partner_of_record: str = ""
    participants: list[tuple[str, str]] = field(default_factory=list)
    """Pairs of a role (`transaction_reseller`) and a partner id."""
    provisioning: dict[str, str] = field(default_factory=dict)
    parent_subscription: str = ""
    parent_line: int | None = None
    """The line beside it that this one is an add-on to."""
    renews_to: Plan | None = None


@dataclass(kw_only=True)
class CartLine(Line):
    """A line of a cart."""

    has_attestation: bool = False


@dataclass
class Cart:
    """A cart, which lives seven days; `orders` are those of its checkout."""

    cart: str
    customer: str
    created_at: datetime
    changed_at: datetime
    expires_at: datetime
    changed_by: str
    lines: list[CartLine]
    orders: list[str] = field(default_factory=list)
    is_checked_out: bool = False


@dataclass(kw_only=True)
class OrderLine(Line):
    """A line of an order; its subscription exists once the order is completed."""

    title: str
    unit_price: Decimal
    list_price: Decimal
    prorated_price: Decimal
    subscription: str = ""
    transaction: str = "New"


@dataclass
class Order:
    """An order: unseen until `visible_at`, pending until `completed_at`."""

    order: str
    customer: str
    billing_cycle: str
    currency: str
    created_at: datetime
    visible_at: datetime
    completed_at: datetime
    lines: list[OrderLine]
    actor: str = ""
    application: str = ""
    cart: str = ""
    status: str = "pending"
    version: int = 1
