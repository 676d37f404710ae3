"""Between the server and the application: notes each request, and makes it go wrong on demand."""

import asyncio
import json
from http import HTTPStatus
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from work365.emulators.partner_center.errors import PartnerCenterError
from work365.emulators.partner_center.faults import (
    ACCEPTED,
    HALF_BODY,
    NOTHING,
    SLOW,
    STATUS,
    THROTTLED,
    Fault,
    Faults,
)
from work365.emulators.partner_center.request_log import RequestLog, SeenRequest, shown_query
from work365.emulators.partner_center.throttling import throttled

CONTROL = "/_emulator/"
THROTTLED_SECONDS = 1
TURNS = 3
"""Turns of the loop that a closed connection takes to be known as closed."""


class ConnectionClosed(ConnectionError):
    """What stands for a closed connection where there is none: without a server."""


class Wire:
    """An application under faults. `log` and `faults` are there to be looked at and set."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self.log = RequestLog()
        self.faults = Faults()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or do what the request's fault is."""
        if scope["type"] != "http" or scope["path"].startswith(CONTROL):
            await self._app(scope, receive, send)
            return
        fault = self.faults.take(scope["method"], scope["path"])
        note = _Note(self.log, scope, fault)
        noted = note.wrap(send)
        if fault is None:
            await self._app(scope, receive, noted)
        else:
            await self._go_wrong(fault, scope, receive, noted)
        note.keep()

    async def _go_wrong(
        self, fault: Fault, scope: Scope, receive: Receive, send: "_NotedSend"
    ) -> None:
        if fault.kind == SLOW:
            await asyncio.sleep(fault.seconds)
            await self._app(scope, receive, send)
            return
        answer = _Kept()
        if fault.after_work or fault.kind in (HALF_BODY, ACCEPTED):
            await self._app(scope, receive, answer.send)
        if fault.kind == HALF_BODY:
            await _send_half(answer, send)
        elif fault.kind == NOTHING:
            await _close(send)
        elif fault.kind == ACCEPTED:
            await _accept(answer, scope, send)
        else:
            await _refuse(fault, send)


class _Kept:
    """An answer that is not sent."""

    def __init__(self) -> None:
        self.start: Message = {}
        self.body = b""

    async def send(self, message: Message) -> None:
        """Keep a part of the answer."""
        if message["type"] == "http.response.start":
            self.start = message
        else:
            self.body += message.get("body", b"")


class _Note:
    """What is kept of a request, once its status is known."""

    def __init__(self, log: RequestLog, scope: Scope, fault: Fault | None) -> None:
        self._log = log
        self._scope = scope
        self._fault = fault
        self._status = 0

    def wrap(self, send: Send) -> "_NotedSend":
        """Return a `send` that tells the status."""
        return _NotedSend(self, send)

    def told(self, message: Message) -> None:
        """Look at a part of the answer."""
        if message["type"] == "http.response.start":
            self._status = int(message["status"])

    def keep(self) -> None:
        """Keep the request."""
        headers = {
            name.decode("latin-1").lower(): value.decode("latin-1")
            for name, value in self._scope["headers"]
        }
        path = self._scope["path"]
        self._log.add(
            SeenRequest(
                method=self._scope["method"],
                path=path,
                query=shown_query(path, self._scope["query_string"].decode("latin-1")),
                status=self._status,
                request_id=headers.get("ms-requestid", ""),
                correlation_id=headers.get("ms-correlationid", ""),
                if_match=headers.get("if-match", ""),
                fault=self._fault.kind if self._fault else "",
            )
        )


class _NotedSend:
    """A `send` whose messages are noted, and the connection under it."""

    def __init__(self, note: _Note, send: Send) -> None:
        self._note = note
        self._send = send

    async def __call__(self, message: Message) -> None:
        self._note.told(message)
        await self._send(message)

    @property
    def transport(self) -> Any:
        """The connection.

        A server offers no way to drop one; uvicorn's `send` is a method of the object that has
        the transport.
        Raises: ConnectionClosed, without a server.
        """
        transport = getattr(getattr(self._send, "__self__", None), "transport", None)
        if transport is None:
            raise ConnectionClosed("the twin closed the connection on purpose")
        return transport


async def _close(send: _NotedSend) -> None:
    send.transport.abort()
    for _ in range(TURNS):
        await asyncio.sleep(0)


async def _send_half(answer: _Kept, send: _NotedSend) -> None:
    await send(answer.start)
    half = answer.body[: len(answer.body) // 2]
    await send({"type": "http.response.body", "body": half, "more_body": True})
    send.transport.close()
    for _ in range(TURNS):
        await asyncio.sleep(0)


async def _accept(answer: _Kept, scope: Scope, send: Send) -> None:
    """Send 202 with where the outcome is to be read, in place of a success."""
    if answer.start["status"] >= HTTPStatus.BAD_REQUEST:
        await send(answer.start)
        await send({"type": "http.response.body", "body": answer.body})
        return
    location = scope["path"].removeprefix("/v1")
    await _send(send, HTTPStatus.ACCEPTED, b"", {"Location": location, "Retry-After": "1"})


async def _refuse(fault: Fault, send: Send) -> None:
    assert fault.kind in (STATUS, THROTTLED), f"no such fault: {fault.kind}"
    if fault.kind == THROTTLED:
        wait = THROTTLED_SECONDS if fault.retry_after is None else fault.retry_after
        answer = throttled(wait, fault.shape)
        await _send(send, answer.status, answer.content(), answer.headers)
        return
    headers = {} if fault.retry_after is None else {"Retry-After": str(fault.retry_after)}
    error = PartnerCenterError(fault.status, 800003, "Unexpected service error")
    await _send(send, fault.status, json.dumps(error.body()).encode(), headers)


async def _send(send: Send, status: int, body: bytes, headers: dict[str, str]) -> None:
    sent = {**headers, "Content-Length": str(len(body))}
    if body:
        sent["Content-Type"] = "application/json; charset=utf-8"
    raw = [(name.lower().encode(), value.encode()) for name, value in sent.items()]
    await send({"type": "http.response.start", "status": int(status), "headers": raw})
    await send({"type": "http.response.body", "body": body})
