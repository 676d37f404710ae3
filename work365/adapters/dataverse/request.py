"""HTTP requests made of operations, and what may be done when one fails."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import uuid4

from work365.adapters.dataverse.batch import write_batch
from work365.adapters.dataverse.errors import DataverseError
from work365.adapters.dataverse.operations import Operation
from work365.adapters.dataverse.origin import Origin
from work365.adapters.dataverse.pages import API_PATH
from work365.http import write_json


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request, and what may be done when it fails."""

    name: str
    method: str
    path: str
    headers: Mapping[str, str]
    content: str | bytes | None
    writes: bool
    may_be_repeated: bool
    may_lose_a_race: bool
    """Whether a row that exists already means that another upsert was faster."""
    atomic: bool = True

    def is_undone(self, error: DataverseError) -> bool:
        """Return whether `error` proves that this changed nothing."""
        # What came before the failing part of a batch is done, unless it was a change set.
        return error.undone and (self.atomic or error.fault.index in {None, 0})


def request_of(operation: Operation, origin: Origin) -> Request:
    """Return the request that `operation` is."""
    content = None if operation.body is None else write_json(operation.body)
    kind = {} if content is None else {"Content-Type": "application/json; charset=utf-8"}
    sent = _from(origin, operation)
    return Request(
        name=str(operation),
        method=operation.method,
        path=sent.path,
        headers={**kind, **sent.headers},
        content=content,
        writes=operation.writes,
        may_be_repeated=operation.may_be_repeated,
        may_lose_a_race=_may_lose_a_race([operation]),
    )


def request_of_all(
    operations: Sequence[Operation], origin: Origin, *, atomic: bool, repeatable: bool
) -> Request:
    """Return the request that does `operations`, all of them or none if `atomic`.

    Raises: `RequestTooLarge` for more operations than Dataverse takes.
    """
    boundary = f"batch_{uuid4()}"
    writes = any(operation.writes for operation in operations)
    # Nothing says whether a batch's headers hold for what is in it, so that both have them.
    sent = [_from(origin, operation) for operation in operations]
    return Request(
        name=f"{'change set' if atomic else 'batch'} of {len(operations)}",
        method="POST",
        path="$batch",
        headers={
            **origin.headers(writes=writes),
            "Content-Type": f'multipart/mixed; boundary="{boundary}"',
        },
        content=write_batch(sent, root=API_PATH, boundary=boundary, atomic=atomic),
        writes=writes,
        may_be_repeated=repeatable or all(each.may_be_repeated for each in operations),
        may_lose_a_race=_may_lose_a_race(operations),
        atomic=atomic,
    )


def _from(origin: Origin, operation: Operation) -> Operation:
    headers = {**origin.headers(writes=operation.writes), **operation.headers}
    return replace(operation.tagged(origin.tag), headers=headers)


def _may_lose_a_race(operations: Sequence[Operation]) -> bool:
    # Where something is only to be created, a row that exists may be the answer asked for.
    upserts = any(operation.is_upsert for operation in operations)
    return upserts and not any(operation.creates_only for operation in operations)
