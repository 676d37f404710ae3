"""Calling the app's functions, counting the calls and keeping their failures."""

import asyncio
import logging
from collections import deque
from collections.abc import Coroutine
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Lock, Thread
from typing import Any, TypeVar
from uuid import uuid4

import azure.functions as func

from work365.entrypoints.localhost.registrations import RegisteredFunction

FAILURES_KEPT_MAX = 1_000

logger = logging.getLogger(__name__)

Answer = TypeVar("Answer")


class FunctionFailed(Exception):
    """A function of the app raised; its error is the cause of this one, and is logged."""


@dataclass(frozen=True, slots=True)
class Failure:
    """A call that failed."""

    function_name: str
    invocation_id: str
    error: BaseException


class InvocationContext(func.Context):
    """What a function learns about its call, if it asks by a parameter `context`."""

    def __init__(self, function_name: str) -> None:
        self._function_name = function_name
        self._invocation_id = str(uuid4())

    @property
    def function_name(self) -> str:
        """Return the name the function is registered by."""
        return self._function_name

    @property
    def invocation_id(self) -> str:
        """Return what tells this call from all others."""
        return self._invocation_id

    @property
    def function_directory(self) -> str:
        """Return the directory of the app, which the host is run in."""
        return str(Path.cwd())

    @property
    def thread_local_storage(self) -> Any:
        """Return None: nothing on this machine hands a call on to other threads."""
        return None

    @property
    def trace_context(self) -> Any:
        """Return None: there is no distributed tracing on this machine."""
        return None

    @property
    def retry_context(self) -> Any:
        """Return None: functions with a retry policy are refused."""
        return None


class Invocations:
    """The calls of an app's functions.

    Async functions run on an event loop of their own, which lives as long as this: an ASGI
    application keeps state in the loop it was started in.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._started = 0
        self._finished = 0
        self._failures: deque[Failure] = deque(maxlen=FAILURES_KEPT_MAX)
        self._is_closing = asyncio.Event()
        self._has_loop = Event()
        self._loop: asyncio.AbstractEventLoop
        self._loop_thread = Thread(
            target=lambda: asyncio.run(self._keep_loop()), name="async functions", daemon=True
        )

    def open(self) -> None:
        """Begin the event loop."""
        self._loop_thread.start()
        self._has_loop.wait()

    def close(self) -> None:
        """End the event loop. Whoever calls this has stopped calling functions."""
        self._loop.call_soon_threadsafe(self._is_closing.set)
        self._loop_thread.join()

    @property
    def counts(self) -> tuple[int, int]:
        """Return how many calls have been started, and how many have finished."""
        with self._lock:
            return self._started, self._finished

    @property
    def failures(self) -> tuple[Failure, ...]:
        """Return the last failures, oldest first."""
        with self._lock:
            return tuple(self._failures)

    def call(
        self, function: RegisteredFunction, argument: object, *, may_answer: bool = False
    ) -> object:
        """Return what `function` returns for what triggered it.

        Raises: FunctionFailed, also for an answer that its trigger has no use for.
        """
        context = InvocationContext(function.name)
        with self._lock:
            self._started += 1
        try:
            answer = self._answer(function, argument, context)
            if answer is not None and not may_answer:
                raise TypeError(f"{function.name} returned {answer!r}, and nobody takes it")
            return answer
        except (Exception, SystemExit) as error:
            # Whatever it was: a function that fails must not end the thread that called it.
            logger.exception("%s failed (invocation %s)", function.name, context.invocation_id)
            with self._lock:
                self._failures.append(Failure(function.name, context.invocation_id, error))
            raise FunctionFailed(f"{function.name}: {error!r}") from error
        finally:
            with self._lock:
                self._finished += 1

    def wait_for(self, coroutine: Coroutine[Any, Any, Answer]) -> Answer:
        """Run `coroutine` on the event loop of async functions, and return its result."""
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result()

    def _answer(
        self, function: RegisteredFunction, argument: object, context: InvocationContext
    ) -> object:
        arguments = {function.parameter: argument}
        if function.takes_context:
            arguments["context"] = context
        answer = function.call(**arguments)
        return self.wait_for(answer) if function.is_async else answer

    async def _keep_loop(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._has_loop.set()
        await self._is_closing.wait()
