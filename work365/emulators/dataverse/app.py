"""The emulator as a web application: the Web API, and the endpoints that control it."""

import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from uuid import uuid4

from anyio import CapacityLimiter, to_thread
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from work365.emulators.dataverse.broken_responses import RAW_SEND, DroppedConnection, HalfBody
from work365.emulators.dataverse.calls import Answer, Call, error_answer
from work365.emulators.dataverse.control import control_routes
from work365.emulators.dataverse.environment import Environment
from work365.emulators.dataverse.errors import DataverseError, not_emulated
from work365.emulators.dataverse.faults import DROP, HALF_BODY, Fault, Faults
from work365.emulators.dataverse.identity import caller_of
from work365.emulators.dataverse.protection import Protection
from work365.emulators.dataverse.references import API_ROOT
from work365.emulators.dataverse.web_api import WebApi

THREADS_MAX = 100
"""More than the requests that one user may have running, so that this limit can be met."""

METHODS = ["GET", "POST", "PATCH", "PUT", "DELETE"]


def create_app(
    *,
    state: Path | None,
    clock: Callable[[], datetime] | None = None,
    accepts_key_in_body: bool = False,
) -> Starlette:
    """Return the emulator: on the file at `state`, or on a temporary one.

    `clock` is the time until the clock is set over HTTP; without it the clock stands at the
    beginning of 2026. `accepts_key_in_body` lets UpsertMultiple create a row whose alternate
    key is both in its address and in its body, which environments were seen to refuse.
    """
    environment = Environment(state, clock)
    endpoint = _Endpoint(environment, accepts_key_in_body=accepts_key_in_body)

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        yield
        environment.close()

    return _Application(
        routes=[
            *control_routes(environment, endpoint.faults, endpoint.protection),
            Route("/api/data/{rest:path}", endpoint.answer, methods=METHODS),
        ],
        lifespan=lifespan,
    )


class _Application(Starlette):
    """Keeps the server's own `send`, so that a fault can reach the connection."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope[RAW_SEND] = send
        await super().__call__(scope, receive, send)


class _Endpoint:
    """Turns HTTP requests into calls of the Web API, each on a thread."""

    def __init__(self, environment: Environment, *, accepts_key_in_body: bool) -> None:
        self.faults = Faults()
        self.protection = Protection(time.monotonic_ns)
        self._environment = environment
        self._api = WebApi(environment, accepts_key_in_body=accepts_key_in_body)
        self._limiter: CapacityLimiter | None = None

    async def answer(self, request: Request) -> Response:
        """Answer a request to the Web API, or break down as was asked for."""
        body = await request.body()
        if self._limiter is None:
            self._limiter = CapacityLimiter(THREADS_MAX)
        fault = self.faults.take(request.method, request.url.path)
        if fault is not None and fault.kind == DROP and not fault.after_work:
            return DroppedConnection()
        answer = await to_thread.run_sync(self._answer, request, body, fault, limiter=self._limiter)
        if fault is not None and fault.kind == DROP:
            return DroppedConnection()
        if fault is not None and fault.kind == HALF_BODY:
            return HalfBody(answer)
        return Response(answer.body, status_code=answer.status, headers=answer.headers)

    def _answer(self, request: Request, body: bytes, fault: Fault | None) -> Answer:
        is_replaced = fault is not None and fault.kind not in (DROP, HALF_BODY)
        if fault is None or not is_replaced or fault.after_work:
            answer = self._worked(request, body)
        if fault is not None and is_replaced:
            answer = fault.answer()
        request_id = str(uuid4())
        answer.headers.update(
            {
                "OData-Version": "4.0",
                "REQ_ID": request_id,
                "x-ms-service-request-id": request_id,
                "x-ms-dop-hint": str(self._environment.parallelism),
            }
        )
        return answer

    def _worked(self, request: Request, body: bytes) -> Answer:
        try:
            call = self._call(request, body)
            kind = f"{call.method} {call.path.split('(')[0].split('/')[0]}"
            self._environment.tally.add("requests", {kind: 1})
            with self.protection.admitted(call.caller.real_user_id) as headers:
                answer = self._api.answer(call)
        except DataverseError as error:
            return error_answer(error)
        answer.headers.update(headers)
        return answer

    def _call(self, request: Request, body: bytes) -> Call:
        path = request.scope["raw_path"].decode("ascii")
        headers = {name.lower(): value for name, value in request.headers.items()}
        root = f"{request.url.scheme}://{request.url.netloc}{API_ROOT}"
        query = request.url.query
        caller = caller_of(self._environment, headers, query, root)
        if not path.startswith(API_ROOT):
            raise not_emulated(f"another version of the Web API than {API_ROOT}")
        return Call(
            method=request.method,
            path=path[len(API_ROOT) :],
            query=query,
            headers=headers,
            body=body,
            root=root,
            caller=caller,
        )
