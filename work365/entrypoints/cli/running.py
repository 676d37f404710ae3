"""Commands that run the service on this machine: the app, and the Dataverse it talks to."""

import os
import signal
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from threading import Event
from typing import Annotated

import typer

from work365.bootstrap import services
from work365.entrypoints.cli.demo import perform, print_ending
from work365.entrypoints.cli.output import errors, in_plain_words
from work365.entrypoints.demo.stage import running as demo_running
from work365.entrypoints.demo.story import tell
from work365.entrypoints.local_environment import (
    APP_PORT,
    DATAVERSE_PORT,
    STATE,
    LocalEnvironment,
)
from work365.entrypoints.local_run import (
    consent_pages,
    dataverse_emulator,
    local_host,
    register_local_webhook,
)
from work365.entrypoints.serving import LocalServer

app = typer.Typer()

State = Annotated[Path, typer.Option(help="Folder in which everything is kept.")]


@app.command()
@in_plain_words
def emulate(
    state: State = STATE,
    port: Annotated[int, typer.Option(help="Where it listens.")] = DATAVERSE_PORT,
    https_port: Annotated[
        int | None, typer.Option(help="Where it listens for https, too; 0 is any free port.")
    ] = None,
    blank: Annotated[
        bool,
        typer.Option(
            "--blank", help="Begin without Work 365, as a new environment, to try an installation."
        ),
    ] = False,
    microsoft: Annotated[
        bool,
        typer.Option(
            "--microsoft",
            help="Run Entra, Partner Center and Key Vault as well, at the three ports that follow.",
        ),
    ] = False,
    app_port: Annotated[
        int, typer.Option(help="Where the app listens, to which a consent comes back.")
    ] = APP_PORT,
) -> None:
    """Run a Dataverse environment on this machine, until it is interrupted."""
    from work365.emulators.dataverse.app import create_app
    from work365.emulators.dataverse.certificates import server_certificate
    from work365.entrypoints.cli.stand_ins import microsoft_here

    here = LocalEnvironment(
        state=state, dataverse_port=port, app_port=app_port, has_microsoft=microsoft
    )
    state.mkdir(parents=True, exist_ok=True)
    application = create_app(
        state=here.dataverse_file, clock=lambda: datetime.now(UTC), is_blank=blank
    )
    with ExitStack() as running:
        if https_port is not None:
            secured = server_certificate(here.certificates)
            secure = LocalServer(application, port=https_port, certificate=secured.certificate)
            running.enter_context(secure)
            errors.print(f"Dataverse answers at {secure.url}; clients trust {secured.bundle}")
        if microsoft:
            # Before Dataverse, whose answer tells that everything is there.
            running.enter_context(microsoft_here(here, clock=application.state.clock))
            print_microsoft_addresses(here)
        running.enter_context(LocalServer(application, port=port))
        errors.print(f"Dataverse answers at {here.dataverse_url}")
        wait_for_interrupt()


def print_microsoft_addresses(here: LocalEnvironment) -> None:
    """Say where what plays Microsoft answers."""
    errors.print(
        f"Entra answers at {here.sign_in_url}, Partner Center at {here.microsoft_url}, Key Vault"
        f" at {here.vault_url}; clients trust {here.certificates / 'ca.pem'}"
    )


@app.command()
@in_plain_words
def up(
    state: State = STATE,
    port: Annotated[int, typer.Option(help="Where the app listens.")] = APP_PORT,
    dataverse_port: Annotated[
        int, typer.Option(help="Where the Dataverse emulator listens.")
    ] = DATAVERSE_PORT,
    emulator: Annotated[
        bool,
        typer.Option(
            help="Start the Dataverse emulator too; without it, the settings name the environment."
        ),
    ] = True,
    microsoft: Annotated[
        bool, typer.Option(help="Play Microsoft, too, and serve the consent pages.")
    ] = True,
    with_demo: Annotated[
        bool,
        typer.Option("--demo", help="Play the demo first, where there is no invoice yet."),
    ] = False,
) -> None:
    """Run the function app on this machine: its webhooks, timers and queue."""
    here = LocalEnvironment(state=state, dataverse_port=dataverse_port, app_port=port)
    if with_demo:
        _up_with_demo(here)
        return
    here = replace(here, has_microsoft=emulator and microsoft and _can_play_microsoft(here))
    with ExitStack() as running:
        if emulator:
            running.enter_context(dataverse_emulator(here))
            os.environ.update(here.application_settings())
            register_local_webhook(services(), here)
        host = running.enter_context(local_host(services(), port=port))
        if here.has_microsoft:
            running.enter_context(consent_pages(host, here))
            print_microsoft_addresses(here)
            errors.print(
                f"The consent pages are at {here.consent_url}: `work365 microsoft provider`, then"
                " `work365 microsoft connect` gives a link to them."
            )
        _stay_up(host.url, services().settings.dataverse_url)


def _can_play_microsoft(here: LocalEnvironment) -> bool:
    from work365.entrypoints.cli.stand_ins import why_not_here

    why_not = why_not_here(here)
    if why_not is not None:
        errors.print(f"Microsoft is left out: {why_not}")
    return why_not is None


def _up_with_demo(here: LocalEnvironment) -> None:
    errors.print("Starting a Dataverse environment and the function app on this machine.")
    with demo_running(here, tell()) as stage:
        if next(stage.services.invoice_book.heads(), None) is None:
            print_ending(perform(stage))
        _stay_up(stage.host.url, here.dataverse_url)


def _stay_up(app_url: str, dataverse_url: str) -> None:
    errors.print(f"Work 365 answers at {app_url}, Dataverse is at {dataverse_url}.")
    errors.print("Interrupt with Ctrl-C; what is on the queue stays there.")
    wait_for_interrupt()


def wait_for_interrupt() -> None:
    """Return when the process is asked to end."""
    asked = Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, lambda *_: asked.set())
    asked.wait()
    # Work that runs is finished first. Whoever asks again does not want to wait for it.
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, signal.SIG_DFL)
