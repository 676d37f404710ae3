"""Discounts: what is taken off a price, for which units, on which days.

Discounts of the subscription come first, then those of the contract on what is left; within
each, as they are listed. Every one is shown by itself.

Billing subtracts quantities by price, so a price has to be linear: what one more unit costs
may not depend on the others. A discount that is for some of the units only therefore cuts the
quantity into layers, each of which has one chain of percentages. An amount that is taken off
several prices is shared out among them first, and each share is a price of its own.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from itertools import pairwise
from typing import NamedTuple

from work365.domain.apportionment import apportion
from work365.domain.changes import Change, quantity_on
from work365.domain.money import Money
from work365.domain.periods import month_after
from work365.domain.remembered_text import NOT_GIVEN, day_text, number_text, quoted
from work365.errors import Refusal

PERCENT_MAX = 100


class InvalidDiscount(Refusal):
    """A discount that would take away nothing, or more than there is."""

    code = "invalid_discount"


class Level(Enum):
    """What a discount was agreed for. The order of the members is the order of application."""

    SUBSCRIPTION = "subscription"
    CONTRACT = "contract"


@dataclass(frozen=True, slots=True)
class Window:
    """Days from `start` up to, and not including, `end`; without one of them, open."""

    start: date | None = None
    end: date | None = None

    def holds(self, day: date) -> bool:
        """Return whether `day` is one of them."""
        return (self.start is None or self.start <= day) and (self.end is None or day < self.end)

    @property
    def content(self) -> str:
        """Its two days."""
        return f"{day_text(self.start)}..{day_text(self.end)}"


ALWAYS = Window()


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditions:
    """For which units, and on which days, a discount is given. All have to be met."""

    service_days: Window = ALWAYS
    """Days of service that it is given for."""
    bought_within: Window = ALWAYS
    """Days on which the term has to have started: how long a promotion is offered."""
    months: int | None = None
    """For how many months of the term it is given; without it, for all."""
    units_max: Decimal | None = None
    """For how many units it is given, the earliest first; without it, for all."""
    for_additions: bool = True
    """Whether units that were added within the term have it; not so for paying up front."""

    def __post_init__(self) -> None:
        if self.months is not None and self.months <= 0:
            raise InvalidDiscount(
                f"months {self.months} of a discount are not above 0; correct them, or leave"
                " them out for the whole term"
            )
        if self.units_max is not None and self.units_max <= 0:
            raise InvalidDiscount(
                f"units_max {self.units_max} of a discount is not above 0; correct it, or leave"
                " it out for all units"
            )

    def units(self, quantity: Decimal, *, day: date, term: "TermStart") -> Decimal:
        """Return how many of `quantity` units have the discount on `day`."""
        if not self.hold(day=day, term_started_on=term.start_on):
            return Decimal(0)
        limits = [quantity]
        if self.units_max is not None:
            limits.append(self.units_max)
        if not self.for_additions:
            limits.append(term.quantity)
        return min(limits)

    def hold(self, *, day: date, term_started_on: date) -> bool:
        """Return whether the discount is given on `day` at all."""
        within_term = self.months is None or day < month_after(term_started_on, self.months)
        return (
            within_term
            and self.service_days.holds(day)
            and self.bought_within.holds(term_started_on)
        )

    @property
    def content(self) -> str:
        """Days of service, days of the start, months, units, and whether additions have it."""
        return " ".join(
            (
                self.service_days.content,
                self.bought_within.content,
                NOT_GIVEN if self.months is None else str(self.months),
                number_text(self.units_max),
                "additions" if self.for_additions else "no-additions",
            )
        )


class TermStart(NamedTuple):
    """The day on which a term started, and how many units it started with.

    Where units were taken away since, `quantity` is the least that there were:
    `units_held_since` gives it. Units that come back later are added ones.
    """

    start_on: date
    quantity: Decimal


UNCONDITIONAL = Conditions()


@dataclass(frozen=True, slots=True, kw_only=True)
class PercentageDiscount:
    """A part of the price.

    Units: `percent`, above 0 and up to 100, of what earlier discounts left.
    """

    key: str
    percent: Decimal
    level: Level = Level.SUBSCRIPTION
    conditions: Conditions = UNCONDITIONAL

    def __post_init__(self) -> None:
        if not (self.percent.is_finite() and 0 < self.percent <= PERCENT_MAX):
            raise InvalidDiscount(
                f"discount {self.key}: {self.percent} percent is not above 0 and up to"
                f" {PERCENT_MAX}; correct it, or remove the discount"
            )

    @property
    def share_left(self) -> Fraction:
        """What the discount leaves of one."""
        return 1 - Fraction(self.percent) / PERCENT_MAX

    @property
    def content(self) -> str:
        """The discount as one line, by which a later edit is noticed; it is kept for years.

        Source: docs/decisions/0025-remembered-text-is-written-out.md.
        """
        return (
            f"percentage {quoted(self.key)} {number_text(self.percent)} {self.level.value}"
            f" ({self.conditions.content})"
        )

    def applied(self, gross: Fraction) -> Fraction:
        """Return what the discount leaves of `gross`, exactly."""
        return gross * self.share_left


@dataclass(frozen=True, slots=True, kw_only=True)
class FixedDiscount:
    """An amount for a whole billing period, off one price or shared out among several."""

    key: str
    amount: Money
    level: Level = Level.SUBSCRIPTION
    conditions: Conditions = UNCONDITIONAL

    def __post_init__(self) -> None:
        if self.amount.amount <= 0:
            raise InvalidDiscount(
                f"discount {self.key}: {self.amount.amount} {self.amount.currency} is not above"
                " 0; correct it, or remove the discount"
            )

    def applied(self, gross: Fraction) -> Fraction:
        """Return what the discount leaves of `gross`: nothing at least, and exactly.

        Units: `gross` in the currency's major unit. A credit is left as a credit would be of
        what was billed: less by the same amount.
        """
        taken = min(Fraction(self.amount.amount), abs(gross))
        return gross - taken if gross > 0 else gross + taken

    def shares(self, prices: Sequence[Money]) -> tuple[Money, ...]:
        """Return what the discount takes off each of `prices`, for a whole billing period.

        The shares add up to the discount, or to all the prices where that is less; none is
        above its price. A price that is not above zero has none. Prorate them afterwards,
        each as its price is. Whether the discount is given at all, `conditions` say.

        Raises: CurrencyMismatch: a price is in another currency.
        """
        nothing = Money.zero(self.amount.currency)
        charged = [price if (price - nothing).amount > 0 else nothing for price in prices]
        total = Money.total(charged, nothing.currency)
        if total == nothing:
            return tuple(nothing for _ in prices)
        return apportion(min(self.amount, total), [price.amount for price in charged])


Discount = PercentageDiscount | FixedDiscount


def in_order(discounts: Iterable[Discount]) -> list[Discount]:
    """Return `discounts` in the order in which they are applied."""
    levels = list(Level)
    return sorted(discounts, key=lambda discount: levels.index(discount.level))


class Step(NamedTuple):
    """What one discount of a chain did to a price."""

    discount: Discount
    before: Fraction
    after: Fraction

    @property
    def taken(self) -> Fraction:
        """What it took off."""
        return self.before - self.after


def steps(gross: Fraction, discounts: Iterable[Discount]) -> tuple[Step, ...]:
    """Return what each of `discounts`, all of which are given, takes off `gross` in their order.

    Units: `gross` in the currency's major unit; nothing is rounded.
    """
    taken: list[Step] = []
    for discount in in_order(discounts):
        before = taken[-1].after if taken else gross
        taken.append(Step(discount, before, discount.applied(before)))
    return tuple(taken)


class Layer(NamedTuple):
    """Units that have the same discounts, and so one price."""

    quantity: Decimal
    discounts: tuple[PercentageDiscount, ...]

    @property
    def share_left(self) -> Fraction:
        """What the discounts together leave of one."""
        return self.applied(Fraction(1))

    def applied(self, per_unit: Fraction) -> Fraction:
        """Return the price of each of the units, exactly.

        Units: `per_unit` in the currency's major unit, before discounts.
        """
        for discount in self.discounts:
            per_unit = discount.applied(per_unit)
        return per_unit


def discounted_layers(
    quantity: Decimal,
    discounts: Iterable[PercentageDiscount],
    *,
    day: date,
    term: TermStart,
    above: Decimal = Decimal(0),
) -> tuple[Layer, ...]:
    """Return `quantity` in layers, the most discounted first, as it is charged on `day`.

    `above` is how many units come before them, at other prices: those of lower tiers.
    The quantities add up to `quantity`; no units make no layers. A unit keeps its place: as
    units are added, layers grow at their end and no other unit's price changes.
    """
    assert quantity >= 0, quantity
    ordered = sorted(discounts, key=lambda discount: list(Level).index(discount.level))
    every = above + quantity
    limits = [
        (discount, min(quantity, discount.conditions.units(every, day=day, term=term) - above))
        for discount in ordered
    ]
    limits = [(discount, max(Decimal(0), units)) for discount, units in limits]
    bounds = sorted({Decimal(0), quantity, *(units for _, units in limits)})
    return tuple(
        Layer(upper - lower, tuple(discount for discount, units in limits if units >= upper))
        for lower, upper in pairwise(bounds)
    )


def units_held_since(changes: Sequence[Change], *, since: date, day: date) -> Decimal:
    """Return how many units were had on every day from `since` to `day`, both included."""
    days = {since} | {
        change.effective_on for change in changes if since < change.effective_on <= day
    }
    return min(quantity_on(changes, held_on) for held_on in days)
