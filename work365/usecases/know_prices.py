"""Know prices: what a seat costs the partner and the customer, as far as our books tell.

The partner's prices are those of the price sheets that were imported, the customer's is that of
our own change log. What is not listed is unknown, and never estimated here.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from work365.domain.catalog import (
    PRICE_MONTHS,
    BillingPlan,
    ListPrice,
    PriceAmbiguous,
    PriceKey,
    PriceList,
    PriceNotFound,
    Term,
    price_on,
)
from work365.domain.changes import Change, UnitPrice
from work365.domain.microsoft.charge_cycles import current_term
from work365.domain.microsoft.stakes import KnownPrices
from work365.domain.microsoft.subscriptions import SeenSubscription
from work365.domain.periods import day_after


@dataclass(frozen=True, slots=True, kw_only=True)
class Offered:
    """Something that can be had from a day on."""

    part_number: str
    """`ProductId:SkuId`."""
    term: Term
    plan: BillingPlan
    on: date


@dataclass(frozen=True, slots=True)
class PriceBook:
    """The partner's list prices, all markets in one; `market` chooses where several are kept."""

    prices: PriceList
    market: str | None = None

    @classmethod
    def of(cls, prices: Sequence[ListPrice], market: str | None = None) -> "PriceBook":
        """Return the book that holds `prices`."""
        return cls(PriceList.of(prices), market)

    def market_of(self, part_number: str, currency: str) -> str | None:
        """Return the market whose prices count; None where there is none, or no telling which."""
        product = part_number.partition(":")[0]
        markets = {
            price.market
            for price in self.prices.by_product.get(product, ())
            if price.sku.part_number == part_number and price.currency == currency
        }
        if self.market is not None:
            return self.market if self.market in markets else None
        return markets.pop() if len(markets) == 1 else None

    def partner_price(self, wanted: Offered | None, currency: str) -> UnitPrice | None:
        """Return what the partner pays for a seat; None where no one price is listed."""
        if wanted is None:
            return None
        market = self.market_of(wanted.part_number, currency)
        if market is None or (wanted.term, wanted.plan) not in PRICE_MONTHS:
            return None
        key = PriceKey(wanted.part_number, wanted.term, wanted.plan, market, currency)
        try:
            found = price_on(self.prices, key, wanted.on)
        except (PriceNotFound, PriceAmbiguous):
            return None
        return UnitPrice(found.unit_price, found.price_months)


def known_prices(
    seen: SeenSubscription,
    book: PriceBook,
    *,
    currency: str,
    changes: Sequence[Change] = (),
    next_is: Offered | None = None,
) -> KnownPrices:
    """Return what is known of the prices of `seen`.

    `next_is` is what comes instead, or after it; without one it is what Microsoft was told of
    the next term, and otherwise the same again.
    """
    starts_on, following = term_start(seen), next_is or next_offered(seen)
    running = offered(seen, starts_on)
    monthly = None
    if running is not None and following is not None:
        monthly = Offered(
            part_number=running.part_number,
            term=Term.MONTH,
            plan=BillingPlan.MONTHLY,
            on=following.on,
        )
    return KnownPrices(
        currency=currency,
        partner=book.partner_price(running, currency),
        customer=_last_price(changes),
        next_partner=book.partner_price(following, currency),
        monthly=book.partner_price(monthly, currency),
    )


def term_start(seen: SeenSubscription) -> date | None:
    """Return the first day of the term that runs; None where it has no term."""
    given = seen.provided
    if given.term is None or given.commitment_last_day is None:
        return None
    if given.effective_start > given.commitment_last_day:
        return None
    return current_term(
        given.commitment_last_day, given.term, started_on=given.effective_start
    ).starts_on


def offered(seen: SeenSubscription, on: date | None) -> Offered | None:
    """Return the same product, term and plan on another day; None where it has none."""
    given = seen.provided
    if on is None or given.term is None or given.plan is None:
        return None
    return Offered(part_number=given.part_number, term=given.term, plan=given.plan, on=on)


def next_offered(seen: SeenSubscription) -> Offered | None:
    """Return what the next term is of, if nothing else is said."""
    given, wanted = seen.provided, seen.next_term
    last_day = given.commitment_last_day
    same = offered(seen, last_day and day_after(last_day, 1))
    if same is None or wanted is None:
        return same
    return Offered(
        part_number=wanted.part_number or same.part_number,
        term=wanted.term or same.term,
        plan=wanted.plan or same.plan,
        on=same.on,
    )


def _last_price(changes: Sequence[Change]) -> UnitPrice | None:
    priced = [change for change in changes if change.price is not None]
    last = max(priced, key=lambda each: (each.effective_on, each.recorded_at), default=None)
    return None if last is None else last.price
