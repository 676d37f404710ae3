"""Price changes: what the seats that a change is about cost, as far as our books tell."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol
from uuid import UUID

from work365.domain.catalog import ListPrice
from work365.domain.findings import Reading
from work365.domain.microsoft.intents import ChangePlan, Intent, ScheduleRenewal, Upgrade
from work365.domain.microsoft.stakes import KnownPrices
from work365.domain.microsoft.subscriptions import SeenSubscription
from work365.ports.catalog import ContractHead
from work365.ports.provisioning import ProvisionedSubscription
from work365.usecases.know_prices import Offered, PriceBook, known_prices, next_offered

NO_CURRENCY = "XXX"
"""ISO 4217's own, for none."""


class Catalog(Protocol):
    """List prices, and contracts with their currencies."""

    def prices_of(self, part_numbers: Collection[str]) -> Reading[ListPrice]:
        """Return all list prices of the SKUs with these part numbers."""

    def contracts_of(self, customers: Collection[UUID]) -> Sequence[ContractHead]:
        """Return the active contracts of `customers`, without those that lack a currency."""


@dataclass(frozen=True, slots=True)
class ChangePrices:
    """Prices from our books. `market` chooses where several are kept."""

    catalog: Catalog
    market: str | None = None

    def __call__(
        self,
        subscription: ProvisionedSubscription,
        seen: SeenSubscription,
        intent: Intent,
        *,
        on: date,
    ) -> KnownPrices:
        """Return what is known of the prices of `subscription` and of what `intent` makes of it.

        Raises: Unavailable: the books cannot be read.
        """
        currency = self._currency(subscription)
        if currency is None or not seen.provided.is_new_commerce:
            return KnownPrices(currency=NO_CURRENCY)
        next_is = becomes(intent, seen, on)
        wanted = {seen.provided.part_number, *([next_is.part_number] if next_is else [])}
        book = PriceBook.of(self.catalog.prices_of(sorted(wanted)).values, self.market)
        changes = subscription.changes
        return known_prices(seen, book, currency=currency, changes=changes, next_is=next_is)

    def _currency(self, subscription: ProvisionedSubscription) -> str | None:
        if subscription.customer is None:
            return None
        heads = self.catalog.contracts_of([subscription.customer])
        by_contract: dict[UUID | None, str] = {head.id: head.currency for head in heads}
        if subscription.contract in by_contract:
            return by_contract[subscription.contract]
        currencies = set(by_contract.values())
        return currencies.pop() if len(currencies) == 1 else None


def becomes(intent: Intent, seen: SeenSubscription, on: date) -> Offered | None:
    """Return what the seats are after `intent`; None where it is what comes anyway."""
    same = next_offered(seen)
    if same is None:
        return None
    match intent:
        case Upgrade():
            return Offered(
                part_number=intent.part_number.upper(),
                term=intent.term or same.term,
                plan=intent.plan or same.plan,
                on=on,
            )
        case ScheduleRenewal(wanted):
            return Offered(
                part_number=(wanted.part_number or same.part_number).upper(),
                term=wanted.term or same.term,
                plan=wanted.plan or same.plan,
                on=same.on,
            )
        case ChangePlan(term, plan):
            return Offered(part_number=seen.provided.part_number, term=term, plan=plan, on=on)
        case _:
            return None
