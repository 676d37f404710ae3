"""The twin as a web application: lets requests in, answers them, and remembers request ids."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from http import HTTPStatus
from uuid import uuid4

from anyio import to_thread
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from work365.emulators.partner_center.areas import ENDPOINTS
from work365.emulators.partner_center.callers import Caller, ReadToken, caller_of
from work365.emulators.partner_center.calls import Answer, Call, Endpoint, read_call
from work365.emulators.partner_center.errors import (
    PartnerCenterError,
    app_only_refused,
    mfa_missing,
    not_found,
    wrong_audience,
)
from work365.emulators.partner_center.world import World

METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]
SAFE_METHODS = ("GET", "HEAD")
REMEMBERED_MAX = 20_000
"""Answers that are kept for repeated request ids, the newest ones."""


@dataclass
class Settings:
    """How the twin behaves where Partner Center's behaviour varies or is not settled."""

    has_bom: bool = False
    """Whether JSON begins with a byte order mark, as some of its answers do."""
    demands_mfa: bool = True
    """Whether app+user calls without an MFA claim are refused (900421)."""


Gate = Callable[[Request, Caller | None], Answer | None]
"""Asked before a request is answered; what it answers is sent instead (throttling, faults).

Called with the caller where the token could be read, else with None.
"""


@dataclass
class Twin:
    """What the parts of the application have in common."""

    world: World
    clock: Callable[[], datetime]
    read_token: ReadToken
    settings: Settings = field(default_factory=Settings)
    gates: list[Gate] = field(default_factory=list)
    lock: threading.RLock = field(default_factory=threading.RLock)
    """Held while a request is answered; hold it to touch the world from outside."""
    answered: "OrderedDict[tuple[str, ...], Answer]" = field(default_factory=OrderedDict)


def create_app(
    world: World,
    *,
    clock: Callable[[], datetime],
    read_token: ReadToken,
    settings: Settings | None = None,
    gates: Sequence[Gate] = (),
    routes: Callable[[Twin], Sequence[BaseRoute]] | None = None,
) -> Starlette:
    """Return the twin of a world, which moves on to `clock()` (UTC) with each request.

    `read_token` returns a bearer token's claims. `routes` returns routes that come before the
    endpoints and answer for themselves (control, blobs). The twin itself is `app.state.twin`.
    """
    twin = Twin(world, clock, read_token, settings or Settings(), list(gates))
    endpoint = _Front(twin, ENDPOINTS)
    own = list(routes(twin)) if routes else []
    app = Starlette(routes=[*own, Route("/{rest:path}", endpoint.answer, methods=METHODS)])
    app.state.twin = twin
    return app


class _Front:
    """Turns requests into calls."""

    def __init__(self, twin: Twin, endpoints: Sequence[Endpoint]) -> None:
        self._twin = twin
        self._endpoints = sorted(endpoints, key=_freedom)

    async def answer(self, request: Request) -> Response:
        """Answer a request, on a thread."""
        content = await request.body()
        answer = await to_thread.run_sync(self._answer, request, content)
        headers = {
            "MS-RequestId": request.headers.get("ms-requestid") or str(uuid4()),
            "MS-CorrelationId": request.headers.get("ms-correlationid") or str(uuid4()),
            "X-Locale": request.headers.get("x-locale") or "en-US",
        }
        body = answer.content(has_bom=self._twin.settings.has_bom)
        if body:
            headers["Content-Type"] = answer.media_type
        return Response(
            b"" if request.method == "HEAD" else body,
            status_code=answer.status,
            headers=headers | answer.headers,
        )

    def _answer(self, request: Request, content: bytes) -> Answer:
        caller: Caller | None = None
        refusal: PartnerCenterError | None = None
        try:
            caller = caller_of(request.headers.get("authorization", ""), self._twin.read_token)
        except PartnerCenterError as error:
            refusal = error
        for gate in self._twin.gates:
            instead = gate(request, caller)
            if instead is not None:
                return instead
        try:
            if caller is None:
                raise refusal or not_found(request.url.path)
            return self._let_in(request, content, caller)
        except PartnerCenterError as error:
            return Answer(error.body(), error.status)

    def _let_in(self, request: Request, content: bytes, caller: Caller) -> Answer:
        endpoint, parameters = self._found(request)
        _check(caller, endpoint, self._twin.settings)
        call = read_call(
            request, content, caller=caller, parameters=parameters, world=self._twin.world
        )
        with self._twin.lock:
            self._twin.world.advance(self._twin.clock())
            answer = self._once(call, endpoint)
        if "validatemfa" in call.headers and not caller.is_app_only:
            answer.headers["isMfaCompliant"] = "true" if caller.has_mfa else "false"
        return answer

    def _found(self, request: Request) -> tuple[Endpoint, Mapping[str, str]]:
        path = request.url.path
        elsewhere = False
        for endpoint in self._endpoints:
            match = endpoint.pattern.fullmatch(path)
            if match is None:
                continue
            if endpoint.method == request.method:
                return endpoint, match.groupdict()
            elsewhere = True
        if elsewhere:
            raise PartnerCenterError(
                HTTPStatus.METHOD_NOT_ALLOWED,
                800042,
                f"Not supported. {request.method} is not allowed for {path}",
            )
        raise not_found(f"The twin has no resource at {path}")

    def _once(self, call: Call, endpoint: Endpoint) -> Answer:
        """Answer, or repeat the answer that the same request id had."""
        request_id = call.headers.get("ms-requestid", "")
        if call.method in SAFE_METHODS or not request_id:
            return _answered(call, endpoint)
        key = (call.caller.tenant, call.method, call.path.casefold(), request_id.casefold())
        answered = self._twin.answered
        if key not in answered:
            # What no one could decide (500) may be tried again under the same id.
            answered[key] = _answered(call, endpoint)
            while len(answered) > REMEMBERED_MAX:
                answered.popitem(last=False)
        kept = answered[key]
        return Answer(kept.body, kept.status, dict(kept.headers), kept.media_type)


def _freedom(endpoint: Endpoint) -> list[int]:
    """Sort paths of fixed words before those of parameters: `customers/usagerecords` first."""
    return [
        2 if ":rest" in part else int(part.startswith("{")) for part in endpoint.path.split("/")
    ]


def _answered(call: Call, endpoint: Endpoint) -> Answer:
    try:
        return endpoint.answer(call)
    except PartnerCenterError as error:
        return Answer(error.body(), error.status)


def _check(caller: Caller, endpoint: Endpoint, settings: Settings) -> None:
    if caller.audience not in endpoint.audiences:
        raise wrong_audience(caller.audience)
    if endpoint.needs_user and caller.is_app_only:
        raise app_only_refused()
    if settings.demands_mfa and not caller.is_app_only and not caller.has_mfa:
        raise mfa_missing()
