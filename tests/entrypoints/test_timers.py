from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import azure.functions as func
import pytest
from azure.functions.timer import TimerRequest

from tests.usecases.fakes import FakeQueue
from work365.bootstrap import Services
from work365.entrypoints import timers
from work365.entrypoints.localhost.host_settings import HostSettings
from work365.entrypoints.localhost.registrations import TimerFunction, read_registrations
from work365.jobs import StartDueContracts, SweepChanges
from work365.settings import Settings

MIDNIGHT = datetime(2026, 1, 31, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def queue(monkeypatch: pytest.MonkeyPatch) -> FakeQueue:
    fake = FakeQueue([])
    services = Services(Settings(dataverse_url="https://contoso.crm4.dynamics.com"))
    vars(services)["queue"] = fake
    monkeypatch.setattr(timers, "services", lambda: services)
    return fake


@pytest.fixture
def registered() -> dict[str, TimerFunction]:
    app = func.FunctionApp()
    app.register_functions(timers.bp)
    found = read_registrations(app, HostSettings()).timers
    return {timer.function.name: timer for timer in found}


def times_of_a_day(timer: TimerFunction) -> Iterator[datetime]:
    now = MIDNIGHT - timedelta(seconds=1)
    while (now := timer.schedule.next_after(now)) < MIDNIGHT + DAY:
        yield now


def test_changes_are_swept_every_quarter_of_an_hour(
    queue: FakeQueue, registered: dict[str, TimerFunction]
) -> None:
    timer = registered["sweep_every_quarter_hour"]

    timer.function.call(timer=TimerRequest())

    assert queue.jobs == [SweepChanges()]
    assert list(times_of_a_day(timer)) == [
        MIDNIGHT + number * timedelta(minutes=15) for number in range(96)
    ]


def test_due_contracts_are_started_every_hour(
    queue: FakeQueue, registered: dict[str, TimerFunction]
) -> None:
    timer = registered["start_due_contracts_every_hour"]

    timer.function.call(timer=TimerRequest())

    assert queue.jobs == [StartDueContracts()]
    assert list(times_of_a_day(timer)) == [
        MIDNIGHT + timedelta(minutes=5) + number * timedelta(hours=1) for number in range(24)
    ]


def test_a_run_that_comes_late_does_the_same(
    queue: FakeQueue, registered: dict[str, TimerFunction]
) -> None:
    for timer in registered.values():
        timer.function.call(timer=TimerRequest(past_due=True))

    assert queue.jobs == [SweepChanges(), StartDueContracts()]


def test_nothing_runs_only_because_the_app_starts(registered: dict[str, TimerFunction]) -> None:
    assert len(registered) == 2
    assert not [name for name, timer in registered.items() if timer.runs_on_startup]
