import json
import socket
import time
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from functools import partial
from http import HTTPStatus
from typing import Any

import azure.functions as func
import fastapi
import httpx
import pytest

from work365.adapters.queue.local import LocalQueue
from work365.entrypoints.localhost import HostSettings, LocalHost

StartHost = Callable[..., LocalHost]

LIMIT = 1_000
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def echo(req: func.HttpRequest) -> func.HttpResponse:
    """Answer with all that a function sees of a request."""
    seen = {
        "method": req.method,
        "url": req.url,
        "headers": dict(req.headers),
        "params": dict(req.params),
        "route_params": dict(req.route_params),
        "body": req.get_body().decode("latin-1"),
    }
    return func.HttpResponse(json.dumps(seen), mimetype="application/json")


class Answers:
    """The host that the tests of this module share, with a function that says what it is told."""

    def __init__(self) -> None:
        self.url = ""
        self.answer: Any = None

    def ask(self, answer: Any) -> httpx.Response:
        self.answer = answer
        return httpx.get(f"{self.url}/answer")


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Answers]:
    shared = Answers()
    app = func.FunctionApp(http_auth_level=func.AuthLevel.ANONYMOUS)
    app.route(route="echo/{name}")(echo)

    @app.route(route="answer")
    def give(req: func.HttpRequest) -> Any:
        return shared.answer

    path = tmp_path_factory.mktemp("host") / "queue.db"
    with LocalHost(
        app,
        queue=partial(LocalQueue, path, clock=lambda: NOON),
        clock=lambda: NOON,
        settings=HostSettings(request_bytes_max=LIMIT),
    ) as host:
        shared.url = f"{host.url}/api"
        yield shared


@pytest.fixture
def echoing(answers: Answers) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=answers.url) as client:
        yield client


class TestAFunctionSees:
    def test_method_address_and_route_parameters(self, echoing: httpx.Client) -> None:
        seen = echoing.delete("/echo/a%20%C3%A4%3F?x=1").json()

        assert seen["method"] == "DELETE"
        assert seen["url"] == f"{echoing.base_url}echo/a%20%C3%A4%3F?x=1"
        assert seen["route_params"] == {"name": "a ä?"}

    def test_the_bytes_of_the_body(self, echoing: httpx.Client) -> None:
        body = bytes(range(256))

        seen = echoing.post("/echo/x", content=body).json()

        assert seen["body"].encode("latin-1") == body

    def test_a_body_sent_in_chunks(self, echoing: httpx.Client) -> None:
        seen = echoing.post("/echo/x", content=iter([b"a" * 300, b"b" * 300])).json()

        assert seen["body"] == "a" * 300 + "b" * 300

    def test_repeated_headers_and_parameters_with_commas_between(
        self, echoing: httpx.Client
    ) -> None:
        seen = echoing.get(
            "/echo/x",
            params=[("a", "1"), ("a", "2"), ("b", "")],
            headers=[("x-t", "1"), ("X-T", "2")],
        ).json()

        assert seen["params"] == {"a": "1,2", "b": ""}
        assert seen["headers"]["x-t"] == "1,2"


class TestTheCallerGets:
    def test_what_the_function_says(self, answers: Answers) -> None:
        got = answers.ask(
            func.HttpResponse(
                b"\x00\xff",
                status_code=HTTPStatus.CREATED,
                headers={"Location": "/there"},
                mimetype="application/pdf",
            )
        )

        assert (got.status_code, got.content) == (201, b"\x00\xff")
        assert got.headers["location"] == "/there"
        assert got.headers["content-type"] == "application/pdf"

    def test_text_as_utf_8(self, answers: Answers) -> None:
        got = answers.ask(func.HttpResponse("Grüße"))

        assert got.content.decode("utf-8") == "Grüße"
        assert got.headers["content-type"] == "text/plain; charset=utf-8"

    def test_a_string_as_text(self, answers: Answers) -> None:
        got = answers.ask("ready")

        assert (got.status_code, got.text) == (200, "ready")

    def test_every_cookie(self, answers: Answers) -> None:
        answer = func.HttpResponse()
        answer.headers.add_header("Set-Cookie", "a=1")
        answer.headers.add_header("Set-Cookie", "b=2")

        got = answers.ask(answer)

        assert got.headers.get_list("set-cookie") == ["a=1", "b=2"]

    def test_a_length_that_is_the_bodys(self, answers: Answers) -> None:
        got = answers.ask(func.HttpResponse("four", headers={"Content-Length": "400"}))

        assert (got.headers["content-length"], got.text) == ("4", "four")

    def test_no_body_where_there_can_be_none(self, answers: Answers) -> None:
        got = answers.ask(func.HttpResponse("nothing", status_code=204))

        assert (got.status_code, got.content) == (204, b"")

    @pytest.mark.parametrize(
        "answer",
        [
            None,
            {"a": 1},
            func.HttpResponse(status_code=99),
            func.HttpResponse(status_code=600),
            func.HttpResponse(headers={"x-name": "Łódź"}),
        ],
        ids=["nothing", "a dict", "status 99", "status 600", "a header beyond latin-1"],
    )
    def test_a_500_for_an_answer_that_cannot_be_sent(
        self,
        answer: object,
        answers: Answers,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        got = answers.ask(answer)

        assert (got.status_code, got.content) == (500, b"")
        assert "give answered what cannot be sent" in caplog.text

    def test_a_500_without_a_word_of_it_for_an_exception(
        self, app: func.FunctionApp, start_host: StartHost, caplog: pytest.LogCaptureFixture
    ) -> None:
        @app.route(route="fail", auth_level=func.AuthLevel.ANONYMOUS)
        def fail(req: func.HttpRequest) -> func.HttpResponse:
            raise ValueError("the key is 1234")

        host = start_host(app)
        got = httpx.get(f"{host.url}/api/fail")

        assert (got.status_code, got.content) == (500, b"")
        assert "the key is 1234" in caplog.text
        assert [failure.function_name for failure in host.failures] == ["fail"]


class TestARequestIsRefused:
    def test_at_an_unknown_address(self, echoing: httpx.Client) -> None:
        assert echoing.get("/nowhere").status_code == 404
        assert echoing.get("/echo/x/y").status_code == 404

    def test_with_a_method_no_function_of_the_address_has(
        self, app: func.FunctionApp, start_host: StartHost
    ) -> None:
        @app.route(route="invoices", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
        def read(req: func.HttpRequest) -> str:
            return "read"

        @app.route(route="invoices", methods=["POST"], auth_level=func.AuthLevel.ANONYMOUS)
        def write(req: func.HttpRequest) -> str:
            return "written"

        address = f"{start_host(app).url}/api/invoices"
        refused = httpx.delete(address)

        assert (httpx.get(address).text, httpx.post(address).text) == ("read", "written")
        assert (refused.status_code, refused.headers["allow"]) == (405, "GET, POST")

    @pytest.mark.parametrize("content", [b"x" * (LIMIT + 1), iter([b"x" * LIMIT, b"x"])])
    def test_with_too_long_a_body(
        self, content: bytes | Iterator[bytes], echoing: httpx.Client
    ) -> None:
        got = echoing.post("/echo/x", content=content)

        assert (got.status_code, got.headers["connection"]) == (413, "close")
        assert "at most 1,000 bytes" in got.text

    def test_that_promises_too_long_a_body_before_it_is_sent(self, echoing: httpx.Client) -> None:
        address = (echoing.base_url.host, echoing.base_url.port or 80)
        with socket.create_connection(address, timeout=5) as connection:
            connection.sendall(
                b"POST /api/echo/x HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999\r\n\r\n"
            )

            assert connection.recv(100).startswith(b"HTTP/1.1 413")

    def test_but_not_with_the_longest_body_there_may_be(self, echoing: httpx.Client) -> None:
        assert echoing.post("/echo/x", content=b"x" * LIMIT).status_code == 200


class TestAKey:
    @pytest.fixture
    def address(self, app: func.FunctionApp, start_host: StartHost) -> str:
        @app.route(route="guarded")
        def guarded(req: func.HttpRequest) -> str:
            return "in"

        @app.route(route="open", auth_level=func.AuthLevel.ANONYMOUS)
        def unguarded(req: func.HttpRequest) -> str:
            return "in"

        return f"{start_host(app, function_key='clé').url}/api"

    def test_is_asked_for(self, address: str) -> None:
        assert httpx.get(f"{address}/guarded").status_code == 401
        assert httpx.get(f"{address}/guarded?code=other").status_code == 401

    def test_is_shown_as_a_header(self, address: str) -> None:
        # Header values are bytes of latin-1 to the server.
        shown = httpx.get(f"{address}/guarded", headers=[(b"x-functions-key", b"cl\xe9")])

        assert shown.text == "in"

    def test_is_shown_as_a_parameter(self, address: str) -> None:
        assert httpx.get(f"{address}/guarded", params={"code": "clé"}).text == "in"

    def test_is_not_asked_for_by_an_anonymous_function(self, address: str) -> None:
        assert httpx.get(f"{address}/open").text == "in"

    def test_is_not_asked_for_by_a_host_that_has_none(
        self, app: func.FunctionApp, start_host: StartHost
    ) -> None:
        app.route(route="guarded")(echo)

        assert httpx.get(f"{start_host(app).url}/api/guarded").status_code == 200


def test_a_request_that_is_broken_off_harms_nobody(
    echoing: httpx.Client, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "work365")
    address = (echoing.base_url.host, echoing.base_url.port or 80)
    with socket.create_connection(address) as connection:
        connection.sendall(b"POST /api/echo/x HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nhalf")
        time.sleep(0.1)
    deadline = time.monotonic() + 5
    while "was broken off" not in caplog.text and time.monotonic() < deadline:
        time.sleep(0.01)

    assert "POST /api/echo/x was broken off" in caplog.text
    assert echoing.get("/echo/x").status_code == 200


@pytest.mark.parametrize(
    "request_line",
    [
        b"GET /api/echo/%ff%00 HTTP/1.1",
        b"GET /api/echo/x?%ff=%zz HTTP/1.1",
        b"GET //api/echo/x HTTP/1.1",
        b"GET http://elsewhere/api/echo/x HTTP/1.1",
        b"OPTIONS * HTTP/1.1",
        b"BREW /api/echo/x HTTP/1.1",
        b"GET /api/../../etc/passwd HTTP/1.1",
        b"nonsense",
    ],
)
def test_a_strange_request_gets_an_answer_and_no_500(
    request_line: bytes, echoing: httpx.Client
) -> None:
    address = (echoing.base_url.host, echoing.base_url.port or 80)
    with socket.create_connection(address, timeout=5) as connection:
        connection.sendall(request_line + b"\r\nHost: \xffx\r\nContent-Length: 0\r\n\r\n")
        answer = connection.recv(1_000)

    assert answer.split()[1] in {b"200", b"400", b"404", b"405"}


def test_functions_answer_side_by_side(app: func.FunctionApp, start_host: StartHost) -> None:
    @app.route(route="slow", auth_level=func.AuthLevel.ANONYMOUS)
    def slow(req: func.HttpRequest) -> str:
        time.sleep(0.3)
        return "done"

    address = f"{start_host(app).url}/api/slow"
    began = time.monotonic()
    with ThreadPoolExecutor(8) as callers:
        answers = [answer.text for answer in callers.map(httpx.get, [address] * 8)]

    assert answers == ["done"] * 8
    assert time.monotonic() - began < 8 * 0.3


class TestAnAsgiApplication:
    def test_is_served_through_the_middleware(
        self, app: func.FunctionApp, start_host: StartHost
    ) -> None:
        portal = fastapi.FastAPI()

        @portal.get("/api/portal/invoices/{number}")
        def invoice(number: str, response: fastapi.Response) -> dict[str, str]:
            response.set_cookie("a", "1")
            response.set_cookie("b", "2")
            return {"number": number}

        middleware = func.AsgiMiddleware(portal)

        @app.route(route="portal/{*rest}", auth_level=func.AuthLevel.ANONYMOUS)
        async def serve(req: func.HttpRequest, context: func.Context) -> func.HttpResponse:
            answer: func.HttpResponse = await middleware.handle_async(req, context)
            return answer

        got = httpx.get(f"{start_host(app).url}/api/portal/invoices/7")

        assert got.json() == {"number": "7"}
        assert len(got.headers.get_list("set-cookie")) == 2

    def test_is_served_as_the_whole_app_and_told_of_start_and_end(
        self, start_host: StartHost
    ) -> None:
        events: list[str] = []

        @asynccontextmanager
        async def lifespan(app: fastapi.FastAPI) -> AsyncIterator[None]:
            events.append("started")
            yield
            events.append("ended")

        portal = fastapi.FastAPI(lifespan=lifespan)

        @portal.post("/hello")
        async def hello(request: fastapi.Request) -> str:
            return (await request.body()).decode()

        app = func.AsgiFunctionApp(portal, http_auth_level=func.AuthLevel.ANONYMOUS)
        host = start_host(app, settings=HostSettings(route_prefix=""))
        answers = [httpx.post(f"{host.url}/hello", content=text).json() for text in ("a", "b")]
        host.stop()

        assert answers == ["a", "b"]
        assert events == ["started", "ended"]
