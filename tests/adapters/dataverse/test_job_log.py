from datetime import date, timedelta

import pytest

from dataverse_schema.options import JobStatus as JobOption
from dataverse_schema.tables.operations import Job
from tests.adapters.dataverse.partner import NOW, Partner
from work365.adapters.dataverse.job_log import MESSAGE_CHARACTERS_MAX, DataverseJobLog
from work365.ports.job_log import JobRecord, JobStatus

STARTED = JobRecord(
    key="run-1",
    name="Billing run through 1 January",
    kind="run_billing",
    status=JobStatus.IN_PROGRESS,
    attempts=2,
    through=date(2026, 1, 1),
    steps_done=200,
    steps_total=1_000,
    started_at=NOW,
    message='{"kind":"run_billing"}',
)


@pytest.fixture
def job_log(partner: Partner) -> DataverseJobLog:
    return DataverseJobLog(partner.client)


def test_a_job_is_a_row_that_says_all_of_it(partner: Partner, job_log: DataverseJobLog) -> None:
    job_log.record(STARTED)

    assert partner.row(Job, "run-1").model_dump(exclude={"row_id", "etag"}) == {
        "name": "Billing run through 1 January",
        "key": "run-1",
        "kind": "run_billing",
        "status": JobOption.IN_PROGRESS,
        "attempts": 2,
        "through": date(2026, 1, 1),
        "steps_done": 200,
        "steps_total": 1_000,
        "started_on": NOW,
        "finished_on": None,
        "message": '{"kind":"run_billing"}',
        "result": None,
    }


def test_what_is_recorded_later_takes_the_place_of_what_it_says(
    partner: Partner, job_log: DataverseJobLog
) -> None:
    job_log.record(STARTED)
    job_log.record(
        JobRecord(
            key="run-1",
            name="Billing run",
            kind="run_billing",
            status=JobStatus.SUCCEEDED,
            finished_at=NOW + timedelta(minutes=5),
            result="200 invoices",
        )
    )

    [row] = partner.rows(Job)
    assert (row.name, row.status, row.attempts) == ("Billing run", JobOption.SUCCEEDED, 1)
    assert (row.started_on, row.finished_on) == (
        STARTED.started_at,
        NOW + timedelta(minutes=5),
    )
    assert (row.message, row.result) == (STARTED.message, "200 invoices")


@pytest.mark.parametrize("status", JobStatus, ids=lambda status: str(status.name))
def test_every_status_can_be_shown(
    partner: Partner, job_log: DataverseJobLog, status: JobStatus
) -> None:
    job_log.record(JobRecord(key="job-1", name="Job", kind="job", status=status))

    assert partner.row(Job, "job-1").status.name == status.name


@pytest.mark.parametrize("more", [0, 1, 1_000])
def test_a_result_that_is_too_long_is_cut_off_and_says_so(
    partner: Partner, job_log: DataverseJobLog, more: int
) -> None:
    result = "x" * (MESSAGE_CHARACTERS_MAX + more)

    job_log.record(
        JobRecord(key="job-1", name="Job", kind="job", status=JobStatus.FAILED, result=result)
    )

    kept = partner.row(Job, "job-1").result
    assert len(kept) == MESSAGE_CHARACTERS_MAX
    ending = f"... cut off; all {len(result)} characters are in the service's log"
    assert kept.endswith(ending if more else "xxx")
