"""Dataverse and Microsoft on this machine: the emulators in one process, with one partner.

The partner and its customers are the same in all of them. All go by Dataverse's clock but Key
Vault, which goes by the machine's, as the library does that keeps the tokens for it. What is at
Partner Center is kept in a file when the emulators end; Entra and the vault forget, so that
whoever starts them again consents again.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from starlette.applications import Starlette
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from work365.emulators.dataverse import app as dataverse
from work365.emulators.dataverse.certificates import (
    NoCertificate,
    ServerCertificate,
    server_certificate,
)
from work365.emulators.entra import app as entra
from work365.emulators.entra.authority import Authority
from work365.emulators.entra.directory import Directory
from work365.emulators.entra.seeds import IDENTITY_PRINCIPAL_ID, SeedCustomer, small_directory
from work365.emulators.key_vault import app as key_vault
from work365.emulators.partner_center.seeds import PARTNER, small
from work365.emulators.partner_center.serving import RunningTwin, Setup, running_twin
from work365.emulators.partner_center.signing import CERTIFICATE_PATH
from work365.emulators.partner_center.snapshots import restore, snapshot
from work365.emulators.partner_center.tokens import signed_tokens
from work365.emulators.partner_center.world import World
from work365.entrypoints.demo.microsoft_chapter import CustomerAtMicrosoft
from work365.entrypoints.local_environment import LocalEnvironment
from work365.entrypoints.serving import LocalServer

MAY = frozenset({"get", "set", "list", "delete", "recover", "purge"})
WorldAt = Callable[[datetime], World]


def this_machine() -> datetime:
    """Return the time that Microsoft's libraries read themselves, in UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True, kw_only=True)
class StandIns:
    """What plays Microsoft, and what tests and the demo hold of it."""

    here: LocalEnvironment
    clock: Callable[[], datetime]
    """Dataverse's, by which all go."""
    authority: Authority
    """Entra."""
    center: RunningTwin
    """Partner Center, Graph and price sheets."""
    certificates: ServerCertificate

    @property
    def directory(self) -> Directory:
        """Who and what Entra knows."""
        return self.authority.directory

    @property
    def world(self) -> World:
        """What is at Partner Center."""
        return self.center.twin.world


@contextmanager
def dataverse_here(
    here: LocalEnvironment, *, clock: Callable[[], datetime], is_blank: bool = False
) -> Iterator[Starlette]:
    """Run Dataverse where `here` says, on the file there; lend the application.

    Raises: OSError: the port is taken.
    """
    here.state.mkdir(parents=True, exist_ok=True)
    app = dataverse.create_app(state=here.dataverse_file, clock=clock, is_blank=is_blank)
    with LocalServer(app, port=here.dataverse_port):
        yield app


@contextmanager
def microsoft_here(
    here: LocalEnvironment, *, clock: Callable[[], datetime], world_at: WorldAt = small
) -> Iterator[StandIns]:
    """Run Entra, Key Vault and Partner Center where `here` says.

    `world_at` makes what is at Partner Center where no file of an earlier run has it.
    Raises: NoCertificate; OSError: a port is taken.
    """
    certificates = server_certificate(here.certificates)
    world = _world(here.microsoft_file, world_at, clock())
    app = entra.create_app(_directory(here, world), clock=clock, client_clock=this_machine)
    authority: Authority = app.state.authority
    with ExitStack() as running:
        _serve(running, app, here.sign_in_port, certificates)
        _serve(running, _vault(here, authority), here.vault_port, certificates)
        center, _ = running.enter_context(
            running_twin(
                world,
                clock=clock,
                read_token=signed_tokens(authority.keys.key_set, clock),
                setup=Setup(
                    certificate_url=here.microsoft_url + CERTIFICATE_PATH, sends_webhooks=True
                ),
                port=here.microsoft_port,
            )
        )
        here.webhook_authorities.write_bytes(center.signer.root)
        running.callback(_keep, center, here.microsoft_file)
        yield StandIns(
            here=here,
            clock=clock,
            authority=authority,
            center=center,
            certificates=certificates,
        )


def why_not_here(here: LocalEnvironment) -> str | None:
    """Return why Microsoft cannot be played where `here` says; None where it can."""
    try:
        server_certificate(here.certificates)
    except NoCertificate as error:
        return str(error)
    return None


def customers_of(world: World) -> Sequence[CustomerAtMicrosoft]:
    """Return the seeded partner's own customers."""
    return [
        CustomerAtMicrosoft(tenant=one.tenant, name=one.name, domain=one.domain, email=one.email)
        for one in world.customers.values()
        if one.partner == PARTNER
    ]


def _serve(
    running: ExitStack, app: ASGIApp, port: int, certificates: ServerCertificate
) -> LocalServer:
    closing = _closing_connections(app)
    server = LocalServer(closing, port=port, certificate=certificates.certificate)
    return running.enter_context(server)


def _closing_connections(app: ASGIApp) -> ASGIApp:
    """Let each answer end its connection.

    Libraries leave theirs open, and a server that is to end would wait for them.
    """

    async def closing(scope: Scope, receive: Receive, send: Send) -> None:
        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*message["headers"], (b"connection", b"close")]}
            await send(message)

        await app(scope, receive, sending)

    return closing


def _directory(here: LocalEnvironment, world: World) -> Directory:
    customers = tuple(
        SeedCustomer(tenant_id=one.tenant, name=one.name, domain=one.domain)
        for one in world.customers.values()
    )
    return small_directory(
        redirect_uris=(f"{here.consent_url}/callback",),
        partner_tenant_id=PARTNER,
        customers=customers,
    )


def _vault(here: LocalEnvironment, authority: Authority) -> ASGIApp:
    return key_vault.create_app(
        clock=this_machine,
        authority=here.sign_in_url,
        tenant_id=PARTNER,
        keys=authority.keys.key_set,
        policies={IDENTITY_PRINCIPAL_ID: MAY},
    )


def _world(file: Path, world_at: WorldAt, now: datetime) -> World:
    return restore(file.read_text("utf-8")) if file.exists() else world_at(now)


def _keep(center: RunningTwin, file: Path) -> None:
    with center.twin.lock:
        file.write_text(snapshot(center.twin.world), "utf-8")
