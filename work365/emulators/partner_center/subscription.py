"""A subscription as Microsoft keeps it: its term, its seats in batches, and what is scheduled."""

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from work365.emulators.partner_center.catalogue import Plan

ACTIVE = "active"
SUSPENDED = "suspended"
EXPIRED = "expired"
DISABLED = "disabled"
DELETED = "deleted"
PENDING = "pending"

RENEW_TO_NEW_TERM = "RenewToNewTerm"
CANCEL = "Cancel"
EXTEND = "RenewToExtendedServiceTerm"
TRANSITION = "Transition"


@dataclass
class Batch:
    """Seats that were added together and may go back together until `until`."""

    quantity: int
    until: datetime


@dataclass
class NextTerm:
    """What a subscription is to become at its renewal."""

    catalog_item: str
    plan: Plan
    quantity: int
    promotion: str = ""
    custom_term_end: date | None = None


@dataclass
class ScheduledAction:
    """One entry of `scheduledActions`.

    `spelling` is the key under which the caller wrote when it happens: the sources do not
    agree on it, and it is given back as it came.
    """

    action: str
    when: str = "TermEnd"
    effective_date: str = ""
    next_term: NextTerm | None = None
    spelling: str = "scheduledType"


@dataclass
class Transition:
    """An upgrade or conversion of seats of a subscription."""

    operation: str
    from_catalog_item: str
    from_subscription: str
    to_catalog_item: str
    to_subscription: str
    quantity: int
    plan: Plan
    kind: str
    started_at: datetime
    completes_at: datetime
    completed_at: datetime | None = None
    is_new_target: bool = False
    actor: str = ""


@dataclass
class Entitlement:
    """An Azure subscription under an Azure plan."""

    entitlement: str
    friendly_name: str
    status: str = ACTIVE
    changed_at: datetime | None = None
    cancellation_reason: str = ""


@dataclass
class Subscription:
    """A subscription. Days are UTC days; the term's last day is included in it."""

    subscription: str
    customer: str
    order: str
    product: str
    sku: str
    availability: str
    offer_name: str
    friendly_name: str
    product_kind: str
    plan: Plan
    quantity: int
    unit_price: Decimal
    """For one charge cycle, before the promotion; locked for the term."""
    currency: str
    created_at: datetime
    term_started_at: datetime
    term_start: date
    term_end: date | None
    """The last day of the term; None for what has no term."""
    cancellable_until: datetime | None
    status: str = ACTIVE
    auto_renew: bool = True
    is_trial: bool = False
    promotion: str = ""
    share_off: Decimal = Decimal(0)
    """What the promotion takes off the unit price: `0.15` is fifteen percent."""
    parent: str = ""
    partner_of_record: str = ""
    participants: list[tuple[str, str]] = field(default_factory=list)
    renews_to: Plan | None = None
    custom_term_end: date | None = None
    next_term: NextTerm | None = None
    next_cycle_plan: Plan | None = None
    scheduled_actions: list[ScheduledAction] = field(default_factory=list)
    batches: list[Batch] = field(default_factory=list)
    cycle_start: date | None = None
    cycle_end: date | None = None
    is_extended: bool = False
    updates: int = 0
    pending_until: datetime | None = None
    ended_at: datetime | None = None
    version: int = 1
    transitions: list[Transition] = field(default_factory=list)
    entitlements: list[Entitlement] = field(default_factory=list)
    provisioning: dict[str, str] = field(default_factory=dict)
    reservation_order: str = ""
    seats_provisioned_at: datetime | None = None

    @property
    def catalog_item(self) -> str:
        """`product:sku:availability`."""
        return f"{self.product}:{self.sku}:{self.availability}"
