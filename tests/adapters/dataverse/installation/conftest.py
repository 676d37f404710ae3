"""Blank environments over real HTTP, and a client whose connection can be cut."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from time import sleep
from typing import Any

import httpx
import pytest

from tests.adapters.dataverse.installation.environments import (
    APPLICATION_ID,
    SERVICE_URL,
    WEBHOOK_KEY,
)
from work365.adapters.dataverse.client import DataverseClient
from work365.adapters.dataverse.installation.declarations import Declarations
from work365.adapters.dataverse.installation.installer import DataverseInstallation
from work365.adapters.dataverse.installation.target import target_of
from work365.adapters.dataverse.origin import Origin
from work365.emulators.dataverse.app import create_app
from work365.entrypoints.serving import LocalServer
from work365.http import Retries, http_client
from work365.ports.installation import InstallationPlan
from work365.usecases.install_solution import Installed, install_solution

NEW_YEAR = datetime(2026, 1, 1, 6, tzinfo=UTC)
PAUSE_SECONDS = 0.05
"""While a key's index is built."""


WRITES = frozenset(("POST", "PUT", "PATCH", "DELETE"))


class Killed(BaseException):
    """The process ends here, in the middle of whatever it did."""


class Killer:
    """Kills at one write of those that it sees, before it is sent or once it was answered."""

    def __init__(self, at: int, *, answered: bool = False) -> None:
        self._at = at
        self._answered = answered
        self._seen = 0

    def hooks(self) -> dict[str, list[Callable[..., Any]]]:
        """Return the hooks of a connection."""
        if self._answered:
            return {"response": [lambda response: self._look(response.request)]}
        return {"request": [self._look]}

    def _look(self, request: httpx.Request) -> None:
        if request.method in WRITES:
            self._seen += 1
            if self._seen > self._at:
                raise Killed


@dataclass
class Administrator:
    """Somebody who installs in one environment."""

    url: str
    http: httpx.Client
    sleeps: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        # Made once: what it has learned about the limits lasts as long as a process does.
        retries = Retries(sleep=self.sleeps.append, elapsed_seconds=lambda: sum(self.sleeps))
        self.client = DataverseClient(
            url=self.url,
            token=lambda: "an administrator's",
            http=self.http,
            origin=Origin(tag=None),
            retries=retries,
        )

    def installation(self, declarations: Declarations | None = None) -> DataverseInstallation:
        """Return the installation, as a process that begins anew would see it."""
        target = target_of(
            url=self.url,
            application_id=APPLICATION_ID,
            service_url=SERVICE_URL,
            webhook_key=WEBHOOK_KEY,
        )
        return DataverseInstallation(
            self.client, target=target, http=self.http, declarations=declarations
        )

    def plan(self, declarations: Declarations | None = None) -> InstallationPlan:
        """Return what is missing."""
        return self.installation(declarations).plan()

    def install(self, declarations: Declarations | None = None) -> Installed:
        """Install, with short pauses."""
        installation = self.installation(declarations)
        return install_solution(
            installation=installation,
            plan=installation.plan(),
            progress=lambda *_: None,
            pause=lambda _: sleep(PAUSE_SECONDS),
        )

    def is_killed(self, killer: Killer, declarations: Declarations | None = None) -> bool:
        """Install in a process that `killer` may end; return whether it did."""
        self.http.event_hooks = killer.hooks()
        try:
            self.install(declarations)
        except Killed:
            return True
        finally:
            self.http.event_hooks = {}
        return False

    def control(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        """Ask the emulator itself."""
        url = f"{self.url}/_emulator/v1/{path}"
        answer = httpx.request(method, url, json=body, timeout=60, trust_env=False)
        return answer.raise_for_status().json()


@contextmanager
def blank_environment() -> Iterator[Administrator]:
    """Run a new environment in this process."""
    with ExitStack() as running:
        app = create_app(state=None, clock=lambda: NEW_YEAR, is_blank=True)
        server = running.enter_context(LocalServer(app))
        http = running.enter_context(http_client())
        yield Administrator(server.url, http)


@pytest.fixture
def blank() -> Iterator[Administrator]:
    with blank_environment() as administrator:
        yield administrator


@pytest.fixture(scope="module")
def installed() -> Iterator[Administrator]:
    """An environment in which everything was installed; tests leave it as it was."""
    with blank_environment() as administrator:
        administrator.install()
        yield administrator
