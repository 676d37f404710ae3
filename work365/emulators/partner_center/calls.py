"""A request to the twin and its answer, and what an endpoint says of itself."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

from starlette.requests import Request

from work365.emulators.partner_center.accounts import Customer, Partner
from work365.emulators.partner_center.callers import PARTNER_CENTER_AUDIENCES, Caller
from work365.emulators.partner_center.errors import access_denied, no_relationship
from work365.emulators.partner_center.payloads import BOM, Body, json_text
from work365.emulators.partner_center.world import World

JSON = "application/json; charset=utf-8"


@dataclass
class Answer:
    """An answer: `body` is a JSON value, bytes as they are, or None for nothing."""

    body: Any = None
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    media_type: str = JSON

    def content(self, *, has_bom: bool = False) -> bytes:
        """Return the body as it is sent."""
        if self.body is None:
            return b""
        if isinstance(self.body, bytes):
            return self.body
        return (BOM if has_bom else b"") + json_text(self.body).encode("utf-8")


@dataclass
class Call:
    """A request that was let in. Names of `query` and `headers` are in small letters."""

    world: World
    caller: Caller
    method: str
    path: str
    """As it was requested, with `/v1`."""
    parameters: Mapping[str, str]
    query: Mapping[str, str]
    headers: Mapping[str, str]
    content: bytes
    base: str
    """Scheme and host of this server."""
    uri: str
    """Path and query as they were requested, without `/v1`, as links name them."""

    @property
    def now(self) -> datetime:
        """The time of the request."""
        return self.world.now

    @cached_property
    def body(self) -> Body:
        """The request's body as an object; see `Body.read`."""
        return Body.read(self.content)

    @cached_property
    def partner(self) -> Partner:
        """The caller's tenant.

        Raises: PartnerCenterError, 403.
        """
        partner = self.world.partners.get(self.caller.tenant)
        if partner is None:
            raise access_denied()
        return partner

    @cached_property
    def customer(self) -> Customer:
        """The customer in the path.

        Raises: PartnerCenterError, 403, where it is not the partner's.
        """
        tenant = self.parameters["customer_id"].casefold()
        customer = self.world.customers.get(tenant)
        if (
            customer is None
            or customer.partner != self.partner.tenant
            or customer.relationship == "none"
        ):
            raise no_relationship(self.partner.tenant, tenant)
        return customer


def read_call(
    request: Request,
    content: bytes,
    *,
    caller: Caller,
    parameters: Mapping[str, str],
    world: World,
) -> Call:
    """Return a request that was let in, with what it says."""
    query = request.url.query
    return Call(
        world=world,
        caller=caller,
        method=request.method,
        path=request.url.path,
        parameters=parameters,
        query={name.casefold(): value for name, value in request.query_params.items()},
        headers={name.lower(): value for name, value in request.headers.items()},
        content=content,
        base=f"{request.url.scheme}://{request.url.netloc}",
        uri=request.url.path.removeprefix("/v1") + (f"?{query}" if query else ""),
    )


@dataclass(frozen=True)
class Endpoint:
    """What answers a method and a path, and who may call it.

    `path` is like `/v1/customers/{customer_id}`; `{name:rest}` takes slashes too. It matches in
    any case, as there. `audiences` are those that a token may be for.
    """

    method: str
    path: str
    answer: Callable[[Call], Answer]
    needs_user: bool = False
    audiences: tuple[str, ...] = PARTNER_CENTER_AUDIENCES

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """The path as a pattern."""
        text = ""
        for part in re.split(r"(\{[^}]+\})", self.path):
            if not part.startswith("{"):
                text += re.escape(part)
                continue
            name, _, kind = part[1:-1].partition(":")
            text += f"(?P<{name}>{'.+' if kind == 'rest' else '[^/]+'})"
        return re.compile(f"{text}/?", re.IGNORECASE)
