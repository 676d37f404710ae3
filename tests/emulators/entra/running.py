"""An Entra emulator over https on a port of this machine, for tests that sign in."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from ssl import SSLContext, create_default_context

import httpx
import requests
import trustme
from azure.core.pipeline.transport import RequestsTransport
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from work365.emulators.entra.app import create_app
from work365.emulators.entra.authority import Authority
from work365.emulators.entra.directory import Directory
from work365.emulators.entra.seeds import small_directory
from work365.entrypoints.serving import LocalServer

REDIRECT = "https://work365.example/consent/callback"
SECONDS_MAX = 20


def this_machine() -> datetime:
    """Return the time that the libraries read themselves."""
    return datetime.now(UTC)  # noqa: TID251  msal and azure-identity read it, too


class MovableClock:
    """The time, which stands until it is moved."""

    def __init__(self, now: datetime | None = None) -> None:
        self.now = now or this_machine()

    def __call__(self) -> datetime:
        return self.now

    def move(self, **lengths: float) -> None:
        self.now += timedelta(**lengths)


@dataclass(frozen=True, kw_only=True)
class Certified:
    """Certificates of this machine, and the authority that clients trust."""

    certificate: Path
    bundle: Path

    def trusting(self) -> SSLContext:
        return create_default_context(cafile=str(self.bundle))


def certified(folder: Path) -> Certified:
    """Make an authority and a certificate for this machine."""
    authority = trustme.CA()
    made = Certified(certificate=folder / "server.pem", bundle=folder / "ca.pem")
    issued = authority.issue_cert("localhost", "127.0.0.1")
    issued.private_key_and_cert_chain_pem.write_to_path(made.certificate)
    authority.cert_pem.write_to_path(made.bundle)
    return made


@dataclass(frozen=True, kw_only=True)
class RunningEntra:
    """The emulator, and how tests reach it."""

    url: str
    authority: Authority
    clock: MovableClock
    certified: Certified
    http: httpx.Client
    closing: ExitStack
    """Connections that have to be closed before the server, which waits for them."""

    @property
    def directory(self) -> Directory:
        return self.authority.directory

    def control(self, method: str, path: str, **body: object) -> httpx.Response:
        return self.http.request(method, f"{self.url}/_emulator/v1/{path}", json=body)

    def requests_session(self) -> requests.Session:
        """Return a session for msal, which neither follows the environment nor trusts others."""
        session = self.closing.enter_context(requests.Session())
        session.trust_env = False
        session.verify = str(self.certified.bundle)
        return session

    def azure_transport(self) -> RequestsTransport:
        """Return a transport for azure-identity and the clients of Azure's services."""
        return RequestsTransport(
            session=self.requests_session(),
            session_owner=False,
            connection_verify=str(self.certified.bundle),
        )


def closing_connections(app: ASGIApp) -> ASGIApp:
    """Let each answer end its connection.

    A connection that a client leaves open holds the server's end up for half a minute.
    """

    async def closing(scope: Scope, receive: Receive, send: Send) -> None:
        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*message["headers"], (b"connection", b"close")]}
            await send(message)

        await app(scope, receive, sending)

    return closing


@contextmanager
def serving(app: ASGIApp, certificates: Certified) -> Iterator[str]:
    """Serve an application over https; give its address."""
    server_app = closing_connections(app)
    with LocalServer(server_app, certificate=certificates.certificate) as server:
        yield server.url


@contextmanager
def running_entra(
    folder: Path,
    *,
    directory: Directory | None = None,
    client_clock: Callable[[], datetime] | None = None,
) -> Iterator[RunningEntra]:
    """Run the emulator on a directory, or on the small one of the seeds."""
    clock, certificates = MovableClock(), certified(folder)
    app = create_app(
        directory or small_directory(redirect_uris=(REDIRECT,)),
        clock=clock,
        client_clock=client_clock,
    )
    with serving(app, certificates) as url, ExitStack() as closing:
        client = closing.enter_context(
            httpx.Client(verify=certificates.trusting(), trust_env=False, timeout=SECONDS_MAX)
        )
        yield RunningEntra(
            url=url,
            authority=app.state.authority,
            clock=clock,
            certified=certificates,
            http=client,
            closing=closing,
        )
