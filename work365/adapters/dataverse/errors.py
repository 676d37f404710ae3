"""What Dataverse can answer that is not success, as the service's three kinds of failure.

Each error carries the `Fault`: Dataverse's own code and words, and the request id that its
support asks for. The code decides before the HTTP status does, because one status covers
many things.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from httpx import codes

from work365.errors import Contradiction, Refusal, Unavailable, Work365Error
from work365.http import retry_after_seconds


class KeyNotAddressable(Refusal):
    """An alternate key has a value that no address can name."""

    code = "dataverse_key_not_addressable"


class RequestTooLarge(Refusal):
    """A request is larger than Dataverse reads."""

    code = "dataverse_request_too_large"


@dataclass(frozen=True, slots=True)
class Fault:
    """What is known about a request that failed."""

    operation: str
    """Method and address without the query, which may hold names of people."""
    status: int | None
    """HTTP status, None when there was no answer."""
    code: str | None
    """Dataverse's code, such as `0x80040217`."""
    message: str
    request_id: str | None
    index: int | None = None
    """Place of the failing operation in its batch, counted from 0."""

    def __str__(self) -> str:
        where = "" if self.index is None else f" (operation {self.index} of the batch)"
        status = "no answer" if self.status is None else f"HTTP {self.status}"
        code = f" {self.code}" if self.code else ""
        request = f" [request {self.request_id}]" if self.request_id else ""
        return f"{self.operation}{where}: {status}{code}: {self.message}{request}"


class DataverseError(Work365Error):
    """Dataverse did not do as it was asked."""

    transient: ClassVar[bool] = False
    """Whether the same request may well succeed in a moment."""
    undone: ClassVar[bool] = False
    """Whether the answer proves that nothing was changed."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(str(fault))
        self.fault = fault
        self.maybe_done = False
        """Whether this attempt or an earlier one may have been carried out all the same."""


class RequestRefused(DataverseError, Refusal):
    """Dataverse understood the request and said no."""

    code = "dataverse_refused"
    undone = True


class PrivilegeDenied(RequestRefused):
    """The service's user lacks a privilege; the message names it."""

    code = "dataverse_privilege_denied"


class RowNotFound(RequestRefused):
    """The row, by id or by key, does not exist."""

    code = "dataverse_row_not_found"


class VersionMismatch(RequestRefused):
    """Someone else changed the row first."""

    code = "dataverse_version_mismatch"


class DuplicateKey(RequestRefused):
    """Another row has the same key. With `maybe_done` it may be the row just written."""

    code = "dataverse_duplicate_key"


class DeltaExpired(RequestRefused):
    """The delta link is too old, seven days by default: read the whole table again."""

    code = "dataverse_delta_expired"


class DataverseUnavailable(DataverseError, Unavailable):
    """Dataverse gave no answer, or not one that says what was done."""

    code = "dataverse_unavailable"
    transient = True

    def __init__(self, fault: Fault, retry_after_seconds: float | None = None) -> None:
        super().__init__(fault)
        self.retry_after_seconds = retry_after_seconds


class NothingDone(DataverseUnavailable):
    """The request did not reach Dataverse, or was rolled back."""

    code = "dataverse_nothing_done"
    undone = True


class Throttled(NothingDone):
    """A service protection limit was reached."""

    code = "dataverse_throttled"


class SignInRejected(NothingDone):
    """The access token was not accepted, and neither was a fresh one."""

    code = "dataverse_sign_in_rejected"
    transient = False


class CertificateRejected(NothingDone):
    """The other end is not trusted, so nothing was sent."""

    code = "dataverse_certificate_rejected"
    transient = False


class ServerFailed(DataverseUnavailable):
    """Dataverse failed inside. The same request a second later would fail as well."""

    code = "dataverse_server_failed"
    transient = False


class AnswerImpossible(DataverseError, Contradiction):
    """Dataverse answered what its documentation rules out."""

    code = "dataverse_answer_impossible"


class RowsLeftOut(DataverseError, Contradiction):
    """An answer has more rows than it shows, and nobody asked for the rest."""

    code = "dataverse_rows_left_out"


class AnswerUnreadable(AnswerImpossible):
    """The answer is cut off or not in the format asked for."""

    code = "dataverse_answer_unreadable"
    transient = True


BY_CODE: Mapping[str, type[DataverseError]] = {
    "0x80040217": RowNotFound,
    "0x80060891": RowNotFound,
    "0x80060882": VersionMismatch,
    "0x80040237": DuplicateKey,
    "0x80060892": DuplicateKey,
    "0x80043b08": DuplicateKey,  # a second price of a product and unit on one price list
    "0x80044352": DeltaExpired,
    "0x80072321": Throttled,
    "0x80072322": Throttled,
    "0x80072326": Throttled,
    "0x80044150": NothingDone,  # a deadlock in the database, this transaction its victim
    "0x80044151": NothingDone,  # a time-out in the database
}
"""Source: the error tables of the Dataverse Web API documentation."""

BY_STATUS: Mapping[int, type[DataverseError]] = {
    401: SignInRejected,
    403: PrivilegeDenied,
    408: DataverseUnavailable,
    429: Throttled,
    501: AnswerImpossible,
    502: DataverseUnavailable,
    503: DataverseUnavailable,
    504: DataverseUnavailable,
}


def error_of(fault: Fault, headers: Mapping[str, str]) -> DataverseError:
    """Return the error that `fault` is."""
    assert fault.status is not None
    kind = (
        BY_CODE.get((fault.code or "").lower())
        or BY_STATUS.get(fault.status)
        or _by_class(fault.status)
    )
    if issubclass(kind, DataverseUnavailable):
        return kind(fault, retry_after_seconds(headers))
    return kind(fault)


def _by_class(status: int) -> type[DataverseError]:
    if codes.is_client_error(status):
        return RequestRefused
    return ServerFailed if codes.is_server_error(status) else AnswerImpossible
