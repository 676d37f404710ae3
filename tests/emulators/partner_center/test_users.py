from typing import Any

import pytest

from tests.emulators.partner_center.stage import APP, GRAPH_AGENT, Stage
from tests.emulators.partner_center.test_graph_assignments import assign
from tests.emulators.partner_center.test_graph_relationships import LICENCES, active


def path(stage: Stage, rest: str = "users") -> str:
    return f"/v1/customers/{stage.customer}/{rest}"


def person(stage: Stage, name: str = "Nina", **changes: Any) -> dict[str, Any]:
    domain = stage.world.customers[stage.customer].domain
    return {
        "userPrincipalName": f"{name.lower()}@{domain}",
        "firstName": name,
        "lastName": "Adler",
        "displayName": f"{name} Adler",
        "usageLocation": "DE",
        "passwordProfile": {"password": "Geheim-12345", "forceChangePassword": True},
    } | changes


def created(stage: Stage, name: str = "Nina") -> str:
    answer = stage.call("POST", path(stage), person(stage, name))
    assert answer.status_code == 201, answer.text
    key: str = answer.json()["id"]
    return key


def units(stage: Stage) -> dict[str, Any]:
    found: dict[str, Any] = stage.get(path(stage, "subscribedskus"))["items"][0]
    return found


def change(stage: Stage, user: str, gain: str = "", loss: str = "") -> Any:
    body = {
        "LicensesToAssign": [{"ExcludedPlans": None, "SkuId": gain}] if gain else None,
        "LicensesToRemove": [loss] if loss else None,
    }
    return stage.call("POST", path(stage, f"users/{user}/licenseupdates"), body)


class TestAUser:
    def test_is_created_changed_and_deleted(self, stage: Stage) -> None:
        key = created(stage)
        changed = stage.call("PATCH", path(stage, f"users/{key}"), {"displayName": "Nina A."})
        gone = stage.call("DELETE", path(stage, f"users/{key}"))

        assert changed.json()["displayName"] == "Nina A."
        assert changed.json()["firstName"] == "Nina"
        assert gone.status_code == 204
        assert stage.call("GET", path(stage, f"users/{key}")).json()["code"] == 60002

    def test_password_is_nowhere_afterwards(self, stage: Stage) -> None:
        created(stage)

        assert "Geheim" not in stage.control("GET", "snapshot")["snapshot"]
        assert "Geheim" not in str(stage.control("GET", "requests"))

    @pytest.mark.parametrize(
        "changes",
        [
            {"userPrincipalName": "nina@elsewhere.example"},
            {"displayName": ""},
            {"usageLocation": ""},
        ],
    )
    def test_is_refused_where_something_is_wrong(
        self, stage: Stage, changes: dict[str, Any]
    ) -> None:
        assert stage.call("POST", path(stage), person(stage, **changes)).status_code == 400

    def test_is_there_once(self, stage: Stage) -> None:
        created(stage)

        assert stage.call("POST", path(stage), person(stage)).status_code == 400

    def test_is_not_for_applications_alone(self, stage: Stage) -> None:
        answer = stage.call("GET", path(stage), token=APP)

        assert (answer.status_code, answer.json()["code"]) == (403, 900329)


class TestLicences:
    def test_are_those_of_the_subscriptions(self, stage: Stage) -> None:
        subscription = stage.get(path(stage, "subscriptions"))["items"][0]
        before = units(stage)["totalUnits"]
        stage.act("change-seats", subscription=subscription["id"], quantity=40)

        assert (before, units(stage)["totalUnits"]) == (25, 40)

    def test_are_given_and_taken(self, stage: Stage) -> None:
        user, sku = created(stage), units(stage)["productSku"]["id"]
        given = change(stage, user, gain=sku)
        held = stage.get(path(stage, f"users/{user}/licenses"))["items"]
        consumed = units(stage)["consumedUnits"]
        taken = change(stage, user, loss=sku)

        assert given.status_code == 201
        assert given.json()["licensesToAssign"] == [{"skuId": sku}]
        assert [each["productSku"]["id"] for each in held] == [sku]
        assert consumed == 1
        assert taken.status_code == 201
        assert stage.get(path(stage, f"users/{user}/licenses"))["items"] == []

    def test_run_out(self, stage: Stage) -> None:
        subscription = stage.get(path(stage, "subscriptions"))["items"][0]["id"]
        stage.act("change-status", subscription=subscription, status="suspended")
        user, sku = created(stage), units(stage)["productSku"]["id"]

        answer = change(stage, user, gain=sku)

        assert (answer.status_code, answer.json()["code"]) == (400, 60012)

    def test_that_are_not_there_are_refused(self, stage: Stage) -> None:
        user = created(stage)

        unknown = change(stage, user, gain="f8a1db68-be16-40ed-86d5-cb42ce701560")
        not_held = change(stage, user, loss=units(stage)["productSku"]["id"])
        nothing = change(stage, user)

        assert [each.status_code for each in (unknown, not_held, nothing)] == [400, 400, 400]


class TestAccess:
    def test_is_blocked_by_the_customers_policy(self, stage: Stage) -> None:
        stage.conduct(blocked_by_access_policy=[stage.customer])

        answer = stage.call("GET", path(stage))

        assert (answer.status_code, answer.json()["code"]) == (403, 900309)

    def test_needs_a_role_where_roles_are_asked_for(self, stage: Stage) -> None:
        stage.conduct(demands_gdap=True)
        before = stage.call("GET", path(stage, "subscribedskus"))
        place = assign(stage, active(stage)["id"], LICENCES).headers["location"]
        stage.get(place, GRAPH_AGENT)
        after = stage.call("GET", path(stage, "subscribedskus"))
        users = stage.call("GET", path(stage))

        assert (before.status_code, before.json()["code"]) == (403, 900308)
        assert after.status_code == 200
        assert users.status_code == 403
