"""Several operations in one request."""

import json
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from work365.adapters.dataverse.answers import Answer
from work365.adapters.dataverse.batch import (
    NotMultipart,
    Part,
    match_answers,
    read_batch,
    write_batch,
)
from work365.adapters.dataverse.errors import RequestRefused, RequestTooLarge
from work365.adapters.dataverse.operations import Operation, create, query, update, upsert
from work365.http import read_json, write_json

ROOT = "/api/data/v9.2/"
BATCH = 'multipart/mixed; boundary="batch_1"'
TOO_LONG = b'{"error":{"code":"0x80044331","message":"too long"}}'

# As documented, but with the line ends that Markdown loses.
CHANGE_SET_ANSWER = b"""--batchresponse_f27e
Content-Type: multipart/mixed; boundary=changesetresponse_64cc

--changesetresponse_64cc
Content-Type: application/http
Content-Transfer-Encoding: binary
Content-ID: 1

HTTP/1.1 204 No Content
OData-Version: 4.0
Location: https://org.example/api/data/v9.2/tasks(e73ffc82-e292-ed11-aad1-000d3a9933c9)
OData-EntityId: https://org.example/api/data/v9.2/tasks(e73ffc82-e292-ed11-aad1-000d3a9933c9)


--changesetresponse_64cc
Content-Type: application/http
Content-Transfer-Encoding: binary
Content-ID: 2

HTTP/1.1 204 No Content
OData-Version: 4.0


--changesetresponse_64cc--
--batchresponse_f27e
Content-Type: application/http
Content-Transfer-Encoding: binary

HTTP/1.1 200 OK
Content-Type: application/json; odata.metadata=minimal; odata.streaming=true
OData-Version: 4.0

{"value": []}
--batchresponse_f27e--
""".replace(b"\n", b"\r\n")


def part(content: bytes = b"", status: str = "204 No Content", **headers: str) -> bytes:
    named = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
    head = f"Content-Type: application/http\r\n{named}\r\nHTTP/1.1 {status}\r\n"
    return head.encode() + b"OData-Version: 4.0\r\n\r\n" + content


def multipart(parts: Sequence[bytes], boundary: str = "batch_1") -> bytes:
    delimiter = f"--{boundary}".encode()
    return b"".join(delimiter + b"\r\n" + one + b"\r\n" for one in parts) + delimiter + b"--\r\n"


def two_writes() -> list[Operation]:
    return [create("accounts", {"name": "x"}), create("accounts", {"name": "y"})]


def matched(*parts: bytes, atomic: bool = False) -> list[Answer]:
    return match_answers(two_writes(), read_batch(BATCH, multipart(parts)), atomic=atomic)


def test_a_batch_is_written_as_the_documentation_shows_it() -> None:
    operations = [
        create("tasks", {"subject": "Task 1", "cost": Decimal("1.50")}).tagged("work365"),
        query("accounts", select=["name"]).preferring("odata.maxpagesize=5"),
    ]

    content = write_batch(operations, root=ROOT, boundary="batch_1", atomic=False)

    assert content.decode().split("\r\n") == [
        "--batch_1",
        "Content-Type: application/http",
        "Content-Transfer-Encoding: binary",
        "",
        "POST /api/data/v9.2/tasks?tag=work365 HTTP/1.1",
        "Accept: application/json",
        "Content-Type: application/json",
        "",
        '{"subject":"Task 1","cost":1.50}',
        "--batch_1",
        "Content-Type: application/http",
        "Content-Transfer-Encoding: binary",
        "",
        "GET /api/data/v9.2/accounts?$select=name HTTP/1.1",
        "Accept: application/json",
        "Prefer: odata.maxpagesize=5",
        "",
        "",
        "--batch_1--",
        "",
    ]


def test_a_change_set_numbers_its_operations_so_that_one_can_name_another() -> None:
    operations = [create("accounts", {"name": "x"}), Operation("PATCH", "$1", {"name": "y"})]

    content = write_batch(operations, root=ROOT, boundary="batch_1", atomic=True)

    assert content.decode().split("\r\n") == [
        "--batch_1",
        "Content-Type: multipart/mixed; boundary=changeset_batch_1",
        "",
        "--changeset_batch_1",
        "Content-Type: application/http",
        "Content-Transfer-Encoding: binary",
        "Content-ID: 1",
        "",
        "POST /api/data/v9.2/accounts HTTP/1.1",
        "Accept: application/json",
        "Content-Type: application/json",
        "",
        '{"name":"x"}',
        "--changeset_batch_1",
        "Content-Type: application/http",
        "Content-Transfer-Encoding: binary",
        "Content-ID: 2",
        "",
        "PATCH $1 HTTP/1.1",
        "Accept: application/json",
        "Content-Type: application/json",
        "",
        '{"name":"y"}',
        "--changeset_batch_1--",
        "",
        "--batch_1--",
        "",
    ]


def test_more_operations_than_dataverse_takes_are_refused() -> None:
    operations = [create("accounts", {})] * 1_001

    with pytest.raises(RequestTooLarge, match="1001"):
        write_batch(operations, root=ROOT, boundary="batch_1", atomic=False)


def test_a_change_set_only_writes() -> None:
    with pytest.raises(AssertionError):
        write_batch(
            [query("accounts", select=["name"])], root=ROOT, boundary="batch_1", atomic=True
        )


def test_the_documented_answer_is_read() -> None:
    parts = read_batch("multipart/mixed; boundary=batchresponse_f27e", CHANGE_SET_ANSWER)

    assert [(one.content_id, one.status) for one in parts] == [
        ("1", 204),
        ("2", 204),
        (None, 200),
    ]
    assert parts[0].headers["OData-EntityId"].endswith("(e73ffc82-e292-ed11-aad1-000d3a9933c9)")
    assert parts[2].content == b'{"value": []}'


bodies = st.dictionaries(st.text(), st.text() | st.integers() | st.none(), max_size=3)


@given(st.lists(bodies, min_size=1, max_size=5))
def test_every_answer_comes_back_as_it_was_written(written: list[dict[str, Any]]) -> None:
    contents = [write_json(body).encode() for body in written]
    content = multipart([part(one, "200 OK") for one in contents])

    read = read_batch(BATCH, content)

    assert [read_json(one.content) for one in read] == written
    assert [one.status for one in read] == [200] * len(written)


@given(st.lists(bodies, min_size=1, max_size=4), st.data())
def test_an_answer_cut_off_anywhere_is_never_taken_for_a_whole_one(
    written: list[dict[str, Any]], data: st.DataObject
) -> None:
    content = multipart([part(json.dumps(body).encode(), "200 OK") for body in written])
    length = data.draw(st.integers(0, len(content) - len("--\r\n")))

    with pytest.raises(NotMultipart):
        read_batch(BATCH, content[:length])


@given(st.lists(bodies.map(lambda body: {"n": body}), min_size=1, max_size=5))
def test_every_request_can_be_found_in_what_was_written(written: list[dict[str, Any]]) -> None:
    operations = [upsert("accounts", {"number": 7}, body) for body in written]

    content = write_batch(operations, root=ROOT, boundary="batch_1", atomic=False)

    lines = content.decode().split("\r\n")
    assert [json.loads(line) for line in lines if line.startswith("{")] == written
    assert lines.count("--batch_1") == len(written)


@pytest.mark.parametrize(
    ("content_type", "change"),
    [
        ("application/json", lambda content: content),
        ("multipart/mixed", lambda content: content),
        ("", lambda content: content),
        (BATCH, lambda content: b""),
        (BATCH, lambda content: content.replace(b"--batch_1--", b"--batch_1")),
        (BATCH, lambda content: content.replace(b"--batch_1\r\n", b"--batch_12\r\n")),
        (BATCH, lambda content: content.replace(b"application/http", b"text/plain")),
        (BATCH, lambda content: content.replace(b"HTTP/1.1 204 No Content", b"OK")),
        (BATCH, lambda content: content.replace(b"HTTP/1.1 204", b"HTTP/1.1 many")),
        (BATCH, lambda content: content.replace(b"OData-Version: 4.0", b"OData-Version")),
        (BATCH, lambda content: content.replace(b"\r\n", b"\n")),
    ],
    ids=range(11),
)
def test_what_is_not_a_whole_batch_is_not_read(
    content_type: str, change: Callable[[bytes], bytes]
) -> None:
    with pytest.raises(NotMultipart):
        read_batch(content_type, change(multipart([part(), part()])))


def test_answers_of_a_change_set_are_matched_by_their_number() -> None:
    answers = matched(
        part(b'{"name":"y"}', "201 Created", Content_ID="2"),
        part(b'{"name":"x"}', "201 Created", Content_ID="1"),
        atomic=True,
    )

    assert [answer.body for answer in answers] == [{"name": "x"}, {"name": "y"}]


def test_a_failing_part_is_raised_with_its_place() -> None:
    with pytest.raises(RequestRefused, match="too long") as caught:
        matched(part(), part(TOO_LONG, "400 Bad Request"))

    assert caught.value.fault.index == 1
    assert caught.value.fault.operation == "POST accounts"


def test_a_change_set_that_failed_at_a_known_operation_says_which() -> None:
    with pytest.raises(RequestRefused) as caught:
        matched(part(TOO_LONG, "400 Bad Request", Content_ID="2"), atomic=True)

    assert caught.value.fault.index == 1


def test_a_change_set_that_failed_as_a_whole_blames_no_operation() -> None:
    with pytest.raises(RequestRefused) as caught:
        matched(part(TOO_LONG, "400 Bad Request"), atomic=True)

    assert caught.value.fault.index is None
    assert caught.value.fault.operation == "change set"


@pytest.mark.parametrize(
    "parts",
    [
        [part()],
        [part(), part(), part()],
        [part(Content_ID="1"), part(Content_ID="1")],
        [part(Content_ID="1"), part(Content_ID="2"), part(Content_ID="2")],
        [part(Content_ID="1"), part(Content_ID="3")],
        [part(Content_ID="0"), part(Content_ID="1")],
        [part(Content_ID="x"), part(Content_ID="1")],
    ],
    ids=["missing", "one too many", "twice", "one twice", "beyond", "zero", "not a number"],
)
def test_there_is_exactly_one_answer_to_each_operation(parts: list[bytes]) -> None:
    with pytest.raises(NotMultipart):
        matched(*parts, atomic=True)


def test_a_part_keeps_its_headers_without_regard_to_case() -> None:
    [one] = read_batch(BATCH, multipart([part(Content_ID="1")]))

    assert one == Part("1", 204, httpx.Headers({"odata-version": "4.0"}), b"")


def test_conditions_travel_inside_the_batch() -> None:

    operation = update("accounts", UUID(int=1), {"name": "x"}, etag='W/"7"')

    content = write_batch([operation], root=ROOT, boundary="batch_1", atomic=True)

    assert b'\r\nIf-Match: W/"7"\r\n' in content
