"""Providers and their accounts in Dataverse."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from dataverse_schema import options
from dataverse_schema.tables.microsoft import Agreement
from dataverse_schema.tables.providers import Provider, ProviderAccount
from dataverse_schema.tables.standard import Account
from work365.adapters.dataverse.choices import meaning, option
from work365.adapters.dataverse.client import DataverseClient
from work365.adapters.dataverse.microsoft.rows import (
    Fields,
    ProviderRows,
    in_seconds,
    is_outdated,
    updates,
    upserts,
    within,
)
from work365.adapters.dataverse.operations import equals
from work365.adapters.dataverse.writing import difference
from work365.domain.microsoft.customers import SignedAgreement
from work365.domain.microsoft.matching import Candidate, domain_of
from work365.errors import Refusal
from work365.ports.catalog import CatalogKind, Effect, Tally
from work365.ports.providers import (
    Cloud,
    Connection,
    ConnectionState,
    FoundCustomer,
    KeptProvider,
    KeptProviderAccount,
)

NAME = "Microsoft Partner Center"


class TenantUnknown(Refusal):
    """A tenant that has no provider account yet."""

    code = "tenant_unknown"


class DataverseProviderStore:
    """A `ProviderStore` on one environment."""

    def __init__(self, client: DataverseClient) -> None:
        self._rows = ProviderRows(client)

    def providers(self) -> Sequence[KeptProvider]:
        """Return the providers that are reached through Partner Center, by key."""
        kind = int(options.ProviderKind.PARTNER_CENTER)
        found = self._rows.all(Provider, equals(Provider.column_name("kind"), kind))
        return sorted(map(_provider, found), key=lambda provider: provider.key)

    def provider(self, key: str) -> KeptProvider:
        """Return the provider with this key."""
        row_id = self._rows.provider(key)
        [row] = self._rows.all(Provider, equals(Provider.primary_id(), row_id))
        return _provider(row)

    def set_partner(self, key: str, *, tenant: str, cloud: Cloud) -> None:
        """Say which partner `key` stands for, and make the provider if it is not there."""
        values: dict[str, Any] = {
            "key": key,
            "kind": options.ProviderKind.PARTNER_CENTER,
            "partner_tenant": tenant.lower(),
            "cloud": option(cloud, options.Cloud),
        }
        kept = list(self._rows.all(Provider, equals(Provider.column_name("key"), key)))
        if not kept:
            self._rows.write(*upserts(Provider, [{"name": NAME, **values}]))
            return
        changed = difference(kept[0], {**values, "key": kept[0].key})
        self._rows.write(*updates(Provider, [(kept[0].row_id, changed)]))

    def set_connection(self, key: str, connection: Connection) -> None:
        """Show how the connection stands; what `connection` leaves empty becomes empty."""
        values = {
            "connection": option(connection.state, options.ConnectionState),
            "consented_on": in_seconds(connection.consented_at),
            "token_expires_on": in_seconds(connection.token_expires_at),
            "checked_on": in_seconds(connection.checked_at),
            "health": connection.health,
        }
        self._rows.write(*updates(Provider, [(self._rows.provider(key), values)]))

    def accounts(self, key: str) -> Sequence[KeptProviderAccount]:
        """Return all accounts at the provider, by tenant."""
        found = map(_account, self._account_rows(key))
        return sorted(found, key=lambda account: account.tenant)

    def candidates(self) -> Sequence[Candidate]:
        """Return the customers that a tenant may belong to: accounts that are not inactive."""
        tenants: dict[UUID, set[str]] = defaultdict(set)
        for mapped in self._rows.all(
            ProviderAccount, f"{ProviderAccount.read_name('account')} ne null"
        ):
            assert mapped.account is not None, "it was asked for by that"
            tenants[mapped.account].add(mapped.tenant.lower())
        return [
            _candidate(row, tenants.get(row.row_id, set()))
            for row in self._rows.all(Account, "statecode eq 0")
            if row.row_id is not None
        ]

    def keep_customers(self, key: str, found: Sequence[FoundCustomer]) -> Tally:
        """Add or bring up to date the accounts of the tenants in `found`."""
        provider = self._rows.provider(key)
        kept = {row.tenant.lower(): row for row in self._account_rows(key)}
        added, changed = [], []
        tally: Tally = Counter()
        for customer in found:
            row = kept.get(customer.seen.tenant)
            if row is None:
                added.append(_new_account(key, provider, customer))
                effect = Effect.CREATED
            else:
                different = difference(row, _seen_fields(customer, row))
                changed.append((row.row_id, different))
                effect = Effect.CHANGED if different else Effect.UNCHANGED
            tally[CatalogKind.PROVIDER_ACCOUNT, effect] += 1
        self._rows.write(*upserts(ProviderAccount, added), *updates(ProviderAccount, changed))
        return tally

    def mark_unlisted(self, key: str, tenants: Collection[str], *, at: datetime) -> None:
        """Note that the provider lists `tenants` no more; when that began stays noted."""
        rows = self._accounts_of(key, tenants)
        noted = {"unlisted_since": in_seconds(at)}
        changed = [(row.row_id, noted) for row in rows if row.unlisted_since is None]
        self._rows.write(*updates(ProviderAccount, changed))

    def mark_synced(self, key: str, tenants: Collection[str], *, at: datetime) -> None:
        """Note that all subscriptions of `tenants` were read, unless it was noted a while ago."""
        rows = self._accounts_of(key, tenants)
        noted = {"last_synced_on": in_seconds(at)}
        changed = [(row.row_id, noted) for row in rows if is_outdated(row.last_synced_on, at)]
        self._rows.write(*updates(ProviderAccount, changed))

    def keep_agreements(self, key: str, signed: Iterable[SignedAgreement]) -> Tally:
        """Add the agreements that are not kept yet, and the day of the last on the account."""
        given = {_agreement_key(key, agreement): agreement for agreement in signed}
        accounts = {
            row.tenant.lower(): row
            for row in self._accounts_of(key, {agreement.tenant for agreement in given.values()})
        }
        kept = {row.key for row in self._rows.by_text(Agreement, "key", given)}
        added = [
            _agreement_fields(name, agreement, _known(accounts, agreement.tenant))
            for name, agreement in given.items()
            if name not in kept
        ]
        writes = updates(ProviderAccount, _signed_last(given.values(), accounts))
        self._rows.write(*upserts(Agreement, added), *writes)
        return Counter(
            {
                (CatalogKind.AGREEMENT, Effect.CREATED): len(added),
                (CatalogKind.AGREEMENT, Effect.UNCHANGED): len(given) - len(added),
            }
        )

    def _account_rows(self, key: str) -> Iterable[ProviderAccount]:
        column = ProviderAccount.read_name("provider")
        return self._rows.all(ProviderAccount, equals(column, self._rows.provider(key)))

    def _accounts_of(self, key: str, tenants: Collection[str]) -> list[ProviderAccount]:
        provider = equals(ProviderAccount.read_name("provider"), self._rows.provider(key))
        return list(self._rows.by_text(ProviderAccount, "tenant", sorted(tenants), provider))


def _provider(row: Provider) -> KeptProvider:
    assert row.row_id is not None, "a row that was read has its id"
    return KeptProvider(
        id=row.row_id,
        key=row.key,
        name=row.name,
        partner_tenant=row.partner_tenant and row.partner_tenant.lower(),
        cloud=meaning(row.cloud, Cloud),
        connection=Connection(
            state=meaning(row.connection, ConnectionState),
            consented_at=row.consented_on,
            token_expires_at=row.token_expires_on,
            checked_at=row.checked_on,
            health=row.health,
        ),
    )


def _account(row: ProviderAccount) -> KeptProviderAccount:
    assert row.row_id is not None, "a row that was read has its id"
    return KeptProviderAccount(
        id=row.row_id,
        tenant=row.tenant.lower(),
        name=row.name,
        customer=row.account,
        domain=row.domain,
        relationship=row.relationship,
        reseller=row.reseller,
        agreement_signed_on=row.agreement_signed_on,
        unlisted_since=row.unlisted_since,
        last_synced_at=row.last_synced_on,
    )


def _candidate(row: Account, tenants: Iterable[str]) -> Candidate:
    assert row.row_id is not None, "a row that was read has its id"
    addresses = filter(None, (row.web_site_url, row.email_address1))
    domains = filter(None, map(domain_of, addresses))
    return Candidate(
        id=row.row_id, name=row.name, domains=frozenset(domains), tenants=frozenset(tenants)
    )


def _new_account(key: str, provider: UUID, customer: FoundCustomer) -> Fields:
    return {
        "key": f"{key}_{customer.seen.tenant}",
        "provider": provider,
        "tenant": customer.seen.tenant,
        **_seen_fields(customer),
    }


def _seen_fields(customer: FoundCustomer, kept: ProviderAccount | None = None) -> Fields:
    seen, match = customer.seen, customer.match
    fields: dict[str, Any] = {
        "name": within(ProviderAccount, "name", seen.name),
        "domain": seen.domain,
        "relationship": seen.relationship,
        "reseller": seen.reseller,
        "unlisted_since": None,
    }
    if match is not None and (kept is None or kept.account is None):
        fields |= {"account": match.customer, "mapped_by": match.rule.value}
    return fields


def _known(accounts: Mapping[str, ProviderAccount], tenant: str) -> UUID | None:
    if tenant not in accounts:
        raise TenantUnknown(
            f"tenant {tenant} has no provider account, so that its agreement belongs to nobody;"
            " read the customers first"
        )
    return accounts[tenant].row_id


def _agreement_key(provider: str, agreement: SignedAgreement) -> str:
    return f"{provider}_{agreement.tenant}_{agreement.type.value}_{agreement.agreed_on}"


def _agreement_fields(key: str, agreement: SignedAgreement, account: UUID | None) -> Fields:
    return {
        "key": key,
        "name": f"{agreement.type.value} of {agreement.agreed_on}",
        "provider_account": account,
        "kind": agreement.type.value,
        "template": agreement.template,
        "agreed_on": agreement.agreed_on,
        "contact": agreement.contact or None,
    }


def _signed_last(
    signed: Iterable[SignedAgreement], accounts: Mapping[str, ProviderAccount]
) -> list[tuple[UUID | None, Fields]]:
    last: dict[str, date] = {}
    for agreement in signed:
        before = last.get(agreement.tenant) or accounts[agreement.tenant].agreement_signed_on
        last[agreement.tenant] = max(agreement.agreed_on, before or agreement.agreed_on)
    return [
        (accounts[tenant].row_id, difference(accounts[tenant], {"agreement_signed_on": day}))
        for tenant, day in last.items()
    ]
