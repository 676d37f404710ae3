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
        (f"{CONTRACT}?$expand=Privileges", 501),
        (f"{CONTRACT}?$filter=LogicalName eq 'x'", 501),
        ("EntityDefinitions?$top=5", 501),
        ("EntityDefinitions?$filter=length(LogicalName) eq 1", 400),
        ("EntityDefinitions?$filter=OwnershipType eq Microsoft.Dynamics.CRM.Other'x'", 501),
        ("EntityDefinitions(w365_job)", 400),
        ("GlobalOptionSetDefinitions(Name='nothing')", 404),
        ("RelationshipDefinitions(SchemaName='nothing')", 404),
        (f"{CONTRACT}/Keys(LogicalName='nothing')", 404),
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


def test_enumerations_and_paths_are_filtered_by(api: Api) -> None:
    owned = api.value(
        "EntityDefinitions?$select=LogicalName&$filter=OwnershipType eq "
        "Microsoft.Dynamics.CRM.OwnershipTypes'UserOwned' and IsAuditEnabled/Value eq true"
    )
    required = api.value(
        f"{CONTRACT}/Attributes?$select=LogicalName&$filter=RequiredLevel/Value eq "
        "Microsoft.Dynamics.CRM.AttributeRequiredLevel'ApplicationRequired' and "
        "not (LogicalName eq 'w365_name')"
    )

    assert "w365_billingcontract" in {row["LogicalName"] for row in owned}
    assert "pricelevel" not in {row["LogicalName"] for row in owned}
    assert "w365_name" not in {row["LogicalName"] for row in required}
    assert "w365_customer" in {row["LogicalName"] for row in required}


def test_a_choice_is_found_with_its_options(api: Api) -> None:
    by_name = api.json("GlobalOptionSetDefinitions(Name='w365_contracttype')")
    by_id = api.json(f"GlobalOptionSetDefinitions({by_name['MetadataId']})")
    (column,) = api.value(
        f"{CONTRACT}/Attributes/Microsoft.Dynamics.CRM.PicklistAttributeMetadata"
        "?$select=LogicalName&$filter=LogicalName eq 'w365_contracttype'"
        "&$expand=GlobalOptionSet($select=Name)"
    )

    assert by_name == by_id
    assert [option["Value"] for option in by_name["Options"]] == [365000000, 365000001, 365000002]
    assert column["GlobalOptionSet"]["Name"] == "w365_contracttype"


def test_a_relationship_is_found_from_both_ends_and_by_its_name(api: Api) -> None:
    name = "w365_account_billingcontract_Customer"
    condition = f"$filter=SchemaName eq '{name}'"

    (near,) = api.value(f"{CONTRACT}/ManyToOneRelationships?{condition}")
    (far,) = api.value(
        f"EntityDefinitions(LogicalName='account')/OneToManyRelationships?{condition}"
    )
    (listed,) = api.value(f"RelationshipDefinitions?{condition}")
    alone = api.json(f"RelationshipDefinitions({near['MetadataId']})")

    assert near == far == listed
    assert alone.pop("@odata.context").endswith("#RelationshipDefinitions/$entity")
    assert alone == near
    assert near["ReferencedEntity"] == "account"
    assert near["CascadeConfiguration"]["Delete"] == "Restrict"


def test_what_is_below_a_table_can_be_expanded(api: Api) -> None:
    found = api.json(
        f"{CONTRACT}?$select=LogicalName&$expand=Attributes($select=LogicalName;"
        "$filter=IsCustomAttribute eq false),Keys($select=KeyAttributes)"
    )

    names = [column["LogicalName"] for column in found["Attributes"]]
    assert "createdon" in names
    assert "w365_name" not in names
    assert found["Keys"][0]["KeyAttributes"] == ["w365_key"]


def test_one_property_of_a_table_is_read_alone(api: Api) -> None:
    found = api.json(f"{CONTRACT}/EntitySetName")

    assert found["value"] == "w365_billingcontracts"


def test_a_blank_environment_knows_nothing_of_us(blank: Api) -> None:
    tables = {row["LogicalName"] for row in blank.value("EntityDefinitions?$select=LogicalName")}
    columns = blank.value("EntityDefinitions(LogicalName='account')/Attributes")

    assert {"account", "product", "solution", "savedquery", "role"} <= tables
    assert not {name for name in tables if name.startswith("w365_")}
    assert not {c["LogicalName"] for c in columns if c["LogicalName"].startswith("w365_")}
    assert blank.value("GlobalOptionSetDefinitions") == []
    assert blank.value("EntityDefinitions(LogicalName='account')/Keys") == []
