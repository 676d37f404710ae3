import base64
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from tests.emulators.partner_center.stage import APP, Stage, staged
from work365.emulators.partner_center.serving import Setup

ROOT = "/webhooks/v1/registration"
EVENTS = ["subscription-updated", "test-created", "invoice-ready"]


class Receiver:
    """A callback on a port that answers as it is told."""

    def __init__(self) -> None:
        self.status = 200
        self.received: list[tuple[dict[str, str], bytes]] = []
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                headers = {name.lower(): value for name, value in self.headers.items()}
                receiver.received.append((headers, body))
                self.send_response(receiver.status)
                self.end_headers()

            def log_message(self, format: str, *args: Any) -> None:
                """Say nothing."""

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/callback"

    def events(self) -> list[dict[str, Any]]:
        return [json.loads(body) for _, body in self.received]


@contextmanager
def receiving() -> Iterator[Receiver]:
    receiver = Receiver()
    thread = threading.Thread(target=receiver.server.serve_forever)
    thread.start()
    try:
        yield receiver
    finally:
        receiver.server.shutdown()
        receiver.server.server_close()
        thread.join()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


def register(stage: Stage, receiver: Receiver, **more: Any) -> None:
    body = {"WebhookUrl": receiver.url, "WebhookEvents": EVENTS, **more}
    answer = stage.call("POST", ROOT, body, APP)
    assert answer.status_code == 200, answer.text


def subscription(stage: Stage) -> str:
    found: str = stage.get(f"/v1/customers/{stage.customer}/subscriptions")["items"][0]["id"]
    return found


def deliver(stage: Stage) -> int:
    tried: int = stage.control("POST", "deliveries")["tried"]
    return tried


def check_signature(stage: Stage, headers: dict[str, str], body: bytes) -> x509.Certificate:
    """Check as documented, with the twin's own certificate; the root has signed it."""
    token = headers.get("authorization") or headers["x-ms-signature"]
    scheme, _, signature = token.partition(" ")
    assert scheme == "Signature"
    path = headers["x-ms-certificate-url"].partition("windows.net")[2]
    certificate = x509.load_der_x509_certificate(stage.call("GET", path).content)
    root = x509.load_pem_x509_certificate(stage.call("GET", "/_emulator/v1/webhook-root").content)
    certificate.verify_directly_issued_by(root)
    key = certificate.public_key()
    assert isinstance(key, rsa.RSAPublicKey)
    key.verify(base64.b64decode(signature), body, padding.PKCS1v15(), hashes.SHA256())
    return certificate


class TestARegistration:
    def test_is_made_once_read_and_replaced(self, stage: Stage, receiver: Receiver) -> None:
        none = stage.call("GET", ROOT)
        register(stage, receiver)
        twice = stage.call("POST", ROOT, {"WebhookUrl": receiver.url, "WebhookEvents": EVENTS})
        changed = stage.call(
            "PUT", ROOT, {"WebhookUrl": receiver.url, "WebhookEvents": ["test-created"]}
        )

        assert (none.status_code, twice.status_code) == (404, 409)
        assert set(changed.json()) == {"SubscriberId", "WebhookUrl", "WebhookEvents"}
        assert stage.get(ROOT) == {
            "WebhookUrl": receiver.url,
            "WebhookEvents": ["test-created"],
        }

    def test_is_not_replaced_where_there_is_none(self, stage: Stage, receiver: Receiver) -> None:
        answer = stage.call("PUT", ROOT, {"WebhookUrl": receiver.url, "WebhookEvents": EVENTS})

        assert answer.status_code == 404

    @pytest.mark.parametrize(
        "body",
        [
            {"WebhookUrl": "callback", "WebhookEvents": EVENTS},
            {"WebhookUrl": "https://here/callback", "WebhookEvents": []},
            {"WebhookUrl": "https://here/callback", "WebhookEvents": ["subscription-changed"]},
        ],
    )
    def test_is_refused_for_what_is_none(self, stage: Stage, body: dict[str, Any]) -> None:
        assert stage.call("POST", ROOT, body).status_code == 400

    def test_is_for_events_that_are_listed(self, stage: Stage) -> None:
        assert set(EVENTS) <= set(stage.get(f"{ROOT}/events"))


class TestADelivery:
    def test_is_signed_over_its_raw_body(self, stage: Stage, receiver: Receiver) -> None:
        register(stage, receiver)
        stage.act("change-seats", subscription=subscription(stage), quantity=40)
        deliver(stage)

        headers, body = receiver.received[0]
        certificate = check_signature(stage, headers, body)

        organization = certificate.subject.get_attributes_for_oid(x509.OID_ORGANIZATION_NAME)
        assert organization[0].value == "Microsoft Corporation"
        assert headers["x-ms-signature-algorithm"] == "rsa-sha256"
        with pytest.raises(InvalidSignature):
            check_signature(stage, headers, body + b" ")

    def test_has_its_signature_in_a_header_of_its_own_where_wanted(
        self, stage: Stage, receiver: Receiver
    ) -> None:
        register(stage, receiver, SignatureTokenToMsSignatureHeader=True)
        stage.act("change-seats", subscription=subscription(stage), quantity=40)
        deliver(stage)

        headers, body = receiver.received[0]

        assert "authorization" not in headers
        check_signature(stage, headers, body)

    def test_tells_of_the_subscription_with_the_documented_address(
        self, stage: Stage, receiver: Receiver
    ) -> None:
        register(stage, receiver)
        key = subscription(stage)
        stage.act("change-seats", subscription=key, quantity=40)
        deliver(stage)

        event = receiver.events()[0]

        assert event["EventName"] == "subscription-updated"
        assert event["ResourceUri"] == (
            "http://api.partnercenter.microsoft.com/webhooks/v1/customers/"
            f"{stage.customer}/subscriptions/{key}"
        )
        audit = event["AuditUri"].removeprefix("https://api.partnercenter.microsoft.com")
        assert stage.get(audit)["operationType"] == "update_subscription"

    def test_is_only_of_what_was_registered_for(self, stage: Stage, receiver: Receiver) -> None:
        register(stage, receiver)
        stage.act("accept-reseller", partner=_partner(stage), name="Neu GmbH", country="DE")

        assert deliver(stage) == 0

    def test_comes_when_its_lag_is_over(self, stage: Stage, receiver: Receiver) -> None:
        stage.conduct(webhook_lag_seconds={"subscription-updated": 48 * 3600})
        register(stage, receiver)
        stage.act("change-seats", subscription=subscription(stage), quantity=40)
        early = deliver(stage)
        stage.pass_days(2)
        late = deliver(stage)

        assert (early, late) == (0, 1)
        assert receiver.events()[0]["ResourceChangeUtcDate"].startswith("2026-07-10T09:30:15")

    def test_is_tried_ten_times_then_given_up(self, stage: Stage, receiver: Receiver) -> None:
        receiver.status = 503
        register(stage, receiver)
        stage.act("change-seats", subscription=subscription(stage), quantity=40)
        for _ in range(15):
            deliver(stage)
            stage.at(stage.clock() + timedelta(hours=9))

        delivery = stage.control("GET", "deliveries")["deliveries"][0]
        assert len(delivery["attempts"]) == 10
        assert delivery["status"] == "given_up"
        assert {attempt["code"] for attempt in delivery["attempts"]} == {503}

    def test_waits_longer_after_each_attempt(self, stage: Stage, receiver: Receiver) -> None:
        receiver.status = 500
        register(stage, receiver)
        stage.act("change-seats", subscription=subscription(stage), quantity=40)
        tried = []
        for seconds in (60, 60, 60, 60):
            tried.append(deliver(stage))
            stage.at(stage.clock() + timedelta(seconds=seconds))

        assert tried == [1, 1, 0, 1]

    def test_is_repeated_on_demand(self, stage: Stage, receiver: Receiver) -> None:
        stage.conduct(webhook_repeats=2)
        register(stage, receiver)
        stage.act("change-seats", subscription=subscription(stage), quantity=40)
        for _ in range(4):
            deliver(stage)

        assert len(receiver.received) == 3
        assert len({body for _, body in receiver.received}) == 1

    def test_is_out_of_order_on_demand(self, stage: Stage, receiver: Receiver) -> None:
        stage.conduct(webhook_is_reordered=True)
        register(stage, receiver)
        stage.act("change-seats", subscription=subscription(stage), quantity=40)
        stage.at(stage.clock() + timedelta(minutes=5))
        stage.act("change-seats", subscription=subscription(stage), quantity=41)
        deliver(stage)

        times = [event["ResourceChangeUtcDate"] for event in receiver.events()]
        assert times == sorted(times, reverse=True)
        assert len(set(times)) == 2

    def test_is_forged_on_demand(self, stage: Stage, receiver: Receiver) -> None:
        stage.conduct(webhook_is_forged=True)
        register(stage, receiver)
        stage.act("change-seats", subscription=subscription(stage), quantity=40)
        deliver(stage)

        headers, body = receiver.received[0]
        with pytest.raises(InvalidSignature):
            check_signature(stage, headers, body)

    def test_of_an_invoice_tells_that_it_is_ready(self, stage: Stage, receiver: Receiver) -> None:
        register(stage, receiver)
        stage.pass_days(31)
        deliver(stage)

        told = [each for each in receiver.events() if each["EventName"] == "invoice-ready"]
        last = stage.get("/v1/invoices")["items"][-1]["id"]
        assert [each["ResourceUri"].rpartition("/")[2] for each in told] == [last]

    def test_comes_by_itself_where_it_is_set_up_so(self, receiver: Receiver) -> None:
        with staged(Setup(sends_webhooks=True)) as stage:
            register(stage, receiver)
            stage.act("change-seats", subscription=subscription(stage), quantity=40)
            waited = threading.Event()
            for _ in range(100):
                if receiver.received or waited.wait(0.1):
                    break

        assert [each["EventName"] for each in receiver.events()] == ["subscription-updated"]


class TestAValidationEvent:
    def test_is_sent_and_its_fate_told(self, stage: Stage, receiver: Receiver) -> None:
        register(stage, receiver)
        key = stage.call("POST", f"{ROOT}/validationEvents").json()["correlationId"]
        before = stage.get(f"{ROOT}/validationEvents/{key}")
        deliver(stage)
        after = stage.get(f"{ROOT}/validationEvents/{key}")

        assert (before["status"], before["results"]) == ("pending", [])
        assert (after["status"], after["results"][0]["responseCode"]) == ("completed", "OK")
        assert receiver.events()[0]["ResourceUri"].endswith(f"/validationEvents/{key}")

    def test_is_one_of_two_in_a_minute(self, stage: Stage, receiver: Receiver) -> None:
        register(stage, receiver)
        codes = [stage.call("POST", f"{ROOT}/validationEvents").status_code for _ in range(3)]
        stage.at(stage.clock() + timedelta(minutes=1))
        codes.append(stage.call("POST", f"{ROOT}/validationEvents").status_code)

        assert codes == [200, 200, 429, 200]

    def test_needs_its_registration(self, stage: Stage, receiver: Receiver) -> None:
        none = stage.call("POST", f"{ROOT}/validationEvents")
        body = {"WebhookUrl": receiver.url, "WebhookEvents": ["subscription-updated"]}
        stage.call("POST", ROOT, body)
        without = stage.call("POST", f"{ROOT}/validationEvents")

        assert (none.status_code, without.status_code) == (404, 400)

    def test_is_forgotten_after_a_week(self, stage: Stage, receiver: Receiver) -> None:
        register(stage, receiver)
        key = stage.call("POST", f"{ROOT}/validationEvents").json()["correlationId"]
        stage.pass_days(8)

        assert stage.call("GET", f"{ROOT}/validationEvents/{key}").status_code == 404


def _partner(stage: Stage) -> str:
    return next(iter(stage.world.partners))
