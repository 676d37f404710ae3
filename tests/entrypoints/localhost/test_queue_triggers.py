import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import azure.functions as func
import pytest

from work365.adapters.queue.local import LocalQueue
from work365.adapters.queue.messages import Message, QueueUnavailable
from work365.entrypoints.localhost.host_settings import HostSettings
from work365.entrypoints.localhost.invocations import Failure, Invocations
from work365.entrypoints.localhost.queue_triggers import QueueTriggers
from work365.entrypoints.localhost.registrations import read_registrations

Work = Callable[..., tuple[Failure, ...]]
OpenQueue = Callable[[str], LocalQueue]

VISIBLE_SECONDS = 1

LATER = datetime(2027, 3, 1, tzinfo=UTC)


class UnreliableQueue(LocalQueue):
    """Refuses the first look, and never keeps what is worked on."""

    looks = 0

    def receive(self, *, count: int = 1, visibility_timeout_seconds: int) -> list[Message]:
        self.looks += 1
        if self.looks == 1:
            raise QueueUnavailable("not now")
        return super().receive(count=count, visibility_timeout_seconds=visibility_timeout_seconds)

    def keep(self, message: Message, *, visibility_timeout_seconds: int) -> Message:
        raise QueueUnavailable("not now")


def on_jobs(app: func.FunctionApp, do: Callable[[func.QueueMessage], None]) -> None:
    """Register `do` for the messages of the queue `jobs`."""

    @app.queue_trigger(arg_name="message", queue_name="jobs", connection="AzureWebJobsStorage")
    def run_job(message: func.QueueMessage) -> None:
        do(message)


@pytest.fixture
def work(open_queue: OpenQueue) -> Work:
    """Works on the queues of an app until they are empty; returns the failures."""

    def work_on(
        app: func.FunctionApp,
        *,
        until: Callable[[], bool] | None = None,
        open_queue: OpenQueue = open_queue,
        **options: Any,
    ) -> tuple[Failure, ...]:
        settings = HostSettings(**options)
        invocations = Invocations()
        invocations.open()
        functions = [
            (registered.function, open_queue(registered.queue_name))
            for registered in read_registrations(app, settings).queues
        ]
        triggers = QueueTriggers(functions, invocations=invocations, settings=settings)
        triggers.open()
        deadline = time.monotonic() + 10
        is_done = until or (lambda: all(queue.size() == 0 for _, queue in functions))
        while not is_done():
            assert time.monotonic() < deadline, "the queues are not empty after 10 seconds"
            time.sleep(0.01)
        triggers.close()
        invocations.close()
        for _, queue in functions:
            queue.close()
        return invocations.failures

    return work_on


class TestAMessage:
    def test_reaches_its_function_and_leaves_the_queue(
        self, app: func.FunctionApp, work: Work, open_queue: OpenQueue
    ) -> None:
        seen: list[tuple[str, int | None]] = []
        on_jobs(app, lambda m: seen.append((m.get_body().decode(), m.dequeue_count)))
        jobs = open_queue("jobs")
        jobs.put("Löhne")

        work(app)

        assert seen == [("Löhne", 1)]
        assert jobs.size() == 0

    def test_is_tried_again_when_its_function_fails(
        self, app: func.FunctionApp, work: Work, open_queue: OpenQueue
    ) -> None:
        tries: list[int | None] = []

        def fail_twice(message: func.QueueMessage) -> None:
            tries.append(message.dequeue_count)
            if len(tries) < 3:
                raise ConnectionError("no answer")

        on_jobs(app, fail_twice)
        open_queue("jobs").put("job")

        failures = work(app)

        assert tries == [1, 2, 3]
        assert len(failures) == 2
        assert open_queue("jobs-poison").size() == 0

    def test_that_fails_too_often_goes_to_the_poison_queue(
        self,
        app: func.FunctionApp,
        work: Work,
        open_queue: OpenQueue,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        tries: list[int | None] = []

        def fail(message: func.QueueMessage) -> None:
            tries.append(message.dequeue_count)
            raise ValueError("bad job")

        on_jobs(app, fail)
        jobs = open_queue("jobs")
        jobs.put("bad job")

        work(app, dequeue_count_max=3)

        (poisoned,) = open_queue("jobs-poison").receive(visibility_timeout_seconds=60)
        assert tries == [1, 2, 3]
        assert (poisoned.text, jobs.size()) == ("bad job", 0)
        assert "has failed 3 times and is moved to the poison queue" in caplog.text

    def test_whose_process_died_too_often_is_not_tried_again(
        self, app: func.FunctionApp, work: Work, open_queue: OpenQueue
    ) -> None:
        tries: list[object] = []
        on_jobs(app, tries.append)
        jobs = open_queue("jobs")
        jobs.put("deadly")
        for _ in range(5):
            jobs.receive(visibility_timeout_seconds=60)
            jobs.release_all()

        work(app)

        assert tries == []
        assert open_queue("jobs-poison").size() == 1

    def test_that_ends_its_process_is_a_failure_and_ends_nothing(
        self, app: func.FunctionApp, work: Work, open_queue: OpenQueue
    ) -> None:
        def leave(message: func.QueueMessage) -> None:
            raise SystemExit(1)

        on_jobs(app, leave)
        open_queue("jobs").put("job")

        work(app, workers=1, dequeue_count_max=2)

        assert open_queue("jobs-poison").size() == 1

    def test_waits_before_it_is_tried_again(
        self, app: func.FunctionApp, work: Work, open_queue: OpenQueue
    ) -> None:
        tries: list[float] = []

        def fail(message: func.QueueMessage) -> None:
            tries.append(time.monotonic())
            raise ConnectionError("no answer")

        on_jobs(app, fail)
        open_queue("jobs").put("job")

        work(app, retry_delay_seconds=1, dequeue_count_max=2)

        first, second = tries
        assert second - first > 0.99

    def test_is_kept_from_others_for_as_long_as_the_work_takes(
        self, app: func.FunctionApp, work: Work, open_queue: OpenQueue, tmp_path: Path
    ) -> None:
        tries: list[int | None] = []
        times = [LATER]
        kept = threading.Semaphore(0)

        class WatchedQueue(LocalQueue):
            def keep(self, message: Message, *, visibility_timeout_seconds: int) -> Message:
                again = super().keep(message, visibility_timeout_seconds=visibility_timeout_seconds)
                kept.release()
                return again

        def toil(message: func.QueueMessage) -> None:
            tries.append(message.dequeue_count)
            for _ in range(3):
                assert kept.acquire(timeout=5)
                times.append(times[-1] + timedelta(seconds=VISIBLE_SECONDS * 0.9))

        on_jobs(app, toil)
        open_queue("jobs").put("job")
        watched = partial(WatchedQueue, tmp_path / "queue.db", clock=lambda: times[-1])

        work(app, open_queue=watched, visibility_timeout_seconds=VISIBLE_SECONDS)

        assert tries == [1]

    def test_that_another_has_taken_meanwhile_is_left_to_it(
        self,
        app: func.FunctionApp,
        work: Work,
        open_queue: OpenQueue,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        jobs = open_queue("jobs")

        def lose(message: func.QueueMessage) -> None:
            jobs.release_all()
            jobs.receive(visibility_timeout_seconds=1)

        on_jobs(app, lose)
        jobs.put("job")

        work(app, workers=1, dequeue_count_max=1)

        assert "whoever has it now does it again" in caplog.text
        assert open_queue("jobs-poison").size() == 1


class TestTheWorkers:
    def test_work_side_by_side(
        self, app: func.FunctionApp, work: Work, open_queue: OpenQueue
    ) -> None:
        meeting = threading.Barrier(3, timeout=5)

        def meet(message: func.QueueMessage) -> None:
            meeting.wait()

        on_jobs(app, meet)
        for number in range(3):
            open_queue("jobs").put(f"job {number}")

        failures = work(app, workers=3)

        assert failures == ()

    def test_do_jobs_that_jobs_put_on_another_queue(
        self, app: func.FunctionApp, work: Work, open_queue: OpenQueue
    ) -> None:
        chunks: list[str] = []
        chunk_queue = open_queue("chunks")

        def split(message: func.QueueMessage) -> None:
            for number in range(20):
                chunk_queue.put(f"chunk {number}")

        on_jobs(app, split)

        @app.queue_trigger(arg_name="message", queue_name="chunks", connection="Storage")
        async def run_chunk(message: func.QueueMessage) -> None:
            chunks.append(message.get_body().decode())

        open_queue("jobs").put("run")

        work(app)

        assert sorted(chunks) == sorted(f"chunk {number}" for number in range(20))

    def test_finish_what_they_do_when_they_are_stopped_and_leave_the_rest(
        self, app: func.FunctionApp, work: Work, open_queue: OpenQueue
    ) -> None:
        begun = threading.Event()

        def toil(message: func.QueueMessage) -> None:
            begun.set()
            time.sleep(0.3)

        on_jobs(app, toil)
        jobs = open_queue("jobs")
        for number in range(3):
            jobs.put(f"job {number}")

        work(app, workers=1, until=begun.is_set)

        left = jobs.receive(count=32, visibility_timeout_seconds=60)
        assert [(m.text, m.dequeue_count) for m in left] == [("job 1", 1), ("job 2", 1)]

    def test_go_on_when_the_queue_has_not_answered(
        self,
        app: func.FunctionApp,
        work: Work,
        open_queue: OpenQueue,
        tmp_path: Path,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        tries: list[int | None] = []

        def toil(message: func.QueueMessage) -> None:
            tries.append(message.dequeue_count)
            time.sleep(VISIBLE_SECONDS * 0.8)

        on_jobs(app, toil)
        open_queue("jobs").put("job")
        unreliable = partial(UnreliableQueue, tmp_path / "queue.db", clock=lambda: LATER)

        work(app, open_queue=unreliable, workers=1, visibility_timeout_seconds=VISIBLE_SECONDS)

        assert tries == [1]
        assert "the queue jobs could not be used" in caplog.text
        assert "a message could not be kept, and may be done twice" in caplog.text
