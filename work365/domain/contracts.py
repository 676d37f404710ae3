"""Billing contracts: when a customer is invoiced, and for which billing periods.

The contract's cycle says when an invoice is made. What is on it follows the same cycle on a
recurring contract, and each subscription's own cycle on a flexi contract.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import Enum
from heapq import merge
from itertools import chain
from uuid import UUID

from work365.domain.changes import Change
from work365.domain.periods import Cycle, Period, calendar_anchor
from work365.errors import Refusal


class InvalidContract(Refusal):
    """A contract's own terms contradict each other."""

    code = "invalid_contract"


class InvalidSubscription(Refusal):
    """A subscription's own days contradict each other."""

    code = "invalid_subscription"


class ContractType(Enum):
    """Which cycle says what is on an invoice."""

    RECURRING = "recurring"
    FLEXI = "flexi"


class Timing(Enum):
    """When a billing period is paid: at its start, or after its end."""

    ADVANCE = "advance"
    ARREARS = "arrears"


class AnchorRule(Enum):
    """From which day billing periods are counted."""

    ANNIVERSARY = "anniversary"
    CALENDAR = "calendar"


@dataclass(frozen=True, slots=True, kw_only=True)
class BillingContract:
    """The terms under which one customer is invoiced."""

    id: UUID
    key: str
    customer: UUID
    currency: str
    start_on: date
    end_on: date | None = None
    """First day that is not under contract any more."""
    active: bool = True
    """Whether it has left its draft: a contract in draft is not billed."""
    type: ContractType = ContractType.RECURRING
    timing: Timing = Timing.ADVANCE
    anchor_rule: AnchorRule = AnchorRule.ANNIVERSARY
    cycle_months: int = 1
    change_cycle_months: int = 1
    """How often changes inside a cycle are invoiced."""
    payment_days: int = 30
    review_days: int = 0
    """Days that an invoice stays a draft after its date."""

    def __post_init__(self) -> None:
        if self.end_on is not None and self.end_on < self.start_on:
            raise InvalidContract(
                f"contract {self.key}: ends on {self.end_on}, before it starts on"
                f" {self.start_on}; correct one of the two days"
            )

    @property
    def fixed_terms(self) -> str:
        """The terms that cannot change once something was invoiced, as one line."""
        return (
            f"{self.type.value} {self.timing.value} {self.anchor_rule.value}"
            f" {self.cycle_months} {self.currency} {self.start_on}"
        )

    def cycle(self, months: int, start_on: date) -> Cycle:
        """Return the cycle of `months` months of something that started on `start_on`."""
        if self.anchor_rule is AnchorRule.CALENDAR:
            return Cycle(calendar_anchor(start_on, months), months)
        return Cycle(start_on, months)

    def invoice_dates(self, *, after: date | None) -> Iterator[date]:
        """Yield, without end, the days on which an invoice may be made, oldest first.

        They are the start of the contract, its end, the starts of its billing periods, and
        in between the days on which changes are invoiced.
        """
        firsts = [self.start_on] if after is None else []
        since = after if after is not None else self.start_on
        if self.end_on is not None and self.end_on > since:
            firsts.append(self.end_on)
        whole = self.cycle(self.cycle_months, self.start_on)
        partial = Cycle(whole.anchor, self.change_cycle_months)
        last = None
        for day in merge(firsts, whole.starts_after(since), partial.starts_after(since)):
            if day != last:
                yield day
            last = day


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """A product under a contract, with the log of its changes."""

    id: UUID
    key: str
    name: str
    start_on: date
    end_on: date | None = None
    """First day on which it is not had any more."""
    cycle_months: int | None = None
    """Its own billing cycle, on a flexi contract."""
    changes: tuple[Change, ...] = ()

    def __post_init__(self) -> None:
        if self.end_on is not None and self.end_on < self.start_on:
            raise InvalidSubscription(
                f"subscription {self.key}: ends on {self.end_on}, before it starts on"
                f" {self.start_on}; correct one of the two days"
            )

    @property
    def terms(self) -> str:
        """Its own days and cycle as one line, by which a later edit of them is noticed."""
        return f"{self.start_on} {self.end_on or '-'} {self.cycle_months or '-'}"

    def billing_cycle(self, contract: BillingContract) -> Cycle:
        """Return the cycle whose periods are charged for this subscription."""
        if contract.type is ContractType.FLEXI:
            return contract.cycle(self.cycle_months or contract.cycle_months, self.start_on)
        return contract.cycle(contract.cycle_months, contract.start_on)

    def service_period(self, contract: BillingContract, *, until: date) -> Period:
        """Return the days before `until` on which both it and the contract run."""
        start = max(self.start_on, contract.start_on)
        ends = chain([until], (end for end in (self.end_on, contract.end_on) if end))
        return Period(start, max(start, min(ends)))
