from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from dataverse_schema.tables import microsoft
from dataverse_schema.tables.providers import ProviderAccount
from tests.adapters.dataverse.partner import NOW, Partner
from work365.adapters.dataverse.microsoft.relationships import DataverseRelationshipBook
from work365.adapters.dataverse.microsoft.rows import ProviderRows
from work365.adapters.dataverse.row_faults import FieldWrong
from work365.domain.microsoft.relationships import AdminRelationship, AdminStatus
from work365.ports.catalog import CatalogKind, Effect
from work365.ports.relationships import KeptAdminRelationship

TENANT = "0c39d6d5-c70d-4c55-bc02-f620844f3fd1"
KIND = CatalogKind.ADMIN_RELATIONSHIP
ASKED = KeptAdminRelationship(
    seen=AdminRelationship(
        id="5e5594d3-6f82-458b-b567-77db4811f0cd-00000000-0000-0000-0000-000000001234",
        etag="",
        name="Hollerbach administration",
        status=AdminStatus.APPROVAL_PENDING,
        roles=("88d8e3e3-8f55-4a1e-953a-9b9898b8876b", "f2ef992c-3afb-46b9-b7cf-a126ee74c451"),
        customer=TENANT,
        extends_itself=False,
        expires_at=None,
    ),
    days=730,
)


@pytest.fixture
def account(partner: Partner, provider: UUID) -> UUID:
    return partner.add(
        ProviderAccount, name="Hollerbach", key="x", provider=provider, tenant=TENANT.upper()
    )


@pytest.fixture
def book(partner: Partner, account: UUID) -> DataverseRelationshipBook:
    return DataverseRelationshipBook(partner.client)


def test_one_is_kept_with_the_account_of_its_customer(
    book: DataverseRelationshipBook, account: UUID
) -> None:
    tally = book.keep("microsoft", [ASKED], at=NOW)

    assert +tally == {(KIND, Effect.CREATED): 1}
    assert book.relationships("microsoft") == [replace(ASKED, account=account)]


def test_what_microsoft_says_later_takes_its_place_and_the_rest_stays(
    book: DataverseRelationshipBook, rows: ProviderRows
) -> None:
    book.keep("microsoft", [replace(ASKED, group="group-1")], at=NOW)
    active = replace(ASKED.seen, status=AdminStatus.ACTIVE, expires_at=NOW + timedelta(days=730))

    tally = book.keep("microsoft", [KeptAdminRelationship(seen=active)], at=NOW + timedelta(days=1))

    [kept] = book.relationships("microsoft")
    [row] = rows.all(microsoft.AdminRelationship)
    assert +tally == {(KIND, Effect.CHANGED): 1}
    assert kept.seen == active
    assert (kept.days, kept.group) == (730, "group-1")
    assert row.last_seen_on == NOW + timedelta(days=1)
    assert row.approve_link == active.approval_link


def test_what_has_not_changed_is_not_written(
    partner: Partner, book: DataverseRelationshipBook
) -> None:
    book.keep("microsoft", [ASKED], at=NOW)

    with partner.counted() as counts:
        tally = book.keep("microsoft", [ASKED], at=NOW + timedelta(days=1))

    assert +tally == {(KIND, Effect.UNCHANGED): 1}
    assert counts["rows_written"] == 0


def test_one_that_anybody_may_approve_has_no_account_yet(
    book: DataverseRelationshipBook,
) -> None:
    book.keep("microsoft", [replace(ASKED, seen=replace(ASKED.seen, customer=None))], at=NOW)

    [kept] = book.relationships("microsoft")
    assert (kept.account, kept.seen.customer) == (None, None)


def test_the_one_that_ends_first_comes_first(book: DataverseRelationshipBook) -> None:
    many = [
        replace(ASKED, seen=replace(ASKED.seen, id=name, name=name, expires_at=ends))
        for name, ends in (("never", None), ("late", NOW + timedelta(days=9)), ("soon", NOW))
    ]
    book.keep("microsoft", many, at=NOW)

    assert [each.seen.id for each in book.relationships("microsoft")] == ["soon", "late", "never"]


def test_a_status_that_nobody_knows_is_named(
    partner: Partner, book: DataverseRelationshipBook, rows: ProviderRows
) -> None:
    book.keep("microsoft", [ASKED], at=NOW)
    [row] = rows.all(microsoft.AdminRelationship)
    assert row.row_id is not None
    partner.set(microsoft.AdminRelationship, row.row_id, status="dreaming")

    with pytest.raises(FieldWrong, match="status 'dreaming' is none of Microsoft's"):
        book.relationships("microsoft")
