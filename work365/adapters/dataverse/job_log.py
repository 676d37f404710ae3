"""Jobs as rows that people can look at."""

from dataclasses import asdict

from dataverse_schema import options
from dataverse_schema.tables.operations import Job
from work365.adapters.dataverse.choices import option
from work365.adapters.dataverse.client import DataverseClient
from work365.adapters.dataverse.mapping import write_row
from work365.adapters.dataverse.operations import upsert
from work365.ports import JobRecord

MESSAGE_CHARACTERS_MAX = 100_000


class DataverseJobLog:
    """A `JobLog` on one environment."""

    def __init__(self, client: DataverseClient) -> None:
        self._client = client

    def record(self, job: JobRecord) -> None:
        """Keep `job`, in place of what was kept under its key."""
        values = asdict(job)
        values["status"] = option(job.status, options.JobStatus)
        values["started_on"] = values.pop("started_at")
        values["finished_on"] = values.pop("finished_at")
        if job.result is not None:
            values["result"] = _within(job.result)
        key = {Job.column_name("key"): job.key}
        self._client.send(upsert(Job.entity_set(), key, write_row(Job, values)))


def _within(text: str) -> str:
    if len(text) <= MESSAGE_CHARACTERS_MAX:
        return text
    more = f"... cut off; all {len(text)} characters are in the service's log"
    return text[: MESSAGE_CHARACTERS_MAX - len(more)] + more
