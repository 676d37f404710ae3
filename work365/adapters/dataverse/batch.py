"""Several operations in one request: multipart out, multipart back, nothing assumed.

Operations are done in order, and the first that fails ends the batch. In a change set all
are done or none.
Source: OData 4.0 Part 1, 11.7; Microsoft Learn, "Execute batch operations using the Web API".
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from email.message import Message

import httpx

from work365.adapters.dataverse.answers import Answer, read_answer
from work365.adapters.dataverse.errors import RequestTooLarge
from work365.adapters.dataverse.operations import Operation
from work365.http import write_json

OPERATIONS_MAX = 1_000
CRLF = "\r\n"
PART_HEADERS = ("Content-Type: application/http", "Content-Transfer-Encoding: binary")


class NotMultipart(ValueError):
    """Content does not follow the multipart format."""


@dataclass(frozen=True, slots=True)
class Part:
    """One answer inside the answer."""

    content_id: str | None
    status: int
    headers: httpx.Headers
    content: bytes


def write_batch(
    operations: Sequence[Operation], *, root: str, boundary: str, atomic: bool
) -> bytes:
    """Return `operations` as the content of one request, in one change set if `atomic`.

    `root` is the path of the service root. In a change set operations are numbered from 1, so
    that a later one can name the row of an earlier one as `$1`.

    Raises: `RequestTooLarge` for more operations than Dataverse takes.
    """
    if len(operations) > OPERATIONS_MAX:
        raise RequestTooLarge(f"{len(operations)} operations, of {OPERATIONS_MAX} at most")
    assert not atomic or all(operation.writes for operation in operations)
    requests = [_request(operation, root) for operation in operations]
    if not atomic:
        parts = [_lines(*PART_HEADERS, "", request) for request in requests]
        return _multipart(parts, boundary).encode()
    inner = f"changeset_{boundary}"
    parts = [
        _lines(*PART_HEADERS, f"Content-ID: {number}", "", request)
        for number, request in enumerate(requests, start=1)
    ]
    change_set = _lines(
        f"Content-Type: multipart/mixed; boundary={inner}", "", _multipart(parts, inner)
    )
    return _multipart([change_set], boundary).encode()


def read_batch(content_type: str, content: bytes) -> list[Part]:
    """Return the answers in `content`, those of a change set in their place.

    Raises: `NotMultipart` for anything that is not complete and well-formed.
    """
    return list(_answers(content_type, content))


def match_answers(
    operations: Sequence[Operation], parts: Sequence[Part], *, atomic: bool
) -> list[Answer]:
    """Return the answer to each of `operations`.

    Raises: the error of the first part that is not a success, with its index unless a change
    set failed as a whole; `NotMultipart` if there is not exactly one answer to each.
    """
    answers = {}
    for place, part in enumerate(parts):
        index = place if part.content_id is None else _index(part.content_id)
        if index >= len(operations) or index in answers:
            raise NotMultipart(f"an answer to operation {index}, which was not asked")
        # The one answer to a change set that failed need not say which operation it was.
        whole = atomic and part.content_id is None and not httpx.codes.is_success(part.status)
        name = "change set" if whole else str(operations[index])
        answers[index] = read_answer(
            name, part.status, part.headers, part.content, None if whole else index
        )
    if len(answers) != len(operations):
        raise NotMultipart(f"{len(answers)} answers to {len(operations)} operations")
    return [answers[index] for index in range(len(operations))]


def _request(operation: Operation, root: str) -> str:
    # "$1" stands for a row of the same change set and is not below the root.
    path = operation.path if operation.path.startswith("$") else root + operation.path
    headers = {"Accept": "application/json", **operation.headers}
    if operation.body is not None:
        headers["Content-Type"] = "application/json"
    stated = (f"{name}: {value}" for name, value in headers.items())
    body = "" if operation.body is None else write_json(operation.body)
    return _lines(f"{operation.method} {path} HTTP/1.1", *stated, "", body)


def _multipart(parts: Sequence[str], boundary: str) -> str:
    return "".join(f"--{boundary}{CRLF}{part}{CRLF}" for part in parts) + f"--{boundary}--{CRLF}"


def _lines(*lines: str) -> str:
    return CRLF.join(lines)


def _answers(content_type: str, content: bytes) -> Iterator[Part]:
    for headers, body in _split(content, _boundary(content_type)):
        kind = headers.get("Content-Type", "")
        if kind.startswith("multipart/"):
            yield from _answers(kind, body)
        elif kind.startswith("application/http"):
            yield _part(headers.get("Content-ID"), body)
        else:
            raise NotMultipart(f"a part of type {kind!r}")


def _boundary(content_type: str) -> bytes:
    header = Message()
    header["Content-Type"] = content_type
    boundary = header.get_boundary()
    if header.get_content_type() != "multipart/mixed" or not boundary:
        raise NotMultipart(f"content of type {content_type!r}")
    return boundary.encode()


def _split(content: bytes, boundary: bytes) -> Iterator[tuple[httpx.Headers, bytes]]:
    _, *parts = (b"\r\n" + content).split(b"\r\n--" + boundary)
    if not parts or not parts.pop().startswith(b"--"):
        raise NotMultipart("cut off before the closing boundary")
    for part in parts:
        yield _headers_and_rest(part)


def _part(content_id: str | None, content: bytes) -> Part:
    status_line, _, rest = content.lstrip().partition(b"\r\n")
    match status_line.decode("ascii", "replace").split(" ", 2):
        case ["HTTP/1.1", status, *_] if status.isdecimal():
            headers, body = _headers_and_rest(rest)
            return Part(content_id, int(status), headers, body)
        case _:
            raise NotMultipart(f"a status line {status_line[:40]!r}")


def _headers_and_rest(content: bytes) -> tuple[httpx.Headers, bytes]:
    head, blank, rest = content.partition(b"\r\n\r\n")
    if not blank:
        raise NotMultipart("headers without an end")
    headers: list[tuple[str, str]] = []
    for line in filter(None, head.decode("latin-1").split(CRLF)):
        name, colon, value = line.partition(":")
        if not colon:
            raise NotMultipart(f"a header {line[:40]!r}")
        headers.append((name.strip(), value.strip()))
    return httpx.Headers(headers), rest


def _index(content_id: str) -> int:
    if not content_id.isdecimal() or int(content_id) == 0:
        raise NotMultipart(f"a Content-ID {content_id!r}")
    return int(content_id) - 1
