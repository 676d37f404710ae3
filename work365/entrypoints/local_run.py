"""The parts of a partner's set-up on this machine: the app, the emulator, the webhook between."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from pathlib import Path
from time import monotonic, sleep

import httpx

from work365.adapters.dataverse.installation.installer import DataverseInstallation
from work365.adapters.dataverse.installation.target import target_of
from work365.bootstrap import Services, open_queue
from work365.entrypoints import clock
from work365.entrypoints.local_environment import WEBHOOK_KEY, LocalEnvironment, is_down
from work365.entrypoints.localhost.host import LocalHost
from work365.entrypoints.localhost.host_settings import HostSettings
from work365.entrypoints.serving import LocalServer
from work365.errors import Unavailable

START_SECONDS_MAX = 30
LOOK_SECONDS = 0.05


class EmulatorNotStarted(Unavailable):
    """The Dataverse emulator did not come up."""

    code = "emulator_not_started"


def local_host(
    services: Services, *, port: int = 0, timers_clock: Callable[[], datetime] | None = None
) -> LocalHost:
    """Return a host of the function app, as it is registered for Azure.

    `timers_clock` is what timers go by where it is not the service's own clock.
    """
    import function_app

    return LocalHost(
        function_app.app,
        queue=lambda name: open_queue(name, services.settings),
        clock=timers_clock or partial(clock.now, services),
        port=port,
        settings=HostSettings.read(
            Path(function_app.__file__).with_name("host.json"),
            application_settings=os.environ,
        ),
    )


def consent_pages(host: LocalHost, here: LocalEnvironment) -> LocalServer:
    """Return a server of the app's pages for browsers, over https as Azure has it by itself.

    The certificate is that of the emulators, which is made when they begin.
    """
    certificate = here.certificates / "server.pem"
    return LocalServer(host.asgi_app(), port=here.consent_port, certificate=certificate)


@contextmanager
def dataverse_emulator(here: LocalEnvironment) -> Iterator[subprocess.Popen[bytes]]:
    """Run the emulator in a process of its own, and end it with the context.

    Raises: EmulatorNotStarted: its port is taken, or it did not answer in time.
    """
    if not is_down(here.dataverse_url):
        # It may be another emulator, whose rows would be taken for those of this one.
        raise _not_started(here)
    command = [sys.executable, "-m", "work365.entrypoints.cli", "emulate"]
    place = ["--state", str(here.state), "--port", str(here.dataverse_port)]
    if here.has_microsoft:
        place += ["--microsoft", "--app-port", str(here.app_port)]
    process = subprocess.Popen([*command, *place], stderr=subprocess.DEVNULL)  # noqa: S603  ourselves
    try:
        _wait_for(process, here)
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait()


def _wait_for(process: subprocess.Popen[bytes], here: LocalEnvironment) -> None:
    deadline = monotonic() + START_SECONDS_MAX
    while monotonic() < deadline and process.poll() is None:
        try:
            httpx.get(here.clock_url, trust_env=False).raise_for_status()
        except httpx.HTTPError:
            sleep(LOOK_SECONDS)
        else:
            return
    raise _not_started(here)


def _not_started(here: LocalEnvironment) -> EmulatorNotStarted:
    return EmulatorNotStarted(
        f"the Dataverse emulator does not answer at {here.dataverse_url}; is another program"
        f" on port {here.dataverse_port}? Choose one with --dataverse-port"
    )


def register_local_webhook(services: Services, here: LocalEnvironment) -> None:
    """Make the emulator ring at the app of this machine."""
    target = target_of(url=here.dataverse_url, service_url=here.app_url, webhook_key=WEBHOOK_KEY)
    installation = DataverseInstallation(services.dataverse, target=target, http=services.http)
    installation.register_webhook()
