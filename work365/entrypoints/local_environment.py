"""The service on this machine: which ports, which files, which settings.

What `work365 up` starts and what the other commands talk to is said here once, so that they
find each other without being told.
"""

import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from work365.http import THIS_MACHINE

STATE = Path("build/local")
DATAVERSE_PORT = 36501
APP_PORT = 7071
"""The port that the Functions host listens on by default."""

WEBHOOK_KEY = "a-key-of-this-machine-only"
TOKEN = "this-machine-only"  # noqa: S105  the emulator takes any token

PORTS = {"http": 80, "https": 443}
LISTEN_SECONDS_MAX = 5


@dataclass(frozen=True, slots=True)
class LocalEnvironment:
    """Where everything is on this machine."""

    state: Path = STATE
    dataverse_port: int = DATAVERSE_PORT
    app_port: int = APP_PORT

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
        return {
            "WORK365_DATAVERSE_URL": self.dataverse_url,
            "WORK365_DATAVERSE_TOKEN": TOKEN,
            "WORK365_WEBHOOK_KEYS": WEBHOOK_KEY,
            "WORK365_QUEUE_FILE": str(self.state / "queue.sqlite"),
            "WORK365_SWEEP_DELAY_SECONDS": "0",
            "WORK365_CLOCK_URL": self.clock_url,
        }


def settings_or_local(environment: Mapping[str, str] | None = None) -> Mapping[str, str]:
    """Return `environment`, or the local settings where it names no Dataverse."""
    every = os.environ if environment is None else environment
    given = {name: value for name, value in every.items() if value.strip()}
    if "WORK365_DATAVERSE_URL" in given:
        return given
    return {**LocalEnvironment().application_settings(), **given}


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


def free_port() -> int:
    """Return a port on which nothing listens now."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port
