"""`dataverse-api` drives the environment.

It has no deltas, no FetchXML and no change sets, and fails by itself where it is to add a key;
everything else is tried.
"""

import json
from collections.abc import Iterator
from uuid import uuid4

import pytest
import requests
from dataverse_api.dataverse import DataverseClient
from dataverse_api.entity import DataverseEntity
from dataverse_api.errors import DataverseAPIError
from dataverse_api.metadata.attributes import DecimalAttributeMetadata, StringAttributeMetadata
from dataverse_api.metadata.entity import define_entity
from dataverse_api.metadata.enums import OwnershipType

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
    is_row_id,
    mine,
    names,
)

KEY_NAME = "w365_SubscriptionChangeKey"


@pytest.fixture
def client(address: Address) -> Iterator[DataverseClient]:
    with requests.Session() as session:
        session.trust_env = not address.is_emulator
        session.headers["Authorization"] = f"Bearer {address.token}"
        yield DataverseClient(session, f"{address.http}/")


@pytest.fixture
def changes(client: DataverseClient) -> DataverseEntity:
    """The table, whose definition the client reads first."""
    return client.entity(TABLE)


def refusals(answers: list[requests.Response]) -> list[tuple[int, str] | None]:
    """Return status and code of each answer, or nothing where it is none of an error."""
    return [
        None if answer.ok else (answer.status_code, answer.json()["error"]["code"])
        for answer in answers
    ]


def test_a_table_is_described(changes: DataverseEntity) -> None:
    assert (changes.entity_set_name, changes.primary_id_attr) == (SET, ROW_ID)
    assert changes.alternate_keys == {KEY_NAME: [KEY]}
    assert changes.supports_create_multiple
    assert changes.supports_update_multiple
    assert "w365_Subscription" in changes.relationships.single_valued


def test_a_row_is_created_and_read_back(changes: DataverseEntity, prefix: str) -> None:
    (answer,) = changes.create([body(f"{prefix}1", "first", 2.5)], return_created=True)

    (row,) = changes.read(select=[KEY, NAME, DELTA], filter=mine(prefix))

    made = answer.json()[ROW_ID]
    assert (answer.status_code, is_row_id(made)) == (201, True)
    assert {name: row[name] for name in (ROW_ID, KEY, NAME, DELTA)} == {
        ROW_ID: made,
        KEY: f"{prefix}1",
        NAME: "first",
        DELTA: 2.5,
    }


def test_many_pages_are_read_without_losing_a_row(
    changes: DataverseEntity, many: tuple[str, Body]
) -> None:
    prefix, expected = many

    pages = changes.read(select=[KEY, NAME], filter=mine(prefix), return_responses=True)

    found = [names(page.json()["value"], prefix) for page in pages]
    assert [len(page) for page in found] == [5_000, 5_000, 2_001]
    assert {key: name for page in found for key, name in page.items()} == expected


def test_small_pages_have_formatted_values(
    changes: DataverseEntity, observer: Observer, prefix: str
) -> None:
    observer.create([{**body(f"{prefix}{n}"), STATUS: CANCELLED} for n in range(5)])

    pages = changes.read(
        select=[KEY, STATUS],
        filter=mine(prefix),
        page_size=2,
        order_by=KEY,
        return_formatted_values=True,
        return_responses=True,
    )

    found = [page.json()["value"] for page in pages]
    assert [len(page) for page in found] == [2, 2, 1]
    assert [row[KEY].removeprefix(prefix) for page in found for row in page] == list("01234")
    labels = {
        row[f"{STATUS}@OData.Community.Display.V1.FormattedValue"] for page in found for row in page
    }
    assert labels == {"Cancelled"}


def test_rows_are_created_in_bulk(
    changes: DataverseEntity, observer: Observer, prefix: str
) -> None:
    rows = [body(f"{prefix}{n}", f"Row {n}") for n in range(5)]

    answers = changes.create(rows, mode="multiple", batch_size=3)

    ids = [row_id for answer in answers for row_id in answer.json()["Ids"]]
    assert [len(answer.json()["Ids"]) for answer in answers] == [3, 2]
    assert sorted(ids) == sorted(row[ROW_ID] for row in observer.rows(prefix))
    assert observer.kept(prefix) == {str(n): f"Row {n}" for n in range(5)}


def test_rows_are_created_in_a_batch(
    changes: DataverseEntity, observer: Observer, prefix: str
) -> None:
    rows = [body(f"{prefix}{n}", f"Row {n}") for n in range(3)]

    (answer,) = changes.create(rows, mode="batch")

    assert answer.text.count("HTTP/1.1 204 No Content") == 3
    assert observer.kept(prefix) == {str(n): f"Row {n}" for n in range(3)}


@pytest.mark.parametrize("mode", ["individual", "batch"])
def test_rows_are_upserted_by_their_key(
    changes: DataverseEntity, observer: Observer, prefix: str, mode: str
) -> None:
    observer.create([body(f"{prefix}1", "old")])

    answers = changes.upsert(
        [{KEY: f"{prefix}1", NAME: "updated"}, {KEY: f"{prefix}2", NAME: "created"}],
        mode=mode,
        altkey_name=KEY_NAME,
    )

    assert all(answer.ok for answer in answers)
    assert observer.kept(prefix) == {"1": "updated", "2": "created"}


def test_rows_are_updated_by_their_id(
    changes: DataverseEntity, observer: Observer, prefix: str
) -> None:
    observer.create([body(f"{prefix}1", "old")])
    (row,) = observer.rows(prefix)

    (answer,) = changes.upsert([{ROW_ID: row[ROW_ID], NAME: "new"}])

    assert answer.status_code == 204
    assert observer.kept(prefix) == {"1": "new"}


@pytest.mark.parametrize("mode", ["individual", "batch"])
def test_columns_are_cleared(
    changes: DataverseEntity, observer: Observer, prefix: str, mode: str
) -> None:
    observer.create([{**body(f"{prefix}{n}"), STATUS: CANCELLED} for n in range(2)])
    ids = [row[ROW_ID] for row in observer.rows(prefix)]

    answers = changes.delete_columns([STATUS], ids=ids, mode=mode)

    assert all(answer.ok for answer in answers)
    assert observer.kept(prefix, STATUS) == {"0": None, "1": None}


@pytest.mark.parametrize("mode", ["individual", "batch"])
def test_rows_are_deleted_by_a_filter(
    changes: DataverseEntity, observer: Observer, prefix: str, mode: str
) -> None:
    observer.create([body(f"{prefix}{n}", str(n), n) for n in range(4)])

    answers = changes.delete(filter=f"{mine(prefix)} and {DELTA} ge 1", mode=mode)

    assert all(answer.ok for answer in answers)
    assert observer.kept(prefix) == {"0": "0"}


def test_a_table_is_made_extended_and_dropped(client: DataverseClient) -> None:
    name = f"new_Contract{uuid4().hex[:8]}"
    primary = StringAttributeMetadata(schema_name="new_Name", is_primary_name=True, max_length=50)

    made = client.create_entity(
        define_entity(
            schema_name=name,
            attributes=[primary],
            display_name="Contract case",
            display_collection_name="Contract cases",
            description="Made by a test",
            ownership_type=OwnershipType.USER_OWNED,
        ),
        return_representation=True,
    )
    try:
        entity = client.entity(name.lower())
        entity.add_attribute(
            DecimalAttributeMetadata(
                schema_name="new_Price", precision=2, min_value=0, max_value=1_000
            )
        )
        entity.create([{"new_name": "Chair", "new_price": 12.5}])
        (row,) = entity.read(select=["new_name", "new_price"])
        entity.remove_attribute(logical_name="new_price")
        columns = entity.read()[0].keys()
    finally:
        client.delete_entity(name.lower())

    assert made.status_code == 201
    assert made.json()["LogicalName"] == name.lower()
    assert (row["new_name"], row["new_price"]) == ("Chair", 12.5)
    assert "new_name" in columns
    assert "new_price" not in columns
    with pytest.raises(DataverseAPIError, match="Could not find an entity with name"):
        client.get_entity_definition(name.lower())


def test_what_is_wrong_with_each_row_is_told(
    changes: DataverseEntity, observer: Observer, prefix: str
) -> None:
    rows = [
        body(f"{prefix}1", "first"),
        {**body(f"{prefix}2"), "w365_colour": "red"},
        {**body(f"{prefix}3"), NAME: "x" * 201},
        {**body(f"{prefix}4"), DELTA: "many"},
        body(f"{prefix}1", "again"),
    ]

    answers = changes.create(rows)

    assert refusals(answers) == [
        None,
        (400, "0x80048d19"),
        (400, "0x80044331"),
        (400, "0x80048d19"),
        (412, "0x80060892"),
    ]
    assert observer.kept(prefix) == {"1": "first"}


def test_an_unknown_column_of_a_query_is_refused(changes: DataverseEntity) -> None:
    with pytest.raises(DataverseAPIError) as raised:
        changes.read(select=["w365_colour"])

    error = json.loads(raised.value.response.text)["error"]
    assert (raised.value.response.status_code, error["code"]) == (400, "0x80060888")
    assert error["message"] == (
        f"Could not find a property named 'w365_colour' on type 'Microsoft.Dynamics.CRM.{TABLE}'."
    )
