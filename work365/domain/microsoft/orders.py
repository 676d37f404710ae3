"""What is to be bought, and what became of it."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum

from work365.domain.catalog import BillingPlan, Term


@dataclass(frozen=True, slots=True, kw_only=True)
class Purchase:
    """One line of a cart. `availability` is looked up just before, because it is reissued often."""

    part_number: str
    """`ProductId:SkuId`."""
    quantity: int
    term: Term | None
    """None for what has no term: an Azure plan, perpetual software."""
    plan: BillingPlan
    segment: str | None = None
    promotion: str | None = None
    friendly_name: str | None = None
    end_on: date | None = None
    """Last day of the first term, where it is to end together with something else."""
    parent: str | None = None
    """Id of the subscription that it is an add-on of."""
    partner_on_record: str | None = None
    """MPN id of the indirect reseller."""
    partner_on_record_attested: bool = False
    """Whether the partner attested that this reseller is the one of the purchase."""
    provisioning: tuple[tuple[str, str], ...] = ()
    """What an Azure plan or a reservation is told: names and values."""


class OrderStatus(Enum):
    """How far an order is."""

    PENDING = "pending"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderedLine:
    """What became of one line."""

    number: int
    catalogue_id: str
    """`ProductId:SkuId:AvailabilityId`."""
    quantity: int
    subscription: str | None
    """None until Microsoft has made it, which takes up to a quarter of an hour."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """An order as Partner Center shows it."""

    id: str
    status: OrderStatus
    lines: tuple[OrderedLine, ...]
    created_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LineRefusal:
    """Why Microsoft does not sell one line, in its own code and sentence."""

    line: int | None
    """Number of the line in the cart; None where only a whole order was refused."""
    code: str
    description: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Cart:
    """What is about to be bought. It is kept for seven days."""

    id: str
    refusals: tuple[LineRefusal, ...] = ()
    """Lines with which it cannot be checked out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkout:
    """What became of a cart: orders, and what was refused of it.

    The order of a line need not have the line's number: the lines of a cart can be divided
    among several orders.
    """

    orders: tuple[Order, ...]
    refusals: tuple[LineRefusal, ...] = ()
