"""The client when Dataverse, or the way to it, fails: nothing lost, nothing done twice."""

import logging
from collections.abc import Callable
from itertools import count
from threading import Barrier, Event
from uuid import UUID

import httpx
import pytest
import respx

from work365.adapters.dataverse.client import UPSERT_RACES_MAX, DataverseClient
from work365.adapters.dataverse.errors import (
    AnswerUnreadable,
    DataverseUnavailable,
    DuplicateKey,
    NothingDone,
    RowNotFound,
    ServerFailed,
    SignInRejected,
    Throttled,
)
from work365.adapters.dataverse.operations import (
    Operation,
    create,
    create_multiple,
    create_once,
    delete,
    query,
    update,
    upsert,
    upsert_multiple,
)
from work365.http import ATTEMPTS_MAX, Paused, Retries, http_client, write_json

Misbehaving = Callable[..., tuple[str, list[bytes]]]
Connect = Callable[[str], DataverseClient]

URL = "https://org.example"
ROOT = f"{URL}/api/data/v9.2/"
ROW = UUID("11111111-2222-3333-4444-555555555555")
ACCOUNTS = query("accounts", select=["name"])
RESET = b""
HALF = (
    b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{"value":[{"na'
)
GARBLED = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nnope"
FINE = b'HTTP/1.1 200 OK\r\nContent-Length: 12\r\nConnection: close\r\n\r\n{"value":[]}'
DONE = b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n"
GONE = {"error": {"code": "0x80040217", "message": "Does Not Exist"}}
TAKEN = {"error": {"code": "0x80060892", "message": "Entity Key violated"}}

HARMLESS = [
    ACCOUNTS,
    update("accounts", ROW, {"name": "x"}),
    upsert("accounts", {"number": 7}, {"name": "x"}),
    delete("accounts", ROW),
    upsert_multiple("accounts", "account", [({"number": 7}, {"name": "x"})]),
    create("accounts", {"number": 7}, repeatable=True),
    create_once("accounts", "accountid", {"name": "x"}),
]
HARMFUL = [
    create("accounts", {"name": "x"}),
    create_multiple("accounts", "account", [{"name": "x"}]),
    Operation("POST", "QualifyLead", {}),
]


def throttled(seconds: int | str) -> httpx.Response:
    error = {"code": "0x80072322", "message": "Number of requests exceeded the limit of 6000"}
    headers = {"Retry-After": str(seconds), "Date": "Wed, 21 Oct 2026 07:28:00 GMT"}
    return httpx.Response(429, json={"error": error}, headers=headers)


def batch_answer(*parts: str, status: int = 200) -> httpx.Response:
    inner = "".join(
        f"--b\r\nContent-Type: application/http\r\n\r\nHTTP/1.1 {part}\r\n" for part in parts
    )
    kind = {"Content-Type": "multipart/mixed; boundary=b"}
    return httpx.Response(status, headers=kind, text=f"{inner}--b--\r\n")


DONE_PART = "204 No Content\r\nOData-Version: 4.0\r\n\r\n"
THROTTLED_PART = "429 Too Many Requests\r\nRetry-After: 9\r\n\r\n"


@respx.mock
@pytest.mark.parametrize("operation", HARMLESS + HARMFUL, ids=str)
def test_what_was_throttled_was_not_done_and_is_sent_again(
    client: DataverseClient, sleeps: list[float], operation: Operation
) -> None:
    route = respx.route()
    route.side_effect = [throttled(17), throttled(3), httpx.Response(204)]

    assert client.send(operation) is None
    assert sleeps == [17, 3]


@respx.mock
def test_a_pause_given_as_a_date_is_kept_to_the_second(
    client: DataverseClient, sleeps: list[float]
) -> None:
    route = respx.route()
    route.side_effect = [throttled("Wed, 21 Oct 2026 07:29:30 GMT"), httpx.Response(204)]

    client.send(create("accounts", {}))

    assert sleeps == [90]


@respx.mock
def test_a_pause_beyond_our_patience_goes_back_to_the_queue(
    client: DataverseClient, sleeps: list[float]
) -> None:
    respx.route().mock(return_value=throttled(290))

    with pytest.raises(Throttled) as caught:
        client.send(create("accounts", {}))
    with pytest.raises(Paused) as second:
        client.send(create("accounts", {}))

    assert caught.value.retry_after_seconds == second.value.retry_after_seconds == 290
    assert not caught.value.maybe_done
    assert sleeps == []
    assert len(respx.calls) == 1


@respx.mock
def test_throttling_that_does_not_end_is_given_up(client: DataverseClient) -> None:
    route = respx.route().mock(return_value=throttled(1))

    with pytest.raises(Throttled, match="limit of 6000"):
        client.send(create("accounts", {}))

    assert route.call_count == ATTEMPTS_MAX


@respx.mock
def test_all_threads_fall_silent_when_one_is_throttled() -> None:
    elapsed = 0.0
    numbers = count()
    arrived: list[float] = []
    in_flight, one_asleep = Barrier(4, timeout=5), Event()

    def wake_up() -> None:
        nonlocal elapsed
        elapsed = 20

    # The one that was throttled, and the four whose turn it is then.
    all_asleep = Barrier(5, action=wake_up, timeout=5)

    def sleep(seconds: float) -> None:
        one_asleep.set()
        all_asleep.wait()

    def answer(request: httpx.Request) -> httpx.Response:
        number = next(numbers)
        if number < 4:
            in_flight.wait()
        else:
            arrived.append(elapsed)
        if number == 0:
            return throttled(20)
        one_asleep.wait(timeout=5)
        return httpx.Response(200, json={"value": []})

    respx.get(url__startswith=ROOT).mock(side_effect=answer)
    retries = Retries(sleep=sleep, elapsed_seconds=lambda: elapsed)

    with http_client() as http:
        client = DataverseClient(url=URL, token=lambda: "t", http=http, retries=retries)
        answers = client.each(client.send, [ACCOUNTS] * 12)

    assert answers == [{"value": []}] * 12
    assert arrived == [20] * 9


@respx.mock
@pytest.mark.parametrize("status", [502, 503, 504])
@pytest.mark.parametrize("operation", HARMLESS, ids=str)
def test_a_gateway_that_fails_is_asked_again_with_growing_pauses(
    client: DataverseClient, sleeps: list[float], operation: Operation, status: int
) -> None:
    respx.route().side_effect = [httpx.Response(status)] * 3 + [httpx.Response(204)]

    assert client.send(operation) is None
    assert len(sleeps) == 3
    assert sleeps == sorted(sleeps)


@respx.mock
@pytest.mark.parametrize("status", [502, 503, 504])
@pytest.mark.parametrize("operation", HARMFUL, ids=str)
def test_a_creation_that_may_have_happened_is_not_sent_twice(
    client: DataverseClient, operation: Operation, status: int
) -> None:
    route = respx.route().respond(status)

    with pytest.raises(DataverseUnavailable) as caught:
        client.send(operation)

    assert caught.value.maybe_done
    assert route.call_count == 1


@respx.mock
def test_an_error_inside_dataverse_is_not_hammered(client: DataverseClient) -> None:
    route = respx.route().respond(500, json={"error": {"code": "0x80040216", "message": "why"}})

    with pytest.raises(ServerFailed) as caught:
        client.send(ACCOUNTS)

    assert route.call_count == 1
    assert not caught.value.maybe_done, "a read does nothing"


@respx.mock
def test_the_victim_of_a_deadlock_was_rolled_back_and_is_sent_again(
    client: DataverseClient,
) -> None:
    deadlock = {"error": {"code": "0x80044150", "message": "Generic SQL error"}}
    respx.route().side_effect = [httpx.Response(400, json=deadlock), httpx.Response(204)]

    assert client.send(create("accounts", {})) is None


@pytest.mark.parametrize("operation", HARMLESS, ids=str)
def test_a_connection_reset_in_the_middle_is_survived_where_that_is_harmless(
    misbehaving: Misbehaving, connect: Connect, operation: Operation
) -> None:
    url, requests = misbehaving(RESET, DONE)

    assert connect(url).send(operation) is None
    assert requests[0].split(b"\r\n")[0] == requests[1].split(b"\r\n")[0]


@pytest.mark.parametrize("operation", HARMFUL, ids=str)
def test_a_connection_reset_in_the_middle_of_a_creation_is_left_to_the_caller(
    misbehaving: Misbehaving, connect: Connect, operation: Operation
) -> None:
    url, requests = misbehaving(RESET)

    with pytest.raises(DataverseUnavailable, match="no answer") as caught:
        connect(url).send(operation)

    assert caught.value.maybe_done
    assert len(requests) == 1


def test_a_server_that_cannot_be_reached_has_done_nothing(
    connect: Connect, sleeps: list[float]
) -> None:
    # Port 1 is never listened on: the connection is refused before anything is sent.
    client = connect("http://127.0.0.1:1")

    with pytest.raises(NothingDone, match="nothing takes a connection") as caught:
        client.send(create("accounts", {}))

    assert not caught.value.maybe_done
    assert len(sleeps) == ATTEMPTS_MAX - 1


@respx.mock
def test_a_repeat_that_meets_its_own_row_says_that_it_may_be_its_own(
    client: DataverseClient,
) -> None:
    respx.route().side_effect = [httpx.ReadError("reset"), httpx.Response(412, json=TAKEN)]

    with pytest.raises(DuplicateKey) as caught:
        client.send(create("accounts", {"number": 7}, repeatable=True))

    assert caught.value.maybe_done


@respx.mock
def test_a_duplicate_met_at_the_first_attempt_is_somebody_elses(client: DataverseClient) -> None:
    respx.route().respond(412, json=TAKEN)

    with pytest.raises(DuplicateKey) as caught:
        client.send(create("accounts", {"number": 7}, repeatable=True))

    assert not caught.value.maybe_done


@pytest.mark.parametrize("broken", [HALF, GARBLED], ids=["half a body", "not what it says"])
def test_a_read_that_broke_off_is_read_again(
    misbehaving: Misbehaving, connect: Connect, broken: bytes
) -> None:
    url, _ = misbehaving(broken, FINE)

    assert list(connect(url).rows(ACCOUNTS)) == []


@respx.mock
@pytest.mark.parametrize("content", ['{"value":[{"na', "<html>signing in</html>", "[]", ""])
def test_a_read_that_stays_unreadable_is_a_contradiction(
    client: DataverseClient, content: str
) -> None:
    route = respx.route().respond(200, text=content)

    with pytest.raises(AnswerUnreadable):
        list(client.rows(ACCOUNTS))

    assert route.call_count == 3


@respx.mock
def test_a_creation_answered_unreadably_is_not_sent_twice(client: DataverseClient) -> None:
    route = respx.route().respond(200, text='{"Ids":["11')

    with pytest.raises(AnswerUnreadable) as caught:
        client.send(create_multiple("accounts", "account", [{}]))

    assert caught.value.maybe_done
    assert route.call_count == 1


@respx.mock
@pytest.mark.parametrize("outer", [200, 429])
def test_a_change_set_throttled_inside_was_rolled_back_and_is_sent_again(
    client: DataverseClient, sleeps: list[float], outer: int
) -> None:
    respx.route().side_effect = [
        batch_answer(THROTTLED_PART, status=outer),
        batch_answer(DONE_PART, DONE_PART),
    ]

    answers = client.change_set([create("accounts", {})] * 2)

    assert [answer.status for answer in answers] == [204, 204]
    assert sleeps == [9]


@respx.mock
def test_a_batch_throttled_in_the_middle_is_not_begun_again(client: DataverseClient) -> None:
    route = respx.route()
    route.mock(return_value=batch_answer(DONE_PART, THROTTLED_PART, status=429))

    with pytest.raises(Throttled) as caught:
        client.batch([create("accounts", {})] * 3)

    assert caught.value.maybe_done
    assert caught.value.fault.index == 1
    assert caught.value.retry_after_seconds == 9
    assert route.call_count == 1


@respx.mock
def test_a_batch_throttled_at_its_first_operation_is_begun_again(client: DataverseClient) -> None:
    respx.route().side_effect = [
        batch_answer(THROTTLED_PART, status=429),
        batch_answer(DONE_PART, DONE_PART),
    ]

    answers = client.batch([create("accounts", {})] * 2)

    assert [answer.status for answer in answers] == [204, 204]


@respx.mock
def test_a_batch_throttled_in_the_middle_is_begun_again_where_that_is_harmless(
    client: DataverseClient,
) -> None:
    respx.route().side_effect = [
        batch_answer(DONE_PART, THROTTLED_PART),
        batch_answer(DONE_PART, DONE_PART),
    ]

    answers = client.batch([update("accounts", ROW, {})] * 2)

    assert [answer.status for answer in answers] == [204, 204]


@respx.mock
@pytest.mark.parametrize(
    ("operations", "marked"),
    [([create("accounts", {})], True), ([update("accounts", ROW, {})], False)],
    ids=["creations with keys", "updates"],
)
def test_a_change_set_that_broke_off_is_sent_again_where_that_is_harmless(
    client: DataverseClient, operations: list[Operation], marked: bool
) -> None:
    respx.route().side_effect = [httpx.ReadTimeout("slow"), batch_answer(DONE_PART)]

    answers = client.change_set(operations, repeatable=marked)

    assert [answer.status for answer in answers] == [204]


@respx.mock
@pytest.mark.parametrize(
    "operations",
    [[create("accounts", {})], [update("accounts", ROW, {}), create("accounts", {})]],
    ids=["creations", "creations among others"],
)
def test_a_change_set_that_broke_off_is_left_to_the_caller_where_it_may_double_a_row(
    client: DataverseClient, operations: list[Operation]
) -> None:
    route = respx.route().mock(side_effect=httpx.ReadTimeout("slow"))

    with pytest.raises(DataverseUnavailable) as caught:
        client.change_set(operations)

    assert caught.value.maybe_done
    assert route.call_count == 1


@respx.mock
@pytest.mark.parametrize(
    "operation",
    [
        upsert("accounts", {"number": 7}, {"name": "x"}),
        upsert_multiple("accounts", "account", [({"number": 7}, {"name": "x"})]),
    ],
    ids=str,
)
def test_an_upsert_that_was_overtaken_by_another_updates_its_row(
    client: DataverseClient, operation: Operation
) -> None:
    route = respx.route()
    route.side_effect = [httpx.Response(412, json=TAKEN), httpx.Response(204)]

    assert client.send(operation) is None
    assert route.call_count == 2


@respx.mock
def test_a_change_set_of_upserts_that_was_overtaken_is_sent_again(client: DataverseClient) -> None:
    refused = f"412 Precondition Failed\r\nREQ_ID: r\r\n\r\n{write_json(TAKEN)}"
    respx.route().side_effect = [
        batch_answer(refused, status=412),
        batch_answer(DONE_PART, DONE_PART),
    ]
    operations = [upsert("accounts", {"number": 7}, {}), update("accounts", ROW, {})]

    answers = client.change_set(operations)

    assert [answer.status for answer in answers] == [204, 204]


@respx.mock
def test_an_upsert_that_always_violates_a_key_is_given_up(client: DataverseClient) -> None:
    route = respx.route().respond(412, json=TAKEN)

    with pytest.raises(DuplicateKey) as caught:
        client.send(upsert("accounts", {"number": 7}, {"other key": "taken"}))

    assert route.call_count == UPSERT_RACES_MAX + 1
    assert not caught.value.maybe_done


@respx.mock
@pytest.mark.parametrize(
    "operations",
    [
        [upsert("accounts", {"number": 7}, {}, create_only=True)],
        [upsert("accounts", {"number": 7}, {}), create("accounts", {})],
    ],
    ids=["only to be created", "beside a creation"],
)
def test_a_row_that_was_only_to_be_created_is_refused_at_once(
    client: DataverseClient, operations: list[Operation]
) -> None:
    refused = f"412 Precondition Failed\r\nREQ_ID: r\r\n\r\n{write_json(TAKEN)}"
    route = respx.route().mock(return_value=batch_answer(refused, status=412))

    with pytest.raises(DuplicateKey):
        client.change_set(operations)

    assert route.call_count == 1


@respx.mock
def test_a_creation_whose_answer_was_lost_is_found_again(client: DataverseClient) -> None:
    creation = create_once("accounts", "accountid", {"name": "x"}, row_id=ROW)
    posted = respx.post(url__startswith=ROOT)
    posted.side_effect = [httpx.ReadError("reset"), httpx.Response(412, json=TAKEN)]
    asked = respx.get(url__startswith=ROOT).respond(json={"value": [{"accountid": str(ROW)}]})

    assert client.send(creation) == ROW
    assert asked.calls.last.request.url.params["$filter"] == f"accountid eq {ROW}"


@respx.mock
def test_a_creation_refused_for_another_row_s_key_is_not_taken_for_done(
    client: DataverseClient,
) -> None:
    posted = respx.post(url__startswith=ROOT)
    posted.side_effect = [httpx.ReadError("reset"), httpx.Response(412, json=TAKEN)]
    respx.get(url__startswith=ROOT).respond(json={"value": []})

    with pytest.raises(DuplicateKey):
        client.send(create_once("accounts", "accountid", {"number": 7}))


@respx.mock
def test_a_deletion_whose_answer_was_lost_is_done_when_the_row_is_gone(
    client: DataverseClient,
) -> None:
    respx.route().side_effect = [httpx.ReadError("reset"), httpx.Response(404, json=GONE)]

    assert client.send(delete("accounts", ROW)) is None


@respx.mock
def test_a_row_that_was_never_there_cannot_be_deleted(client: DataverseClient) -> None:
    respx.route().respond(404, json=GONE)

    with pytest.raises(RowNotFound):
        client.send(delete("accounts", ROW))


@respx.mock
def test_an_update_of_a_row_that_somebody_deleted_meanwhile_is_refused(
    client: DataverseClient,
) -> None:
    respx.route().side_effect = [httpx.ReadError("reset"), httpx.Response(404, json=GONE)]

    with pytest.raises(RowNotFound):
        client.send(update("accounts", ROW, {}))


@respx.mock
@pytest.mark.parametrize("status", [500, 503])
def test_a_page_of_html_says_what_it_is_and_under_which_request(
    client: DataverseClient, status: int
) -> None:
    headers = {"Content-Type": "text/html", "x-ms-service-request-id": "req-3"}
    respx.route().respond(status, text="<h1>Our services are not available</h1>", headers=headers)

    with pytest.raises(DataverseUnavailable, match=r"text/html.*\[request req-3\]"):
        client.send(create("accounts", {}))


def test_a_malformed_token_is_refused_here_and_told_to_nobody(
    misbehaving: Misbehaving, caplog: pytest.LogCaptureFixture
) -> None:
    url, _ = misbehaving()
    with http_client() as http, caplog.at_level(logging.DEBUG):
        client = DataverseClient(url=url, token=lambda: "secret\nwords", http=http)
        with pytest.raises(SignInRejected, match="token's source") as caught:
            client.send(ACCOUNTS)

    assert caught.value.__suppress_context__
    assert "secret" not in str(caught.value)
    assert "secret" not in "".join(
        record.getMessage() for record in caplog.records if record.name.startswith("work365")
    )


@respx.mock
@pytest.mark.parametrize(
    ("code", "degree"), [("0x80072322", 4), ("0x80072321", 2), ("0x80072326", 2)]
)
def test_each_kind_of_limit_is_waited_for_and_learnt_from(
    client: DataverseClient, sleeps: list[float], code: str, degree: int
) -> None:
    limited = httpx.Response(
        429, json={"error": {"code": code, "message": "limit"}}, headers={"Retry-After": "12"}
    )
    respx.route().side_effect = [limited, httpx.Response(204)]

    client.send(create("accounts", {}))

    assert sleeps == [12]
    assert client.degree_of_parallelism == degree


@respx.mock
def test_a_connection_that_is_in_no_state_to_send_is_tried_again(client: DataverseClient) -> None:
    closed = httpx.LocalProtocolError("Can't send data when our state is ERROR")
    respx.route().side_effect = [closed, httpx.Response(204)]

    assert client.send(update("accounts", ROW, {})) is None
