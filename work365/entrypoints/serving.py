"""Serve an ASGI application from a thread of this process."""

import socket
from pathlib import Path
from threading import Thread
from time import monotonic, sleep
from types import TracebackType
from typing import Self

import uvicorn
from starlette.types import ASGIApp

START_SECONDS_MAX = 15
FINISH_SECONDS_MAX = 30
"""How long requests that are being answered may take once the server is asked to stop."""

LOOK_SECONDS = 0.01


class ServerNotStarted(RuntimeError):
    """The application did not come up; its log says why."""


class LocalServer:
    """A context in which an ASGI application answers at `url`.

    A `port` of 0 is any free one. `certificate` is a PEM file of a private key and its chain,
    and makes it https; such a server is called `localhost`, because certificates are.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        certificate: Path | None = None,
    ) -> None:
        self._host = host
        self._port = port
        self._certificate = certificate
        self._failure: BaseException | None = None
        self._thread: Thread | None = None
        self._server = uvicorn.Server(
            uvicorn.Config(
                app,
                # The server leaves the process's logging alone, and says warnings only.
                log_config=None,
                log_level="warning",
                access_log=False,
                http="h11",
                ws="none",
                ssl_certfile=certificate,
                timeout_graceful_shutdown=FINISH_SECONDS_MAX,
            )
        )

    @property
    def port(self) -> int:
        """Return the port that is listened on."""
        return self._port

    @property
    def url(self) -> str:
        """Return the address, without a slash at its end."""
        if self._certificate is None:
            return f"http://{self._host}:{self._port}"
        return f"https://localhost:{self._port}"

    def __enter__(self) -> Self:
        """Serve, and return once requests are answered.

        Raises: OSError, where the port is taken; ServerNotStarted.
        """
        assert self._thread is None, "a server is started once"
        # Bound here, so that a taken port is an error of the caller and not of the thread. The
        # protocol is named because the event loop sends answers at once only where it is:
        # otherwise each waits 40 ms for the client to acknowledge its first half.
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((self._host, self._port))
            listener.listen()
        except OSError:
            listener.close()
            raise
        self._port = listener.getsockname()[1]
        self._thread = Thread(
            target=self._serve, args=(listener,), name=f"server on {self._port}", daemon=True
        )
        self._thread.start()
        deadline = monotonic() + START_SECONDS_MAX
        while not self._server.started and self._thread.is_alive() and monotonic() < deadline:
            sleep(LOOK_SECONDS)
        if not self._server.started:
            self._server.should_exit = True
            listener.close()
            raise ServerNotStarted(f"nothing answers at {self.url}") from self._failure
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Answer the requests that are here, and stop."""
        assert self._thread is not None, "a server is stopped after it was started"
        self._server.should_exit = True
        self._thread.join()
        if self._failure is not None and error is None:
            raise self._failure

    def _serve(self, listener: socket.socket) -> None:
        try:
            self._server.run(sockets=[listener])
        except (Exception, SystemExit) as failure:
            # The server ends by SystemExit, too. Whoever entered the context raises it.
            self._failure = failure
