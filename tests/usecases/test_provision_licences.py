import pytest

from tests.usecases.provisioning_room import Room
from work365.domain.findings import Finding, Severity
from work365.domain.microsoft.actions import ProvisioningAction, ProvisioningStatus

USER = "anna"


@pytest.fixture
def room() -> Room:
    room = Room()
    room.store.subscribe(10)
    room.microsoft.licences = {USER: {"basic"}}
    details: dict[str, object] = {"user": USER, "assign": ["better"], "remove": ["basic"]}
    room.store.change("licences", ProvisioningAction.LICENCES, details=details)
    return room


def test_they_are_assigned_and_removed_with_one_request(room: Room) -> None:
    room.run()

    assert room.microsoft.licences == {USER: {"better"}}
    assert room.store.message("licences") == "Licences assigned: 1, removed: 1."


def test_those_that_the_user_has_already_are_not_sent(room: Room) -> None:
    room.microsoft.licences = {USER: {"better"}}

    room.run()

    assert room.microsoft.sent == []
    assert room.store.status("licences") is ProvisioningStatus.PROVISIONED


def test_a_user_whose_licences_cannot_be_read_is_left_alone(room: Room) -> None:
    room.microsoft.unreadable = (Finding(Severity.ERROR, "missing", "row 1 has no id", "row 1"),)

    assert room.code("licences") == "licences_unreadable"
    assert room.microsoft.licences == {USER: {"basic"}}


def test_what_microsoft_warns_of_is_a_finding(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    def warn(*_: object, **__: object) -> tuple[str, ...]:
        return ("The service plan is off.",)

    monkeypatch.setattr(room.microsoft, "update_licences", warn)

    run = room.run()

    assert [finding.code for finding in run.findings] == ["licence_warning"]
    assert "Microsoft warns: The service plan is off." in room.store.message("licences")
