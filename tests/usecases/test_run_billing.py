from collections.abc import Generator, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from threading import Barrier, BrokenBarrierError
from uuid import UUID

import pytest

from tests.usecases.fakes import FakeBillingStore, FakeJobLog, OutOfOrder
from work365.domain.accounts import Account
from work365.domain.changes import Change, UnitPrice
from work365.domain.contracts import BillingContract, Subscription
from work365.ports.billing import BillingStore, Reading
from work365.ports.job_log import JobStatus
from work365.usecases import sweep_changes
from work365.usecases.run_billing import Run, run_billing

START = date(2026, 1, 1)
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
CONTRACTS_IN_A_CHUNK = 2


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweep_changes, "CHUNK_CONTRACTS_MAX", CONTRACTS_IN_A_CHUNK)


class Faulty(FakeBillingStore):
    """A store that fails as soon as one contract is read."""

    failing = UUID(int=3)
    error: Exception = OutOfOrder("the store went away")

    def read_accounts(self, contracts: Sequence[UUID]) -> Reading:
        if self.failing in contracts:
            raise self.error
        return super().read_accounts(contracts)


def accounts(count: int, *, seats: int = 10) -> list[Account]:
    return [account(number, seats) for number in range(1, count + 1)]


def account(number: int, seats: int = 10) -> Account:
    opening = Change(f"SUB-{number}-0", START, NOON, Decimal(seats), UnitPrice(Decimal("12.40"), 1))
    subscription = Subscription(
        id=UUID(int=1_000 + number),
        key=f"SUB-{number}",
        name="Business Basic",
        start_on=START,
        changes=(opening,),
    )
    contract = BillingContract(
        id=UUID(int=number),
        key=f"CT-{number}",
        customer=UUID(int=2_000 + number),
        currency="EUR",
        start_on=START,
    )
    return Account(contract=contract, subscriptions=(subscription,))


def running(
    store: BillingStore, log: FakeJobLog, contracts: Sequence[UUID], *, workers: int = 1
) -> Generator[Run, None, None]:
    yield from run_billing(
        contracts=iter(contracts),
        through=START,
        at=NOON,
        store=store,
        job_log=log,
        workers=workers,
    )


def run(store: FakeBillingStore, log: FakeJobLog, *, workers: int = 1) -> Run:
    *_, last = running(store, log, list(store.rows), workers=workers)
    return last


class TestBilling:
    def test_every_contract_is_billed_and_counted(self) -> None:
        store = FakeBillingStore(accounts(5))

        ended = run(store, FakeJobLog(), workers=3)

        assert ended == Run(contracts_total=5, contracts_done=5, invoices=5, lines=5)
        assert [len(store.invoices_of(contract)) for contract in store.rows] == [1] * 5

    def test_says_how_far_it_is_after_each_chunk(self) -> None:
        store = FakeBillingStore(accounts(5))

        steps = [
            (so_far.contracts_done, so_far.contracts_total)
            for so_far in running(store, FakeJobLog(), list(store.rows))
        ]

        assert steps == [(0, 5), (2, 5), (4, 5), (5, 5)]

    def test_as_many_chunks_as_there_are_workers_are_billed_at_once(self) -> None:
        both = Barrier(2, timeout=5)

        class Meeting(FakeBillingStore):
            def read_accounts(self, contracts: Sequence[UUID]) -> Reading:
                both.wait()
                return super().read_accounts(contracts)

        store = Meeting(accounts(2 * CONTRACTS_IN_A_CHUNK))

        try:
            ended = run(store, FakeJobLog(), workers=2)
        except BrokenBarrierError:
            pytest.fail("one chunk waited for the other")

        assert ended.contracts_done == 4

    def test_a_finding_is_counted_and_no_failure(self) -> None:
        store = FakeBillingStore([account(1, seats=-1), account(2)])

        ended = run(store, FakeJobLog())

        assert [found.finding.code for found in ended.findings] == ["negative_quantity"]
        assert (ended.contracts_done, ended.invoices, ended.failures) == (2, 1, [])

    def test_running_again_writes_nothing(self) -> None:
        store = FakeBillingStore(accounts(3))
        run(store, FakeJobLog())

        again = run(store, FakeJobLog())

        assert (again.contracts_done, again.invoices, again.lines) == (3, 0, 0)


class TestFailures:
    def test_a_chunk_that_fails_does_not_stop_the_others(self) -> None:
        store = Faulty(accounts(5))

        ended = run(store, FakeJobLog())

        assert ended.failures == ["2 contracts were not billed: the store went away"]
        assert (ended.contracts_done, ended.contracts_total) == (3, 5)
        assert [len(store.invoices_of(contract)) for contract in store.rows] == [1, 1, 0, 0, 1]

    def test_running_again_takes_up_what_failed(self) -> None:
        store = Faulty(accounts(5))
        run(store, FakeJobLog())
        store.failing = UUID(int=0)

        again = run(store, FakeJobLog())

        assert (again.invoices, again.lines, again.failures) == (2, 2, [])

    def test_a_bug_is_raised_after_the_others_were_billed(self) -> None:
        store = Faulty(accounts(5))
        store.error = ZeroDivisionError("a bug")

        with pytest.raises(ZeroDivisionError):
            run(store, FakeJobLog())

        assert [len(store.invoices_of(contract)) for contract in store.rows] == [1, 1, 0, 0, 1]


class TestRecord:
    def test_a_run_is_shown_while_it_goes_on(self) -> None:
        log = FakeJobLog()
        store = FakeBillingStore(accounts(3))
        going = running(store, log, list(store.rows))
        next(going)

        next(going)

        (record,) = log.records
        assert record.status is JobStatus.IN_PROGRESS
        assert (record.kind, record.name) == ("run_billing", "Billing through 2026-01-01")
        assert (record.through, record.steps_total) == (START, 3)
        assert (record.started_at, record.finished_at, record.result) == (NOON, None, None)
        going.close()

    def test_its_end_takes_the_place_of_its_start(self) -> None:
        log = FakeJobLog()

        run(FakeBillingStore(accounts(3)), log)

        begun, ended = log.records
        assert ended.key == begun.key
        assert ended.status is JobStatus.SUCCEEDED
        assert (ended.steps_done, ended.steps_total, ended.finished_at) == (3, 3, NOON)
        assert ended.result == (
            "3 of 3 contracts settled: 3 invoices and 3 lines written, 0 findings."
        )

    def test_a_run_with_findings_has_succeeded(self) -> None:
        log = FakeJobLog()

        run(FakeBillingStore([account(1, seats=-1), account(2)]), log)

        assert log.records[-1].status is JobStatus.SUCCEEDED
        assert str(log.records[-1].result).endswith("1 findings.")

    def test_a_run_that_left_contracts_out_has_failed_and_says_why(self) -> None:
        log = FakeJobLog()

        run(Faulty(accounts(5)), log)

        ended = log.records[-1]
        assert ended.status is JobStatus.FAILED
        assert (ended.steps_done, ended.steps_total) == (3, 5)
        assert ended.result == (
            "3 of 5 contracts settled: 3 invoices and 3 lines written, 0 findings.\n"
            "2 contracts were not billed: the store went away"
        )

    def test_a_bug_is_no_reason_to_stay_in_progress(self) -> None:
        log = FakeJobLog()
        store = Faulty(accounts(5))
        store.error = ZeroDivisionError("a bug")

        with pytest.raises(ZeroDivisionError):
            run(store, log)

        assert [record.status for record in log.records] == [
            JobStatus.IN_PROGRESS,
            JobStatus.FAILED,
        ]

    def test_a_run_that_is_broken_off_has_failed(self) -> None:
        log = FakeJobLog()
        store = FakeBillingStore(accounts(5))
        going = running(store, log, list(store.rows))
        next(going)
        next(going)

        going.close()

        assert log.records[-1].status is JobStatus.FAILED
        assert (log.records[-1].steps_done, log.records[-1].steps_total) == (2, 5)

    def test_when_nothing_is_due_there_is_no_record(self) -> None:
        log = FakeJobLog()

        assert list(running(FakeBillingStore([]), log, [])) == [Run()]
        assert log.records == []

    def test_nothing_is_billed_that_could_not_be_shown(self) -> None:
        log = FakeJobLog()
        log.is_down = True
        store = FakeBillingStore(accounts(1))

        with pytest.raises(OutOfOrder):
            run(store, log)

        assert store.invoices_of(UUID(int=1)) == []

    def test_two_runs_of_one_moment_are_two_records(self) -> None:
        log = FakeJobLog()

        run(FakeBillingStore(accounts(1)), log)
        run(FakeBillingStore(accounts(1)), log)

        assert len({record.key for record in log.records}) == 2
