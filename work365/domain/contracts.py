"""Billing contracts: when a customer is invoiced, and for which billing periods.

The contract's cycle says when an invoice is made. What is on it follows the same cycle on a
recurring contract, and each subscription's own cycle on a flexi contract.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from enum import Enum
from hashlib import sha256
from heapq import merge
from uuid import UUID

from work365.domain.changes import Change
from work365.domain.commitments import Commitment
from work365.domain.discounts import PercentageDiscount
from work365.domain.periods import (
    Cycle,
    MonthEnd,
    Period,
    bill_cycle_anchor,
    calendar_anchor,
    day_after,
)
from work365.domain.policies import USUAL_POLICY, BillingPolicy
from work365.domain.price_models import PriceModel
from work365.domain.proration import BY_ACTUAL_DAYS
from work365.domain.remembered_text import NOT_GIVEN, quoted
from work365.domain.taxes import STANDARD_TAX
from work365.domain.usage import UsageRecord
from work365.errors import Refusal

LAST_BILL_DAY = 31

PRICED = "priced-"
"""How the word begins that stands for terms of price."""

PRICES_VERSION = "v1"
"""How the text is written that the word of terms of price is made from.

Source: docs/decisions/0025-remembered-text-is-written-out.md.
"""

LAST_DAY_COUNTS = "last-day-counts"
OFFSET = "offset"
"""How the word begins that says by how many days invoices are moved."""

ENDLESS_MONTHS = 12 * 1_000
"""Length of a term that nobody set an end to."""


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
    NON_RECURRING = "non_recurring"
    """For one-time charges: each is invoiced on its day, and what is entered after a later
    invoice date was closed on the next, which is another's day or one of the contract's own."""


class Timing(Enum):
    """When a billing period is paid: at its start, or after its end."""

    ADVANCE = "advance"
    ARREARS = "arrears"


class AnchorRule(Enum):
    """From which day billing periods are counted."""

    ANNIVERSARY = "anniversary"
    """From the first day of the contract."""
    CALENDAR = "calendar"
    """From the first day of a month, a quarter or a year."""
    BILL_DAY = "bill_day"
    """From the same day of every month, whatever the first day was."""


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
    bill_day: int | None = None
    """Day of the month for `AnchorRule.BILL_DAY`, 1 to 31; the last of a shorter month."""
    month_end: MonthEnd = MonthEnd.CLAMP
    cycle_months: int = 1
    change_cycle_months: int = 1
    """How often changes inside a cycle are invoiced."""
    payment_days: int = 30
    review_days: int = 0
    """Days that an invoice stays a draft after its date."""
    policy: BillingPolicy = USUAL_POLICY
    discounts: tuple[PercentageDiscount, ...] = ()
    """On everything under the contract, after a subscription's own."""
    refund_at_end: bool = False
    """Whether what was billed beyond its end is credited, if the policy allows that."""

    def __post_init__(self) -> None:
        if (self.anchor_rule is AnchorRule.BILL_DAY) != (self.bill_day is not None):
            raise InvalidContract(
                f"contract {self.key}: bill day {self.bill_day} with anchor rule"
                f" {self.anchor_rule.value}; a bill day is given with the rule bill_day, and only"
                " with it"
            )
        if self.bill_day is not None and not 1 <= self.bill_day <= LAST_BILL_DAY:
            raise InvalidContract(
                f"contract {self.key}: bill day {self.bill_day} is not a day of the month; give"
                f" one from 1 to {LAST_BILL_DAY}"
            )
        if self.end_on is not None and self.end_on < self.start_on:
            raise InvalidContract(
                f"contract {self.key}: ends on {self.end_on}, before it starts on"
                f" {self.start_on}; correct one of the two days"
            )

    @property
    def fixed_terms(self) -> str:
        """The terms that cannot change once something was invoiced, as one line."""
        anchor = self.anchor_rule.value
        if self.bill_day is not None:
            anchor += f"-{self.bill_day}"
        chosen = [
            name
            for name, usual in (
                (self.month_end.value, MonthEnd.CLAMP.value),
                (self.policy.proration.name, BY_ACTUAL_DAYS.name),
                (LAST_DAY_COUNTS if self.policy.last_day_counts else "", ""),
                (f"{OFFSET}{self.policy.offset_days:+d}", f"{OFFSET}+0"),
            )
            if name != usual
        ]
        return " ".join(
            (
                self.type.value,
                self.timing.value,
                anchor,
                str(self.cycle_months),
                self.currency,
                str(self.start_on),
                *chosen,
            )
        )

    @property
    def priced(self) -> tuple[str, ...]:
        """Its terms of price as one word, by which a later edit is noticed; none has no word."""
        return (_digest(_discounts_text(self.discounts)),) if self.discounts else ()

    def known_through(self, invoice_on: date) -> date:
        """Return the last day whose facts are on an invoice of the day `invoice_on`."""
        offset = self.policy.offset_days
        return day_after(invoice_on, -offset) if offset else invoice_on

    def cycle(self, months: int, start_on: date) -> Cycle:
        """Return the cycle of `months` months of something that started on `start_on`."""
        match self.anchor_rule:
            case AnchorRule.ANNIVERSARY:
                anchor = start_on
            case AnchorRule.CALENDAR:
                anchor = calendar_anchor(start_on, months)
            case AnchorRule.BILL_DAY:
                assert self.bill_day is not None, "a contract with this rule has a bill day"
                anchor = bill_cycle_anchor(start_on, self.bill_day, months)
        return Cycle(anchor, months, self.month_end)

    def invoice_dates(self, *, after: date | None) -> Iterator[date]:
        """Yield, without end, the days on which an invoice may be made, oldest first.

        They are the start of the contract, its end, the starts of its billing periods, and
        in between the days on which changes are invoiced, each moved by the policy's offset.
        """
        offset = self.policy.offset_days
        since = None if after is None else day_after(after, -offset)
        for day in self._days_to_invoice(since):
            yield day_after(day, offset) if offset else day

    def _days_to_invoice(self, after: date | None) -> Iterator[date]:
        firsts = [self.start_on] if after is None else []
        since = after if after is not None else self.start_on
        if self.end_on is not None and self.end_on > since:
            firsts.append(self.end_on)
        whole = self.cycle(self.cycle_months, self.start_on)
        partial = self._change_cycle(whole)
        last = None
        for day in merge(firsts, whole.starts_after(since), partial.starts_after(since)):
            if day != last:
                yield day
            last = day

    def _change_cycle(self, whole: Cycle) -> Cycle:
        """Return the cycle on whose starts changes are invoiced, between those of `whole`."""
        if self.anchor_rule is AnchorRule.BILL_DAY and self.month_end is MonthEnd.CLAMP:
            # A yearly cycle from February has no 31st, and the months in between have one.
            return self.cycle(self.change_cycle_months, self.start_on)
        return Cycle(whole.anchor, self.change_cycle_months, self.month_end)


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
    billable: bool = True
    """Whether it is charged at all; one that is not may still be provisioned."""
    printed_with: str | None = None
    """Key of the subscription on whose line it is printed, as a part of a bundle."""
    price_model: PriceModel | None = None
    """How a quantity is priced, where it is not so much a unit."""
    usage: tuple[UsageRecord, ...] = ()
    usage_model: PriceModel | None = None
    """How what was used in a billing period is priced; billed in arrears always."""
    commitment: Commitment | None = None
    """The least and the most that its usage comes to in a whole billing period."""
    currency: str | None = None
    """The currency of its prices; the contract's where it is none."""
    tax_category: str = STANDARD_TAX
    discounts: tuple[PercentageDiscount, ...] = ()
    term_months: int | None = None
    """Length of its commitment; without one, a single term lasts as long as it does."""
    refund_at_end: bool = False
    """Whether what was billed beyond its end is credited, if the policy allows that."""

    def __post_init__(self) -> None:
        if self.end_on is not None and self.end_on < self.start_on:
            raise InvalidSubscription(
                f"subscription {self.key}: ends on {self.end_on}, before it starts on"
                f" {self.start_on}; correct one of the two days"
            )

    @property
    def terms(self) -> str:
        """Its own days and cycle as one line, by which a later edit of them is noticed."""
        words = [str(self.start_on), str(self.end_on or "-"), str(self.cycle_months or "-")]
        if not self.billable:
            words.append("unbilled")
        if self.is_priced_specially:
            words.append(_digest(*self._price_texts()))
        return " ".join(words)

    @property
    def is_priced_specially(self) -> bool:
        """Whether its prices are more than what the change log says."""
        return bool(
            self.price_model
            or self.usage_model
            or self.commitment
            or self.currency
            or self.discounts
        )

    def _price_texts(self) -> Iterator[str]:
        """Yield what is not usual only: what is added to the terms later changes no text."""
        if self.price_model:
            yield f"price ({self.price_model.content})"
        if self.usage_model:
            yield f"usage ({self.usage_model.content})"
        if self.commitment:
            yield self.commitment.content
        if self.currency:
            yield f"currency {quoted(self.currency)}"
        if self.discounts:
            yield _discounts_text(self.discounts)
            yield f"term {self.term_months or NOT_GIVEN}"

    @property
    def terms_cycle(self) -> Cycle:
        """The terms of its commitment, one after the other."""
        return Cycle(self.start_on, self.term_months or ENDLESS_MONTHS)

    def billing_cycle(self, contract: BillingContract) -> Cycle:
        """Return the cycle whose periods are charged for this subscription."""
        if contract.type is ContractType.FLEXI:
            return contract.cycle(self.cycle_months or contract.cycle_months, self.start_on)
        return contract.cycle(contract.cycle_months, contract.start_on)

    def service_period(self, contract: BillingContract, *, until: date) -> Period:
        """Return the days before `until` on which both it and the contract run."""
        start = max(self.start_on, contract.start_on)
        end = min(self.end_on or date.max, contract.end_on or date.max)
        if contract.policy.last_day_counts and end < date.max:
            end = day_after(end, 1)
        return Period(start, max(start, min(until, end)))


def _discounts_text(discounts: Iterable[PercentageDiscount]) -> str:
    return f"discounts [{' '.join(discount.content for discount in discounts)}]"


def _digest(*texts: str) -> str:
    """Return a short word that differs when one of `texts` does."""
    return PRICED + sha256(" ".join((PRICES_VERSION, *texts)).encode()).hexdigest()[:12]
