"""The bulk actions: all rows or none."""

import httpx
import pytest

from tests.emulators.dataverse.conftest import Api, Body, refusal
from tests.emulators.dataverse.conftest import served as served_app
from work365.emulators.dataverse.app import create_app

ABSENT = "11111111-1111-4111-8111-111111111111"


def bulk(api: Api, action: str, *rows: Body) -> httpx.Response:
    kind = {"@odata.type": "Microsoft.Dynamics.CRM.account"}
    return api.call(
        "POST",
        f"accounts/Microsoft.Dynamics.CRM.{action}",
        {"Targets": [{**kind, **row} for row in rows]},
    )


def names(api: Api) -> list[str]:
    return [row["name"] for row in api.value("accounts?$select=name&$orderby=name")]


def test_rows_are_created_and_their_ids_are_told_in_their_order(api: Api) -> None:
    answer = bulk(api, "CreateMultiple", {"name": "a"}, {"name": "b"})

    ids = answer.json()["Ids"]
    context = f"{api.root}$metadata#Microsoft.Dynamics.CRM.CreateMultipleResponse"
    assert answer.json()["@odata.context"] == context
    assert [api.json(f"accounts({each})")["name"] for each in ids] == ["a", "b"]


def test_one_row_that_cannot_be_created_stops_all(api: Api) -> None:
    answer = bulk(api, "CreateMultiple", {"name": "a", "w365_key": "1"}, {"w365_key": "1"})

    assert refusal(answer)[:2] == (412, "0x80060892")
    assert names(api) == []


def test_an_id_that_is_taken_stops_all(api: Api) -> None:
    row_id = api.account("there")

    answer = bulk(api, "CreateMultiple", {"name": "a"}, {"name": "b", "accountid": row_id})

    assert refusal(answer) == (412, "0x80040237", "Cannot insert duplicate key.")
    assert names(api) == ["there"]


def test_rows_are_updated(api: Api) -> None:
    ids = [api.account("a"), api.account("b")]

    answer = bulk(
        api, "UpdateMultiple", *({"accountid": each, "name": f"new {each}"} for each in ids)
    )

    assert (answer.status_code, answer.content) == (204, b"")
    assert names(api) == sorted(f"new {each}" for each in ids)


def test_rows_that_are_absent_stop_an_update(api: Api) -> None:
    row_id = api.account("a")

    answer = bulk(api, "UpdateMultiple", {"accountid": row_id, "name": "b"}, {"accountid": ABSENT})

    expected = (404, "0x80040217", f"Account With Ids = {ABSENT} Do Not Exist")
    assert refusal(answer) == expected
    assert names(api) == ["a"]


def test_rows_are_created_or_updated_by_key_or_id(api: Api) -> None:
    api.account("old", w365_key="1")

    answer = bulk(
        api,
        "UpsertMultiple",
        {"@odata.id": "accounts(w365_key='1')", "name": "updated by key"},
        {"@odata.id": f"{api.root}accounts(w365_key='2')", "name": "created by key"},
        {"accountid": ABSENT, "name": "created by id"},
        {"accountid": ABSENT, "name": "updated by id"},
    )

    assert answer.status_code == 204
    rows = api.value("accounts?$orderby=name&$select=name,w365_key")
    assert [(row["name"], row["w365_key"]) for row in rows] == [
        ("created by key", "2"),
        ("updated by id", None),
        ("updated by key", "1"),
    ]


def test_the_key_of_a_new_row_is_not_also_in_its_body(api: Api) -> None:
    row = {"@odata.id": "accounts(w365_key='1')", "w365_key": "1"}

    new = bulk(api, "UpsertMultiple", row)
    api.account("there", w365_key="1")
    present = bulk(api, "UpsertMultiple", row)

    assert refusal(new)[:2] == (400, "0x80040216")
    assert present.status_code == 204


def test_an_emulator_can_be_told_to_accept_the_key_in_the_body() -> None:
    with served_app(create_app(state=None, accepts_key_in_body=True)) as url:
        api = Api(url)

        answer = bulk(
            api, "UpsertMultiple", {"@odata.id": "accounts(w365_key='1')", "w365_key": "1"}
        )

        api.http.close()
    assert answer.status_code == 204


@pytest.mark.parametrize(
    ("action", "row", "status"),
    [
        ("DeleteMultiple", {"accountid": ABSENT}, 501),
        ("Merge", {}, 501),
        ("CreateMultiple", {"@odata.id": "accounts(w365_key='1')"}, 501),
        ("UpdateMultiple", {"@odata.id": "accounts(w365_key='1')"}, 501),
        ("UpdateMultiple", {"name": "x"}, 400),
        ("UpsertMultiple", {"name": "x"}, 400),
        ("UpsertMultiple", {"@odata.id": "contacts(w365_key='1')"}, 400),
        ("CreateMultiple", {"@odata.type": "Microsoft.Dynamics.CRM.contact"}, 400),
        ("CreateMultiple", {"nothing": 1}, 400),
    ],
)
def test_what_cannot_be_done_is_refused(api: Api, action: str, row: Body, status: int) -> None:
    assert bulk(api, action, row).status_code == status


@pytest.mark.parametrize(
    "body", [{}, {"Targets": []}, {"Targets": [{"name": "x"}]}, {"Targets": [1]},
             {"Targets": [{"@odata.type": "Microsoft.Dynamics.CRM.account"}], "More": 1}]
)  # fmt: skip
def test_targets_are_rows_with_a_type(api: Api, body: Body) -> None:
    answer = api.call("POST", "accounts/Microsoft.Dynamics.CRM.CreateMultiple", body)

    assert refusal(answer)[:2] == (400, "0x80048d19")


def test_an_action_without_its_namespace_is_unknown(api: Api) -> None:
    assert api.call("POST", "accounts/Other.CreateMultiple", {}).status_code == 404
