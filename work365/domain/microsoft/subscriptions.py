"""A subscription as Partner Center shows it, with what will become of it at the end of its term."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum

from work365.domain.catalog import BillingPlan, ProviderSubscription, Term
from work365.domain.microsoft.rules import ProductKind


class TermEnd(Enum):
    """What happens to a subscription when its term is over."""

    RENEW = "renew"
    CANCEL = "cancel"
    EXTEND = "extend"
    """It goes on month by month in the extended service term, at a higher price."""
    TRANSITION = "transition"
    """It renews as another product."""


RENEWING = (TermEnd.RENEW, TermEnd.TRANSITION)
"""Ends of a term after which there is another one."""


@dataclass(frozen=True, slots=True)
class RefundableSeats:
    """Seats that were added together and can be given back until a moment."""

    quantity: int
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class NextTerm:
    """What the next term is to be, where that was said; None means as it is now."""

    part_number: str | None = None
    """`ProductId:SkuId`."""
    availability: str | None = None
    term: Term | None = None
    plan: BillingPlan | None = None
    quantity: int | None = None
    promotion: str | None = None
    end_on: date | None = None
    """Last day of a first term that is cut short."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenSubscription:
    """A subscription as Partner Center showed it at a moment.

    `provided` is what billing takes from it; the rest is what can still be done to it.
    """

    provided: ProviderSubscription
    seen_at: datetime
    etag: str | None = None
    """The version, where Partner Center gave one."""
    friendly_name: str | None = None
    availability: str | None = None
    """Third part of the catalogue id that it was bought with."""
    parent: str | None = None
    """Id of the subscription that it is an add-on of."""
    promotion: str | None = None
    bought_at: datetime | None = None
    commitment_end_at: datetime | None = None
    cancel_until: datetime | None = None
    """Up to and not including this moment the whole subscription can be cancelled."""
    full_refund_until: datetime | None = None
    """Up to this moment a cancellation of the whole is paid back in full, where it is said."""
    refundable: tuple[RefundableSeats, ...] | None = None
    """Empty where it is said that none can be given back; None where nothing is said."""
    term_end: TermEnd | None = None
    """None where Partner Center does not say, as for usage-based plans."""
    next_term: NextTerm | None = None
    in_extended_term: bool = False
    next_plan: BillingPlan | None = None
    """Billing plan from the next charge on, where it was changed within the term."""
    is_microsoft: bool = True
    """Whether it is a product of Microsoft's own, and not of a publisher in the marketplace."""

    @property
    def product(self) -> ProductKind:
        """What kind of product it is, by its publisher and by how it is billed."""
        if not self.is_microsoft:
            return ProductKind.MARKETPLACE
        if self.provided.plan is BillingPlan.ONE_TIME:
            return ProductKind.SOFTWARE_SUBSCRIPTION
        return ProductKind.LICENCES
