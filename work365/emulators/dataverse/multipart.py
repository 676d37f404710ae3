"""Reads and writes the multipart text of a batch: tolerant in reading, strict in writing."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from http import HTTPStatus
from uuid import uuid4

from work365.emulators.dataverse.calls import Answer
from work365.emulators.dataverse.errors import PAYLOAD_ERROR, DataverseError
from work365.emulators.dataverse.header_fields import header_fields

_BOUNDARY = re.compile(r'multipart/mixed\s*;.*?boundary=("?)([^";]+)\1', re.IGNORECASE)
_REQUEST = re.compile(r"([A-Z]+) (\S.*?)(?: HTTP/1\.1)?")
_HEADER = re.compile(r"([\w.-]+)[ \t]*:(.*)", re.ASCII)
_BLANK_LINE = re.compile(rb"(?:\A|\r?\n)\r?\n")
LINE = b"\r\n"


@dataclass(frozen=True, kw_only=True)
class Operation:
    """One request inside a batch."""

    method: str
    url: str
    headers: dict[str, str]
    body: bytes
    content_id: str | None
    is_readable: bool = True


@dataclass(frozen=True, kw_only=True)
class ChangeSet:
    """Operations that happen together or not at all."""

    operations: tuple[Operation, ...]


def boundary_of(content_type: str) -> str | None:
    """Return the boundary that a multipart content type names, or nothing."""
    found = _BOUNDARY.match(content_type.strip())
    return found.group(2).strip() if found else None


def read_parts(body: bytes, boundary: str) -> list[Operation | ChangeSet]:
    """Return what a batch asks for, in its order; raises if the text cannot be read.

    Lines end with a carriage return and a line feed, or with a line feed alone. A batch whose
    last line has not such an end, or not two line feeds, is read short: its last operation loses
    its body.

    Source: Troubleshoot Dataverse Web API client errors, "Stream was not readable".
    """
    found: list[Operation | ChangeSet] = []
    for part in _split(body, boundary):
        headers, content = _headers(part)
        inner = boundary_of(headers.get("content-type", ""))
        if inner is None:
            found.append(_operation(headers, content))
        else:
            found.append(_change_set(content, inner))
    if not body.endswith((b"\r\n", b"\n\n")):
        found[-1] = _cut_short(found[-1])
    return found


def _cut_short(part: Operation | ChangeSet) -> Operation | ChangeSet:
    if isinstance(part, Operation):
        return replace(part, is_readable=not part.body)
    *others, last = part.operations
    return ChangeSet(operations=(*others, replace(last, is_readable=not last.body)))


def _change_set(content: bytes, boundary: str) -> ChangeSet:
    operations = []
    for part in _split(content, boundary):
        headers, inside = _headers(part)
        if boundary_of(headers.get("content-type", "")) is not None:
            raise _unreadable("A change set cannot have a batch inside.")
        operations.append(_operation(headers, inside))
    _check_content_ids([each.content_id for each in operations if each.content_id])
    return ChangeSet(operations=tuple(operations))


def _check_content_ids(stated: Sequence[str]) -> None:
    for content_id in stated:
        if stated.count(content_id) > 1:
            raise _unreadable(
                f"The content ID '{content_id}' was found more than once in the same change set or "
                "same batch request. Content IDs have to be unique across all operations of a "
                "change set for OData V4.0 and have to be unique across all operations in the "
                "whole batch request for OData V4.01."
            )


def _split(body: bytes, boundary: str) -> list[bytes]:
    """Return what stands between the boundaries; at least one part."""
    mark = rb"(?:\A|\r?\n)--" + re.escape(boundary.encode()) + rb"(--)?[ \t]*(?=\r?\n|\Z)"
    _, *pieces = re.split(mark, body)
    ends, parts = pieces[0::2], pieces[1::2]
    if len(parts) < len(("part", "end")) or ends[-1] is None or any(ends[:-1]):
        raise _unreadable("Stream was not readable.")
    return [part.removeprefix(b"\r").removeprefix(b"\n") for part in parts[:-1]]


def _headers(part: bytes) -> tuple[dict[str, str], bytes]:
    head, content = _at_blank_line(part)
    if content is None:
        raise _unreadable("Stream was not readable.")
    return _named(head), content


def _at_blank_line(text: bytes) -> tuple[bytes, bytes | None]:
    head, *rest = _BLANK_LINE.split(text, maxsplit=1)
    return head, rest[0] if rest else None


def _named(head: bytes) -> dict[str, str]:
    headers = []
    for line in filter(None, re.split(r"\r?\n", head.decode(errors="replace"))):
        header = _HEADER.fullmatch(line)
        if header is None:
            raise _unreadable(
                f"The message header '{line}' is invalid. The header value must be of the format "
                "'<header name>: <header value>'."
            )
        headers.append((header.group(1), header.group(2).strip()))
    return header_fields(headers)


def _operation(part_headers: dict[str, str], content: bytes) -> Operation:
    start, _, rest = content.lstrip(b"\r\n").partition(b"\n")
    request = _REQUEST.fullmatch(start.decode(errors="replace").strip())
    if request is None:
        raise _unreadable(f"The request line '{start.decode(errors='replace')}' is not valid.")
    # Without a blank line there is no body: clients end the headers of a GET with the line break
    # that belongs to the boundary.
    head, body = _at_blank_line(rest)
    headers = _named(head)
    return Operation(
        method=request.group(1),
        url=request.group(2).strip(),
        headers=headers,
        body=(body or b"").rstrip(b"\r\n"),
        content_id=part_headers.get("content-id") or headers.get("content-id"),
    )


def _unreadable(why: str) -> DataverseError:
    return DataverseError(400, PAYLOAD_ERROR, why)


def write_parts(parts: Sequence[Answer | Sequence[tuple[Answer, str | None]]]) -> Answer:
    """Return the answer of a batch; a sequence among the parts is a change set's answers."""
    boundary = f"batchresponse_{uuid4()}"
    body = b""
    for part in parts:
        text = _part(part, None) if isinstance(part, Answer) else _change_set_text(part)
        body += b"--" + boundary.encode() + LINE + text
    body += b"--" + boundary.encode() + b"--" + LINE
    return Answer(
        status=200, headers={"Content-Type": f"multipart/mixed; boundary={boundary}"}, body=body
    )


def _change_set_text(answers: Sequence[tuple[Answer, str | None]]) -> bytes:
    boundary = f"changesetresponse_{uuid4()}"
    text = f"Content-Type: multipart/mixed; boundary={boundary}\r\n\r\n".encode()
    for answer, content_id in answers:
        text += b"--" + boundary.encode() + LINE + _part(answer, content_id)
    return text + b"--" + boundary.encode() + b"--" + LINE


def _part(answer: Answer, content_id: str | None) -> bytes:
    outer = ["Content-Type: application/http", "Content-Transfer-Encoding: binary"]
    if content_id is not None:
        outer.append(f"Content-ID: {content_id}")
    inner = [f"HTTP/1.1 {answer.status} {HTTPStatus(answer.status).phrase}"]
    inner += [f"{name}: {value}" for name, value in answer.headers.items()]
    inner.append("OData-Version: 4.0")
    head = "\r\n".join([*outer, "", *inner, "", ""])
    return head.encode() + answer.body + LINE
