"""What belongs to a solution, because the request that wrote it said so."""

import pytest

from tests.emulators.dataverse.conftest import Api, refusal
from tests.emulators.dataverse.definition_bodies import (
    THING,
    choice,
    column,
    lookup_to,
    make,
    table,
)

INSIDE = {"MSCRM.SolutionUniqueName": "shop"}


@pytest.fixture
def shop(blank: Api) -> Api:
    """An environment with a publisher and a solution."""
    publisher = blank.create(
        "publishers",
        uniquename="shopkeeper",
        friendlyname="Shopkeeper",
        customizationprefix="new",
        customizationoptionvalueprefix=20_000,
    )
    blank.create(
        "solutions",
        uniquename="Shop",
        friendlyname="Shop",
        version="1.0.0.0",
        **{"publisherid@odata.bind": f"/publishers({publisher})"},
    )
    return blank


def components(api: Api) -> dict[str, int]:
    rows = api.value(
        "solutioncomponents?$select=objectid,componenttype&$filter=solutionid/uniquename eq 'Shop'"
    )
    return {row["objectid"]: row["componenttype"] for row in rows}


def test_definitions_and_rows_join_the_solution_that_is_named(shop: Api) -> None:
    made = {
        make(shop, "GlobalOptionSetDefinitions", choice(Small=1), **INSIDE): 9,
        make(shop, "EntityDefinitions", table(), **INSIDE): 1,
        make(shop, f"{THING}/Attributes", column("String", "new_Code"), **INSIDE): 2,
        make(
            shop,
            f"{THING}/Keys",
            {"SchemaName": "new_ByCode", "KeyAttributes": ["new_code"]},
            **INSIDE,
        ): 14,
        make(shop, "RelationshipDefinitions", lookup_to("account"), **INSIDE): 10,
    }
    resource = shop.call(
        "POST",
        "webresourceset",
        {"name": "new_/a.svg", "webresourcetype": 11, "content": "PHN2Zy8+"},
        **INSIDE,
    )
    resource_id = resource.headers["OData-EntityId"].rsplit("(", 1)[1].rstrip(")")

    found = components(shop)

    assert made.items() <= found.items()
    assert found[resource_id] == 61


def test_a_row_that_is_changed_joins_too_and_once(shop: Api) -> None:
    (view, *_) = shop.value("savedqueries?$filter=returnedtypecode eq 'account'")
    address = f"savedqueries({view['savedqueryid']})"

    for _ in range(2):
        answer = shop.call("PATCH", address, {"description": "x"}, If_Match="*", **INSIDE)
        assert answer.status_code == 204

    assert components(shop) == {view["savedqueryid"]: 26}


def test_what_is_deleted_leaves_its_solution(shop: Api) -> None:
    make(shop, "EntityDefinitions", table(), **INSIDE)
    make(shop, f"{THING}/Attributes", column("String", "new_Code"), **INSIDE)
    joined = len(components(shop))

    shop.call("DELETE", THING)

    assert joined == 2
    assert components(shop) == {}


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("EntityDefinitions", table()),
        ("GlobalOptionSetDefinitions", choice(Small=1)),
        ("webresourceset", {"name": "new_/a.js", "webresourcetype": 3}),
        ("accounts", {"name": "Contoso"}),
    ],
)
def test_a_solution_that_is_not_there_is_an_error_and_nothing_is_written(
    blank: Api, path: str, body: dict[str, object]
) -> None:
    before = len(blank.value(path))

    answer = blank.call("POST", path, body, **INSIDE)

    assert refusal(answer)[:2] == (400, "0x8004f002")
    assert len(blank.value(path)) == before


def test_a_solution_takes_its_list_along_and_nothing_else(shop: Api) -> None:
    make(shop, "EntityDefinitions", table(), **INSIDE)
    (solution,) = shop.value("solutions?$filter=uniquename eq 'Shop'")

    answer = shop.call("DELETE", f"solutions({solution['solutionid']})")

    assert answer.status_code == 204
    assert components(shop) == {}
    assert shop.get(THING).status_code == 200
