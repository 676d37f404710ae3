"""Responses that never come to their end: a dropped connection, and half a body."""

import asyncio
from typing import Any

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from work365.emulators.dataverse.calls import Answer

RAW_SEND = "emulator.send"
"""Where the application keeps the server's own `send`, which no middleware has wrapped."""

TURNS = 3
"""Turns of the loop that a closed connection takes to be known as closed."""


def _transport(scope: Scope) -> Any:
    """Return the connection under a request.

    A server offers no way to drop a connection; uvicorn's `send` is a method of the object
    that has the transport.
    """
    return scope[RAW_SEND].__self__.transport


class DroppedConnection(Response):
    """Closes the connection without a word."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Close the connection."""
        del receive, send
        _transport(scope).abort()
        for _ in range(TURNS):
            await asyncio.sleep(0)


class HalfBody(Response):
    """Sends the first half of an answer, then closes the connection."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.body, status_code=answer.status, headers=answer.headers)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send half the body under the headers of the whole."""
        del receive
        await send(
            {
                "type": "http.response.start",
                "status": self.status_code,
                "headers": self.raw_headers,
            }
        )
        half = bytes(self.body)[: len(self.body) // 2]
        await send({"type": "http.response.body", "body": half, "more_body": True})
        _transport(scope).close()
        for _ in range(TURNS):
            await asyncio.sleep(0)
