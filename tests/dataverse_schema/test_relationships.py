from dataverse_schema.columns import Lookup
from dataverse_schema.relationships import (
    Cascade,
    has_money,
    relationships,
    system_relationships,
)
from dataverse_schema.tables import TABLES
from dataverse_schema.tables.billing import Invoice, Subscription
from dataverse_schema.tables.operations import Watermark

SCHEMA_NAME_LENGTH_MAX = 100


def test_every_lookup_of_ours_is_a_relationship() -> None:
    lookups = [
        (declared.table_name(), declared.column_name(field), kind.target)
        for declared in TABLES
        for field, kind in declared.columns().items()
        if isinstance(kind, Lookup) and declared.column_name(field).startswith("w365_")
    ]

    found = [(one.referencing, one.lookup, one.referenced) for one in relationships()]

    assert found == lookups


def test_names_are_unique_and_fit() -> None:
    names = [one.schema_name for one in relationships()]

    assert len(set(names)) == len(names)
    assert max(map(len, names)) <= SCHEMA_NAME_LENGTH_MAX


def test_nothing_is_deleted_along_and_only_a_remark_loses_its_link() -> None:
    loses = [one for one in relationships() if one.cascade.delete is not Cascade.RESTRICT]

    assert [(one.referencing, one.lookup) for one in loses] == [("w365_finding", "w365_contract")]
    assert [one.cascade.delete for one in loses] == [Cascade.REMOVE_LINK]


def test_a_user_owned_table_has_six_system_relationships_and_one_for_its_money() -> None:
    table = "w365_invoice"

    found = {one.schema_name for one in system_relationships(Invoice)}

    assert found == {
        f"business_unit_{table}",
        f"lk_{table}_createdby",
        f"lk_{table}_modifiedby",
        f"owner_{table}",
        f"team_{table}",
        f"user_{table}",
        "TransactionCurrency_w365_Invoice",
    }
    assert not has_money(Subscription)


def test_a_table_of_the_organization_has_its_own() -> None:
    found = {one.schema_name: one.referenced for one in system_relationships(Watermark)}

    assert found == {
        "lk_w365_watermark_createdby": "systemuser",
        "lk_w365_watermark_modifiedby": "systemuser",
        "organization_w365_watermark": "organization",
    }
