"""A partner with all of Microsoft on this machine, and the function app that serves them."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import httpx

from consent.functions import consent_pages, health_page
from dataverse_schema.table import Table
from tests.emulators.entra.person import FormReader, Person
from work365.adapters.dataverse.microsoft.providers import DataverseProviderStore
from work365.adapters.dataverse.microsoft.rows import ProviderRows
from work365.bootstrap import Services
from work365.emulators.partner_center.seeds import PARTNER
from work365.emulators.partner_center.world import World
from work365.entrypoints.cli.local_partner import local_partner
from work365.entrypoints.cli.stand_ins import StandIns
from work365.entrypoints.local_environment import LocalEnvironment, free_environment
from work365.entrypoints.localhost.host import LocalHost
from work365.entrypoints.microsoft import PROVIDER
from work365.ports.providers import Cloud

START = datetime(2026, 7, 10, 9, 30, 15, tzinfo=UTC)
TableT = TypeVar("TableT", bound=Table)


@dataclass(frozen=True, kw_only=True)
class MicrosoftStage:
    """Everything, and how a test reaches it."""

    here: LocalEnvironment
    services: Services
    host: LocalHost
    microsoft: StandIns
    browser: httpx.Client
    """Without scripts and without patience."""

    @property
    def providers(self) -> DataverseProviderStore:
        """The partner, as it is kept."""
        return DataverseProviderStore(self.services.dataverse)

    @property
    def world(self) -> World:
        """What is at Partner Center."""
        return self.microsoft.world

    @property
    def now(self) -> datetime:
        """The time of everything."""
        return self.microsoft.clock()

    def set_clock(self, now: datetime) -> None:
        """Move the time of everything."""
        body = {"now": now.isoformat()}
        self.browser.put(self.here.clock_url, json=body).raise_for_status()

    def pass_time(self, **lengths: float) -> None:
        """Let time pass everywhere."""
        self.set_clock(self.now + timedelta(**lengths))

    def act(self, action: str, **values: Any) -> None:
        """Let a customer or Microsoft do something at Partner Center."""
        url = f"{self.here.microsoft_url}/_emulator/v1/actions/{action}"
        self.browser.post(url, json=values).raise_for_status()

    def rows(self, table: type[TableT]) -> list[TableT]:
        """Return every row of `table`."""
        return list(ProviderRows(self.services.dataverse).all(table))

    def consent(self, link: str, person: Person | None = None) -> httpx.Response:
        """Go from the link to Microsoft's pages and back, and return the last page."""
        to_microsoft = self.browser.post(link)
        told = (person or Person(self.browser)).visits(to_microsoft.headers["Location"])
        return self.browser.post(f"{self.here.consent_url}/callback", data=told)


def text_of(page: httpx.Response) -> str:
    """Return what a page says."""
    return " ".join(FormReader(page.text).text.split())


@contextmanager
def microsoft_stage(folder: Path, *, now: datetime = START) -> Iterator[MicrosoftStage]:
    """Run Dataverse, Entra, Key Vault, Partner Center and the app with its consent pages."""
    for made in (consent_pages, health_page):
        # They keep the services of an earlier stage.
        made.cache_clear()
    here = free_environment(folder, has_microsoft=True)
    with local_partner(here, now=now) as partner:
        stage = MicrosoftStage(
            here=here,
            services=partner.services,
            host=partner.host,
            microsoft=partner.microsoft,
            browser=partner.browser,
        )
        stage.providers.set_partner(PROVIDER, tenant=PARTNER, cloud=Cloud.GLOBAL)
        yield stage
