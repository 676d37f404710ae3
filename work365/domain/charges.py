"""Charges: what a subscription costs, period by period, before it is on an invoice.

Billing is a subtraction. `propose` lists every charge a subscription should ever have had;
`settle` takes away what was already billed. What is left over goes on the next invoice: a
positive quantity is owed, a negative one is a credit. So running billing twice changes
nothing, and a correction, a late change and a cancellation need no code of their own.

The subtraction compares days and quantities, never amounts, so that rounding cannot leave
cents behind.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from typing import NamedTuple

from work365.domain.changes import Standing, standings
from work365.domain.contracts import BillingContract, Subscription, Timing
from work365.domain.money import Money
from work365.domain.periods import Period

PRORATION = "actual-days/1"
"""Name and version of the rule in `Charge.exact_amount`, kept on every line it made."""

LICENSE = "license"
"""The component of a subscription that seats are charged under."""


class Price(NamedTuple):
    """What one unit of a subscription's component costs.

    Units: `per_unit` in the currency's major unit, for `months` months.
    """

    subscription: str
    component: str
    currency: str
    per_unit: Decimal
    months: int


class Slot(NamedTuple):
    """Where charges can be compared with each other: one price in one billing period."""

    price: Price
    start: date
    end: date
    """First day after the billing period."""
    cycle_months: int

    @property
    def billing_period(self) -> Period:
        """The whole period that the price, times its months, pays for."""
        return Period(self.start, self.end)


@dataclass(frozen=True, slots=True)
class Charge:
    """A quantity at one price, for a part of one billing period."""

    slot: Slot
    service_period: Period
    quantity: Decimal

    @property
    def exact_amount(self) -> Fraction:
        """What is owed before rounding: quantity, price for the cycle, and share of its days."""
        # One fraction of whole numbers: to reduce every step of the product takes longer.
        price, share = self.slot.price, self.service_period.share_of(self.slot.billing_period)
        quantity, per_unit = self.quantity.as_integer_ratio(), price.per_unit.as_integer_ratio()
        return Fraction(
            quantity[0] * per_unit[0] * self.slot.cycle_months * share.numerator,
            quantity[1] * per_unit[1] * price.months * share.denominator,
        )

    @property
    def amount(self) -> Money:
        """The charge in money, rounded once."""
        return Money.round(self.exact_amount, self.slot.price.currency)


def propose(
    contract: BillingContract,
    subscription: Subscription,
    *,
    through: date,
    reopened_from: date | None = None,
) -> Iterator[Charge]:
    """Yield every charge due on or before `through`, in billing periods that are not over.

    A period counts as over when it ends on or before `reopened_from`: then what was billed
    for it agrees with the facts already. Without `reopened_from`, no period is.
    Raises: NegativeQuantity, PriceMissing: the change log does not add up.
    """
    levels = standings(subscription.changes, through=through)
    service = subscription.service_period(contract, until=date.max)
    cycle = subscription.billing_cycle(contract)
    since = service.start
    if reopened_from is not None:
        # From its first day on, because the whole of that period is compared with what was billed.
        since = max(since, cycle.start(cycle.index_on(reopened_from)))
    if not levels or since >= service.end:
        return
    for period in cycle.periods(Period(since, service.end)):
        if period.start > through:
            return
        end = min(period.end, service.end)
        if contract.timing is Timing.ARREARS and end > through:
            return
        part = Period(max(period.start, service.start), end)
        for level, start, stop in _levels_within(levels, part):
            assert level.price is not None, "standings refuse a quantity without a price"
            price = Price(
                subscription.key,
                LICENSE,
                contract.currency,
                level.price.amount,
                level.price.months,
            )
            slot = Slot(price, period.start, period.end, cycle.months)
            yield Charge(slot, Period(start, stop), level.quantity)


def _levels_within(
    levels: Sequence[Standing], part: Period
) -> Iterator[tuple[Standing, date, date]]:
    """Yield the levels above zero that hold on some day of `part`, with those days."""
    for index, level in enumerate(levels):
        if level.start >= part.end:
            return
        stop = levels[index + 1].start if index + 1 < len(levels) else part.end
        start, stop = max(level.start, part.start), min(stop, part.end)
        if level.quantity and start < stop:
            yield level, start, stop


def settle(proposed: Iterable[Charge], billed: Iterable[Charge]) -> list[Charge]:
    """Return the charges that turn what was billed into what is proposed, by price and day.

    Source: the propose-and-compare design of Kill Bill's invoice generator, with quantity
    by day in place of its item tree; docs/decisions/0005-billing-is-a-subtraction.md.
    """
    steps: dict[Slot, dict[date, Decimal]] = {}
    for charge in proposed:
        _add(steps.setdefault(charge.slot, {}), charge.service_period, charge.quantity)
    for charge in billed:
        _add(steps.setdefault(charge.slot, {}), charge.service_period, -charge.quantity)
    return [
        Charge(slot, period, quantity)
        for slot, changes in sorted(steps.items(), key=_slot_order)
        for period, quantity in _runs(changes)
    ]


def _slot_order(entry: tuple[Slot, dict[date, Decimal]]) -> Slot:
    return entry[0]


def _add(changes: dict[date, Decimal], period: Period, quantity: Decimal) -> None:
    changes[period.start] = changes.get(period.start, 0) + quantity
    changes[period.end] = changes.get(period.end, 0) - quantity


def _runs(changes: dict[date, Decimal]) -> Iterator[tuple[Period, Decimal]]:
    """Yield the runs of days on which the same quantity is over, from the steps between them."""
    if not any(changes.values()):
        return
    level = Decimal(0)
    days = sorted(day for day, change in changes.items() if change)
    for day, next_day in pairwise(days):
        level += changes[day]
        if level:
            yield Period(day, next_day), level
