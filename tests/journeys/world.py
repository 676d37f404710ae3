"""A whole partner on this machine: Dataverse in one place, the function app in another."""

import importlib
import os
import re
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, date, datetime, time
from decimal import Decimal
from pathlib import Path
from time import sleep
from typing import Any
from uuid import UUID

import httpx

import function_app
from work365.adapters.dataverse import operations
from work365.adapters.dataverse.client import DataverseClient
from work365.adapters.dataverse.installation.installer import DataverseInstallation
from work365.adapters.dataverse.installation.target import target_of
from work365.adapters.dataverse.origin import Origin
from work365.adapters.dataverse.partner_book import (
    ContractTerms,
    Customer,
    DataversePartnerBook,
    NewChange,
)
from work365.bootstrap import services
from work365.domain.contracts import AnchorRule, ContractType, Timing
from work365.emulators.dataverse.app import create_app
from work365.entrypoints.local_environment import WEBHOOK_KEY, LocalEnvironment, free_port
from work365.entrypoints.local_run import local_host, register_local_webhook
from work365.entrypoints.localhost.host import LocalHost
from work365.entrypoints.serving import LocalServer
from work365.http import http_client
from work365.usecases.install_solution import install_solution

QUIET_SECONDS_MAX = 60
ROW_ID = re.compile(r" [0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")
NEW_YEAR = date(2026, 1, 1)
APPLICATION_ID = UUID("0a990000-0000-4000-8000-000000000365")

KEPT = {
    "w365_invoices": (
        "w365_key", "w365_sequence", "w365_status", "w365_invoiceon", "w365_dueon",
        "w365_netamount", "w365_linecount",
    ),
    "w365_invoicelines": (
        "w365_key", "w365_position", "w365_description", "w365_quantity", "w365_unitprice",
        "w365_servicestarton", "w365_serviceendon", "w365_amount",
    ),
    "w365_billingcontracts": (
        "w365_key", "w365_settledthrough", "w365_lastsequence", "w365_settlenexton",
        "w365_settledas",
    ),
    "w365_subscriptionchanges": ("w365_key", "w365_settledas"),
}  # fmt: skip
"""What billing leaves behind, of which two worlds can be compared: no ids, no times."""


def contract(key: str, **terms: Any) -> ContractTerms:
    given: dict[str, Any] = {
        "type": ContractType.RECURRING,
        "timing": Timing.ADVANCE,
        "anchor_rule": AnchorRule.ANNIVERSARY,
        "cycle_months": 1,
        "start_on": NEW_YEAR,
        "payment_days": 30,
    }
    return ContractTerms(key=key, **{**given, **terms})


def customer(number: str, *contracts: ContractTerms) -> Customer:
    return Customer(
        number=number,
        name=f"Customer {number}",
        street="Am Hafen 1",
        postal_code="20457",
        city="Hamburg",
        country="DE",
        email="billing@customer.example",
        currency="EUR",
        tenant=f"tenant-of-{number}",
        domain="customer.example",
        contracts=contracts,
    )


class World:
    """One environment and, where `host` is given, the app beside it."""

    def __init__(self, here: LocalEnvironment, host: LocalHost | None = None) -> None:
        self.here = here
        self.host = host
        self.services = services()
        self.client = self.services.dataverse
        user = DataversePartnerBook(self.client).person()
        self._http = http_client()
        self.user = DataverseClient(
            url=here.dataverse_url,
            token=lambda: f"user:{user}",
            http=self._http,
            origin=Origin(tag=None),
        )
        self.people = DataversePartnerBook(self.user)

    def close(self) -> None:
        self._http.close()

    def control(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        url = f"{self.here.dataverse_url}/_emulator/v1/{path}"
        answer = httpx.request(method, url, json=body, timeout=QUIET_SECONDS_MAX, trust_env=False)
        return answer.raise_for_status().json()

    def set_day(self, day: date, moment: time = time(6, 30)) -> None:
        now = datetime.combine(day, moment, UTC)
        self.control("PUT", "clock", {"now": now.isoformat()})

    def add_subscription(self, key: str, contract_key: str, **fields: Any) -> UUID:
        body = {
            "w365_name": fields.pop("name", f"Product of {key}"),
            "w365_key": key,
            "w365_starton": fields.pop("start_on", NEW_YEAR),
            "w365_Contract@odata.bind": f"/w365_billingcontracts(w365_key='{contract_key}')",
            **fields,
        }
        created = self.user.send(operations.create("w365_subscriptions", body))
        assert isinstance(created, UUID)
        return created

    def change(self, key: str, subscription: str, day: date, quantity: int, **more: Any) -> None:
        self.people.add_change(
            NewChange(
                key=key,
                subscription=subscription,
                effective_on=day,
                quantity_delta=Decimal(quantity),
                **more,
            )
        )

    def open_with(self, key: str, subscription: str, quantity: int, price: str) -> None:
        """Write the first entry of a subscription's log."""
        self.change(
            key, subscription, NEW_YEAR, quantity, unit_price=Decimal(price), price_months=1
        )

    def settle(self) -> None:
        """Wait until no ring is on its way and no job is left."""
        assert self.host is not None
        self.control("POST", "idle")
        self.host.idle(QUIET_SECONDS_MAX)

    def kept(self) -> dict[str, list[tuple[Any, ...]]]:
        """Return all that billing left behind."""
        return {
            table: sorted(
                tuple(_without_ids(row[column]) for column in columns)
                for row in self.client.rows(operations.query(table, select=columns))
            )
            for table, columns in KEPT.items()
        }

    def lines(self) -> list[tuple[Any, ...]]:
        return self.kept()["w365_invoicelines"]


def _without_ids(value: Any) -> Any:
    return ROW_ID.sub("", value) if isinstance(value, str) else value


@contextmanager
def dataverse(folder: Path, *, is_blank: bool = False) -> Iterator[LocalEnvironment]:
    """Run an emulator in this process, and point the settings at it."""
    folder.mkdir(parents=True, exist_ok=True)
    application = create_app(
        state=folder / "dataverse.sqlite",
        clock=lambda: datetime(2026, 1, 1, 6, tzinfo=UTC),
        is_blank=is_blank,
    )
    before = dict(os.environ)
    with LocalServer(application) as server:
        here = LocalEnvironment(state=folder, dataverse_port=server.port, app_port=free_port())
        os.environ.update(here.application_settings())
        services.cache_clear()
        try:
            yield here
        finally:
            services().close()
            os.environ.clear()
            os.environ.update(before)
            services.cache_clear()


@contextmanager
def world(folder: Path) -> Iterator[World]:
    """Run an emulator and the function app, as Azure would load it."""
    with dataverse(folder) as here:
        importlib.reload(function_app)
        register_local_webhook(services(), here)
        with local_host(services(), port=here.app_port) as host, closing(World(here, host)) as one:
            yield one


@contextmanager
def installed_world(folder: Path) -> Iterator[World]:
    """Run the app in an environment that was blank, as the application user made for it."""
    with dataverse(folder, is_blank=True) as here:
        target = target_of(
            url=here.dataverse_url,
            application_id=APPLICATION_ID,
            service_url=here.app_url,
            webhook_key=WEBHOOK_KEY,
        )
        installation = DataverseInstallation(
            services().dataverse_definitions, target=target, http=services().http
        )
        installed = install_solution(
            installation=installation,
            plan=installation.plan(),
            progress=lambda *_: None,
            pause=sleep,
        )
        assert installed.findings == ()
        services().close()
        services.cache_clear()
        os.environ["WORK365_DATAVERSE_TOKEN"] = f"app:{APPLICATION_ID}"
        importlib.reload(function_app)
        with local_host(services(), port=here.app_port) as host, closing(World(here, host)) as one:
            yield one
