"""The service on this machine: which ports, which files, which settings.

What `work365 up` starts and what the other commands talk to is said here once, so that they
find each other without being told.
"""

import os
import socket
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from secrets import randbelow
from urllib.parse import urlsplit

from work365.http import THIS_MACHINE

STATE = Path("build/local")
DATAVERSE_PORT = 36501
APP_PORT = 7071
"""The port that the Functions host listens on by default."""

CONSENT_PATH = "/api/consent"

PARTNER_TENANT = "8a3c52d0-4b1f-4f0a-9d57-2f60c1b7e914"
APPLICATION_ID = "1b7a9c52-0f3d-4a57-a5f4-3a9a2f1c3653"
IDENTITY_CLIENT_ID = "c8e4a7b1-2c6d-4f5b-9e3f-1a2b3c4d3655"
IDENTITY_HEADER = "header-of-this-machine"
"""What the emulators know: the partner, our application, and the managed identity by which it
proves itself, as the platform would say it."""

WEBHOOK_KEY = "a-key-of-this-machine-only"
TOKEN = "this-machine-only"  # noqa: S105  the emulator takes any token

PORTS = {"http": 80, "https": 443}
LISTEN_SECONDS_MAX = 5
FREE_PORTS = range(20_000, 32_000)
"""Below those that systems give to outgoing connections, which would take one meanwhile."""

IDENTITY_SETTINGS = ("IDENTITY_ENDPOINT", "IDENTITY_HEADER")


@dataclass(frozen=True, slots=True)
class LocalEnvironment:
    """Where everything is on this machine."""

    state: Path = STATE
    dataverse_port: int = DATAVERSE_PORT
    app_port: int = APP_PORT
    has_microsoft: bool = False
    """Whether Microsoft is played on this machine, too. Its ports follow Dataverse's, and that
    of the consent pages follows the app's."""

    @property
    def sign_in_port(self) -> int:
        """Where Entra listens."""
        return self.dataverse_port + 1

    @property
    def microsoft_port(self) -> int:
        """Where Partner Center, Graph and price sheets listen."""
        return self.dataverse_port + 2

    @property
    def vault_port(self) -> int:
        """Where Key Vault listens."""
        return self.dataverse_port + 3

    @property
    def consent_port(self) -> int:
        """Where the app listens for https, for browsers that consent."""
        return self.app_port + 1

    @property
    def sign_in_url(self) -> str:
        """Entra."""
        return f"https://localhost:{self.sign_in_port}"

    @property
    def microsoft_url(self) -> str:
        """Partner Center, Graph and price sheets."""
        return f"http://127.0.0.1:{self.microsoft_port}"

    @property
    def vault_url(self) -> str:
        """Key Vault."""
        return f"https://localhost:{self.vault_port}"

    @property
    def consent_url(self) -> str:
        """The consent pages."""
        return f"https://localhost:{self.consent_port}{CONSENT_PATH}"

    @property
    def certificates(self) -> Path:
        """The folder of certificates for https."""
        return self.state / "certificates"

    @property
    def webhook_authorities(self) -> Path:
        """Who vouches for the certificate that messages are signed with."""
        return self.certificates / "webhook-ca.pem"

    @property
    def microsoft_file(self) -> Path:
        """What is at Partner Center, between two runs."""
        return self.state / "partner-center.json"

    @property
    def dataverse_url(self) -> str:
        """The emulator."""
        return f"http://127.0.0.1:{self.dataverse_port}"

    @property
    def clock_url(self) -> str:
        """The emulator's clock, which everything on this machine goes by."""
        return f"{self.dataverse_url}/_emulator/v1/clock"

    @property
    def app_url(self) -> str:
        """The function app."""
        return f"http://127.0.0.1:{self.app_port}"

    @property
    def webhook_url(self) -> str:
        """Where the emulator rings."""
        return f"{self.app_url}/api/webhooks/dataverse"

    @property
    def dataverse_file(self) -> Path:
        """The emulator's rows."""
        return self.state / "dataverse.sqlite"

    def application_settings(self) -> dict[str, str]:
        """Return the settings that a function app would have in Azure."""
        microsoft = self._microsoft_settings() if self.has_microsoft else {}
        return microsoft | {
            "WORK365_DATAVERSE_URL": self.dataverse_url,
            "WORK365_DATAVERSE_TOKEN": TOKEN,
            "WORK365_WEBHOOK_KEYS": WEBHOOK_KEY,
            "WORK365_QUEUE_FILE": str(self.state / "queue.sqlite"),
            "WORK365_SWEEP_DELAY_SECONDS": "0",
            "WORK365_CLOCK_URL": self.clock_url,
        }

    def _microsoft_settings(self) -> dict[str, str]:
        authorities = str(self.certificates / "ca.pem")
        return {
            "AZURE_FUNCTIONS_ENVIRONMENT": "Development",
            # The platform says these two: where a managed identity's tokens are.
            "IDENTITY_ENDPOINT": f"{self.sign_in_url}/msi/token",
            "IDENTITY_HEADER": IDENTITY_HEADER,
            "WORK365_MANAGED_IDENTITY_CLIENT_ID": IDENTITY_CLIENT_ID,
            "WORK365_CLIENT_ID": APPLICATION_ID,
            "WORK365_PARTNER_TENANT": PARTNER_TENANT,
            "WORK365_KEY_VAULT_URL": self.vault_url,
            "WORK365_CONSENT_URL": self.consent_url,
            "WORK365_MARKETS": "DE",
            "WORK365_WEBHOOK_AUTHORITIES": str(self.webhook_authorities),
            "WORK365_STAND_IN_SIGN_IN_URL": self.sign_in_url,
            "WORK365_STAND_IN_MICROSOFT_URL": self.microsoft_url,
            "WORK365_STAND_IN_AUTHORITIES": authorities,
        }


def settings_or_local(environment: Mapping[str, str] | None = None) -> Mapping[str, str]:
    """Return `environment`, or the local settings where it names no Dataverse.

    With them goes what plays Microsoft on this machine, if it runs.
    """
    every = os.environ if environment is None else environment
    given = {name: value for name, value in every.items() if value.strip()}
    if "WORK365_DATAVERSE_URL" in given:
        return given
    here = LocalEnvironment()
    here = replace(here, has_microsoft=not is_down(here.sign_in_url))
    return {**here.application_settings(), **given}


def take_on_identity(settings: Mapping[str, str]) -> None:
    """Let Azure's library find the managed identity of `settings`: it reads the process's own."""
    for name in IDENTITY_SETTINGS:
        if name in settings:
            os.environ[name] = settings[name]


def is_down(url: str) -> bool:
    """Return whether `url` is an address of this machine at which nothing listens."""
    parts = urlsplit(url)
    if parts.hostname not in THIS_MACHINE:
        return False
    place = parts.hostname, parts.port or PORTS[parts.scheme]
    try:
        socket.create_connection(place, timeout=LISTEN_SECONDS_MAX).close()
    except OSError:
        return True
    return False


def free_port(*, following: int = 0) -> int:
    """Return a port on which nothing listens now, nor on the `following` ones after it."""
    while True:
        port = FREE_PORTS.start + randbelow(len(FREE_PORTS) - following)
        with ExitStack() as opened:
            try:
                for one in range(port, port + 1 + following):
                    opened.enter_context(socket.create_server(("127.0.0.1", one)))
            except OSError:
                continue
            return port


def free_environment(state: Path, *, has_microsoft: bool = False) -> LocalEnvironment:
    """Return an environment beside those that run, kept in the folder `state`."""
    return LocalEnvironment(
        state=state,
        dataverse_port=free_port(following=3),
        app_port=free_port(following=1),
        has_microsoft=has_microsoft,
    )
