"""Jobs as rows that people can look at."""

from dataclasses import asdict

from dataverse_schema import options
from dataverse_schema.tables.operations import Job
from work365.adapters.dataverse.choices import option
from work365.adapters.dataverse.client import DataverseClient
from work365.adapters.dataverse.mapping import write_row
from work365.adapters.dataverse.operations import upsert
from work365.ports.job_log import JobRecord

MESSAGE_CHARACTERS_MAX = 100_000


class DataverseJobLog:
    """A `JobLog` on one environment."""

    def __init__(self, client: DataverseClient) -> None:
        self._client = client

    def record(self, job: JobRecord) -> None:
        """Keep `job` under its key; what it does not say stays as it was kept."""
        values = {name: value for name, value in asdict(job).items() if value is not None}
        values["status"] = option(job.status, options.JobStatus)
        for moment in ("started", "finished"):
            if f"{moment}_at" in values:
                values[f"{moment}_on"] = values.pop(f"{moment}_at")
        if job.result is not None:
            values["result"] = _within(job.result)
        key = {Job.column_name("key"): job.key}
        self._client.send(upsert(Job.entity_set(), key, write_row(Job, values)))


def _within(text: str) -> str:
    if len(text) <= MESSAGE_CHARACTERS_MAX:
        return text
    more = f"... cut off; all {len(text)} characters are in the service's log"
    return text[: MESSAGE_CHARACTERS_MAX - len(more)] + more
