"""Metadata, as clients read it before they write."""

import pytest

from tests.emulators.dataverse.conftest import Api, refusal

CONTRACT = "EntityDefinitions(LogicalName='w365_billingcontract')"


def test_a_table_is_found_by_name_by_id_and_by_filter(api: Api) -> None:
    query = "?$select=LogicalName,EntitySetName,PrimaryIdAttribute,PrimaryNameAttribute"

    named = api.json(CONTRACT + query)
    by_id = api.json(f"EntityDefinitions({named['MetadataId']}){query}")
    (filtered,) = api.value(
        f"EntityDefinitions{query}&$filter=LogicalName eq 'w365_billingcontract'"
    )

    assert named.pop("@odata.context").endswith("#EntityDefinitions/$entity")
    by_id.pop("@odata.context")
    assert named == by_id == filtered
    assert named["EntitySetName"] == "w365_billingcontracts"
    assert named["PrimaryIdAttribute"] == "w365_billingcontractid"
    assert named["PrimaryNameAttribute"] == "w365_name"


def test_tables_are_filtered_by_flags(api: Api) -> None:
    tracked = api.value(
        "EntityDefinitions?$select=LogicalName&$filter=ChangeTrackingEnabled eq true"
    )
    everything = api.value("EntityDefinitions?$select=LogicalName")

    names = {row["LogicalName"] for row in tracked}
    assert "w365_billingcontract" in names
    assert "account" not in names
    assert len(everything) > len(tracked)


def test_choices_are_read_as_the_official_client_reads_them(api: Api) -> None:
    found = api.value(
        f"{CONTRACT}/Attributes/Microsoft.Dynamics.CRM.PicklistAttributeMetadata"
        "?$select=LogicalName&$expand=OptionSet($select=Options)"
    )

    options = {
        row["LogicalName"]: {
            option["Label"]["UserLocalizedLabel"]["Label"]: option["Value"]
            for option in row["OptionSet"]["Options"]
        }
        for row in found
    }
    assert options["w365_contracttype"] == {
        "Recurring": 365000000,
        "Flexi": 365000001,
        "Non recurring": 365000002,
    }
    assert "w365_name" not in options


def test_columns_say_what_they_hold(api: Api) -> None:
    columns = {row["LogicalName"]: row for row in api.value(f"{CONTRACT}/Attributes")}
    one = api.json(f"{CONTRACT}/Attributes(LogicalName='w365_customer')")
    cast = api.json(
        f"{CONTRACT}/Attributes(LogicalName='w365_key')"
        "/Microsoft.Dynamics.CRM.StringAttributeMetadata?$select=MaxLength,AutoNumberFormat"
    )
    yes_no = api.value(
        "EntityDefinitions(LogicalName='w365_subscription')/Attributes/"
        "Microsoft.Dynamics.CRM.BooleanAttributeMetadata?$expand=OptionSet"
    )

    assert columns["w365_name"]["MaxLength"] == 200
    assert columns["w365_starton"]["DateTimeBehavior"] == {"Value": "DateOnly"}
    assert columns["createdon"]["IsValidForCreate"] is False
    assert one["Targets"] == ["account"]
    assert one["SchemaName"] == "w365_Customer"
    assert (cast["MaxLength"], cast["AutoNumberFormat"]) == (40, "CT-{SEQNUM:6}")
    assert yes_no[0]["OptionSet"]["TrueOption"]["Value"] == 1


def test_keys_and_relationships_are_listed(api: Api) -> None:
    (key,) = api.value(f"{CONTRACT}/Keys")
    relationships = api.value(f"{CONTRACT}/ManyToOneRelationships")

    assert key["KeyAttributes"] == ["w365_key"]
    assert key["EntityKeyIndexStatus"] == "Active"
    navigations = {
        row["ReferencingAttribute"]: row["ReferencingEntityNavigationPropertyName"]
        for row in relationships
    }
    assert navigations["w365_customer"] == "w365_Customer"


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("EntityDefinitions(LogicalName='nothing')", 404),
        ("EntityDefinitions(11111111-1111-4111-8111-111111111111)", 404),
        (f"{CONTRACT}/Attributes(LogicalName='nothing')", 404),
        ("EntityDefinitions/Attributes", 404),
        (f"{CONTRACT}/Privileges", 501),
        (f"{CONTRACT}/Attributes/Other", 501),
        (f"{CONTRACT}?$select=Nothing", 501),
        (f"{CONTRACT}?$expand=Attributes", 501),
        (f"{CONTRACT}?$filter=LogicalName eq 'x'", 501),
        ("EntityDefinitions?$top=5", 501),
        ("EntityDefinitions?$filter=LogicalName ne 'x'", 501),
        ("EntityDefinitions?$filter=Nothing eq 'x'", 400),
    ],
)
def test_what_is_not_there_or_not_emulated_is_refused(api: Api, path: str, status: int) -> None:
    assert refusal(api.get(path))[0] == status


def test_text_functions_are_refused_in_dataverse_s_words(api: Api) -> None:
    answer = api.get("EntityDefinitions?$filter=startswith(LogicalName,'w365')")

    assert refusal(answer) == (
        501,
        "0x8006088a",
        'The "startswith" function isn\'t supported for Metadata Entities',
    )
