"""Relationships that clients create, change and delete, with their lookups."""

import pytest

from tests.emulators.dataverse.conftest import Api, Body, refusal
from tests.emulators.dataverse.definition_bodies import (
    CRM,
    THING,
    columns_of,
    lookup_to,
    make,
    make_thing,
    table,
)

NAME = "new_account_new_thing_Account"
MENU = {"Behavior": "UseLabel", "Group": "Details", "Order": 10_000}
TOGETHER = {
    "@odata.type": f"{CRM}ManyToManyRelationshipMetadata",
    "SchemaName": "new_thing_contact",
    "Entity1LogicalName": "new_thing",
    "Entity2LogicalName": "contact",
    "IntersectEntityName": "new_thing_contact",
    "Entity1AssociatedMenuConfiguration": MENU,
    "Entity2AssociatedMenuConfiguration": MENU,
}


def test_a_relationship_makes_its_lookup(blank: Api) -> None:
    make_thing(blank)
    made = make(blank, "RelationshipDefinitions", lookup_to("account"))
    account = blank.account("Contoso")

    thing = blank.create(
        "new_things",
        **{"new_name": "A lamp", "new_Account@odata.bind": f"/accounts({account})"},
    )

    row = blank.json(f"new_things({thing})?$expand=new_Account($select=name)")
    relationship = blank.json(f"RelationshipDefinitions({made})")
    assert row["_new_account_value"] == account
    assert row["new_Account"]["name"] == "Contoso"
    assert relationship["SchemaName"] == NAME
    assert relationship["ReferencingAttribute"] == "new_account"
    assert columns_of(blank)["new_account"]["Targets"] == ["account"]


def test_the_relationship_leads_back_to_the_many(blank: Api) -> None:
    make_thing(blank)
    make(blank, "RelationshipDefinitions", lookup_to("account"))
    account = blank.account("Contoso")
    bound = {"new_Account@odata.bind": f"/accounts({account})"}
    blank.create("new_things", new_name="A lamp", **bound)

    found = blank.value(f"accounts({account})/{NAME}?$select=new_name")

    assert [row["new_name"] for row in found] == ["A lamp"]


@pytest.mark.parametrize(
    ("cascade", "status", "left"),
    [("RemoveLink", 204, 1), ("Cascade", 204, 0), ("Restrict", 405, 1)],
)
def test_the_cascade_says_what_goes_with_a_row(
    blank: Api, cascade: str, status: int, left: int
) -> None:
    make_thing(blank)
    body = lookup_to("account")
    body["CascadeConfiguration"]["Delete"] = cascade
    make(blank, "RelationshipDefinitions", body)
    account = blank.account("Contoso")
    bound = {"new_Account@odata.bind": f"/accounts({account})"}
    blank.create("new_things", **bound)

    answer = blank.call("DELETE", f"accounts({account})")

    rows = blank.value("new_things")
    assert answer.status_code == status
    assert len(rows) == left
    if cascade == "RemoveLink":
        assert rows[0]["_new_account_value"] is None


def test_a_cascade_is_changed(blank: Api) -> None:
    make_thing(blank)
    make(blank, "RelationshipDefinitions", lookup_to("account"))
    address = f"RelationshipDefinitions(SchemaName='{NAME}')"
    body = blank.json(address)
    body["CascadeConfiguration"]["Delete"] = "Restrict"

    answer = blank.call("PUT", address, body, **{"MSCRM.MergeLabels": "true"})

    assert answer.status_code == 204
    assert blank.json(address)["CascadeConfiguration"]["Delete"] == "Restrict"


def test_a_relationship_goes_with_its_lookup(blank: Api) -> None:
    make_thing(blank)
    made = make(blank, "RelationshipDefinitions", lookup_to("account"))

    answer = blank.call("DELETE", f"RelationshipDefinitions({made})", If_Match="*")

    assert answer.status_code == 204
    assert "new_account" not in columns_of(blank)
    assert refusal(blank.get(f"RelationshipDefinitions({made})"))[0] == 404


def test_rows_are_brought_together_and_parted(blank: Api) -> None:
    make_thing(blank)
    make(blank, "RelationshipDefinitions", TOGETHER)
    thing = blank.create("new_things", new_name="A lamp")
    contact = blank.create("contacts", lastname="Lee")
    links = f"new_things({thing})/new_thing_contact"

    joined = blank.call("POST", f"{links}/$ref", {"@odata.id": f"{blank.root}contacts({contact})"})
    together = blank.value(f"{links}?$select=contactid")
    parted = blank.call("DELETE", f"{links}({contact})/$ref")

    assert (joined.status_code, parted.status_code) == (204, 204)
    assert [row["contactid"] for row in together] == [contact]
    assert blank.value(links) == []


def test_a_many_to_many_relationship_is_listed_changed_and_deleted(blank: Api) -> None:
    make_thing(blank)
    made = make(blank, "RelationshipDefinitions", TOGETHER)
    address = f"RelationshipDefinitions({made})"
    body = blank.json(address)
    body["Entity1AssociatedMenuConfiguration"]["Behavior"] = "DoNotDisplay"

    changed = blank.call("PUT", address, body)
    (listed,) = blank.value(f"{THING}/ManyToManyRelationships")
    deleted = blank.call("DELETE", address)

    assert (changed.status_code, deleted.status_code) == (204, 204)
    assert listed["Entity1AssociatedMenuConfiguration"]["Behavior"] == "DoNotDisplay"
    assert blank.value(f"{THING}/ManyToManyRelationships") == []
    assert blank.get("EntityDefinitions(LogicalName='new_thing_contact')").status_code == 404


def test_a_table_takes_its_relationships_along(blank: Api) -> None:
    made = make_thing(blank)
    make(blank, "RelationshipDefinitions", lookup_to("account"))
    make(blank, "RelationshipDefinitions", TOGETHER)

    answer = blank.call("DELETE", f"EntityDefinitions({made})")

    assert answer.status_code == 204
    assert blank.value("RelationshipDefinitions?$filter=IsCustomRelationship eq true") == []


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"ReferencedEntity": "nothing"}, 400, "0x80041102"),
        ({"ReferencingEntity": "nothing"}, 400, "0x80041102"),
        ({"ReferencedAttribute": "name"}, 400, "0x80040203"),
        ({"SchemaName": "nothing"}, 400, "0x8004700b"),
        ({"Lookup": None}, 400, "0x80040203"),
        ({"Lookup": "new_Account"}, 400, "0x80048d19"),
        ({"CascadeConfiguration": {"Delete": "NoCascade"}}, 400, "0x80040203"),
        ({"CascadeConfiguration": {"Delete": "Gone"}}, 501, "0x80040219"),
        ({"@odata.type": f"{CRM}Other"}, 400, "0x80040203"),
        ({"IsHierarchical": True}, 501, "0x80040219"),
    ],
)
def test_a_relationship_that_cannot_be_is_refused(
    blank: Api, change: Body, status: int, code: str
) -> None:
    make_thing(blank)

    answer = blank.call("POST", "RelationshipDefinitions", {**lookup_to("account"), **change})

    assert refusal(answer)[:2] == (status, code)
    assert "new_account" not in columns_of(blank)


def test_a_second_relationship_of_a_name_is_refused(blank: Api) -> None:
    make_thing(blank)
    make(blank, "RelationshipDefinitions", lookup_to("account"))
    other = {**lookup_to("account", "new_Other"), "SchemaName": NAME}

    answer = blank.call("POST", "RelationshipDefinitions", other)

    assert refusal(answer)[:2] == (400, "0x80047010")


def test_a_table_is_not_brought_together_with_itself(blank: Api) -> None:
    make_thing(blank)

    answer = blank.call(
        "POST", "RelationshipDefinitions", {**TOGETHER, "Entity2LogicalName": "new_thing"}
    )

    assert refusal(answer)[:2] == (501, "0x80040219")


def test_microsoft_s_relationships_stay_as_they_are(blank: Api) -> None:
    make(blank, "EntityDefinitions", table())
    address = "RelationshipDefinitions(SchemaName='lk_new_thing_createdby')"

    answers = [
        blank.call("DELETE", address),
        blank.call("PUT", address, blank.json(address)),
        blank.call("DELETE", "RelationshipDefinitions(SchemaName='teammembership_association')"),
    ]

    assert [refusal(answer)[:2] for answer in answers] == [(400, "0x8004700a")] * 3
