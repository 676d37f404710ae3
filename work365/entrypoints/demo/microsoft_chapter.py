"""The second chapter of the demo: a partner that is connected to Microsoft, for five weeks."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import httpx

from work365.adapters.dataverse.microsoft.providers import DataverseProviderStore
from work365.adapters.dataverse.partner_book import (
    ContractTerms,
    Customer,
    DataversePartnerBook,
    LoggedChange,
    NewChange,
    NewSubscription,
)
from work365.bootstrap import Services
from work365.domain.catalog import BillingPlan, Term
from work365.domain.contracts import AnchorRule, ContractType, Timing
from work365.domain.microsoft.actions import ProvisioningAction, ProvisioningStatus
from work365.entrypoints import clock
from work365.entrypoints.connection import look_at, offer_link
from work365.entrypoints.demo.administrator import ACCOUNT, consent
from work365.entrypoints.local_environment import PARTNER_TENANT, LocalEnvironment
from work365.entrypoints.localhost.host import LocalHost
from work365.entrypoints.microsoft import PROVIDER
from work365.entrypoints.provider_work import Order, bring_over
from work365.errors import Contradiction
from work365.jobs import ProviderPart
from work365.ports.catalog import CatalogKind, Effect
from work365.ports.invoice_book import InvoiceHead, KeptLine
from work365.ports.providers import Cloud
from work365.usecases.run_billing import run_billing

BEGIN = datetime(2026, 7, 10, 9, 30, tzinfo=UTC)
TERM_ENDS = datetime(2026, 8, 9, 12, tzinfo=UTC)
NIGHT = time(1, 30)
"""When all subscriptions are read."""

QUARTER_HOURS_MAX = 8
"""Orders can take a while at Microsoft."""

PART_NUMBER = "CFQ7TTC0TW02:0001"
FIRST_NUMBER = 2001
CONTRACT = f"CT-{FIRST_NUMBER}"
SUBSCRIPTION = "SUB-2001"
UNIT_PRICE = Decimal("15.20")
"""What the customer pays for a seat and month, in EUR."""

PROVIDER_NAME = "Microsoft Partner Center"
PRICE_MONTHS = 15
"""Subscriptions that were bought earlier have no price here."""

QUIET_SECONDS_MAX = 60
PARTS = (ProviderPart.CUSTOMERS, ProviderPart.PRICES, ProviderPart.SUBSCRIPTIONS)


class ChapterWrong(Contradiction):
    """Something did not come to what it should."""

    code = "chapter_wrong"


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerAtMicrosoft:
    """A customer as Microsoft knows it."""

    tenant: str
    name: str
    domain: str
    email: str


@dataclass(frozen=True, slots=True)
class Told:
    """One thing that happened, in words."""

    on: date
    happened: str
    outcome: str


@dataclass(slots=True)
class MicrosoftChapter:
    """Everything that the chapter is played on, and what has happened so far."""

    here: LocalEnvironment
    services: Services
    host: LocalHost
    people: DataversePartnerBook
    """The partner's environment as one of its people sees it: what they change rings."""
    browser: httpx.Client
    customers: Sequence[CustomerAtMicrosoft]
    """Those at Microsoft; the first of them orders."""
    told: list[Told] = field(default_factory=list)

    def play(self) -> Iterator[Told]:
        """Let everything happen, one after the other, and tell it.

        Raises: ChapterWrong: it did not come to what it should.
        """
        steps: Sequence[Callable[[], tuple[str, str]]] = (
            self.connect,
            self.bring_over,
            self.order,
            self.add_seats_here,
            self.add_seats_at_microsoft,
            self.give_a_seat_back,
            self.give_seats_back_too_late,
            self.schedule_the_renewal,
            self.let_it_renew,
            self.bill,
        )
        for step in steps:
            happened, outcome = step()
            told = Told(self.now.date(), happened, outcome)
            self.told.append(told)
            yield told

    @property
    def now(self) -> datetime:
        """The time of everything, in UTC."""
        return clock.now(self.services)

    def log(self) -> Sequence[LoggedChange]:
        """Return the change log of what was ordered."""
        return self.people.log(SUBSCRIPTION)

    def heads(self) -> Sequence[InvoiceHead]:
        """Return the customer's invoices."""
        return list(self.services.invoice_book.heads(contract=CONTRACT))

    def lines(self) -> Sequence[KeptLine]:
        """Return the lines of all of them."""
        book = self.services.invoice_book
        return [line for head in self.heads() for line in book.lines(head.key)]

    # What happens

    def connect(self) -> tuple[str, str]:
        """Let the administrator consent."""
        self._set_clock(BEGIN)
        providers = DataverseProviderStore(self.services.dataverse)
        providers.set_partner(PROVIDER, tenant=PARTNER_TENANT, cloud=Cloud.GLOBAL)
        link = offer_link(self.services, PROVIDER, requested_by="Demo")
        consent(self.browser, link.address.reveal())
        health = look_at(self.services, PROVIDER)
        if health.missing:
            raise ChapterWrong(f"the connection lacks: {health.missing[0].words}")
        return (
            f"{ACCOUNT} opens the consent link, and signs in with a second factor",
            f"{health.state.value}; {len(health.seen)} things looked at, all work",
        )

    def bring_over(self) -> tuple[str, str]:
        """Bring customers, prices and subscriptions over."""
        numbered = enumerate(self.customers, FIRST_NUMBER)
        self.people.keep_customers(
            [_customer(number, customer) for number, customer in numbered], provider=PROVIDER_NAME
        )
        created: Counter[CatalogKind] = Counter()
        order = Order(months=PRICE_MONTHS)
        for part in PARTS:
            brought = bring_over(self.services, part, at=self.now, order=order)
            for (kind, effect), number in brought.tally.items():
                created[kind] += number * (effect is Effect.CREATED)
        self._settle()
        return (
            "What is at Microsoft is brought over",
            f"{len(self.customers)} customers, {created[CatalogKind.LIST_PRICE]} list prices,"
            f" {created[CatalogKind.SUBSCRIPTION]} subscriptions",
        )

    def order(self) -> tuple[str, str]:
        """Let a person order ten seats for a month."""
        self.people.add_subscription(
            NewSubscription(
                key=SUBSCRIPTION,
                name="Office Standard",
                contract=CONTRACT,
                tenant=self.customers[0].tenant,
                part_number=PART_NUMBER,
                term=Term.MONTH,
                plan=BillingPlan.MONTHLY,
                start_on=self.now.date(),
            )
        )
        done = self._change(
            "CHG-2001", ProvisioningAction.PURCHASE, 10, unit_price=UNIT_PRICE, price_months=1
        )
        return "A clerk enters 10 seats of Office Standard for a month", done.message

    def add_seats_here(self) -> tuple[str, str]:
        """Let a person add three seats two days later."""
        self._set_clock(BEGIN + timedelta(days=2))
        done = self._change("CHG-2002", ProvisioningAction.QUANTITY, 3)
        return "A clerk adds 3 seats here", done.message

    def add_seats_at_microsoft(self) -> tuple[str, str]:
        """Let the customer add two seats at Microsoft, and the night find them."""
        self._set_clock(BEGIN + timedelta(days=3))
        self._at_microsoft("change-seats", subscription=self._reference(), quantity=15)
        found = self._night()
        return "The customer adds 2 seats at Microsoft", found

    def give_a_seat_back(self) -> tuple[str, str]:
        """Let a person take a seat away while its window is open."""
        done = self._change("CHG-2003", ProvisioningAction.QUANTITY, -1, refund=True)
        return "A clerk takes 1 seat away, within seven days", done.message

    def give_seats_back_too_late(self) -> tuple[str, str]:
        """Let a person try the same once the windows have closed."""
        self._set_clock(BEGIN + timedelta(days=14))
        key = "CHG-2004"
        refused = self._change(
            key, ProvisioningAction.QUANTITY, -4, expected=ProvisioningStatus.FAILED
        )
        self.people.take_back(key)
        self._settle()
        return (
            "A clerk takes 4 seats away when the window has closed, and takes that back",
            refused.message,
        )

    def schedule_the_renewal(self) -> tuple[str, str]:
        """Let a person say that fewer seats are renewed."""
        done = self._change(
            "CHG-2005", ProvisioningAction.RENEWAL_SCHEDULE, 0, details={"quantity": 10}
        )
        return "A clerk schedules the renewal with 10 seats", done.message

    def let_it_renew(self) -> tuple[str, str]:
        """Let the term end, and the night after it find what was renewed."""
        self._set_clock(TERM_ENDS)
        return "The term ends, and Microsoft renews it with 10 seats", self._night()

    def bill(self) -> tuple[str, str]:
        """Bill the customer as a clerk would."""
        *_, run = run_billing(
            contracts=self.services.store.all_contracts(),
            through=self.now.date(),
            at=self.now,
            store=self.services.store,
            job_log=self.services.job_log,
            workers=self.services.dataverse.degree_of_parallelism,
        )
        if run.failures:
            raise ChapterWrong(run.failures[0])
        heads = self.heads()
        nets = ", ".join(f"{head.net.amount} {head.net.currency}" for head in heads)
        return (
            f"All contracts are billed, {self.customers[0].name}'s among them",
            f"{len(heads)} invoices of {nets}",
        )

    # How it happens

    def _change(
        self,
        key: str,
        action: ProvisioningAction,
        quantity: int,
        *,
        expected: ProvisioningStatus = ProvisioningStatus.PROVISIONED,
        **more: Any,
    ) -> LoggedChange:
        """Enter a change, and wait until Microsoft was told: by the ring, then by the timer."""
        self.people.add_change(
            NewChange(
                key=key,
                subscription=SUBSCRIPTION,
                effective_on=self.now.date(),
                quantity_delta=Decimal(quantity),
                action=action,
                **more,
            )
        )
        self._settle()
        for _ in range(QUARTER_HOURS_MAX):
            [logged] = [one for one in self.log() if one.key == key]
            if not logged.status.is_open:
                break
            self._quarter_hour()
        if logged.status is not expected:
            raise ChapterWrong(f"change {key} is {logged.status.value}: {logged.message}")
        return logged

    def _night(self) -> str:
        """Let the next night come, and say what it found."""
        known = {one.key for one in self.log()}
        tomorrow = self.now.date() + timedelta(days=1)
        self._set_clock(datetime.combine(tomorrow, NIGHT, UTC))
        self.host.tick(self.now)
        self._settle()
        found = [one for one in self.log() if one.key not in known]
        said = (f"{one.quantity_delta:+} from {one.effective_on} ({one.origin})" for one in found)
        return "In the night the log gets " + (", ".join(said) or "nothing")

    def _quarter_hour(self) -> None:
        minutes = 15 - self.now.minute % 15
        then = (self.now + timedelta(minutes=minutes)).replace(second=0, microsecond=0)
        self._set_clock(then)
        self.host.tick(then)
        self._settle()

    def _reference(self) -> str:
        reference = self.people.provider_reference(SUBSCRIPTION)
        if reference is None:
            raise ChapterWrong("the subscription that was bought has no id of Microsoft's")
        return reference

    def _at_microsoft(self, action: str, **values: object) -> None:
        url = f"{self.here.microsoft_url}/_emulator/v1/actions/{action}"
        self.browser.post(url, json=values).raise_for_status()

    def _set_clock(self, now: datetime) -> None:
        body = {"now": now.isoformat()}
        self.browser.put(self.here.clock_url, json=body).raise_for_status()

    def _settle(self) -> None:
        """Wait until no ring is on its way and no job is left."""
        idle = f"{self.here.dataverse_url}/_emulator/v1/idle"
        self.browser.post(idle, timeout=QUIET_SECONDS_MAX).raise_for_status()
        self.host.idle(QUIET_SECONDS_MAX)


def _customer(number: int, at_microsoft: CustomerAtMicrosoft) -> Customer:
    terms = ContractTerms(
        key=f"CT-{number}",
        type=ContractType.RECURRING,
        timing=Timing.ADVANCE,
        anchor_rule=AnchorRule.ANNIVERSARY,
        cycle_months=1,
        start_on=BEGIN.date(),
        payment_days=30,
        refunds=True,
    )
    return Customer(
        number=f"NC-{number}",
        name=at_microsoft.name,
        street=f"Hafenstrasse {number - FIRST_NUMBER + 1}",
        postal_code="28195",
        city="Bremen",
        country="DE",
        email=at_microsoft.email,
        currency="EUR",
        tenant=at_microsoft.tenant,
        domain=at_microsoft.domain,
        contracts=(terms,),
    )
