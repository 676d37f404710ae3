"""A billing run that a person started: many contracts, up to one day."""

from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from uuid import UUID, uuid4

from work365.errors import Work365Error
from work365.ports.billing import BillingStore, ContractFinding
from work365.ports.job_log import JobLog, JobRecord, JobStatus
from work365.usecases.bill_contracts import Billed, bill_contracts
from work365.usecases.sweep_changes import chunks


@dataclass(slots=True)
class Run:
    """How far a run has come."""

    contracts_total: int = 0
    contracts_done: int = 0
    invoices: int = 0
    lines: int = 0
    findings: list[ContractFinding] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    """Chunks that an outside system did not let be billed: to be run again."""


def run_billing(
    *,
    contracts: Iterable[UUID],
    through: date,
    at: datetime,
    store: BillingStore,
    job_log: JobLog,
    workers: int,
) -> Iterator[Run]:
    """Bring `contracts` up to date as of `through`, and show the run as a job.

    Yields the run, at its start and after each chunk; the last one is what it came to.
    Contracts are billed in chunks, `workers` of them at once. A chunk that fails does not
    stop the others; its contracts stay due, so that running again takes up only them.
    Units: `at` is the time of the run, in UTC.
    """
    due = list(chunks(contracts))
    run = Run(contracts_total=sum(len(chunk) for chunk in due))
    yield run
    if not due:
        return
    record = JobRecord(
        key=f"run_{at:%Y%m%dT%H%M%S%f}_{uuid4()}",
        name=f"Billing through {through}",
        kind="run_billing",
        status=JobStatus.IN_PROGRESS,
        through=through,
        steps_total=run.contracts_total,
        started_at=at,
    )
    job_log.record(record)
    status = JobStatus.FAILED
    try:
        for chunk, billed in _bill(due, through, at, store, workers):
            _add(run, chunk, billed)
            yield run
        status = JobStatus.FAILED if run.failures else JobStatus.SUCCEEDED
    finally:
        # Also of a run that is broken off, which would seem to be in progress for ever.
        job_log.record(
            replace(
                record,
                status=status,
                steps_done=run.contracts_done,
                finished_at=at,
                result=_result(run),
            )
        )


def _bill(
    due: list[tuple[UUID, ...]],
    through: date,
    at: datetime,
    store: BillingStore,
    workers: int,
) -> Iterator[tuple[tuple[UUID, ...], Billed | Work365Error]]:
    with ThreadPoolExecutor(max_workers=workers) as pool:
        futures: dict[Future[Billed], tuple[UUID, ...]] = {
            pool.submit(
                bill_contracts,
                contracts=chunk,
                through=through,
                # Drafts are of today, even where a day that is over is billed.
                as_of=max(through, at.date()),
                at=at,
                store=store,
            ): chunk
            for chunk in due
        }
        for future in as_completed(futures):
            error = future.exception()
            if error is None:
                yield futures[future], future.result()
            elif isinstance(error, Work365Error):
                yield futures[future], error
            else:
                raise error


def _add(run: Run, chunk: tuple[UUID, ...], billed: Billed | Work365Error) -> None:
    if isinstance(billed, Work365Error):
        run.failures.append(f"{len(chunk)} contracts were not billed: {billed}")
        return
    run.contracts_done += billed.contracts
    run.invoices += billed.written.invoices
    run.lines += billed.written.lines
    run.findings += billed.findings


def _result(run: Run) -> str:
    words = [
        f"{run.contracts_done} of {run.contracts_total} contracts settled:"
        f" {run.invoices} invoices and {run.lines} lines written, {len(run.findings)} findings."
    ]
    return "\n".join([*words, *run.failures])
