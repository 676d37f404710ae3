"""Connections to hosts that a test answers for, with waiting that takes no time."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import httpx
import respx

from work365.adapters.partner_center.calls import Call
from work365.adapters.partner_center.connection import Connection, Patience, Tokens
from work365.adapters.partner_center.endpoints import (
    CREATE_CART,
    CREATE_TRANSITION,
    GET_CUSTOMER,
    LIST_USERS,
)
from work365.adapters.partner_center.errands import Errand
from work365.http import Pace, Retries, Unhurried, http_client
from work365.identity.clouds import GLOBAL, Audience
from work365.ports.provider_calls import ProviderCall

API = "https://api.partnercenter.microsoft.com"
GRAPH = "https://graph.microsoft.com"
SHEETS = "https://api.partner.microsoft.com"
PURPOSE = "test of the connector"
APPLICATION = "signed-in-as-the-application"
USER = "signed-in-as-the-user"

CUSTOMER = Call(GET_CUSTOMER, {"customer": "c1"})
USERS = Call(LIST_USERS, {"customer": "c1"})
CART = Call(CREATE_CART, {"customer": "c1"}, body={"lineItems": []})
TRANSITION = Call(CREATE_TRANSITION, {"customer": "c1", "subscription": "s1"}, body={})
FINE = httpx.Response(200, json={"id": "c1"})
HALF = httpx.Response(200, content=b'{"id": "c')


class Hourglass:
    """Time that passes only when somebody sleeps."""

    def __init__(self) -> None:
        self.now = 0.0
        self.slept: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds

    def elapsed(self) -> float:
        return self.now


@dataclass
class Recorder:
    """Keeps every call in memory."""

    calls: list[ProviderCall] = field(default_factory=list)

    def record(self, call: ProviderCall) -> None:
        self.calls.append(call)


def connection(
    audience: Audience = Audience.PARTNER_CENTER,
    *,
    tokens: Tokens | None = None,
    hourglass: Hourglass | None = None,
    pace: Pace | None = None,
    recorder: Recorder | None = None,
    http: httpx.Client | None = None,
) -> Connection:
    time = hourglass or Hourglass()
    return Connection(
        audience=audience,
        address=GLOBAL.address(audience),
        tokens=tokens or Tokens(lambda: APPLICATION, lambda: USER),
        http=http or http_client(),
        patience=Patience(
            retries=Retries(sleep=time.sleep, elapsed_seconds=time.elapsed),
            pace=pace or Unhurried(),
            sleep=time.sleep,
        ),
        recorder=recorder,
    )


def errand(audience: Audience = Audience.PARTNER_CENTER, *, on: Connection | None = None) -> Errand:
    return Errand(on or connection(audience), PURPOSE)


def page(items: Sequence[object], **more: object) -> dict[str, object]:
    """A list as Partner Center answers it."""
    return {
        "totalCount": len(items),
        "items": list(items),
        "attributes": {"objectType": "Collection"},
        **more,
    }


def refused(code: int, status: int = 400) -> httpx.Response:
    """Partner Center's refusal with a code."""
    return httpx.Response(status, json={"code": code, "description": "No.", "source": "PartnerFD"})


def anywhere(*answers: httpx.Response | Exception) -> respx.Route:
    """Answer the next requests to Partner Center, whatever they ask."""
    return respx.route(host="api.partnercenter.microsoft.com").mock(side_effect=list(answers))
