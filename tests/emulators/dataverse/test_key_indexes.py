"""Alternate keys that clients create, and their indexes, which come later."""

from collections.abc import Iterator

import pytest

from tests.emulators.dataverse.conftest import Api, Body, refusal
from tests.emulators.dataverse.definition_bodies import (
    CRM,
    THING,
    column,
    idle,
    label,
    make,
    make_thing,
)

KEYS = f"{THING}/Keys"
KEY = {
    "@odata.type": f"{CRM}EntityKeyMetadata",
    "SchemaName": "new_ThingCode",
    "DisplayName": label("Code"),
    "KeyAttributes": ["new_code"],
}


@pytest.fixture
def things(blank: Api) -> Iterator[Api]:
    """Things with a code, and the indexes of keys held back."""
    make_thing(blank, column("String", "new_Code", MaxLength=20), column("Memo", "new_Note"))
    hold(blank, held=True)
    yield blank
    hold(blank, held=False)


def hold(api: Api, *, held: bool) -> None:
    assert api.control("PUT", "key-indexes", {"held": held}).status_code == 200


def status(api: Api) -> str:
    (key,) = api.value(KEYS)
    return str(key["EntityKeyIndexStatus"])


def test_a_key_is_pending_until_its_index_is_built(things: Api) -> None:
    make(things, KEYS, KEY)
    things.create("new_things", new_code="A1")

    before = things.get("new_things(new_code='A1')")
    pending = status(things)
    hold(things, held=False)
    idle(things)
    after = things.get("new_things(new_code='A1')")

    assert pending == "Pending"
    assert refusal(before)[:2] == (400, "0x80060888")
    assert status(things) == "Active"
    assert after.status_code == 200
    twice = things.call("POST", "new_things", {"new_code": "A1"})
    assert refusal(twice)[:2] == (412, "0x80060892")


def test_a_key_that_rows_contradict_fails_and_is_built_again(things: Api) -> None:
    first = things.create("new_things", new_code="A1")
    things.create("new_things", new_code="A1")
    make(things, KEYS, KEY)
    hold(things, held=False)
    idle(things)
    failed = status(things)
    things.call("DELETE", f"new_things({first})")

    body = {"EntityLogicalName": "new_thing", "EntityKeyLogicalName": "new_thingcode"}
    answer = things.call("POST", "ReactivateEntityKey", body)
    idle(things)

    assert failed == "Failed"
    assert answer.status_code == 204
    assert status(things) == "Active"


def test_only_a_key_that_failed_is_built_again(things: Api) -> None:
    make(things, KEYS, KEY)

    body = {"EntityLogicalName": "new_thing", "EntityKeyLogicalName": "new_thingcode"}
    answer = things.call("POST", "ReactivateEntityKey", body)

    assert refusal(answer)[:2] == (400, "0x80040203")


def test_a_key_is_deleted(things: Api) -> None:
    made = make(things, KEYS, KEY)
    hold(things, held=False)
    idle(things)

    answer = things.call("DELETE", f"{KEYS}({made})")

    assert answer.status_code == 204
    assert things.value(KEYS) == []
    things.create("new_things", new_code="A1")
    things.create("new_things", new_code="A1")


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"SchemaName": "new_ThingCode"}, (400, "0x80060893")),
        ({"SchemaName": "new_Other"}, (400, "0x80060894")),
        ({"SchemaName": "new_Other", "KeyAttributes": ["new_note"]}, (400, "0x80040203")),
        ({"SchemaName": "new_Other", "KeyAttributes": ["nothing"]}, (400, "0x80041103")),
        ({"SchemaName": "new_Other", "KeyAttributes": []}, (400, "0x80040203")),
        ({"SchemaName": "new_Other", "KeyAttributes": "new_code"}, (400, "0x80048d19")),
        ({"SchemaName": "Other"}, (400, "0x8004700b")),
        ({"SchemaName": "new_Other", "KeyAttributes": ["new_name"], "Shine": 1},
         (501, "0x80040219")),
    ],
)  # fmt: skip
def test_a_key_that_cannot_be_is_refused(
    things: Api, change: Body, expected: tuple[int, str]
) -> None:
    make(things, KEYS, KEY)

    answer = things.call("POST", KEYS, {**KEY, **change})

    assert refusal(answer)[:2] == expected
    assert len(things.value(KEYS)) == 1


def test_a_table_has_ten_keys_at_most(things: Api) -> None:
    for number in range(10):
        make(things, f"{THING}/Attributes", column("Integer", f"new_N{number}"))
        key = {"SchemaName": f"new_Key{number}", "KeyAttributes": [f"new_n{number}"]}
        make(things, KEYS, key)

    answer = things.call("POST", KEYS, KEY)

    assert refusal(answer)[:2] == (400, "0x80040203")


def test_an_unknown_control_is_refused(blank: Api) -> None:
    answer = blank.control("PUT", "key-indexes", {"hold": True})

    assert answer.status_code == 400
