"""Admin relationships: changing, ending, and lists with all of it."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import respx

from tests.adapters.partner_center.asking import GRAPH, connection, errand
from work365.adapters.partner_center.admin_relationships import AdminRelationships
from work365.adapters.partner_center.connection import Tokens
from work365.adapters.partner_center.errors import (
    AlreadyThere,
    PartnerCenterUnavailable,
    VersionChanged,
)
from work365.adapters.partner_center.refusals import NeedsDelegatedConnection
from work365.domain.microsoft.relationships import AdminStatus, WantedAdminRelationship
from work365.http import read_json
from work365.identity.clouds import Audience

URL = f"{GRAPH}/v1.0/tenantRelationships/delegatedAdminRelationships"
WANTED = WantedAdminRelationship(name="Support", days=90, roles=("role-1",))


@pytest.fixture(autouse=True)
def _answered_here() -> Iterator[None]:
    with respx.mock:
        yield


def told(**fields: Any) -> dict[str, Any]:
    return {
        "@odata.etag": 'W/"1"',
        "id": "r1",
        "displayName": "Support",
        "status": "active",
        "accessDetails": {"unifiedRoles": [{"roleDefinitionId": "ROLE-1"}]},
        "autoExtendDuration": "PT0S",
        "endDateTime": "2026-06-01T00:00:00Z",
        **fields,
    }


def relationships() -> AdminRelationships:
    return AdminRelationships(errand(Audience.GRAPH))


def test_one_is_made_to_go_on_by_itself_and_read_again() -> None:
    patch = respx.patch(f"{URL}/r1").respond(202, headers={"Location": f"{URL}/r1/operations/o"})
    respx.get(f"{URL}/r1/operations/o").respond(json={"status": "running"})
    respx.get(f"{URL}/r1").respond(json=told(autoExtendDuration="P180D"))

    now = relationships().extend_by_itself("r1", 'W/"1"', extends=True)

    assert now.extends_itself
    assert patch.calls.last.request.headers["If-Match"] == 'W/"1"'
    assert read_json(patch.calls.last.request.content) == {"autoExtendDuration": "P180D"}


def test_one_that_somebody_else_changed_is_not_written_over() -> None:
    respx.patch(f"{URL}/r1").respond(412, json={"error": {"code": "x", "message": "changed"}})

    with pytest.raises(VersionChanged):
        relationships().extend_by_itself("r1", 'W/"1"', extends=False)


def test_an_active_one_is_ended() -> None:
    route = respx.post(f"{URL}/r1/requests").respond(201, json={"id": "q"})
    respx.get(f"{URL}/r1").respond(json=told(status="terminating"))

    now = relationships().terminate("r1")

    assert read_json(route.calls.last.request.content) == {"action": "terminate"}
    assert now.status is AdminStatus.TERMINATING


def test_one_that_was_never_locked_is_deleted() -> None:
    route = respx.delete(f"{URL}/r1").respond(204)

    relationships().delete("r1", 'W/"1"')

    assert route.calls.last.request.headers["If-Match"] == 'W/"1"'


def test_a_name_that_is_taken_is_told() -> None:
    body = {"error": {"code": "conflict", "message": "displayName must be unique"}}
    respx.post(URL).respond(409, json=body)

    with pytest.raises(AlreadyThere, match="must be unique"):
        relationships().create(WANTED)


def test_a_creation_whose_answer_was_lost_is_not_repeated() -> None:
    route = respx.post(URL).mock(side_effect=[httpx.ReadTimeout("late")])

    with pytest.raises(PartnerCenterUnavailable) as error:
        relationships().create(WANTED)

    assert error.value.maybe_done
    assert len(route.calls) == 1


def test_one_without_a_customer_is_for_whoever_approves_it() -> None:
    route = respx.post(URL).respond(201, json=told(status="created"))

    relationships().create(WANTED)

    body = read_json(route.calls.last.request.content)
    assert "customer" not in body
    assert (body["duration"], body["autoExtendDuration"]) == ("P90D", "PT0S")


def test_a_status_that_is_not_known_is_found_and_the_others_are_read() -> None:
    rows = [told(), told(id="r2", status="dreaming")]
    respx.get(URL).respond(json={"value": rows})

    found = relationships().all()

    assert [each.id for each in found.values] == ["r1"]
    assert found.values[0].roles == ("role-1",)
    assert [finding.code for finding in found.findings] == ["unknown_status"]


def test_assignments_are_listed() -> None:
    row = {
        "id": "a1",
        "@odata.etag": 'W/"2"',
        "status": "active",
        "accessContainer": {"accessContainerId": "GROUP", "accessContainerType": "securityGroup"},
        "accessDetails": {"unifiedRoles": [{"roleDefinitionId": "role-1"}]},
    }
    respx.get(f"{URL}/r1/accessAssignments").respond(json={"value": [row]})

    [assignment] = relationships().assignments("r1").values

    assert (assignment.group, assignment.status) == ("group", "active")


def test_they_need_the_delegated_connection() -> None:
    asked = errand(on=connection(Audience.GRAPH, tokens=Tokens(lambda: "x")))

    with pytest.raises(NeedsDelegatedConnection, match="Granular admin relationships"):
        AdminRelationships(asked).all()
