"""Waiting for what Microsoft does later, and downloading files."""

from collections.abc import Iterator
from io import BytesIO

import httpx
import pytest
import respx

from tests.adapters.partner_center.asking import API, Hourglass, connection, errand
from work365.adapters.partner_center import errands
from work365.adapters.partner_center.calls import Call
from work365.adapters.partner_center.endpoints import CHANGE_SUBSCRIPTION, GET_STATEMENT
from work365.adapters.partner_center.errors import (
    AnswerImpossible,
    AnswerUnreadable,
    LedElsewhere,
    NotFound,
    RequestRefused,
    StillRunning,
)

IDS = {"customer": "c1", "subscription": "s1"}
PATCH = Call(CHANGE_SUBSCRIPTION, IDS, body={"quantity": 2})
ONE = f"{API}/v1/customers/c1/subscriptions/s1"
STATUS = "/customers/c1/subscriptions/s1/operation"
STATEMENT = Call(GET_STATEMENT, {"invoice": "G1"})


@pytest.fixture(autouse=True)
def _answered_here() -> Iterator[None]:
    with respx.mock:
        yield


def accepted(location: str = STATUS, **headers: str) -> httpx.Response:
    return httpx.Response(202, headers={"Location": location, **headers})


def watched(*answers: httpx.Response) -> respx.Route:
    return respx.get(f"{API}/v1{STATUS}").mock(side_effect=list(answers))


class TestFinishing:
    def test_what_is_done_at_once_is_not_waited_for(self) -> None:
        hourglass = Hourglass()
        respx.patch(ONE).respond(json={"id": "s1"})

        answer = errand(on=connection(hourglass=hourglass)).finish(PATCH)

        assert (answer.body, hourglass.slept) == ({"id": "s1"}, [])

    def test_what_is_taken_on_is_looked_at_until_it_is_done(self) -> None:
        hourglass = Hourglass()
        patch = respx.patch(ONE).mock(return_value=accepted(**{"Retry-After": "3"}))
        watch = watched(accepted(), httpx.Response(200, json={"id": "s1"}))

        answer = errand(on=connection(hourglass=hourglass)).finish(PATCH)

        assert answer.body == {"id": "s1"}
        assert hourglass.slept == [3.0, errands.LOOK_AGAIN_SECONDS]
        assert (len(patch.calls), len(watch.calls)) == (1, 2)
        assert watch.calls.last.request.method == "GET"

    def test_waiting_ends_and_says_that_it_may_be_done(self) -> None:
        respx.patch(ONE).mock(return_value=accepted())
        watched(*[accepted(**{"Retry-After": "50"})] * 9)

        with pytest.raises(StillRunning) as error:
            errand().finish(PATCH)

        assert error.value.maybe_done
        assert error.value.retry_after_seconds == 50

    def test_another_host_is_not_looked_at(self) -> None:
        respx.patch(ONE).mock(return_value=accepted("https://example.org/v1/x"))

        with pytest.raises(LedElsewhere) as error:
            errand().finish(PATCH)

        assert error.value.maybe_done

    def test_what_was_taken_on_may_be_done_though_looking_is_refused(self) -> None:
        respx.patch(ONE).mock(return_value=accepted())
        watched(httpx.Response(405, json={"code": 800042, "description": "Not allowed"}))

        with pytest.raises(RequestRefused) as error:
            errand().finish(PATCH)

        assert error.value.maybe_done

    def test_without_an_address_there_is_nothing_to_wait_for(self) -> None:
        respx.patch(ONE).respond(202)

        assert errand().finish(PATCH).is_accepted_only


class TestDownloading:
    def test_a_file_is_written_from_its_start(self) -> None:
        respx.get(url__startswith=API).respond(content=b"%PDF-1.7")
        into = BytesIO(b"something longer that was there before")

        errand().download(STATEMENT, into)

        assert into.read() == b"%PDF-1.7"

    def test_a_file_that_broke_off_is_fetched_again_as_a_whole(self) -> None:
        class Broken(httpx.SyncByteStream):
            def __iter__(self) -> Iterator[bytes]:
                yield b"%PD"
                raise httpx.RemoteProtocolError("peer closed connection")

        route = respx.get(url__startswith=API).mock(
            side_effect=[
                httpx.Response(200, stream=Broken()),
                httpx.Response(200, content=b"%PDF-1.7"),
            ]
        )
        into = BytesIO()

        errand().download(STATEMENT, into)

        assert into.read() == b"%PDF-1.7"
        assert len(route.calls) == 2

    def test_a_refusal_is_read_and_not_written(self) -> None:
        told = {"code": 1000, "description": "Not found"}
        respx.get(url__startswith=API).respond(404, json=told)
        into = BytesIO()

        with pytest.raises(NotFound, match="code 1000"):
            errand().download(STATEMENT, into)

        assert into.getvalue() == b""

    def test_a_file_without_content_is_none(self) -> None:
        respx.get(url__startswith=API).respond(content=b"")

        with pytest.raises(AnswerUnreadable, match="without content"):
            errand().download(STATEMENT, BytesIO())

    def test_a_file_that_never_ends_is_refused(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(errands, "FILE_BYTES_MAX", 10)
        respx.get(url__startswith=API).respond(content=b"x" * 11)

        with pytest.raises(AnswerImpossible, match="more than 10 bytes"):
            errand().download(STATEMENT, BytesIO())
