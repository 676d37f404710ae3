"""Rules of publishers, solutions, views, forms, web resources and variables."""

import pytest

from tests.emulators.dataverse.conftest import Api, Body, refusal
from work365.emulators.dataverse import seeds

PUBLISHER = {
    "uniquename": "shopkeeper",
    "friendlyname": "Shopkeeper",
    "customizationprefix": "shop",
    "customizationoptionvalueprefix": 20_000,
}
SOLUTION = {
    "uniquename": "Shop",
    "friendlyname": "Shop",
    "version": "1.0.0.0",
    "publisherid@odata.bind": f"/publishers({seeds.DEFAULT_PUBLISHER_ID})",
}
FETCH = "<fetch><entity name='account'><attribute name='name'/></entity></fetch>"
VIEW = {"name": "Mine", "returnedtypecode": "account", "querytype": 0, "fetchxml": FETCH}
FORM = {"name": "Mine", "objecttypecode": "account", "type": 2, "formxml": "<form/>"}
RESOURCE = {"name": "new_/a.js", "webresourcetype": 3, "content": "YQ=="}
VARIABLE = {"schemaname": "new_Place", "displayname": "Place", "type": 100_000_000}


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("publishers", PUBLISHER),
        ("solutions", SOLUTION),
        ("savedqueries", VIEW),
        ("systemforms", FORM),
        ("webresourceset", RESOURCE),
        ("environmentvariabledefinitions", VARIABLE),
    ],
)
def test_a_part_of_a_solution_is_a_row(blank: Api, path: str, body: Body) -> None:
    row_id = blank.create(path, **body)

    row = blank.json(f"{path}({row_id})")

    assert {name: row[name] for name in body if "@" not in name} == {
        name: value for name, value in body.items() if "@" not in name
    }


@pytest.mark.parametrize(
    ("path", "body", "code"),
    [
        ("publishers", {**PUBLISHER, "uniquename": "a b"}, "0x8004f01c"),
        ("publishers", {**PUBLISHER, "customizationprefix": "s"}, "0x80040203"),
        ("publishers", {**PUBLISHER, "customizationprefix": "mscrmx"}, "0x80040203"),
        ("publishers", {**PUBLISHER, "customizationoptionvalueprefix": 9_999}, "0x80048402"),
        ("solutions", {**SOLUTION, "uniquename": "1 shop"}, "0x8004f002"),
        ("solutions", {**SOLUTION, "version": "one"}, "0x8004f01e"),
        ("solutions", {"uniquename": "Shop", "version": "1.0"}, "0x80040203"),
        ("solutions", {**SOLUTION, "uniquename": "default"}, "0x8004f023"),
        ("savedqueries", {**VIEW, "fetchxml": "<fetch>"}, "0x80048426"),
        ("savedqueries", {**VIEW, "fetchxml": "<!DOCTYPE x><fetch/>"}, "0x80048426"),
        ("savedqueries", {**VIEW, "fetchxml": "<other/>"}, "0x80041139"),
        ("savedqueries", {**VIEW, "fetchxml": None}, "0x80040203"),
        ("savedqueries", {**VIEW, "returnedtypecode": "nothing"}, "0x80041102"),
        ("savedqueries", {**VIEW, "fetchxml": FETCH.replace("account", "nothing")}, "0x80041102"),
        ("savedqueries", {**VIEW, "fetchxml": FETCH.replace("'name'", "'none'")}, "0x80041103"),
        ("savedqueries", {**VIEW, "layoutxml": "<grid><cell name='none'/></grid>"}, "0x80041103"),
        ("systemforms", {**FORM, "formxml": "<form>"}, "0x80048426"),
        ("systemforms", {**FORM, "formxml": "<other/>"}, "0x80040203"),
        ("systemforms", {**FORM, "type": None}, "0x80040203"),
        ("systemforms", {**FORM, "objecttypecode": "nothing"}, "0x80041102"),
        ("webresourceset", {**RESOURCE, "content": "?"}, "0x80040203"),
        ("webresourceset", {**RESOURCE, "name": None}, "0x80040203"),
        ("environmentvariabledefinitions", {**VARIABLE, "schemaname": "Place"}, "0x80040203"),
        ("environmentvariablevalues", {"value": "x"}, "0x80040203"),
    ],
)
def test_a_part_that_cannot_be_is_refused(blank: Api, path: str, body: Body, code: str) -> None:
    before = len(blank.value(path))

    answer = blank.call("POST", path, body)

    assert refusal(answer)[:2] == (400, code)
    assert len(blank.value(path)) == before


@pytest.mark.parametrize(
    ("path", "body", "code"),
    [
        ("publishers", PUBLISHER, "0x80040237"),
        ("solutions", SOLUTION, "0x8004f023"),
        ("webresourceset", RESOURCE, "0x8004f115"),
        ("environmentvariabledefinitions", VARIABLE, "0x80040237"),
    ],
)
def test_a_second_one_of_the_name_is_refused(blank: Api, path: str, body: Body, code: str) -> None:
    blank.create(path, **body)

    answer = blank.call("POST", path, body)

    assert refusal(answer)[:2] == (400, code)


def test_a_variable_has_one_value_and_takes_it_along(blank: Api) -> None:
    definition = blank.create("environmentvariabledefinitions", **VARIABLE)
    bound = f"/environmentvariabledefinitions({definition})"
    body = {"value": "Oslo", "EnvironmentVariableDefinitionId@odata.bind": bound}
    blank.create("environmentvariablevalues", **body)

    second = blank.call("POST", "environmentvariablevalues", body)
    blank.call("DELETE", f"environmentvariabledefinitions({definition})")

    assert refusal(second)[:2] == (400, "0x80040237")
    assert blank.value("environmentvariablevalues") == []


def test_a_publisher_of_a_solution_is_not_deleted(blank: Api) -> None:
    answer = blank.call("DELETE", f"publishers({seeds.DEFAULT_PUBLISHER_ID})")

    assert refusal(answer)[:2] == (405, "0x80040227")


def test_a_view_is_checked_when_it_is_changed(blank: Api) -> None:
    view = blank.create("savedqueries", **VIEW)

    answer = blank.call("PATCH", f"savedqueries({view})", {"fetchxml": "<fetch>"})

    assert refusal(answer)[:2] == (400, "0x80048426")
    assert blank.json(f"savedqueries({view})")["fetchxml"] == FETCH
