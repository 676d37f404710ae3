"""Microsoft's own client drives the environment, by https."""

from collections.abc import Callable, Iterator
from enum import IntEnum
from time import monotonic, sleep
from typing import Any
from uuid import uuid4

import pytest
from azure.core.credentials import AccessToken
from PowerPlatform.Dataverse.client import DataverseClient
from PowerPlatform.Dataverse.core.errors import HttpError
from PowerPlatform.Dataverse.models.upsert import UpsertItem

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

FORMATTED = "OData.Community.Display.V1.FormattedValue"


JOB_SECONDS_MAX = 90


class Size(IntEnum):
    """A choice that a table is made with."""

    Small = 1
    Large = 2


class Credential:
    """Has a token already."""

    def __init__(self, token: str) -> None:
        self._token = token

    def get_token(self, *_scopes: str, **_options: Any) -> AccessToken:
        return AccessToken(token=self._token, expires_on=2**31)


@pytest.fixture
def client(address: Address, monkeypatch: pytest.MonkeyPatch) -> Iterator[DataverseClient]:
    if address.certificates is not None:
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(address.certificates))
        monkeypatch.setenv("NO_PROXY", "localhost")
    with DataverseClient(address.https, Credential(address.token)) as client:
        yield client


@pytest.fixture
def table(client: DataverseClient) -> Iterator[str]:
    """The name of a table to make; it is dropped afterwards if it is still there."""
    name = f"new_Contract{uuid4().hex[:8]}"
    yield name
    if client.tables.get(name) is not None:
        client.tables.delete(name)


def refusal(ask: Callable[[], object]) -> tuple[int, str, str]:
    """Return status, code and text; the error itself would keep its connection open."""
    try:
        ask()
    except HttpError as error:
        return error.status_code or 0, error.details["service_error_code"].lower(), error.message
    raise AssertionError("it was not refused")


def test_a_row_is_created_and_read_back(client: DataverseClient, prefix: str) -> None:
    row_id = client.records.create(TABLE, body(f"{prefix}1", "first", 2.5))

    row = client.records.retrieve(TABLE, row_id, select=[KEY, NAME, DELTA])

    assert is_row_id(row_id)
    assert row is not None
    assert row.etag
    assert row.data == {
        ROW_ID: row_id,
        KEY: f"{prefix}1",
        NAME: "first",
        DELTA: 2.5,
    }


def test_a_choice_is_written_by_its_label(
    client: DataverseClient, observer: Observer, prefix: str
) -> None:
    client.records.create(TABLE, {**body(f"{prefix}1"), STATUS: "Cancelled"})

    assert observer.kept(prefix, STATUS) == {"1": CANCELLED}


def test_a_formatted_value_comes_with_a_choice(client: DataverseClient, prefix: str) -> None:
    row_id = client.records.create(TABLE, {**body(f"{prefix}1"), STATUS: CANCELLED})

    row = client.records.retrieve(TABLE, row_id, select=[STATUS], include_annotations=FORMATTED)

    assert row is not None
    assert (row[STATUS], row[f"{STATUS}@{FORMATTED}"]) == (CANCELLED, "Cancelled")


def test_many_pages_are_read_without_losing_a_row(
    client: DataverseClient, many: tuple[str, Body]
) -> None:
    prefix, expected = many

    pages = [
        names(page, prefix)
        for page in client.records.list_pages(TABLE, filter=mine(prefix), select=[KEY, NAME])
    ]

    assert [len(page) for page in pages] == [5_000, 5_000, 2_001]
    assert {key: name for page in pages for key, name in page.items()} == expected


def test_pages_are_as_small_as_is_asked(client: DataverseClient, many: tuple[str, Body]) -> None:
    prefix, _ = many

    pages = client.records.list_pages(
        TABLE, filter=f"{mine(prefix)} and endswith({KEY},'99')", select=[KEY], page_size=50
    )

    found = [[row[KEY].removeprefix(prefix) for row in page] for page in pages]
    assert [len(page) for page in found] == [50, 50, 20]
    assert len({key for page in found for key in page}) == 120


def test_rows_are_sorted_and_cut_off(client: DataverseClient, many: tuple[str, Body]) -> None:
    prefix, _ = many

    found = client.records.list(
        TABLE, filter=mine(prefix), select=[KEY], orderby=[f"{KEY} desc"], top=3
    )

    keys = [row[KEY].removeprefix(prefix) for row in found]
    assert keys == ["9999", "9998", "9997"]


def test_a_row_is_updated(client: DataverseClient, observer: Observer, prefix: str) -> None:
    row_id = client.records.create(TABLE, body(f"{prefix}1", "old"))

    client.records.update(TABLE, row_id, {NAME: "new"})

    assert observer.kept(prefix) == {"1": "new"}


def test_a_row_is_upserted_by_its_key(
    client: DataverseClient, observer: Observer, prefix: str
) -> None:
    client.records.upsert(TABLE, [UpsertItem({KEY: f"{prefix}1"}, {NAME: "created"})])
    created = observer.kept(prefix)
    client.records.upsert(TABLE, [UpsertItem({KEY: f"{prefix}1"}, {NAME: "updated"})])

    assert created == {"1": "created"}
    assert observer.kept(prefix) == {"1": "updated"}


def test_a_row_is_deleted(client: DataverseClient, observer: Observer, prefix: str) -> None:
    gone, _ = (client.records.create(TABLE, body(f"{prefix}{n}", str(n))) for n in (1, 2))

    client.records.delete(TABLE, gone)

    assert observer.kept(prefix) == {"2": "2"}
    assert client.records.retrieve(TABLE, gone, select=[NAME]) is None


def test_rows_are_created_updated_and_upserted_in_bulk(
    client: DataverseClient, observer: Observer, prefix: str
) -> None:
    ids = client.records.create(TABLE, [body(f"{prefix}{n}", f"old {n}") for n in range(3)])
    client.records.update(TABLE, ids[:2], [{NAME: "first"}, {NAME: "second"}])
    client.records.upsert(
        TABLE, [UpsertItem({KEY: f"{prefix}{n}"}, {NAME: f"upserted {n}"}) for n in (2, 3)]
    )

    assert all(is_row_id(row_id) for row_id in ids)
    assert observer.kept(prefix) == {
        "0": "first",
        "1": "second",
        "2": "upserted 2",
        "3": "upserted 3",
    }


def test_rows_are_deleted_by_a_job(
    client: DataverseClient, observer: Observer, prefix: str
) -> None:
    ids = client.records.create(TABLE, [body(f"{prefix}{n}", str(n)) for n in range(5)])

    job = client.records.delete(TABLE, ids[:4])

    assert job is not None
    assert is_row_id(job)
    deadline = monotonic() + JOB_SECONDS_MAX
    while len(observer.kept(prefix)) > 1 and monotonic() < deadline:
        sleep(0.2)
    assert observer.kept(prefix) == {"4": "4"}


def test_a_batch_is_answered_part_by_part(
    client: DataverseClient, observer: Observer, prefix: str
) -> None:
    stays, gone = client.records.create(TABLE, [body(f"{prefix}{n}", "old") for n in (1, 2)])
    batch = client.batch.new()
    batch.records.create(TABLE, body(f"{prefix}3", "third"))
    batch.records.update(TABLE, stays, {NAME: "new"})
    batch.records.delete(TABLE, gone)
    batch.records.retrieve(TABLE, stays, select=[NAME])
    batch.records.upsert(TABLE, [UpsertItem({KEY: f"{prefix}4"}, {NAME: "fourth"})])

    result = batch.execute()

    assert [part.status_code for part in result.responses] == [204, 204, 204, 200, 204]
    assert result.responses[3].data is not None
    assert result.responses[3].data[NAME] == "new"
    assert observer.kept(prefix) == {"1": "new", "3": "third", "4": "fourth"}


def test_a_change_set_names_its_own_rows(
    client: DataverseClient, observer: Observer, prefix: str
) -> None:
    batch = client.batch.new()
    with batch.changeset() as changes:
        reference = changes.records.create(TABLE, body(f"{prefix}1", "old"))
        changes.records.update(TABLE, reference, {NAME: "new"})

    result = batch.execute()

    assert not result.has_errors
    assert observer.kept(prefix) == {"1": "new"}


def test_a_change_set_that_fails_changes_nothing(
    client: DataverseClient, observer: Observer, prefix: str
) -> None:
    client.records.create(TABLE, body(f"{prefix}2", "first"))
    batch = client.batch.new()
    with batch.changeset() as changes:
        for number in (1, 2):
            changes.records.create(TABLE, body(f"{prefix}{number}"))
    batch.records.create(TABLE, body(f"{prefix}3", "after"))

    result = batch.execute(continue_on_error=True)

    assert [(part.status_code, part.error_code) for part in result.responses] == [
        (412, "0x80060892"),
        (204, None),
    ]
    assert observer.kept(prefix) == {"2": "first", "3": "after"}


def test_fetch_xml_pages_through_all_rows(client: DataverseClient, many: tuple[str, Body]) -> None:
    prefix, expected = many

    pages = [names(page, prefix) for page in client.query.fetchxml(fetch(prefix)).execute_pages()]

    assert [len(page) for page in pages] == [5_000, 5_000, 2_001]
    assert {key: name for page in pages for key, name in page.items()} == expected


def test_fetch_xml_keeps_the_order_from_page_to_page(
    client: DataverseClient, observer: Observer, prefix: str
) -> None:
    observer.create([body(f"{prefix}{n}") for n in range(9)])

    pages = list(client.query.fetchxml(fetch(prefix, page_size=4)).execute_pages())

    keys = [[row[KEY].removeprefix(prefix) for row in page] for page in pages]
    assert keys == [["0", "1", "2", "3"], ["4", "5", "6", "7"], ["8"]]


def test_sql_selects_rows(client: DataverseClient, observer: Observer, prefix: str) -> None:
    observer.create([body(f"{prefix}{n}", f"Row {n}", n) for n in range(4)])

    found = client.query.sql(
        f"SELECT TOP 2 {KEY}, {NAME} FROM {TABLE} "  # noqa: S608 - the client asks for text
        f"WHERE {KEY} LIKE '{prefix}%' AND {DELTA} >= 1 ORDER BY {KEY} DESC"
    )

    assert [(row[KEY].removeprefix(prefix), row[NAME]) for row in found] == [
        ("3", "Row 3"),
        ("2", "Row 2"),
    ]


def test_a_table_is_described(client: DataverseClient) -> None:
    table = client.tables.get(TABLE)

    assert table is not None
    assert (table.logical_name, table.entity_set_name, table.schema_name) == (
        TABLE,
        SET,
        "w365_SubscriptionChange",
    )
    assert (table.primary_id_attribute, table.primary_name_attribute) == (ROW_ID, NAME)


def test_columns_are_described_with_their_kinds(client: DataverseClient) -> None:
    columns = {
        column["LogicalName"]: column
        for column in client.tables.list_columns(
            TABLE, select=["LogicalName", "SchemaName", "AttributeType"]
        )
    }

    assert {columns[name]["AttributeType"] for name in (KEY, NAME)} == {"String"}
    assert columns[DELTA]["AttributeType"] == "Decimal"
    assert columns[STATUS]["AttributeType"] == "Picklist"
    assert columns[DELTA]["SchemaName"] == "w365_QuantityDelta"


def test_the_lengths_of_columns_are_told(client: DataverseClient) -> None:
    column = client.tables.get_column(TABLE, KEY, typed=True)

    assert column is not None
    assert column["MaxLength"] == 100


def test_keys_are_told(client: DataverseClient) -> None:
    keys = client.tables.get_alternate_keys(TABLE)

    assert [(key.key_attributes, key.status) for key in keys] == [([KEY], "Active")]


def test_a_table_is_made_filled_and_dropped(client: DataverseClient, table: str) -> None:
    made = client.tables.create(
        table,
        {"new_Code": "string", "new_Price": "decimal", "new_Size": Size, "new_Sold": "bool"},
    )
    added = client.tables.add_columns(table, {"new_Notes": "memo"})
    row = {
        "new_name": "Chair",
        "new_code": "C-1",
        "new_price": 12.5,
        "new_size": "Large",
        "new_sold": True,
        "new_notes": "two\nlines",
    }

    row_id = client.records.create(table, row)
    kept = client.records.retrieve(table, row_id, select=list(row))

    assert made.logical_name == table.lower()
    assert added == ["new_Notes"]
    assert kept is not None
    assert {name: kept[name] for name in row} == {**row, "new_size": 2}
    client.tables.remove_columns(table, "new_Notes")
    assert client.tables.get_column(table, "new_Notes") is None
    client.tables.delete(table)
    assert client.tables.get(table) is None


def test_a_key_and_a_lookup_are_made(client: DataverseClient, table: str) -> None:
    client.tables.create(table, {"new_Code": "string"})
    made = client.tables.create_alternate_key(table, f"{table}_code_key", ["new_code"])
    relationship = client.tables.create_lookup_field(
        referencing_table=table.lower(),
        lookup_field_name="new_CustomerId",
        referenced_table="account",
    )

    (key,) = client.tables.get_alternate_keys(table)
    found = client.tables.get_relationship(relationship.relationship_schema_name)

    # The id in `made` is the first of the address that comes back, which is the table's.
    assert (key.schema_name, key.key_attributes) == (made.schema_name, ["new_code"])
    assert found is not None
    assert found.relationship_id is not None
    assert found.relationship_id == relationship.relationship_id
    client.tables.delete_alternate_key(table, key.metadata_id)
    client.tables.delete_relationship(found.relationship_id)
    assert client.tables.get_alternate_keys(table) == []
    assert client.tables.get_relationship(relationship.relationship_schema_name) is None


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"w365_colour": "red"}, 400, "0x80048d19"),
        ({NAME: "x" * 201}, 400, "0x80044331"),
        ({DELTA: "many"}, 400, "0x80048d19"),
        ({STATUS: 3}, 400, "0x8004431a"),
    ],
    ids=["an unknown column", "a text too long", "a wrong type", "an unknown choice"],
)
def test_a_wrong_row_is_an_error_with_its_code(
    client: DataverseClient, prefix: str, changes: Body, status: int, code: str
) -> None:
    refused = refusal(lambda: client.records.create(TABLE, {**body(f"{prefix}1"), **changes}))

    assert refused[:2] == (status, code)


def test_an_absent_row_is_an_error_with_its_code(client: DataverseClient) -> None:
    absent = str(uuid4())

    refused = refusal(lambda: client.records.delete(TABLE, absent))

    assert refused == (404, "0x80040217", f"{TABLE} With Id = {absent} Does Not Exist")
