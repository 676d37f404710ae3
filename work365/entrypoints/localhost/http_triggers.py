"""HTTP triggers: requests to functions, and their answers back, as an ASGI application."""

import hmac
import logging
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import parse_qsl

import azure.functions as func
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import Receive, Scope, Send

from work365.entrypoints.localhost.invocations import FunctionFailed, Invocations
from work365.entrypoints.localhost.registrations import HttpFunction

KEY_HEADER = "x-functions-key"
KEY_PARAMETER = "code"

FRAMING_HEADERS = {"connection", "content-length", "transfer-encoding"}
"""Headers that are the server's to say, whatever a function says."""

BODILESS_STATUSES = {HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED}

logger = logging.getLogger(__name__)


class UnfitAnswer(ValueError):
    """A function returned what cannot be sent."""


@dataclass(frozen=True, slots=True)
class _Match:
    chosen: HttpFunction | None
    parameters: dict[str, str]
    allowed_methods: frozenset[str]


class HttpTriggers:
    """The ASGI endpoint that answers with the functions of an app.

    `function_key` is what a function that is not anonymous wants to see, if it is not None.
    """

    def __init__(
        self,
        functions: Sequence[HttpFunction],
        *,
        invocations: Invocations,
        request_bytes_max: int,
        function_key: str | None,
    ) -> None:
        self._functions = sorted(functions, key=lambda function: function.route.ranks)
        self._invocations = invocations
        self._request_bytes_max = request_bytes_max
        self._function_key = function_key

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        request = Request(scope, receive)
        try:
            response = await self._answer(request)
        except ClientDisconnect:
            logger.info("%s %s was broken off", request.method, request.url.path)
            return
        await response(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        match = self._match(request)
        if match.chosen is None:
            return _refuse(request, match)
        if match.chosen.needs_key and not self._shows_key(request):
            return PlainTextResponse("the function key is missing or wrong", status_code=401)
        body = await self._body(request)
        if body is None:
            # The rest of the body is not read, so the connection is of no more use.
            return PlainTextResponse(
                f"a request has at most {self._request_bytes_max:,} bytes",
                status_code=413,
                headers={"connection": "close"},
            )
        http_request = func.HttpRequest(
            method=request.method,
            # As it was sent: a question mark that is part of the path must stay so.
            url=str(request.url.replace(path=request.scope["raw_path"].decode("latin-1"))),
            headers=_joined(request.headers.items()),
            params=_joined(parse_qsl(request.url.query, keep_blank_values=True)),
            route_params=match.parameters,
            body=body,
        )
        return await run_in_threadpool(self._call, match.chosen, http_request)

    def _match(self, request: Request) -> _Match:
        allowed_methods: set[str] = set()
        for function in self._functions:
            parameters = function.route.match(request.scope["path"])
            if parameters is None:
                continue
            if request.method in function.methods:
                return _Match(function, parameters, function.methods)
            allowed_methods |= function.methods
        return _Match(None, {}, frozenset(allowed_methods))

    def _shows_key(self, request: Request) -> bool:
        if self._function_key is None:
            return True
        shown = request.headers.get(KEY_HEADER) or request.query_params.get(KEY_PARAMETER) or ""
        return hmac.compare_digest(shown.encode(), self._function_key.encode())

    async def _body(self, request: Request) -> bytes | None:
        declared = int(request.headers.get("content-length", 0))
        if declared > self._request_bytes_max:
            return None
        body = bytearray()
        async for chunk in request.stream():
            body += chunk
            if len(body) > self._request_bytes_max:
                return None
        return bytes(body)

    def _call(self, chosen: HttpFunction, http_request: func.HttpRequest) -> Response:
        try:
            answer = self._invocations.call(chosen.function, http_request, may_answer=True)
            return _to_response(answer)
        except FunctionFailed:
            # Logged where it was raised. The caller learns nothing of it, as in Azure.
            return Response(status_code=500)
        except UnfitAnswer:
            logger.exception("%s answered what cannot be sent", chosen.function.name)
            return Response(status_code=500)


def _refuse(request: Request, match: _Match) -> Response:
    if not match.allowed_methods:
        return PlainTextResponse(f"no function is at {request.url.path}", status_code=404)
    allow = ", ".join(sorted(match.allowed_methods))
    return PlainTextResponse(f"allowed: {allow}", status_code=405, headers={"allow": allow})


def _joined(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    # Azure's host gives a function one value a name: repeated ones, with commas between.
    values: dict[str, list[str]] = defaultdict(list)
    for name, value in pairs:
        values[name].append(value)
    return {name: ",".join(found) for name, found in values.items()}


def _to_response(answer: object) -> Response:
    if isinstance(answer, str):
        return PlainTextResponse(answer)
    if not isinstance(answer, func.HttpResponse):
        raise UnfitAnswer(f"{answer!r} is no HTTP response")
    status = answer.status_code
    if not HTTPStatus.OK <= status <= 599:  # noqa: PLR2004  # the last status there can be
        raise UnfitAnswer(f"{status} is no status of an answer")
    response = Response(
        content=None if status in BODILESS_STATUSES else answer.get_body(), status_code=status
    )
    try:
        # A list and no mapping: Set-Cookie may come more than once.
        response.raw_headers += [
            (name.lower().encode("latin-1"), value.encode("latin-1"))
            for name, value in _headers(answer)
        ]
    except UnicodeEncodeError as error:
        raise UnfitAnswer(f"a header cannot be sent: {error}") from error
    return response


def _headers(answer: func.HttpResponse) -> list[tuple[str, str]]:
    headers = [
        (name, value)
        for name, value in answer.headers.items()
        if name.lower() not in FRAMING_HEADERS
    ]
    if "content-type" not in answer.headers:
        charset = f"; charset={answer.charset}" if answer.mimetype.startswith("text/") else ""
        headers.append(("content-type", f"{answer.mimetype}{charset}"))
    return headers
