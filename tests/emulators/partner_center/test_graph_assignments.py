from datetime import timedelta
from typing import Any

import httpx

from tests.emulators.partner_center.stage import GRAPH_AGENT, Stage
from tests.emulators.partner_center.test_graph_relationships import (
    GLOBAL,
    LICENCES,
    ROOT,
    active,
    created,
)

GROUP = "869713c9-0b28-4d08-8949-ae07ae1bf528"


def body(*roles: str, group: str = GROUP) -> dict[str, Any]:
    return {
        "accessContainer": {"accessContainerId": group, "accessContainerType": "securityGroup"},
        "accessDetails": {"unifiedRoles": [{"roleDefinitionId": role} for role in roles]},
    }


def assign(stage: Stage, relationship: str, *roles: str) -> httpx.Response:
    path = f"{ROOT}/{relationship}/accessAssignments"
    return stage.call("POST", path, body(*roles), GRAPH_AGENT)


class TestAnAssignment:
    def test_is_pending_first_and_active_later(self, stage: Stage) -> None:
        stage.conduct(assignment_seconds=30)
        answer = assign(stage, active(stage)["id"], LICENCES)
        before = stage.get(answer.headers["location"], GRAPH_AGENT)["status"]
        stage.at(stage.clock() + timedelta(seconds=30))
        after = stage.get(answer.headers["location"], GRAPH_AGENT)["status"]

        assert (answer.status_code, answer.json()["status"]) == (201, "pending")
        assert (before, after) == ("pending", "active")

    def test_is_refused_while_the_relationship_is_not_active(self, stage: Stage) -> None:
        answer = assign(stage, created(stage)["id"], LICENCES)

        assert answer.status_code == 409

    def test_has_no_role_that_the_relationship_lacks(self, stage: Stage) -> None:
        answer = assign(stage, active(stage)["id"], GLOBAL)

        assert answer.status_code == 400
        assert GLOBAL in answer.json()["error"]["message"]

    def test_is_one_for_each_group(self, stage: Stage) -> None:
        relationship = active(stage)["id"]
        assign(stage, relationship, LICENCES)

        assert assign(stage, relationship, LICENCES).status_code == 409

    def test_is_of_a_security_group(self, stage: Stage) -> None:
        relationship = active(stage)["id"]
        asked = body(LICENCES)
        asked["accessContainer"]["accessContainerType"] = "user"

        answer = stage.call("POST", f"{ROOT}/{relationship}/accessAssignments", asked, GRAPH_AGENT)

        assert answer.status_code == 400


class TestAChange:
    def test_of_roles_is_an_operation_and_of_none_is_not(self, stage: Stage) -> None:
        role = "29232cdf-9323-42fd-ade2-1d097af3e4de"
        roles = {"unifiedRoles": [{"roleDefinitionId": each} for each in (LICENCES, role)]}
        relationship = active(stage, accessDetails=roles)["id"]
        place = assign(stage, relationship, LICENCES).headers["location"]
        etag = {"If-Match": stage.get(place, GRAPH_AGENT)["@odata.etag"]}

        same = stage.call(
            "PATCH", place, {"accessDetails": body(LICENCES)["accessDetails"]}, GRAPH_AGENT, etag
        )
        other = stage.call(
            "PATCH", place, {"accessDetails": body(role)["accessDetails"]}, GRAPH_AGENT, etag
        )

        assert (same.status_code, other.status_code) == (200, 202)
        assert other.headers["retry-after"] == "10"
        assert stage.get(other.headers["location"], GRAPH_AGENT)["status"] == "succeeded"
        found = stage.get(place, GRAPH_AGENT)["accessDetails"]["unifiedRoles"]
        assert found == [{"roleDefinitionId": role}]

    def test_takes_an_assignment_away(self, stage: Stage) -> None:
        relationship = active(stage)["id"]
        place = assign(stage, relationship, LICENCES).headers["location"]

        without = stage.call("DELETE", place, token=GRAPH_AGENT)
        gone = stage.call("DELETE", place, token=GRAPH_AGENT, headers={"If-Match": "*"})

        assert (without.status_code, gone.status_code) == (400, 204)
        assert stage.get(f"{ROOT}/{relationship}/accessAssignments", GRAPH_AGENT)["value"] == []

    def test_is_told_in_the_history(self, stage: Stage) -> None:
        relationship = active(stage)["id"]
        place = assign(stage, relationship, LICENCES).headers["location"]
        stage.get(place, GRAPH_AGENT)

        events = stage.control("GET", "history")["events"][-2:]

        assert [event["kind"] for event in events] == [
            "granular_admin_access_assignment_created",
            "granular_admin_access_assignment_activated",
        ]
        assert events[0]["after"]["delegatedAdminRelationshipId"] == relationship
