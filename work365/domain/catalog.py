"""The catalogue: what a provider sells, at what price, and what a customer has of it.

A list price is what the provider's price sheet says, with the days on which it holds. A
provider subscription is what the provider says a customer has; our own subscriptions and
their change log are made from it, but it is never billed from.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import astuple, dataclass
from datetime import date
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from typing import NamedTuple, Self

from work365.domain.periods import Cycle, Period
from work365.errors import Refusal

ALTERNATIVES_SHOWN_MAX = 3
COMMERCIAL = "Commercial"
SKU_ID_LENGTH = 4


class Term(Enum):
    """How long the customer commits, as an ISO 8601 duration."""

    MONTH = "P1M"
    YEAR = "P1Y"
    THREE_YEARS = "P3Y"


class BillingPlan(Enum):
    """How often the provider bills within a term, as the price sheet spells it."""

    MONTHLY = "Monthly"
    ANNUAL = "Annual"
    TRIENNIAL = "Triennial"
    ONE_TIME = "OneTime"
    NONE = "None"
    """Nothing is billed by the period: trials, and plans that are billed by usage."""


PLAN_MONTHS: Mapping[BillingPlan, int] = {
    BillingPlan.MONTHLY: 1,
    BillingPlan.ANNUAL: 12,
    BillingPlan.TRIENNIAL: 36,
}
"""Length of a billing period of a plan that has one."""

PRICE_MONTHS: Mapping[tuple[Term, BillingPlan], int] = {
    (Term.MONTH, BillingPlan.MONTHLY): 1,
    (Term.MONTH, BillingPlan.NONE): 1,
    (Term.YEAR, BillingPlan.MONTHLY): 12,
    (Term.YEAR, BillingPlan.ANNUAL): 12,
    (Term.YEAR, BillingPlan.NONE): 12,
    (Term.THREE_YEARS, BillingPlan.MONTHLY): 36,
    (Term.THREE_YEARS, BillingPlan.ANNUAL): 36,
    (Term.THREE_YEARS, BillingPlan.TRIENNIAL): 36,
    (Term.THREE_YEARS, BillingPlan.NONE): 36,
}
"""How many months a price in Microsoft's price sheet pays for; no other combination is sold.

UnitPrice and ERP Price are for the whole term, whatever the billing plan: a year billed
monthly costs one twelfth of the listed price each month.

Source: "Pricing and offers", learn.microsoft.com/partner-center/pricing/pricing-and-offers,
section "New commerce terms and billing frequencies" (the text of 18 October 2023 says that
UnitPrice is for the term being purchased). Certain for P1M and P1Y; for P3Y it follows from
that sentence, without a published example: compare the first invoice of a P3Y subscription.
The page's note that list prices are monthly is about the older, non-"new commerce" list.
"""


TERM_MONTHS: Mapping[Term, int] = {Term.MONTH: 1, Term.YEAR: 12, Term.THREE_YEARS: 36}
"""Length of a term."""


class PlanNotSold(Refusal):
    """No price is listed for a term with such a billing plan."""

    code = "plan_not_sold"


class PriceNotFound(Refusal):
    """No list price holds on the day for what was asked."""

    code = "price_not_found"


class PriceAmbiguous(Refusal):
    """Several list prices hold on the day, and nothing says which one."""

    code = "price_ambiguous"


@dataclass(frozen=True, slots=True, order=True)
class Sku:
    """What is sold: one edition of a product."""

    product_id: str
    sku_id: str
    title: str
    publisher: str

    @property
    def part_number(self) -> str:
        """`ProductId:SkuId`, the name of the SKU everywhere in Partner Center."""
        return part_number(product_id=self.product_id, sku_id=self.sku_id)


@dataclass(frozen=True, slots=True, order=True)
class PriceKey:
    """Everything that a list price depends on, but for the day.

    `currency` is not implied by `market`: European sheets list every European currency.
    """

    part_number: str
    term: Term
    plan: BillingPlan
    market: str
    currency: str
    segment: str = COMMERCIAL

    def __str__(self) -> str:
        parts = (self.part_number, self.term.value, self.plan.value, self.market, self.currency)
        return " ".join((*parts, self.segment))


@dataclass(frozen=True, slots=True)
class ListPrice:
    """A row of a price sheet: the price of one seat for `price_months` months.

    Units: `unit_price` (what the partner pays) and `erp_price` (the estimated retail price,
    the provider's suggestion of what the customer pays) in the currency's major unit,
    without tax. `effective_until` is the first day on which the price does not hold any
    more; without one it holds until the provider says otherwise.
    """

    sku: Sku
    term: Term
    plan: BillingPlan
    market: str
    currency: str
    segment: str
    unit_price: Decimal
    erp_price: Decimal
    price_months: int
    effective_from: date
    effective_until: date | None

    def __post_init__(self) -> None:
        assert self.unit_price >= 0, self.unit_price
        assert self.erp_price >= 0, self.erp_price
        assert self.price_months > 0, self.price_months
        assert self.effective_until is None or self.effective_from < self.effective_until, self

    @property
    def key(self) -> PriceKey:
        """What the price depends on, but for the day."""
        return PriceKey(
            part_number=self.sku.part_number,
            term=self.term,
            plan=self.plan,
            market=self.market,
            currency=self.currency,
            segment=self.segment,
        )

    def holds_on(self, day: date) -> bool:
        """Return whether the price is in force on `day`."""
        return self.effective_from <= day and (
            self.effective_until is None or day < self.effective_until
        )

    def for_months(self, price: Decimal, months: int) -> Fraction:
        """Return the part of `price`, one of this row's two, that pays for `months` months.

        Exact, because a twelfth of a yearly price need not end: rounding is the invoice's.
        """
        return Fraction(price) * Fraction(months, self.price_months)


class FixedPrice(NamedTuple):
    """A list price, and the term for which it does not change."""

    price: ListPrice
    term: Period


@dataclass(frozen=True, slots=True)
class PriceList:
    """List prices, ready to be asked for one of them."""

    by_product: Mapping[str, tuple[ListPrice, ...]]

    @classmethod
    def of(cls, prices: Iterable[ListPrice]) -> Self:
        """Return the price list that holds `prices`."""
        by_product: dict[str, list[ListPrice]] = defaultdict(list)
        for price in prices:
            by_product[price.sku.product_id].append(price)
        return cls({product: tuple(found) for product, found in by_product.items()})


class SubscriptionStatus(Enum):
    """State of a subscription at the provider, as Partner Center spells it."""

    NONE = "none"
    ACTIVE = "active"
    PENDING = "pending"
    SUSPENDED = "suspended"
    EXPIRED = "expired"
    DISABLED = "disabled"
    DELETED = "deleted"


@dataclass(frozen=True, slots=True)
class ProviderSubscription:
    """What the provider says that a customer has.

    `part_number` is `ProductId:SkuId`, or the offer id of a subscription older than the new
    commerce. `commitment_last_day` is the last day of the term itself, as the provider
    counts. `term` and `plan` are absent where the provider gives none, as for Azure plans.
    """

    id: str
    part_number: str
    name: str
    quantity: int
    effective_start: date
    commitment_last_day: date | None
    status: SubscriptionStatus
    term: Term | None
    plan: BillingPlan | None
    auto_renew: bool
    is_trial: bool
    customer_tenant: str | None
    order_id: str | None

    def __post_init__(self) -> None:
        assert self.quantity > 0, self.quantity

    @property
    def is_new_commerce(self) -> bool:
        """Whether it was bought by product and SKU, and so has prices in the price sheet."""
        return ":" in self.part_number


def part_number(*, product_id: str, sku_id: str) -> str:
    """Return `ProductId:SkuId` in the one spelling that can be compared.

    Spreadsheets drop the zeros in front of a SKU id, and so do Microsoft's own examples.
    """
    return f"{product_id.upper()}:{sku_id.upper().zfill(SKU_ID_LENGTH)}"


def price_months(term: Term, plan: BillingPlan) -> int:
    """Return how many months a listed price for `term` and `plan` pays for.

    Raises: PlanNotSold: there is no such combination, as a month billed annually.
    """
    months = PRICE_MONTHS.get((term, plan))
    if months is None:
        raise PlanNotSold(f"A term of {term.value} is not sold with billing plan {plan.value}.")
    return months


def price_on(prices: PriceList, key: PriceKey, day: date) -> ListPrice:
    """Return the list price of `key` that is in force on `day`.

    Where two overlap, the one that ends first holds until it ends; of those that end
    together, the one that started last.

    Raises:
        PriceNotFound: none is in force; the message names the nearest ones that there are.
        PriceAmbiguous: two that differ hold on exactly the same days.

    Source: "Pricing and offers", section "Effective dates": in its example of an overlap
    the older row is used for as long as it lasts.
    """
    product_id = key.part_number.partition(":")[0]
    of_product = prices.by_product.get(product_id, ())
    in_force = [price for price in of_product if price.key == key and price.holds_on(day)]
    if not in_force:
        raise PriceNotFound(_why_not_found(of_product, key, day))
    end = min(_end(price) for price in in_force)
    last_start = max(price.effective_from for price in in_force if _end(price) == end)
    first, *others = (
        price for price in in_force if (price.effective_from, _end(price)) == (last_start, end)
    )
    for other in others:
        if (other.unit_price, other.erp_price) != (first.unit_price, first.erp_price):
            raise PriceAmbiguous(
                f"{key} has two prices from {last_start}: {first.unit_price} and"
                f" {other.unit_price} (to the customer {first.erp_price} and"
                f" {other.erp_price}). Import the price sheet again, or remove one of them."
            )
    return first


def fixed_price_on(prices: PriceList, key: PriceKey, *, bought_on: date, day: date) -> FixedPrice:
    """Return the list price that a subscription bought on `bought_on` has on `day`.

    A price is fixed for the term: it is the one that was in force on the first day of the
    term that `day` is in, whatever was listed since; the next term starts with the price of
    its own first day.

    Raises:
        PriceNotFound: none was in force on that day, or `day` is before `bought_on`.
        PriceAmbiguous: two that differ hold on exactly the same days.
    """
    if day < bought_on:
        raise PriceNotFound(
            f"There is no price of {key} on {day}: it was bought on {bought_on}. Ask for that"
            " day or a later one."
        )
    terms = Cycle(bought_on, TERM_MONTHS[key.term])
    index = terms.index_on(day)
    term = Period(terms.start(index), terms.start(index + 1))
    return FixedPrice(price_on(prices, key, term.start), term)


def _end(price: ListPrice) -> date:
    return price.effective_until or date.max


def _why_not_found(of_product: Iterable[ListPrice], key: PriceKey, day: date) -> str:
    asked = f"There is no list price of {key} on {day}."
    # The most alike first; of the equally alike, the one whose days are nearest.
    ranked = sorted(
        of_product, key=lambda price: (_differences(price.key, key), _days_from(price, day))
    )
    if not ranked:
        return f"{asked} The price list has nothing of that product."
    nearest = dict.fromkeys(_described(price) for price in ranked)
    return f"{asked} Nearest: {'; '.join(list(nearest)[:ALTERNATIVES_SHOWN_MAX])}."


def _differences(one: PriceKey, other: PriceKey) -> tuple[bool, int]:
    pairs = zip(astuple(one), astuple(other), strict=True)
    # Another SKU is farther away than any other plan or market of the same one.
    return one.part_number != other.part_number, sum(left != right for left, right in pairs)


def _days_from(price: ListPrice, day: date) -> int:
    if price.holds_on(day):
        return 0
    return min(abs((price.effective_from - day).days), abs((_end(price) - day).days))


def _described(price: ListPrice) -> str:
    until = "" if price.effective_until is None else f" until {price.effective_until}"
    return f"{price.key} from {price.effective_from}{until}"
