from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

import pytest

from dataverse_schema.options import ProviderKind
from dataverse_schema.tables.microsoft import Agreement
from dataverse_schema.tables.providers import Provider, ProviderAccount
from dataverse_schema.tables.standard import Account
from tests.adapters.dataverse.partner import NOW, Partner
from work365.adapters.dataverse.microsoft.providers import DataverseProviderStore, TenantUnknown
from work365.adapters.dataverse.microsoft.rows import ProviderRows
from work365.domain.microsoft.customers import AgreementType, SeenCustomer, SignedAgreement
from work365.domain.microsoft.matching import Candidate, Match, MatchRule
from work365.ports.catalog import CatalogKind, Effect
from work365.ports.providers import (
    Cloud,
    Connection,
    ConnectionState,
    FoundCustomer,
    KeptProviderAccount,
    ProviderMissing,
)

TENANT = "0c39d6d5-c70d-4c55-bc02-f620844f3fd1"
OTHER = "6b3a9a3e-7f0f-4d83-9f2b-1d2f2ad02f11"
PARTNER = "9b1f6b3c-55a3-4a9b-90cf-8b1f2c3f8a20"
ACCOUNT = CatalogKind.PROVIDER_ACCOUNT


@pytest.fixture
def store(partner: Partner) -> DataverseProviderStore:
    return DataverseProviderStore(partner.client)


def seen(tenant: str = TENANT, **given: str) -> SeenCustomer:
    values = {"name": "Hollerbach GmbH", "domain": "hollerbach.example", **given}
    return SeenCustomer(tenant=tenant, **values)


def signed(tenant: str = TENANT, day: date = date(2026, 1, 5)) -> SignedAgreement:
    return SignedAgreement(
        tenant=tenant,
        type=AgreementType.CUSTOMER_AGREEMENT,
        template="template-1",
        agreed_on=day,
        contact="Ada Hollerbach, ada@hollerbach.example",
    )


class TestProviders:
    def test_one_is_made_for_the_partner_that_it_stands_for(
        self, partner: Partner, store: DataverseProviderStore
    ) -> None:
        store.set_partner("microsoft", tenant=PARTNER.upper(), cloud=Cloud.US_GOVERNMENT)

        found = store.provider("microsoft")
        assert (found.key, found.name) == ("microsoft", "Microsoft Partner Center")
        assert (found.partner_tenant, found.cloud) == (PARTNER, Cloud.US_GOVERNMENT)
        assert found.connection == Connection(state=ConnectionState.NOT_CONNECTED)
        assert store.providers() == [found]

    def test_one_that_is_there_keeps_its_name_and_its_row(
        self, partner: Partner, store: DataverseProviderStore, provider: UUID
    ) -> None:
        store.set_partner("microsoft", tenant=PARTNER, cloud=Cloud.GLOBAL)

        [row] = partner.rows(Provider)
        assert (row.row_id, row.name, row.partner_tenant) == (provider, "Microsoft", PARTNER)

    def test_those_of_another_kind_are_not_reached(
        self, partner: Partner, store: DataverseProviderStore, provider: UUID
    ) -> None:
        partner.add(Provider, name="By hand", key="manual", kind=ProviderKind.MANUAL)

        assert [each.key for each in store.providers()] == ["microsoft"]

    def test_the_connection_is_shown_as_it_stands(
        self, store: DataverseProviderStore, provider: UUID
    ) -> None:
        connected = Connection(
            state=ConnectionState.DELEGATED,
            consented_at=NOW,
            token_expires_at=NOW + timedelta(days=90),
            checked_at=NOW,
            health="All is well.",
        )
        broken = Connection(state=ConnectionState.BROKEN, health="The token was revoked.")

        store.set_connection("microsoft", connected)
        first = store.provider("microsoft").connection
        store.set_connection("microsoft", broken)

        assert first == connected
        assert store.provider("microsoft").connection == broken

    def test_one_that_is_not_there_is_refused(self, store: DataverseProviderStore) -> None:
        with pytest.raises(ProviderMissing):
            store.set_connection("contoso", Connection(state=ConnectionState.BROKEN))
        with pytest.raises(ProviderMissing):
            store.accounts("contoso")


class TestCustomers:
    def test_a_new_one_is_kept_with_the_customer_it_was_found_to_be(
        self, partner: Partner, store: DataverseProviderStore, provider: UUID
    ) -> None:
        match = Match(partner.customer, MatchRule.DOMAIN)
        customer = seen(relationship="reseller", reseller=OTHER)

        tally = store.keep_customers("microsoft", [FoundCustomer(customer, match)])

        [row] = partner.rows(ProviderAccount)
        assert +tally == {(ACCOUNT, Effect.CREATED): 1}
        assert (row.key, row.mapped_by) == (f"microsoft_{TENANT}", "domain")
        assert store.accounts("microsoft") == [
            KeptProviderAccount(
                id=row.row_id,
                tenant=TENANT,
                name="Hollerbach GmbH",
                customer=partner.customer,
                domain="hollerbach.example",
                relationship="reseller",
                reseller=OTHER,
            )
        ]

    def test_one_that_is_nobodys_is_listed_without_a_customer(
        self, store: DataverseProviderStore, provider: UUID
    ) -> None:
        store.keep_customers("microsoft", [FoundCustomer(seen()), FoundCustomer(seen(OTHER))])

        found = store.accounts("microsoft")

        assert [(each.tenant, each.customer) for each in found] == [(TENANT, None), (OTHER, None)]

    def test_what_has_not_changed_is_not_written(
        self, partner: Partner, store: DataverseProviderStore, provider: UUID
    ) -> None:
        store.keep_customers("microsoft", [FoundCustomer(seen())])

        with partner.counted() as counts:
            tally = store.keep_customers("microsoft", [FoundCustomer(seen())])

        assert +tally == {(ACCOUNT, Effect.UNCHANGED): 1}
        assert counts["rows_written"] == 0

    def test_who_is_mapped_stays_so_and_the_rest_follows_the_provider(
        self, partner: Partner, store: DataverseProviderStore, provider: UUID
    ) -> None:
        row = partner.add(
            ProviderAccount,
            name="Old name",
            key="entered-by-hand",
            provider=provider,
            tenant=TENANT.upper(),
            account=partner.customer,
        )
        other = partner.add(Account, name="Other", key="C-2")
        found = FoundCustomer(seen(), Match(other, MatchRule.NAME))

        tally = store.keep_customers("microsoft", [found])

        [kept] = partner.rows(ProviderAccount)
        assert +tally == {(ACCOUNT, Effect.CHANGED): 1}
        assert (kept.row_id, kept.key, kept.name) == (row, "entered-by-hand", "Hollerbach GmbH")
        assert (kept.account, kept.mapped_by) == (partner.customer, None)

    def test_one_that_nobody_had_found_is_mapped_later(
        self, partner: Partner, store: DataverseProviderStore, provider: UUID
    ) -> None:
        store.keep_customers("microsoft", [FoundCustomer(seen())])

        match = Match(partner.customer, MatchRule.NAME)
        store.keep_customers("microsoft", [FoundCustomer(seen(), match)])

        assert store.accounts("microsoft")[0].customer == partner.customer

    def test_one_that_is_listed_no_more_is_marked_until_it_is_again(
        self, store: DataverseProviderStore, provider: UUID
    ) -> None:
        store.keep_customers("microsoft", [FoundCustomer(seen()), FoundCustomer(seen(OTHER))])

        store.mark_unlisted("microsoft", [OTHER], at=NOW)
        store.mark_unlisted("microsoft", [OTHER], at=NOW + timedelta(days=1))
        marked = [each.unlisted_since for each in store.accounts("microsoft")]
        store.keep_customers("microsoft", [FoundCustomer(seen(OTHER))])

        assert marked == [None, NOW]
        assert [each.unlisted_since for each in store.accounts("microsoft")] == [None, None]

    def test_when_all_of_one_was_read_is_noted_once_a_day(
        self, partner: Partner, store: DataverseProviderStore, provider: UUID
    ) -> None:
        store.keep_customers("microsoft", [FoundCustomer(seen())])
        store.mark_synced("microsoft", [TENANT], at=NOW)

        with partner.counted() as counts:
            store.mark_synced("microsoft", [TENANT], at=NOW + timedelta(hours=1))
        first = store.accounts("microsoft")[0].last_synced_at
        store.mark_synced("microsoft", [TENANT], at=NOW + timedelta(days=1))

        assert (first, counts["rows_written"]) == (NOW, 0)
        assert store.accounts("microsoft")[0].last_synced_at == NOW + timedelta(days=1)

    def test_accounts_at_another_provider_are_other_accounts(
        self, partner: Partner, store: DataverseProviderStore, provider: UUID
    ) -> None:
        elsewhere = partner.add(Provider, name="A distributor", key="distributor")
        partner.add(ProviderAccount, name="x", key="x", provider=elsewhere, tenant=TENANT)

        tally = store.keep_customers("microsoft", [FoundCustomer(seen())])

        assert +tally == {(ACCOUNT, Effect.CREATED): 1}
        assert [each.name for each in store.accounts("distributor")] == ["x"]

    def test_thousands_are_kept_with_a_handful_of_requests(
        self, partner: Partner, store: DataverseProviderStore, provider: UUID
    ) -> None:
        found = [FoundCustomer(seen(str(UUID(int=number)))) for number in range(1_500)]

        with partner.counted() as counts:
            store.keep_customers("microsoft", found)

        assert counts["requests"] <= 5
        assert len(store.accounts("microsoft")) == 1_500


class TestCandidates:
    def test_are_the_accounts_with_all_they_can_be_found_by(
        self, partner: Partner, store: DataverseProviderStore, provider: UUID
    ) -> None:
        by_mail = partner.add(Account, name="Brandt", key="C-2", email_address1="a@brandt.example")
        partner.set(Account, partner.customer, web_site_url="https://www.hollerbach.example/")
        partner.add(
            ProviderAccount,
            name="x",
            key="x",
            provider=provider,
            tenant=TENANT.upper(),
            account=partner.customer,
        )

        found = sorted(store.candidates(), key=lambda each: each.name)

        assert found == [
            Candidate(id=by_mail, name="Brandt", domains=frozenset({"brandt.example"})),
            Candidate(
                id=partner.customer,
                name="Hollerbach",
                domains=frozenset({"hollerbach.example"}),
                tenants=frozenset({TENANT}),
            ),
        ]


class TestAgreements:
    def test_are_kept_once_and_the_last_is_on_the_account(
        self, partner: Partner, store: DataverseProviderStore, rows: ProviderRows, provider: UUID
    ) -> None:
        store.keep_customers("microsoft", [FoundCustomer(seen())])
        later = replace(signed(), agreed_on=date(2026, 3, 1))

        first = store.keep_agreements("microsoft", [later, signed()])
        with partner.counted() as counts:
            again = store.keep_agreements("microsoft", [signed(), later])

        kept = sorted(rows.all(Agreement), key=lambda row: row.agreed_on)
        assert +first == {(CatalogKind.AGREEMENT, Effect.CREATED): 2}
        assert +again == {(CatalogKind.AGREEMENT, Effect.UNCHANGED): 2}
        assert counts["rows_written"] == 0
        assert [row.agreed_on for row in kept] == [date(2026, 1, 5), date(2026, 3, 1)]
        assert kept[0].contact == "Ada Hollerbach, ada@hollerbach.example"
        assert store.accounts("microsoft")[0].agreement_signed_on == date(2026, 3, 1)

    def test_of_a_tenant_that_is_not_kept_are_refused(
        self, store: DataverseProviderStore, provider: UUID
    ) -> None:
        with pytest.raises(TenantUnknown, match="read the customers first"):
            store.keep_agreements("microsoft", [signed()])
