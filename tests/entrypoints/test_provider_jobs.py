"""The wiring of jobs about Microsoft; tests/journeys has them against its stand-ins."""

import logging
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, get_args

import pytest

from dataverse_schema.options import FindingStatus
from dataverse_schema.tables import operations
from tests.usecases.fakes import FakeQueue, OutOfOrder
from work365.adapters.dataverse.microsoft.rows import ProviderRows
from work365.bootstrap import Services
from work365.domain.findings import Finding, Severity
from work365.emulators.dataverse.app import create_app
from work365.entrypoints import provider_jobs, provider_work
from work365.entrypoints.local_environment import TOKEN
from work365.entrypoints.provider_jobs import connection_findings, do_provider_job
from work365.entrypoints.provider_work import WAYS, BroughtOver
from work365.entrypoints.serving import LocalServer
from work365.jobs import (
    HandleProviderEvents,
    ProviderJob,
    ProviderPart,
    ProvisionChanges,
    SyncEverySubscription,
    SyncProvider,
    WatchConnection,
    WatchDecisions,
)
from work365.ports.catalog import CatalogKind, Effect
from work365.settings import Settings
from work365.usecases.provision_changes import ProvisioningRun

NOW = datetime(2026, 3, 1, 4, 0, tzinfo=UTC)
DAY = timedelta(days=1)
TORN = Finding(Severity.ERROR, "changed_at_both_ends", "5 here, 6 there", "subscription SUB-1")
SUBSCRIPTIONS = SyncProvider(part=ProviderPart.SUBSCRIPTIONS)
SOME_SUBSCRIPTIONS = SyncProvider(part=ProviderPart.SUBSCRIPTIONS, tenants=("t-1",))
AUDIT = SyncProvider(part=ProviderPart.AUDIT)

HANDLERS: dict[type[ProviderJob], str] = {
    HandleProviderEvents: "handle_events",
    SyncProvider: "bring_over",
    SyncEverySubscription: "put_subscription_syncs",
    ProvisionChanges: "provision",
    WatchConnection: "connection_findings",
    WatchDecisions: "watch",
}
"""What each job comes down to."""


@pytest.fixture
def services(tmp_path: Path) -> Iterator[Services]:
    with LocalServer(create_app(state=tmp_path / "rows.sqlite", clock=lambda: NOW)) as server:
        settings = Settings(
            dataverse_url=server.url, dataverse_token=TOKEN, client_id="c", partner_tenant="t"
        )
        services = Services(settings)
        vars(services)["queue"] = FakeQueue([])
        yield services
        services.close()


class Work:
    """What is behind the jobs: who was called, and what came of it."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.tenants: object = None
        self.findings: tuple[Finding, ...] = ()
        self.run = ProvisioningRun()

    def notes(self, name: str, answer: Callable[[], object]) -> Callable[..., Any]:
        """Return a function that says it was called as `name`."""

        def call(*_: object, **__: object) -> object:
            self.calls.append(name)
            return answer()

        return call

    def brought(self, way: Any) -> BroughtOver:
        """Return what a sync comes to."""
        self.calls.append("bring_over")
        self.tenants = way.order.tenants
        tally: Counter[tuple[CatalogKind, Effect]] = Counter()
        tally[CatalogKind.SUBSCRIPTION, Effect.CREATED] = 3
        findings = self.findings if way.part is not ProviderPart.CUSTOMERS else ()
        return BroughtOver(way.part, tally, findings)


@pytest.fixture
def work(monkeypatch: pytest.MonkeyPatch) -> Work:
    work = Work()
    answers: dict[str, Callable[[], object]] = {
        "handle_events": lambda: None,
        "put_subscription_syncs": lambda: 2,
        "provision": lambda: work.run,
        "connection_findings": lambda: work.findings,
        "watch": lambda: work.findings,
    }
    for name, answer in answers.items():
        monkeypatch.setattr(provider_jobs, name, work.notes(name, answer))
    monkeypatch.setattr(provider_work, "WAYS", dict.fromkeys(ProviderPart, work.brought))
    return work


def statuses(services: Services) -> list[FindingStatus]:
    rows = ProviderRows(services.dataverse).all(operations.Finding)
    return [FindingStatus(row.status) for row in rows]


def made(kind: type[ProviderJob]) -> ProviderJob:
    return SUBSCRIPTIONS if kind is SyncProvider else kind()  # type: ignore[call-arg]  # has none


def test_every_job_is_told_of_here() -> None:
    assert set(get_args(ProviderJob)) == set(HANDLERS)


def test_there_is_a_way_to_bring_over_every_part() -> None:
    assert set(WAYS) == set(ProviderPart)


@pytest.mark.parametrize("kind", HANDLERS)
def test_every_job_is_done(services: Services, work: Work, kind: type[ProviderJob]) -> None:
    do_provider_job(made(kind), services, at=NOW)

    assert HANDLERS[kind] in work.calls


@pytest.mark.parametrize("job", [SUBSCRIPTIONS, WatchConnection(), WatchDecisions()])
def test_what_a_look_finds_is_a_row_until_it_finds_it_no_more(
    services: Services, work: Work, job: ProviderJob
) -> None:
    work.findings = (TORN,)
    do_provider_job(job, services, at=NOW)
    found = statuses(services)
    work.findings = ()

    do_provider_job(job, services, at=NOW + DAY)

    assert (found, statuses(services)) == ([FindingStatus.OPEN], [FindingStatus.CLOSED])


@pytest.mark.parametrize("job", [SOME_SUBSCRIPTIONS, AUDIT])
def test_a_look_at_some_customers_closes_nothing_of_others(
    services: Services, work: Work, job: ProviderJob
) -> None:
    work.findings = (TORN,)
    do_provider_job(job, services, at=NOW)
    work.findings = ()

    do_provider_job(job, services, at=NOW + DAY)

    assert statuses(services) == [FindingStatus.OPEN]


@pytest.mark.parametrize(("nights", "status"), [(1, FindingStatus.OPEN), (2, FindingStatus.CLOSED)])
def test_what_two_nights_did_not_find_again_is_closed(
    services: Services, work: Work, nights: int, status: FindingStatus
) -> None:
    work.findings = (TORN,)
    do_provider_job(SOME_SUBSCRIPTIONS, services, at=NOW)
    work.findings = ()

    for night in range(1, nights + 1):
        do_provider_job(SyncEverySubscription(), services, at=NOW + night * DAY)

    assert statuses(services) == [status]


@pytest.mark.parametrize(
    ("job", "tenants"), [(SUBSCRIPTIONS, None), (SOME_SUBSCRIPTIONS, ("t-1",))]
)
def test_a_sync_is_of_those_who_are_named_or_of_everybody(
    services: Services, work: Work, job: SyncProvider, tenants: object
) -> None:
    do_provider_job(job, services, at=NOW)

    assert work.tenants == tenants


def test_the_log_says_how_much_was_brought_over(
    services: Services, work: Work, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        do_provider_job(SUBSCRIPTIONS, services, at=NOW)

    assert work.calls == ["bring_over"]
    assert "sync of subscriptions: 3 subscriptions created" in caplog.text


@pytest.mark.parametrize(("has_more", "jobs"), [(True, [ProvisionChanges()]), (False, [])])
def test_provisioning_goes_on_while_there_is_more(
    services: Services, work: Work, has_more: bool, jobs: list[ProviderJob]
) -> None:
    work.run.has_more = has_more

    do_provider_job(ProvisionChanges(), services, at=NOW)

    assert vars(services)["queue"].jobs == jobs


@pytest.mark.usefixtures("work")
def test_a_job_that_is_done_stays_done_where_calls_cannot_be_counted(
    services: Services, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def keep() -> None:
        raise OutOfOrder("Dataverse is away")

    monkeypatch.setattr(provider_jobs, "counts_of", lambda _: SimpleNamespace(keep=keep))

    do_provider_job(WatchDecisions(), services, at=NOW)

    assert "Dataverse is away" in caplog.text


def test_where_nobody_has_consented_there_is_no_connection_to_use(services: Services) -> None:
    assert connection_findings(services, at=NOW) == ()
