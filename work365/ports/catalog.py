"""Where products, prices and what customers have of them are kept."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum
from typing import Protocol, TypeAlias
from uuid import UUID

from work365.domain import findings
from work365.domain.catalog import ListPrice, ProviderSubscription, Sku
from work365.domain.changes import Change


class CatalogKind(Enum):
    """What an import counts."""

    PRICE_LIST = "price lists"
    PRODUCT = "products"
    LIST_PRICE = "list prices"
    PROVIDER_ACCOUNT = "provider accounts"
    SUBSCRIPTION = "subscriptions"
    CHANGE = "changes"
    AGREEMENT = "agreements"
    ADMIN_RELATIONSHIP = "admin relationships"


class Effect(Enum):
    """What became of something that was imported."""

    CREATED = "created"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    LEFT_OUT = "left out"
    """Nothing to bill: a trial, a subscription that has ended, the same row once more."""
    REFUSED = "refused"


Tally: TypeAlias = Counter[tuple[CatalogKind, Effect]]
"""How many of what had which effect."""


@dataclass(frozen=True, slots=True)
class ProviderAccount:
    """A customer's tenant at the provider; without a customer it is not mapped to one."""

    tenant: str
    customer: UUID | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractHead:
    """A billing contract under which a subscription can be put."""

    id: UUID
    key: str
    customer: UUID
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptSubscription:
    """A subscription as it is kept, as far as the provider has a say in it.

    Entries of its log that lack their day are left out, as billing refuses them.
    """

    key: str
    contract: UUID | None
    term: str | None
    plan: str | None
    term_end_on: date | None
    auto_renew: bool
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """A subscription to take in, with the contract and the price it opens with."""

    provided: ProviderSubscription
    tenant: str
    contract: ContractHead
    price: ListPrice
    term_end_on: date | None
    """First day after the term."""
    source: str
    """Name of the file that it stands in."""
    recorded_at: datetime


class ProductStore(Protocol):
    """Where products are kept, whether they have a price or not."""

    def add_products(self, skus: Sequence[Sku]) -> Tally:
        """Add those of `skus` that are no product yet; those that are stay as they are."""


class CatalogStore(Protocol):
    """Where products, prices and what customers have of them are kept.

    Every writing method does all that it is asked or nothing.
    Raises: Refusal: something of it cannot be kept.
    """

    def currencies(self) -> Collection[str]:
        """Return the ISO 4217 codes in which prices can be kept."""

    def kept_prices(self, prices: Sequence[ListPrice]) -> findings.Reading[ListPrice]:
        """Return the kept prices that have the key and the first day of one of `prices`."""

    def add_prices(self, prices: Sequence[ListPrice]) -> Tally:
        """Add `prices`, none of which is kept, with the products and price lists they need."""

    def prices_of(self, part_numbers: Collection[str]) -> findings.Reading[ListPrice]:
        """Return all list prices of the SKUs with these part numbers."""

    def provider_accounts(self, tenants: Collection[str]) -> Mapping[str, ProviderAccount]:
        """Return those of the tenants that are known, by tenant."""

    def add_provider_accounts(self, tenants: Collection[str]) -> Tally:
        """Add tenants that are not known and belong to no customer yet."""

    def contract(self, key: str) -> ContractHead:
        """Return the contract with this key.

        Raises: Refusal: there is none, or it is terminated, or lacks customer or currency.
        """

    def contracts_of(self, customers: Collection[UUID]) -> Sequence[ContractHead]:
        """Return the active contracts of `customers`, without those that lack a currency."""

    def subscriptions(self, keys: Collection[str]) -> Mapping[str, KeptSubscription]:
        """Return those of the subscriptions that are kept, by key."""

    def add_subscriptions(self, openings: Sequence[Opening]) -> Tally:
        """Add subscriptions, each with the entry that opens its change log.

        A tenant that is not known, or not mapped, is mapped to the contract's customer.
        """
