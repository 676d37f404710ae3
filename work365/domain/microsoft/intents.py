"""Intents: what is to be true at Microsoft, so that it can be asked for once and no more.

An intent says how things are to be in the end, and not what to do: whoever carries it out
looks first whether it is so already.
"""

from dataclasses import dataclass
from typing import TypeAlias

from work365.domain.catalog import BillingPlan, Term
from work365.domain.microsoft.licences import LicenceUpdate
from work365.domain.microsoft.orders import Purchase
from work365.domain.microsoft.subscriptions import NextTerm, TermEnd


@dataclass(frozen=True, slots=True)
class SetQuantity:
    """So many seats, where there were so many."""

    before: int
    after: int

    def __post_init__(self) -> None:
        assert self.before > 0, self
        assert self.after > 0, self

    @property
    def difference(self) -> int:
        """Seats that come; negative where they go."""
        return self.after - self.before

    def __str__(self) -> str:
        return f"{seats(self.after)} instead of {self.before}"


@dataclass(frozen=True, slots=True)
class Suspend:
    """The customer cannot use it, and Microsoft goes on charging for it."""

    def __str__(self) -> str:
        return "suspension"


@dataclass(frozen=True, slots=True)
class Reactivate:
    """The customer can use it again."""

    def __str__(self) -> str:
        return "reactivation"


@dataclass(frozen=True, slots=True)
class Cancel:
    """All of it is given back at once, which is possible within its window only."""

    def __str__(self) -> str:
        return "cancellation of all seats"


@dataclass(frozen=True, slots=True)
class AutoRenew:
    """What happens when the term is over: renew as it is, cancel, or extend."""

    term_end: TermEnd

    def __post_init__(self) -> None:
        assert self.term_end is not TermEnd.TRANSITION, "a transition is a renewal schedule"

    def __str__(self) -> str:
        return f"{self.term_end.value} at the end of the term"


@dataclass(frozen=True, slots=True)
class ScheduleRenewal:
    """It renews, and as something else. What is not named stays as it is."""

    next_term: NextTerm

    def __str__(self) -> str:
        return f"renewal with {_next_term(self.next_term)}"


@dataclass(frozen=True, slots=True)
class ChangePlan:
    """Another term or billing plan, from now on or from the next charge."""

    term: Term
    plan: BillingPlan

    def __str__(self) -> str:
        return f"a term of {self.term.value}, billed {self.plan.value}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Upgrade:
    """Some seats become a better product, or join a subscription of it."""

    part_number: str
    """`ProductId:SkuId` of what they become."""
    quantity: int
    with_licences: bool = True
    """Whether the users' licences move along."""
    into: str | None = None
    """Id of the subscription to join; without one there will be a new one."""
    term: Term | None = None
    plan: BillingPlan | None = None

    def __post_init__(self) -> None:
        assert self.quantity > 0, self.quantity

    def __str__(self) -> str:
        return f"{seats(self.quantity)} upgraded to {self.part_number}"


@dataclass(frozen=True, slots=True)
class CancelEntitlement:
    """An Azure subscription under a plan is stopped."""

    entitlement: str

    def __str__(self) -> str:
        return f"Azure subscription {self.entitlement} cancelled"


@dataclass(frozen=True, slots=True)
class ReactivateEntitlement:
    """An Azure subscription under a plan runs again."""

    entitlement: str

    def __str__(self) -> str:
        return f"Azure subscription {self.entitlement} reactivated"


@dataclass(frozen=True, slots=True)
class AssignLicences:
    """A user has some licences, and lacks others."""

    user: str
    update: LicenceUpdate

    def __str__(self) -> str:
        return f"licences of user {self.user}"


SubscriptionIntent: TypeAlias = (
    SetQuantity | Suspend | Reactivate | Cancel | AutoRenew | ScheduleRenewal | ChangePlan
)
"""What is changed of a subscription by sending the subscription itself."""

Intent: TypeAlias = (
    Purchase
    | SubscriptionIntent
    | Upgrade
    | CancelEntitlement
    | ReactivateEntitlement
    | AssignLicences
)


def described(intent: Intent) -> str:
    """Return `intent` in a few words, such as `12 seats instead of 10`."""
    if isinstance(intent, Purchase):
        return f"{seats(intent.quantity)} of {intent.part_number} bought"
    return str(intent)


def seats(quantity: int) -> str:
    """Return `quantity` seats in words."""
    return "1 seat" if quantity == 1 else f"{quantity} seats"


def _next_term(next_term: NextTerm) -> str:
    named = (
        next_term.part_number,
        None if next_term.quantity is None else seats(next_term.quantity),
        None if next_term.term is None else f"a term of {next_term.term.value}",
        None if next_term.plan is None else f"billing plan {next_term.plan.value}",
        None if next_term.promotion is None else f"promotion {next_term.promotion}",
        None if next_term.end_on is None else f"its end on {next_term.end_on}",
    )
    return ", ".join(text for text in named if text is not None) or "nothing else"
