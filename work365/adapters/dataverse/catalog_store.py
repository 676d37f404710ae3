"""Dataverse as the place where the catalogue and what customers have of it are kept."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from dataverse_schema.options import ContractStatus
from dataverse_schema.tables import providers
from dataverse_schema.tables.billing import BillingContract, Subscription, SubscriptionChange
from work365.adapters.dataverse import operations
from work365.adapters.dataverse.catalog_basics import PROVIDER, CatalogBasics, Sender
from work365.adapters.dataverse.catalog_prices import CatalogPrices
from work365.adapters.dataverse.catalog_reading import read_by
from work365.adapters.dataverse.catalog_rows import (
    kept_subscription,
    opening_fields,
    opening_key,
    subscription_fields,
)
from work365.adapters.dataverse.client import DataverseClient
from work365.adapters.dataverse.mapping import read_row, select, write_row
from work365.adapters.dataverse.operations import all_of, equals, is_in, query
from work365.adapters.dataverse.reading import AccountReader, portions
from work365.adapters.dataverse.writing import Writes, row_id_of
from work365.domain.catalog import ListPrice, Sku
from work365.domain.findings import Reading
from work365.errors import Refusal
from work365.ports.catalog import (
    CatalogKind,
    ContractHead,
    Effect,
    KeptSubscription,
    Opening,
    ProviderAccount,
    Tally,
)


class ContractNotUsable(Refusal):
    """A contract that was named cannot take subscriptions."""

    code = "contract_not_usable"


@dataclass(frozen=True, slots=True)
class _AccountRow:
    """A provider account as it is kept."""

    row_id: UUID
    customer: UUID | None
    etag: str | None


class DataverseCatalogStore:
    """A `CatalogStore` on one environment.

    In a dry run nothing is written, and what would have been is remembered, so that what
    follows comes out as it would.
    """

    def __init__(self, client: DataverseClient, *, dry_run: bool = False) -> None:
        self._client = client
        self._reader = AccountReader(client)
        self._sender = Sender(client, dry_run=dry_run)
        self._basics = CatalogBasics(self._reader, self._sender)
        self._prices = CatalogPrices(self._reader, self._sender, self._basics)
        self._accounts: dict[str, _AccountRow] = {}

    def currencies(self) -> Collection[str]:
        """Return the ISO 4217 codes of the environment's currencies."""
        return frozenset(self._reader.currencies.values())

    def kept_prices(self, prices: Sequence[ListPrice]) -> Reading[ListPrice]:
        """Return the kept prices that have the key and the first day of one of `prices`."""
        return self._prices.kept(prices)

    def add_prices(self, prices: Sequence[ListPrice]) -> Tally:
        """Add `prices`, with the products and price lists they need, in one change set."""
        return self._prices.add(prices)

    def add_products(self, skus: Sequence[Sku]) -> Tally:
        """Add those of `skus` that are no product yet, in one change set."""
        return self._prices.add_products(skus)

    def prices_of(self, part_numbers: Collection[str]) -> Reading[ListPrice]:
        """Return all list prices of the SKUs with these part numbers."""
        return self._prices.of(part_numbers)

    def provider_accounts(self, tenants: Collection[str]) -> Mapping[str, ProviderAccount]:
        """Return those of the tenants that are known, by tenant."""
        rows = self._account_rows(tenants)
        return {tenant: ProviderAccount(tenant, row.customer) for tenant, row in rows.items()}

    def add_provider_accounts(self, tenants: Collection[str]) -> Tally:
        """Add tenants that are not known and belong to no customer yet, in one change set."""
        writes = Writes()
        added = {tenant: self._create_account(tenant, None, writes) for tenant in tenants}
        self._sender.send(writes.operations())
        self._accounts.update(added)
        return Counter({(CatalogKind.PROVIDER_ACCOUNT, Effect.CREATED): len(added)})

    def contract(self, key: str) -> ContractHead:
        """Return the contract with this key, which is in draft or active."""
        condition = equals(BillingContract.column_name("key"), key)
        for row in self._reader.all(BillingContract, condition):
            if row.status is ContractStatus.TERMINATED:
                raise ContractNotUsable(f"billing contract {key} is terminated: choose another")
            head = self._head(row)
            if head is None:
                raise ContractNotUsable(
                    f"billing contract {key} has no customer or no currency: enter it first"
                )
            return head
        raise ContractNotUsable(f"there is no billing contract {key}: choose one by its number")

    def contracts_of(self, customers: Collection[UUID]) -> Sequence[ContractHead]:
        """Return the active contracts of `customers`, by key."""
        heads = []
        for some in portions(customers):
            condition = all_of(
                is_in(BillingContract.column_name("customer"), some),
                equals(BillingContract.column_name("status"), int(ContractStatus.ACTIVE)),
            )
            heads += [self._head(row) for row in self._reader.all(BillingContract, condition)]
        return sorted(filter(None, heads), key=lambda head: head.key)

    def subscriptions(self, keys: Collection[str]) -> Mapping[str, KeptSubscription]:
        """Return those of the subscriptions that are kept, by key, with their change logs."""
        rows = {
            row.row_id: row
            for row in read_by(self._reader, Subscription, "key", keys)
            if row.row_id is not None
        }
        logs = self._logs(rows)
        return {
            row.key.lower(): kept_subscription(row, logs[row_id]) for row_id, row in rows.items()
        }

    def add_subscriptions(self, openings: Sequence[Opening]) -> Tally:
        """Add subscriptions, their opening entries and provider accounts, in one change set."""
        accounts = self._account_rows({opening.tenant for opening in openings})
        products = self._prices.products({opening.provided.part_number for opening in openings})
        writes = Writes()
        tally: Tally = Counter()
        for opening in openings:
            self._settle_account(opening, accounts, writes, tally)
            subscription = row_id_of(opening.provided.id)
            fields = subscription_fields(
                opening,
                product=products[opening.provided.part_number].row_id,
                provider_account=accounts[opening.tenant].row_id,
            )
            writes.create(Subscription, subscription, fields)
            change = row_id_of(opening_key(opening.provided.id))
            writes.create(SubscriptionChange, change, opening_fields(opening, subscription))
        self._sender.send(writes.operations())
        self._accounts.update(accounts)
        tally[CatalogKind.SUBSCRIPTION, Effect.CREATED] += len(openings)
        return tally

    def _account_rows(self, tenants: Collection[str]) -> dict[str, _AccountRow]:
        unknown = sorted(set(tenants) - self._accounts.keys())
        provider = self._basics.kept_provider() if unknown else None
        if provider is not None:
            for row in read_by(self._reader, providers.ProviderAccount, "tenant", unknown):
                if row.provider == provider:
                    assert row.row_id is not None, "a row that was read has its id"
                    found = _AccountRow(row.row_id, row.account, row.etag)
                    self._accounts[row.tenant.lower()] = found
        return {tenant: self._accounts[tenant] for tenant in tenants if tenant in self._accounts}

    def _create_account(self, tenant: str, customer: UUID | None, writes: Writes) -> _AccountRow:
        key = f"{PROVIDER}_{tenant}"
        row = _AccountRow(row_id_of(key), customer, None)
        writes.create(
            providers.ProviderAccount,
            row.row_id,
            {
                "name": tenant,
                "key": key,
                "provider": self._basics.provider,
                "account": customer,
                "tenant": tenant,
            },
        )
        return row

    def _settle_account(
        self,
        opening: Opening,
        accounts: dict[str, _AccountRow],
        writes: Writes,
        tally: Tally,
    ) -> None:
        tenant, customer = opening.tenant, opening.contract.customer
        kept = accounts.get(tenant)
        if kept is None:
            accounts[tenant] = self._create_account(tenant, customer, writes)
            tally[CatalogKind.PROVIDER_ACCOUNT, Effect.CREATED] += 1
        elif kept.customer is None:
            table = providers.ProviderAccount
            body = write_row(table, {"account": customer})
            writes.guarded.append(
                operations.update(table.entity_set(), kept.row_id, body, etag=kept.etag)
            )
            accounts[tenant] = _AccountRow(kept.row_id, customer, None)
            tally[CatalogKind.PROVIDER_ACCOUNT, Effect.CHANGED] += 1

    def _head(self, row: BillingContract) -> ContractHead | None:
        if row.customer is None or row.currency is None or row.row_id is None:
            return None
        return ContractHead(
            id=row.row_id,
            key=row.key,
            customer=row.customer,
            currency=self._reader.currencies[row.currency],
        )

    def _logs(
        self, subscriptions: Iterable[UUID]
    ) -> Mapping[UUID, list[tuple[SubscriptionChange, datetime]]]:
        table = SubscriptionChange
        logs: dict[UUID, list[tuple[SubscriptionChange, datetime]]] = defaultdict(list)
        for some in portions(subscriptions):
            asked = query(
                table.entity_set(),
                select=[*select(table), "createdon"],
                filter=is_in(table.column_name("subscription"), some),
            )
            for row in self._client.rows(asked):
                change = read_row(table, row)
                assert change.subscription is not None, "it was asked for by its subscription"
                logs[change.subscription].append((change, datetime.fromisoformat(row["createdon"])))
        return logs
