from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.emulators.partner_center.stage import START, TOKENS, Stage
from work365.emulators.partner_center.seeds import small
from work365.emulators.partner_center.serving import running_twin


def refused(stage: Stage, method: str, path: str, body: Any = None) -> str:
    answer = stage.call(method, f"/_emulator/v1/{path}", body)
    assert answer.status_code == 400
    text: str = answer.json()["error"]
    return text


class TestTheClock:
    def test_moves_the_world(self, stage: Stage) -> None:
        stage.pass_days(400)

        charges = stage.control("GET", "charges")["charges"]

        assert stage.control("GET", "clock")["now"] == "2027-08-14T09:30:15.250000Z"
        assert max(charge["at"] for charge in charges) > "2027-07"

    def test_does_not_go_back(self, stage: Stage) -> None:
        early = (START - timedelta(seconds=1)).isoformat()

        assert "does not go back" in refused(stage, "PUT", "clock", {"now": early})

    def test_needs_a_zone(self, stage: Stage) -> None:
        assert "time zone" in refused(stage, "PUT", "clock", {"now": "2027-01-01T00:00:00"})

    def test_is_not_set_where_it_is_somebody_elses(self) -> None:
        with running_twin(small(START), clock=lambda: START, read_token=TOKENS) as (_, address):
            import httpx

            answer = httpx.put(
                f"{address}/_emulator/v1/clock",
                json={"now": datetime(2027, 1, 1, tzinfo=UTC).isoformat()},
                trust_env=False,
            )

        assert answer.status_code == 400


class TestASnapshot:
    def test_puts_everything_back(self, stage: Stage) -> None:
        kept = stage.control("GET", "snapshot")
        invoices = stage.get("/v1/invoices")
        stage.pass_days(90)
        changed = stage.get("/v1/invoices")
        stage.control("PUT", "snapshot", kept)

        assert changed != invoices
        assert stage.get("/v1/invoices") == invoices
        assert stage.control("GET", "clock")["now"] == "2026-07-10T09:30:15.250000Z"

    def test_of_something_else_is_refused(self, stage: Stage) -> None:
        assert refused(stage, "PUT", "snapshot", {"snapshot": "{}"})


class TestConduct:
    def test_is_changed_by_name(self, stage: Stage) -> None:
        stage.conduct(export_polls=3)

        assert stage.control("GET", "conduct")["export_polls"] == 3

    @pytest.mark.parametrize(
        "change", [{"speed": 1}, {"export_polls": "many"}, {"throttled_shape": "round"}]
    )
    def test_is_refused_where_it_is_none(self, stage: Stage, change: dict[str, Any]) -> None:
        assert refused(stage, "PATCH", "conduct", change)

    def test_sets_lags(self, stage: Stage) -> None:
        lags = stage.control("PATCH", "lags", {"order_seen": 900})

        assert lags["order_seen"] == 900
        assert "speed" in refused(stage, "PATCH", "lags", {"speed": 1})


class TestActions:
    def test_add_a_customer_who_accepts_the_partner(self, stage: Stage) -> None:
        partner = next(iter(stage.world.partners))
        added = stage.act("accept-reseller", partner=partner, name="Möwe Marine", country="DE")

        listed = [each["id"] for each in stage.get("/v1/customers")["items"]]

        assert added["customer"] in listed
        again = {"partner": partner, "name": "Möwe Marine", "country": "DE"}
        assert "already" in refused(stage, "POST", "actions/accept-reseller", again)

    def test_let_a_customer_go(self, stage: Stage) -> None:
        customer = stage.customer
        stage.act("leave-reseller", customer=customer)

        assert stage.call("GET", f"/v1/customers/{customer}").status_code == 403

    def test_let_a_customer_sign(self, stage: Stage) -> None:
        unsigned = next(
            each.tenant for each in stage.world.customers.values() if not each.has_agreement
        )
        stage.act("sign-agreement", customer=unsigned)

        assert stage.world.customers[unsigned].has_agreement

    def test_change_seats_as_in_the_portal(self, stage: Stage) -> None:
        path = f"/v1/customers/{stage.customer}/subscriptions"
        found = stage.get(path)["items"][0]
        changed = stage.act("change-seats", subscription=found["id"], quantity=31)

        assert changed["quantity"] == stage.get(f"{path}/{found['id']}")["quantity"] == 31
        assert changed["attributes"]["etag"] != found["attributes"]["etag"]

    def test_do_not_break_rules(self, stage: Stage) -> None:
        path = f"/v1/customers/{stage.customer}/subscriptions"
        key = stage.get(path)["items"][0]["id"]

        error = refused(stage, "POST", "actions/change-seats", {"subscription": key, "quantity": 1})

        assert "cannot be decreased" in error

    def test_issue_availabilities_anew(self, stage: Stage) -> None:
        path = "/v1/products/CFQ7TTC0TW02/skus/0001/availabilities?country=DE"
        before = [each["id"] for each in stage.get(path)["items"]]
        stage.act("reissue-availabilities")

        assert not set(before) & {each["id"] for each in stage.get(path)["items"]}

    @pytest.mark.parametrize(
        ("action", "body"),
        [
            ("change-seats", {"subscription": "nothing", "quantity": 1}),
            ("change-status", {"subscription": "nothing", "status": "active"}),
            ("approve-relationship", {"relationship": "nothing"}),
            ("sign-agreement", {"customer": "nobody"}),
            ("change-price", {"sku": "no:thing", "starts": "2027-01-01"}),
            ("accept-reseller", {"partner": "nobody"}),
            ("exceed-budget", {}),
        ],
    )
    def test_say_what_is_missing(self, stage: Stage, action: str, body: dict[str, Any]) -> None:
        assert refused(stage, "POST", f"actions/{action}", body)
