"""Webhooks: what may be registered for, the registration, and validation events.

A tenant has one registration; PUT replaces it. That a second POST is refused is inferred, and a
setting.
Source: learn.microsoft.com/partner-center/developer/partner-center-webhooks.
"""

from datetime import timedelta
from http import HTTPStatus
from urllib.parse import urlsplit

from work365.emulators.partner_center.annexes import (
    Record,
    annex,
    moment_kept,
    moment_of,
    records,
)
from work365.emulators.partner_center.calls import Answer, Call, Endpoint
from work365.emulators.partner_center.conduct import conduct_of
from work365.emulators.partner_center.deliveries import (
    ANNEX,
    DELIVERED,
    GIVEN_UP,
    deliveries,
    plan_test,
    registrations,
)
from work365.emulators.partner_center.errors import (
    PartnerCenterError,
    invalid_input,
    not_found,
)
from work365.emulators.partner_center.notices import SUPPORTED, TEST
from work365.emulators.partner_center.throttling import throttled

ROOT = "/webhooks/v1/registration"
TESTS_PER_MINUTE = 2
TEST_DAYS = 7
_MINUTE = timedelta(minutes=1)
_STATUSES = {DELIVERED: "completed", GIVEN_UP: "failed"}


def _events(_call: Call) -> Answer:
    return Answer(list(SUPPORTED))


def _get(call: Call) -> Answer:
    registration = _own(call)
    body = _body(registration)
    del body["SubscriberId"]
    return Answer(body)


def _own(call: Call) -> Record:
    registration = registrations(call.world).get(call.partner.tenant)
    if registration is None:
        raise not_found("The tenant has no webhook registration.")
    return registration


def _body(registration: Record) -> Record:
    body = {
        "SubscriberId": registration["id"],
        "WebhookUrl": registration["url"],
        "WebhookEvents": registration["events"],
    }
    if registration["to_own_header"]:
        body["SignatureTokenToMsSignatureHeader"] = True
    return body


def _create(call: Call) -> Answer:
    has_one = call.partner.tenant in registrations(call.world)
    if has_one and not conduct_of(call.world).registers_twice:
        raise PartnerCenterError(
            HTTPStatus.CONFLICT, 800060, "The tenant has a webhook registration already."
        )
    return _keep(call, call.world.new_id())


def _replace(call: Call) -> Answer:
    return _keep(call, _own(call)["id"])


def _keep(call: Call, key: str) -> Answer:
    registration = {"id": key, **_asked(call)}
    registrations(call.world)[call.partner.tenant] = registration
    return Answer(_body(registration))


def _asked(call: Call) -> Record:
    url = urlsplit(call.body.text("WebhookUrl"))
    if url.scheme not in ("http", "https") or not url.hostname:
        raise invalid_input("'WebhookUrl' is not an absolute address.")
    events = call.body.raw("WebhookEvents")
    if not isinstance(events, list) or not events:
        raise invalid_input("'WebhookEvents' is not a list of events.")
    unknown = [str(event) for event in events if event not in SUPPORTED]
    if unknown:
        raise invalid_input(f"'WebhookEvents' has unknown events: {', '.join(unknown)}.")
    return {
        "url": url.geturl(),
        "events": list(dict.fromkeys(events)),
        "to_own_header": call.body.flag("SignatureTokenToMsSignatureHeader"),
    }


def _validate(call: Call) -> Answer:
    if TEST not in _own(call)["events"]:
        raise invalid_input(f"The tenant is not registered for '{TEST}'.")
    times: list[str] = (
        annex(call.world, ANNEX).setdefault("tests", {}).setdefault(call.partner.tenant, [])
    )
    times[:] = [each for each in times if moment_of(each) > call.now - _MINUTE]
    if len(times) >= TESTS_PER_MINUTE:
        wait = moment_of(times[0]) + _MINUTE - call.now
        return throttled(int(wait.total_seconds()) + 1, shape="gateway")
    times.append(moment_kept(call.now))
    correlation = call.world.new_id()
    delivery = plan_test(call.world, call.partner.tenant, correlation)
    _tests(call)[correlation] = {
        "delivery": delivery["id"],
        "partner": call.partner.tenant,
        "created": moment_kept(call.now),
        "url": _own(call)["url"],
    }
    return Answer({"correlationId": correlation})


def _tests(call: Call) -> dict[str, Record]:
    return records(call.world, ANNEX, "validations")


def _validation(call: Call) -> Answer:
    key = call.parameters["correlation"]
    found = _tests(call).get(key)
    oldest = call.now - timedelta(days=TEST_DAYS)
    if (
        found is None
        or found["partner"] != call.partner.tenant
        or moment_of(found["created"]) < oldest
    ):
        raise not_found(f"There is no validation event '{key}'.")
    sent = [each for each in deliveries(call.world) if each["id"] == found["delivery"]]
    status = sent[0]["status"] if sent else GIVEN_UP
    attempts = sent[0]["attempts"] if sent else []
    return Answer(
        {
            "correlationId": key,
            "partnerId": found["partner"],
            "status": _STATUSES.get(status, "pending"),
            "callbackUrl": found["url"],
            "results": [_result(each) for each in attempts],
        }
    )


def _result(attempt: Record) -> Record:
    code = attempt["code"]
    known = code in {status.value for status in HTTPStatus}
    name = HTTPStatus(code).phrase.replace(" ", "") if known else ""
    at = moment_of(attempt["at"])
    return {
        "responseCode": name,
        "responseMessage": "" if code else attempt["message"],
        "systemError": not code,
        "dateTimeUtc": f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond:06}0",
    }


ENDPOINTS = (
    Endpoint("GET", f"{ROOT}/events", _events),
    Endpoint("GET", ROOT, _get),
    Endpoint("POST", ROOT, _create),
    Endpoint("PUT", ROOT, _replace),
    Endpoint("POST", f"{ROOT}/validationEvents", _validate),
    Endpoint("GET", f"{ROOT}/validationEvents/{{correlation}}", _validation),
)
