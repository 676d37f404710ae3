from uuid import uuid5

from tests.usecases.fake_catalog import CUSTOMER, NOW, OTHER_CUSTOMER, OTHER_TENANT, SOME, TENANT
from tests.usecases.provider_ends import (
    PROVIDER,
    UNREADABLE,
    Accounts,
    Customers,
    Partners,
    a_customer,
    an_account,
)
from work365.domain.microsoft.customers import SeenCustomer
from work365.domain.microsoft.matching import Candidate, Match, MatchRule
from work365.ports.catalog import CatalogKind, Effect
from work365.usecases.intake import Imported
from work365.usecases.sync_customers import sync_customers

HOLLERBACH = Candidate(id=CUSTOMER, name="Hollerbach", domains=frozenset({"hollerbach.example"}))
NAMESAKE = Candidate(id=OTHER_CUSTOMER, name="HOLLERBACH")


def synced(store: Accounts, *listed: SeenCustomer, **given: object) -> Imported:
    customers = Customers(listed, **given)  # type: ignore[arg-type]  # fields are given by name
    return sync_customers(
        provider=PROVIDER, customers=customers, partners=Partners(), store=store, at=NOW
    )


def codes(imported: Imported) -> list[str]:
    return [finding.code for finding in imported.findings]


def test_a_tenant_is_mapped_by_the_first_rule_that_finds_a_customer() -> None:
    store = Accounts(kept={}, people=[HOLLERBACH, NAMESAKE])

    imported = synced(store, a_customer(domain="hollerbach.example"))

    assert [customer.match for customer in store.given] == [Match(CUSTOMER, MatchRule.DOMAIN)]
    assert imported.tally == {(CatalogKind.PROVIDER_ACCOUNT, Effect.CREATED): 1}
    assert imported.findings == ()


def test_a_tenant_that_several_customers_could_be_is_kept_unmapped_and_named() -> None:
    store = Accounts(kept={}, people=[HOLLERBACH, NAMESAKE])

    imported = synced(store, a_customer())

    assert [customer.match for customer in store.given] == [None]
    assert codes(imported) == ["customer_ambiguous"]
    assert "by its name: HOLLERBACH, Hollerbach" in imported.findings[0].message


def test_a_tenant_that_nobody_is_is_kept_unmapped_and_listed() -> None:
    store = Accounts(kept={})

    imported = synced(store, a_customer())

    assert [customer.match for customer in store.given] == [None]
    assert codes(imported) == ["customer_not_found"]
    assert imported.findings[0].path == f"provider account {TENANT}"


def test_one_that_a_person_mapped_is_not_matched_again() -> None:
    store = Accounts(people=[Candidate(id=OTHER_CUSTOMER, name="Hollerbach")])

    imported = synced(store, a_customer())

    assert [customer.match for customer in store.given] == [None]
    assert imported.findings == ()


def test_one_that_is_listed_no_more_is_marked_and_found_once() -> None:
    gone = an_account(OTHER_TENANT)
    marked = an_account("long-gone", unlisted_since=NOW)
    store = Accounts(kept={each.tenant: each for each in (an_account(), gone, marked)})

    imported = synced(store, a_customer())

    assert store.unlisted == [OTHER_TENANT]
    assert codes(imported) == ["customer_unlisted"]


def test_nobody_is_marked_where_the_list_is_empty() -> None:
    store = Accounts()

    imported = synced(store)

    assert (store.unlisted, codes(imported)) == ([], ["customer_perhaps_unlisted"])


def test_nobody_is_marked_where_a_row_of_the_list_cannot_be_read() -> None:
    store = Accounts(kept={each: an_account(each) for each in (TENANT, OTHER_TENANT)})

    imported = synced(store, a_customer(), findings=[UNREADABLE])

    assert store.unlisted == []
    assert codes(imported) == [UNREADABLE.code, "customer_perhaps_unlisted"]


def test_one_that_cannot_be_kept_stops_nobody_else() -> None:
    tenants = [str(uuid5(SOME, str(number))) for number in range(5)]
    store = Accounts(kept={tenant: an_account(tenant) for tenant in tenants}, refused={tenants[3]})

    imported = synced(store, *(a_customer(tenant) for tenant in tenants))

    assert {customer.seen.tenant for customer in store.given} == set(tenants) - {tenants[3]}
    assert codes(imported) == ["customer_not_kept"]
