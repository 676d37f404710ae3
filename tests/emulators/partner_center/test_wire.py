import time
from datetime import timedelta
from typing import Any

import httpx
import pytest

from tests.emulators.partner_center.stage import APP, Stage

UNKNOWN = "nobody-knows-this"


def plan(stage: Stage, **fault: Any) -> None:
    stage.control("POST", "faults", {"faults": [fault]})


def subscription(stage: Stage) -> tuple[str, dict[str, Any]]:
    path = f"/v1/customers/{stage.customer}/subscriptions"
    found = stage.http.get(stage.address + path, headers={"Authorization": f"Bearer {APP}"}).json()[
        "items"
    ][0]
    return f"{path}/{found['id']}", found


class TestThrottling:
    def test_refuses_what_is_beyond_the_minute_and_counts_that_too(self, stage: Stage) -> None:
        stage.conduct(requests_per_minute=3)
        path = f"/v1/customers/{stage.customer}"
        codes = [stage.call("GET", path).status_code for _ in range(5)]
        stage.at(stage.clock() + timedelta(seconds=61))
        codes.append(stage.call("GET", path).status_code)

        assert codes == [200, 200, 200, 429, 429, 200]

    def test_says_when_to_come_again(self, stage: Stage) -> None:
        stage.conduct(requests_per_minute=1)
        path = f"/v1/customers/{stage.customer}"
        stage.call("GET", path)
        stage.at(stage.clock() + timedelta(seconds=10))

        answer = stage.call("GET", path)

        assert answer.json()["statusCode"] == 429
        assert answer.headers["retry-after"] == "60"
        stage.at(stage.clock() + timedelta(seconds=60))
        assert stage.call("GET", path).status_code == 200

    def test_has_two_shapes(self, stage: Stage) -> None:
        stage.conduct(requests_per_minute=1, throttled_shape="both")
        path = f"/v1/customers/{stage.customer}"
        stage.call("GET", path)

        shapes = [set(stage.call("GET", path).json()) for _ in range(2)]

        assert shapes == [
            {"statusCode", "message"},
            {"code", "description", "data", "source"},
        ]

    def test_leaves_other_resources_alone(self, stage: Stage) -> None:
        stage.conduct(requests_per_minute=1)

        codes = [stage.call("GET", "/v1/invoices").status_code for _ in range(3)]

        assert codes == [200, 200, 200]


class TestAFault:
    def test_is_a_status_for_the_next_requests_that_match(self, stage: Stage) -> None:
        plan(stage, kind="status", status=503, count=2, path="/V1/Invoices", retry_after=7)

        other = stage.call("GET", "/v1/customers")
        answers = [stage.call("GET", "/v1/invoices") for _ in range(3)]

        assert other.status_code == 200
        assert [each.status_code for each in answers] == [503, 503, 200]
        assert answers[0].headers["retry-after"] == "7"

    def test_is_a_429_in_either_shape(self, stage: Stage) -> None:
        plan(stage, kind="throttled", shape="service")

        answer = stage.call("GET", "/v1/invoices")

        assert (answer.status_code, answer.json()["code"]) == (429, 429)

    def test_is_a_closed_connection_before_the_work(self, stage: Stage) -> None:
        path, found = subscription(stage)
        plan(stage, kind="nothing", method="PATCH")

        with pytest.raises(httpx.RemoteProtocolError):
            stage.call("PATCH", path, {**found, "quantity": 30})

        assert stage.get(path)["quantity"] == 25

    def test_is_a_closed_connection_after_the_work(self, stage: Stage) -> None:
        path, found = subscription(stage)
        plan(stage, kind="nothing", method="PATCH", after_work=True)

        with pytest.raises(httpx.RemoteProtocolError):
            stage.call("PATCH", path, {**found, "quantity": 30})

        assert stage.get(path)["quantity"] == 30

    def test_is_half_a_body(self, stage: Stage) -> None:
        plan(stage, kind="half_body", path="/v1/invoices")

        with pytest.raises(httpx.RemoteProtocolError):
            stage.call("GET", "/v1/invoices")

    def test_is_202_with_a_place_to_look_at(self, stage: Stage) -> None:
        path, found = subscription(stage)
        plan(stage, kind="accepted", method="PATCH")

        answer = stage.call("PATCH", path, {**found, "quantity": 30})

        assert answer.status_code == 202
        assert stage.get(f"/v1{answer.headers['location']}")["quantity"] == 30

    def test_is_no_202_for_what_is_refused(self, stage: Stage) -> None:
        path, found = subscription(stage)
        plan(stage, kind="accepted", method="PATCH")

        answer = stage.call("PATCH", path, {**found, "quantity": 0})

        assert answer.status_code == 400

    def test_is_a_slow_answer(self, stage: Stage) -> None:
        plan(stage, kind="slow", seconds=0.3)
        begun = time.monotonic()

        answer = stage.call("GET", "/v1/invoices")

        assert answer.status_code == 200
        assert time.monotonic() - begun >= 0.3

    @pytest.mark.parametrize("fault", [{"kind": "rain"}, {"kind": "status", "colour": "red"}, {}])
    def test_that_is_none_is_refused(self, stage: Stage, fault: dict[str, Any]) -> None:
        answer = stage.call("POST", "/_emulator/v1/faults", {"faults": [fault]})

        assert answer.status_code == 400


class TestTheLog:
    def test_keeps_what_was_asked_without_tokens(self, stage: Stage) -> None:
        plan(stage, kind="nothing", path="/v1/customers")
        headers = {"MS-RequestId": "8f1d", "MS-CorrelationId": "77aa"}
        with pytest.raises(httpx.RemoteProtocolError):
            stage.call("GET", "/v1/customers?size=3", token=UNKNOWN, headers=headers)
        stage.call("GET", "/v1/invoices")

        requests = stage.control("GET", "requests")["requests"]

        assert [(each["path"], each["status"]) for each in requests] == [
            ("/v1/customers", 0),
            ("/v1/invoices", 200),
        ]
        assert requests[0]["query"] == "size=3"
        assert (requests[0]["request_id"], requests[0]["fault"]) == ("8f1d", "nothing")
        assert UNKNOWN not in str(requests)

    def test_is_cleared(self, stage: Stage) -> None:
        stage.call("GET", "/v1/invoices")
        stage.control("DELETE", "requests")

        assert stage.control("GET", "requests")["requests"] == []
