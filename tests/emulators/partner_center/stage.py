"""A twin of the small world that runs on a port, with a clock that stands where a test puts it."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from work365.emulators.partner_center.control import SettableClock
from work365.emulators.partner_center.payloads import read_json
from work365.emulators.partner_center.seeds import PARTNER, PROVIDER, small
from work365.emulators.partner_center.serving import RunningTwin, Setup, running_twin
from work365.emulators.partner_center.tokens import app_only_claims, fixed_claims, user_claims
from work365.emulators.partner_center.world import World

APPLICATION = "0f4d7a52-93c1-4a86-b0ce-7d25e1f86a3b"
USER = "agent@nordlicht.example"
GRAPH = "https://graph.microsoft.com"
PRICES = "https://api.partner.microsoft.com"
START = datetime(2026, 7, 10, 9, 30, 15, 250_000, tzinfo=UTC)

AGENT, APP, WITHOUT_MFA = "agent", "app", "agent-without-mfa"
GRAPH_AGENT, GRAPH_APP, GRAPH_POWERLESS = "graph-agent", "graph-app", "graph-powerless"
PRICE_AGENT, PRICE_APP, STRANGER = "price-agent", "price-app", "graph-stranger"
PROVIDER_AGENT = "provider-agent"
_RELATIONSHIPS = "DelegatedAdminRelationship.ReadWrite.All"

TOKENS = fixed_claims(
    {
        AGENT: user_claims(PARTNER, APPLICATION, USER),
        APP: app_only_claims(PARTNER, APPLICATION),
        WITHOUT_MFA: user_claims(PARTNER, APPLICATION, USER, amr=["pwd"]),
        GRAPH_AGENT: user_claims(PARTNER, APPLICATION, USER, aud=GRAPH, scp=_RELATIONSHIPS),
        GRAPH_APP: app_only_claims(
            PARTNER, APPLICATION, aud=GRAPH, roles=["PartnerBilling.Read.All"]
        ),
        GRAPH_POWERLESS: user_claims(PARTNER, APPLICATION, USER, aud=GRAPH, scp="User.Read"),
        STRANGER: user_claims(
            "11111111-2222-4333-8444-555555555555",
            APPLICATION,
            USER,
            aud=GRAPH,
            scp=_RELATIONSHIPS,
        ),
        PRICE_AGENT: user_claims(PARTNER, APPLICATION, USER, aud=PRICES),
        PRICE_APP: app_only_claims(PARTNER, APPLICATION, aud=PRICES),
        PROVIDER_AGENT: user_claims(PROVIDER, APPLICATION, USER),
    }
)


class Stage:
    """The twin, where it is, and a client without manners."""

    def __init__(self, running: RunningTwin, address: str, clock: SettableClock) -> None:
        self.running = running
        self.address = address
        self.clock = clock
        self.http = httpx.Client(trust_env=False, timeout=30)

    @property
    def world(self) -> World:
        """The twin's world."""
        return self.running.twin.world

    def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        token: str = AGENT,
        headers: dict[str, str] | None = None,
    ) -> httpx.Response:
        """Return the answer to a request."""
        url = path if path.startswith("http") else self.address + path
        sent = {"Authorization": f"Bearer {token}", "Accept-Encoding": "identity"}
        return self.http.request(method, url, json=body, headers=sent | (headers or {}))

    def get(self, path: str, token: str = AGENT) -> Any:
        """Return the body of an answer that has to be good."""
        answer = self.call("GET", path, token=token)
        assert answer.status_code == 200, answer.text
        return read_json(answer.content)

    def control(self, method: str, path: str, body: Any = None) -> Any:
        """Return the body of a control answer that has to be good."""
        answer = self.call(method, f"/_emulator/v1/{path}", body)
        assert answer.status_code == 200, answer.text
        return read_json(answer.content)

    def act(self, action: str, **values: Any) -> Any:
        """Let a customer or Microsoft do something."""
        return self.control("POST", f"actions/{action}", values)

    def conduct(self, **changes: Any) -> None:
        """Change settings."""
        self.control("PATCH", "conduct", changes)

    def pass_days(self, days: float) -> None:
        """Let so many days pass."""
        self.at(self.clock() + timedelta(days=days))

    def at(self, now: datetime) -> None:
        """Set the clock."""
        self.control("PUT", "clock", {"now": now.isoformat()})

    @property
    def customer(self) -> str:
        """Tenant of the first customer, who has seats."""
        return next(iter(self.world.customers))


@contextmanager
def staged(setup: Setup | None = None, now: datetime = START) -> Iterator[Stage]:
    """Run a twin of the small world."""
    clock = SettableClock(now)
    with running_twin(small(now), clock=clock, read_token=TOKENS, setup=setup) as (twin, address):
        stage = Stage(twin, address, clock)
        try:
            yield stage
        finally:
            stage.http.close()
