"""Timer triggers: functions that run when the host's clock reaches their times."""

import logging
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Event, Lock, Thread

from azure.functions.timer import TimerRequest

from work365.entrypoints.localhost.invocations import FunctionFailed, Invocations
from work365.entrypoints.localhost.registrations import TimerFunction

LOOK_SECONDS = 0.2
"""How often the clock is looked at."""

PAST_DUE_AFTER = timedelta(seconds=5)
"""A timer that is later than this says so: the clock was moved, or the last run took long."""

logger = logging.getLogger(__name__)


@dataclass(slots=True, eq=False)
class _Timer:
    timer: TimerFunction
    due: datetime
    run: Future[None] | None = None

    @property
    def is_running(self) -> bool:
        return self.run is not None and not self.run.done()


class TimerTriggers:
    """The timers of an app.

    A timer that is overdue runs once, however many of its times have gone by, and then waits
    for the next one. It never runs twice at a time. A clock set back makes its times come again.
    """

    def __init__(
        self,
        functions: Sequence[TimerFunction],
        *,
        invocations: Invocations,
        clock: Callable[[], datetime],
    ) -> None:
        now = clock()
        self._clock = clock
        self._invocations = invocations
        self._lock = Lock()
        self._seen = now
        self._timers = [_Timer(timer, timer.schedule.next_after(now)) for timer in functions]
        self._runs = ThreadPoolExecutor(max(1, len(functions)), thread_name_prefix="timer")
        self._is_stopping = Event()
        self._thread = Thread(target=self._watch, name="timers", daemon=True)

    def open(self) -> None:
        """Run what runs on startup, and begin to look at the clock."""
        with self._lock:
            for timer in self._timers:
                if timer.timer.runs_on_startup:
                    self._start(timer, past_due=False)
        self._thread.start()

    def close(self) -> None:
        """Look at the clock no more, and let what runs finish."""
        self._is_stopping.set()
        self._thread.join()
        self._runs.shutdown()

    def tick(self, now: datetime) -> tuple[str, ...]:
        """Run every timer that is due at `now`, wait for them, and return their names."""
        names: list[str] = []
        while True:
            started, runs = self._start_due(now)
            if not runs:
                return tuple(names)
            names += started
            # A timer that was running already is looked at again once that run is over.
            wait(runs)

    def _watch(self) -> None:
        while not self._is_stopping.wait(LOOK_SECONDS):
            try:
                self._start_due(self._clock())
            except Exception:
                # A clock that fails once is not the end of all timers.
                logger.exception("the clock could not be read")

    def _start_due(self, now: datetime) -> tuple[list[str], list[Future[None]]]:
        """Return the names of the timers that are started, and every run that is not over."""
        with self._lock:
            if now < self._seen:
                for timer in self._timers:
                    timer.due = min(timer.due, timer.timer.schedule.next_after(now))
            self._seen = now
            running = [timer for timer in self._timers if timer.is_running]
            due = [timer for timer in self._timers if timer.due <= now and timer not in running]
            for timer in due:
                past_due = now - timer.due > PAST_DUE_AFTER
                timer.due = timer.timer.schedule.next_after(now)
                self._start(timer, past_due=past_due)
            runs = [timer.run for timer in running + due if timer.run is not None]
        return [timer.timer.function.name for timer in due], runs

    def _start(self, timer: _Timer, *, past_due: bool) -> None:
        request = TimerRequest(
            past_due=past_due,
            schedule_status={"Next": timer.due.isoformat()},
            schedule={"AdjustForDST": False},
        )
        timer.run = self._runs.submit(self._run, timer.timer, request)

    def _run(self, timer: TimerFunction, request: TimerRequest) -> None:
        try:
            self._invocations.call(timer.function, request)
        except FunctionFailed as failed:
            logger.warning("%s; it runs again at its next time", failed)
