"""Snapshots: an environment as it was, under a name."""

from pathlib import Path

import pytest

from tests.emulators.dataverse.conftest import Api, refusal, served
from tests.emulators.dataverse.principals import READ, names, user
from work365.emulators.dataverse.app import create_app


def take(api: Api, name: str) -> None:
    assert api.control("POST", "snapshots", {"name": name}).status_code == 200


def restore(api: Api, name: str) -> None:
    answer = api.control("POST", "snapshots/restore", {"name": name})
    assert answer.status_code == 200, answer.text


def test_an_environment_is_as_it_was(api: Api) -> None:
    api.at("2027-01-01T00:00:00Z")
    row_id = api.contract("kept")
    before = api.json(f"w365_billingcontracts({row_id})")
    take(api, "before")
    api.at("2028-01-01T00:00:00Z")
    api.call("PATCH", f"w365_billingcontracts({row_id})", {"w365_name": "changed"})
    api.contract("later")

    restore(api, "before")

    assert names(api) == ["kept"]
    assert api.json(f"w365_billingcontracts({row_id})") == before
    assert api.control("GET", "clock").json()["now"] == "2027-01-01T00:00:00Z"
    assert api.json(f"w365_billingcontracts({api.contract('next')})")["w365_key"] == "CT-001001"


def test_a_snapshot_can_be_gone_back_to_again(api: Api) -> None:
    take(api, "empty")
    for _ in range(2):
        api.contract("x")
        restore(api, "empty")

        assert names(api) == []


def test_rights_are_as_they_were(api: Api) -> None:
    take(api, "before-rights")
    me = user(api, {READ: "Global"})
    assert me.api.get("WhoAmI").status_code == 200

    restore(api, "before-rights")

    assert refusal(me.api.get("WhoAmI"))[:2] == (403, "0x80072560")


def test_snapshots_have_names(api: Api) -> None:
    take(api, "b")
    take(api, "a")

    found = api.control("GET", "snapshots").json()["snapshots"]

    assert {"a", "b"} <= set(found)
    assert found == sorted(found)


@pytest.mark.parametrize("name", ["", "../x", "a b", "x" * 65])
def test_a_name_that_cannot_be_a_files_is_refused(api: Api, name: str) -> None:
    answer = api.control("POST", "snapshots", {"name": name})

    assert answer.status_code == 400
    assert f"'{name}'" in answer.json()["error"]


def test_a_snapshot_that_is_not_there_is_refused(api: Api) -> None:
    take(api, "there")

    answer = api.control("POST", "snapshots/restore", {"name": "elsewhere"})

    assert answer.status_code == 400
    assert "there is no snapshot 'elsewhere'" in answer.json()["error"]
    assert "there" in answer.json()["error"]


def test_snapshots_of_a_file_stay_with_it(tmp_path: Path) -> None:
    state = tmp_path / "state.db"
    with served(create_app(state=state)) as url:
        first = Api(url)
        first.contract("kept")
        take(first, "kept")
        first.contract("later")
        first.http.close()
    with served(create_app(state=state)) as url:
        second = Api(url)

        restore(second, "kept")

        assert names(second) == ["kept"]
        second.http.close()


def test_tables_are_as_they_were(api: Api) -> None:
    take(api, "before-tables")
    name = {"@odata.type": "Microsoft.Dynamics.CRM.StringAttributeMetadata", "MaxLength": 100}
    label = {"LocalizedLabels": [{"Label": "Thing", "LanguageCode": 1033}]}
    table = {
        "@odata.type": "Microsoft.Dynamics.CRM.EntityMetadata",
        "SchemaName": "abc_Thing",
        "DisplayName": label,
        "DisplayCollectionName": label,
        "OwnershipType": "UserOwned",
        "Attributes": [
            {**name, "SchemaName": "abc_Name", "IsPrimaryName": True, "DisplayName": label}
        ],
    }
    assert api.call("POST", "EntityDefinitions", table).status_code == 204
    assert api.get("abc_things").status_code == 200

    restore(api, "before-tables")

    assert api.get("abc_things").status_code == 404
    assert api.call("POST", "EntityDefinitions", table).status_code == 204
    assert api.create("abc_things", abc_name="again")
