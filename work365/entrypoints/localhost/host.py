"""The host: an app's functions, served and run by the clock and the queue."""

from collections.abc import Callable
from contextlib import ExitStack
from datetime import datetime
from time import monotonic, sleep
from typing import Self

import azure.functions as func
from starlette.applications import Starlette
from starlette.routing import Route
from starlette.types import ASGIApp

from work365.adapters.queue.local import LocalQueue
from work365.adapters.queue.messages import MessageQueue
from work365.entrypoints.localhost.host_settings import HostSettings
from work365.entrypoints.localhost.http_triggers import HttpTriggers
from work365.entrypoints.localhost.invocations import Failure, Invocations
from work365.entrypoints.localhost.queue_triggers import QueueTriggers
from work365.entrypoints.localhost.registrations import read_registrations
from work365.entrypoints.localhost.timer_triggers import TimerTriggers
from work365.entrypoints.serving import LocalServer

LOOK_SECONDS = 0.02


class LocalHost:
    """Runs the triggers that `function_app` has registered, between `start` and `stop`.

    `queue` opens the queue of a name; the host closes it. `clock` is what timers go by. A
    `port` of 0 is any free one. `function_key` guards the functions that are not anonymous,
    None leaves them open to this machine. A host is started once.

    Raises: UnsupportedRegistration; UnsupportedRoute; UnsupportedSchedule; HostMisconfigured.
    """

    def __init__(
        self,
        function_app: func.FunctionRegister,
        *,
        queue: Callable[[str], MessageQueue],
        clock: Callable[[], datetime],
        port: int = 0,
        function_key: str | None = None,
        settings: HostSettings | None = None,
    ) -> None:
        settings = settings or HostSettings()
        registrations = read_registrations(function_app, settings)
        self._function_app = function_app
        self._running = ExitStack()
        self._invocations = Invocations()
        self._http = HttpTriggers(
            registrations.http,
            invocations=self._invocations,
            request_bytes_max=settings.request_bytes_max,
            function_key=function_key,
        )
        self._timers = TimerTriggers(
            registrations.timers, invocations=self._invocations, clock=clock
        )
        self._server = LocalServer(self.asgi_app(), port=port)
        self._open_queue = queue
        self._queue_functions = registrations.queues
        self._queues: list[MessageQueue] = []
        self._settings = settings

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def url(self) -> str:
        """Return the address of the functions, without the route prefix."""
        return self._server.url

    @property
    def failures(self) -> tuple[Failure, ...]:
        """Return the calls that failed lately, oldest first."""
        return self._invocations.failures

    def asgi_app(self) -> ASGIApp:
        """Return the HTTP triggers as an application; it answers while the host runs."""
        return Starlette(routes=[Route("/{path:path}", self._http)])

    def start(self) -> None:
        """Serve, work on the queues and run the timers.

        Raises: OSError, where the port is taken; ServerNotStarted; QueueUnavailable.
        """
        with ExitStack() as opened:
            self._invocations.open()
            opened.callback(self._invocations.close)
            opened.callback(self._end_asgi_app)
            queue_triggers = self._open_queues(opened)
            opened.enter_context(self._server)
            queue_triggers.open()
            opened.callback(queue_triggers.close)
            self._timers.open()
            opened.callback(self._timers.close)
            self._running = opened.pop_all()

    def stop(self) -> None:
        """Finish what is being done, and stop. What waits on the queue stays there."""
        self._running.close()

    def tick(self, now: datetime) -> tuple[str, ...]:
        """Run every timer that is due at `now`, wait for them, and return their names."""
        return self._timers.tick(now)

    def idle(self, timeout_seconds: float) -> None:
        """Wait until nothing runs and the queues are empty, of delayed messages as well.

        Raises: TimeoutError.
        """
        deadline = monotonic() + timeout_seconds
        while not self._is_idle():
            if monotonic() >= deadline:
                waiting = {queue.name: queue.size() for queue in self._queues}
                raise TimeoutError(f"not idle after {timeout_seconds} seconds: {waiting}")
            sleep(LOOK_SECONDS)

    def _is_idle(self) -> bool:
        before = self._invocations.counts
        is_empty = all(queue.size() == 0 for queue in self._queues)
        # What ran while the queues were looked at, one by one, may have put something on one.
        started, finished = self._invocations.counts
        return is_empty and started == finished and before == (started, finished)

    def _open_queues(self, opened: ExitStack) -> QueueTriggers:
        functions = []
        for registered in self._queue_functions:
            queue = self._open_queue(registered.queue_name)
            opened.callback(queue.close)
            self._queues.append(queue)
            if isinstance(queue, LocalQueue):
                # This host is the only one, so what is held was left behind by its last life.
                queue.release_all()
            functions.append((registered.function, queue))
        return QueueTriggers(functions, invocations=self._invocations, settings=self._settings)

    def _end_asgi_app(self) -> None:
        if isinstance(self._function_app, func.AsgiFunctionApp):
            if self._function_app.startup_task_done:
                self._invocations.wait_for(self._function_app.middleware.notify_shutdown())
            # Otherwise the library would try again, when the app is collected.
            self._function_app.startup_task_done = False
