import logging
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import azure.functions as func
import pytest
from azure.functions.timer import TimerRequest

from tests.usecases.fakes import FakeQueue
from work365.bootstrap import Services
from work365.entrypoints import provider_timers
from work365.entrypoints.localhost.host_settings import HostSettings
from work365.entrypoints.localhost.registrations import TimerFunction, read_registrations
from work365.jobs import (
    AnyJob,
    ProviderPart,
    ProvisionChanges,
    SyncEverySubscription,
    SyncProvider,
    WatchConnection,
    WatchDecisions,
)
from work365.settings import Settings

MARCH = datetime(2026, 3, 1, tzinfo=UTC)
APRIL = datetime(2026, 4, 1, tzinfo=UTC)
QUARTERS_OF_MARCH = 31 * 96

WEEKLY = (ProviderPart.PRODUCTS, ProviderPart.AGREEMENTS, ProviderPart.ENTITLEMENTS)
JOBS: dict[str, tuple[int, list[AnyJob]]] = {
    "provision_every_quarter_hour": (QUARTERS_OF_MARCH, [ProvisionChanges()]),
    "sync_subscriptions_every_night": (31, [SyncEverySubscription()]),
    "sync_audit_twice_a_day": (62, [SyncProvider(part=ProviderPart.AUDIT)]),
    "watch_connection_every_day": (31, [WatchConnection()]),
    "watch_decisions_every_day": (31, [WatchDecisions()]),
    "sync_prices_every_day": (
        31,
        [SyncProvider(part=ProviderPart.PRICES), SyncProvider(part=ProviderPart.PROMOTIONS)],
    ),
    "sync_products_every_week": (5, [SyncProvider(part=part) for part in WEEKLY]),
    "sync_invoices_when_they_come": (4, [SyncProvider(part=ProviderPart.INVOICES)]),
}
"""How often each timer fires in March 2026, whose first day is a Sunday, and what it puts."""


@pytest.fixture
def registered() -> dict[str, TimerFunction]:
    app = func.FunctionApp()
    app.register_functions(provider_timers.bp)
    found = read_registrations(app, HostSettings()).timers
    return {timer.function.name: timer for timer in found}


def queue_of(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> FakeQueue:
    fake = FakeQueue([])
    services = Services(settings)
    vars(services)["queue"] = fake
    monkeypatch.setattr(provider_timers, "services", lambda: services)
    return fake


def times_in_march(timer: TimerFunction) -> Iterator[datetime]:
    now = MARCH - timedelta(seconds=1)
    while (now := timer.schedule.next_after(now)) < APRIL:
        yield now


def test_every_timer_is_told_of_here(registered: dict[str, TimerFunction]) -> None:
    assert registered.keys() == JOBS.keys()
    assert not any(timer.runs_on_startup for timer in registered.values())


@pytest.mark.parametrize("name", JOBS)
def test_a_timer_puts_its_jobs_at_its_times(
    monkeypatch: pytest.MonkeyPatch, registered: dict[str, TimerFunction], name: str
) -> None:
    connected = Settings(dataverse_url="https://a.example", client_id="c", partner_tenant="t")
    queue = queue_of(monkeypatch, connected)
    times, jobs = JOBS[name]

    registered[name].function.call(timer=TimerRequest(past_due=True))

    assert queue.jobs == jobs
    assert len(list(times_in_march(registered[name]))) == times


def test_without_a_connection_changes_are_told_to_other_providers_and_nothing_is_asked(
    monkeypatch: pytest.MonkeyPatch, registered: dict[str, TimerFunction]
) -> None:
    queue = queue_of(monkeypatch, Settings(dataverse_url="https://a.example"))

    for timer in registered.values():
        timer.function.call(timer=TimerRequest())

    assert queue.jobs == [ProvisionChanges()]


def test_that_nothing_is_asked_is_said_once(
    monkeypatch: pytest.MonkeyPatch,
    registered: dict[str, TimerFunction],
    caplog: pytest.LogCaptureFixture,
) -> None:
    queue_of(monkeypatch, Settings(dataverse_url="https://a.example", client_id="c"))
    provider_timers.say_not_connected.cache_clear()

    with caplog.at_level(logging.INFO):
        for timer in registered.values():
            timer.function.call(timer=TimerRequest())

    assert [record.levelno for record in caplog.records] == [logging.INFO]
    assert "WORK365_PARTNER_TENANT is not set" in caplog.text


def test_microsofts_invoices_are_read_from_the_sixth_to_the_ninth(
    registered: dict[str, TimerFunction],
) -> None:
    times = times_in_march(registered["sync_invoices_when_they_come"])

    assert [moment.day for moment in times] == [6, 7, 8, 9]
