"""Global choices and options that clients create, change and delete."""

import pytest

from tests.emulators.dataverse.conftest import Api, Body, refusal
from tests.emulators.dataverse.definition_bodies import (
    CRM,
    choice,
    column,
    label,
    label_text,
    make,
    make_thing,
)

SIZE = "GlobalOptionSetDefinitions(Name='new_size')"
BOUND = {"GlobalOptionSet@odata.bind": "/GlobalOptionSetDefinitions(Name='new_size')"}


def options_of(api: Api, address: str = SIZE) -> dict[int, str]:
    return {option["Value"]: label_text(option["Label"]) for option in api.json(address)["Options"]}


def test_an_option_is_inserted_updated_and_deleted(blank: Api) -> None:
    make(blank, "GlobalOptionSetDefinitions", choice(Small=1, Large=2))
    about = {"OptionSetName": "new_size"}

    inserted = blank.call(
        "POST", "InsertOptionValue", {**about, "Value": 3, "Label": label("Huge")}
    )
    numbered = blank.call("POST", "InsertOptionValue", {**about, "Label": label("Tiny")})
    updated = blank.call(
        "POST",
        "UpdateOptionValue",
        {**about, "Value": 3, "Label": label("Vast"), "MergeLabels": True},
    )
    deleted = blank.call("POST", "DeleteOptionValue", {**about, "Value": 2})

    assert inserted.json()["NewOptionValue"] == 3
    assert numbered.json()["NewOptionValue"] == 100_000_000
    assert (updated.status_code, deleted.status_code) == (204, 204)
    assert options_of(blank) == {1: "Small", 3: "Vast", 100_000_000: "Tiny"}


def test_columns_follow_their_choice(blank: Api) -> None:
    make(blank, "GlobalOptionSetDefinitions", choice(Small=1))
    make_thing(blank, column("Picklist", "new_Size", **BOUND))
    refused = blank.call("POST", "new_things", {"new_size": 2})

    body = {"OptionSetName": "new_size", "Value": 2, "Label": label("Large")}
    inserted = blank.call("POST", "InsertOptionValue", body)

    row_id = blank.create("new_things", new_size=2)
    assert refusal(refused)[:2] == (400, "0x8004431a")
    assert inserted.status_code == 200
    assert blank.json(f"new_things({row_id})")["new_size"] == 2


def test_options_of_a_column_s_own_are_changed_through_the_column(blank: Api) -> None:
    own = {"IsGlobal": False, "Options": [{"Value": 7, "Label": label("Red")}]}
    make_thing(blank, column("Picklist", "new_Colour", OptionSet=own))
    about = {"EntityLogicalName": "new_thing", "AttributeLogicalName": "new_colour"}

    answer = blank.call("POST", "InsertOptionValue", {**about, "Value": 8, "Label": label("Blue")})

    assert answer.status_code == 200
    blank.create("new_things", new_colour=8)


def test_the_name_of_a_choice_is_changed_and_its_options_stay(blank: Api) -> None:
    make(blank, "GlobalOptionSetDefinitions", choice(Small=1))
    body = {**blank.json(SIZE), "DisplayName": label("Extent")}

    answer = blank.call("PUT", SIZE, body, **{"MSCRM.MergeLabels": "true"})

    assert answer.status_code == 204
    assert label_text(blank.json(SIZE)["DisplayName"]) == "Extent"
    assert options_of(blank) == {1: "Small"}


def test_options_are_not_changed_by_changing_the_choice(blank: Api) -> None:
    make(blank, "GlobalOptionSetDefinitions", choice(Small=1))

    answer = blank.call("PUT", SIZE, {**blank.json(SIZE), "Options": choice(Large=2)["Options"]})

    assert refusal(answer)[:2] == (501, "0x80040219")


def test_a_choice_is_deleted_when_no_column_uses_it(blank: Api) -> None:
    make(blank, "GlobalOptionSetDefinitions", choice(Small=1))
    make_thing(blank, column("Picklist", "new_Size", **BOUND))
    used = blank.call("DELETE", SIZE)
    blank.call("DELETE", "EntityDefinitions(LogicalName='new_thing')")

    unused = blank.call("DELETE", SIZE)

    assert refusal(used)[:2] == (400, "0x8004f01f")
    assert "the column new_size of new_thing" in refusal(used)[2]
    assert unused.status_code == 204
    assert blank.get(SIZE).status_code == 404


@pytest.mark.parametrize(
    ("given", "status", "code"),
    [
        (choice("size"), 400, "0x8004700b"),
        ({**choice(), "@odata.type": f"{CRM}BooleanOptionSetMetadata"}, 501, "0x80040219"),
        ({**choice(), "IsGlobal": False}, 400, "0x80040203"),
        ({**choice(), "Options": [{"Value": "1"}]}, 400, "0x80040203"),
        ({**choice(), "Options": [{"Value": 1}, {"Value": 1}]}, 400, "0x80048403"),
        ({**choice(), "Options": [{"Value": 1, "Color": "#ff0000"}]}, 501, "0x80040219"),
        ({**choice(), "Options": {"Value": 1}}, 400, "0x80048d19"),
    ],
)
def test_a_choice_that_cannot_be_is_refused(
    blank: Api, given: Body, status: int, code: str
) -> None:
    answer = blank.call("POST", "GlobalOptionSetDefinitions", given)

    assert refusal(answer)[:2] == (status, code)
    assert blank.value("GlobalOptionSetDefinitions") == []


def test_a_second_choice_of_a_name_is_refused(blank: Api) -> None:
    make(blank, "GlobalOptionSetDefinitions", choice(Small=1))

    answer = blank.call("POST", "GlobalOptionSetDefinitions", choice("NEW_size"))

    assert refusal(answer)[:2] == (400, "0x80044345")


@pytest.mark.parametrize(
    ("action", "more", "status", "code"),
    [
        ("InsertOptionValue", {"Value": 1, "Label": label("Small")}, 400, "0x80048403"),
        ("InsertOptionValue", {"Value": 2}, 400, "0x80040203"),
        ("InsertOptionValue", {"Value": "2", "Label": label("Large")}, 400, "0x80040203"),
        ("InsertOptionValue", {"Value": 2, "Label": label("x"), "Shine": 1}, 501, "0x80040219"),
        ("UpdateOptionValue", {"Value": 2, "Label": label("Large")}, 400, "0x80048403"),
        ("DeleteOptionValue", {"Value": 2}, 400, "0x80048403"),
        ("DeleteOptionValue", {"Value": [1]}, 400, "0x80048403"),
        ("DeleteOptionValue", {"Value": True}, 400, "0x80048403"),
        ("DeleteOptionValue", {}, 400, "0x80040203"),
        ("OrderOption", {"Values": [1]}, 501, "0x80040219"),
    ],
)
def test_an_option_that_cannot_be_is_refused(
    blank: Api, action: str, more: Body, status: int, code: str
) -> None:
    make(blank, "GlobalOptionSetDefinitions", choice(Small=1))

    answer = blank.call("POST", action, {"OptionSetName": "new_size", **more})

    assert refusal(answer)[:2] == (status, code)
    assert options_of(blank) == {1: "Small"}


def test_an_option_joins_a_solution_with_its_choice(blank: Api) -> None:
    made = make(blank, "GlobalOptionSetDefinitions", choice(Small=1))
    body = {
        "OptionSetName": "new_size",
        "Value": 2,
        "Label": label("Large"),
        "SolutionUniqueName": "Default",
    }

    blank.call("POST", "InsertOptionValue", body)

    (component,) = blank.value(f"solutioncomponents?$filter=objectid eq {made}")
    assert component["componenttype"] == 9
