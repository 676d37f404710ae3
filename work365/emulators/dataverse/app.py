"""The emulator as a web application: the Web API, and the endpoints that control it."""

import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from http import HTTPStatus
from pathlib import Path
from uuid import uuid4

from anyio import CapacityLimiter, to_thread
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from work365.emulators.dataverse.broken_responses import RAW_SEND, DroppedConnection, HalfBody
from work365.emulators.dataverse.calls import Answer, Call, Caller, error_answer
from work365.emulators.dataverse.control import Instruments, control_routes
from work365.emulators.dataverse.environment import Environment
from work365.emulators.dataverse.errors import (
    DataverseError,
    not_emulated,
    unknown_segment,
    wrong_method,
)
from work365.emulators.dataverse.faults import DROP, HALF_BODY, Fault, Faults
from work365.emulators.dataverse.header_fields import header_fields
from work365.emulators.dataverse.identity import caller_of
from work365.emulators.dataverse.protection import NANOSECONDS_IN_MS, Protection
from work365.emulators.dataverse.references import API_ROOT
from work365.emulators.dataverse.steps import WEBHOOK_PORTS
from work365.emulators.dataverse.tokens import Tokens
from work365.emulators.dataverse.traces import Trace, TracedRequest
from work365.emulators.dataverse.web_api import WebApi

THREADS_MAX = 100
"""More than the requests that one user may have running, so that this limit can be met."""

METHODS = ["GET", "POST", "PATCH", "PUT", "DELETE"]


def create_app(
    *,
    state: Path | None,
    clock: Callable[[], datetime] | None = None,
    is_blank: bool = False,
    accepts_key_in_body: bool = False,
    minds_webhook_ports: bool = False,
) -> Starlette:
    """Return the emulator: on the file at `state`, or on a temporary one.

    `app.state.clock` tells its time (UTC), for emulators that are to go by the same.

    `clock` is the time until the clock is set over HTTP; without it the clock stands at the
    beginning of 2026. `accepts_key_in_body` lets UpsertMultiple create a row whose alternate
    key is both in its address and in its body, which environments were seen to refuse.
    `is_blank` leaves our solution out. `minds_webhook_ports` lets webhooks be at ports 80 and
    443 only, as Dataverse does.
    """
    ports = WEBHOOK_PORTS if minds_webhook_ports else None
    environment = Environment(state, clock, is_blank=is_blank, webhook_ports=ports)
    endpoint = _Endpoint(environment, accepts_key_in_body=accepts_key_in_body)
    servers = 0

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        # Two servers, of http and of https, may have the application in common.
        nonlocal servers
        servers += 1
        yield
        servers -= 1
        if not servers:
            environment.close()

    app = _Application(
        routes=[
            *control_routes(environment, endpoint.instruments),
            *endpoint.instruments.tokens.routes(),
            Route("/api/data/{rest:path}", endpoint.answer, methods=METHODS),
        ],
        lifespan=lifespan,
        exception_handlers={
            HTTPStatus.NOT_FOUND: _refused,
            HTTPStatus.METHOD_NOT_ALLOWED: _refused,
        },
    )
    app.state.clock = environment.clock.now
    return app


async def _refused(request: Request, error: Exception) -> Response:
    """Answer a request that no route is for in the form of the Web API's errors."""
    refusal = unknown_segment(request.url.path.rpartition("/")[2])
    if isinstance(error, HTTPException) and error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        refusal = wrong_method(request.method)
    answer = error_answer(refusal)
    return Response(answer.body, status_code=answer.status, headers=answer.headers)


class _Application(Starlette):
    """Keeps the server's own `send`, so that a fault can reach the connection."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope[RAW_SEND] = send
        await super().__call__(scope, receive, send)


class _Endpoint:
    """Turns HTTP requests into calls of the Web API, each on a thread."""

    def __init__(self, environment: Environment, *, accepts_key_in_body: bool) -> None:
        self.instruments = Instruments(
            faults=Faults(),
            protection=Protection(time.monotonic_ns),
            tokens=Tokens(environment.clock),
            trace=Trace(),
        )
        self._environment = environment
        self._api = WebApi(environment, accepts_key_in_body=accepts_key_in_body)
        self._limiter: CapacityLimiter | None = None

    async def answer(self, request: Request) -> Response:
        """Answer a request to the Web API, or break down as was asked for."""
        try:
            body = await request.body()
        except ClientDisconnect:
            # Nobody is there any more to be told what is wrong.
            return DroppedConnection()
        if self._limiter is None:
            self._limiter = CapacityLimiter(THREADS_MAX)
        fault = self.instruments.faults.take(request.method, request.url.path)
        if fault is not None and fault.kind == DROP and not fault.after_work:
            return DroppedConnection()
        answer = await to_thread.run_sync(self._answer, request, body, fault, limiter=self._limiter)
        if fault is not None and fault.kind == DROP:
            return DroppedConnection()
        if fault is not None and fault.kind == HALF_BODY:
            return HalfBody(answer)
        return Response(answer.body, status_code=answer.status, headers=answer.headers)

    def _answer(self, request: Request, body: bytes, fault: Fault | None) -> Answer:
        begun = time.monotonic_ns()
        caller: Caller | None = None
        is_replaced = fault is not None and fault.kind not in (DROP, HALF_BODY)
        if fault is None or not is_replaced or fault.after_work:
            answer, caller = self._worked(request, body)
        if fault is not None and is_replaced:
            answer = fault.answer()
        self._remember(request, answer, caller, time.monotonic_ns() - begun)
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

    def _remember(
        self, request: Request, answer: Answer, caller: Caller | None, nanoseconds: int
    ) -> None:
        signed_in = caller.real_user_id if caller else ""
        acting = caller.user_id if caller else ""
        self.instruments.trace.add(
            TracedRequest(
                method=request.method,
                path=request.url.path,
                status=answer.status,
                caller=signed_in,
                on_behalf_of=acting if acting != signed_in else "",
                milliseconds=nanoseconds // NANOSECONDS_IN_MS,
            )
        )

    def _worked(self, request: Request, body: bytes) -> tuple[Answer, Caller | None]:
        caller: Caller | None = None
        try:
            call = self._call(request, body)
            caller = call.caller
            kind = f"{call.method} {call.path.split('(')[0].split('/')[0]}"
            self._environment.tally.add("requests", {kind: 1})
            with self.instruments.protection.admitted(caller.real_user_id) as headers:
                answer = self._api.answer(call)
        except DataverseError as error:
            return error_answer(error), caller
        answer.headers.update(headers)
        return answer, caller

    def _call(self, request: Request, body: bytes) -> Call:
        path = request.scope["raw_path"].decode("ascii")
        headers = header_fields(request.headers.items())
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
