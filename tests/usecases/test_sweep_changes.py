from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID

import pytest

from tests.usecases.fakes import FakeBillingStore, FakeChangeFeed, FakeQueue, OutOfOrder
from work365.domain.accounts import Account
from work365.domain.changes import Change, UnitPrice
from work365.domain.contracts import BillingContract, Subscription
from work365.jobs import CHUNK_CONTRACTS_MAX, BillContracts
from work365.ports.changes import Changed
from work365.usecases.bill_contracts import bill_contracts
from work365.usecases.sweep_changes import chunks, start_due_contracts, sweep_changes

NOON = datetime(2026, 1, 11, 12, tzinfo=UTC)


def ids(count: int) -> tuple[UUID, ...]:
    return tuple(UUID(int=number) for number in range(count))


class TestSweepChanges:
    def test_enqueues_the_contracts_that_were_touched(self) -> None:
        feed, queue = FakeChangeFeed(ids(3), []), FakeQueue([])

        count = sweep_changes(at=NOON, feed=feed, queue=queue)

        assert count == 3
        assert queue.jobs == [BillContracts(contracts=ids(3), closes=False)]

    def test_a_job_has_no_more_contracts_than_fit_a_chunk(self) -> None:
        every = ids(2 * CHUNK_CONTRACTS_MAX + 1)
        feed, queue = FakeChangeFeed(every, []), FakeQueue([])

        sweep_changes(at=NOON, feed=feed, queue=queue)

        jobs = [job for job in queue.jobs if isinstance(job, BillContracts)]
        assert [len(job.contracts) for job in jobs] == [200, 200, 1]
        assert tuple(contract for job in jobs for contract in job.contracts) == every

    def test_marks_are_kept_after_the_jobs_are_on_the_queue(self) -> None:
        events: list[str] = []
        feed, queue = FakeChangeFeed(ids(CHUNK_CONTRACTS_MAX + 1), events), FakeQueue(events)

        sweep_changes(at=NOON, feed=feed, queue=queue)

        assert events == ["job", "job", "marks"]

    def test_marks_are_those_that_were_read(self) -> None:
        feed = FakeChangeFeed(ids(1), [])

        sweep_changes(at=NOON, feed=feed, queue=FakeQueue([]))

        assert feed.kept == [(Changed(contracts=ids(1), marks={"table": "17"}), NOON)]

    def test_marks_are_kept_when_no_contract_was_touched(self) -> None:
        feed, queue = FakeChangeFeed([], []), FakeQueue([])

        count = sweep_changes(at=NOON, feed=feed, queue=queue)

        assert count == 0
        assert queue.jobs == []
        assert len(feed.kept) == 1

    def test_a_sweep_that_died_half_way_is_made_good_by_the_next(self) -> None:
        every = ids(CHUNK_CONTRACTS_MAX + 1)
        feed, full, roomy = FakeChangeFeed(every, []), FakeQueue([], room=1), FakeQueue([])
        with pytest.raises(OutOfOrder):
            sweep_changes(at=NOON, feed=feed, queue=full)

        sweep_changes(at=NOON, feed=feed, queue=roomy)

        assert roomy.jobs[: len(full.jobs)] == full.jobs
        assert len(roomy.jobs) == 2
        assert len(feed.kept) == 1

    def test_a_sweep_after_the_marks_were_kept_finds_nothing(self) -> None:
        feed, queue = FakeChangeFeed(ids(3), []), FakeQueue([])
        sweep_changes(at=NOON, feed=feed, queue=queue)

        count = sweep_changes(at=NOON, feed=feed, queue=queue)

        assert count == 0
        assert len(queue.jobs) == 1


class TestStartDueContracts:
    def test_enqueues_the_contracts_whose_invoice_date_is_over(self) -> None:
        start = date(2026, 1, 1)
        opening = Change("1", start, NOON, Decimal(10), UnitPrice(Decimal("12.40"), 1))
        subscription = Subscription(
            id=UUID(int=9), key="SUB-1", name="Basic", start_on=start, changes=(opening,)
        )
        contract = BillingContract(
            id=UUID(int=1), key="CT-1", customer=UUID(int=2), currency="EUR", start_on=start
        )
        store = FakeBillingStore([Account(contract=contract, subscriptions=(subscription,))])
        bill_contracts(contracts=[contract.id], through=start, as_of=start, at=NOON, store=store)
        early, due = FakeQueue([]), FakeQueue([])

        before = start_due_contracts(today=date(2026, 2, 1), store=store, queue=early)
        after = start_due_contracts(today=date(2026, 2, 2), store=store, queue=due)

        assert (before, early.jobs) == (0, [])
        assert after == 1
        assert due.jobs == [BillContracts(contracts=(contract.id,), closes=True)]


@pytest.mark.parametrize(
    ("count", "sizes"), [(0, []), (1, [1]), (200, [200]), (201, [200, 1]), (400, [200, 200])]
)
def test_chunks_have_every_contract_once(count: int, sizes: list[int]) -> None:
    parts = list(chunks(iter(ids(count))))

    assert [len(part) for part in parts] == sizes
    assert tuple(contract for part in parts for contract in part) == ids(count)
