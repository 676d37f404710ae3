import logging
import socket
import ssl
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from threading import Thread

import httpx
import pytest
import trustme
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from work365.entrypoints.serving import LocalServer, ServerNotStarted


def hello(request: Request) -> Response:
    return PlainTextResponse("hello")


def slow(request: Request) -> Response:
    time.sleep(0.5)
    return PlainTextResponse("done")


APP = Starlette(routes=[Route("/", hello), Route("/slow", slow)])


def test_answers_as_soon_as_it_is_entered() -> None:
    with LocalServer(APP) as server:
        assert httpx.get(server.url).text == "hello"


def test_answers_on_the_port_it_is_given() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]

    with LocalServer(APP, port=port) as server:
        assert server.url == f"http://127.0.0.1:{port}"
        assert httpx.get(f"http://127.0.0.1:{port}/").text == "hello"


def test_gives_its_port_back_at_once() -> None:
    with LocalServer(APP) as first:
        httpx.get(first.url)

    with LocalServer(APP, port=first.port) as second:
        assert httpx.get(second.url).text == "hello"


def test_a_taken_port_is_an_error_of_whoever_wanted_it() -> None:
    with LocalServer(APP) as first, pytest.raises(OSError, match="in use"):
        LocalServer(APP, port=first.port).__enter__()


def test_finishes_the_requests_it_has_begun_to_answer() -> None:
    answers: list[str] = []

    with LocalServer(APP) as server:
        caller = Thread(target=lambda: answers.append(httpx.get(f"{server.url}/slow").text))
        caller.start()
        time.sleep(0.2)
    caller.join()

    assert answers == ["done"]


def test_ends_although_a_client_keeps_its_connection() -> None:
    with httpx.Client() as client:
        with LocalServer(APP) as server:
            client.get(server.url)

        with pytest.raises(httpx.ConnectError):
            client.get(server.url)


def test_an_application_that_does_not_start_is_an_error(caplog: pytest.LogCaptureFixture) -> None:
    @asynccontextmanager
    async def fails(app: Starlette) -> AsyncIterator[None]:
        raise ValueError("no configuration")
        yield

    with pytest.raises(ServerNotStarted, match="nothing answers"):
        LocalServer(Starlette(lifespan=fails)).__enter__()

    assert "no configuration" in caplog.text


def test_a_certificate_that_is_none_is_an_error(tmp_path: Path) -> None:
    certificate = tmp_path / "certificate.pem"
    certificate.write_text("not a certificate")

    with pytest.raises(ServerNotStarted) as raised:
        LocalServer(APP, certificate=certificate).__enter__()

    assert isinstance(raised.value.__cause__, ssl.SSLError)


def test_speaks_https_with_a_certificate(tmp_path: Path) -> None:
    authority = trustme.CA()
    certificate = tmp_path / "certificate.pem"
    authority.issue_cert("localhost").private_key_and_cert_chain_pem.write_to_path(certificate)
    trusting = ssl.create_default_context()
    authority.configure_trust(trusting)

    with LocalServer(APP, certificate=certificate) as server:
        answer = httpx.get(server.url, verify=trusting)

    assert (answer.text, answer.url.scheme, answer.url.host) == ("hello", "https", "localhost")


def test_leaves_the_log_alone(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO), LocalServer(APP) as server:
        httpx.get(server.url)

    assert [r.message for r in caplog.records if r.name.startswith("uvicorn")] == []
