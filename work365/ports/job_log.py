"""Where jobs are shown to people."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum
from typing import Protocol


class JobStatus(Enum):
    """Where a job is."""

    WAITING = "waiting"
    IN_PROGRESS = "in progress"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class JobRecord:
    """A job as people see it: what staff started or wait for, or what failed."""

    key: str
    name: str
    kind: str
    status: JobStatus
    attempts: int = 1
    through: date | None = None
    steps_done: int = 0
    steps_total: int = 0
    started_at: datetime | None = None
    finished_at: datetime | None = None
    message: str | None = None
    """The job as it stands on the queue, so that it can be started again."""
    result: str | None = None


class JobLog(Protocol):
    """Where jobs are shown to people."""

    def record(self, job: JobRecord) -> None:
        """Keep `job` under its key; what it does not say stays as it was kept."""
