import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta

import azure.functions as func
import pytest

from work365.entrypoints.localhost import timer_triggers
from work365.entrypoints.localhost.host_settings import HostSettings
from work365.entrypoints.localhost.invocations import Invocations
from work365.entrypoints.localhost.registrations import read_registrations
from work365.entrypoints.localhost.timer_triggers import TimerTriggers

StartTimers = Callable[..., TimerTriggers]

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
EVERY_15_MINUTES = "0 */15 * * * *"


@pytest.fixture
def invocations() -> Iterator[Invocations]:
    opened = Invocations()
    opened.open()
    yield opened
    opened.close()


@pytest.fixture
def start_timers(
    invocations: Invocations, monkeypatch: pytest.MonkeyPatch
) -> Iterator[StartTimers]:
    """Start the timers of an app; without a clock of their own, only `tick` moves their time."""
    with ExitStack() as started:

        def start(
            app: func.FunctionApp, clock: Callable[[], datetime] | None = None
        ) -> TimerTriggers:
            if clock is None:
                # Looked at beside a tick, a clock that stands still would seem to be set back.
                monkeypatch.setattr(timer_triggers, "LOOK_SECONDS", 3600)
            functions = read_registrations(app, HostSettings()).timers
            timers = TimerTriggers(
                functions, invocations=invocations, clock=clock or (lambda: NOON)
            )
            timers.open()
            started.callback(timers.close)
            return timers

        yield start


@pytest.fixture
def runs(app: func.FunctionApp) -> list[bool]:
    """The runs of a timer that goes off every 15 minutes: whether each was past due."""
    seen: list[bool] = []

    @app.timer_trigger(arg_name="timer", schedule=EVERY_15_MINUTES)
    def sweep(timer: func.TimerRequest) -> None:
        seen.append(timer.past_due)

    return seen


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 5
    while not condition():
        assert time.monotonic() < deadline, "nothing happened for 5 seconds"
        time.sleep(0.01)


class TestATimer:
    def test_runs_at_its_time_and_not_before(
        self, app: func.FunctionApp, start_timers: StartTimers, runs: list[bool]
    ) -> None:
        timers = start_timers(app)

        before = timers.tick(NOON + timedelta(minutes=14, seconds=59))
        at = timers.tick(NOON + timedelta(minutes=15))
        after = timers.tick(NOON + timedelta(minutes=15, seconds=1))

        assert (before, at, after) == ((), ("sweep",), ())
        assert runs == [False]

    def test_that_missed_many_times_runs_once_and_says_so(
        self, app: func.FunctionApp, start_timers: StartTimers, runs: list[bool]
    ) -> None:
        timers = start_timers(app)

        overdue = timers.tick(NOON + timedelta(days=90, minutes=7))
        next_one = timers.tick(NOON + timedelta(days=90, minutes=15))

        assert (overdue, next_one) == (("sweep",), ("sweep",))
        assert runs == [True, False]

    def test_runs_again_after_the_clock_was_set_back(
        self, app: func.FunctionApp, start_timers: StartTimers, runs: list[bool]
    ) -> None:
        timers = start_timers(app)
        timers.tick(NOON + timedelta(days=90))

        set_back = timers.tick(NOON)
        again = timers.tick(NOON + timedelta(minutes=15))

        assert (set_back, again) == ((), ("sweep",))

    def test_runs_when_the_clock_is_moved(
        self, app: func.FunctionApp, start_timers: StartTimers, runs: list[bool]
    ) -> None:
        times = [NOON]
        start_timers(app, clock=lambda: times[-1])

        times.append(NOON + timedelta(days=30))

        wait_for(lambda: runs == [True])

    def test_runs_on_startup_if_it_says_so(
        self, app: func.FunctionApp, start_timers: StartTimers
    ) -> None:
        runs: list[bool] = []

        @app.timer_trigger(arg_name="timer", schedule="0 0 3 * * *", run_on_startup=True)
        def warm_up(timer: func.TimerRequest) -> None:
            runs.append(timer.past_due)

        start_timers(app).close()

        assert runs == [False]

    def test_may_be_async(self, app: func.FunctionApp, start_timers: StartTimers) -> None:
        names: list[str] = []

        @app.timer_trigger(arg_name="timer", schedule=EVERY_15_MINUTES)
        async def sweep(timer: func.TimerRequest, context: func.Context) -> None:
            names.append(context.function_name)

        start_timers(app).tick(NOON + timedelta(minutes=15))

        assert names == ["sweep"]

    def test_that_fails_runs_again_at_its_next_time(
        self,
        app: func.FunctionApp,
        start_timers: StartTimers,
        invocations: Invocations,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        @app.timer_trigger(arg_name="timer", schedule=EVERY_15_MINUTES)
        def sweep(timer: func.TimerRequest) -> None:
            raise ValueError("no network")

        timers = start_timers(app)
        for quarter in (1, 2):
            timers.tick(NOON + quarter * timedelta(minutes=15))

        assert [str(failure.error) for failure in invocations.failures] == ["no network"] * 2
        assert "it runs again at its next time" in caplog.text

    def test_that_returns_something_has_failed(
        self, app: func.FunctionApp, start_timers: StartTimers, invocations: Invocations
    ) -> None:
        @app.timer_trigger(arg_name="timer", schedule=EVERY_15_MINUTES)
        def sweep(timer: func.TimerRequest) -> int:
            return 3

        timers = start_timers(app)
        timers.tick(NOON + timedelta(minutes=15))

        (failure,) = invocations.failures
        assert "sweep returned 3, and nobody takes it" in str(failure.error)


class TestTwoRuns:
    def test_of_one_timer_are_never_at_the_same_time(
        self, app: func.FunctionApp, start_timers: StartTimers
    ) -> None:
        times = [NOON]
        running: list[int] = []
        at_a_time: list[int] = []

        @app.timer_trigger(arg_name="timer", schedule=EVERY_15_MINUTES)
        def sweep(timer: func.TimerRequest) -> None:
            running.append(1)
            at_a_time.append(len(running))
            time.sleep(0.4)
            running.pop()

        timers = start_timers(app, clock=lambda: times[-1])
        times.append(NOON + timedelta(minutes=15))
        wait_for(lambda: len(at_a_time) == 1)

        times.append(NOON + timedelta(minutes=30))
        timers.tick(times[-1])

        assert at_a_time == [1, 1]

    def test_of_two_timers_are(
        self, app: func.FunctionApp, start_timers: StartTimers, invocations: Invocations
    ) -> None:
        meeting = threading.Barrier(2, timeout=5)

        @app.timer_trigger(arg_name="timer", schedule=EVERY_15_MINUTES)
        def one(timer: func.TimerRequest) -> None:
            meeting.wait()

        @app.timer_trigger(arg_name="timer", schedule=EVERY_15_MINUTES)
        def other(timer: func.TimerRequest) -> None:
            meeting.wait()

        timers = start_timers(app)

        assert timers.tick(NOON + timedelta(minutes=15)) == ("one", "other")
        assert invocations.failures == ()


def test_a_clock_that_fails_once_stops_no_timer(
    app: func.FunctionApp,
    start_timers: StartTimers,
    runs: list[bool],
    caplog: pytest.LogCaptureFixture,
) -> None:
    answers: list[datetime | Exception] = [NOON, ConnectionError("no clock")]

    def clock() -> datetime:
        answer = answers.pop(0) if answers else NOON + timedelta(minutes=15)
        if isinstance(answer, Exception):
            raise answer
        return answer

    start_timers(app, clock=clock)

    wait_for(lambda: runs == [False])
    assert "the clock could not be read" in caplog.text


def test_stopping_waits_for_a_run(app: func.FunctionApp, start_timers: StartTimers) -> None:
    finished: list[bool] = []

    @app.timer_trigger(arg_name="timer", schedule="0 0 3 * * *", run_on_startup=True)
    def sweep(timer: func.TimerRequest) -> None:
        time.sleep(0.3)
        finished.append(True)

    start_timers(app).close()

    assert finished == [True]
