"""Runs a batch: its operations one after the other, its change sets as one transaction each."""

from collections.abc import Callable
from dataclasses import replace
from urllib.parse import parse_qsl

from work365.emulators.dataverse.calls import Answer, Call, Caller, error_answer
from work365.emulators.dataverse.environment import Environment
from work365.emulators.dataverse.errors import (
    DataverseError,
    not_emulated,
    query_error,
    stream_unreadable,
)
from work365.emulators.dataverse.multipart import (
    ChangeSet,
    Operation,
    boundary_of,
    read_parts,
    write_parts,
)
from work365.emulators.dataverse.references import relative
from work365.emulators.dataverse.transactions import Transaction

OPERATIONS_MAX = 1_000
URL_LENGTH_MAX = 32_768
FIRST_ERROR_STATUS = 400

RunAlone = Callable[[Call], Answer]
RunInside = Callable[[Call, Transaction], Answer]
Part = Answer | list[tuple[Answer, str | None]]


class Batch:
    """Runs batches with the functions that answer one request."""

    def __init__(self, environment: Environment, alone: RunAlone, inside: RunInside) -> None:
        self._environment = environment
        self._alone = alone
        self._inside = inside

    def answer(self, call: Call) -> Answer:
        """Do a batch, and answer with its parts' answers."""
        boundary = boundary_of(call.headers.get("content-type", ""))
        if boundary is None:
            raise query_error("The message has no 'multipart/mixed' content type with a boundary.")
        parts = read_parts(call.body, boundary)
        count = sum(len(part.operations) if isinstance(part, ChangeSet) else 1 for part in parts)
        if count > OPERATIONS_MAX:
            raise DataverseError(
                400,
                "0x80040203",
                f"Number of requests in the batch exceeds the maximum of {OPERATIONS_MAX}.",
            )
        return self._run(call, parts)

    def _run(self, call: Call, parts: list[Operation | ChangeSet]) -> Answer:
        answers: list[Part] = []
        failed = 0
        for part in parts:
            status = self._part(call, part, answers)
            if status >= FIRST_ERROR_STATUS and not call.preferences.continue_on_error:
                failed = status
                break
        answer = write_parts(answers)
        answer.status = failed or answer.status
        answer.headers.update(call.preferences.applied_header("odata.continue-on-error"))
        return answer

    def _part(self, call: Call, part: Operation | ChangeSet, answers: list[Part]) -> int:
        """Run a part, add its answer, and return its status."""
        if isinstance(part, ChangeSet):
            self._count("change set", part.operations)
            change_set = self._change_set(call, part)
            answers.append(change_set)
            return change_set[-1][0].status if change_set else 200
        self._count("alone", (part,))
        try:
            answer = self._alone(_call(call, part, {}))
        except DataverseError as error:
            answer = error_answer(error)
        answers.append(answer)
        return answer.status

    def _count(self, where: str, operations: tuple[Operation, ...]) -> None:
        for operation in operations:
            kind = f"{operation.method} {where}"
            self._environment.tally.add("batch_operations", {kind: 1})

    def _change_set(self, call: Call, change_set: ChangeSet) -> list[tuple[Answer, str | None]]:
        answers: list[tuple[Answer, str | None]] = []
        content_ids: dict[str, str] = {}
        current: Operation | None = None
        try:
            caller = _tagged(call.caller, change_set.operations)
            with self._environment.transaction(caller) as transaction:
                for current in change_set.operations:
                    answer = self._inside(_call(call, current, content_ids), transaction)
                    answers.append((answer, current.content_id))
                    made = answer.headers.get("OData-EntityId") or answer.headers.get("Location")
                    if made and current.content_id:
                        content_ids[f"${current.content_id}"] = made
        except DataverseError as error:
            return [(error_answer(error), current.content_id if current else None)]
        return answers


def _call(outer: Call, operation: Operation, content_ids: dict[str, str]) -> Call:
    if len(operation.url) > URL_LENGTH_MAX:
        raise query_error(
            f"The URL in the batch is longer than the maximum of {URL_LENGTH_MAX} characters."
        )
    if operation.url.partition("?")[0].endswith("$batch"):
        raise query_error("A batch cannot have a batch inside.")
    path, _, query = relative(operation.url, content_ids).partition("?")
    if not operation.is_readable:
        raise stream_unreadable(path)
    return replace(
        outer,
        caller=_tagged(outer.caller, (operation,)),
        method=operation.method,
        path=path,
        query=query,
        headers=operation.headers,
        body=operation.body,
        content_ids=content_ids,
    )


def _tagged(caller: Caller, operations: tuple[Operation, ...]) -> Caller:
    """Return the caller with the one tag that addresses of the operations have."""
    queries = (parse_qsl(operation.url.partition("?")[2]) for operation in operations)
    tags = {value for query in queries for name, value in query if name == "tag"}
    if len(tags) > 1:
        raise not_emulated("a change set whose operations have different tags")
    return replace(caller, tag=tags.pop()) if tags else caller
