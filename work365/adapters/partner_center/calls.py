"""One thing that Microsoft is asked for: the endpoint, its ids, and what is sent along."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

import httpx

from work365.adapters.partner_center.endpoints import Endpoint
from work365.http import write_json
from work365.identity.clouds import Audience

APPLICATION = "Work 365"
LOCALE = "en-US"
CONTRACT_VERSION = "v1"


@dataclass(frozen=True, slots=True)
class Call:
    """An operation asked for once, however often it has to be sent.

    `request_id` is kept by a caller who may have to repeat the call after a crash: Microsoft
    answers the same id with the same result.
    """

    endpoint: Endpoint
    ids: Mapping[str, Any] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    request_id: UUID | None = None
    target: str | None = None
    """Path with query that an answer told, in place of the endpoint's own."""

    @property
    def path(self) -> str:
        """The path with its query."""
        if self.target is not None:
            return self.target
        path = self.endpoint.path_with(dict(self.ids))
        return f"{path}?{httpx.QueryParams(dict(self.query))}" if self.query else path

    @property
    def content(self) -> str | None:
        """The body as it is sent."""
        return None if self.body is None else write_json(self.body)

    def following(self, target: str, headers: Mapping[str, str]) -> "Call":
        """Return the call for the next page, to which an answer led."""
        return replace(self, target=target, headers={**self.headers, **headers}, request_id=None)

    def looking_at(self, target: str) -> "Call":
        """Return the call that looks at what became of this one."""
        watched = replace(self.endpoint, method="GET", is_repeatable=True)
        return Call(watched, ids=self.ids, target=target)

    def sent_headers(self, *, token: str, request_id: str, correlation_id: str) -> dict[str, str]:
        """Return the headers of a sending.

        Source: "Partner Center REST headers", learn.microsoft.com/partner-center/developer/
        headers; `client-request-id` is Microsoft Graph's.
        """
        common = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
        if self.body is not None:
            common["Content-Type"] = "application/json; charset=utf-8"
        if self.endpoint.audience is Audience.GRAPH:
            own = {"client-request-id": request_id}
        else:
            own = {
                "MS-RequestId": request_id,
                "MS-CorrelationId": correlation_id,
                "MS-Contract-Version": CONTRACT_VERSION,
                "MS-PartnerCenter-Application": APPLICATION,
                "X-Locale": LOCALE,
            }
        return {**common, **own, **self.headers}

    def __str__(self) -> str:
        return f"{self.endpoint.method} {self.endpoint.path_told(dict(self.ids))}"
