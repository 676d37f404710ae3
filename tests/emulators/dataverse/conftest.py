"""A running emulator, and a client without manners: every answer is shown as it is."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from threading import Thread
from time import monotonic, sleep
from typing import Any

import httpx
import pytest
import uvicorn
from starlette.types import ASGIApp

from work365.emulators.dataverse.app import create_app

ROOT = "/api/data/v9.2/"
START_SECONDS_MAX = 10
ANY_TOKEN = "anything"  # noqa: S105 - the emulator takes any
Body = dict[str, Any]


@contextmanager
def served(app: ASGIApp) -> Iterator[str]:
    """Serve an application on a free port, and lend its address."""
    config = uvicorn.Config(app, host="127.0.0.1", port=0, log_config=None, ws="none")
    server = uvicorn.Server(config)
    thread = Thread(target=server.run)
    thread.start()
    deadline = monotonic() + START_SECONDS_MAX
    while not server.started and monotonic() < deadline:
        sleep(0.01)
    assert server.started
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join()


class Api:
    """Sends requests to the Web API."""

    def __init__(self, url: str, token: str = ANY_TOKEN) -> None:
        self.url = url
        self.root = url + ROOT
        self.http = httpx.Client(
            headers={"Authorization": f"Bearer {token}"}, trust_env=False, timeout=60
        )

    def call(
        self, method: str, path: str, body: object = None, *, prefer: str = "", **headers: str
    ) -> httpx.Response:
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        if prefer:
            given["Prefer"] = prefer
        content = None
        if body is not None:
            content = body if isinstance(body, str | bytes) else json.dumps(body)
            given.setdefault("Content-Type", "application/json")
        url = path if path.startswith("http") else self.root + path
        return self.http.request(method, url, content=content, headers=given)

    def get(self, path: str, **options: str) -> httpx.Response:
        return self.call("GET", path, **options)

    def value(self, path: str, **options: str) -> list[Body]:
        return list(self.json(path, **options)["value"])

    def json(self, path: str, **options: str) -> Body:
        answer = self.get(path, **options)
        assert answer.status_code == 200, answer.text
        found: Body = json.loads(answer.text, parse_float=Decimal)
        return found

    def create(self, entity_set: str, **columns: object) -> str:
        """Create a row and return its id."""
        answer = self.call("POST", entity_set, columns)
        assert answer.status_code == 204, answer.text
        return answer.headers["OData-EntityId"].split("(")[1].rstrip(")")

    def account(self, name: str = "Contoso", **columns: object) -> str:
        return self.create("accounts", name=name, **columns)

    def contract(self, name: str = "Contract", **columns: object) -> str:
        return self.create("w365_billingcontracts", w365_name=name, **columns)

    def control(self, method: str, path: str, body: Body | None = None) -> httpx.Response:
        return self.http.request(method, f"{self.url}/_emulator/v1/{path}", json=body or {})

    def at(self, moment: str) -> None:
        assert self.control("PUT", "clock", {"now": moment}).status_code == 200


def refusal(answer: httpx.Response) -> tuple[int, str, str]:
    """Return status, code and text of an answer that is an error."""
    error = answer.json()["error"]
    return answer.status_code, error["code"], error["message"]


@pytest.fixture(scope="session")
def running() -> Iterator[Api]:
    with served(create_app(state=None)) as url:
        api = Api(url)
        yield api
        api.http.close()


@pytest.fixture
def api(running: Api) -> Api:
    """An emulator that has only its first rows, its clock at the beginning of 2026."""
    assert running.control("POST", "reset").status_code == 200
    return running


@pytest.fixture(scope="session")
def running_blank() -> Iterator[Api]:
    with served(create_app(state=None, is_blank=True)) as url:
        api = Api(url)
        yield api
        api.http.close()


@pytest.fixture
def blank(running_blank: Api) -> Api:
    """An environment without our solution: Microsoft's tables only."""
    assert running_blank.control("POST", "reset").status_code == 200
    return running_blank
