"""A partner that is connected to the twin of Partner Center, and keeps its rows in Dataverse."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TypeVar

import httpx

from dataverse_schema.table import Table
from tests.emulators.partner_center import stage
from tests.emulators.partner_center.stage import Stage
from work365.adapters.dataverse.catalog_store import DataverseCatalogStore
from work365.adapters.dataverse.client import DataverseClient
from work365.adapters.dataverse.microsoft.providers import DataverseProviderStore
from work365.adapters.dataverse.microsoft.rows import ProviderRows
from work365.adapters.dataverse.microsoft.subscriptions import DataverseSubscriptionMirror
from work365.adapters.dataverse.partner_book import (
    ContractTerms,
    Customer,
    DataversePartnerBook,
)
from work365.adapters.partner_center.connection import Connection, Patience, Tokens
from work365.adapters.partner_center.customers import Customers
from work365.adapters.partner_center.errands import Errand
from work365.adapters.partner_center.price_sheet_downloads import PriceSheets
from work365.adapters.partner_center.relationships import Relationships
from work365.adapters.partner_center.subscriptions import Subscriptions
from work365.domain.contracts import AnchorRule, ContractType, Timing
from work365.domain.microsoft.price_sheets import PriceSheetName, PriceSheetView
from work365.emulators.dataverse.app import create_app
from work365.emulators.partner_center.accounts import Customer as CustomerAtMicrosoft
from work365.emulators.partner_center.control import SettableClock
from work365.emulators.partner_center.seeds import PARTNER, small
from work365.emulators.partner_center.serving import running_twin
from work365.emulators.partner_center.world import World
from work365.entrypoints.serving import LocalServer
from work365.http import Pace, Unhurried, http_client
from work365.identity.clouds import Audience
from work365.usecases.sync_customers import sync_customers
from work365.usecases.sync_prices import last_months, sheets_of, sync_prices
from work365.usecases.sync_subscriptions import Scope, Stores, Synced, sync_subscriptions

PROVIDER = "microsoft"
PURPOSE = "nightly sync, rehearsed"
TableT = TypeVar("TableT", bound=Table)


def ignored(_more: int) -> None:
    """Take no notice of progress."""


@dataclass
class ConnectedPartner:
    """Both ends, and the syncs between them."""

    microsoft: Stage
    client: DataverseClient
    dataverse_url: str
    pace: Pace

    @cached_property
    def errand(self) -> Errand:
        """Partner Center, asked as the application and as the user."""
        return self._errand(Audience.PARTNER_CENTER, stage.APP, stage.AGENT)

    @cached_property
    def price_sheets(self) -> PriceSheets:
        """The price sheets, asked for as the user."""
        return PriceSheets(self._errand(Audience.PRICE_SHEETS, stage.PRICE_APP, stage.PRICE_AGENT))

    @property
    def subscriptions(self) -> Subscriptions:
        """Subscriptions as Partner Center shows them."""
        return Subscriptions(self.errand, self.microsoft.clock)

    @property
    def accounts(self) -> DataverseProviderStore:
        """The customers' accounts here."""
        return DataverseProviderStore(self.client)

    @property
    def mirror(self) -> DataverseSubscriptionMirror:
        """What is kept of subscriptions."""
        return DataverseSubscriptionMirror(self.client)

    @property
    def stores(self) -> Stores:
        """Stores as a run gets them: new ones, which remember nothing."""
        catalog = DataverseCatalogStore(self.client)
        return Stores(accounts=self.accounts, mirror=self.mirror, catalog=catalog)

    @contextmanager
    def counted(self) -> Iterator[dict[str, int]]:
        """Count what is asked of Microsoft, and what is written here, in the block."""
        httpx.post(f"{self.dataverse_url}/_emulator/v1/requests/reset").raise_for_status()
        self.microsoft.control("DELETE", "requests")
        counts: dict[str, int] = {}
        yield counts
        asked = self.microsoft.control("GET", "requests")["requests"]
        counts["asked"] = sum(request["path"].startswith("/v1/") for request in asked)
        answer = httpx.get(f"{self.dataverse_url}/_emulator/v1/requests").raise_for_status()
        counts["rows_written"] = answer.json()["rows_written"]["total"]

    def rows(self, table: type[TableT]) -> list[TableT]:
        """Return every row of `table`."""
        return list(ProviderRows(self.client).all(table))

    def kept(self, table: type[TableT], *fields: str) -> list[tuple[object, ...]]:
        """Return some fields of every row of `table`, in order."""
        rows = [tuple(getattr(row, field) for field in fields) for row in self.rows(table)]
        return sorted(rows, key=str)

    def sync_customers(self) -> None:
        """Bring the customers over."""
        sync_customers(
            provider=PROVIDER,
            customers=Customers(self.errand),
            partners=Relationships(self.errand),
            store=self.accounts,
            at=self.microsoft.clock(),
        )

    def sync_subscriptions(self, scope: Scope | None = None) -> Synced:
        """Bring the subscriptions over."""
        return sync_subscriptions(
            provider=PROVIDER,
            subscriptions=self.subscriptions,
            stores=self.stores,
            scope=scope or Scope(),
            at=self.microsoft.clock(),
            progress=ignored,
        )

    def sync_prices(self, months: int = 0) -> None:
        """Bring the prices over, and those of the last `months` months."""
        today = self.microsoft.clock().date()
        past = last_months("DE", PriceSheetView.LICENCES, months=months, today=today)
        sheets: list[PriceSheetName] = [*past, *sheets_of(["DE"])]
        sync_prices(
            sheets=sheets,
            shelf=self.price_sheets,
            store=DataverseCatalogStore(self.client),
            progress=ignored,
        )

    def sign_contracts(self) -> None:
        """Give every customer at Microsoft a contract here, under the same name."""
        book = DataversePartnerBook(self.client)
        everybody = self.microsoft.world.customers.values()
        own = [customer for customer in everybody if customer.partner == PARTNER]
        book.keep_customers(
            [_customer(number, each) for number, each in enumerate(own)], provider="Microsoft"
        )

    def _errand(self, audience: Audience, app: str, user: str) -> Errand:
        connection = Connection(
            audience=audience,
            address=self.microsoft.address,
            tokens=Tokens(lambda: app, lambda: user),
            http=self.microsoft.http,
            patience=Patience(pace=self.pace),
        )
        return Errand(connection, PURPOSE)


def _customer(number: int, at_microsoft: CustomerAtMicrosoft) -> Customer:
    terms = ContractTerms(
        key=f"CT-{number:04}",
        type=ContractType.RECURRING,
        timing=Timing.ADVANCE,
        anchor_rule=AnchorRule.ANNIVERSARY,
        cycle_months=1,
        start_on=datetime(2020, 1, 1, tzinfo=UTC).date(),
        payment_days=30,
    )
    return Customer(
        number=f"NC-{number:04}",
        name=at_microsoft.name,
        street="Hafenstrasse 1",
        postal_code="28195",
        city="Bremen",
        country="DE",
        email=at_microsoft.email,
        currency="EUR",
        tenant=at_microsoft.tenant,
        domain=at_microsoft.domain,
        contracts=(terms,),
    )


@contextmanager
def connected_partner(
    folder: Path,
    *,
    pace: Pace | None = None,
    world: Callable[[datetime], World] = small,
    now: datetime = stage.START,
) -> Iterator[ConnectedPartner]:
    """Run both ends on this machine."""
    clock = SettableClock(now)
    with ExitStack() as stack:
        running = running_twin(world(now), clock=clock, read_token=stage.TOKENS)
        microsoft = Stage(*stack.enter_context(running), clock)
        stack.callback(microsoft.http.close)
        application = create_app(state=folder / "dataverse.sqlite", clock=clock)
        server = stack.enter_context(LocalServer(application))
        http = stack.enter_context(http_client())
        client = DataverseClient(url=server.url, token=lambda: "service", http=http)
        yield ConnectedPartner(microsoft, client, server.url, pace or Unhurried())
