"""What is for sale: products, their SKUs, the plans that a SKU is sold in, and dated prices.

An availability is a plan's current ticket for purchase: its id is issued anew from time to
time, and a cart that holds an old one is refused. Ids are computed from the plan and the time,
so that nothing has to be kept of them.
"""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from hashlib import sha256

ONLINE_SERVICES = "OnlineServicesNCE"
AZURE_PLAN = "Azure"
RESERVATION = "AzureReservations"
SOFTWARE_SUBSCRIPTION = "SoftwareSubscriptions"
PERPETUAL_SOFTWARE = "PerpetualSoftware"
SAAS = "SaaS"

ONE_TIME = "one_time"
DIGITS = "0123456789BCDFGHJKLMNPQRSTVWXZ"


@dataclass(frozen=True)
class Plan:
    """A term and how it is billed: `P1Y` and `monthly`. Without a term: `""` and `one_time`."""

    term: str
    billing_cycle: str


@dataclass(frozen=True)
class Price:
    """What one unit costs the partner for one charge cycle, in a market, from a day on.

    `amount` is for a charge cycle (a month when billed monthly, the year or the three years
    otherwise), `retail` is the estimated retail price for it. Without `ends` the price stands
    until another one starts.
    """

    plan: Plan
    market: str
    currency: str
    amount: Decimal
    retail: Decimal
    starts: date
    ends: date | None = None


@dataclass
class Sku:
    """What is sold of a product. `upgrade_targets` and `prerequisites` are `product:sku`."""

    product: str
    sku: str
    title: str
    description: str = ""
    minimum: int = 1
    maximum: int = 10_000
    is_trial: bool = False
    is_addon: bool = False
    prerequisites: list[str] = field(default_factory=list)
    upgrade_targets: list[str] = field(default_factory=list)
    converts_to: str = ""
    """The SKU, as `product:sku`, that a trial becomes at its end."""
    provisioning_id: str = ""
    segment: str = "commercial"
    prices: list[Price] = field(default_factory=list)
    subscriptions_max: int = 0
    """How many subscriptions of it a customer may have; 0 is any number."""
    restricted_regions: list[str] = field(default_factory=list)

    @property
    def key(self) -> str:
        """`product:sku`."""
        return f"{self.product}:{self.sku}"

    @property
    def plans(self) -> tuple[Plan, ...]:
        """The plans that there ever was a price for, in the order of their prices."""
        return tuple(dict.fromkeys(price.plan for price in self.prices))

    def price(self, plan: Plan, market: str, on: date) -> Price | None:
        """Return the price of `plan` on a day: of those that have started, the latest."""
        standing = [
            price
            for price in self.prices
            if price.plan == plan
            and price.market == market
            and price.starts <= on
            and (price.ends is None or on <= price.ends)
        ]
        return max(standing, key=lambda price: price.starts, default=None)


@dataclass
class Product:
    """A product, with its SKUs by their ids."""

    product: str
    title: str
    kind: str = ONLINE_SERVICES
    subkind: str = ""
    description: str = ""
    publisher: str = "Microsoft Corporation"
    is_microsoft: bool = True
    skus: dict[str, Sku] = field(default_factory=dict)


@dataclass
class Promotion:
    """A share off the partner's price for a whole term, for so many seats per customer.

    `share` is a fraction: `0.15` is fifteen percent. `seats_max` counts all seats that a
    customer has with the promotion, whichever partner sold them; 0 is any number.
    """

    promotion: str
    name: str
    product: str
    sku: str
    plan: Plan
    share: Decimal
    starts: datetime
    ends: datetime
    market: str = ""
    seats_min: int = 1
    seats_max: int = 0
    redemptions_max: int = 0
    is_first_purchase_only: bool = False
    is_automatic: bool = True


@dataclass
class Catalogue:
    """All products, and when availabilities are issued anew."""

    products: dict[str, Product] = field(default_factory=dict)
    promotions: dict[str, Promotion] = field(default_factory=dict)
    reissued_every: timedelta = timedelta(days=14)
    reissues: int = 0
    """How often availabilities were issued anew out of turn."""

    def add(self, product: Product, *skus: Sku) -> None:
        """Add a product with its SKUs."""
        self.products[product.product] = product
        for sku in skus:
            product.skus[sku.sku] = sku

    def sku(self, key: str) -> Sku | None:
        """Return the SKU of `product:sku`."""
        product_id, _, sku_id = key.partition(":")
        product = self.products.get(product_id)
        return product.skus.get(sku_id) if product else None

    def availability(self, sku: Sku, plan: Plan, at: datetime) -> str:
        """Return the id under which a plan may be bought at a time."""
        issue = (at - _EPOCH) // self.reissued_every + self.reissues
        text = f"{sku.key}:{plan.term}:{plan.billing_cycle}:{issue}"
        number = int.from_bytes(sha256(text.encode("ascii")).digest()[:8], "big")
        digits = ""
        for _ in range(4):
            number, digit = divmod(number, len(DIGITS))
            digits += DIGITS[digit]
        return f"{sku.product[:8]}{digits}"

    def plan_of(self, sku: Sku, availability: str, at: datetime) -> Plan | None:
        """Return the plan that an availability stands for now, or None when it is an old one."""
        for plan in sku.plans:
            if self.availability(sku, plan, at) == availability:
                return plan
        return None


_EPOCH = datetime(2020, 1, 1, tzinfo=UTC)
