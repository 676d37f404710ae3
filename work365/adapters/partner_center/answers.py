"""What Microsoft answers, read strictly: success as an `Answer`, anything else raised."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from work365.adapters.partner_center.calls import Call
from work365.adapters.partner_center.error_codes import error_of
from work365.adapters.partner_center.errors import (
    AlreadyThere,
    AnswerImpossible,
    AnswerUnreadable,
    Busy,
    Fault,
    PartnerCenterError,
)
from work365.adapters.partner_center.response_text import NotJson, read_response
from work365.http import PAUSE_SECONDS_MAX, retry_after_seconds
from work365.identity.clouds import Audience
from work365.identity.redaction import mask

DESCRIPTION_CHARACTERS_MAX = 500
CODE_CHARACTERS_MAX = 80
ANSWER_BYTES_MAX = 64 * 1024**2
"""A page of the largest lists has about one million."""

_OF_THE_WAY = ("Content-Encoding", "Content-Length", "Transfer-Encoding")

_TRY_AGAIN = re.compile(r"again in ([0-9]+) seconds", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Sent:
    """The ids under which a call was sent."""

    request_id: str
    correlation_id: str


@dataclass(frozen=True, slots=True)
class Answer:
    """A successful answer."""

    status: int
    headers: httpx.Headers
    body: Any
    maybe_done_before: bool = False
    """Whether an earlier sending may have been carried out, of which nothing was heard."""

    @property
    def is_accepted_only(self) -> bool:
        """Whether Microsoft took the request on and will do it later."""
        return self.status == httpx.codes.ACCEPTED


def read_answer(call: Call, sent: Sent, response: httpx.Response) -> Answer:
    """Return the answer to `call`, its body as JSON, or None where there is none.

    Raises: the error that the answer stands for; AnswerUnreadable: a success that is not JSON.
    """
    check_success(call, sent, response)
    if not response.content.strip():
        return Answer(response.status_code, response.headers, None)
    try:
        body = read_response(response.content.decode("utf-8-sig"))
    except (NotJson, UnicodeDecodeError) as error:
        raise unreadable(call, sent, response, str(error)) from error
    return Answer(response.status_code, response.headers, body)


def received(call: Call, response: httpx.Response) -> httpx.Response:
    """Return `response` with all of its content, which is read from the network here.

    Raises: AnswerImpossible: it is larger than any that is sent.
    """
    content = bytearray()
    for piece in response.iter_bytes():
        content += piece
        if len(content) > ANSWER_BYTES_MAX:
            raise impossible(call, f"an answer of more than {ANSWER_BYTES_MAX:,} bytes")
    headers = httpx.Headers(response.headers)
    for name in _OF_THE_WAY:
        headers.pop(name, None)
    return httpx.Response(response.status_code, headers=headers, content=bytes(content))


def check_success(call: Call, sent: Sent, response: httpx.Response) -> None:
    """Raise the error that `response` stands for, unless it is a success."""
    if not response.is_success:
        raise _refused(call, sent, response)


def unreadable(call: Call, sent: Sent, response: httpx.Response, why: str) -> AnswerUnreadable:
    """Return the error that a success is whose content is not what was asked for."""
    return AnswerUnreadable(_fault(call, sent, response, None, why))


def impossible(call: Call, why: str) -> AnswerImpossible:
    """Return the error that an answer is which reads well and cannot be true."""
    return AnswerImpossible(Fault(operation=str(call), description=why))


def _refused(call: Call, sent: Sent, response: httpx.Response) -> PartnerCenterError:
    code, description = _code_and_description(response)
    fault = _fault(call, sent, response, code, description)
    error = error_of(fault, _seconds(response.headers, description))
    if isinstance(error, Busy) and code is not None and call.endpoint.audience is Audience.GRAPH:
        return AlreadyThere(fault)
    return error


def _fault(
    call: Call, sent: Sent, response: httpx.Response, code: str | None, description: str
) -> Fault:
    headers = response.headers
    return Fault(
        operation=str(call),
        description=description,
        status=response.status_code,
        code=code,
        request_id=headers.get("MS-RequestId") or headers.get("request-id") or sent.request_id,
        correlation_id=headers.get("MS-CorrelationId") or sent.correlation_id,
    )


def _code_and_description(response: httpx.Response) -> tuple[str | None, str]:
    try:
        body = read_response(response.content.decode("utf-8-sig"))
    except (NotJson, UnicodeDecodeError):
        body = None
    # Microsoft Graph wraps its error; the gateway in front of Partner Center has a shape of
    # its own, in which the code is the HTTP status.
    error = body.get("error", body) if isinstance(body, dict) else None
    if isinstance(error, dict):
        description = error.get("description") or error.get("message")
        if isinstance(description, str):
            code = error.get("code")
            return None if code is None else str(code)[:CODE_CHARACTERS_MAX], _short(description)
    kind = response.headers.get("Content-Type", "no type")
    return None, f"an answer of {kind} without Microsoft's own error"


def _short(description: str) -> str:
    # On one line, since it is logged, and without what it may repeat of the request.
    told = mask(" ".join(description.split()))
    if len(told) <= DESCRIPTION_CHARACTERS_MAX:
        return told
    return f"{told[:DESCRIPTION_CHARACTERS_MAX]}…"


def _seconds(headers: Mapping[str, str], description: str) -> float | None:
    told = _TRY_AGAIN.search(description)
    asked = retry_after_seconds(headers)
    return min(float(told[1]), PAUSE_SECONDS_MAX) if asked is None and told else asked
