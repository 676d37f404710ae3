"""The whole twin: Partner Center, Graph, prices, blobs, certificates and control in one server.

Every host of Microsoft is a path of it, as it is there: `/v1` and `/webhooks/v1` of Partner
Center, `/v1.0/tenantRelationships` and `/v1.0/reports` of Graph, `/v1.0/sales` of prices.
"""

import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from time import monotonic, sleep

import uvicorn
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from work365.emulators.partner_center import graph_assignments, graph_relationships, mfa_reports
from work365.emulators.partner_center.app import METHODS, Settings, Twin, create_app
from work365.emulators.partner_center.callers import Caller, ReadToken
from work365.emulators.partner_center.calls import Answer
from work365.emulators.partner_center.conduct import conduct_of
from work365.emulators.partner_center.control import Instruments, control_routes
from work365.emulators.partner_center.deliveries import Courier
from work365.emulators.partner_center.dispatch import Dispatch
from work365.emulators.partner_center.graph_calls import VERSION, GraphFront
from work365.emulators.partner_center.graph_exports import Exports
from work365.emulators.partner_center.signing import CERTIFICATE_PATH, DOCUMENTED_URL, Signer
from work365.emulators.partner_center.throttling import Throttle
from work365.emulators.partner_center.upkeep import keep_up
from work365.emulators.partner_center.wire import Wire
from work365.emulators.partner_center.world import World

HOST = "127.0.0.1"
START_SECONDS_MAX = 20


class PortTaken(OSError):
    """Somebody else listens on the port."""


@dataclass(kw_only=True)
class Setup:
    """How a twin is set up, beside its world."""

    settings: Settings = field(default_factory=Settings)
    certificate_url: str = DOCUMENTED_URL
    """What deliveries say of where the signing certificate is. The twin itself has it under
    `/cert/pcnotifications-dispatch.microsoft.com.cer`."""

    sends_webhooks: bool = False
    """Whether due messages are sent without being told to."""


class RunningTwin:
    """The application, with what tests hold of it: `twin`, `wire` (faults, log), `signer`."""

    def __init__(
        self,
        world: World,
        *,
        clock: Callable[[], datetime],
        read_token: ReadToken,
        setup: Setup | None = None,
    ) -> None:
        setup = setup or Setup()
        self.signer = Signer(clock())
        self._courier = Courier(self.signer, Signer(clock()), setup.certificate_url)
        app = create_app(world, clock=clock, read_token=read_token, settings=setup.settings)
        self.twin: Twin = app.state.twin
        self.wire = Wire(app)
        self.dispatch = Dispatch(self.twin, self._courier)
        self._sends = setup.sends_webhooks
        # What is more exact goes before what takes every path.
        app.router.routes[:0] = self._routes()
        self.twin.gates += [self._attend, Throttle(clock, lambda: conduct_of(self.twin.world))]

    def _routes(self) -> Sequence[BaseRoute]:
        exports = Exports()
        graph = GraphFront(
            self.twin,
            (
                *graph_relationships.ENDPOINTS,
                *graph_assignments.ENDPOINTS,
                *exports.endpoints,
            ),
        )
        instruments = Instruments(
            log=self.wire.log,
            faults=self.wire.faults,
            dispatch=self.dispatch,
            signer=self.signer,
        )

        def certificate(_request: Request) -> Response:
            return Response(self.signer.certificate, media_type="application/pkix-cert")

        return [
            *control_routes(self.twin, instruments),
            exports.blob_route(self.twin),
            Route(CERTIFICATE_PATH, certificate, methods=["GET"]),
            *(
                Route(f"{VERSION}/{area}/{{rest:path}}", graph.answer, methods=METHODS)
                for area in ("tenantRelationships", "reports")
            ),
        ]

    def _attend(self, request: Request, caller: Caller | None) -> Answer | None:
        """Let happen what is due, and remember who asks; refuse nobody."""
        with self.twin.lock:
            keep_up(self.twin.world, self.twin.clock())
            if caller is not None:
                mfa_reports.remember(self.twin.world, self.twin.clock, request, caller)
        return None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer as an application."""
        await self.wire(scope, receive, send)

    def start(self) -> None:
        """Begin to send webhooks by itself, if it is set up so."""
        if self._sends:
            self.dispatch.start()

    def close(self) -> None:
        """Stop what runs beside the server."""
        self.dispatch.close()


@contextmanager
def serving(app: ASGIApp, *, port: int = 0, certificate: Path | None = None) -> Iterator[str]:
    """Serve an application on a port of this machine, a free one for 0, and lend its address.

    `certificate` is a PEM file with the private key and its chain, for https.
    Raises: PortTaken.
    """
    listener = _listener(port)
    config = uvicorn.Config(
        app, log_config=None, ws="none", lifespan="off", ssl_certfile=certificate
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, args=([listener],), name="twin")
    thread.start()
    try:
        _wait(server, thread)
        found = listener.getsockname()[1]
        yield f"{'https' if certificate else 'http'}://{HOST}:{found}"
    finally:
        server.should_exit = True
        thread.join()
        listener.close()


def _listener(port: int) -> socket.socket:
    """Return a socket that listens on a port: taken here, for a server ends where it cannot."""
    # The event loop lets no answer wait for the one before only where it is told that it is TCP.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
        listener.listen()
    except OSError as error:
        listener.close()
        raise PortTaken(f"port {port} of {HOST} is in use; choose another one") from error
    return listener


def _wait(server: uvicorn.Server, thread: threading.Thread) -> None:
    deadline = monotonic() + START_SECONDS_MAX
    while not server.started:
        if monotonic() > deadline or not thread.is_alive():
            raise RuntimeError("the twin's server did not start")
        sleep(0.01)


@contextmanager
def running_twin(
    world: World,
    *,
    clock: Callable[[], datetime],
    read_token: ReadToken,
    setup: Setup | None = None,
    port: int = 0,
) -> Iterator[tuple[RunningTwin, str]]:
    """Run a twin and lend it with its address."""
    twin = RunningTwin(world, clock=clock, read_token=read_token, setup=setup)
    twin.start()
    try:
        with serving(twin, port=port) as address:
            yield twin, address
    finally:
        twin.close()
