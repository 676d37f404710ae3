"""What stands before the pages: small bodies only, not too many at once, and careful headers."""

from collections import deque
from collections.abc import Callable
from datetime import datetime, timedelta
from http import HTTPStatus
from threading import Lock

from starlette.datastructures import MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

BODY_BYTES_MAX = 64 * 1024
"""Microsoft's answer is a code of about two thousand characters and a state."""

POSTS_A_MINUTE_MAX = 60
LOOKS_A_MINUTE_MAX = 300
"""Each asks Dataverse, whose requests billing needs too; mail scanners look as well."""
ONE_MINUTE = timedelta(minutes=1)


class SmallBodies:
    """Turns away requests with more in them than a form of ours can have."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Read the body before anybody parses it, whatever it says about its length."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        body = b""
        more = True
        while more and len(body) <= BODY_BYTES_MAX:
            message = await receive()
            if message["type"] == "http.disconnect":
                # Half a form is none, and nobody is there to be answered.
                return
            body += message.get("body", b"")
            more = message.get("more_body", False)
        if len(body) > BODY_BYTES_MAX:
            answer = PlainTextResponse(
                f"The form is larger than {BODY_BYTES_MAX:,} bytes.",
                HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
            )
            await answer(scope, receive, send)
            return
        pieces: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

        async def replayed() -> Message:
            return pieces.pop() if pieces else await receive()

        await self._app(scope, replayed, send)


class CarefulHeaders:
    """Tells browsers to keep, run, embed and pass on nothing."""

    def __init__(self, app: ASGIApp, *, sign_in_origin: str) -> None:
        self._app = app
        self._headers = {
            "Cache-Control": "no-store",
            # Chromium holds the redirect after a form to this as well.
            "Content-Security-Policy": (
                "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none';"
                f" form-action 'self' {sign_in_origin}; frame-ancestors 'none'"
            ),
            "Cross-Origin-Opener-Policy": "same-origin",
            "Referrer-Policy": "no-referrer",
            "Strict-Transport-Security": "max-age=31536000",
            "X-Content-Type-Options": "nosniff",
            "X-Frame-Options": "DENY",
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Add the headers to whatever is answered."""

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(self._headers)
            await send(message)

        await self._app(scope, receive, with_headers)


class Turnstile:
    """Lets only so many through in a minute: a link is clicked by people."""

    def __init__(self, clock: Callable[[], datetime], *, most: int = POSTS_A_MINUTE_MAX) -> None:
        self._clock = clock
        self._most = most
        self._let_in: deque[datetime] = deque()
        self._lock = Lock()

    def lets_in(self) -> bool:
        """Return whether one more may pass now, and count it if so."""
        now = self._clock()
        with self._lock:
            while self._let_in and now - self._let_in[0] >= ONE_MINUTE:
                self._let_in.popleft()
            if len(self._let_in) >= self._most:
                return False
            self._let_in.append(now)
            return True
