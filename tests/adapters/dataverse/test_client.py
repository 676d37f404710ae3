"""The client when all is well, and when Dataverse says no."""

import logging
from decimal import Decimal
from threading import Barrier
from typing import Any
from uuid import UUID

import httpx
import pytest
import respx

from work365.adapters.dataverse.client import DataverseClient
from work365.adapters.dataverse.delta import Delta
from work365.adapters.dataverse.errors import (
    AnswerImpossible,
    AnswerUnreadable,
    DeltaExpired,
    DuplicateKey,
    PrivilegeDenied,
    RequestRefused,
    SignInRejected,
    VersionMismatch,
)
from work365.adapters.dataverse.operations import (
    Operation,
    create,
    create_multiple,
    delete,
    query,
    update,
    upsert,
)
from work365.adapters.dataverse.pace import DEGREE_OF_PARALLELISM_MAX

ROOT = "https://org.example/api/data/v9.2/"
ROW = UUID("11111111-2222-3333-4444-555555555555")
ACCOUNTS = query("accounts", select=["name"])
CONTACTS = query("contacts", select=["name"])


def problem(code: str, message: str = "why") -> dict[str, Any]:
    return {"error": {"code": code, "message": message}}


def batch_answer(*parts: str, status: int = 200) -> httpx.Response:
    inner = "".join(
        f"--b\r\nContent-Type: application/http\r\n\r\nHTTP/1.1 {part}\r\n" for part in parts
    )
    return httpx.Response(
        status,
        headers={"Content-Type": "multipart/mixed; boundary=b"},
        text=f"{inner}--b--\r\n",
    )


def page(rows: str, more: str = "") -> str:
    """Return a part of a batch's answer with `rows`."""
    return f'200 OK\r\nContent-Type: application/json\r\n\r\n{{"value":{rows}{more}}}'


NO_CONTENT = "204 No Content\r\nOData-Version: 4.0\r\n\r\n"
FULL = (
    "412 Precondition Failed\r\nREQ_ID: req-7\r\n\r\n"
    '{"error":{"code":"0x80060892","message":"Entity Key violated"}}'
)


@respx.mock
def test_a_request_carries_what_the_web_api_asks_for(client: DataverseClient) -> None:
    route = respx.get(f"{ROOT}WhoAmI()").respond(json={"UserId": str(ROW)})

    who = client.send(Operation("GET", "WhoAmI()"))

    assert who == {"UserId": str(ROW)}
    headers = route.calls.last.request.headers
    assert headers["Authorization"] == "Bearer token-1"
    assert headers["Accept"] == "application/json"
    assert headers["OData-Version"] == headers["OData-MaxVersion"] == "4.0"
    assert "Content-Type" not in headers


@respx.mock
def test_money_is_exact_on_its_way_there_and_back(client: DataverseClient) -> None:
    route = respx.patch(url__startswith=ROOT).respond(200, text='{"total":922337203685477.5800}')

    body = client.send(update("invoices", ROW, {"total": Decimal("922337203685477.5800")}))

    assert route.calls.last.request.content == b'{"total":922337203685477.5800}'
    assert str(body["total"]) == "922337203685477.5800"


@respx.mock
def test_the_id_of_a_created_row_is_returned(client: DataverseClient) -> None:
    entity = {"OData-EntityId": f"{ROOT}accounts({ROW})"}
    respx.post(f"{ROOT}accounts?tag=work365").respond(204, headers=entity)

    assert client.send(create("accounts", {"name": "x"})) == ROW


@respx.mock
def test_every_write_is_tagged_and_no_read_is(client: DataverseClient) -> None:
    respx.route().respond(204)

    client.send(create("accounts", {}))
    client.send(upsert("accounts", {"number": 7}, {}))
    client.send(delete("accounts", ROW))
    client.send(create_multiple("accounts", "account", [{}]))
    client.send(Operation("GET", "WhoAmI()"))

    tags = [call.request.url.params.get("tag") for call in respx.calls]
    assert tags == ["work365"] * 4 + [None]


@respx.mock
def test_every_page_is_read_with_the_same_wishes(client: DataverseClient) -> None:
    cookie = "%3Ccookie%20pagenumber=%222%22%20/%3E"
    pages = {
        f"{ROOT}accounts?$select=name&$skiptoken={cookie}": {"value": [{"name": "c"}]},
        f"{ROOT}accounts?$select=name": {
            "value": [{"name": "a"}, {"name": "b"}],
            # Dataverse may answer under its other host name.
            "@odata.nextLink": "https://org.api.example/api/data/v9.2/accounts?$select=name"
            f"&$skiptoken={cookie}",
        },
    }
    for url, page in pages.items():
        respx.get(url).respond(json=page)

    names = [row["name"] for row in client.rows(ACCOUNTS, page_size=2)]

    assert names == ["a", "b", "c"]
    wishes = [call.request.headers["Prefer"] for call in respx.calls]
    assert wishes == ["odata.maxpagesize=2"] * 2
    assert {call.request.url.host for call in respx.calls} == {"org.example"}


@respx.mock
@pytest.mark.parametrize(("link", "pages"), [("", 1), ("&$skiptoken=2", 2)])
def test_a_page_that_points_back_is_not_read_for_ever(
    client: DataverseClient, link: str, pages: int
) -> None:
    again = {"value": [{"name": "a"}], "@odata.nextLink": f"{ROOT}accounts?$select=name{link}"}
    route = respx.get(url__startswith=ROOT).respond(json=again)

    with pytest.raises(AnswerImpossible, match="points back"):
        list(client.rows(ACCOUNTS))

    assert route.call_count == pages


@respx.mock
@pytest.mark.parametrize("link", ["https://elsewhere.example/rows", "", 7])
def test_a_link_out_of_the_web_api_is_not_followed(client: DataverseClient, link: object) -> None:
    respx.get(url__startswith=ROOT).respond(json={"value": [], "@odata.nextLink": link})

    with pytest.raises(AnswerImpossible, match="outside the Web API"):
        list(client.rows(ACCOUNTS))


@respx.mock
def test_the_first_few_rows_are_asked_for_without_a_page_size(client: DataverseClient) -> None:
    route = respx.get(url__startswith=ROOT).respond(json={"value": [{"name": "a"}]})

    rows = list(client.rows(query("accounts", select=["name"], top=1)))

    assert rows == [{"name": "a"}]
    assert "Prefer" not in route.calls.last.request.headers


@respx.mock
@pytest.mark.parametrize("body", [{}, {"value": None}, {"value": {"name": "a"}}])
def test_an_answer_without_rows_is_a_contradiction_when_it_persists(
    client: DataverseClient, body: dict[str, Any]
) -> None:
    route = respx.get(url__startswith=ROOT).respond(json=body)

    with pytest.raises(AnswerUnreadable, match="no rows"):
        list(client.rows(ACCOUNTS))

    assert route.call_count == 3


@respx.mock
def test_changes_are_read_to_the_link_for_the_next_time(client: DataverseClient) -> None:
    more = f"{ROOT}accounts?$select=name&$skiptoken=2"
    later = f"{ROOT}accounts?$select=name&$deltatoken=919042%2108%2f22%2f2026"
    gone = {"@odata.context": f"{ROOT}$metadata#accounts/$deletedEntity", "id": str(ROW)}
    respx.get(more).respond(json={"value": [gone], "@odata.deltaLink": later})
    first = respx.get(f"{ROOT}accounts?$select=name")
    first.respond(json={"value": [{"name": "a"}], "@odata.nextLink": more})

    delta = client.changes("accounts", ["name"])

    assert delta == Delta([{"name": "a"}], [ROW], later)
    prefer = first.calls.last.request.headers["Prefer"]
    assert prefer == "odata.track-changes,odata.maxpagesize=5000"


@respx.mock
def test_changes_are_read_on_from_a_link_exactly_as_it_was_given(client: DataverseClient) -> None:
    link = f"{ROOT}accounts?$select=name&$deltatoken=919042%2108%2f22%2f2026"
    route = respx.get(url__startswith=ROOT).respond(json={"value": [], "@odata.deltaLink": link})

    delta = client.changes("accounts", ["name"], link)

    assert delta == Delta([], [], link)
    assert str(route.calls.last.request.url) == link
    assert route.calls.last.request.headers["Prefer"] == "odata.maxpagesize=5000"


@respx.mock
def test_a_first_reading_can_be_taken_up_again_in_the_middle(client: DataverseClient) -> None:
    more = f"{ROOT}accounts?$select=name&$skiptoken=2"
    respx.get(more).respond(json={"value": [{"name": "b"}], "@odata.deltaLink": "later"})
    first = respx.get(f"{ROOT}accounts?$select=name")
    first.respond(json={"value": [{"name": "a"}], "@odata.nextLink": more})

    begun = next(client.change_pages("accounts", ["name"]))
    rest = client.changes("accounts", ["name"], begun.link)

    assert (begun.rows, rest.rows, rest.link) == ([{"name": "a"}], [{"name": "b"}], "later")
    assert "odata.track-changes" in respx.calls.last.request.headers["Prefer"]


@respx.mock
def test_an_expired_link_is_told_from_other_refusals(client: DataverseClient) -> None:
    respx.get(url__startswith=ROOT).respond(400, json=problem("0x80044352"))

    with pytest.raises(DeltaExpired):
        client.changes("accounts", ["name"], f"{ROOT}accounts?$deltatoken=1")


@respx.mock
@pytest.mark.parametrize(
    "body",
    [{"value": []}, {"value": ["x"], "@odata.deltaLink": "l"}],
    ids=["no link to read on from", "not a row"],
)
def test_a_page_that_is_not_of_changes_is_a_contradiction(
    client: DataverseClient, body: dict[str, Any]
) -> None:
    respx.get(url__startswith=ROOT).respond(json=body)

    with pytest.raises(AnswerImpossible, match="not a page of changes"):
        client.changes("accounts", ["name"])


@respx.mock
def test_a_batch_is_answered_in_order(client: DataverseClient) -> None:
    rows = '200 OK\r\nContent-Type: application/json\r\n\r\n{"value":[]}'
    route = respx.post(f"{ROOT}$batch").mock(return_value=batch_answer(rows, NO_CONTENT))

    answers = client.batch([ACCOUNTS, update("accounts", ROW, {})])

    assert [answer.body for answer in answers] == [{"value": []}, None]
    request = route.calls.last.request
    assert request.headers["Content-Type"].startswith('multipart/mixed; boundary="batch_')
    assert b"GET /api/data/v9.2/accounts?$select=name HTTP/1.1\r\n" in request.content
    assert f"PATCH /api/data/v9.2/accounts({ROW})?tag=work365 ".encode() in request.content


@respx.mock
def test_the_rows_of_several_queries_are_read_together_and_to_their_last_page(
    client: DataverseClient,
) -> None:
    more = f"{ROOT}accounts?$skiptoken=2"
    first = page('[{"name":"a"}]', f',"@odata.nextLink":"{more}"')
    route = respx.post(f"{ROOT}$batch").mock(
        return_value=batch_answer(first, page("[]"), page('[{"name":"c"}]'))
    )
    respx.get(more).respond(json={"value": [{"name": "b"}]})

    found = client.rows_of_each([ACCOUNTS, CONTACTS, CONTACTS])

    assert found == [[{"name": "a"}, {"name": "b"}], [], [{"name": "c"}]]
    assert route.calls.last.request.content.count(b"Prefer: odata.maxpagesize=5000\r\n") == 3
    assert respx.calls.last.request.headers["Prefer"] == "odata.maxpagesize=5000"


@respx.mock
@pytest.mark.parametrize("answer", [NO_CONTENT, page("1")])
def test_a_query_answered_without_rows_among_others_is_unreadable(
    client: DataverseClient, answer: str
) -> None:
    respx.post(f"{ROOT}$batch").mock(return_value=batch_answer(page("[]"), answer))

    with pytest.raises(AnswerUnreadable, match=r"GET contacts.*no rows in the page"):
        client.rows_of_each([ACCOUNTS, CONTACTS])


@respx.mock
@pytest.mark.parametrize("outer", [200, 412])
def test_a_batch_raises_the_error_of_the_part_that_failed(
    client: DataverseClient, outer: int
) -> None:
    respx.post(f"{ROOT}$batch").mock(return_value=batch_answer(NO_CONTENT, FULL, status=outer))

    with pytest.raises(DuplicateKey, match="Entity Key violated") as caught:
        client.batch([create("accounts", {})] * 3)

    assert caught.value.fault.index == 1
    assert caught.value.fault.request_id == "req-7"
    assert caught.value.maybe_done, "the first operation was carried out"


@respx.mock
def test_a_change_set_that_is_refused_has_done_nothing(client: DataverseClient) -> None:
    respx.post(f"{ROOT}$batch").mock(return_value=batch_answer(FULL, status=412))

    with pytest.raises(DuplicateKey) as caught:
        client.change_set([create("accounts", {}), create("accounts", {})])

    assert caught.value.fault.index is None
    assert not caught.value.maybe_done


@respx.mock
def test_a_batch_refused_as_a_whole_names_no_operation(client: DataverseClient) -> None:
    body = problem("0x80048d19", "Stream was not readable")
    respx.post(f"{ROOT}$batch").respond(400, json=body)

    with pytest.raises(RequestRefused, match="Stream was not readable") as caught:
        client.change_set([create("accounts", {})])

    assert caught.value.fault.operation == "change set of 1"
    assert caught.value.fault.index is None


@respx.mock
@pytest.mark.parametrize(
    "answer",
    [batch_answer(NO_CONTENT), httpx.Response(200, json={}), batch_answer(status=400)],
    ids=["an answer missing", "not multipart", "a failure without a failing part"],
)
def test_a_batch_answered_with_less_than_was_asked_is_a_contradiction(
    client: DataverseClient, answer: httpx.Response
) -> None:
    route = respx.post(f"{ROOT}$batch").mock(return_value=answer)

    with pytest.raises(AnswerUnreadable) as caught:
        client.change_set([create("accounts", {})] * 2)

    assert caught.value.maybe_done
    assert route.call_count == 1


@respx.mock
def test_a_failure_whose_parts_all_succeeded_is_a_contradiction(client: DataverseClient) -> None:
    respx.post(f"{ROOT}$batch").mock(return_value=batch_answer(NO_CONTENT, status=400))

    with pytest.raises(AnswerUnreadable, match="without a part that failed"):
        client.change_set([create("accounts", {})])


@respx.mock
def test_nothing_is_sent_when_there_is_nothing_to_send(client: DataverseClient) -> None:
    assert client.batch([]) == []
    assert client.change_set([]) == []
    assert not respx.calls


@respx.mock
def test_a_refusal_carries_dataverses_own_words_and_request_id(client: DataverseClient) -> None:
    respx.get(url__startswith=ROOT).respond(
        403,
        json=problem("0x80040220", "missing prvReadAccount privilege"),
        headers={"x-ms-service-request-id": "req-1"},
    )

    with pytest.raises(PrivilegeDenied, match="prvReadAccount") as caught:
        client.ask(ACCOUNTS)

    fault = caught.value.fault
    assert (fault.status, fault.code, fault.request_id) == (403, "0x80040220", "req-1")
    assert fault.operation == "GET accounts"


@respx.mock
def test_a_row_changed_meanwhile_is_refused_and_left_alone(client: DataverseClient) -> None:
    route = respx.patch(url__startswith=ROOT).respond(412, json=problem("0x80060882"))

    with pytest.raises(VersionMismatch) as caught:
        client.send(update("accounts", ROW, {}, etag='W/"7"'))

    assert route.calls.last.request.headers["If-Match"] == 'W/"7"'
    assert route.call_count == 1
    assert not caught.value.maybe_done


@respx.mock
def test_an_expired_token_is_replaced_once(client: DataverseClient) -> None:
    route = respx.post(url__startswith=ROOT)
    route.side_effect = [httpx.Response(401), httpx.Response(204)]

    client.send(create("accounts", {}))

    sent = [call.request.headers["Authorization"] for call in route.calls]
    assert sent == ["Bearer token-1", "Bearer token-2"]


@respx.mock
def test_a_fresh_token_that_is_rejected_too_is_not_tried_for_ever(
    client: DataverseClient, sleeps: list[float]
) -> None:
    route = respx.get(url__startswith=ROOT).respond(401)

    with pytest.raises(SignInRejected):
        client.ask(ACCOUNTS)

    assert route.call_count == 2
    assert sleeps == []


@respx.mock
@pytest.mark.parametrize(
    ("hint", "degree"),
    [
        (None, 4),
        ("8", 8),
        ("500", DEGREE_OF_PARALLELISM_MAX),
        ("0", 1),
        ("as you like", 4),
    ],
)
def test_the_degree_of_parallelism_is_the_one_dataverse_recommends(
    client: DataverseClient, hint: str | None, degree: int
) -> None:
    headers = {"x-ms-dop-hint": hint} if hint else {}
    respx.get(url__startswith=ROOT).respond(json={"value": []}, headers=headers)

    client.ask(ACCOUNTS)

    assert client.degree_of_parallelism == degree


def test_things_are_done_at_once_and_returned_in_order(client: DataverseClient) -> None:
    together = Barrier(client.degree_of_parallelism, timeout=5)

    def twice(number: int) -> int:
        together.wait()
        return number * 2

    assert client.each(twice, range(8)) == [0, 2, 4, 6, 8, 10, 12, 14]


def test_the_first_error_is_raised_when_all_have_ended(client: DataverseClient) -> None:
    ended: list[int] = []

    def odd_only(number: int) -> int:
        ended.append(number)
        if number % 2 == 0:
            raise ArithmeticError(number)
        return number

    with pytest.raises(ArithmeticError, match=r"^2$"):
        client.each(odd_only, [1, 2, 3, 4, 5])

    assert sorted(ended) == [1, 2, 3, 4, 5]


@respx.mock
def test_the_log_tells_the_request_but_no_token_no_body_and_no_filter(
    client: DataverseClient, caplog: pytest.LogCaptureFixture
) -> None:
    headers = {"x-ms-service-request-id": "req-9"}
    route = respx.get(url__startswith=ROOT)
    route.side_effect = [
        httpx.Response(503),
        httpx.Response(200, json={"value": [{"name": "Ada"}]}, headers=headers),
    ]

    with caplog.at_level(logging.INFO, logger="work365"):
        list(client.rows(query("contacts", select=["name"], filter="name eq 'Ada'")))

    ours = [record for record in caplog.records if record.name.startswith("work365")]
    assert [record.levelname for record in ours] == ["INFO", "WARNING", "INFO"]
    assert "GET contacts: HTTP 200" in ours[-1].message
    assert "req-9" in ours[-1].message
    assert not [record for record in ours if "Ada" in record.message]
    assert not [record for record in ours if "token" in record.message]
