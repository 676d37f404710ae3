"""`dynamics-client` drives the environment, with a token that it asks for itself.

It has no way to upsert, no batches, and keeps no delta link; everything else is tried.
"""

import json
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator
from uuid import uuid4

import pytest
from dynamics.client import DynamicsClient
from dynamics.exceptions import (
    AuthenticationFailed,
    DuplicateRecordError,
    DynamicsException,
    NotFound,
    ParseError,
)

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

TIMEOUT_SECONDS = 60


@pytest.fixture
def client(address: Address) -> Iterator[DynamicsClient]:
    if address.token_url is None:
        pytest.skip("WORK365_CONTRACT_TOKEN_URL is not set, and this client signs in by itself")
    client = DynamicsClient(
        api_url=f"{address.http}/api/data/v9.2",
        token_url=address.token_url,
        client_id=address.client_id,
        client_secret=address.client_secret,
        scope=[f"{address.http}/.default"],
        cache_token=False,
        connection_timeout=TIMEOUT_SECONDS,
    )
    yield client
    client._oauth_client.close()  # there is no public way


def asked(client: DynamicsClient, table: str = SET, **options: object) -> DynamicsClient:
    """Return the client with a new query."""
    client.reset_query()
    client.table = table
    for name, value in options.items():
        setattr(client, name, value)
    return client


def created(client: DynamicsClient, columns: Body) -> str:
    row_id = asked(client).post(columns).data[ROW_ID]
    assert isinstance(row_id, str)
    return row_id


def refusal(ask: Callable[[], object]) -> tuple[type[Exception], str]:
    """Return kind and text; the error itself would keep its connection open."""
    try:
        ask()
    except DynamicsException as error:
        return type(error), str(error.args[0])
    raise AssertionError("it was not refused")


def test_a_row_is_created_and_comes_back_whole(client: DynamicsClient, prefix: str) -> None:
    made = asked(client).post(body(f"{prefix}1", "first", 2.5)).data

    read = asked(client, row_id=made[ROW_ID], select=[KEY, NAME, DELTA]).get().data

    assert is_row_id(made[ROW_ID])
    expected = {ROW_ID: made[ROW_ID], KEY: f"{prefix}1", NAME: "first", DELTA: 2.5}
    assert {column: made[column] for column in expected} == expected
    assert [{column: row[column] for column in expected} for row in read] == [expected]


def test_a_row_is_read_by_its_key(client: DynamicsClient, prefix: str) -> None:
    created(client, body(f"{prefix}1", "first"))

    read = asked(client, row_id=f"{KEY}='{prefix}1'", select=[NAME]).get().data

    assert [row[NAME] for row in read] == ["first"]


def test_many_pages_are_read_without_losing_a_row(
    client: DynamicsClient, many: tuple[str, Body]
) -> None:
    prefix, expected = many

    answer = asked(client, select=[KEY, NAME], filter=[mine(prefix)]).get(
        pagination_rules={"pages": 5}
    )

    assert len(answer.data) == len(expected)
    assert names(answer.data, prefix) == expected
    assert answer.next_link is None


def test_rows_are_filtered_and_sorted_and_not_cut_off_beside_a_page_size(
    client: DynamicsClient, observer: Observer, prefix: str
) -> None:
    observer.create([body(f"{prefix}{n}", f"Row {n}", n) for n in range(6)])

    answer = asked(
        client,
        select=[KEY, NAME],
        filter=[mine(prefix), f"{DELTA} lt 5"],
        orderby={KEY: "desc"},
        top=2,
    ).get()

    assert list(names(answer.data, prefix)) == ["4", "3", "2", "1", "0"]


def test_rows_are_counted(client: DynamicsClient, observer: Observer, prefix: str) -> None:
    observer.create([body(f"{prefix}{n}") for n in range(6)])

    answer = asked(client, select=[KEY], filter=[mine(prefix)], count=True, pagesize=4).get()

    assert (answer.count, len(answer.data)) == (6, 4)


def test_rows_are_added_up(client: DynamicsClient, observer: Observer, prefix: str) -> None:
    rows = [
        ({**body(f"{prefix}{n}", "x", n), STATUS: CANCELLED if n % 2 else None}) for n in range(5)
    ]
    observer.create(rows)

    answer = asked(
        client,
        apply=f"filter({mine(prefix)})/groupby(({STATUS}),aggregate({DELTA} with sum as total))",
    ).get()

    assert {row.get(STATUS): row["total"] for row in answer.data} == {CANCELLED: 4, None: 6}


def test_formatted_values_come_along(client: DynamicsClient, prefix: str) -> None:
    row_id = created(client, {**body(f"{prefix}1"), STATUS: CANCELLED})

    (row,) = asked(client, row_id=row_id, select=[STATUS], show_annotations=True).get().data

    assert row[f"{STATUS}@OData.Community.Display.V1.FormattedValue"] == "Cancelled"


def test_a_row_is_updated_and_comes_back(
    client: DynamicsClient, observer: Observer, prefix: str
) -> None:
    row_id = created(client, body(f"{prefix}1", "old"))

    answer = asked(client, row_id=row_id, select=[NAME]).patch({NAME: "new"})

    assert answer.data[NAME] == "new"
    assert observer.kept(prefix) == {"1": "new"}


def test_a_row_that_is_absent_is_not_created_by_an_update(
    client: DynamicsClient, observer: Observer, prefix: str
) -> None:
    absent = str(uuid4())

    refused = refusal(lambda: asked(client, row_id=absent).patch(body(f"{prefix}1")))

    assert refused == (NotFound, f"{TABLE} With Id = {absent} Does Not Exist")
    assert observer.kept(prefix) == {}


def test_a_row_is_deleted(client: DynamicsClient, observer: Observer, prefix: str) -> None:
    gone, _ = (created(client, body(f"{prefix}{n}", str(n))) for n in (1, 2))

    asked(client, row_id=gone).delete()

    assert observer.kept(prefix) == {"2": "2"}


def test_rows_are_created_in_bulk(client: DynamicsClient, observer: Observer, prefix: str) -> None:
    targets = [
        {"@odata.type": f"Microsoft.Dynamics.CRM.{TABLE}", **body(f"{prefix}{n}", f"Row {n}")}
        for n in range(3)
    ]

    answer = asked(client, action="Microsoft.Dynamics.CRM.CreateMultiple").post(
        {"Targets": targets}
    )

    assert sorted(answer.data["Ids"]) == sorted(row[ROW_ID] for row in observer.rows(prefix))
    assert observer.kept(prefix) == {"0": "Row 0", "1": "Row 1", "2": "Row 2"}


def test_fetch_xml_finds_rows(client: DynamicsClient, observer: Observer, prefix: str) -> None:
    observer.create([body(f"{prefix}{n}", f"Row {n}") for n in range(3)])

    answer = asked(client, fetch_xml=fetch(prefix)).get()

    assert list(names(answer.data, prefix).items()) == [
        ("0", "Row 0"),
        ("1", "Row 1"),
        ("2", "Row 2"),
    ]


def test_a_delta_link_is_followed(client: DynamicsClient, observer: Observer, prefix: str) -> None:
    gone, _ = (created(client, body(f"{prefix}{n}", "old")) for n in (1, 2))
    link = observer.delta_link()
    asked(client, row_id=gone).delete()
    asked(client, row_id=f"{KEY}='{prefix}2'").patch({NAME: "new"})

    changes = client.get(query=link).data

    assert names((row for row in changes if row.get(KEY, "").startswith(prefix)), prefix) == {
        "2": "new"
    }
    assert [row["reason"] for row in changes if row.get("id") == gone] == ["deleted"]


def test_a_table_is_described(client: DynamicsClient) -> None:
    (definition,) = (
        asked(
            client,
            "EntityDefinitions",
            row_id=f"LogicalName='{TABLE}'",
            select=["EntitySetName", "PrimaryIdAttribute"],
            expand={"Attributes": {"select": ["LogicalName", "AttributeType"]}},
        )
        .get()
        .data
    )

    kinds = {each["LogicalName"]: each["AttributeType"] for each in definition["Attributes"]}
    assert (definition["EntitySetName"], definition["PrimaryIdAttribute"]) == (SET, ROW_ID)
    assert {name: kinds[name] for name in (NAME, DELTA, STATUS)} == {
        NAME: "String",
        DELTA: "Decimal",
        STATUS: "Picklist",
    }


def test_a_second_row_with_the_same_key_is_refused(client: DynamicsClient, prefix: str) -> None:
    created(client, body(f"{prefix}1"))

    kind, text = refusal(lambda: created(client, body(f"{prefix}1")))

    assert kind is DuplicateRecordError
    assert text.startswith("Entity Key ")
    assert "A record with the same value for" in text


def test_an_unknown_column_is_refused(client: DynamicsClient) -> None:
    refused = refusal(lambda: asked(client, select=["w365_colour"]).get())

    assert refused == (
        ParseError,
        f"Could not find a property named 'w365_colour' on type 'Microsoft.Dynamics.CRM.{TABLE}'.",
    )


def test_a_token_that_has_expired_is_refused(client: DynamicsClient) -> None:
    client._ensure_token()
    client._oauth_client.token["access_token"] = unsigned({"appid": str(uuid4()), "exp": 1})

    kind, _ = refusal(lambda: asked(client, select=[NAME], top=1).get())

    assert kind is AuthenticationFailed


def unsigned(claims: Body) -> str:
    """Return a token in the form of a JWT."""
    parts = [urlsafe_b64encode(json.dumps(part).encode()) for part in ({"alg": "none"}, claims)]
    return ".".join([part.decode().rstrip("=") for part in parts] + ["unsigned"])
