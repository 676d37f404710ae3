"""Which app+user requests came with a second factor: by request, and by day and application.

Source: learn.microsoft.com/partner-center/developer/get-api-request-details,
get-api-request-summary.
"""

from collections.abc import Callable
from datetime import datetime
from uuid import NAMESPACE_DNS, uuid5

from starlette.requests import Request

from work365.emulators.partner_center.annexes import Record, annex, moment_kept
from work365.emulators.partner_center.callers import Caller
from work365.emulators.partner_center.calls import Answer, Call, Endpoint
from work365.emulators.partner_center.paging import collection
from work365.emulators.partner_center.state import State

ANNEX = "app_and_user_requests"
REQUESTS_KEPT = 10_000
_DAY = len("2026-01-01")
_MILLISECONDS = len("2026-01-01T00:00:00.000")


def remember(state: State, clock: Callable[[], datetime], request: Request, caller: Caller) -> None:
    """Keep a request of an application with a user."""
    if caller.is_app_only:
        return
    kept: list[Record] = annex(state, ANNEX).setdefault("requests", [])
    kept.append(
        {
            "requestId": request.headers.get("ms-requestid", ""),
            "correlationId": request.headers.get("ms-correlationid", ""),
            "operationName": f"{request.method.capitalize()} {request.url.path}",
            "requestDateTime": moment_kept(clock()),
            "ipAddress": request.client.host if request.client else "",
            "objectId": str(uuid5(NAMESPACE_DNS, caller.user)),
            "tenantId": caller.tenant,
            "upn": caller.user,
            "applicationId": caller.application,
            "mfaCompliant": caller.has_mfa,
        }
    )
    del kept[:-REQUESTS_KEPT]


def _kept(call: Call) -> list[Record]:
    kept: list[Record] = annex(call.world, ANNEX).get("requests", [])
    return [each for each in kept if each["tenantId"] == call.partner.tenant]


def _requests(call: Call) -> Answer:
    newest = reversed(_kept(call))
    return collection(
        [{**each, "requestDateTime": each["requestDateTime"][:_MILLISECONDS]} for each in newest]
    )


def _adoption(call: Call) -> Answer:
    counted: dict[tuple[str, str], list[bool]] = {}
    for each in _kept(call):
        key = each["requestDateTime"][:_DAY], each["applicationId"]
        counted.setdefault(key, []).append(each["mfaCompliant"])
    return Answer(
        [
            {
                "loginDate": day,
                "mfaCompliantRequestCount": sum(compliant),
                "totalRequestCount": len(compliant),
                "applicationId": application,
                "applicationName": "",
            }
            for (day, application), compliant in sorted(counted.items(), reverse=True)
        ]
    )


ENDPOINTS = (
    Endpoint("GET", "/v1/partnerRequests", _requests, needs_user=True),
    Endpoint("GET", "/v1/applicationmfaadoptionstatus", _adoption, needs_user=True),
)
