from datetime import UTC, datetime

import azure.functions as func
import pytest

from work365.entrypoints.localhost.host_settings import HostSettings
from work365.entrypoints.localhost.registrations import (
    METHODS,
    UnsupportedRegistration,
    read_registrations,
)


def test_reads_an_http_trigger(app: func.FunctionApp) -> None:
    @app.route(route="contracts/{id}", methods=["GET", "POST"])
    def contract(req: func.HttpRequest) -> func.HttpResponse:
        raise NotImplementedError

    (http,) = read_registrations(app, HostSettings(route_prefix="service")).http

    assert http.function.name == "contract"
    assert http.route.match("/service/contracts/7") == {"id": "7"}
    assert http.methods == {"GET", "POST"}
    assert http.needs_key


def test_without_a_route_and_methods_a_function_answers_all_at_its_name(
    app: func.FunctionApp,
) -> None:
    @app.route(auth_level=func.AuthLevel.ANONYMOUS)
    def health(req: func.HttpRequest) -> func.HttpResponse:
        raise NotImplementedError

    (http,) = read_registrations(app, HostSettings()).http

    assert http.route.match("/api/health") == {}
    assert http.methods == METHODS
    assert not http.needs_key


def test_reads_a_timer_whose_schedule_is_a_setting(app: func.FunctionApp) -> None:
    @app.timer_trigger(arg_name="timer", schedule="%SWEEP_SCHEDULE%", run_on_startup=True)
    def sweep(timer: func.TimerRequest) -> None:
        raise NotImplementedError

    settings = HostSettings(application_settings={"SWEEP_SCHEDULE": "0 0 3 * * *"})
    (timer,) = read_registrations(app, settings).timers

    assert timer.schedule.next_after(datetime(2026, 3, 1, tzinfo=UTC)).hour == 3
    assert timer.runs_on_startup


def test_reads_a_queue_trigger_of_a_blueprint(app: func.FunctionApp) -> None:
    blueprint = func.Blueprint()

    @blueprint.function_name("do_job")
    @blueprint.queue_trigger(arg_name="message", queue_name="%QUEUE%", connection="Storage")
    async def run(message: func.QueueMessage, context: func.Context) -> None:
        raise NotImplementedError

    app.register_functions(blueprint)
    settings = HostSettings(application_settings={"QUEUE": "jobs"})
    (queue,) = read_registrations(app, settings).queues

    assert (queue.function.name, queue.queue_name) == ("do_job", "jobs")
    assert (queue.function.is_async, queue.function.takes_context) == (True, True)


class TestIsRefused:
    def test_a_trigger_this_host_does_not_know(self, app: func.FunctionApp) -> None:
        @app.blob_trigger(arg_name="blob", path="files/{name}", connection="Storage")
        def on_file(blob: func.InputStream) -> None:
            raise NotImplementedError

        with pytest.raises(UnsupportedRegistration, match="on_file is run by blobTrigger"):
            read_registrations(app, HostSettings())

    def test_a_binding_this_host_does_not_know(self, app: func.FunctionApp) -> None:
        @app.timer_trigger(arg_name="timer", schedule="0 0 3 * * *")
        @app.queue_output(arg_name="jobs", queue_name="jobs", connection="Storage")
        def sweep(timer: func.TimerRequest, jobs: func.Out[str]) -> None:
            raise NotImplementedError

        with pytest.raises(UnsupportedRegistration, match="sweep has the binding queue"):
            read_registrations(app, HostSettings())

    def test_a_retry_policy(self, app: func.FunctionApp) -> None:
        @app.timer_trigger(arg_name="timer", schedule="0 0 3 * * *")
        @app.retry(strategy="fixed_delay", max_retry_count="3", delay_interval="00:00:10")
        def sweep(timer: func.TimerRequest) -> None:
            raise NotImplementedError

        with pytest.raises(UnsupportedRegistration, match="sweep has a retry policy"):
            read_registrations(app, HostSettings())

    def test_a_parameter_that_the_trigger_does_not_give(self, app: func.FunctionApp) -> None:
        @app.timer_trigger(arg_name="timer", schedule="0 0 3 * * *")
        def sweep(timer: func.TimerRequest, customer: str) -> None:
            raise NotImplementedError

        with pytest.raises(UnsupportedRegistration, match="customer"):
            read_registrations(app, HostSettings())
