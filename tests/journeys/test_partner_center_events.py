"""Messages of Microsoft's from one end to the other: the twin signs them, rows tell of them."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import azure.functions as func
import pytest
from cryptography.x509 import load_pem_x509_certificate
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from dataverse_schema.tables import microsoft as tables
from dataverse_schema.tables.providers import ProviderAccount
from tests.emulators.partner_center import stage
from tests.journeys.connected_partner import PROVIDER, ConnectedPartner, connected_partner
from tests.usecases.fakes import FakeQueue
from work365.adapters.dataverse.microsoft.provider_events import DataverseEventInbox
from work365.adapters.dataverse.microsoft.relationships import DataverseRelationshipBook
from work365.adapters.partner_center.admin_relationships import AdminRelationships
from work365.adapters.partner_center.connection import Connection, Tokens
from work365.adapters.partner_center.entra_roles import entra_roles
from work365.adapters.partner_center.errands import Errand
from work365.adapters.partner_center.refusals import NeedsDelegatedConnection
from work365.adapters.partner_center.relationships import Relationships
from work365.adapters.partner_center.signatures import SignatureCheck, Trust
from work365.adapters.partner_center.webhook_registration import Webhooks
from work365.bootstrap import Services
from work365.domain.microsoft.relationships import (
    AdminRelationship,
    AdminStatus,
    WantedAdminRelationship,
)
from work365.emulators.partner_center.seeds import PARTNER
from work365.entrypoints import provider_events, provider_work
from work365.entrypoints.partner_center_webhook import Reception, answer
from work365.entrypoints.serving import LocalServer
from work365.http import http_client
from work365.identity.clouds import GLOBAL, Audience
from work365.jobs import HandleProviderEvents
from work365.settings import Settings
from work365.usecases.handle_provider_events import Handled
from work365.usecases.invite_customer import SalesMode, invite_customer, sales_channel
from work365.usecases.manage_admin_relationships import (
    Desk,
    end_admin_relationship,
    extend_admin_relationship,
    refresh_admin_relationships,
    request_admin_relationship,
)
from work365.usecases.register_webhooks import Registered, Step, register_webhooks

PRICE_MONTHS = 14
"""How far back the prices are needed that subscriptions were bought at."""

GROUP = "9b1c7d40-55c5-4a3c-8a70-4b0f3f1f6d11"
READER = "f2ef992c-3afb-46b9-b7cf-a126ee74c451"
WANTED = WantedAdminRelationship(name="Reading everywhere", days=60, roles=(READER,))


@dataclass
class Line:
    """The line between Microsoft and this service."""

    partner: ConnectedPartner
    services: Services
    queue: FakeQueue
    url: str
    with_user: bool = True

    def partner_center(self, _purpose: str = "") -> Errand:
        return self._errand(Audience.PARTNER_CENTER, stage.APP, stage.AGENT)

    def graph(self, _purpose: str = "") -> Errand:
        return self._errand(Audience.GRAPH, stage.GRAPH_APP, stage.GRAPH_AGENT)

    @property
    def clock(self) -> object:
        return self.partner.microsoft.clock

    @property
    def desk(self) -> Desk:
        return Desk(
            provider=PROVIDER,
            relationships=AdminRelationships(self.graph()),
            book=DataverseRelationshipBook(self.partner.client),
            at=self.partner.microsoft.clock(),
        )

    def register(self) -> Registered:
        """Register, while the twin delivers what is due whenever it is waited for."""
        return register_webhooks(
            url=self.url,
            webhooks=Webhooks(self.partner_center()),
            pause=self._while_it_waits,
        )

    def _while_it_waits(self, _seconds: float) -> None:
        self.deliver()

    def deliver(self) -> int:
        tried: int = self.partner.microsoft.control("POST", "deliveries")["tried"]
        return tried

    def handle(self) -> Handled:
        return provider_events.handle_events(self.services, at=self.partner.microsoft.clock())

    def events(self) -> list[tuple[str, str]]:
        """Return name and outcome of every message that is kept."""
        return sorted(
            (row.event_name, row.outcome or "") for row in self.partner.rows(tables.ProviderEvent)
        )

    def delivered(self) -> list[str]:
        told = self.partner.microsoft.control("GET", "deliveries")["deliveries"]
        return [each["status"] for each in told]

    def _errand(self, audience: Audience, app: str, user: str) -> Errand:
        tokens = Tokens(lambda: app, (lambda: user) if self.with_user else None)
        http = self.partner.microsoft.http
        address = self.partner.microsoft.address
        return Errand(
            Connection(audience=audience, address=address, tokens=tokens, http=http), "rehearsal"
        )


def application(reception: Reception) -> Starlette:
    """Return the webhook as the host of Azure would call it."""

    async def receive(request: Request) -> Response:
        asked = func.HttpRequest(
            method=request.method,
            url=str(request.url),
            headers=dict(request.headers.items()),
            body=await request.body(),
        )
        answered = await run_in_threadpool(answer, asked, reception)
        return Response(answered.get_body(), answered.status_code)

    return Starlette(routes=[Route("/api/webhooks/partner-center", receive, methods=["POST"])])


@contextmanager
def connected_line(folder: Path) -> Iterator[Line]:
    with connected_partner(folder) as partner, http_client() as http:
        clock = partner.microsoft.clock
        queue = FakeQueue([])
        services = Services(Settings(dataverse_url=partner.dataverse_url))
        vars(services).update(dataverse=partner.client, queue=queue)
        root = load_pem_x509_certificate(partner.microsoft.running.signer.root)
        trust = Trust(authorities=(root,), certificates_at=partner.microsoft.address)
        check = SignatureCheck(trust, http=http, clock=clock)
        reception = Reception(
            signatures=lambda: check,
            inbox=DataverseEventInbox(partner.client),
            wake=lambda: queue.put(HandleProviderEvents()),
            now=clock,
        )
        with LocalServer(application(reception)) as server:
            url = f"{server.url}/api/webhooks/partner-center"
            yield Line(partner, services, queue, url)


@pytest.fixture
def line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Line]:
    with connected_line(tmp_path) as line:
        monkeypatch.setattr(provider_events, "microsoft_of", lambda _services: line)
        monkeypatch.setattr(provider_work, "microsoft_of", lambda _services: line)
        line.partner.sign_contracts()
        line.partner.sync_customers()
        yield line


def first_subscription(line: Line) -> tuple[str, int]:
    """Return the id and seats of a subscription whose seats can go up, after it was taken in."""
    line.partner.sync_prices(PRICE_MONTHS)
    line.partner.sync_subscriptions()
    world = line.partner.microsoft.world
    for each in world.subscriptions.values():
        if each.customer == line.partner.microsoft.customer:
            return each.subscription, each.quantity
    raise AssertionError("the first customer has no subscription")


class TestTheLine:
    def test_is_registered_tried_and_left_alone_after(self, line: Line) -> None:
        first = line.register()
        line.partner.microsoft.pass_days(1)
        again = line.register()

        assert (first.step, first.has_arrived, first.findings) == (Step.CREATED, True, ())
        assert (again.step, again.has_arrived) == (Step.NOTHING, True)

    def test_tells_of_seats_that_were_added_at_microsoft(self, line: Line) -> None:
        line.register()
        line.handle()
        subscription, seats = first_subscription(line)
        line.partner.microsoft.act("change-seats", subscription=subscription, quantity=seats + 3)

        line.deliver()
        handled = line.handle()

        assert (handled.events, handled.waiting) == (1, 0)
        assert HandleProviderEvents() in line.queue.jobs
        (logged,) = line.partner.mirror.logged(PROVIDER, references=[subscription])
        assert logged.seen_quantity == seats + 3
        assert ("subscription-updated", "The customer's subscriptions were read again.") in (
            line.events()
        )

    def test_repeats_messages_and_one_is_kept(self, line: Line) -> None:
        line.register()
        line.handle()
        line.partner.microsoft.conduct(webhook_repeats=3)
        subscription, seats = first_subscription(line)
        line.partner.microsoft.act("change-seats", subscription=subscription, quantity=seats + 1)

        tried = [line.deliver() for _ in range(4)]
        handled = line.handle()

        assert tried == [1, 1, 1, 1]
        assert handled.events == 1

    def test_is_two_days_late_and_out_of_order_and_all_is_well(self, line: Line) -> None:
        line.register()
        line.handle()
        microsoft = line.partner.microsoft
        microsoft.conduct(
            webhook_lag_seconds={"subscription-updated": 172_800}, webhook_is_reordered=True
        )
        subscription, seats = first_subscription(line)
        microsoft.act("change-seats", subscription=subscription, quantity=seats + 1)
        microsoft.pass_days(0.1)
        microsoft.act("change-seats", subscription=subscription, quantity=seats + 5)

        assert line.deliver() == 0
        microsoft.pass_days(2)
        line.deliver()
        line.handle()

        (logged,) = line.partner.mirror.logged(PROVIDER, references=[subscription])
        assert logged.seen_quantity == seats + 5
        assert any("hours after the change" in outcome for _, outcome in line.events())

    def test_does_not_take_what_is_forged(self, line: Line) -> None:
        line.register()
        line.handle()
        known = line.events()
        line.partner.microsoft.conduct(webhook_is_forged=True)
        subscription, seats = first_subscription(line)
        line.partner.microsoft.act("change-seats", subscription=subscription, quantity=seats + 1)

        line.deliver()

        assert line.events() == known
        assert "waiting" in line.delivered()

    def test_brings_a_customer_who_accepted_the_partner(self, line: Line) -> None:
        line.register()
        line.handle()
        accepted = line.partner.microsoft.act(
            "accept-reseller", partner=PARTNER, name="Mohn Medien", country="DE"
        )

        line.deliver()
        line.handle()

        assert accepted["customer"] in {row.tenant for row in line.partner.rows(ProviderAccount)}


class TestRights:
    def test_go_from_a_link_to_roles_to_their_end(self, line: Line) -> None:
        line.register()
        line.handle()
        microsoft = line.partner.microsoft
        invitation = invite_customer(
            partners=Relationships(line.partner_center()),
            cloud=GLOBAL,
            ask_for_rights=lambda: self._ask(line),
        )
        (row,) = line.partner.rows(tables.AdminRelationship)
        assert invitation.admin_link == row.approve_link
        assert row.status == "approvalPending"

        microsoft.act(
            "approve-relationship", relationship=row.reference, customer=microsoft.customer
        )
        microsoft.pass_days(0.01)
        line.deliver()
        line.handle()

        (row,) = line.partner.rows(tables.AdminRelationship)
        assert (row.status, row.security_group) == ("active", GROUP)
        assert row.provider_account is not None
        assignments = AdminRelationships(line.graph()).assignments(row.reference).values
        assert [(each.group, each.roles) for each in assignments] == [(GROUP, (READER,))]

    def test_that_end_soon_are_said_and_can_be_extended(self, line: Line) -> None:
        asked = self._ask(line)
        line.partner.microsoft.act(
            "approve-relationship",
            relationship=asked.id,
            customer=line.partner.microsoft.customer,
        )
        line.partner.microsoft.pass_days(50)
        refreshed = refresh_admin_relationships(desk=line.desk, looks_at_groups=True)

        extended = extend_admin_relationship(asked.id, extends=True, desk=line.desk)
        after = refresh_admin_relationships(desk=line.desk, looks_at_groups=True)

        assert [one.code for one in refreshed.findings] == ["admin_relationship_ends_in_14"]
        assert extended.extends_itself
        assert after.findings == ()

    def test_can_be_ended(self, line: Line) -> None:
        asked = self._ask(line)
        line.partner.microsoft.act(
            "approve-relationship",
            relationship=asked.id,
            customer=line.partner.microsoft.customer,
        )
        line.partner.microsoft.pass_days(0.01)

        end_admin_relationship(asked.id, desk=line.desk)
        line.partner.microsoft.pass_days(0.01)
        refresh_admin_relationships(desk=line.desk, looks_at_groups=True)

        (row,) = line.partner.rows(tables.AdminRelationship)
        assert row.status == AdminStatus.TERMINATED.value

    def test_need_the_delegated_connection_and_say_so(self, line: Line) -> None:
        line.register()
        line.handle()
        asked = self._ask(line)
        line.with_user = False
        with pytest.raises(NeedsDelegatedConnection, match="needs the delegated connection"):
            self._ask(line)
        line.partner.microsoft.act(
            "approve-relationship",
            relationship=asked.id,
            customer=line.partner.microsoft.customer,
        )

        line.deliver()
        handled = line.handle()

        assert handled.waiting == 0
        assert {one.code for one in handled.findings} == {"needs_delegated_connection"}

    def _ask(self, line: Line) -> AdminRelationship:
        return request_admin_relationship(WANTED, group=GROUP, roles=entra_roles(), desk=line.desk)


def test_the_partner_sells_directly(line: Line) -> None:
    channel = sales_channel(partners=Relationships(line.partner_center()))

    assert (channel.mode, channel.findings) == (SalesMode.DIRECT, ())


def test_a_fraud_is_an_error_in_words(line: Line) -> None:
    line.register()
    line.handle()
    world = line.partner.microsoft.world
    entitlement = next(
        each.entitlement
        for subscription in world.subscriptions.values()
        for each in subscription.entitlements
    )
    line.partner.microsoft.act("notice-fraud", entitlement=entitlement)

    line.deliver()
    handled = line.handle()

    assert "azure_fraud_suspected" in {one.code for one in handled.findings}
