"""Tables in which the service shows what it does."""

from datetime import date, datetime
from typing import Annotated, ClassVar
from uuid import UUID

from dataverse_schema.columns import Choice, Day, Lookup, Memo, Moment, Text, UtcMoment, Whole
from dataverse_schema.options import FindingStatus, JobStatus, Severity
from dataverse_schema.table import Key, Table


class Job(Table):
    """Work that staff started or wait for, or that failed."""

    keys: ClassVar = (("key",),)

    name: Annotated[str, Text(required=True, max_length=200)]
    key: Key
    kind: Annotated[str, Text(max_length=60)]
    status: Annotated[JobStatus, Choice(options=JobStatus, default=JobStatus.WAITING)]
    attempts: Annotated[int, Whole(minimum=0)] = 0
    through: Annotated[date | None, Day()] = None
    steps_done: Annotated[int, Whole(minimum=0)] = 0
    steps_total: Annotated[int, Whole(minimum=0)] = 0
    started_on: Annotated[datetime | None, Moment()] = None
    finished_on: Annotated[datetime | None, Moment()] = None
    message: Annotated[str | None, Memo(max_length=100_000)] = None
    """The job as it stands on the queue, so that a failed one can be started again."""
    result: Annotated[str | None, Memo(max_length=100_000)] = None


class Finding(Table):
    """Something that a person should look at: what, where, how bad, and the remedy."""

    keys: ClassVar = (("key",),)
    primary_name: ClassVar = "code"

    key: Key
    code: Annotated[str, Text(required=True)]
    severity: Annotated[Severity, Choice(options=Severity, default=Severity.ERROR)]
    status: Annotated[FindingStatus, Choice(options=FindingStatus, default=FindingStatus.OPEN)]
    message: Annotated[str, Memo(max_length=10_000)]
    path: Annotated[str, Text(max_length=400)]
    """Where it was found: the row and the field, or the file, the row and the field."""
    contract: Annotated[UUID | None, Lookup(target="w365_billingcontract")] = None
    found_on: UtcMoment
    """When it was found last, to within a day."""
    origin: Annotated[str | None, Text(max_length=60)] = None
    """Which look at a provider finds it; empty where billing does."""


class Watermark(Table):
    """How far one table's changes have been read."""

    keys: ClassVar = (("key",),)
    user_owned: ClassVar = False

    name: Annotated[str, Text(required=True)]
    key: Key
    """The table's logical name."""
    token: Annotated[str | None, Memo(max_length=4_000)] = None
    """Link that asks Dataverse for what changed since; empty means: read everything."""
    read_on: Annotated[datetime | None, Moment()] = None
