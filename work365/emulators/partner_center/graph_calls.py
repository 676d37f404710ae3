"""Graph's endpoints: what they need of a caller, and how requests become calls of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from uuid import uuid4

from anyio import to_thread
from starlette.requests import Request
from starlette.responses import Response

from work365.emulators.partner_center.app import Twin
from work365.emulators.partner_center.callers import GRAPH_AUDIENCES, Caller, caller_of
from work365.emulators.partner_center.calls import Answer, Call, Endpoint, read_call
from work365.emulators.partner_center.errors import PartnerCenterError
from work365.emulators.partner_center.graph_errors import (
    GraphError,
    bad_request,
    denied,
    not_found,
    unauthenticated,
)
from work365.emulators.partner_center.upkeep import keep_up

VERSION = "/v1.0"


@dataclass(frozen=True)
class GraphEndpoint(Endpoint):
    """An endpoint, with the permissions of which the caller needs one."""

    audiences: tuple[str, ...] = GRAPH_AUDIENCES
    permissions: tuple[str, ...] = ()


class GraphFront:
    """Answers for Graph, in its words."""

    def __init__(self, twin: Twin, endpoints: Sequence[GraphEndpoint]) -> None:
        self._twin = twin
        self._endpoints = endpoints

    async def answer(self, request: Request) -> Response:
        """Answer a request, on a thread."""
        content = await request.body()
        request_id = str(uuid4())
        answer = await to_thread.run_sync(self._answer, request, content, request_id)
        body = answer.content()
        headers = {
            "request-id": request_id,
            "client-request-id": request.headers.get("client-request-id") or request_id,
        }
        if body:
            headers["Content-Type"] = answer.media_type
        return Response(body, status_code=answer.status, headers=headers | answer.headers)

    def _answer(self, request: Request, content: bytes, request_id: str) -> Answer:
        try:
            caller = self._caller(request)
            endpoint, parameters = self._found(request)
            _check(caller, endpoint)
            call = read_call(
                request, content, caller=caller, parameters=parameters, world=self._twin.world
            )
            return self._do(call, endpoint)
        except GraphError as error:
            client_id = request.headers.get("client-request-id") or request_id
            now = self._twin.clock()
            return Answer(error.body(request_id, client_id, now), error.status)

    def _do(self, call: Call, endpoint: GraphEndpoint) -> Answer:
        with self._twin.lock:
            keep_up(self._twin.world, self._twin.clock())
            if call.caller.tenant not in call.world.partners:
                raise denied()
            try:
                return endpoint.answer(call)
            except PartnerCenterError as error:
                raise bad_request(error.description) from error

    def _caller(self, request: Request) -> Caller:
        authorization = request.headers.get("authorization", "")
        if not authorization:
            raise unauthenticated("Access token is empty.")
        try:
            return caller_of(authorization, self._twin.read_token)
        except PartnerCenterError as error:
            raise unauthenticated("Access token validation failure.") from error

    def _found(self, request: Request) -> tuple[GraphEndpoint, dict[str, str]]:
        path = request.url.path
        elsewhere = False
        for endpoint in self._endpoints:
            match = endpoint.pattern.fullmatch(path)
            if match is not None and endpoint.method == request.method:
                return endpoint, match.groupdict()
            elsewhere = elsewhere or match is not None
        if elsewhere:
            raise GraphError(
                HTTPStatus.METHOD_NOT_ALLOWED,
                "MethodNotAllowed",
                f"{request.method} is not allowed for {path}",
            )
        raise not_found(path)


def _check(caller: Caller, endpoint: GraphEndpoint) -> None:
    if caller.audience not in endpoint.audiences:
        raise unauthenticated("Access token validation failure. Invalid audience.")
    held = caller.roles if caller.is_app_only else caller.scopes
    if endpoint.permissions and not set(held) & set(endpoint.permissions):
        raise denied()
