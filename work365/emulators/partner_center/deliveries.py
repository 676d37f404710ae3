"""Messages to webhooks: planned from the history, tried ten times, then given up.

Between two attempts passes a time that doubles; Microsoft does not say how long it waits. A
message is delivered when the twin is told to, or by a thread that looks for what is due.
"""

import json
from datetime import datetime, timedelta
from http import HTTPStatus

import httpx

from work365.emulators.partner_center.annexes import (
    Record,
    annex,
    moment_kept,
    moment_of,
    records,
)
from work365.emulators.partner_center.conduct import conduct_of
from work365.emulators.partner_center.notices import (
    Notice,
    audit_address,
    message,
    notice_of,
    test_notice,
)
from work365.emulators.partner_center.signing import ALGORITHM, Signer
from work365.emulators.partner_center.state import State

ANNEX = "webhooks"
ATTEMPTS_MAX = 10
DELIVERIES_KEPT = 10_000
TIMEOUT_SECONDS = 20
WAITING, DELIVERED, GIVEN_UP = "waiting", "delivered", "given_up"


def registrations(state: State) -> dict[str, Record]:
    """Return the registrations by the partner's tenant."""
    return records(state, ANNEX, "registrations")


def deliveries(state: State) -> list[Record]:
    """Return all messages, the oldest first."""
    kept: list[Record] = annex(state, ANNEX).setdefault("deliveries", [])
    return kept


def plan(state: State) -> None:
    """Make messages of what was added to the history for those who have registered for it."""
    kept = annex(state, ANNEX)
    told: int = kept.get("told", 0)
    if told == len(state.history):
        return
    kept["told"] = len(state.history)
    registered = registrations(state)
    if not registered:
        return
    for position in range(told, len(state.history)):
        event = state.history[position]
        registration = registered.get(event.partner)
        notice = notice_of(event) if registration else None
        if registration and notice and notice.name in registration["events"]:
            body = message(notice, audit_address(event, position), event.at)
            _add(state, event.partner, notice.name, body, event.at)


def _add(state: State, partner: str, name: str, body: Record, at: datetime) -> Record:
    conduct = conduct_of(state)
    delivery: Record = {
        "id": state.new_id(),
        "partner": partner,
        "event": name,
        "body": json.dumps(body, indent=4),
        "due": moment_kept(at + timedelta(seconds=conduct.lag_seconds(name))),
        "status": WAITING,
        "attempts": [],
        "repeats": conduct.webhook_repeats,
    }
    kept = deliveries(state)
    kept.append(delivery)
    del kept[:-DELIVERIES_KEPT]
    return delivery


def plan_test(state: State, partner: str, correlation: str) -> Record:
    """Make the message of a validation event, due at once."""
    notice: Notice = test_notice(correlation)
    delivery = _add(state, partner, notice.name, message(notice, None, state.now), state.now)
    delivery["due"] = moment_kept(state.now)
    return delivery


def due(state: State) -> list[Record]:
    """Return what is to be tried now, in the order in which it is to be tried."""
    found = [
        each
        for each in deliveries(state)
        if each["status"] == WAITING and moment_of(each["due"]) <= state.now
    ]
    found.sort(key=lambda each: moment_of(each["due"]))
    return found[::-1] if conduct_of(state).webhook_is_reordered else found


def headers_of(registration: Record, signature: str, certificate_url: str) -> dict[str, str]:
    """Return the headers of a message; the signature goes where the registration wants it."""
    name = "x-ms-signature" if registration["to_own_header"] else "Authorization"
    return {
        "Content-Type": "application/json",
        name: f"Signature {signature}",
        "X-MS-Certificate-Url": certificate_url,
        "X-MS-Signature-Algorithm": ALGORITHM,
    }


def note_attempt(state: State, delivery: Record, code: int, words: str) -> None:
    """Keep what became of an attempt, and when the next one is."""
    delivery["attempts"].append({"at": moment_kept(state.now), "code": code, "message": words})
    if HTTPStatus.OK <= code < HTTPStatus.MULTIPLE_CHOICES:
        if delivery["repeats"] > 0:
            delivery["repeats"] -= 1
            return
        delivery["status"] = DELIVERED
        return
    tried = len(delivery["attempts"])
    if tried >= ATTEMPTS_MAX:
        delivery["status"] = GIVEN_UP
        return
    wait = conduct_of(state).webhook_retry_seconds * 2 ** (tried - 1)
    delivery["due"] = moment_kept(state.now + timedelta(seconds=wait))


class Courier:
    """Takes messages to their receivers."""

    def __init__(self, signer: Signer, forger: Signer, certificate_url: str) -> None:
        self._signer = signer
        self._forger = forger
        self._certificate_url = certificate_url
        self._http = httpx.Client(timeout=TIMEOUT_SECONDS, trust_env=False, verify=False)  # noqa: S501 - receivers on this machine have certificates of their own

    def close(self) -> None:
        """Let connections go."""
        self._http.close()

    def send(self, registration: Record, text: str, *, is_forged: bool) -> tuple[int, str]:
        """Post a message and return the answer's status and what is to be said of it."""
        body = text.encode("utf-8")
        signature = (self._forger if is_forged else self._signer).sign(body)
        headers = headers_of(registration, signature, self._certificate_url)
        try:
            answer = self._http.post(registration["url"], content=body, headers=headers)
        except httpx.HTTPError as error:
            return 0, type(error).__name__
        return answer.status_code, answer.reason_phrase
