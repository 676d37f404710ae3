"""A sync of all customers and subscriptions under Partner Center's limit of requests.

Run as `python -m tests.benchmarks.partner_center_sync`. Microsoft allows a partner 500 requests
a minute, and the twin counts them in a sliding minute of real time. `--shorter 4` makes the
window shorter and the requests in it fewer by the same factor, as `tests.benchmarks.throttled`
does, so that a run sees more windows at the same rate. Twin and Dataverse emulator run in
processes of their own.
"""

import logging
from dataclasses import dataclass
from math import ceil
from typing import Annotated

import httpx
import typer

from dataverse_schema.tables.billing import Subscription, SubscriptionChange
from tests.benchmarks.emulator_process import running_emulator
from tests.benchmarks.measuring import Stopwatch, resident_megabytes_max, show
from tests.benchmarks.twin_process import (
    APP,
    PRICE_AGENT,
    START,
    allow,
    running_portfolio,
)
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
from work365.adapters.partner_center.customers import CUSTOMERS_PER_PAGE, Customers
from work365.adapters.partner_center.errands import Errand
from work365.adapters.partner_center.pace import (
    REQUESTS_PER_MINUTE,
    WINDOW_SECONDS,
    MinutePace,
)
from work365.adapters.partner_center.price_sheet_downloads import PriceSheets
from work365.adapters.partner_center.relationships import Relationships
from work365.adapters.partner_center.subscriptions import Subscriptions
from work365.domain.contracts import AnchorRule, ContractType, Timing
from work365.domain.findings import Reading
from work365.domain.microsoft.customers import SeenCustomer
from work365.domain.microsoft.price_sheets import PriceSheetView
from work365.http import http_client, read_json
from work365.identity.clouds import Audience
from work365.usecases.intake import Imported
from work365.usecases.sync_customers import sync_customers
from work365.usecases.sync_prices import last_months, sheets_of, sync_prices
from work365.usecases.sync_subscriptions import Scope, Stores, sync_subscriptions

PROVIDER = "microsoft"
SHORTER = 1
"""How many times shorter the window is, and how many times fewer the requests in it."""
PRICE_MONTHS = 15
CUSTOMERS_PER_MESSAGE = 500


@dataclass(frozen=True, slots=True)
class Run:
    """One sync."""

    name: str
    seconds: float
    requests: int
    refused: int
    subscriptions: int
    rows_written: int
    dataverse_requests: int


@dataclass(frozen=True, slots=True)
class Both:
    """Both ends."""

    twin: str
    dataverse: str
    http: httpx.Client
    client: DataverseClient
    pace: MinutePace

    def errand(self, audience: Audience, token: str) -> Errand:
        """Return an errand to an interface of the twin."""
        connection = Connection(
            audience=audience,
            address=self.twin,
            tokens=Tokens(lambda: token, lambda: token),
            http=self.http,
            patience=Patience(pace=self.pace),
        )
        return Errand(connection, "benchmark")

    def run(self, name: str) -> Run:
        """Sync customers and subscriptions, and count."""
        httpx.post(f"{self.dataverse}/_emulator/v1/requests/reset").raise_for_status()
        httpx.delete(f"{self.twin}/_emulator/v1/requests").raise_for_status()
        stopwatch = Stopwatch()
        with stopwatch.running():
            imported = self._sync()
        asked = read_json(httpx.get(f"{self.twin}/_emulator/v1/requests").content)["requests"]
        counts = read_json(httpx.get(f"{self.dataverse}/_emulator/v1/requests").content)
        assert not imported.findings, imported.findings[:3]
        sent = [request for request in asked if request["path"].startswith("/v1/")]
        return Run(
            name=name,
            seconds=stopwatch.seconds,
            requests=len(sent),
            refused=sum(request["status"] == httpx.codes.TOO_MANY_REQUESTS for request in sent),
            subscriptions=len(list(ProviderRows(self.client).all(Subscription))),
            rows_written=counts["rows_written"]["total"],
            dataverse_requests=counts["requests"]["total"],
        )

    def _sync(self) -> Imported:
        errand = self.errand(Audience.PARTNER_CENTER, APP)
        accounts = DataverseProviderStore(self.client)
        listed = sync_customers(
            provider=PROVIDER,
            customers=Customers(errand),
            partners=Relationships(errand),
            store=accounts,
            at=START,
        )
        synced = sync_subscriptions(
            provider=PROVIDER,
            subscriptions=Subscriptions(errand, lambda: START),
            stores=Stores(
                accounts=accounts,
                mirror=DataverseSubscriptionMirror(self.client),
                catalog=DataverseCatalogStore(self.client),
            ),
            scope=Scope(),
            at=START,
            progress=lambda _: None,
        )
        return listed + synced.imported

    def prepare(self) -> int:
        """Make contracts for all customers of the twin, and list prices; return how many."""
        errand = self.errand(Audience.PARTNER_CENTER, APP)
        listed: Reading[SeenCustomer] = Customers(errand).all()
        customers = [_customer(number, each) for number, each in enumerate(listed.values)]
        book = DataversePartnerBook(self.client)
        for first in range(0, len(customers), CUSTOMERS_PER_MESSAGE):
            some = customers[first : first + CUSTOMERS_PER_MESSAGE]
            book.keep_customers(some, provider="Microsoft")
        view = PriceSheetView.LICENCES
        sync_prices(
            sheets=[
                *last_months("DE", view, months=PRICE_MONTHS, today=START.date()),
                *sheets_of(["DE"], views=[view]),
            ],
            shelf=PriceSheets(self.errand(Audience.PRICE_SHEETS, PRICE_AGENT)),
            store=DataverseCatalogStore(self.client),
            progress=lambda _: None,
        )
        return len(customers)


def sync_runs(*, customers: int, subscriptions: int, shorter: int) -> tuple[Run, ...]:
    """Return a first sync of a portfolio and a second one with nothing changed."""
    with (
        running_portfolio(
            customers=customers, subscriptions=subscriptions, times_faster=shorter
        ) as twin,
        running_emulator() as emulator,
        http_client() as http,
    ):
        allow(twin, 0)
        pace = MinutePace(
            requests_per_minute=REQUESTS_PER_MINUTE // shorter,
            window_seconds=WINDOW_SECONDS / shorter,
        )
        client = DataverseClient(url=emulator.url, token=lambda: "benchmark", http=http)
        both = Both(twin, emulator.url, http, client, pace)
        assert both.prepare() == customers
        allow(twin, REQUESTS_PER_MINUTE // shorter)
        runs = both.run("first"), both.run("again, nothing changed")
        assert len(list(ProviderRows(client).all(SubscriptionChange))) == subscriptions
        return runs


def requests_min(customers: int) -> int:
    """Return the least requests: the partner's resellers, customers by pages, a list for each."""
    return 1 + ceil(customers / CUSTOMERS_PER_PAGE) + customers


def _customer(number: int, seen: SeenCustomer) -> Customer:
    terms = ContractTerms(
        key=f"CT-{number:06}",
        type=ContractType.RECURRING,
        timing=Timing.ADVANCE,
        anchor_rule=AnchorRule.ANNIVERSARY,
        cycle_months=1,
        start_on=START.date(),
        payment_days=30,
    )
    return Customer(
        number=f"NC-{number:06}",
        name=seen.name,
        street="Hafenstrasse 1",
        postal_code="28195",
        city="Bremen",
        country="DE",
        email="billing@customer.example",
        currency="EUR",
        tenant=seen.tenant,
        domain=seen.domain or "customer.example",
        contracts=(terms,),
    )


def main(
    customers: Annotated[int, typer.Option()] = 1_000,
    subscriptions: Annotated[int, typer.Option()] = 10_000,
    shorter: Annotated[int, typer.Option()] = SHORTER,
) -> None:
    """Print what a sync costs, beside what Microsoft's limit allows."""
    logging.getLogger("httpx").setLevel(logging.WARNING)
    runs = sync_runs(customers=customers, subscriptions=subscriptions, shorter=shorter)
    least = requests_min(customers)
    allowed = least / REQUESTS_PER_MINUTE * WINDOW_SECONDS
    show(
        f"{customers:,} customers with {subscriptions:,} subscriptions, at"
        f" {REQUESTS_PER_MINUTE // shorter} requests in {WINDOW_SECONDS / shorter:g} s",
        [
            "sync", "seconds", "seconds by the limit", "requests", "times the least number",
            "refused (429)", "subscriptions kept", "rows written", "requests to Dataverse",
        ],
        [
            (
                run.name, run.seconds, allowed, run.requests, run.requests / least, run.refused,
                run.subscriptions, run.rows_written, run.dataverse_requests,
            )
            for run in runs
        ],
    )  # fmt: skip
    print(f"resident memory at most: {resident_megabytes_max():,.0f} MB")


if __name__ == "__main__":
    typer.run(main)
