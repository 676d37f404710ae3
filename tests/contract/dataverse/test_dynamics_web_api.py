"""`dynamics-web-api` drives the environment, by Node.

The scripts beside are found in `../node`; without Node or the package their tests skip. The
package is looked for where Node looks: a `node_modules` above, or `NODE_PATH`.
"""

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from tests.contract.dataverse.environments import (
    CANCELLED,
    DELTA,
    KEY,
    NAME,
    ROW_ID,
    SET,
    STATUS,
    TABLE,
    Address,
    Body,
    Observer,
    body,
    fetch,
    is_row_id,
    mine,
    names,
)

SCRIPTS = Path(__file__).parent.parent / "node"
PACKAGE = "dynamics-web-api"
SECONDS_MAX = 90
TYPE = f"Microsoft.Dynamics.CRM.{TABLE}"


class Node:
    """Plays scenarios."""

    def __init__(self, program: str, address: Address) -> None:
        self._program = program
        self._address = address

    def play(self, scenario: str, **given: object) -> Any:
        """Play a scenario on the rows' table, and return what it returns."""
        said = {"url": self._address.http, "token": self._address.token, "set": SET, **given}
        played = subprocess.run(
            [self._program, "play.cjs", scenario],
            cwd=SCRIPTS,
            input=json.dumps(said),
            capture_output=True,
            check=False,
            text=True,
            timeout=SECONDS_MAX,
        )
        assert played.returncode == 0, played.stderr
        return json.loads(played.stdout)


@pytest.fixture(scope="session")
def node(address: Address) -> Node:
    program = shutil.which("node")
    if program is None:
        pytest.skip("Node is not installed")
    looked = subprocess.run(
        [program, "-e", f"require.resolve('{PACKAGE}')"],
        cwd=SCRIPTS,
        capture_output=True,
        check=False,
        timeout=SECONDS_MAX,
    )
    if looked.returncode != 0:
        pytest.skip(f"Node does not find '{PACKAGE}' in a node_modules above or in NODE_PATH")
    return Node(program, address)


@pytest.fixture
def row(observer: Observer, prefix: str) -> str:
    """The id of a row that is there."""
    observer.create([body(f"{prefix}1", "old")])
    (kept,) = observer.rows(prefix)
    return str(kept[ROW_ID])


@pytest.fixture
def table(observer: Observer) -> Iterator[str]:
    """The schema name of a table to make; it is dropped afterwards."""
    name = f"new_Contract{uuid4().hex[:8]}"
    yield name
    observer.drop_table(name.lower())


def test_a_row_is_created_and_read_back(node: Node, prefix: str) -> None:
    made = node.play("create", row=body(f"{prefix}1", "first", 2.5))

    read = node.play("retrieve", key=made["id"], select=[KEY, NAME, DELTA])

    assert is_row_id(made["id"])
    expected = {ROW_ID: made["id"], KEY: f"{prefix}1", NAME: "first", DELTA: 2.5}
    assert {name: read[name] for name in expected} == expected


def test_a_new_row_can_come_back_at_once(node: Node, prefix: str) -> None:
    made = node.play("createAndReturn", row=body(f"{prefix}1", "first"), select=[KEY, NAME])

    assert is_row_id(made[ROW_ID])
    assert (made[KEY], made[NAME]) == (f"{prefix}1", "first")


def test_a_row_is_read_by_its_key_with_formatted_values(
    node: Node, observer: Observer, prefix: str
) -> None:
    observer.create([{**body(f"{prefix}1"), STATUS: CANCELLED}])

    read = node.play("retrieve", key=f"{KEY}='{prefix}1'", select=[STATUS], annotations="*")

    assert read[STATUS] == CANCELLED
    assert read[f"{STATUS}@OData.Community.Display.V1.FormattedValue"] == "Cancelled"


def test_a_row_is_updated(node: Node, observer: Observer, prefix: str, row: str) -> None:
    node.play("update", key=row, row={NAME: "new"})

    assert observer.kept(prefix) == {"1": "new"}


def test_one_column_is_updated(node: Node, observer: Observer, prefix: str, row: str) -> None:
    node.play("updateProperty", key=row, row={NAME: "new"})

    assert observer.kept(prefix) == {"1": "new"}


def test_an_older_version_is_not_updated(
    node: Node, observer: Observer, prefix: str, row: str
) -> None:
    refused = node.play("updateAsItWas", key=row, row={NAME: "new"}, select=[NAME])

    assert (refused["status"], refused["code"]) == (412, "0x80060882")
    assert observer.kept(prefix) == {"1": "new"}


def test_an_upsert_creates_and_updates(node: Node, observer: Observer, prefix: str) -> None:
    node.play("upsert", key=f"{KEY}='{prefix}1'", row={NAME: "created"})
    created = observer.kept(prefix)
    node.play("upsert", key=f"{KEY}='{prefix}1'", row={NAME: "updated"})

    assert created == {"1": "created"}
    assert observer.kept(prefix) == {"1": "updated"}


def test_a_row_is_deleted(node: Node, observer: Observer, prefix: str, row: str) -> None:
    node.play("deleteRow", key=row)

    assert observer.kept(prefix) == {}


def test_a_lookup_is_set_and_cleared(node: Node, observer: Observer, prefix: str, row: str) -> None:
    related = observer.create_one("w365_subscriptions", {"w365_name": prefix, KEY: prefix})
    try:
        seen = node.play(
            "associate",
            key=row,
            navigation="w365_Subscription",
            related="w365_subscriptions",
            relatedKey=related,
        )
    finally:
        observer.request("DELETE", f"w365_subscriptions({related})")

    assert seen["found"]["w365_subscriptionid"] == related
    assert seen["gone"] is None


def test_many_pages_are_read_without_losing_a_row(node: Node, many: tuple[str, Body]) -> None:
    prefix, expected = many

    pages = node.play("pages", select=[KEY, NAME], filter=mine(prefix))

    assert [len(page) for page in pages] == [5_000, 5_000, 2_001]
    assert names((row for page in pages for row in page), prefix) == expected


def test_all_rows_are_read_at_once(node: Node, many: tuple[str, Body]) -> None:
    prefix, expected = many

    rows = node.play("all", select=[KEY, NAME], filter=mine(prefix))

    assert len(rows) == len(expected)
    assert names(rows, prefix) == expected


def test_rows_are_sorted_and_cut_off(node: Node, observer: Observer, prefix: str) -> None:
    observer.create([body(f"{prefix}{n}") for n in range(5)])

    rows = node.play(
        "sorted", select=[KEY, NAME], filter=mine(prefix), orderBy=[f"{KEY} desc"], top=2
    )

    assert list(names(rows, prefix)) == ["4", "3"]


def test_rows_are_counted(node: Node, observer: Observer, prefix: str) -> None:
    observer.create([body(f"{prefix}{n}") for n in range(5)])

    counts = node.play("counts", select=[KEY], filter=mine(prefix))

    assert counts == {"counted": 5, "count": 5, "countAll": 5}


def test_rows_are_added_up(node: Node, observer: Observer, prefix: str) -> None:
    observer.create([body(f"{prefix}{n}", "even" if n % 2 == 0 else "odd", n) for n in range(5)])

    groups = node.play(
        "aggregate",
        apply=f"filter({mine(prefix)})/groupby(({NAME}),aggregate({DELTA} with sum as total))",
    )

    assert {group[NAME]: group["total"] for group in groups} == {"even": 6, "odd": 4}


def test_fetch_xml_pages_through_rows(node: Node, observer: Observer, prefix: str) -> None:
    observer.create([body(f"{prefix}{n}") for n in range(9)])

    pages = node.play("fetchPages", fetchXml=fetch(prefix, page_size=4))

    keys = [[row[KEY].removeprefix(prefix) for row in page] for page in pages]
    assert keys == [["0", "1", "2", "3"], ["4", "5", "6", "7"], ["8"]]


def test_fetch_xml_finds_every_row(node: Node, many: tuple[str, Body]) -> None:
    prefix, expected = many

    rows = node.play("fetchAll", fetchXml=fetch(prefix))

    assert len(rows) == len(expected)
    assert names(rows, prefix) == expected


def test_changes_tell_what_was_written_and_deleted(
    node: Node, observer: Observer, prefix: str
) -> None:
    observer.create([body(f"{prefix}{n}", "old") for n in range(3)])
    ids = {row[KEY].removeprefix(prefix): row[ROW_ID] for row in observer.rows(prefix)}

    seen = node.play(
        "changes", select=[KEY, NAME], gone=ids["0"], changed=ids["1"], row={NAME: "new"}
    )

    ours = [row for row in seen["before"] if row[KEY].startswith(prefix)]
    after = [row for row in seen["after"] if row.get(KEY, "").startswith(prefix)]
    assert names(ours, prefix) == {"0": "old", "1": "old", "2": "old"}
    assert names(after, prefix) == {"1": "new"}
    assert [row["reason"] for row in seen["after"] if row.get("id") == ids["0"]] == ["deleted"]
    assert not [row for row in seen["later"] if row.get(KEY, "").startswith(prefix)]


def test_rows_are_created_updated_and_upserted_in_bulk(
    node: Node, observer: Observer, prefix: str
) -> None:
    new = [{"@odata.type": TYPE, **body(f"{prefix}{n}", f"old {n}")} for n in range(3)]

    made = node.play("bulk", action="CreateMultiple", targets=new)
    ids = {row[KEY].removeprefix(prefix): row[ROW_ID] for row in observer.rows(prefix)}
    node.play(
        "bulk",
        action="UpdateMultiple",
        targets=[{"@odata.type": TYPE, ROW_ID: ids["0"], NAME: "updated"}],
    )
    node.play(
        "bulk",
        action="UpsertMultiple",
        targets=[{"@odata.type": TYPE, ROW_ID: ids["1"], NAME: "upserted"}],
    )

    assert sorted(made["Ids"]) == sorted(ids.values())
    assert observer.kept(prefix) == {"0": "updated", "1": "upserted", "2": "old 2"}


def test_a_batch_is_answered_part_by_part(node: Node, observer: Observer, prefix: str) -> None:
    observer.create([body(f"{prefix}{n}", "old") for n in (1, 2)])
    ids = {row[KEY].removeprefix(prefix): row[ROW_ID] for row in observer.rows(prefix)}

    answers = node.play(
        "batch",
        made=body(f"{prefix}3", "third"),
        changed=ids["1"],
        gone=ids["2"],
        row={NAME: "new"},
        select=[NAME],
    )

    assert is_row_id(answers[0])
    assert answers[3][NAME] == "new"
    assert observer.kept(prefix) == {"1": "new", "3": "third"}


def test_a_change_set_names_its_own_rows(node: Node, observer: Observer, prefix: str) -> None:
    node.play("changeSet", made=body(f"{prefix}1", "old"), row={NAME: "new"})

    assert observer.kept(prefix) == {"1": "new"}


def test_a_change_set_that_fails_changes_nothing(
    node: Node, observer: Observer, prefix: str
) -> None:
    observer.create([body(f"{prefix}2", "first")])

    answers = node.play(
        "failing",
        rows=[body(f"{prefix}{n}") for n in (1, 2)],
        last=body(f"{prefix}3", "after"),
    )

    assert answers == [{"status": 412, "code": "0x80060892"}, "done"]
    assert observer.kept(prefix) == {"2": "first", "3": "after"}


def test_a_table_is_described(node: Node) -> None:
    seen = node.play("describe", table=TABLE, columns=[NAME, DELTA, STATUS], choice=STATUS)

    definition = seen["definition"]
    assert [
        definition[name] for name in ("LogicalName", "EntitySetName", "PrimaryIdAttribute")
    ] == [
        TABLE,
        SET,
        ROW_ID,
    ]
    assert seen["kinds"] == {NAME: "String", DELTA: "Decimal", STATUS: "Picklist"}
    assert [CANCELLED, "Cancelled"] in seen["options"]


def test_a_table_is_found_among_all(node: Node) -> None:
    assert node.play("listed", table=TABLE) == [[TABLE, SET]]


def test_a_table_is_made_changed_and_filled(node: Node, table: str) -> None:
    seen = node.play("makeTable", schemaName=table)

    assert seen == {"sameTable": True, "label": "Code", "row": ["Chair", "C-1"]}


def test_a_global_choice_is_made_and_deleted(node: Node) -> None:
    seen = node.play("makeChoice", name=f"new_contract{uuid4().hex[:8]}")

    assert seen == {"options": [[100000000, "Small"], [100000001, "Large"]], "isGone": True}


def test_the_document_of_all_definitions_names_the_table(node: Node) -> None:
    document = node.play("document")

    assert f'<EntityType Name="{TABLE}"' in document
    assert f'<EntitySet Name="{SET}"' in document


def test_the_environment_knows_who_asks(node: Node) -> None:
    assert is_row_id(node.play("whoAmI")["UserId"])


@pytest.mark.parametrize(
    ("given", "status", "code", "text"),
    [
        ({"row": {"w365_colour": "red"}}, 400, "0x80048d19", "w365_colour"),
        ({"row": {NAME: "x" * 201}}, 400, "0x80044331", NAME),
        ({"row": {STATUS: 3}}, 400, "0x8004431a", STATUS),
        ({"select": ["w365_colour"]}, 400, "0x80060888", "Could not find a property named"),
        ({"key": str(uuid4()), "row": {NAME: "x"}}, 404, "0x80040217", "Does Not Exist"),
        (
            {"row": {"w365_subscription@odata.bind": "/w365_subscriptions(1)"}},
            400,
            "0x80048d19",
            "An undeclared property 'w365_subscription' which only has property annotations",
        ),
    ],
    ids=["column", "length", "choice", "selection", "row", "navigation"],
)
def test_what_is_wrong_is_told(node: Node, given: Body, status: int, code: str, text: str) -> None:
    refused = node.play("refuse", **given)

    assert (refused["status"], refused["code"].lower()) == (status, code)
    assert text in refused["message"]
