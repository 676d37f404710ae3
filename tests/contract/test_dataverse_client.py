"""What the client relies on Dataverse for, checked against the emulator and, if told, for real.

With `WORK365_CONTRACT_URL` and `WORK365_CONTRACT_TOKEN` set the same cases run against that
environment, which has this product's solution. Rows are made under keys of their own and
deleted again.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from datetime import UTC, datetime
from decimal import Decimal
from threading import Barrier, Thread
from time import monotonic, sleep
from uuid import UUID, uuid4

import httpx
import pytest
import uvicorn

from work365.adapters.dataverse.client import DataverseClient
from work365.adapters.dataverse.errors import (
    DeltaExpired,
    DuplicateKey,
    RequestRefused,
    RowNotFound,
    RowsLeftOut,
    VersionMismatch,
)
from work365.adapters.dataverse.operations import (
    Operation,
    create,
    create_multiple,
    create_once,
    delete,
    equals,
    is_in,
    query,
    update,
    update_multiple,
    upsert,
    upsert_multiple,
)
from work365.adapters.dataverse.pace import Pace
from work365.emulators.dataverse.app import create_app
from work365.emulators.dataverse.seeds import PERSON_ID, PERSON_OBJECT_ID
from work365.http import Retries, http_client

TABLE = ("w365_subscriptionchanges", "w365_subscriptionchange")
CHANGES, ROW_ID = TABLE[0], "w365_subscriptionchangeid"
COLUMNS = ["w365_key", "w365_name", "w365_quantitydelta"]
EXACT = Decimal("12345678901.1234567891")
AWKWARD = ["O'Brien & Söhne", '["quoted"]', "50% + 1 #7", "a_b\\c/d?e=f", "', '", "naïve 😀"]


@contextmanager
def emulator() -> Iterator[str]:
    app = create_app(state=None, clock=lambda: datetime(2026, 3, 1, tzinfo=UTC))
    config = uvicorn.Config(app, host="127.0.0.1", port=0, log_level="warning")
    server = uvicorn.Server(config)
    thread = Thread(target=server.run)
    thread.start()
    deadline = monotonic() + 10
    while not server.started and monotonic() < deadline:
        sleep(0.01)
    assert server.started, "the emulator did not start"
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join(timeout=10)


@pytest.fixture(scope="module")
def local() -> Iterator[str]:
    with emulator() as url:
        yield url


@pytest.fixture(scope="module")
def client(request: pytest.FixtureRequest) -> Iterator[DataverseClient]:
    url, token = (os.environ.get(f"WORK365_CONTRACT_{name}", "") for name in ("URL", "TOKEN"))
    if not (url and token):
        url, token = request.getfixturevalue("local"), "contract"
    with http_client() as http:
        yield DataverseClient(url=url, token=lambda: token, http=http)


@pytest.fixture
def hasty(local: str) -> Iterator[DataverseClient]:
    """A client of the emulator, which alone can be told to fail, that never really waits."""
    with http_client() as http:
        retries = Retries(sleep=lambda _: None)
        yield DataverseClient(url=local, token=lambda: "contract", http=http, retries=retries)
        httpx.post(f"{local}/_emulator/v1/reset").raise_for_status()


@pytest.fixture
def prefix(client: DataverseClient) -> Iterator[str]:
    """What the keys of this test's rows begin with."""
    prefix = f"contract-{uuid4()}-"
    yield prefix
    ours = query(CHANGES, select=["w365_key"], filter=f"startswith(w365_key,'{prefix}')")
    client.batch([delete(CHANGES, UUID(row[ROW_ID])) for row in client.rows(ours)])


def body(key: str, name: str = "x", delta: Decimal = EXACT) -> dict[str, object]:
    return {"w365_key": key, "w365_name": name, "w365_quantitydelta": delta}


def named(client: DataverseClient, prefix: str) -> dict[str, str]:
    ours = query(CHANGES, select=COLUMNS, filter=f"startswith(w365_key,'{prefix}')")
    return {row["w365_key"].removeprefix(prefix): row["w365_name"] for row in client.rows(ours, 2)}


def made(client: DataverseClient, key: str, name: str = "x") -> UUID:
    row = client.send(create(CHANGES, body(key, name)))
    assert isinstance(row, UUID)
    return row


def plan_faults(local: str, *faults: dict[str, object]) -> None:
    plan = {"requests": list(faults)}
    httpx.post(f"{local}/_emulator/v1/faults", json=plan).raise_for_status()


def test_the_environment_knows_who_asks(client: DataverseClient) -> None:
    who = client.send(Operation("GET", "WhoAmI()"))

    assert UUID(who["UserId"]) != UUID(int=0)
    assert client.degree_of_parallelism >= 1


def test_a_number_comes_back_with_every_digit(client: DataverseClient, prefix: str) -> None:
    row = made(client, f"{prefix}1")

    [kept] = client.rows(
        query(
            CHANGES, select=COLUMNS, filter=f"{ROW_ID} eq {row} and w365_quantitydelta eq {EXACT}"
        )
    )

    assert kept["w365_quantitydelta"] == EXACT


def test_a_second_row_with_the_same_key_is_refused(client: DataverseClient, prefix: str) -> None:
    made(client, f"{prefix}1")

    with pytest.raises(DuplicateKey):
        client.send(create(CHANGES, body(f"{prefix}1")))


def test_an_update_of_an_older_version_is_refused(client: DataverseClient, prefix: str) -> None:
    row = made(client, f"{prefix}1")
    one = Operation("GET", f"{CHANGES}({row})?$select=w365_name")
    etag = client.send(one)["@odata.etag"]

    client.send(update(CHANGES, row, {"w365_name": "first"}, etag=etag))
    with pytest.raises(VersionMismatch):
        client.send(update(CHANGES, row, {"w365_name": "second"}, etag=etag))

    assert client.send(one)["w365_name"] == "first"


def test_an_update_never_creates(client: DataverseClient) -> None:
    with pytest.raises(RowNotFound):
        client.send(update(CHANGES, uuid4(), {"w365_name": "x"}))


def test_an_upsert_creates_then_updates_then_keeps_to_its_half(
    client: DataverseClient, prefix: str
) -> None:
    key = {"w365_key": f"{prefix}1"}

    with pytest.raises(RowNotFound):
        client.send(upsert(CHANGES, key, {"w365_name": "none"}, update_only=True))
    client.send(upsert(CHANGES, key, {"w365_name": "created"}))
    client.send(upsert(CHANGES, key, {"w365_name": "updated"}))
    with pytest.raises(DuplicateKey):
        client.send(upsert(CHANGES, key, {"w365_name": "again"}, create_only=True))

    assert named(client, prefix) == {"1": "updated"}


def test_many_rows_are_created_and_read_page_by_page(client: DataverseClient, prefix: str) -> None:
    answer = client.send(
        create_multiple(*TABLE, [body(f"{prefix}{number}", str(number)) for number in range(7)])
    )

    assert len(answer["Ids"]) == 7
    assert named(client, prefix) == {str(number): str(number) for number in range(7)}


def test_many_rows_are_created_together_or_not_at_all(client: DataverseClient, prefix: str) -> None:
    made(client, f"{prefix}2", "first")

    with pytest.raises(DuplicateKey):
        client.send(create_multiple(*TABLE, [body(f"{prefix}{number}") for number in (1, 2, 3)]))

    assert named(client, prefix) == {"2": "first"}


def test_many_rows_are_upserted_and_updated(client: DataverseClient, prefix: str) -> None:
    row = made(client, f"{prefix}1", "old")
    rows = [
        ({"w365_key": f"{prefix}{number}"}, {"w365_key": f"{prefix}{number}", "w365_name": "new"})
        for number in (1, 2)
    ]

    client.send(upsert_multiple(*TABLE, rows))
    client.send(update_multiple(*TABLE, [{ROW_ID: row, "w365_name": "newest"}]))

    assert named(client, prefix) == {"1": "newest", "2": "new"}


def test_awkward_texts_are_found_again(client: DataverseClient, prefix: str) -> None:
    rows = [body(f"{prefix}{place}", text) for place, text in enumerate(AWKWARD)]
    client.send(create_multiple(*TABLE, rows))

    def found(condition: str) -> set[str]:
        mine = f"startswith(w365_key,'{prefix}') and {condition}"
        rows = client.rows(query(CHANGES, select=["w365_name"], filter=mine))
        return {row["w365_name"] for row in rows}

    assert [found(equals("w365_name", text)) for text in AWKWARD] == [{text} for text in AWKWARD]
    assert found(is_in("w365_name", AWKWARD)) == set(AWKWARD)


def test_an_awkward_key_is_addressed(client: DataverseClient, prefix: str) -> None:
    key = f"{prefix}O'Brien #7, ä (x);=@"
    made(client, key, "old")

    client.send(upsert(CHANGES, {"w365_key": key}, {"w365_name": "new"}, update_only=True))

    assert list(named(client, prefix).values()) == ["new"]


def test_a_change_set_is_done_whole_and_can_name_its_own_rows(
    client: DataverseClient, prefix: str
) -> None:
    answers = client.change_set(
        [
            create(CHANGES, body(f"{prefix}1", "old")),
            Operation("PATCH", "$1", {"w365_name": "new"}),
            create_multiple(*TABLE, [body(f"{prefix}2", "two")]),
        ]
    )

    assert isinstance(answers[0].row, UUID)
    assert named(client, prefix) == {"1": "new", "2": "two"}


def test_a_change_set_that_fails_changes_nothing(client: DataverseClient, prefix: str) -> None:
    made(client, f"{prefix}2", "first")

    with pytest.raises(DuplicateKey) as caught:
        client.change_set([create(CHANGES, body(f"{prefix}{number}")) for number in (1, 2, 3)])

    assert caught.value.fault.index in {None, 1}
    assert not caught.value.maybe_done
    assert named(client, prefix) == {"2": "first"}


def test_a_batch_stops_at_the_first_failure(client: DataverseClient, prefix: str) -> None:
    with pytest.raises(RequestRefused) as caught:
        client.batch(
            [
                create(CHANGES, body(f"{prefix}1", "done")),
                update(CHANGES, uuid4(), {"w365_name": "x"}),
                create(CHANGES, body(f"{prefix}3")),
            ]
        )

    assert caught.value.fault.index == 1
    assert named(client, prefix) == {"1": "done"}


def test_reads_in_a_batch_are_answered_in_order(client: DataverseClient, prefix: str) -> None:
    client.send(create_multiple(*TABLE, [body(f"{prefix}{n}", str(n)) for n in range(3)]))
    reads = [
        query(CHANGES, select=["w365_name"], filter=equals("w365_key", f"{prefix}{n}"))
        for n in (2, 0, 1)
    ]

    answers = client.batch(reads)

    bodies = [answer.body for answer in answers]
    assert [kept["value"][0]["w365_name"] for kept in bodies if kept] == ["2", "0", "1"]


def test_changes_tell_what_was_written_and_what_was_deleted(
    client: DataverseClient, prefix: str
) -> None:
    gone, stays = made(client, f"{prefix}1"), made(client, f"{prefix}2", "old")
    before = client.changes(CHANGES, ["w365_key", "w365_name"])

    client.send(delete(CHANGES, gone))
    client.send(update(CHANGES, stays, {"w365_name": "new"}))
    made(client, f"{prefix}3")
    after = client.changes(CHANGES, ["w365_key", "w365_name"], before.link)

    assert {f"{prefix}1", f"{prefix}2"} <= {row["w365_key"] for row in before.rows}
    assert after.deleted == [gone]
    kept = {row["w365_key"]: row["w365_name"] for row in after.rows}
    assert kept == {f"{prefix}2": "new", f"{prefix}3": "x"}
    assert client.changes(CHANGES, ["w365_key", "w365_name"], after.link).rows == []


def test_a_misspelt_column_is_refused_in_dataverses_own_words(client: DataverseClient) -> None:
    with pytest.raises(RequestRefused, match="w365_nosuchcolumn"):
        list(client.rows(query(CHANGES, select=["w365_nosuchcolumn"])))


@pytest.mark.parametrize(
    ("kind", "after_work"),
    [("drop", False), ("drop", True), ("half_body", True), ("status", False), ("status", True)],
)
def test_rows_with_keys_are_there_exactly_once_whatever_breaks(
    hasty: DataverseClient, local: str, kind: str, after_work: bool
) -> None:
    fault = {"kind": kind, "after_work": after_work, "path": "$batch", "status": 503, "count": 2}
    plan_faults(local, fault)
    operations = [create(CHANGES, body("once-1")), create_multiple(*TABLE, [body("once-2")])]

    # A second sending that meets the rows of the first is how the caller learns they are there.
    with pytest.raises(DuplicateKey) if after_work else nullcontext():
        hasty.change_set(operations, repeatable=True)

    assert sorted(named(hasty, "once-")) == ["1", "2"]


def test_a_delta_link_of_last_week_has_expired(hasty: DataverseClient, local: str) -> None:
    link = hasty.changes(CHANGES, ["w365_key"]).link
    later = {"now": "2026-03-09T00:00:00Z"}
    httpx.put(f"{local}/_emulator/v1/clock", json=later).raise_for_status()

    with pytest.raises(DeltaExpired):
        hasty.changes(CHANGES, ["w365_key"], link)


def test_a_first_page_is_never_taken_for_all_there_is(client: DataverseClient, prefix: str) -> None:
    rows = [body(f"{prefix}{number}") for number in range(3)]
    client.send(create_multiple(*TABLE, rows))
    mine = query(CHANGES, select=["w365_key"], filter=f"startswith(w365_key,'{prefix}')")

    with pytest.raises(RowsLeftOut):
        client.send(mine.preferring("odata.maxpagesize=2"))

    assert len(list(client.rows(mine, page_size=2))) == 3


def test_many_upserts_of_one_key_at_once_make_one_row(client: DataverseClient, prefix: str) -> None:
    together = Barrier(4, timeout=10)

    def write(number: int) -> None:
        together.wait()
        key = {"w365_key": f"{prefix}1"}
        client.send(upsert(CHANGES, key, {"w365_name": str(number)}))

    client.each(write, range(4))

    assert named(client, prefix).keys() == {"1"}


@pytest.mark.parametrize("kind", ["drop", "status"])
def test_a_creation_whose_answer_was_lost_is_done_once_and_has_its_id(
    hasty: DataverseClient, local: str, kind: str
) -> None:
    lost = {"kind": kind, "after_work": True, "status": 503}
    plan_faults(local, {**lost, "path": CHANGES, "method": "POST"})
    chosen = uuid4()

    made = hasty.send(create_once(CHANGES, ROW_ID, body("lost-1"), row_id=chosen))

    assert made == chosen
    assert list(named(hasty, "lost-")) == ["1"]


@pytest.mark.parametrize("kind", ["drop", "status"])
def test_a_deletion_whose_answer_was_lost_is_done(
    hasty: DataverseClient, local: str, kind: str
) -> None:
    row = made(hasty, "lost-1")
    plan_faults(local, {"kind": kind, "after_work": True, "status": 503, "method": "DELETE"})

    hasty.send(delete(CHANGES, row))

    assert named(hasty, "lost-") == {}


def test_a_row_is_written_on_behalf_of_a_person(hasty: DataverseClient) -> None:
    person = hasty.on_behalf_of(UUID(PERSON_OBJECT_ID))

    person.change_set([create(CHANGES, body("person-1"))])

    asked = query(CHANGES, select=["_createdby_value", "_createdonbehalfby_value"])
    [row] = hasty.rows(asked)
    service = UUID(hasty.send(Operation("GET", "WhoAmI"))["UserId"])
    assert UUID(row["_createdby_value"]) == UUID(PERSON_ID)
    assert UUID(row["_createdonbehalfby_value"]) == service


def test_limits_are_kept_to_by_all_threads_and_nothing_is_lost(local: str) -> None:
    limits = {"on": True, "requests": 60, "window_seconds": 2, "concurrent": 52, "dop_hint": 6}
    httpx.post(f"{local}/_emulator/v1/limits", json=limits).raise_for_status()
    with http_client() as http:
        pace = Pace(window_seconds=2)
        client = DataverseClient(url=local, token=lambda: "contract", http=http, pace=pace)

        client.each(lambda number: made(client, f"limits-{number}"), range(150))

        kept = named(client, "limits-")
    httpx.post(f"{local}/_emulator/v1/reset").raise_for_status()
    assert len(kept) == 150


def test_limits_met_by_a_client_that_knows_nothing_of_them_cost_time_and_no_row(
    local: str,
) -> None:
    limits = {"on": True, "requests": 1_000, "concurrent": 2, "dop_hint": 8}
    httpx.post(f"{local}/_emulator/v1/limits", json=limits).raise_for_status()
    with http_client() as http:
        client = DataverseClient(url=local, token=lambda: "contract", http=http)

        client.each(lambda number: made(client, f"limits-{number}"), range(40))

        kept = named(client, "limits-")
    httpx.post(f"{local}/_emulator/v1/reset").raise_for_status()
    assert len(kept) == 40
