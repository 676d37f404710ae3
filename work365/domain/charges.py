"""Charges: what a subscription costs, period by period, before it is on an invoice.

Billing is a subtraction. `propose` lists every charge a contract should ever have had;
`settle` takes away what was already billed. What is left over goes on the next invoice: a
positive quantity is owed, a negative one is a credit. So running billing twice changes
nothing, and a correction, a late change and a cancellation need no code of their own.

The subtraction compares days and quantities, never amounts, so that rounding cannot leave
cents behind.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from work365.domain.currencies import Conversion
from work365.domain.money import Money
from work365.domain.periods import Period, PeriodNotContained
from work365.domain.proration import BY_ACTUAL_DAYS, Proration, exact_amount, line_amount, measure
from work365.domain.runs import Steps, add_run, runs, runs_within
from work365.errors import Refusal

BY_DAY = BY_ACTUAL_DAYS.name
"""The rule by which most charges are prorated: days over the days of the billing period."""

LICENSE = "license"
"""The component of a subscription that seats are charged under."""

USAGE = "usage-"
"""How the components begin that usage is charged under."""


NO_STEPS: Steps = {}


class OverlappingCharges(Refusal):
    """The same days of the same thing would be charged twice."""

    code = "overlapping_charges"


class PercentOff(NamedTuple):
    """A discount as it is kept on a line: what it is called, and how much it takes off."""

    name: str
    percent: Decimal


class Price(NamedTuple):
    """What one unit of something that is sold costs.

    Units: `per_unit` in its currency's major unit, for `months` months, before discounts.
    """

    subscription: str
    """Key of the subscription, or of the one-time charge."""
    component: str
    currency: str
    """The currency that is invoiced."""
    per_unit: Decimal
    months: int
    proration: str = BY_DAY
    """Name of the rule for parts of a billing period."""
    discounts: tuple[PercentOff, ...] = ()
    """Taken off one after the other, in this order."""
    conversion: Conversion | None = None
    """The rate that turns `per_unit` into the invoice's currency; none where it is in that."""

    @property
    def priced_in(self) -> str:
        """The currency that `per_unit` is in."""
        return self.conversion.from_currency if self.conversion else self.currency


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
    def measure(self) -> Fraction:
        """How many times the unit price is owed for the service period, before rounding."""
        slot = self.slot
        return measure(
            Proration.named(slot.price.proration),
            self.service_period,
            whole=slot.billing_period,
            whole_months=slot.cycle_months,
            price_months=slot.price.months,
        )

    @property
    def exact_amount(self) -> Fraction:
        """What is owed before the line is rounded, in the invoice's currency."""
        price = self.slot.price
        if price.proration != BY_DAY:
            exact = exact_amount(
                Proration.named(price.proration),
                quantity=self.quantity,
                per_unit=price.per_unit,
                measure=self.measure,
            )
        else:
            exact = self._by_day()
        for discount in price.discounts:
            exact *= 1 - Fraction(discount.percent) / 100
        return price.conversion.convert(exact) if price.conversion else exact

    def _by_day(self) -> Fraction:
        # One fraction of whole numbers: to reduce every step of the product takes longer.
        slot, part = self.slot, self.service_period
        if not (slot.start <= part.start and part.end <= slot.end):
            raise PeriodNotContained(f"{part} is not within {slot.billing_period}")
        quantity = self.quantity.as_integer_ratio()
        per_unit = slot.price.per_unit.as_integer_ratio()
        return Fraction(
            quantity[0] * per_unit[0] * slot.cycle_months * part.days,
            quantity[1] * per_unit[1] * slot.price.months * (slot.end - slot.start).days,
        )

    @property
    def amount(self) -> Money:
        """The charge in money, rounded by itself."""
        return self.rounded(self.exact_amount)

    def rounded(self, exact: Fraction) -> Money:
        """Return `exact` as money of the invoice, by this charge's rule for lines."""
        price = self.slot.price
        if price.proration == BY_DAY:
            return Money.round(exact, price.currency)
        return line_amount(Proration.named(price.proration), exact, currency=price.currency)


def settle(proposed: Iterable[Charge], billed: Iterable[Charge]) -> list[Charge]:
    """Return the charges that turn what was billed into what is proposed, by price and day.

    The proposed charges of one slot are in the order of their days.
    Raises: OverlappingCharges: two of them are for the same days.
    Source: the propose-and-compare design of Kill Bill's invoice generator, with quantity
    by day in place of its item tree; docs/decisions/0005-billing-is-a-subtraction.md.
    """
    left = _Left()
    for charge in proposed:
        left.add(charge)
    for charge in billed:
        left.take(charge)
    return left.charges()


class _Left:
    """What is proposed, less what is taken of it, by slot.

    Most slots have a single charge, which needs no steps: it is what it is.
    """

    def __init__(self) -> None:
        self._by_slot: dict[Slot, Charge | Steps] = {}

    def add(self, charge: Charge) -> None:
        found = self._by_slot.setdefault(charge.slot, charge)
        if found is not charge:
            steps = self._steps(charge.slot, found)
            if charge.service_period.start < max(steps):
                raise _overlapping(charge)
            add_run(steps, charge.service_period, charge.quantity)

    def take(self, charge: Charge) -> None:
        found = self._by_slot.get(charge.slot, NO_STEPS)
        if found == charge:
            # What was billed agrees with the facts, as most of it does.
            del self._by_slot[charge.slot]
        else:
            steps = self._steps(charge.slot, found)
            add_run(steps, charge.service_period, -charge.quantity)

    def _steps(self, slot: Slot, found: Charge | Steps) -> Steps:
        """Return the steps of `slot`, made of the single charge that was `found` there so far."""
        if isinstance(found, Charge):
            steps: Steps = {}
            add_run(steps, found.service_period, found.quantity)
        else:
            steps = found or {}
        self._by_slot[slot] = steps
        return steps

    def charges(self) -> list[Charge]:
        """Return what is left over, by slot and day."""
        return [
            charge
            for slot, found in sorted(self._by_slot.items(), key=_slot_order)
            for charge in _charges(slot, found)
        ]


def _charges(slot: Slot, found: Charge | Steps) -> Iterable[Charge]:
    if isinstance(found, Charge):
        return [found] if found.quantity and found.service_period.days else []
    return [Charge(slot, period, quantity) for period, quantity in runs(found)]


def _overlapping(charge: Charge) -> OverlappingCharges:
    price = charge.slot.price
    return OverlappingCharges(
        f"subscription {price.subscription}: {price.component} would be charged twice from"
        f" {charge.service_period.start} on; look for a second subscription with this key, or for"
        " two that overlap, and end one of them"
    )


def steps_of(charges: Iterable[Charge]) -> dict[Slot, Steps]:
    """Return the quantity of `charges` by slot and day."""
    steps: dict[Slot, Steps] = {}
    for charge in charges:
        add_run(steps.setdefault(charge.slot, {}), charge.service_period, charge.quantity)
    return steps


def credit_and_charge(missing: Charge, billed: Steps) -> Iterator[Charge]:
    """Yield a credit of what was `billed` on the days of `missing`, and a charge of the rest."""
    slot, asked = missing.slot, missing.service_period
    at = asked.start
    for period, quantity in runs_within(billed, asked):
        if at < period.start:
            yield Charge(slot, Period(at, period.start), missing.quantity)
        yield Charge(slot, period, -quantity)
        if quantity + missing.quantity:
            yield Charge(slot, period, quantity + missing.quantity)
        at = period.end
    if at < asked.end:
        yield Charge(slot, Period(at, asked.end), missing.quantity)


def _slot_order(entry: tuple[Slot, Charge | Steps]) -> tuple[object, ...]:
    price, start, end, cycle_months = entry[0]
    # Exchange rates have no order of their own.
    conversion = str(price.conversion) if price.conversion else ""
    return price[:-1], conversion, start, end, cycle_months
