import socket
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import azure.functions as func
import httpx
import pytest

from work365.adapters.queue.local import LocalQueue
from work365.entrypoints.localhost import LocalHost

StartHost = Callable[..., LocalHost]
OpenQueue = Callable[[str], LocalQueue]

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def test_a_request_a_message_and_a_timer_end_to_end(
    app: func.FunctionApp, start_host: StartHost, open_queue: OpenQueue
) -> None:
    jobs = open_queue("jobs")
    done: list[str] = []

    @app.route(route="webhooks/dataverse", methods=["POST"])
    def ring(req: func.HttpRequest) -> func.HttpResponse:
        jobs.put(req.get_body().decode())
        return func.HttpResponse(status_code=202)

    @app.queue_trigger(arg_name="message", queue_name="jobs", connection="AzureWebJobsStorage")
    def run_job(message: func.QueueMessage) -> None:
        done.append(message.get_body().decode())

    @app.timer_trigger(arg_name="timer", schedule="0 */15 * * * *")
    def sweep(timer: func.TimerRequest) -> None:
        jobs.put("swept")

    host = start_host(app)
    rung = httpx.post(f"{host.url}/api/webhooks/dataverse", content="rung")
    host.idle(5)
    host.tick(NOON + timedelta(minutes=15))
    host.idle(5)

    assert rung.status_code == 202
    assert done == ["rung", "swept"]


def test_listens_on_the_port_it_is_given(app: func.FunctionApp, start_host: StartHost) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]

    assert start_host(app, port=port).url == f"http://127.0.0.1:{port}"


def test_a_taken_port_is_an_error_and_leaves_nothing_running(
    app: func.FunctionApp, start_host: StartHost
) -> None:
    runs: list[int] = []

    @app.timer_trigger(arg_name="timer", schedule="0 0 3 * * *", run_on_startup=True)
    def sweep(timer: func.TimerRequest) -> None:
        runs.append(1)

    threads = set(threading.enumerate())
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(OSError, match="in use"):
        start_host(app, port=taken.getsockname()[1])

    assert runs == []
    assert set(threading.enumerate()) == threads


def test_stopping_leaves_nothing_running(
    app: func.FunctionApp, start_host: StartHost, open_queue: OpenQueue
) -> None:
    @app.route(route="health")
    async def health(req: func.HttpRequest) -> str:
        return "well"

    @app.queue_trigger(arg_name="message", queue_name="jobs", connection="Storage")
    async def run_job(message: func.QueueMessage) -> None:
        pass

    @app.timer_trigger(arg_name="timer", schedule="* * * * * *", run_on_startup=True)
    async def sweep(timer: func.TimerRequest) -> None:
        pass

    threads = set(threading.enumerate())
    host = start_host(app)
    httpx.get(f"{host.url}/api/health")
    host.stop()

    assert set(threading.enumerate()) == threads


def test_a_message_left_behind_by_a_dead_host_is_done_by_the_next_one_at_once(
    app: func.FunctionApp, start_host: StartHost, open_queue: OpenQueue
) -> None:
    tries: list[int | None] = []

    @app.queue_trigger(arg_name="message", queue_name="jobs", connection="Storage")
    def run_job(message: func.QueueMessage) -> None:
        tries.append(message.dequeue_count)

    jobs = open_queue("jobs")
    jobs.put("job")
    jobs.receive(visibility_timeout_seconds=600)

    start_host(app).idle(5)

    assert tries == [2]


class TestIdle:
    def test_waits_for_work_that_is_being_done(
        self, app: func.FunctionApp, start_host: StartHost
    ) -> None:
        done: list[int] = []

        @app.timer_trigger(arg_name="timer", schedule="0 0 3 * * *", run_on_startup=True)
        def sweep(timer: func.TimerRequest) -> None:
            time.sleep(0.2)
            done.append(1)

        start_host(app).idle(5)

        assert done == [1]

    def test_says_what_still_waits_when_the_time_is_over(
        self, app: func.FunctionApp, start_host: StartHost, open_queue: OpenQueue
    ) -> None:
        @app.queue_trigger(arg_name="message", queue_name="jobs", connection="Storage")
        def run_job(message: func.QueueMessage) -> None:
            pass

        open_queue("jobs").put("for tomorrow", delay_seconds=86_400)
        host = start_host(app)

        with pytest.raises(TimeoutError, match=r"not idle after 0.1 seconds: {'jobs': 1}"):
            host.idle(0.1)
