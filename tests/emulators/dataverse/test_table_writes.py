"""Tables and columns that clients create, change and delete."""

from decimal import Decimal

import pytest

from tests.emulators.dataverse.conftest import Api, Body, refusal
from tests.emulators.dataverse.definition_bodies import (
    CRM,
    THING,
    choice,
    column,
    columns_of,
    label,
    label_text,
    lookup_to,
    make,
    make_thing,
    table,
)

NAME_TAKEN = "0x80047010"


def test_a_table_is_created_and_rows_are_kept_in_it(blank: Api) -> None:
    made = make_thing(blank)

    definition = blank.json(f"EntityDefinitions({made})")
    row_id = blank.create("new_things", new_name="A lamp")
    row = blank.json(f"new_things({row_id})")

    assert definition["LogicalName"] == "new_thing"
    assert definition["PrimaryIdAttribute"] == "new_thingid"
    assert definition["PrimaryNameAttribute"] == "new_name"
    assert label_text(definition["DisplayCollectionName"]) == "Things"
    assert row["new_name"] == "A lamp"
    assert row["statecode"] == 0


def test_a_table_is_born_with_the_system_s_columns(blank: Api) -> None:
    make_thing(blank)

    found = columns_of(blank)

    assert {
        "createdon", "modifiedby", "ownerid", "owningbusinessunit", "statecode", "statuscode",
        "versionnumber", "importsequencenumber", "timezoneruleversionnumber",
    } <= found.keys()  # fmt: skip
    assert found["ownerid"]["AttributeType"] == "Owner"
    assert found["new_thingid"]["SchemaName"] == "new_ThingId"
    assert found["new_name"]["RequiredLevel"]["Value"] == "None"


def test_a_table_of_the_organization_has_no_owner(blank: Api) -> None:
    make(blank, "EntityDefinitions", table(OwnershipType="OrganizationOwned"))

    row_id = blank.create("new_things", new_name="A lamp")

    assert "ownerid" not in columns_of(blank)
    assert "_ownerid_value" not in blank.json(f"new_things({row_id})")


def test_a_new_definition_is_shown_where_that_is_preferred(blank: Api) -> None:
    answer = blank.call("POST", "EntityDefinitions", table(), prefer="return=representation")

    assert answer.status_code == 201
    assert answer.json()["LogicalName"] == "new_thing"
    assert "OData-EntityId" not in answer.headers


@pytest.mark.parametrize(
    ("given", "value", "edm"),
    [
        (column("String", "new_Text", MaxLength=5), "lamp", "Text"),
        (column("Memo", "new_Note", MaxLength=2000), "one\ntwo", "TextArea"),
        (column("Integer", "new_Count", MinValue=0, MaxValue=9, Format="None"), 7, "None"),
        (column("BigInt", "new_Bytes"), 9_000_000_000, None),
        (column("Decimal", "new_Weight", Precision=3), Decimal("1.125"), None),
        (column("Double", "new_Share", Precision=2), Decimal("0.25"), None),
        (column("Boolean", "new_IsBright", DefaultValue=False), True, None),
        (
            column(
                "DateTime", "new_Day", Format="DateOnly", DateTimeBehavior={"Value": "DateOnly"}
            ),
            "2026-03-01",
            "DateOnly",
        ),
        (column("DateTime", "new_Moment"), "2026-03-01T10:00:00Z", "DateAndTime"),
    ],
)
def test_a_column_of_each_kind_keeps_its_values(
    blank: Api, given: Body, value: object, edm: str | None
) -> None:
    make_thing(blank, given)
    name = given["SchemaName"].lower()

    row_id = blank.create("new_things", **{name: _sent(value)})
    found = blank.json(f"new_things({row_id})?$select={name}")[name]

    assert found == value
    assert columns_of(blank)[name].get("Format") == edm


def _sent(value: object) -> object:
    return float(value) if isinstance(value, Decimal) else value


def test_money_brings_currency_rate_and_base_amount(blank: Api) -> None:
    make_thing(blank, column("Money", "new_Price", PrecisionSource=0, Precision=2))
    dollars = blank.value("transactioncurrencies?$filter=isocurrencycode eq 'USD'")[0]

    row_id = blank.create(
        "new_things",
        **{
            "new_price": 11,
            "transactioncurrencyid@odata.bind": (
                f"/transactioncurrencies({dollars['transactioncurrencyid']})"
            ),
        },
    )
    row = blank.json(f"new_things({row_id})")
    found = columns_of(blank)

    assert row["new_price_base"] == Decimal(10)
    assert row["exchangerate"] == Decimal("1.1")
    assert found["new_price_base"]["IsValidForUpdate"] is False
    assert found["new_price_base"]["CalculationOf"] == "new_price"
    assert {"transactioncurrencyid", "exchangerate"} <= found.keys()


def test_a_column_has_options_of_its_own_or_those_of_a_choice(blank: Api) -> None:
    shared = make(blank, "GlobalOptionSetDefinitions", choice(Small=1, Large=2))
    own = {"IsGlobal": False, "Options": [{"Value": 7, "Label": label("Red")}]}
    make_thing(
        blank,
        column(
            "Picklist",
            "new_Size",
            **{"GlobalOptionSet@odata.bind": f"/GlobalOptionSetDefinitions({shared})"},
            DefaultFormValue=2,
        ),
        column("Picklist", "new_Colour", OptionSet=own),
        column("MultiSelectPicklist", "new_Colours", OptionSet=own),
    )

    row_id = blank.create("new_things", new_colour=7, new_colours="7")
    row = blank.json(f"new_things({row_id})", prefer='odata.include-annotations="*"')
    refused = blank.call("POST", "new_things", {"new_colour": 8})

    assert row["new_size"] == 2
    assert row["new_size@OData.Community.Display.V1.FormattedValue"] == "Large"
    assert row["new_colours"] == "7"
    assert refusal(refused)[:2] == (400, "0x8004431a")


@pytest.mark.parametrize(
    ("given", "status", "code"),
    [
        (column("UniqueIdentifier", "new_Id"), 400, "0x80040203"),
        (column("Lookup", "new_Account"), 400, "0x80040203"),
        (column("File", "new_Paper"), 501, "0x80040219"),
        (column("Image", "new_Picture"), 501, "0x80040219"),
        (column("String", "Name"), 400, "0x8004700b"),
        (column("String", "new_Name"), 400, "0x80047013"),
        (column("String", "new_Long", MaxLength=4001), 400, "0x80040203"),
        (column("String", "new_Text", MaxLength="5"), 400, "0x80048d19"),
        (column("Decimal", "new_Weight", Precision=11), 400, "0x80040203"),
        (column("Integer", "new_Count", MinValue=9, MaxValue=0), 400, "0x80040203"),
        (column("Picklist", "new_Size"), 400, "0x80040203"),
        (
            column("Picklist", "new_Size", **{"GlobalOptionSet@odata.bind": "/Nothing(1)"}),
            400,
            "0x80040203",
        ),
        (column("String", "new_Text", Shine=True), 501, "0x80040219"),
        (column("String", "new_Text", IsValidForRead=False), 501, "0x80040219"),
        (column("String", "new_Text", FormatName={"Value": "Song"}), 501, "0x80040219"),
        (
            column("String", "new_Text", DisplayName={"LocalizedLabels": [{"LanguageCode": 1031}]}),
            501,
            "0x80040219",
        ),
        (column("String", "new_Text", DisplayName="Text"), 400, "0x80048d19"),
        (
            column("DateTime", "new_Day", DateTimeBehavior={"Value": "DateOnly"},
                   Format="DateAndTime"),
            400,
            "0x80040203",
        ),
    ],
)  # fmt: skip
def test_a_column_that_cannot_be_is_refused(
    blank: Api, given: Body, status: int, code: str
) -> None:
    make_thing(blank)
    before = columns_of(blank)

    answer = blank.call("POST", f"{THING}/Attributes", given)

    assert refusal(answer)[:2] == (status, code)
    assert columns_of(blank) == before


@pytest.mark.parametrize(
    ("given", "status", "code"),
    [
        (table("new_Account", EntitySetName="accounts"), 400, "0x8004700b"),
        (table("Thing"), 400, "0x8004700b"),
        (table(Attributes=[]), 400, "0x80047014"),
        (table(Attributes=[column("Memo", "new_Name", IsPrimaryName=True)]), 400, "0x80047014"),
        (table(Attributes="new_Name"), 400, "0x80048d19"),
        (table(IsActivity=True), 501, "0x80040219"),
        (table(OwnershipType="None"), 501, "0x80040219"),
        (table(HasNotes="no"), 400, "0x80048d19"),
        ({**table(), "@odata.type": f"{CRM}Other"}, 400, "0x80040203"),
        ({**table(), "SchemaName": None}, 400, "0x80040203"),
    ],
)
def test_a_table_that_cannot_be_is_refused(blank: Api, given: Body, status: int, code: str) -> None:
    answer = blank.call("POST", "EntityDefinitions", given)

    assert refusal(answer)[:2] == (status, code)
    assert blank.get(THING).status_code == 404


def test_a_second_table_of_a_name_is_refused(blank: Api) -> None:
    make_thing(blank)

    answer = blank.call("POST", "EntityDefinitions", table("NEW_thing"))

    assert refusal(answer)[:2] == (400, NAME_TAKEN)


def test_a_table_is_changed_by_its_whole_definition(blank: Api) -> None:
    make_thing(blank)
    body = {
        **blank.json(THING),
        "Description": label("Whatever there is."),
        "ChangeTrackingEnabled": True,
    }

    answer = blank.call("PUT", THING, body, **{"MSCRM.MergeLabels": "true"})

    found = blank.json(THING)
    assert answer.status_code == 204
    assert label_text(found["Description"]) == "Whatever there is."
    assert label_text(found["DisplayName"]) == "Thing"
    assert blank.get("new_things", prefer="odata.track-changes").status_code == 200


def test_change_tracking_is_not_switched_off_again(blank: Api) -> None:
    make(blank, "EntityDefinitions", table(ChangeTrackingEnabled=True))

    answer = blank.call("PUT", THING, {**blank.json(THING), "ChangeTrackingEnabled": False})

    assert refusal(answer)[:2] == (400, "0x80040203")


@pytest.mark.parametrize(("merges", "expected"), [("true", "Text"), ("false", None)])
def test_labels_that_are_left_out_stay_only_where_they_are_merged(
    blank: Api, merges: str, expected: str | None
) -> None:
    make_thing(blank, column("String", "new_Text", MaxLength=5))
    address = f"{THING}/Attributes(LogicalName='new_text')"
    body = {**blank.json(address), "MaxLength": 50, "DisplayName": None}

    answer = blank.call("PUT", address, body, **{"MSCRM.MergeLabels": merges})

    found = blank.json(f"{address}/{CRM}StringAttributeMetadata")
    assert answer.status_code == 204
    assert found["MaxLength"] == 50
    assert label_text(found["DisplayName"]) == (expected or "new_Text")


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"@odata.type": f"#{CRM}MemoAttributeMetadata"}, 400),
        ({"LogicalName": "new_other"}, 501),
        ({"IsCustomAttribute": False}, 501),
        ({"MaxLength": 0}, 400),
        ({"Shine": True}, 501),
    ],
)
def test_a_change_that_cannot_be_is_refused(blank: Api, change: Body, status: int) -> None:
    make_thing(blank, column("String", "new_Text", MaxLength=5))
    address = f"{THING}/Attributes(LogicalName='new_text')"
    before = blank.json(address)

    answer = blank.call("PUT", address, {**before, **change})

    assert refusal(answer)[0] == status
    assert blank.json(address) == before


def test_a_day_does_not_become_a_moment(blank: Api) -> None:
    make_thing(
        blank,
        column("DateTime", "new_Day", Format="DateOnly", DateTimeBehavior={"Value": "DateOnly"}),
    )
    address = f"{THING}/Attributes(LogicalName='new_day')"
    body = {**blank.json(address), "DateTimeBehavior": {"Value": "UserLocal"}}

    answer = blank.call("PUT", address, body)

    assert refusal(answer)[:2] == (400, "0x80040203")


def test_a_column_of_microsoft_s_table_can_be_ours(blank: Api) -> None:
    make(
        blank,
        "EntityDefinitions(LogicalName='account')/Attributes",
        column("String", "new_Tier", MaxLength=10),
    )

    account = blank.account(new_tier="gold")

    assert blank.json(f"accounts({account})")["new_tier"] == "gold"


def test_a_column_is_deleted_with_its_values(blank: Api) -> None:
    make_thing(blank, column("Money", "new_Price", PrecisionSource=2))
    row_id = blank.create("new_things", new_price=5)

    answer = blank.call("DELETE", f"{THING}/Attributes(LogicalName='new_price')")

    assert answer.status_code == 204
    assert not {"new_price", "new_price_base"} & columns_of(blank).keys()
    assert "new_price" not in blank.json(f"new_things({row_id})")


@pytest.mark.parametrize(
    ("name", "code"),
    [("new_name", "0x80047002"), ("createdon", "0x80047009"), ("new_price_base", "0x80047016")],
)
def test_a_column_that_is_needed_is_not_deleted(blank: Api, name: str, code: str) -> None:
    make_thing(blank, column("Money", "new_Price"))

    answer = blank.call("DELETE", f"{THING}/Attributes(LogicalName='{name}')")

    assert refusal(answer)[:2] == (400, code)


def test_a_table_is_deleted_with_its_rows(blank: Api) -> None:
    made = make_thing(blank)
    blank.create("new_things", new_name="A lamp")

    answer = blank.call("DELETE", f"EntityDefinitions({made})", If_Match="*")

    assert answer.status_code == 204
    assert refusal(blank.get("new_things"))[:2] == (404, "0x8006088a")
    make_thing(blank)
    assert blank.value("new_things") == []


def test_a_table_of_microsoft_is_not_deleted(blank: Api) -> None:
    answer = blank.call("DELETE", "EntityDefinitions(LogicalName='account')")

    assert refusal(answer)[:2] == (400, "0x80047008")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("PATCH", THING),
        ("PUT", "EntityDefinitions"),
        ("POST", THING),
        ("PUT", f"{THING}/Attributes"),
        ("PATCH", f"{THING}/Attributes(LogicalName='new_name')"),
        ("PUT", f"{THING}/Keys(LogicalName='new_key')"),
        ("PATCH", "GlobalOptionSetDefinitions"),
        ("PUT", "RelationshipDefinitions"),
    ],
)
def test_there_is_no_other_method(blank: Api, method: str, path: str) -> None:
    make_thing(blank)

    answer = blank.call(method, path, {})

    assert refusal(answer)[:2] == (405, "0x80060888")


def test_the_official_client_s_action_creates_tables_with_columns(blank: Api) -> None:
    body = {
        **table(HasNotes=True),
        "@odata.type": f"{CRM}ComplexEntityMetadata",
        "Attributes": [
            {**column("String", "new_Name", IsPrimaryName=True), "@odata.type":
             f"{CRM}ComplexStringAttributeMetadata"},
            {**column("Memo", "new_Note", FormatName={"Value": "Text"}, ImeMode="Auto"),
             "@odata.type": f"{CRM}ComplexMemoAttributeMetadata"},
            {**column("DateTime", "new_On", Format="DateOnly", ImeMode="Inactive"),
             "@odata.type": f"{CRM}ComplexDateTimeAttributeMetadata"},
        ],
    }  # fmt: skip

    answer = blank.call("POST", "CreateEntities?SolutionUniqueName=Default", {"Entities": [body]})

    (table_id,) = answer.json()["EntityIds"]
    (component,) = blank.value(f"solutioncomponents?$filter=objectid eq {table_id}")
    assert answer.status_code == 200
    assert {"new_note", "new_on"} <= columns_of(blank).keys()
    assert component["componenttype"] == 1


def test_tables_of_one_action_are_all_created_or_none(blank: Api) -> None:
    bodies = [table("new_Thing"), table("Other")]

    answer = blank.call("POST", "CreateEntities", {"Entities": bodies})

    assert refusal(answer)[0] == 400
    assert blank.get(THING).status_code == 404


def test_rows_are_held_to_a_changed_definition(blank: Api) -> None:
    make_thing(blank)
    address = f"{THING}/Attributes(LogicalName='new_name')"

    changed = blank.call("PUT", address, {**blank.json(address), "MaxLength": 5})

    assert changed.status_code == 204
    refused = blank.call("POST", "new_things", {"new_name": "A lamp"})
    assert refusal(refused)[:2] == (400, "0x80044331")


def test_a_lookup_is_relabelled_and_stays_one(blank: Api) -> None:
    make_thing(blank)
    make(blank, "RelationshipDefinitions", lookup_to("account"))
    address = f"{THING}/Attributes(LogicalName='new_account')"
    body = {**blank.json(address), "DisplayName": label("Customer")}

    answer = blank.call("PUT", address, body)

    assert answer.status_code == 204
    found = blank.json(address)
    assert label_text(found["DisplayName"]) == "Customer"
    assert found["Targets"] == ["account"]
