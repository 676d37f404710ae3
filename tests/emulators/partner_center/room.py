"""A room to rehearse in: a twin with a clock that stands where a test puts it."""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import httpx
from starlette.applications import Starlette

from work365.emulators.partner_center.app import Settings, create_app
from work365.emulators.partner_center.payloads import read_json
from work365.emulators.partner_center.seeds import PARTNER, empty
from work365.emulators.partner_center.tokens import app_only_claims, fixed_claims, user_claims
from work365.emulators.partner_center.world import World

APPLICATION = "0f4d7a52-93c1-4a86-b0ce-7d25e1f86a3b"
APP_ONLY = "application"
WITH_USER = "agent"
WITHOUT_MFA = "agent-without-mfa"
WRONG_AUDIENCE = "for-something-else"
STRANGER = "stranger"
USER = "agent@nordlicht.example"
START = datetime(2026, 2, 10, 9, 30, 15, 250_000, tzinfo=UTC)
STANDARD = "CFQ7TTC0TW02"
ONCE = ("", "one_time")
"""A plan without a term, paid once."""

TOKENS = fixed_claims(
    {
        APP_ONLY: app_only_claims(PARTNER, APPLICATION),
        WITH_USER: user_claims(PARTNER, APPLICATION, USER),
        WITHOUT_MFA: user_claims(PARTNER, APPLICATION, USER, amr=["pwd"]),
        WRONG_AUDIENCE: app_only_claims(PARTNER, APPLICATION, aud="https://graph.windows.net"),
        STRANGER: app_only_claims("11111111-2222-4333-8444-555555555555", APPLICATION),
    }
)


@dataclass
class InProcess:
    """Sends requests to an application without a port."""

    app: Starlette

    def request(self, method: str, path: str, **how: Any) -> httpx.Response:
        """Return the answer to a request."""
        return asyncio.run(self._request(method, path, **how))

    async def _request(self, method: str, path: str, **how: Any) -> httpx.Response:
        transport = httpx.ASGITransport(app=self.app)
        async with httpx.AsyncClient(transport=transport, base_url="https://twin") as client:
            return await client.request(method, path, **how)


@dataclass
class Room:
    """The twin, a client of it, and the time."""

    world: World
    client: InProcess
    now: datetime
    token: str = APP_ONLY

    def call(
        self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None
    ) -> tuple[int, Any, dict[str, str]]:
        """Return status, body and headers of an answer."""
        answer = self.client.request(
            method,
            path,
            json=body,
            headers={"Authorization": f"Bearer {self.token}", **(headers or {})},
        )
        content = read_json(answer.content) if answer.content else None
        return answer.status_code, content, dict(answer.headers)

    def get(self, path: str) -> Any:
        """Return the body of an answer that has to be good."""
        status, body, _ = self.call("GET", path)
        assert status == 200, body
        return body

    def send(self, method: str, path: str, body: Any = None) -> Any:
        """Return the body of an answer that has to be good."""
        status, answer, _ = self.call(method, path, body)
        assert status in (200, 201, 202), answer
        return answer

    def refused(self, method: str, path: str, body: Any = None) -> tuple[int, int]:
        """Return status and code of an answer that has to be a refusal."""
        status, answer, _ = self.call(method, path, body)
        assert status >= 400, answer
        return status, answer["code"]

    def pass_time(self, **time: int) -> None:
        """Let the clock move on."""
        self.now += timedelta(**time)

    def go_to(self, *day: int) -> None:
        """Put the clock on a day, or a day and hour."""
        self.now = datetime(*day, tzinfo=UTC)  # type: ignore[arg-type,misc]  # a test's numbers

    # What most tests begin with
    def customer(self, name: str = "Tanne Technik", *, signed: bool = True) -> str:
        """Create a customer, and return its id."""
        self.token = WITH_USER
        body = {
            "CompanyProfile": {"Domain": f"{name.split(maxsplit=1)[0].lower()}.onmicrosoft.com"},
            "BillingProfile": {
                "CompanyName": name,
                "Email": "it@tanne.example",
                "FirstName": "Kim",
                "LastName": "Sander",
                "Culture": "de-DE",
                "Language": "de",
                "DefaultAddress": {
                    "Country": "DE",
                    "City": "Bremen",
                    "State": "HB",
                    "AddressLine1": "Wall 7",
                    "PostalCode": "28195",
                    "FirstName": "Kim",
                    "LastName": "Sander",
                },
            },
        }
        customer = str(self.send("POST", "/v1/customers", body)["id"])
        if signed:
            self.sign(customer)
        self.token = APP_ONLY
        return customer

    def sign(self, customer: str) -> None:
        """Confirm that the customer accepted the agreement."""
        template = self.get("/v1/agreements?agreementType=MicrosoftCustomerAgreement")
        body = {
            "primaryContact": {"firstName": "Kim", "lastName": "Sander", "email": "k@t.example"},
            "templateId": template["items"][0]["templateId"],
            "dateAgreed": "2026-01-05T00:00:00.000Z",
            "type": "MicrosoftCustomerAgreement",
        }
        self.send("POST", f"/v1/customers/{customer}/agreements", body)

    def item(self, product: str, term: str, cycle: str, sku: str = "0001") -> str:
        """Return the catalogue item of a plan now."""
        found = self.get(f"/v1/products/{product}/skus/{sku}/availabilities?country=DE")
        for each in found["items"]:
            terms = each.get("terms") or [{"duration": "", "billingCycle": "OneTime"}]
            said = terms[0]["billingCycle"].lower().replace("onetime", "one_time")
            if (terms[0]["duration"], said) == (term, cycle):
                return str(each["catalogItemId"])
        raise AssertionError(f"{product} is not sold for {term} {cycle}")

    def cart(self, customer: str, *lines: dict[str, Any]) -> Any:
        """Make a cart."""
        return self.send("POST", f"/v1/customers/{customer}/carts", {"lineItems": list(lines)})

    def checkout(self, customer: str, *lines: dict[str, Any]) -> list[Any]:
        """Make a cart and check it out; return the orders."""
        cart = self.cart(customer, *lines)["id"]
        orders = self.send("POST", f"/v1/customers/{customer}/carts/{cart}/checkout")["orders"]
        assert isinstance(orders, list)
        return orders

    def line(
        self, quantity: int, product: str = STANDARD, plan: tuple[str, str] = ("P1Y", "monthly")
    ) -> dict[str, Any]:
        """Return a cart line for a plan."""
        term, cycle = plan
        line: dict[str, Any] = {
            "catalogItemId": self.item(product, term, cycle),
            "quantity": quantity,
            "billingCycle": cycle,
        }
        return line | ({"termDuration": term} if term else {})

    def buy(
        self,
        customer: str,
        quantity: int,
        product: str = STANDARD,
        plan: tuple[str, str] = ("P1Y", "monthly"),
    ) -> str:
        """Buy seats, and return the address of the subscription."""
        orders = self.checkout(customer, self.line(quantity, product, plan))
        key = orders[0]["lineItems"][0]["subscriptionId"]
        return f"/v1/customers/{customer}/subscriptions/{key}"

    def change(self, subscription: str, **fields: Any) -> Any:
        """Change a subscription as documented: read it whole, change it, send it whole."""
        return self.send("PATCH", subscription, self.get(subscription) | fields)

    def change_refused(self, subscription: str, **fields: Any) -> tuple[int, int]:
        """Return status and code of a change that has to be refused."""
        return self.refused("PATCH", subscription, self.get(subscription) | fields)

    def charged(self, subscription: str) -> list[tuple[str, int, Decimal]]:
        """Return type, quantity and amount of the subscription's lines."""
        key = subscription.rpartition("/")[2]
        return [
            (line.charge_type, int(line.quantity), line.subtotal)
            for line in self.world.charges
            if line.subscription == key
        ]


def room_at(start: datetime = START, settings: Settings | None = None) -> Room:
    """Return a room whose clock stands at `start`."""
    world = empty(start)
    # The clock is the room's: it is asked for with each request.
    holder: list[Room] = []
    app = create_app(world, clock=lambda: holder[0].now, read_token=TOKENS, settings=settings)
    holder.append(Room(world, InProcess(app), start))
    return holder[0]


def carts(customer: str) -> str:
    """Return the address of a customer's carts."""
    return f"/v1/customers/{customer}/carts"
