"""What Microsoft offers for sale just now: products, their SKUs, and what a cart may name.

Prices are not here: they come from the price sheets (`work365.domain.catalog`).
"""

from dataclasses import dataclass
from enum import Enum

from work365.domain.catalog import BillingPlan, Term, part_number


class ProductView(Enum):
    """The parts that Partner Center divides its catalogue into."""

    ONLINE_SERVICES = "OnlineServices"
    AZURE = "Azure"
    AZURE_PLANS_AND_RESERVATIONS = "MicrosoftAzure"
    AZURE_RESERVATIONS = "AzureReservations"
    SOFTWARE = "Software"
    MARKETPLACE = "MarketplaceSaaS"


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferedProduct:
    """A product, of which one or more SKUs are sold."""

    id: str
    title: str
    kind: str
    """Partner Center's own word, such as `OnlineServicesNCE`."""
    publisher: str
    is_microsoft: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferedSku:
    """One edition of a product, with what a purchase of it must keep to."""

    part_number: str
    """`ProductId:SkuId`."""
    title: str
    quantity_min: int
    quantity_max: int
    is_trial: bool
    is_add_on: bool
    plans: tuple[BillingPlan, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferedTerm:
    """A term, and how it is billed, that an availability can be bought for."""

    id: str
    term: Term | None
    plan: BillingPlan | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Availability:
    """What a cart has to name. Microsoft reissues its id often, so that it is never kept."""

    id: str
    product: str
    sku: str
    segment: str | None
    country: str
    currency: str | None
    is_purchasable: bool
    terms: tuple[OfferedTerm, ...]

    @property
    def catalogue_id(self) -> str:
        """`ProductId:SkuId:AvailabilityId`."""
        return f"{self.part_number}:{self.id}"

    @property
    def part_number(self) -> str:
        """`ProductId:SkuId`."""
        return part_number(product_id=self.product, sku_id=self.sku)

    def is_for(self, *, term: Term | None, plan: BillingPlan, segment: str) -> bool:
        """Return whether it can be bought for `term`, billed by `plan`, by such a customer.

        What names no terms, such as an Azure plan, is bought without one, and what names no
        segment is for every segment.
        """
        if not self.is_purchasable or (self.segment or segment).lower() != segment.lower():
            return False
        if not self.terms:
            return term is None
        return any(each.term == term and each.plan in (plan, None) for each in self.terms)
