"""Nothing is bought twice, whatever goes wrong at whichever step."""

from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from enum import Enum

from hypothesis import given
from hypothesis import strategies as st

from tests.domain.microsoft.seen import BETTER
from tests.usecases.provisioning_room import Room
from work365.domain.microsoft.actions import ProvisioningAction, ProvisioningStatus
from work365.domain.microsoft.transitions import TransitionOffer, TransitionType
from work365.ports.provider_desk import Unsure

STEPS_MAX = 60


class Died(BaseException):
    """The process was killed."""


class GoesWrong(Enum):
    NOTHING = "nothing"
    DIES = "the process is killed"
    SILENT = "there is no answer"
    OVERTAKEN = "another worker goes on with what it left"


@dataclass
class Trouble:
    """What goes wrong, by the number of the step at which it does."""

    room: Room
    planned: dict[int, GoesWrong]
    steps: int = 0
    is_overtaking: bool = field(default=False)

    def at_microsoft(self, what: str) -> None:
        wrong = self._next()
        if wrong is GoesWrong.SILENT:
            raise Unsure("no answer")
        self._suffer(wrong)

    def at_dataverse(self, what: str) -> None:
        self._suffer(self._next())

    def _next(self) -> GoesWrong:
        self.steps += 1
        return self.planned.get(self.steps, GoesWrong.NOTHING)

    def _suffer(self, wrong: GoesWrong) -> None:
        if wrong is GoesWrong.DIES:
            raise Died
        if wrong is GoesWrong.OVERTAKEN and not self.is_overtaking:
            self.is_overtaking = True
            self.room.clock.pass_time(hours=2)
            with suppress(Died):
                self.room.run()
            self.is_overtaking = False


TROUBLE = st.dictionaries(
    st.integers(1, STEPS_MAX), st.sampled_from(list(GoesWrong)), min_size=1, max_size=6
)


def run_through(room: Room, planned: dict[int, GoesWrong]) -> None:
    """Run until all is done, in spite of all trouble; a failure is set back to awaiting."""
    trouble = Trouble(room, planned)
    room.microsoft.step, room.store.step = trouble.at_microsoft, trouble.at_dataverse
    for _ in range(300):
        with suppress(Died):
            room.run()
        for key, row in list(room.store.rows.items()):
            if row.status is ProvisioningStatus.FAILED:
                room.store.await_again(key)
        if all(not row.status.is_open for row in room.store.rows.values()):
            return
        room.clock.pass_time(minutes=31)
    raise AssertionError("it does not come to an end")


@given(planned=TROUBLE, honours=st.booleans(), lag=st.sampled_from([0, 7, 15]))
def test_a_purchase_is_made_once(planned: dict[int, GoesWrong], honours: bool, lag: int) -> None:
    room = Room()
    room.microsoft.honours_request_ids = honours
    room.microsoft.order_lag = timedelta(minutes=lag)
    room.store.subscribe(reference=None)
    room.store.change("buy", ProvisioningAction.PURCHASE, 10)

    run_through(room, planned)

    [held] = room.microsoft.held.values()
    [subscription] = room.store.subscriptions.values()
    assert subscription.reference == held.provided.id
    assert room.store.status("buy") is ProvisioningStatus.PROVISIONED


@given(planned=TROUBLE, honours=st.booleans())
def test_seats_come_once_and_in_their_order(planned: dict[int, GoesWrong], honours: bool) -> None:
    room = Room()
    room.microsoft.honours_request_ids = honours
    room.microsoft.add()
    room.store.subscribe(10)
    for number in (1, 2, 3):
        room.store.change(f"c-{number}", ProvisioningAction.QUANTITY, number)

    run_through(room, planned)

    [held] = room.microsoft.held.values()
    assert held.provided.quantity == 16
    assert [edit.quantity for edit in room.microsoft.edits] == [11, 13, 16]


@given(planned=TROUBLE, takes_long=st.booleans())
def test_an_upgrade_is_ordered_once(planned: dict[int, GoesWrong], takes_long: bool) -> None:
    room = Room()
    room.microsoft.add()
    room.microsoft.offers = (
        TransitionOffer(
            catalogue_id=f"{BETTER}:A",
            title="Better",
            quantity=10,
            types=(TransitionType.WITH_LICENCES,),
        ),
    )
    room.store.subscribe(10)
    details: dict[str, object] = {"partNumber": BETTER, "quantity": 4}
    room.store.change("up", ProvisioningAction.TRANSITION, details=details)
    if takes_long:
        room.microsoft.upgraded_at = room.clock() + timedelta(hours=3)

    run_through(room, planned)

    assert len(room.microsoft.transitions) == 1
    assert room.store.status("up") is ProvisioningStatus.PROVISIONED


def test_the_trouble_reaches_every_step() -> None:
    room = Room()
    room.store.subscribe(reference=None)
    room.store.change("buy", ProvisioningAction.PURCHASE, 10)
    trouble = Trouble(room, {})
    room.microsoft.step, room.store.step = trouble.at_microsoft, trouble.at_dataverse

    room.run()

    assert 10 <= trouble.steps <= STEPS_MAX
