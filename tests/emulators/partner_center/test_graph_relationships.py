from datetime import timedelta
from typing import Any

import pytest

from tests.emulators.partner_center.stage import (
    AGENT,
    GRAPH_AGENT,
    GRAPH_POWERLESS,
    STRANGER,
    Stage,
)

ROOT = "/v1.0/tenantRelationships/delegatedAdminRelationships"
LICENCES = "4d6ac14f-3453-41d0-bef9-a3e0c569773a"
GLOBAL = "62e90394-69f5-4237-9190-012177145e10"


def asked(**changes: Any) -> dict[str, Any]:
    return {
        "displayName": "Licences for Adler",
        "duration": "P730D",
        "accessDetails": {"unifiedRoles": [{"roleDefinitionId": LICENCES}]},
        "autoExtendDuration": "PT0S",
    } | changes


def created(stage: Stage, **changes: Any) -> dict[str, Any]:
    answer = stage.call("POST", ROOT, asked(**changes), GRAPH_AGENT)
    assert answer.status_code == 201, answer.text
    body: dict[str, Any] = answer.json()
    return body


def request(stage: Stage, key: str, action: str) -> int:
    answer = stage.call("POST", f"{ROOT}/{key}/requests", {"action": action}, GRAPH_AGENT)
    return answer.status_code


def active(stage: Stage, **changes: Any) -> dict[str, Any]:
    key = created(stage, **changes)["id"]
    assert request(stage, key, "lockForApproval") == 201
    stage.act("approve-relationship", relationship=key, customer=stage.customer)
    found: dict[str, Any] = stage.get(f"{ROOT}/{key}", GRAPH_AGENT)
    assert found["status"] == "active"
    return found


def kinds(stage: Stage) -> list[str]:
    events = stage.control("GET", "history")["events"]
    return [event["kind"] for event in events if event["kind"].startswith("granular")]


class TestARelationship:
    def test_is_created_with_an_etag_and_a_place(self, stage: Stage) -> None:
        answer = stage.call("POST", ROOT, asked(), GRAPH_AGENT)

        body = answer.json()
        assert answer.status_code == 201
        assert answer.headers["location"].endswith(f"{ROOT}/{body['id']}")
        assert body["status"] == "created"
        assert body["activatedDateTime"] == ""
        assert body["@odata.etag"].startswith('W/"')

    def test_becomes_active_once_the_customer_approves(self, stage: Stage) -> None:
        found = active(stage)

        assert found["customer"]["tenantId"] == stage.customer
        assert found["activatedDateTime"] == "2026-07-10T09:30:15.2500000Z"
        assert found["endDateTime"] == "2028-07-09T09:30:15.2500000Z"
        assert kinds(stage) == [
            "granular_admin_relationship_approved",
            "granular_admin_relationship_activated",
        ]

    def test_takes_its_time_where_it_is_told_to(self, stage: Stage) -> None:
        stage.conduct(relationship_step_seconds=60)
        key = created(stage)["id"]
        request(stage, key, "lockForApproval")
        stage.act("approve-relationship", relationship=key, customer=stage.customer)
        seen = [stage.get(f"{ROOT}/{key}", GRAPH_AGENT)["status"]]
        for _ in range(2):
            stage.at(stage.clock() + timedelta(seconds=60))
            seen.append(stage.get(f"{ROOT}/{key}", GRAPH_AGENT)["status"])

        assert seen == ["approved", "activating", "active"]

    def test_is_not_approved_before_it_is_locked(self, stage: Stage) -> None:
        key = created(stage)["id"]

        answer = stage.call(
            "POST",
            "/_emulator/v1/actions/approve-relationship",
            {"relationship": key, "customer": stage.customer},
        )

        assert answer.status_code == 400
        assert "approvalPending" in answer.json()["error"]

    def test_is_not_approved_by_another_customer_than_it_is_meant_for(self, stage: Stage) -> None:
        other = list(stage.world.customers)[1]
        key = created(stage, customer={"tenantId": other, "displayName": "Birke"})["id"]
        request(stage, key, "lockForApproval")

        answer = stage.call(
            "POST",
            "/_emulator/v1/actions/approve-relationship",
            {"relationship": key, "customer": stage.customer},
        )

        assert answer.status_code == 400
        assert "another customer" in answer.json()["error"]

    def test_expires_when_its_duration_is_over(self, stage: Stage) -> None:
        key = active(stage, duration="P30D")["id"]
        stage.pass_days(31)

        found = stage.get(f"{ROOT}/{key}", GRAPH_AGENT)

        assert found["status"] == "expired"
        assert kinds(stage)[-1] == "granular_admin_relationship_expired"

    def test_extends_itself_by_180_days(self, stage: Stage) -> None:
        key = active(stage, duration="P30D", autoExtendDuration="P180D")["id"]
        stage.pass_days(31)

        found = stage.get(f"{ROOT}/{key}", GRAPH_AGENT)

        assert found["status"] == "active"
        assert found["endDateTime"].startswith("2027-02-05T09:30:15")

    def test_is_terminated_by_the_partner(self, stage: Stage) -> None:
        key = active(stage)["id"]

        assert request(stage, key, "terminate") == 201
        assert stage.get(f"{ROOT}/{key}", GRAPH_AGENT)["status"] == "terminated"
        assert kinds(stage)[-2:] == [
            "granular_admin_relationship_termination_requested",
            "granular_admin_relationship_terminated",
        ]

    def test_is_terminated_by_the_customer(self, stage: Stage) -> None:
        key = active(stage)["id"]

        stage.act("terminate-relationship", relationship=key)

        assert stage.get(f"{ROOT}/{key}", GRAPH_AGENT)["status"] == "terminated"


class TestAChange:
    def test_needs_the_etag(self, stage: Stage) -> None:
        found = created(stage)
        path = f"{ROOT}/{found['id']}"

        without = stage.call("PATCH", path, {"displayName": "Other"}, GRAPH_AGENT)
        stale = stage.call(
            "PATCH", path, {"displayName": "Other"}, GRAPH_AGENT, {"If-Match": 'W/"old"'}
        )
        right = stage.call(
            "PATCH",
            path,
            {"displayName": "Other"},
            GRAPH_AGENT,
            {"If-Match": found["@odata.etag"]},
        )

        assert (without.status_code, stale.status_code, right.status_code) == (400, 412, 200)
        assert right.json()["displayName"] == "Other"
        assert right.json()["duration"] == "P730D"
        assert right.json()["@odata.etag"] != found["@odata.etag"]

    def test_of_an_active_one_is_only_its_extension_and_an_operation(self, stage: Stage) -> None:
        found = active(stage)
        path = f"{ROOT}/{found['id']}"
        etag = {"If-Match": found["@odata.etag"]}

        name = stage.call("PATCH", path, {"displayName": "Other"}, GRAPH_AGENT, etag)
        extension = stage.call("PATCH", path, {"autoExtendDuration": "P180D"}, GRAPH_AGENT, etag)

        assert name.status_code == 409
        assert extension.status_code == 202
        assert stage.get(extension.headers["location"], GRAPH_AGENT)["status"] == "succeeded"
        assert stage.get(path, GRAPH_AGENT)["autoExtendDuration"] == "P180D"

    def test_deletes_only_what_is_not_locked_yet(self, stage: Stage) -> None:
        free, locked = created(stage), created(stage, displayName="Locked")
        request(stage, locked["id"], "lockForApproval")

        gone = stage.call(
            "DELETE",
            f"{ROOT}/{free['id']}",
            token=GRAPH_AGENT,
            headers={"If-Match": free["@odata.etag"]},
        )
        kept = stage.call(
            "DELETE", f"{ROOT}/{locked['id']}", token=GRAPH_AGENT, headers={"If-Match": "*"}
        )

        assert (gone.status_code, kept.status_code) == (204, 409)
        assert [each["id"] for each in stage.get(ROOT, GRAPH_AGENT)["value"]] == [locked["id"]]


class TestRefusals:
    @pytest.mark.parametrize(
        "changes",
        [
            {"displayName": ""},
            {"displayName": "n" * 51},
            {"duration": "P0D"},
            {"duration": "P3Y"},
            {"duration": "two years"},
            {"accessDetails": {"unifiedRoles": []}},
            {"accessDetails": {"unifiedRoles": [{"roleDefinitionId": "admin"}]}},
            {"autoExtendDuration": "P90D"},
            {
                "autoExtendDuration": "P180D",
                "accessDetails": {"unifiedRoles": [{"roleDefinitionId": GLOBAL}]},
            },
            {"customer": {"tenantId": "adler"}},
        ],
    )
    def test_of_what_cannot_be(self, stage: Stage, changes: dict[str, Any]) -> None:
        answer = stage.call("POST", ROOT, asked(**changes), GRAPH_AGENT)

        assert answer.status_code == 400
        assert answer.json()["error"]["code"] == "BadRequest"

    def test_of_a_name_that_is_taken(self, stage: Stage) -> None:
        created(stage)

        answer = stage.call("POST", ROOT, asked(), GRAPH_AGENT)

        assert answer.status_code == 400
        assert "exists already" in answer.json()["error"]["message"]

    @pytest.mark.parametrize(
        ("token", "status", "code"),
        [
            (AGENT, 401, "InvalidAuthenticationToken"),
            ("nonsense", 401, "InvalidAuthenticationToken"),
            (GRAPH_POWERLESS, 403, "Authorization_RequestDenied"),
            (STRANGER, 403, "Authorization_RequestDenied"),
        ],
    )
    def test_of_who_may_not(self, stage: Stage, token: str, status: int, code: str) -> None:
        answer = stage.call("GET", ROOT, token=token)

        assert answer.status_code == status
        assert answer.json()["error"]["code"] == code
        assert answer.json()["error"]["innerError"]["request-id"] == answer.headers["request-id"]

    def test_of_what_is_not_there(self, stage: Stage) -> None:
        unknown = stage.call("GET", f"{ROOT}/nothing", token=GRAPH_AGENT)
        method = stage.call("PUT", ROOT, token=GRAPH_AGENT)

        assert (unknown.status_code, method.status_code) == (404, 405)


class TestAList:
    def test_is_filtered_and_paged(self, stage: Stage) -> None:
        for number in range(3):
            created(stage, displayName=f"Number {number}")
        active(stage)

        page = stage.get(f"{ROOT}?$top=2&$filter=status eq 'created'", GRAPH_AGENT)
        rest = stage.get(page["@odata.nextLink"], GRAPH_AGENT)

        assert [each["displayName"] for each in page["value"]] == ["Number 0", "Number 1"]
        assert [each["displayName"] for each in rest["value"]] == ["Number 2"]
        assert "@odata.nextLink" not in rest

    def test_refuses_what_it_does_not_know(self, stage: Stage) -> None:
        option = stage.call("GET", f"{ROOT}?$expand=accessAssignments", token=GRAPH_AGENT)
        filtering = stage.call("GET", f"{ROOT}?$filter=status ne 'active'", token=GRAPH_AGENT)

        assert (option.status_code, filtering.status_code) == (400, 400)
