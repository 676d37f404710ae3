from dataclasses import replace

import pytest

from tests.usecases.provisioning_room import Room
from work365.domain.microsoft.actions import ProvisioningAction, ProvisioningStatus
from work365.domain.microsoft.azure import AzureEntitlement
from work365.usecases.provision_entitlement import SHOWS_AFTER

MACHINES = AzureEntitlement(id="e-1", plan="plan", name="Machines", status="active")
STEPS = {"cancel": "cancelled", "reactivate": "active"}


def asked(step: str, entitlement: str = "e-1", *, status: str = "active") -> Room:
    room = Room()
    room.store.subscribe()
    room.microsoft.azure = [replace(MACHINES, status=status)]
    details: dict[str, object] = {"entitlement": entitlement, "step": step}
    room.store.change("azure", ProvisioningAction.ENTITLEMENT, details=details)
    return room


@pytest.mark.parametrize(("step", "before"), [("cancel", "active"), ("reactivate", "cancelled")])
def test_it_is_asked_for_once_and_is_done_when_microsoft_shows_it(step: str, before: str) -> None:
    room = asked(step, status=before)

    room.run()
    room.clock.now += SHOWS_AFTER
    room.run()
    between = room.store.status("azure")
    room.microsoft.azure = [replace(MACHINES, status=STEPS[step])]
    room.run_on()

    assert between is ProvisioningStatus.IN_PROGRESS
    assert room.microsoft.sent == [f"{step} entitlement"]
    assert room.store.status("azure") is ProvisioningStatus.PROVISIONED


def test_what_is_so_already_is_not_asked_for() -> None:
    room = asked("reactivate")

    room.run()

    assert room.microsoft.sent == []
    assert room.store.message("azure") == "Microsoft shows it as active already."


def test_one_that_the_plan_does_not_have_is_refused() -> None:
    assert asked("cancel", "e-2").code("azure") == "no_such_entitlement"
