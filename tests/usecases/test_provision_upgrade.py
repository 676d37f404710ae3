from dataclasses import replace
from datetime import timedelta

import pytest

from tests.domain.microsoft.seen import BETTER, ID
from tests.usecases.provisioning_room import Room
from work365.domain.microsoft.actions import ProvisioningAction, ProvisioningStatus
from work365.domain.microsoft.transitions import (
    Transition,
    TransitionOffer,
    TransitionStatus,
    TransitionType,
)
from work365.ports.provider_desk import Unsure

PROVISIONED = ProvisioningStatus.PROVISIONED
OFFER = TransitionOffer(
    catalogue_id=f"{BETTER}:A", title="Better", quantity=10, types=(TransitionType.WITH_LICENCES,)
)


@pytest.fixture
def room() -> Room:
    room = Room()
    room.store.subscribe(10)
    room.microsoft.add()
    room.microsoft.offers = (OFFER,)
    room.store.change(
        "up", ProvisioningAction.TRANSITION, details={"partNumber": BETTER, "quantity": 4}
    )
    return room


def test_it_is_ordered_and_followed_until_it_is_done(room: Room) -> None:
    room.microsoft.upgraded_at = room.clock() + timedelta(hours=3)

    room.run()
    between = room.store.rows["up"]
    room.run_on()

    assert (between.status, between.provider_reference) == (
        ProvisioningStatus.IN_PROGRESS,
        "operation-1",
    )
    assert room.store.status("up") is PROVISIONED
    assert "upgraded-1, which the next sync takes in" in room.store.message("up")
    assert len(room.microsoft.transitions) == 1


def test_a_customer_on_credit_hold_gets_none(room: Room) -> None:
    room.store.subscribe(is_on_credit_hold=True)

    assert room.code("up") == "credit_hold"
    assert room.microsoft.transitions == []


def test_it_has_to_be_offered(room: Room) -> None:
    room.microsoft.offers = ()

    assert room.code("up") == "no_such_upgrade"


def test_one_whose_answer_was_lost_is_found_and_not_ordered_again(room: Room) -> None:
    def lose(what: str) -> None:
        if what == "after: start upgrade":
            room.microsoft.step = lambda _: None
            raise Unsure("no answer")

    room.microsoft.step = lose
    room.microsoft.honours_request_ids = False

    room.run_on()

    assert len(room.microsoft.transitions) == 1
    assert room.store.message("up").startswith("The upgrade was made already.")


def test_one_that_fails_at_microsoft_is_ordered_anew_when_it_is_set_back(room: Room) -> None:
    room.microsoft.upgraded_at = room.clock() + timedelta(days=1)
    room.run()
    room.microsoft.transitions = [
        replace(each, status=TransitionStatus.FAILED) for each in room.microsoft.transitions
    ]
    room.clock.pass_time(minutes=5)

    failed = room.code("up")
    room.microsoft.upgraded_at = room.clock()
    room.store.await_again("up")
    room.run_on()

    assert failed == "upgrade_failed"
    assert room.store.status("up") is PROVISIONED
    assert [each.status for each in room.microsoft.transitions] == [
        TransitionStatus.FAILED,
        TransitionStatus.COMPLETED,
    ]


def test_one_of_another_change_is_not_taken_for_this(room: Room) -> None:
    other = Transition(
        operation="theirs",
        catalogue_id=f"{BETTER}:A",
        quantity=4,
        status=TransitionStatus.COMPLETED,
        subscription="x",
    )
    room.microsoft.transitions = [other]
    room.store.change(
        "other", ProvisioningAction.TRANSITION, status=PROVISIONED, provider_reference="theirs"
    )

    room.run_on()

    assert len(room.microsoft.transitions) == 2


def test_more_seats_than_there_are_were_changed_at_both_ends(room: Room) -> None:
    room.microsoft.add(id=ID, quantity=3)

    assert room.code("up") == "changed_at_both_ends"
