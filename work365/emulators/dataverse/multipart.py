"""Reads and writes the multipart text of a batch: tolerant in reading, strict in writing."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from uuid import uuid4

from work365.emulators.dataverse.calls import Answer
from work365.emulators.dataverse.errors import PAYLOAD_ERROR, DataverseError

_BOUNDARY = re.compile(r'multipart/mixed\s*;.*?boundary=("?)([^";]+)\1', re.IGNORECASE)
_REQUEST = re.compile(r"([A-Z]+) (\S.*?)(?: HTTP/1\.1)?")
LINE = b"\r\n"


@dataclass(frozen=True, kw_only=True)
class Operation:
    """One request inside a batch."""

    method: str
    url: str
    headers: dict[str, str]
    body: bytes
    content_id: str | None


@dataclass(frozen=True, kw_only=True)
class ChangeSet:
    """Operations that happen together or not at all."""

    operations: tuple[Operation, ...]


def boundary_of(content_type: str) -> str | None:
    """Return the boundary that a multipart content type names, or nothing."""
    found = _BOUNDARY.match(content_type.strip())
    return found.group(2).strip() if found else None


def read_parts(body: bytes, boundary: str) -> list[Operation | ChangeSet]:
    """Return what a batch asks for, in its order; raises if the text cannot be read."""
    found: list[Operation | ChangeSet] = []
    for part in _split(body, boundary):
        headers, content = _headers(part)
        inner = boundary_of(headers.get("content-type", ""))
        if inner is None:
            found.append(_operation(headers, content))
        else:
            found.append(_change_set(content, inner))
    return found


def _change_set(content: bytes, boundary: str) -> ChangeSet:
    operations = []
    for part in _split(content, boundary):
        headers, inside = _headers(part)
        if boundary_of(headers.get("content-type", "")) is not None:
            raise _unreadable("A change set cannot have a batch inside.")
        operations.append(_operation(headers, inside))
    return ChangeSet(operations=tuple(operations))


def _split(body: bytes, boundary: str) -> list[bytes]:
    mark = b"--" + boundary.encode()
    pieces = (LINE + body).split(LINE + mark)
    if len(pieces) < len(("before", "part", "end")) or not pieces[-1].startswith(b"--"):
        raise _unreadable("Stream was not readable.")
    parts = pieces[1:-1]
    if not all(part.lstrip(b" \t").startswith(LINE) for part in parts):
        raise _unreadable("Stream was not readable.")
    return [part.lstrip(b" \t")[len(LINE) :] for part in parts]


def _headers(part: bytes) -> tuple[dict[str, str], bytes]:
    head, blank, content = (LINE + part).partition(LINE + LINE)
    if not blank:
        raise _unreadable("Stream was not readable.")
    headers = {}
    for line in head.decode(errors="replace").split("\r\n"):
        name, colon, value = line.partition(":")
        if colon:
            headers[name.strip().lower()] = value.strip()
    return headers, content


def _operation(part_headers: dict[str, str], content: bytes) -> Operation:
    start, _, rest = content.lstrip(LINE).partition(LINE)
    request = _REQUEST.fullmatch(start.decode(errors="replace").strip())
    if request is None:
        raise _unreadable(f"The request line '{start.decode(errors='replace')}' is not valid.")
    headers, body = _headers(rest) if rest.strip() else ({}, b"")
    return Operation(
        method=request.group(1),
        url=request.group(2).strip(),
        headers=headers,
        body=body.rstrip(LINE),
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
