import json
import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import azure.functions as func
import pytest
from azure.functions.queue import QueueMessage

from tests.usecases.fakes import (
    FakeBillingStore,
    FakeChangeFeed,
    FakeJobLog,
    FakeQueue,
    OutOfOrder,
)
from work365.bootstrap import Services
from work365.domain.accounts import Account
from work365.domain.changes import Change, UnitPrice
from work365.domain.contracts import BillingContract, Subscription
from work365.domain.invoices import InvoiceStatus
from work365.entrypoints import clock, queue
from work365.entrypoints.localhost.host_settings import HostSettings
from work365.entrypoints.localhost.registrations import read_registrations
from work365.entrypoints.queue import ATTEMPTS_MAX
from work365.jobs import BillContracts, Job, StartDueContracts, SweepChanges
from work365.ports.changes import ChangeFeed
from work365.ports.job_log import JobStatus
from work365.settings import Settings

CONTRACT = UUID(int=1)
NEW_YEAR = date(2026, 1, 1)
# The evening before in New York, and already the next day in Berlin.
NIGHT = datetime(2026, 1, 31, 23, 30, tzinfo=UTC)
SWEEP = '{"kind":"sweep_changes"}'


def bill(*, closes: bool) -> str:
    return Job(BillContracts(contracts=(CONTRACT,), closes=closes)).model_dump_json()


BILL = bill(closes=True)


class Ports:
    """The stand-ins behind the services of the queue triggers."""

    def __init__(self) -> None:
        self.store = FakeBillingStore([account()])
        self.feed: ChangeFeed = FakeChangeFeed([CONTRACT], [])
        self.queue = FakeQueue([])
        self.job_log = FakeJobLog()

    def services(self, *, zone: str = "UTC") -> Services:
        made = Services(
            Settings(dataverse_url="https://contoso.crm4.dynamics.com", time_zone=ZoneInfo(zone))
        )
        vars(made).update(vars(self))
        return made


def account() -> Account:
    opening = Change("SUB-1-0", NEW_YEAR, NIGHT, Decimal(10), UnitPrice(Decimal("12.40"), 1))
    subscription = Subscription(
        id=UUID(int=9), key="SUB-1", name="Basic", start_on=NEW_YEAR, changes=(opening,)
    )
    contract = BillingContract(
        id=CONTRACT, key="CT-1", customer=UUID(int=2), currency="EUR", start_on=NEW_YEAR
    )
    return Account(contract=contract, subscriptions=(subscription,))


@pytest.fixture
def ports(monkeypatch: pytest.MonkeyPatch) -> Ports:
    made = Ports()
    monkeypatch.setattr(queue, "services", made.services)
    monkeypatch.setattr(clock, "now", lambda services: NIGHT)
    return made


@pytest.fixture
def functions() -> dict[str, Callable[..., Any]]:
    app = func.FunctionApp()
    app.register_functions(queue.bp)
    found = read_registrations(app, HostSettings()).queues
    return {function.queue_name: function.function.call for function in found}


@pytest.fixture
def run_job(functions: dict[str, Callable[..., Any]]) -> Callable[..., Any]:
    return functions["jobs"]


@pytest.fixture
def show_failed_job(functions: dict[str, Callable[..., Any]]) -> Callable[..., Any]:
    return functions["jobs-poison"]


def message(text: str | bytes, *, attempt: int | None = 1) -> QueueMessage:
    return QueueMessage(id="7", body=text, dequeue_count=attempt, pop_receipt="receipt")


class DownFeed(FakeChangeFeed):
    """A feed that is read in vain."""

    def __init__(self, error: Exception) -> None:
        super().__init__([], [])
        self.error = error

    def read(self) -> Any:
        raise self.error


class TestJobs:
    def test_a_sweep_enqueues_what_changed(self, ports: Ports, run_job: Callable[..., Any]) -> None:
        run_job(message=message(SWEEP))

        assert ports.queue.jobs == [BillContracts(contracts=(CONTRACT,), closes=False)]

    def test_what_is_due_is_enqueued_when_its_day_is_over(self, ports: Ports) -> None:
        def due_on(day: date) -> int:
            ports.queue.jobs.clear()
            queue.do(Job(StartDueContracts()), ports.services(), today=day, now=NIGHT)
            return len(ports.queue.jobs)

        queue.do(
            Job(BillContracts(contracts=(CONTRACT,), closes=True)),
            ports.services(),
            today=date(2026, 1, 2),
            now=NIGHT,
        )

        assert [due_on(date(2026, 2, day)) for day in (1, 2)] == [0, 1]

    def test_contracts_are_billed_through_yesterday_and_drafted_as_of_today(
        self, ports: Ports, run_job: Callable[..., Any]
    ) -> None:
        ports.store.rows[CONTRACT].account = replace(
            account(), contract=replace(account().contract, start_on=date(2026, 1, 31))
        )

        run_job(message=message(BILL))
        on_the_day = [invoice.status for invoice in ports.store.invoices_of(CONTRACT)]
        queue.do(Job.model_validate_json(BILL), ports.services(), today=date(2026, 2, 1), now=NIGHT)
        after = [invoice.status for invoice in ports.store.invoices_of(CONTRACT)]

        assert on_the_day == [InvoiceStatus.DRAFT]
        assert after == [InvoiceStatus.BILLED]

    def test_what_a_sweep_found_is_drafted_and_not_closed(
        self, ports: Ports, run_job: Callable[..., Any]
    ) -> None:
        run_job(message=message(bill(closes=False)))

        statuses = {invoice.status for invoice in ports.store.invoices_of(CONTRACT)}
        assert statuses == {InvoiceStatus.DRAFT}

    @pytest.mark.parametrize(
        ("zone", "status"),
        [
            ("America/New_York", InvoiceStatus.DRAFT),
            ("UTC", InvoiceStatus.DRAFT),
            ("Europe/Berlin", InvoiceStatus.BILLED),
        ],
    )
    def test_the_day_is_that_of_the_partners_calendar(
        self,
        ports: Ports,
        run_job: Callable[..., Any],
        monkeypatch: pytest.MonkeyPatch,
        zone: str,
        status: InvoiceStatus,
    ) -> None:
        ports.store.rows[CONTRACT].account = replace(
            account(), contract=replace(account().contract, start_on=date(2026, 1, 31))
        )
        monkeypatch.setattr(queue, "services", lambda: ports.services(zone=zone))

        run_job(message=message(BILL))

        assert [invoice.status for invoice in ports.store.invoices_of(CONTRACT)] == [status]

    @pytest.mark.parametrize(
        ("job", "told"),
        [
            (SweepChanges(), "swept: 1 contracts were touched"),
            (StartDueContracts(), "0 contracts are due"),
            (
                BillContracts(contracts=(CONTRACT,), closes=True),
                "1 contracts settled on 2026-02-01: 2 invoices, 2 lines, 0 findings",
            ),
        ],
    )
    def test_the_log_says_what_was_done(
        self, ports: Ports, caplog: pytest.LogCaptureFixture, job: Any, told: str
    ) -> None:
        with caplog.at_level(logging.INFO):
            queue.do(Job(job), ports.services(), today=date(2026, 2, 1), now=NIGHT)

        assert told in caplog.messages

    def test_a_job_that_goes_well_has_no_row(
        self, ports: Ports, run_job: Callable[..., Any]
    ) -> None:
        run_job(message=message(SWEEP))

        assert ports.job_log.records == []


class TestFailure:
    @pytest.mark.parametrize("error", [OutOfOrder("Dataverse is away"), ZeroDivisionError("bug")])
    def test_is_shown_and_raised_again_so_that_the_queue_repeats_it(
        self, ports: Ports, run_job: Callable[..., Any], error: Exception
    ) -> None:
        ports.feed = DownFeed(error)

        with pytest.raises(type(error)) as raised:
            run_job(message=message(SWEEP, attempt=3))

        (record,) = ports.job_log.records
        assert raised.value is error
        assert record.key.startswith("message_")
        assert record.name == "sweep_changes (waiting)"
        assert (record.kind, record.status) == ("sweep_changes", JobStatus.WAITING)
        assert (record.attempts, record.result) == (3, repr(error))
        assert record.message == SWEEP

    def test_every_attempt_is_shown_in_the_same_row(
        self, ports: Ports, run_job: Callable[..., Any]
    ) -> None:
        ports.feed = DownFeed(OutOfOrder("Dataverse is away"))

        for attempt in (1, 2):
            with pytest.raises(OutOfOrder):
                run_job(message=message(SWEEP, attempt=attempt))

        assert len({record.key for record in ports.job_log.records}) == 1
        assert [record.attempts for record in ports.job_log.records] == [1, 2]

    def test_a_job_that_goes_well_at_last_is_not_shown_as_waiting_any_more(
        self, ports: Ports, run_job: Callable[..., Any]
    ) -> None:
        well = ports.feed
        ports.feed = DownFeed(OutOfOrder("Dataverse is away"))
        with pytest.raises(OutOfOrder):
            run_job(message=message(SWEEP))
        ports.feed = well

        run_job(message=message(SWEEP, attempt=2))

        waiting, done = ports.job_log.records
        assert done.key == waiting.key
        assert (done.status, done.attempts) == (JobStatus.SUCCEEDED, 2)

    @pytest.mark.parametrize("text", ["", "sweep", '{"kind":"charge_customer"}', b"\xff\xfe"])
    def test_what_is_no_job_is_shown_too(
        self, ports: Ports, run_job: Callable[..., Any], text: str | bytes
    ) -> None:
        with pytest.raises(ValueError, match="validation error for Job"):
            run_job(message=message(text))

        (record,) = ports.job_log.records
        assert (record.kind, record.name) == ("unknown", "unknown (waiting)")

    def test_where_it_cannot_be_shown_the_log_has_it_and_the_error_is_still_raised(
        self, ports: Ports, run_job: Callable[..., Any], caplog: pytest.LogCaptureFixture
    ) -> None:
        ports.feed = DownFeed(OutOfOrder("Dataverse is away"))
        ports.job_log.is_down = True

        with pytest.raises(OutOfOrder, match="Dataverse is away"):
            run_job(message=message(SWEEP))

        assert "job 7 (sweep_changes) could not be shown as a row" in caplog.text
        assert "Dataverse is away" in caplog.text

    def test_a_host_that_does_not_count_is_at_its_first_attempt(
        self, ports: Ports, run_job: Callable[..., Any]
    ) -> None:
        ports.feed = DownFeed(OutOfOrder("Dataverse is away"))

        with pytest.raises(OutOfOrder):
            run_job(message=message(SWEEP, attempt=None))

        assert [record.attempts for record in ports.job_log.records] == [1]


class TestPoison:
    @pytest.mark.parametrize(
        ("text", "kind"),
        [
            (SWEEP, "sweep_changes"),
            (BILL, "bill_contracts"),
            ("no job at all", "unknown"),
            (b"\xff\xfe", "unknown"),
            (b"", "unknown"),
        ],
    )
    def test_a_message_that_was_given_up_is_a_failed_job(
        self, ports: Ports, show_failed_job: Callable[..., Any], text: str | bytes, kind: str
    ) -> None:
        show_failed_job(message=message(text))

        (record,) = ports.job_log.records
        assert (record.kind, record.status) == (kind, JobStatus.FAILED)
        assert record.name == f"{kind} (failed)"
        assert record.result is None

    def test_it_is_shown_in_the_row_of_its_attempts(
        self, ports: Ports, run_job: Callable[..., Any], show_failed_job: Callable[..., Any]
    ) -> None:
        ports.feed = DownFeed(OutOfOrder("Dataverse is away"))

        with pytest.raises(OutOfOrder):
            run_job(message=message(SWEEP, attempt=5))
        show_failed_job(message=message(SWEEP))

        waiting, failed = ports.job_log.records
        assert waiting.key == failed.key
        assert failed.attempts == ATTEMPTS_MAX

    def test_the_platform_tries_as_often_as_is_shown(self) -> None:
        host = json.loads(Path(queue.__file__).parents[2].joinpath("host.json").read_text())

        assert host["extensions"]["queues"]["maxDequeueCount"] == ATTEMPTS_MAX

    def test_the_message_is_kept_so_that_it_can_be_started_again(
        self, ports: Ports, show_failed_job: Callable[..., Any]
    ) -> None:
        show_failed_job(message=message(BILL))

        (record,) = ports.job_log.records
        assert record.message == BILL

    def test_the_job_is_not_tried_again(
        self, ports: Ports, show_failed_job: Callable[..., Any]
    ) -> None:
        show_failed_job(message=message(SWEEP))

        assert ports.queue.jobs == []

    def test_where_dataverse_is_down_the_log_has_it(
        self,
        ports: Ports,
        show_failed_job: Callable[..., Any],
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        ports.job_log.is_down = True

        show_failed_job(message=message(SWEEP))

        assert "job 7 (sweep_changes) could not be shown as a row" in caplog.text
