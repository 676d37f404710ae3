"""Microsoft's promotions: a part taken off the partner's price, and who may have it."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from work365.domain.catalog import BillingPlan, Term


@dataclass(frozen=True, slots=True, kw_only=True)
class PromotedProduct:
    """What has to be bought, and what is taken off its price for the whole term.

    Units: `discount` is a part of the price, so 0.05 is five per cent.
    """

    part_number: str
    """`ProductId:SkuId`."""
    term: Term
    plan: BillingPlan
    discount: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Promotion:
    """A promotion, on sale on the days from `first_day` to `last_day`, both included, in UTC."""

    id: str
    name: str
    first_day: date
    last_day: date
    is_applied_by_itself: bool
    products: tuple[PromotedProduct, ...]
    quantity_min: int | None = None
    quantity_max: int | None = None

    def holds_on(self, day: date) -> bool:
        """Return whether something can be bought with it on `day`."""
        return self.first_day <= day <= self.last_day


@dataclass(frozen=True, slots=True, kw_only=True)
class PromotionEligibility:
    """Whether a customer may buy with a promotion, and if not, why."""

    promotion: str
    is_eligible: bool
    reasons: tuple[str, ...] = ()
    """Microsoft's own sentences."""
    seats_left: int | None = None
    """How many seats the customer may still buy with it, where Microsoft tells."""
