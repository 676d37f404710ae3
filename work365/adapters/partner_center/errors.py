"""What Microsoft can answer that is not success, as the service's three kinds of failure.

Each error says in plain words what is the matter and what to do, and then Microsoft's own
code, sentence and ids, which its support asks for. Which code is which error is told by
`work365.adapters.partner_center.error_codes`.
"""

from dataclasses import dataclass
from typing import ClassVar

from work365.errors import Contradiction, Refusal, Unavailable, Work365Error


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What is known about a request that failed."""

    operation: str
    """Method and path, without the query and without ids of persons."""
    description: str
    status: int | None = None
    """HTTP status, None when there was no answer."""
    code: str | None = None
    """Microsoft's code, such as `800090`."""
    request_id: str | None = None
    correlation_id: str | None = None

    def __str__(self) -> str:
        known = [
            "" if self.status is None else f"HTTP {self.status}",
            f"code {self.code}" if self.code else "",
        ]
        answer = ", ".join(each for each in known if each)
        ids = [
            f"{name} {value}"
            for name, value in (("request", self.request_id), ("correlation", self.correlation_id))
            if value
        ]
        told = f" ({', '.join(ids)})" if ids else ""
        return ": ".join(part for part in (self.operation, answer, self.description) if part) + told


class PartnerCenterError(Work365Error):
    """Microsoft did not do as it was asked."""

    transient: ClassVar[bool] = False
    """Whether the same request may well succeed in a moment."""
    undone: ClassVar[bool] = False
    """Whether the answer proves that nothing was changed."""
    words: ClassVar[str]
    """What is the matter and what to do, in plain words."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(f"{self.words} {fault}".strip())
        self.fault = fault
        self.maybe_done = False
        """Whether this attempt or an earlier one may have been carried out all the same."""


class RequestRefused(PartnerCenterError, Refusal):
    """Microsoft understood the request and said no."""

    code = "microsoft_refused"
    undone = True
    words = "Microsoft refused this."


class NotFound(RequestRefused):
    """What was asked for does not exist, or not any more."""

    code = "microsoft_not_found"
    words = "Microsoft does not know this, or not any more."


class VersionChanged(RequestRefused):
    """Somebody else changed it first."""

    code = "microsoft_version_changed"
    words = "It was changed at Microsoft in the meantime. Look at it again, and then repeat."


class AlreadyThere(RequestRefused):
    """What was to be created exists."""

    code = "microsoft_already_there"
    words = "This exists at Microsoft already."


class PartnerCenterUnavailable(PartnerCenterError, Unavailable):
    """Microsoft gave no answer, or not one that says what was done."""

    code = "microsoft_unavailable"
    transient = True
    words = "Microsoft gave no sound answer. It is tried again later."

    def __init__(self, fault: Fault, retry_after_seconds: float | None = None) -> None:
        super().__init__(fault)
        self.retry_after_seconds = retry_after_seconds


class NothingDone(PartnerCenterUnavailable):
    """The request did not reach Microsoft, or was turned away."""

    code = "microsoft_nothing_done"
    undone = True
    words = "Microsoft did not take the request on. It is tried again later."


class Throttled(NothingDone):
    """More was asked than Microsoft allows in a minute."""

    code = "microsoft_throttled"
    words = "Microsoft was asked more than it allows in a minute. It is tried again later."


class SignInRejected(NothingDone):
    """The access token was not accepted, and neither was a fresh one."""

    code = "microsoft_sign_in_rejected"
    transient = False
    words = (
        "Microsoft does not accept our sign-in. Look at the provider's connection; it may have"
        " to be consented to again."
    )


class Busy(NothingDone):
    """Microsoft is still working on something else about it."""

    code = "microsoft_busy"
    transient = False
    words = "Microsoft is still busy with it. It is tried again later."


class PendingOperation(Busy):
    """An operation on the subscription is pending, for up to a day."""

    code = "microsoft_pending_operation"
    words = (
        "Another change of the subscription is still under way at Microsoft. It is tried again"
        " when 24 hours have passed."
    )


class StillRunning(PartnerCenterUnavailable):
    """Microsoft took the request on, and did not finish while we waited."""

    code = "microsoft_still_running"
    transient = False
    words = "Microsoft is still at work on it. It is looked at again later."


class ServerFailed(PartnerCenterUnavailable):
    """Microsoft failed inside."""

    code = "microsoft_server_failed"
    words = "Microsoft failed inside. It is tried again later."


class AnswerImpossible(PartnerCenterError, Contradiction):
    """Microsoft answered what its documentation rules out."""

    code = "microsoft_answer_impossible"
    words = "Microsoft answered what cannot be; nothing of it was taken."


class AnswerUnreadable(AnswerImpossible):
    """The answer is cut off or not in the format asked for."""

    code = "microsoft_answer_unreadable"
    transient = True


class RowsLeftOut(AnswerImpossible):
    """A list says that it has another number of rows than came."""

    code = "microsoft_rows_left_out"
    words = "Part of the list is missing. Nothing was taken from it."


class LedElsewhere(AnswerImpossible):
    """A link in an answer leads to another host, to which nothing of ours is sent."""

    code = "microsoft_led_elsewhere"
