"""One change that is being told to a provider, and what can become of it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from work365.domain.findings import Finding, Severity
from work365.domain.microsoft.decisions import Refuse, request_id
from work365.domain.microsoft.provisioning import TermEndWanted
from work365.domain.microsoft.rules import RuleBook, Rules
from work365.errors import Refusal
from work365.ports.provider_desk import ProviderDesk
from work365.ports.provisioning import PendingChange, ProvisionedSubscription, ProvisioningStore

LOOKS_MAX = 40
"""How often is looked at what was begun at the provider, before a person has to."""
LOOK_AGAIN_AFTER = timedelta(minutes=2)
"""After the first look; after the second it is twice that, and so on."""
SLOWER_UNTIL = 30
"""From so many looks on they are equally far apart: 40 of them take about a day."""

CART = "cart:"
"""How a reference begins that is a cart, which may have been bought."""


class NotDone(Refusal):
    """The change cannot be made, or not without a person; nothing was done."""

    code = "not_provisioned"

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.finding_code = code

    @classmethod
    def of(cls, refused: Refuse) -> "NotDone":
        """Return the refusal that a decision is."""
        return cls(refused.finding.code, refused.finding.message)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """It is so at the provider."""

    message: str
    reference: str | None = None
    subscription_reference: str | None = None
    """The provider's id of the subscription that it has from now on, where it is new."""
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Later:
    """It is not so yet; nothing is wrong."""

    until: datetime
    message: str
    reference: str | None = None
    is_attempt: bool = False
    """Whether something was tried that cannot be tried for ever."""


Outcome = Finished | Later


@dataclass(slots=True, kw_only=True)
class Task:
    """A change that was taken up, with all that is needed to carry it out."""

    subscription: ProvisionedSubscription
    change: PendingChange
    desk: ProviderDesk
    book: RuleBook
    store: ProvisioningStore
    clock: Callable[[], datetime]

    @property
    def tenant(self) -> str:
        """Tenant of the customer."""
        assert self.subscription.tenant is not None, "it was looked at before it was taken up"
        return self.subscription.tenant

    @property
    def reference(self) -> str:
        """The provider's id of the subscription."""
        assert self.subscription.reference is not None, "an intent was made of it"
        return self.subscription.reference

    @property
    def path(self) -> str:
        """Where a finding about it leads."""
        return f"change {self.change.change.key}"

    @property
    def rules(self) -> Rules:
        """Microsoft's rules of now."""
        return self.book.at(self.clock())

    def request_id(self, step: str = "") -> UUID:
        """Return the id of a request: the same whenever this step is repeated."""
        return request_id(str(self.change.id), epoch=self.change.attempt_epoch, step=step)

    def attempt_id(self, step: str) -> UUID:
        """Return the id of a request that is sent after a look: another one at each attempt.

        It says how things are to be, so that it may be made twice; and the answer to one that
        came too early (busy, changed meanwhile) must not be had again for the next.
        """
        return self.request_id(f"{step}, attempt {self.change.attempts}")

    def begin(
        self, *, reference: str | None = None, said_again: TermEndWanted | None = None
    ) -> None:
        """Note what is about to be done.

        Raises: ChangeTaken: somebody else has taken the change up; do nothing.
        """
        self.change = self.store.begin(self.change, reference=reference, said_again=said_again)

    def look_again(
        self, message: str, *, reference: str | None = None, after: timedelta = LOOK_AGAIN_AFTER
    ) -> Later:
        """Return that it is under way at the provider, and is looked at soon.

        Raises: NotDone: that has been so for too long.
        """
        if self.change.attempts > LOOKS_MAX * (self.change.attempt_epoch + 1):
            raise NotDone(
                "takes_too_long",
                f"{message} That has been so for {LOOKS_MAX} looks. See what became of it at the"
                " provider; set to awaiting again, it is looked at again, and not done twice",
            )
        return Later(
            until=self.clock() + after * min(self.change.attempts, SLOWER_UNTIL),
            message=message,
            reference=reference,
            is_attempt=True,
        )

    def warning(self, code: str, message: str) -> Finding:
        """Return a finding about what was done, but needs a look."""
        return Finding(Severity.WARNING, code, message, self.path)
