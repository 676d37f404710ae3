"""Find the price at which an imported subscription opens: its retail price on the first day."""

from collections.abc import Iterator
from dataclasses import dataclass

from work365.domain.catalog import (
    PLAN_MONTHS,
    BillingPlan,
    ListPrice,
    PriceKey,
    PriceList,
    PriceNotFound,
    ProviderSubscription,
    Term,
    price_on,
)
from work365.errors import Refusal

REMEDY = "add the price sheet that has it, with --prices"


class NotBilledByPeriod(Refusal):
    """What was bought has no term and plan for which a price could be listed."""

    code = "not_billed_by_period"


class MarketUnclear(Refusal):
    """Prices of several markets would fit."""

    code = "market_unclear"


@dataclass(frozen=True, slots=True)
class OpeningPrice:
    """The price a subscription opens with."""

    price: ListPrice
    is_later: bool
    """Whether it came into force only after the first day, for want of one that was before."""


@dataclass(frozen=True, slots=True)
class PriceBook:
    """The list prices of one segment, and of one market unless that is left open."""

    prices: PriceList
    segment: str
    market: str | None = None

    def currencies(self, bought: ProviderSubscription) -> frozenset[str]:
        """Return the currencies in which there is any price for `bought`."""
        return frozenset(price.currency for price in self._fitting(bought))

    def opening_price(self, bought: ProviderSubscription, currency: str) -> OpeningPrice:
        """Return the price in force when `bought` started, else the first one after that day.

        Raises:
            NotBilledByPeriod: it is paid by usage or once, or is older than price sheets.
            MarketUnclear: several markets have a price, and none was chosen.
            PriceNotFound: there is none from that day on.
            PriceAmbiguous: two prices contradict each other.
        """
        term, plan = _term_and_plan(bought)
        found = [price for price in self._fitting(bought) if price.currency == currency]
        markets = sorted({price.market for price in found})
        if len(markets) > 1:
            raise MarketUnclear(
                f"there are prices in {currency} for the markets {', '.join(markets)}: choose"
                " one of them with --market"
            )
        market = self.market or "".join(markets)
        key = PriceKey(bought.part_number, term, plan, market, currency, self.segment)
        if not market:
            raise PriceNotFound(
                f"there is no list price of {bought.part_number} for a term of {term.value}"
                f" billed {plan.value} in {currency} ({self.segment}) in any market: {REMEDY}"
            )
        return self._first(key, bought)

    def _first(self, key: PriceKey, bought: ProviderSubscription) -> OpeningPrice:
        start = bought.effective_start
        try:
            return OpeningPrice(price_on(self.prices, key, start), is_later=False)
        except PriceNotFound as error:
            later = [
                price.effective_from
                for price in self._fitting(bought)
                if price.key == key and price.effective_from > start
            ]
            if not later:
                raise PriceNotFound(f"{error} {REMEDY.capitalize()}") from error
        return OpeningPrice(price_on(self.prices, key, min(later)), is_later=True)

    def _fitting(self, bought: ProviderSubscription) -> Iterator[ListPrice]:
        product_id = bought.part_number.partition(":")[0]
        for price in self.prices.by_product.get(product_id, ()):
            asked = (bought.part_number, bought.term, bought.plan, self.segment)
            if (price.sku.part_number, price.term, price.plan, price.segment) == asked and (
                self.market in (None, price.market)
            ):
                yield price


def _term_and_plan(bought: ProviderSubscription) -> tuple[Term, BillingPlan]:
    if bought.term is None or bought.plan is None:
        raise NotBilledByPeriod(
            f"{bought.part_number} has no list price, because it has no"
            f" {'term' if bought.term is None else 'billing plan'}: it was bought before the new"
            " commerce, or is paid by usage; enter the subscription by hand, with its price"
        )
    if bought.plan not in PLAN_MONTHS:
        raise NotBilledByPeriod(
            f"{bought.part_number} for a term of {bought.term.value} is billed"
            f" {bought.plan.value}, and so has no billing period; enter it by hand, with its"
            " price"
        )
    return bought.term, bought.plan
