"""Queue triggers: one message, one use case."""

import logging
from datetime import date, datetime
from uuid import NAMESPACE_OID, uuid5

import azure.functions as func
from pydantic import ValidationError

from work365.bootstrap import QUEUE_NAME, Services, services
from work365.entrypoints import clock
from work365.entrypoints.provider_jobs import do_provider_job
from work365.errors import Work365Error
from work365.jobs import BillContracts, Job, StartDueContracts, SweepChanges
from work365.ports.job_log import JobRecord, JobStatus
from work365.usecases.bill_contracts import bill_contracts
from work365.usecases.sweep_changes import ONE_DAY, start_due_contracts, sweep_changes

CONNECTION = "AzureWebJobsStorage"
ATTEMPTS_MAX = 5
"""The same as `maxDequeueCount` in host.json; a test holds them together."""

bp = func.Blueprint()
logger = logging.getLogger(__name__)


@bp.queue_trigger(arg_name="message", queue_name=QUEUE_NAME, connection=CONNECTION)
def run_job(message: func.QueueMessage) -> None:
    """Do the job in `message`; where it fails, show that and let the queue try again."""
    here = services()
    try:
        job = Job.model_validate_json(message.get_body())
        now = clock.now(here)
        do(job, here, today=now.astimezone(here.settings.time_zone).date(), now=now)
    except Exception as error:
        _show(message, JobStatus.WAITING, repr(error))
        raise
    if _attempts(message) > 1:
        # It was shown as waiting, which it is no more.
        _show(message, JobStatus.SUCCEEDED, "done")


@bp.queue_trigger(arg_name="message", queue_name=f"{QUEUE_NAME}-poison", connection=CONNECTION)
def show_failed_job(message: func.QueueMessage) -> None:
    """Show a job that was tried for the last time as failed, so that a person looks at it."""
    # The reason stands in the row already, from the last attempt.
    _show(message, JobStatus.FAILED, None)


def do(job: Job, services: Services, *, today: date, now: datetime) -> None:
    """Call the use case that `job` names."""
    match job.root:
        case SweepChanges():
            count = sweep_changes(at=now, feed=services.feed, queue=services.queue)
            logger.info("swept: %d contracts were touched", count)
        case StartDueContracts():
            count = start_due_contracts(today=today, store=services.store, queue=services.queue)
            logger.info("%d contracts are due", count)
        case BillContracts(contracts=contracts, closes=closes):
            billed = bill_contracts(
                contracts=contracts,
                through=today - ONE_DAY if closes else None,
                as_of=today,
                at=now,
                store=services.store,
            )
            logger.info(
                "%d contracts settled on %s: %d invoices, %d lines, %d findings",
                billed.contracts,
                today,
                billed.written.invoices,
                billed.written.lines,
                len(billed.findings),
            )
        case provider_job:
            do_provider_job(provider_job, services, at=now)


def _show(message: func.QueueMessage, status: JobStatus, result: str | None) -> None:
    body = message.get_body().decode(errors="replace")
    kind = _kind(body)
    record = JobRecord(
        # A message that becomes poison gets another id; its content stays.
        key=f"message_{uuid5(NAMESPACE_OID, body)}",
        name=f"{kind} ({status.value})",
        kind=kind,
        status=status,
        attempts=ATTEMPTS_MAX if status is JobStatus.FAILED else _attempts(message),
        message=body,
        result=result,
    )
    try:
        services().job_log.record(record)
    except Work365Error:
        # The row is for people; the queue keeps the message, and this keeps the reason.
        logger.exception("job %s (%s) could not be shown as a row: %s", message.id, kind, result)


def _attempts(message: func.QueueMessage) -> int:
    return message.dequeue_count or 1


def _kind(body: str) -> str:
    try:
        return Job.model_validate_json(body).root.kind
    except ValidationError:
        return "unknown"
