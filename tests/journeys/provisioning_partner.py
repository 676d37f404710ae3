"""A connected partner with changes that await Microsoft, told of them as jobs do it."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

import httpx
import pytest

from dataverse_schema import options
from dataverse_schema.table import Table
from dataverse_schema.tables.billing import BillingContract, Subscription, SubscriptionChange
from dataverse_schema.tables.providers import ProviderAccount
from dataverse_schema.tables.standard import Account, Product
from tests.adapters.partner_center.asking import Hourglass
from tests.emulators.partner_center import stage
from tests.journeys.connected_partner import ConnectedPartner, connected_partner
from work365.adapters.dataverse import operations
from work365.adapters.dataverse.client import DataverseClient
from work365.adapters.dataverse.mapping import write_row
from work365.adapters.dataverse.microsoft.rows import ProviderRows
from work365.adapters.dataverse.operations import equals
from work365.adapters.partner_center.connection import Connection, Patience, Tokens
from work365.adapters.partner_center.errands import Errand
from work365.bootstrap import Services
from work365.emulators.partner_center.catalogue import Plan
from work365.emulators.partner_center.purchases import Order
from work365.emulators.partner_center.subscription import Subscription as AtMicrosoft
from work365.entrypoints import provisioning
from work365.http import Retries
from work365.identity.clouds import Audience
from work365.identity.failures import NotConnected
from work365.settings import Settings
from work365.usecases.provision_changes import ProvisioningRun

TableT = TypeVar("TableT", bound=Table)

STANDARD = "CFQ7TTC0TW02:0001"
PREMIUM = "CFQ7TTC0TW03:0001"
MAILBOX = "CFQ7TTC0TW06:0001"
Action = options.ProvisioningAction
Status = options.ProvisioningStatus
A_YEAR = Plan("P1Y", "monthly")
YEARLY: Mapping[str, object] = {"term": "P1Y", "billing_plan": "Monthly"}
CLAIMED_FOR = timedelta(minutes=31)
OPEN = (Status.AWAITING, Status.IN_PROGRESS)


class Died(BaseException):
    """The process was killed: nothing that is written for errors may catch it."""


@dataclass
class Steps:
    """Requests to both ends, counted; the process dies after one of them."""

    dies_after: int | None = None
    taken: int = 0
    meanwhile: Callable[[httpx.Request], None] = lambda _: None
    """What happens elsewhere after a request."""

    def take(self, request: httpx.Request) -> None:
        self.taken += 1
        self.meanwhile(request)
        if self.taken == self.dies_after:
            raise Died


class CountedTransport(httpx.HTTPTransport):
    """Sends requests, and may not live to see the answer."""

    def __init__(self, steps: Steps) -> None:
        super().__init__()
        self._steps = steps

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        response = super().handle_request(request)
        try:
            self._steps.take(request)
        except Died:
            response.close()
            raise
        return response


@dataclass
class Provisioning:
    """Both ends, with what is told from one to the other."""

    partner: ConnectedPartner
    is_connected: bool = True
    steps: Steps = field(default_factory=Steps)
    numbered: int = 0

    def __post_init__(self) -> None:
        transport = CountedTransport(self.steps)
        self.http = httpx.Client(transport=transport, trust_env=False, timeout=30)
        self.services = Services(Settings(dataverse_url=self.partner.dataverse_url))
        url = self.partner.dataverse_url
        client = DataverseClient(url=url, token=lambda: "service", http=self.http)
        vars(self.services).update(dataverse=client)
        self.rows = ProviderRows(self.partner.client)
        self._ids: dict[tuple[type[Table], str], UUID] = {}

    # As `work365.microsoft.Microsoft`
    def partner_center(self, purpose: str) -> Errand:
        """Return Partner Center without patience, so that every fault is seen."""
        time = Hourglass()
        retries = Retries(patience_seconds=0, sleep=time.sleep, elapsed_seconds=time.elapsed)
        connection = Connection(
            audience=Audience.PARTNER_CENTER,
            address=self.partner.microsoft.address,
            tokens=Tokens(lambda: self._token(stage.APP), lambda: self._token(stage.AGENT)),
            http=self.http,
            patience=Patience(retries=retries, sleep=time.sleep),
        )
        return Errand(connection, purpose)

    def _token(self, token: str) -> str:
        if not self.is_connected:
            raise NotConnected
        return token

    # Microsoft
    @property
    def now(self) -> datetime:
        """The time at both ends."""
        return self.partner.microsoft.clock()

    def pass_time(self, time: timedelta) -> None:
        """Let it pass at both ends."""
        self.partner.microsoft.at(self.now + time)

    def orders(self, customer: int) -> list[Order]:
        """Return the orders of a customer at Microsoft."""
        return list(self.partner.microsoft.world.orders_of(self.tenant(customer)))

    def at_microsoft(self, reference: str | None) -> AtMicrosoft:
        """Return a subscription at Microsoft."""
        assert reference is not None
        return self.partner.microsoft.world.subscriptions[reference]

    def sold(self, customer: int, part_number: str = STANDARD) -> AtMicrosoft:
        """Return what a customer has of a product at Microsoft."""
        product = part_number.partition(":")[0]
        every = self.partner.microsoft.world.subscriptions_of(self.tenant(customer))
        [found] = [each for each in every if each.product == product]
        return found

    def tenant(self, customer: int) -> str:
        """Return the tenant of a customer, by its number."""
        return list(self.partner.microsoft.world.customers)[customer]

    def go_wrong(self, *faults: Mapping[str, object]) -> None:
        """Plan what goes wrong at Microsoft, in place of what was planned."""
        self.partner.microsoft.control("POST", "faults", {"faults": list(map(dict, faults))})

    def forget_answers(self) -> None:
        """Let Microsoft forget what it answered, so that a repeated request is a new one."""
        self.partner.microsoft.running.twin.answered.clear()

    def lag(self, **seconds: int) -> None:
        """Set how long Microsoft takes."""
        self.partner.microsoft.control("PATCH", "lags", seconds)

    # Dataverse
    def subscribe(self, customer: int, part_number: str = STANDARD, **given: Any) -> str:
        """Enter a subscription of ours, and return its key."""
        self.numbered += 1
        key = f"SUB-{self.numbered}"
        fields = {
            "name": f"Seats {self.numbered}",
            "key": key,
            "contract": self._id(BillingContract, "key", f"CT-{customer:04}"),
            "product": self._product(part_number),
            "provider_account": self._id(ProviderAccount, "tenant", self.tenant(customer)),
            "start_on": self.now.date(),
            **YEARLY,
        }
        self._create(Subscription, {**fields, **given})
        return key

    def bought(
        self,
        customer: int = 0,
        quantity: int = 10,
        part_number: str = STANDARD,
        plan: Plan = A_YEAR,
        **given: Any,
    ) -> str:
        """Let somebody buy at Microsoft and enter it here; return the key of our subscription."""
        world = self.partner.microsoft.world
        sku = world.catalogue.sku(part_number)
        assert sku is not None
        line = {
            "id": 0,
            "catalogItemId": f"{part_number}:{world.catalogue.availability(sku, plan, self.now)}",
            "quantity": quantity,
            "termDuration": plan.term,
            "billingCycle": plan.billing_cycle,
        }
        carts = f"/v1/customers/{self.tenant(customer)}/carts"
        call = self.partner.microsoft.call
        cart = call("POST", carts, {"lineItems": [line]}).json()["id"]
        [order] = call("POST", f"{carts}/{cart}/checkout").json()["orders"]
        reference = order["lineItems"][0]["subscriptionId"]
        return self.adopt(self.at_microsoft(reference), customer, **given)

    def adopt(self, seen: AtMicrosoft, customer: int, **given: Any) -> str:
        """Enter a subscription as it is at Microsoft, with its seats, and return its key."""
        key = self.subscribe(customer, f"{seen.product}:0001", **self._shown(seen), **given)
        self.change(key, Action.NONE, seen.quantity, provisioning_status=Status.NOT_APPLICABLE)
        return key

    def _shown(self, seen: AtMicrosoft) -> dict[str, Any]:
        plan = seen.plan.billing_cycle.capitalize() if seen.plan.term else None
        return {
            "provider_reference": seen.subscription,
            "term": seen.plan.term or None,
            "billing_plan": plan,
        }

    def change(self, subscription: str, action: Action, delta: int = 0, **given: Any) -> str:
        """Enter a change that awaits Microsoft, and return its key."""
        self.numbered += 1
        key = f"CHG-{self.numbered:04}"
        fields = {
            "name": key,
            "key": key,
            "subscription": self._id(Subscription, "key", subscription),
            "effective_on": self.now.date(),
            "recorded_on": self.now,
            "quantity_delta": delta,
            "action": action,
            "provisioning_status": Status.AWAITING,
        }
        self._create(SubscriptionChange, {**fields, **given})
        return key

    def subscription(self, key: str) -> Subscription:
        """Return a subscription as it is kept."""
        return self._one(Subscription, "key", key)

    def row(self, key: str) -> SubscriptionChange:
        """Return a change as it is kept."""
        return self._one(SubscriptionChange, "key", key)

    def update(self, table: type[Table], row_id: UUID | None, **fields: Any) -> None:
        """Change a row, as a person does."""
        assert row_id is not None
        body = write_row(table, fields)
        self.partner.client.send(operations.update(table.entity_set(), row_id, body))

    def hold_credit(self, customer: int, *, is_on_hold: bool) -> None:
        """Put a customer on credit hold, or end that."""
        account = self._one(ProviderAccount, "tenant", self.tenant(customer)).account
        self.update(Account, account, credit_on_hold=is_on_hold)

    # What is told
    def run(self, most: int = 100) -> ProvisioningRun:
        """Tell Microsoft of what is due."""
        return provisioning.provision(self.services, at=self.now, most=most)

    def run_on(self, *keys: str, rounds: int = 60) -> list[Status]:
        """Run until these changes are not open any more, each time when the next is due."""
        for _ in range(rounds):
            self.run()
            rows = [self.row(key) for key in keys]
            waiting = [row.next_try_on for row in rows if row.provisioning_status in OPEN]
            if not waiting:
                return [row.provisioning_status for row in rows]
            next_try = min((each for each in waiting if each is not None), default=self.now)
            self.pass_time(max(next_try - self.now, timedelta(seconds=1)))
        raise AssertionError([self.row(key).provisioning_message for key in keys])

    def _product(self, part_number: str) -> UUID:
        """Return a product; one that no price sheet has is entered by hand."""
        known = equals(Product.column_name("product_number"), part_number)
        if (Product, part_number) not in self._ids and not list(self.rows.all(Product, known)):
            self._create(Product, {"name": part_number, "product_number": part_number})
        return self._id(Product, "product_number", part_number)

    def _one(self, table: type[TableT], name: str, value: Any) -> TableT:
        [row] = self.rows.all(table, equals(table.column_name(name), value))
        return row

    def _id(self, table: type[Table], name: str, value: str) -> UUID:
        if (table, value) not in self._ids:
            row_id = self._one(table, name, value).row_id
            assert row_id is not None
            self._ids[table, value] = row_id
        return self._ids[table, value]

    def _create(self, table: type[Table], fields: Mapping[str, Any]) -> None:
        body = write_row(table, fields)
        self.partner.client.send(operations.create(table.entity_set(), body))


@contextmanager
def provisioning_partner(folder: Path) -> Iterator[Provisioning]:
    """Run both ends, with customers under contract and products with today's prices."""
    with connected_partner(folder) as partner, pytest.MonkeyPatch.context() as patch:
        partner.sign_contracts()
        partner.sync_customers()
        partner.sync_prices()
        told = Provisioning(partner)
        patch.setattr(provisioning, "microsoft_of", lambda _services: told)
        yield told
        told.http.close()
