"""What Dataverse answers, read strictly: success as an `Answer`, anything else raised."""

import re
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx

from work365.adapters.dataverse.errors import AnswerUnreadable, DataverseError, Fault, error_of
from work365.http import read_json

ROW_AT_THE_END = re.compile(r"\(([0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})\)$")


@dataclass(frozen=True, slots=True)
class Answer:
    """A successful answer to one operation."""

    status: int
    headers: httpx.Headers
    body: dict[str, Any] | None

    @property
    def row(self) -> UUID | None:
        """Id of the row written, None if Dataverse named it by its key or not at all."""
        found = ROW_AT_THE_END.search(self.headers.get("OData-EntityId", ""))
        return UUID(found[1]) if found else None


def read_answer(
    operation: str, status: int, headers: httpx.Headers, content: bytes, index: int | None = None
) -> Answer:
    """Return the answer to `operation`.

    Raises: the error that `status` and the code in `content` stand for; `AnswerUnreadable`
    for a success whose content is not a JSON object.
    """
    if not httpx.codes.is_success(status):
        raise refused(operation, status, headers, content, index)
    if not content.strip():
        return Answer(status, headers, None)
    try:
        body = read_json(content)
    except ValueError as error:
        raise unreadable(operation, status, headers, str(error)) from error
    if not isinstance(body, dict):
        raise unreadable(operation, status, headers, "not a JSON object")
    return Answer(status, headers, body)


def refused(
    operation: str, status: int, headers: httpx.Headers, content: bytes, index: int | None = None
) -> DataverseError:
    """Return the error in an answer that is not a success."""
    code, message = _code_and_message(headers, content)
    return error_of(Fault(operation, status, code, message, request_id(headers), index), headers)


def unreadable(operation: str, status: int, headers: httpx.Headers, why: str) -> AnswerUnreadable:
    """Return the error that a success is whose content is not what was asked for."""
    return AnswerUnreadable(Fault(operation, status, None, why, request_id(headers)))


def request_id(headers: httpx.Headers) -> str | None:
    """Return the id under which Dataverse's own logs know the request."""
    stated: str | None = headers.get("x-ms-service-request-id") or headers.get("REQ_ID")
    return stated


def _code_and_message(headers: httpx.Headers, content: bytes) -> tuple[str | None, str]:
    try:
        error = read_json(content)["error"]
        code, message = str(error["code"]), str(error["message"])
    except (ValueError, TypeError, KeyError):
        # A gateway in front of Dataverse answers in HTML or not at all.
        kind = headers.get("Content-Type", "no type")
        return None, f"an answer of {kind} without Dataverse's own error"
    return code, message
