"""Turn what changed into work: which contracts to settle again."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from itertools import islice
from uuid import UUID

from work365.jobs import CHUNK_CONTRACTS_MAX, BillContracts, JobQueue
from work365.ports.billing import BillingStore
from work365.ports.changes import ChangeFeed

ONE_DAY = timedelta(days=1)


def sweep_changes(*, at: datetime, feed: ChangeFeed, queue: JobQueue) -> int:
    """Enqueue the contracts touched since the last sweep, and return how many there are.

    Their drafts are made anew, and none is closed: what is on a closed invoice must not depend
    on which of several changes was noticed first.
    How far was read is remembered only after the jobs are on the queue: a crash in between
    makes the same jobs once more, which changes nothing.
    """
    changed = feed.read()
    _enqueue(changed.contracts, queue, closes=False)
    feed.keep_marks(changed, at=at)
    return len(changed.contracts)


def start_due_contracts(*, today: date, store: BillingStore, queue: JobQueue) -> int:
    """Enqueue the contracts whose next invoice date has come, and return how many there are."""
    return _enqueue(store.due_contracts(today - ONE_DAY), queue, closes=True)


def chunks(contracts: Iterable[UUID]) -> Iterator[tuple[UUID, ...]]:
    """Yield `contracts` in chunks of the size of a job."""
    rest = iter(contracts)
    while chunk := tuple(islice(rest, CHUNK_CONTRACTS_MAX)):
        yield chunk


def _enqueue(contracts: Iterable[UUID], queue: JobQueue, *, closes: bool) -> int:
    count = 0
    for chunk in chunks(contracts):
        queue.put(BillContracts(contracts=chunk, closes=closes))
        count += len(chunk)
    return count
