from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest

from tests.usecases.provisioning_room import Room
from work365.domain.findings import Severity
from work365.domain.microsoft.actions import ProvisioningAction, ProvisioningStatus
from work365.errors import Contradiction, Unavailable
from work365.ports.provider_desk import ProviderOutOfReach
from work365.ports.providers import ProviderKind
from work365.ports.provisioning import ReadyChanges
from work365.usecases.provision_changes import TRIES_MAX, UNANSWERED_MAX

QUANTITY, SUSPEND = ProvisioningAction.QUANTITY, ProvisioningAction.SUSPEND
AWAITING, FAILED = ProvisioningStatus.AWAITING, ProvisioningStatus.FAILED
PROVISIONED = ProvisioningStatus.PROVISIONED
MINUTE = timedelta(minutes=1)


class Died(BaseException):
    """The process was killed."""


@pytest.fixture
def room() -> Room:
    room = Room()
    room.store.subscribe(10)
    room.microsoft.add()
    return room


class Silence(Unavailable):
    code = "silence"


def silent(room: Room, seconds: float | None = None) -> None:
    def step(what: str) -> None:
        if what == "before: look":
            raise Silence("Microsoft does not answer", seconds)

    room.microsoft.step = step


class TestOrder:
    def test_changes_of_a_subscription_are_told_in_the_order_in_which_they_hold(
        self, room: Room
    ) -> None:
        room.store.change("later", QUANTITY, 3, on=date(2026, 9, 14))
        room.store.change("sooner", QUANTITY, 2, on=date(2026, 9, 13))

        run = room.run()

        assert (run.provisioned, run.findings) == (2, [])
        assert [edit.quantity for edit in room.microsoft.edits] == [12, 15]

    def test_a_change_of_the_future_waits_for_its_day(self, room: Room) -> None:
        room.store.change("later", QUANTITY, 3, on=date(2026, 9, 15))

        today = room.run()
        room.clock.pass_time(days=1)
        tomorrow = room.run()

        assert (today.provisioned, tomorrow.provisioned) == (0, 1)

    def test_what_failed_holds_back_what_comes_later_and_says_so(self, room: Room) -> None:
        room.store.change("first", QUANTITY, -20, on=date(2026, 9, 13))
        room.store.change("second", QUANTITY, 2)

        run = room.run()

        assert (run.failed, run.waiting, room.microsoft.edits) == (1, 1, [])
        assert room.store.status("second") is AWAITING
        assert room.store.message("second").startswith("It waits for change first. That failed: ")

    def test_what_is_held_back_does_not_stand_in_the_way_of_others(self, room: Room) -> None:
        room.store.change("first", QUANTITY, -20, on=date(2026, 9, 13), status=FAILED, message="x")
        room.store.change("second", QUANTITY, 2, on=date(2026, 9, 13))
        room.store.subscribe(10, key="SUB-2", reference="other")
        room.microsoft.add(id="other")
        room.store.change("third", QUANTITY, 1, subscription="SUB-2")

        runs = [room.run(most=1), room.run(most=1)]

        assert [run.provisioned for run in runs] == [0, 1]
        assert room.store.status("third") is PROVISIONED

    def test_what_is_held_back_follows_once_the_failure_was_mended(self, room: Room) -> None:
        room.store.change("first", QUANTITY, -20, on=date(2026, 9, 13))
        room.store.change("second", QUANTITY, 2)
        room.run()

        mended = replace(room.store.rows["first"].change, quantity=Decimal(1))
        room.store.edit("first", change=mended)
        room.store.await_again("first")
        room.run_on()

        assert [edit.quantity for edit in room.microsoft.edits] == [11, 13]

    def test_what_waits_holds_back_what_comes_later(self, room: Room) -> None:
        silent(room)
        room.store.change("first", QUANTITY, 1, on=date(2026, 9, 13))
        room.store.change("second", QUANTITY, 2)

        room.run()

        assert "It waits for change first. Microsoft does not answer" in room.store.message(
            "second"
        )
        assert room.later("second") == room.later("first")


class TestClaims:
    def test_of_two_workers_one_does_it(self, room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
        room.store.change("more", QUANTITY, 2)
        read = room.store.ready

        def read_by_both(*, at: datetime, today: date, most: int) -> ReadyChanges:
            found = read(at=at, today=today, most=most)
            monkeypatch.undo()
            room.run()
            return found

        monkeypatch.setattr(room.store, "ready", read_by_both)
        run = room.run()

        assert (run.provisioned, run.taken_by_others) == (0, 1)
        assert [edit.quantity for edit in room.microsoft.edits] == [12]

    def test_what_a_dead_worker_left_is_taken_up_when_its_claim_is_over(self, room: Room) -> None:
        room.store.change("more", QUANTITY, 2)

        def step(what: str) -> None:
            if what == "after: change":
                raise Died

        room.microsoft.step = step
        with pytest.raises(Died):
            room.run()
        room.microsoft.step = lambda _: None
        too_early = room.run()
        room.run_on()

        assert (too_early.provisioned, room.store.status("more")) == (0, PROVISIONED)
        assert len(room.microsoft.edits) == 1

    def test_each_call_says_for_which_change_it_is(self, room: Room) -> None:
        room.store.change("more", QUANTITY, 2)

        room.run()

        assert room.microsoft.purposes == ["provisioning of change more"]


class TestKinds:
    def test_a_provider_that_is_told_nothing_is_not_told(self, room: Room) -> None:
        room.store.subscribe(10, provider_kind=ProviderKind.DO_NOTHING)
        room.store.change("more", QUANTITY, 2)

        run = room.run()

        assert (run.not_applicable, room.microsoft.sent) == (1, [])
        assert room.store.status("more") is ProvisioningStatus.NOT_APPLICABLE

    def test_a_provider_that_people_tell_is_a_job_for_a_person(self, room: Room) -> None:
        room.store.subscribe(10, provider_kind=ProviderKind.MANUAL)
        room.store.change("more", QUANTITY, 2)

        run, again = room.run(), room.run()

        [finding] = run.findings
        assert (finding.code, finding.severity) == ("to_be_done_by_hand", Severity.WARNING)
        assert (room.store.status("more"), room.store.rows["more"].attempts) == (AWAITING, 0)
        assert (again.findings, room.microsoft.sent) == ([], [])

    @pytest.mark.parametrize(
        ("given", "code"),
        [
            ({"provider": None, "provider_kind": None, "tenant": None}, "no_provider_account"),
            ({"customer": None}, "account_not_mapped"),
            ({"reference": None}, "change_not_clear"),
        ],
    )
    def test_a_subscription_that_is_not_complete_is_refused(
        self, room: Room, given: dict[str, object], code: str
    ) -> None:
        room.store.subscribe(10, **given)
        room.store.change("more", QUANTITY, 2)

        assert room.code("more") == code
        assert room.microsoft.sent == []

    @pytest.mark.parametrize("quantity", ["0", "-10", "-12", "0.5"])
    def test_seats_that_nobody_sells_are_refused_before_anything_is_asked(
        self, room: Room, quantity: str
    ) -> None:
        room.store.change("more", QUANTITY, quantity)

        assert room.code("more") == "change_not_clear"
        assert room.microsoft.sent == []


class TestTryingAgain:
    def test_without_an_answer_it_awaits_and_is_tried_again_later_and_later(
        self, room: Room
    ) -> None:
        silent(room)
        room.store.change("more", QUANTITY, 2)
        pauses = []

        for _ in range(3):
            room.run()
            pauses.append(room.later("more") - room.clock())
            room.clock.now = room.later("more")

        assert room.store.status("more") is AWAITING
        assert room.store.message("more") == "Microsoft does not answer"
        assert pauses == [MINUTE, 2 * MINUTE, 4 * MINUTE]

    def test_it_waits_as_long_as_microsoft_asks(self, room: Room) -> None:
        silent(room, seconds=24 * 60 * 60.0)
        room.store.change("more", QUANTITY, 2)

        room.run()

        assert room.later("more") == room.clock() + timedelta(days=1)

    def test_after_many_attempts_it_fails_and_says_how_many(self, room: Room) -> None:
        silent(room)
        room.store.change("more", QUANTITY, 2)

        room.run_on()

        assert room.store.status("more") is FAILED
        assert room.store.message("more") == f"It was tried {TRIES_MAX} times. " + (
            "Microsoft does not answer"
        )

    def test_set_back_to_awaiting_it_is_a_new_request_with_as_many_attempts(
        self, room: Room
    ) -> None:
        silent(room)
        room.store.change("more", QUANTITY, 2)
        room.run_on()

        room.store.await_again("more")
        run = room.run()

        assert (run.waiting, room.store.rows["more"].attempt_epoch) == (1, 1)

    def test_a_provider_that_answers_nobody_is_left_alone(self, room: Room) -> None:
        silent(room)
        for number in range(2 * UNANSWERED_MAX):
            room.store.subscribe(10, key=f"S-{number}")
            room.store.change(f"c-{number}", QUANTITY, 1, subscription=f"S-{number}")

        run = room.run()

        assert run.waiting == UNANSWERED_MAX
        assert [finding.code for finding in run.findings] == ["provider_out_of_reach"]

    def test_what_waits_for_a_connection_is_no_attempt_and_no_failure(self, room: Room) -> None:
        room.store.change("c", QUANTITY, 2)

        def unconnected(what: str) -> None:
            raise ProviderOutOfReach("Get consent link, and consent")

        room.microsoft.step = unconnected
        run = room.run()
        between = room.store.rows["c"]
        room.microsoft.step = lambda _: None
        room.run_on()

        assert [finding.code for finding in run.findings] == ["provider_not_connected"]
        assert (between.status, between.attempts) == (AWAITING, 0)
        assert between.message == "Get consent link, and consent"
        assert room.store.status("c") is PROVISIONED

    def test_an_answer_that_cannot_be_true_is_for_a_person(self, room: Room) -> None:
        class Nonsense(Contradiction):
            code = "nonsense"

        def step(what: str) -> None:
            raise Nonsense("a subscription that does not say whether it renews")

        room.microsoft.step = step
        room.store.change("more", QUANTITY, 2)

        assert room.code("more") == "nonsense"


class TestHowMuch:
    def test_is_left_is_told(self, room: Room) -> None:
        for number in range(3):
            room.store.subscribe(10, key=f"S-{number}", reference=f"s-{number}")
            room.microsoft.add(id=f"s-{number}")
            room.store.change(f"c-{number}", QUANTITY, 2, subscription=f"S-{number}")

        runs = [room.run(most=2), room.run(most=2)]

        assert [(run.provisioned, run.has_more) for run in runs] == [(2, True), (1, False)]

    def test_is_left_is_not_told_where_the_provider_is_out_of_reach(self, room: Room) -> None:
        for number in range(UNANSWERED_MAX + 1):
            room.store.subscribe(10, key=f"S-{number}", reference=f"s-{number}")
            room.store.change(f"c-{number}", QUANTITY, 2, subscription=f"S-{number}")
        silent(room)

        assert not room.run(most=UNANSWERED_MAX + 1).has_more


def test_a_run_tells_of_which_changes_it_says_all_that_there_is_to_say(room: Room) -> None:
    room.store.change("more", QUANTITY, 3)
    room.store.change("none", QUANTITY, -13)

    run = room.run()

    assert run.settled == ["provisioning", "change more"]
    assert [finding.path for finding in run.findings] == ["change none"]


def test_what_cannot_be_read_is_in_the_findings(room: Room) -> None:
    room.store.change("nothing", ProvisioningAction.NONE, 2)

    assert room.code("nothing") == "change_not_clear"
    assert "choose what the provider is to be asked" in room.store.message("nothing")
