from collections import Counter
from xml.etree.ElementTree import Element

import pytest

from dataverse_schema.endpoints import UNSET_URL
from dataverse_schema.solution.contents import declared_contents
from dataverse_schema.solution.customizations import customizations
from dataverse_schema.solution.markup import required, text_of
from dataverse_schema.tables import TABLES
from dataverse_schema.tables.operations import Job

SYSTEM_COLUMNS_OF_A_USER_OWNED_TABLE = {
    "createdby",
    "createdon",
    "createdonbehalfby",
    "importsequencenumber",
    "modifiedby",
    "modifiedon",
    "modifiedonbehalfby",
    "overriddencreatedon",
    "ownerid",
    "owningbusinessunit",
    "owningteam",
    "owninguser",
    "statecode",
    "statuscode",
    "timezoneruleversionnumber",
    "utcconversiontimezonecode",
}


@pytest.fixture(scope="module")
def root() -> Element:
    return customizations(declared_contents())


def entity(root: Element, schema_name: str) -> Element:
    (found,) = [one for one in root.iter("Entity") if one.findtext("Name") == schema_name]
    return found


def columns(entity: Element) -> dict[str, Element]:
    found = entity.iterfind("EntityInfo/entity/attributes/attribute")
    return {text_of(one, "LogicalName"): one for one in found}


def test_every_table_of_ours_is_in_it(root: Element) -> None:
    names = {one.findtext("Name") for one in root.iter("Entity")}

    assert {declared.table_schema_name() for declared in TABLES if declared.is_ours()} <= names


def test_a_user_owned_table_has_the_columns_of_its_kind(root: Element) -> None:
    found = columns(entity(root, "w365_Job"))

    others = {"w365_jobid", *map(Job.column_name, Job.columns())}
    assert found.keys() == SYSTEM_COLUMNS_OF_A_USER_OWNED_TABLE | others


def test_a_table_of_the_organization_has_no_owner(root: Element) -> None:
    found = columns(entity(root, "w365_Watermark"))

    assert "organizationid" in found
    assert "ownerid" not in found


def test_an_amount_comes_with_its_base_currency_and_rate(root: Element) -> None:
    found = columns(entity(root, "w365_Invoice"))

    assert found["w365_netamount_base"].findtext("CalculationOf") == "w365_netamount"
    assert {"exchangerate", "transactioncurrencyid"} <= found.keys()
    assert text_of(found["transactioncurrencyid"], "RequiredLevel") == "required"


def test_a_table_of_microsofts_is_marked_as_not_ours(root: Element) -> None:
    found = entity(root, "ProductPriceLevel")

    definition = required(found, "EntityInfo/entity")

    assert definition.get("unmodified") == "1"
    assert all(name.startswith("w365_") for name in columns(found))
    assert definition.findtext("EntityKeys/EntityKey/Name") == "w365_ProductPriceLevelKey"
    assert found.find("FormXml") is None


def test_every_table_has_one_name_column(root: Element) -> None:
    for declared in TABLES:
        if not declared.is_ours():
            continue
        found = columns(entity(root, declared.table_schema_name()))

        names = [
            name
            for name, column in found.items()
            if column.findtext("DisplayMask", "").startswith("PrimaryName|")
        ]
        assert names == [declared.column_name(declared.primary_name)]


def test_every_relationship_ends_at_a_column_of_its_table(root: Element) -> None:
    for relationship in root.iter("EntityRelationship"):
        table = entity(root, text_of(relationship, "ReferencingEntityName"))

        assert text_of(relationship, "ReferencingAttributeName").lower() in columns(table)


def test_every_lookup_of_ours_has_its_relationship(root: Element) -> None:
    ends = Counter(
        (
            text_of(one, "ReferencingEntityName"),
            text_of(one, "ReferencingAttributeName").lower(),
        )
        for one in root.iter("EntityRelationship")
    )

    for table in root.iter("Entity"):
        for name, column in columns(table).items():
            if text_of(column, "Type") == "lookup" and name.startswith("w365_"):
                assert ends[text_of(table, "Name"), name] == 1


def test_every_step_rings_at_an_endpoint_of_the_file(root: Element) -> None:
    endpoints = {one.get("ServiceEndpointId") for one in root.iter("ServiceEndpoint")}

    rung = {text_of(one, "EventHandler") for one in root.iter("SdkMessageProcessingStep")}

    assert rung == endpoints


def test_the_address_of_nobodys_service_is_in_the_file(root: Element) -> None:
    (endpoint,) = root.iter("ServiceEndpoint")

    assert text_of(endpoint, "Url").startswith(UNSET_URL)


def test_no_role_has_a_privilege_twice(root: Element) -> None:
    for role in root.iter("Role"):
        names = [one.get("name") for one in role.iter("RolePrivilege")]

        assert len(set(names)) == len(names)


def test_numbers_are_given_only_where_they_are_asked_for(root: Element) -> None:
    numbered = customizations(declared_contents(), numbering=True)

    assert root.find(".//AutoNumberFormat") is None
    assert [one.text for one in numbered.iter("AutoNumberFormat")] == [
        "CT-{SEQNUM:6}",
        "SUB-{SEQNUM:6}",
        "CHG-{SEQNUM:8}",
        "OTC-{SEQNUM:6}",
        "ASK-{SEQNUM:6}",
    ]
