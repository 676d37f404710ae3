"""The stage of the demo: a Dataverse environment, the function app, and days that go by."""

import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

import httpx
from rich.progress import Progress

from work365.adapters.dataverse.catalog_store import DataverseCatalogStore
from work365.adapters.dataverse.partner_book import DataversePartnerBook
from work365.adapters.partner_center.price_sheet import read_price_sheet
from work365.adapters.partner_center.subscriptions_file import read_subscriptions
from work365.bootstrap import Services, services
from work365.entrypoints import clock
from work365.entrypoints.demo.people import as_person
from work365.entrypoints.demo.story import (
    FIRST_DAY,
    FOLDER,
    LAST_DAY,
    Event,
    Story,
    SubscriptionsFile,
)
from work365.entrypoints.local_environment import LocalEnvironment
from work365.entrypoints.local_run import (
    dataverse_emulator,
    local_host,
    register_local_webhook,
)
from work365.entrypoints.localhost.host import LocalHost
from work365.errors import Contradiction
from work365.http import http_client
from work365.ports.invoice_book import KeptLine
from work365.usecases.import_prices import import_prices
from work365.usecases.import_subscriptions import Choices, import_subscriptions
from work365.usecases.intake import Imported, Provided
from work365.usecases.run_billing import Run, run_billing

MORNING = time(6, 30)
"""When a day of the demo begins, in UTC: after the hourly timer of six o'clock."""

QUIET_SECONDS_MAX = 60
CHANGE_SHOWN = "CHG-0001"


class DemoWrong(Contradiction):
    """The demo did not come to what it should."""

    code = "demo_wrong"


@dataclass(frozen=True, slots=True)
class Stage:
    """The environment, the app, and the story that is played on them."""

    here: LocalEnvironment
    story: Story
    services: Services
    host: LocalHost
    people: DataversePartnerBook
    """The partner's environment as one of its people sees it: what they change rings."""

    def load(self, bars: Progress) -> Imported:
        """Make the customers and contracts, and take in Partner Center's files.

        Raises: DemoWrong: something was refused.
        """
        self._set_clock(FIRST_DAY, time(0, 5))
        self.people.keep_customers(self.story.customers, provider="Microsoft Partner Center")
        store = DataverseCatalogStore(self.services.dataverse)
        sheets = self.story.price_sheets.items()
        prices = [
            Provided(price, name)
            for name, text in sheets
            for price in read_price_sheet(text, file_name=name).values
        ]
        bar = bars.add_task("Importing price sheets", total=len(prices))
        imported = import_prices(
            prices=prices, store=store, progress=lambda done: bars.advance(bar, done)
        )
        files = self.story.subscriptions
        for file in bars.track(files, description="Importing subscriptions"):
            imported += self._take_in(file)
        if imported.findings:
            raise DemoWrong(imported.findings[0].message)
        self._settle()
        return imported

    def play(self, bars: Progress) -> None:
        """Let the days go by, each with its timers and with what people change."""
        days = [FIRST_DAY + timedelta(days=n) for n in range((LAST_DAY - FIRST_DAY).days + 1)]
        for day in bars.track(days, description="January to March"):
            self._set_clock(day, MORNING)
            self.host.tick(datetime.combine(day, MORNING, UTC))
            self._settle()
            for event in self.story.events:
                if event.recorded_on == day:
                    self._happen(event)
                    self._settle()

    def bill_again(self) -> Run:
        """Bill all contracts twice by hand, as a clerk would, and return the second run.

        The first brings the drafts of the last day up to date, before its night has come.
        Raises: DemoWrong: the second wrote something.
        """
        self._bill_all()
        run = self._bill_all()
        if run.invoices or run.lines or run.findings or run.failures:
            raise DemoWrong(f"billing a second time was not idle: {run}")
        return run

    def _bill_all(self) -> Run:
        *_, run = run_billing(
            contracts=self.services.store.all_contracts(),
            through=LAST_DAY - timedelta(days=1),
            at=clock.now(self.services),
            store=self.services.store,
            job_log=self.services.job_log,
            workers=self.services.dataverse.degree_of_parallelism,
        )
        return run

    def line_of_change(self) -> KeptLine:
        """Return the line that charges the seats added on 11 January."""
        change = next(
            event.change
            for event in self.story.events
            if event.change is not None and event.change.key == CHANGE_SHOWN
        )
        for head in self.services.invoice_book.heads():
            for line in self.services.invoice_book.lines(head.key):
                charge = line.billed.charge
                same = charge.slot.price.subscription == change.subscription
                if same and charge.service_period.start == change.effective_on:
                    return line
        raise DemoWrong(f"no invoice has a line for change {CHANGE_SHOWN}")

    def rings(self) -> int:
        """Return how many webhooks Dataverse has delivered."""
        answer = httpx.get(f"{self.here.dataverse_url}/_emulator/v1/webhooks", trust_env=False)
        deliveries: Sequence[object] = answer.raise_for_status().json()["deliveries"]
        return len(deliveries)

    def _happen(self, event: Event) -> None:
        """Let a person change something in Dataverse, or buy something at Microsoft."""
        if event.change is not None:
            self.people.add_change(event.change)
        if event.bought is not None:
            self._take_in(event.bought)

    def _take_in(self, file: SubscriptionsFile) -> Imported:
        reading = read_subscriptions(file.text, file_name=file.name)
        if reading.findings:
            raise DemoWrong(reading.findings[0].message)
        return import_subscriptions(
            subscriptions=[Provided(value, file.name) for value in reading.values],
            choices=Choices(contract=file.contract, market=file.market),
            at=clock.now(self.services),
            today=clock.today(self.services),
            store=DataverseCatalogStore(self.services.dataverse),
            progress=lambda _: None,
        )

    def _set_clock(self, day: date, moment: time) -> None:
        """Move the emulator's clock, which everything goes by."""
        now = datetime.combine(day, moment, UTC)
        answer = httpx.put(self.here.clock_url, json={"now": now.isoformat()}, trust_env=False)
        answer.raise_for_status()

    def _settle(self) -> None:
        """Wait until no ring is on its way and no job is left."""
        idle = f"{self.here.dataverse_url}/_emulator/v1/idle"
        httpx.post(idle, timeout=QUIET_SECONDS_MAX, trust_env=False).raise_for_status()
        self.host.idle(QUIET_SECONDS_MAX)


@contextmanager
def running(here: LocalEnvironment, story: Story) -> Iterator[Stage]:
    """Start the emulator and the app, and stop them with the context."""
    os.environ.update({**here.application_settings(), **_partner_settings(story)})
    with ExitStack() as started:
        started.enter_context(dataverse_emulator(here))
        known = services()
        started.callback(known.close)
        register_local_webhook(known, here)
        host = started.enter_context(local_host(known, port=here.app_port))
        http = started.enter_context(http_client())
        yield Stage(here, story, known, host, as_person(here, known, http))


def _partner_settings(story: Story) -> dict[str, str]:
    partner = story.partner
    address = partner["address"]
    lines = (
        address["street"],
        f"{address['postal_code']} {address['city']}",
        address["country"],
    )
    return {
        "WORK365_PARTNER_NAME": partner["name"],
        "WORK365_PARTNER_ADDRESS": "|".join(lines),
        "WORK365_PARTNER_LOGO": str(FOLDER.joinpath(partner["logo"])),
    }
