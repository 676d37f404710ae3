import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import azure.functions as func
import pytest

from work365.entrypoints.localhost.invocations import FunctionFailed, InvocationContext, Invocations
from work365.entrypoints.localhost.registrations import RegisteredFunction


@pytest.fixture
def invocations() -> Iterator[Invocations]:
    opened = Invocations()
    opened.open()
    yield opened
    opened.close()


def function(
    call: Callable[..., Any], *, takes_context: bool = False, is_async: bool = False
) -> RegisteredFunction:
    return RegisteredFunction(
        name="bill",
        call=call,
        parameter="message",
        takes_context=takes_context,
        is_async=is_async,
    )


def test_a_function_gets_what_triggered_it_and_its_context(invocations: Invocations) -> None:
    def bill(message: str, context: func.Context) -> object:
        return message, context.function_name, context.function_directory

    answer = invocations.call(function(bill, takes_context=True), "seven", may_answer=True)

    assert answer == ("seven", "bill", str(Path.cwd()))


def test_every_call_has_an_id_of_its_own(invocations: Invocations) -> None:
    def bill(message: str, context: func.Context) -> object:
        return context.invocation_id

    ids = {
        invocations.call(function(bill, takes_context=True), "seven", may_answer=True)
        for _ in range(3)
    }

    assert len(ids) == 3


def test_nothing_traces_or_retries_a_call_on_this_machine() -> None:
    context = InvocationContext("bill")

    assert context.trace_context is None
    assert context.retry_context is None
    assert context.thread_local_storage is None


def test_async_functions_share_one_event_loop(invocations: Invocations) -> None:
    async def bill(message: str) -> object:
        return id(asyncio.get_running_loop())

    loops = {
        invocations.call(function(bill, is_async=True), "seven", may_answer=True) for _ in range(3)
    }

    assert len(loops) == 1


def test_a_task_left_behind_is_cancelled_at_the_end() -> None:
    ended: list[str] = []
    tasks: list[asyncio.Task[None]] = []

    async def last_for_ever() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("cancelled")

    async def bill(message: str) -> None:
        tasks.append(asyncio.create_task(last_for_ever()))
        await asyncio.sleep(0)

    invocations = Invocations()
    invocations.open()
    invocations.call(function(bill, is_async=True), "seven")
    invocations.close()

    assert ended == ["cancelled"]


@pytest.mark.parametrize("error", [ValueError("bad"), SystemExit(2)])
def test_a_failure_is_counted_logged_and_kept(
    invocations: Invocations, error: BaseException, caplog: pytest.LogCaptureFixture
) -> None:
    def bill(message: str) -> None:
        raise error

    with pytest.raises(FunctionFailed, match="bill: "):
        invocations.call(function(bill), "seven")

    (failure,) = invocations.failures
    assert (failure.function_name, failure.error) == ("bill", error)
    assert invocations.counts == (1, 1)
    assert f"bill failed (invocation {failure.invocation_id})" in caplog.text


def test_an_answer_nobody_takes_is_a_failure(invocations: Invocations) -> None:
    with pytest.raises(FunctionFailed, match="returned 3, and nobody takes it"):
        invocations.call(function(lambda message: 3), "seven")
