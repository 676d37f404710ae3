"""Stakes: what a part of a term costs, by Microsoft's own arithmetic.

These are estimates. What Microsoft invoices is taken as it is.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from work365.domain.catalog import PLAN_MONTHS, TERM_MONTHS, BillingPlan
from work365.domain.catalog import Term as SoldTerm
from work365.domain.changes import UnitPrice
from work365.domain.microsoft.charge_cycles import (
    ChargeCycle,
    charge_cycle_on,
    charge_cycles,
    current_term,
)
from work365.domain.microsoft.rules import Arithmetic
from work365.domain.microsoft.subscriptions import SeenSubscription
from work365.domain.money import Money
from work365.domain.periods import Period
from work365.domain.proration import BY_ACTUAL_DAYS, Proration, amount
from work365.domain.terms import Term


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownPrices:
    """What a seat costs, as far as it is known. Prices are without tax."""

    currency: str
    partner: UnitPrice | None = None
    """What the partner pays, for the term that runs."""
    customer: UnitPrice | None = None
    """What the customer is charged, in `customer_currency`."""
    customer_currency: str | None = None
    """None where it is the partner's."""
    next_partner: UnitPrice | None = None
    """What the partner pays afterwards: for the next term, another plan, or a better product."""
    next_customer: UnitPrice | None = None
    monthly: UnitPrice | None = None
    """What the partner pays for a monthly term of the same product."""

    @property
    def charged_in(self) -> str:
        """The currency in which the customer is charged."""
        return self.customer_currency or self.currency


@dataclass(frozen=True, slots=True)
class Stakes:
    """A term that runs, on one of its days."""

    term: Term
    plan: BillingPlan
    day: date
    cycle: ChargeCycle

    @classmethod
    def of(cls, seen: SeenSubscription, day: date) -> "Stakes | None":
        """Return the stakes of `seen` on `day`; None where it has no term, or it is over."""
        given = seen.provided
        if given.term is None or given.plan is None or given.commitment_last_day is None:
            return None
        last_day = given.commitment_last_day
        if not given.effective_start <= last_day:
            return None
        term = current_term(last_day, given.term, started_on=given.effective_start)
        if not term.starts_on <= day < term.renews_on:
            return None
        return cls(term, given.plan, day, charge_cycle_on(term, given.plan, day))

    @property
    def rest(self) -> Period:
        """What is left of the charge cycle, the day itself included."""
        return self.cycle.rest_from(self.day)

    def charge(
        self, price: UnitPrice, quantity: int, part: Period, proration: Proration, currency: str
    ) -> Money:
        """Return what `quantity` seats cost for `part` of the charge cycle.

        Units: `price` in `currency`. A negative quantity is credited.
        """
        measured = self.cycle.measure(part, proration, price_months=price.months)
        return _rounded(price, quantity, measured, proration, currency)

    def seat_change(
        self, price: UnitPrice, before: int, after: int, arithmetic: Arithmetic, currency: str
    ) -> Money:
        """Return what a change of seats comes to for the rest of the charge cycle.

        All old seats are credited and all new ones charged: each is a line of its own.
        """
        rule = arithmetic.seat_changes
        credit = self.charge(price, -before, self.rest, rule, currency)
        return credit + self.charge(price, after, self.rest, rule, currency)

    def since(
        self, first_day: date, price: UnitPrice, quantity: int, rule: Proration, currency: str
    ) -> Money:
        """Return what `quantity` seats cost from `first_day` up to the day, within the cycle."""
        start = max(first_day, self.cycle.charged.start)
        if start >= self.day:
            return Money.zero(currency)
        return self.charge(price, quantity, Period(start, self.day), rule, currency)

    def later(self, price: UnitPrice, quantity: int, rule: Proration, currency: str) -> Money:
        """Return what `quantity` seats cost from the next charge cycle to the end of the term."""
        cycles = charge_cycles(self.term, self.plan)
        costs = [
            _rounded(
                price,
                quantity,
                cycle.measure(cycle.charged, rule, price_months=price.months),
                rule,
                currency,
            )
            for cycle in cycles
            if cycle.charged.start > self.day
        ]
        return Money.total(costs, currency)

    def customer_change(self, price: UnitPrice, difference: int, currency: str) -> Money:
        """Return what `difference` seats come to for the rest of the cycle, by actual days."""
        return self.charge(price, difference, self.rest, BY_ACTUAL_DAYS, currency)

    def owed(self, price: UnitPrice, quantity: int, rule: Proration, currency: str) -> Money:
        """Return what `quantity` seats cost from the day to the end of the term."""
        rest = self.charge(price, quantity, self.rest, rule, currency)
        return rest + self.later(price, quantity, rule, currency)


def term_cost(
    price: UnitPrice, quantity: int, *, term: SoldTerm, plan: BillingPlan, currency: str
) -> Money:
    """Return what `quantity` seats cost for a whole term, each charge rounded by itself."""
    months = min(PLAN_MONTHS.get(plan, TERM_MONTHS[term]), TERM_MONTHS[term])
    charge = Money.round(per_month(price) * months * quantity, currency)
    return Money(currency, charge.amount * (TERM_MONTHS[term] // months))


def per_month(price: UnitPrice) -> Fraction:
    """Return what a seat costs a month, exactly."""
    return Fraction(price.amount) / price.months


def _rounded(
    price: UnitPrice, quantity: int, measured: Fraction, proration: Proration, currency: str
) -> Money:
    return amount(
        proration,
        quantity=Decimal(quantity),
        per_unit=price.amount,
        measure=measured,
        currency=currency,
    )
