import json
import logging
from base64 import b64encode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import azure.functions as func
import pytest
import respx

from tests.adapters.partner_center.authorities import NOW, Party, authority, signer
from tests.usecases.fakes import OutOfOrder
from tests.usecases.test_handle_provider_events import Inbox
from work365.adapters.partner_center.signatures import SignatureCheck, Trust
from work365.bootstrap import Services
from work365.entrypoints.localhost.host_settings import HostSettings
from work365.entrypoints.localhost.registrations import read_registrations
from work365.entrypoints.microsoft import microsoft_of
from work365.entrypoints.partner_center_webhook import (
    BYTES_MAX,
    ROUTE,
    Reception,
    answer,
    bp,
    reception_of,
)
from work365.http import http_client
from work365.settings import Settings, StandIns

ADDRESS = (
    "https://3psostorageacct.blob.core.windows.net/cert/pcnotifications-dispatch.microsoft.com.cer"
)
MESSAGE: dict[str, Any] = {
    "EventName": "subscription-updated",
    "ResourceUri": "http://evil.example/webhooks/v1/customers/1/subscriptions/2",
    "ResourceName": "subscription",
    "AuditUri": None,
    "ResourceChangeUtcDate": "2026-11-01T23:19:06.3520276+00:00",
}
ROOT = authority()
MICROSOFT = signer(ROOT)
SOMEBODY = signer(authority("Other Root"))


@dataclass
class Desk:
    """Everything a message goes through, with what came of it."""

    reception: Reception
    inbox: Inbox
    woken: list[bool] = field(default_factory=list)
    failure: Exception | None = None

    def wake(self) -> None:
        if self.failure is not None:
            raise self.failure
        self.woken.append(True)

    @property
    def names(self) -> list[str]:
        return [each.event.name for each in self.inbox.received.values()]


@pytest.fixture
def router() -> Iterator[respx.MockRouter]:
    # The only address that may be asked: anything else is an error.
    with respx.mock(assert_all_called=False) as router:
        router.get(ADDRESS).respond(content=MICROSOFT.der)
        yield router


@pytest.fixture
def desk(router: respx.MockRouter) -> Iterator[Desk]:
    inbox = Inbox()
    with http_client() as http:
        check = SignatureCheck(Trust(authorities=(ROOT.certificate,)), http=http, clock=lambda: NOW)
        desk: Desk

        def wake() -> None:
            desk.wake()

        desk = Desk(
            Reception(signatures=lambda: check, inbox=inbox, wake=wake, now=lambda: NOW), inbox
        )
        yield desk


def request(
    body: object = MESSAGE, *, by: Party = MICROSOFT, but: Mapping[str, str] | None = None
) -> func.HttpRequest:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    headers = {
        "Authorization": f"Signature {b64encode(by.sign(content)).decode()}",
        "X-MS-Certificate-Url": ADDRESS,
        "X-MS-Signature-Algorithm": "rsa-sha256",
    }
    return func.HttpRequest(
        method="POST", url=f"/api/{ROUTE}", headers={**headers, **(but or {})}, body=content
    )


class TestMicrosoftsMessage:
    def test_is_remembered_and_wakes_the_job(self, desk: Desk) -> None:
        response = answer(request(), desk.reception)

        assert response.status_code == 200
        assert desk.names == ["subscription-updated"]
        assert desk.woken == [True]

    def test_that_comes_again_is_remembered_once_and_rings_again(self, desk: Desk) -> None:
        statuses = [answer(request(), desk.reception).status_code for _ in range(3)]

        assert statuses == [200] * 3
        assert desk.names == ["subscription-updated"]
        assert len(desk.woken) == 3

    def test_names_an_address_that_is_never_asked(
        self, desk: Desk, router: respx.MockRouter
    ) -> None:
        answer(request(), desk.reception)

        assert {call.request.url.host for call in router.calls} == {
            "3psostorageacct.blob.core.windows.net"
        }

    def test_of_a_test_is_taken(self, desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
        caplog.set_level(logging.INFO)

        response = answer(request({**MESSAGE, "EventName": "test-created"}), desk.reception)

        assert response.status_code == 200
        assert "test message has come" in caplog.text

    def test_of_an_unknown_name_is_kept_and_reported(
        self, desk: Desk, caplog: pytest.LogCaptureFixture
    ) -> None:
        response = answer(request({**MESSAGE, "EventName": "moon-full"}), desk.reception)

        assert response.status_code == 200
        assert desk.names == ["moon-full"]
        assert "'moon-full'" in caplog.text

    @pytest.mark.parametrize("body", [b"not json", b"{}", b"[]"])
    def test_that_makes_no_sense_is_refused(
        self, desk: Desk, caplog: pytest.LogCaptureFixture, body: bytes
    ) -> None:
        response = answer(request(body), desk.reception)

        assert response.status_code == 400
        assert desk.names == []
        assert "could not be read" in caplog.text


class TestForged:
    @pytest.mark.parametrize(
        ("forged", "why"),
        [
            (request(by=SOMEBODY), "not one of this body"),
            (request(but={"Authorization": ""}), "there is no signature"),
            (request(but={"X-MS-Certificate-Url": "https://evil.example/a.cer"}), "evil.example"),
            (request(but={"X-MS-Signature-Algorithm": "none"}), "rsa-sha256"),
        ],
        ids=["key", "unsigned", "certificate", "algorithm"],
    )
    def test_message_is_turned_away_and_not_kept(
        self,
        desk: Desk,
        caplog: pytest.LogCaptureFixture,
        forged: func.HttpRequest,
        why: str,
    ) -> None:
        response = answer(forged, desk.reception)

        assert response.status_code == 401
        assert (desk.names, desk.woken) == ([], [])
        assert why in caplog.text
        assert why.encode() not in response.get_body()

    def test_message_shows_no_signature_in_the_log(
        self, desk: Desk, caplog: pytest.LogCaptureFixture
    ) -> None:
        forged = request(by=SOMEBODY)

        answer(forged, desk.reception)

        assert forged.headers["Authorization"].split()[1] not in caplog.text

    def test_flood_of_bytes_is_turned_away_unread(
        self, desk: Desk, router: respx.MockRouter
    ) -> None:
        response = answer(request(b"{" + b" " * BYTES_MAX), desk.reception)

        assert response.status_code == 413
        assert router.calls.call_count == 0


class TestOutOfReach:
    def test_certificate_asks_for_the_message_again(
        self, desk: Desk, router: respx.MockRouter
    ) -> None:
        router.get(ADDRESS).respond(503)

        response = answer(request(), desk.reception)

        assert response.status_code == 503
        assert b"certificate" in response.get_body()
        assert desk.names == []

    def test_queue_asks_for_the_message_again_and_is_rung_then(self, desk: Desk) -> None:
        desk.failure = OutOfOrder("the queue is down", retry_after_seconds=7)
        first = answer(request(), desk.reception)
        desk.failure = None

        second = answer(request(), desk.reception)

        assert (first.status_code, first.headers["Retry-After"]) == (503, "7")
        assert second.status_code == 200
        assert (desk.names, desk.woken) == (["subscription-updated"], [True])


class TestWiring:
    def test_the_route_needs_no_key_of_azures(self) -> None:
        app = func.FunctionApp()
        app.register_functions(bp)

        (function,) = read_registrations(app, HostSettings()).http

        assert function.route.text.endswith(ROUTE)
        assert not function.needs_key

    def test_a_stand_in_vouches_for_its_own_messages(self, tmp_path: Path) -> None:
        roots = tmp_path / "authorities.pem"
        roots.write_bytes(ROOT.pem)
        stand_ins = StandIns(
            sign_in_url="https://localhost:1",
            microsoft_url="https://localhost:2",
            authorities=roots,
        )
        settings = Settings(dataverse_url="http://127.0.0.1:1", stand_ins=stand_ins)
        services = Services(settings)

        with respx.mock() as router:
            there = "https://localhost:2/cert/pcnotifications-dispatch.microsoft.com.cer"
            router.get(there).respond(content=MICROSOFT.der)
            microsoft = microsoft_of(services)
            vars(microsoft)["clock"] = lambda: NOW
            content = json.dumps(MESSAGE).encode()
            microsoft.signature_check.check(content, dict(request().headers.items()))
            asked = router.calls.call_count

        assert asked == 1

    def test_a_file_of_authorities_replaces_those_that_are_built_in(self, tmp_path: Path) -> None:
        roots = tmp_path / "roots.pem"
        roots.write_bytes(ROOT.pem)
        settings = Settings(dataverse_url="http://127.0.0.1:1", webhook_authorities=roots)
        microsoft = microsoft_of(Services(settings))
        vars(microsoft)["clock"] = lambda: NOW

        with respx.mock() as router:
            router.get(ADDRESS).respond(content=MICROSOFT.der)
            content = json.dumps(MESSAGE).encode()
            microsoft.signature_check.check(content, dict(request().headers.items()))
            asked = router.calls.call_count

        assert asked == 1

    def test_the_reception_is_made_once_for_a_process(self) -> None:
        services = Services(Settings(dataverse_url="http://127.0.0.1:1"))

        assert reception_of(services) is reception_of(services)
