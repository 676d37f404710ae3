"""A rehearsal: what the ends of terms bring in the rehearsal room, and what they cost.

The expected invoice is compared with what would be charged if every term that ends simply went on
with its seats, its plan and its price: that difference is what renewals alone bring.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from fractions import Fraction

from work365.domain.money import Money
from work365.emulators.partner_center.billing import price_of
from work365.emulators.partner_center.catalogue import Plan, Price, Product, Sku
from work365.emulators.partner_center.snapshots import copy_of
from work365.emulators.partner_center.subscription import (
    ACTIVE,
    CANCEL,
    RENEW_TO_NEW_TERM,
    SUSPENDED,
    TRANSITION,
    Subscription,
)
from work365.emulators.partner_center.terms import MONTHS_OF_CYCLE
from work365.emulators.partner_center.world import World
from work365.entrypoints.cli.rehearsal_room import Room

A_DAY = timedelta(days=1)


class Course(Enum):
    """What comes of a subscription at the end of its term, as it is said of several."""

    RENEWS = "renew as they are"
    RENEWS_OTHERWISE = "renew otherwise"
    BECOMES_PAID = "become paid"
    EXTENDS = "go into extended service"
    ENDS = "end"
    FAILS = "cannot renew"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """The end of a subscription's term, and what it brings."""

    key: str
    reference: str
    """Its id at Microsoft."""
    customer: str
    name: str
    on: date
    """First day of what comes, in UTC."""
    course: Course
    seats: int
    seats_next: int
    """None are left of what ends."""
    per_month: Money
    """What all seats cost a month, in the term that ends."""
    per_month_next: Money
    told: tuple[str, ...]
    """What is otherwise than before, or why it cannot renew, in words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectedInvoice:
    """What Microsoft charges for subscriptions in a calendar month of UTC, without tax."""

    month: date
    """First day of the month."""
    expected: Money
    as_it_is: Money
    """The same if every term that ends simply went on."""

    @property
    def difference(self) -> Money:
        """What renewals bring."""
        return self.expected - self.as_it_is


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsal:
    """What was played, day by day."""

    taken_at: datetime
    first_day: date
    last_day: date
    subscriptions: int
    """How many were in the room."""
    endings: tuple[Ending, ...]
    """From the first day to the last."""
    earlier: tuple[Ending, ...]
    """From the day on which the copy was taken, up to the first day."""
    invoices: tuple[ExpectedInvoice, ...]
    """By month and currency."""

    @property
    def failed(self) -> bool:
        """Whether there is a subscription that cannot renew as it is to."""
        return any(each.course is Course.FAILS for each in (*self.earlier, *self.endings))


def rehearse(
    room: Room, *, first_day: date, last_day: date, progress: Callable[[int], None]
) -> Rehearsal:
    """Play all days up to and with `last_day` in the room, which has no other use afterwards.

    `progress` is told of each day that was played.
    """
    world = room.world
    taken_at, subscriptions = world.now, len(world.subscriptions)
    still = _going_on_as_it_is(world)
    endings: list[Ending] = []
    for day in _days(taken_at.astimezone(UTC).date(), last_day):
        endings.extend(_played(room, day))
        progress(1)
    evening = datetime.combine(last_day + A_DAY, time(), UTC) - timedelta(microseconds=1)
    world.advance(evening)
    still.advance(evening)
    return Rehearsal(
        taken_at=taken_at,
        first_day=first_day,
        last_day=last_day,
        subscriptions=subscriptions,
        endings=tuple(each for each in endings if each.on >= first_day),
        earlier=tuple(each for each in endings if each.on < first_day),
        invoices=tuple(_invoices(world, still, first_day)),
    )


def _days(first: date, last: date) -> Iterator[date]:
    day = first
    while day <= last:
        yield day
        day += A_DAY


def _played(room: Room, day: date) -> Iterator[Ending]:
    """Let a day begin, and yield what ended with the day before, by customer and name."""
    world = room.world
    before = [_Before.of(each) for each in world.subscriptions.values() if _is_over(each, day)]
    world.advance(max(world.now, datetime.combine(day, time(), UTC)))
    ended = [_ending(room, each, world.subscriptions[each.reference], day) for each in before]
    yield from sorted(ended, key=lambda each: (each.customer, each.name, each.key))


def _is_over(subscription: Subscription, day: date) -> bool:
    is_live = subscription.status in (ACTIVE, SUSPENDED)
    return is_live and subscription.term_end is not None and subscription.term_end < day


@dataclass(frozen=True, slots=True, kw_only=True)
class _Before:
    """What a subscription was, because the twin changes it."""

    reference: str
    quantity: int
    plan: Plan
    part: str
    per_month: Fraction
    currency: str
    is_trial: bool
    is_extended: bool
    is_to_end: bool
    wanted: str
    """What it is to become, as the price lists name it."""

    @classmethod
    def of(cls, subscription: Subscription) -> "_Before":
        """Return what it is now."""
        actions = [each.action for each in subscription.scheduled_actions]
        renews = RENEW_TO_NEW_TERM in actions or TRANSITION in actions
        part = f"{subscription.product}:{subscription.sku}"
        following = subscription.next_term
        wanted = following.catalog_item.rpartition(":")[0] if following else part
        plan = following.plan if following else subscription.plan
        return cls(
            reference=subscription.subscription,
            quantity=subscription.quantity,
            plan=subscription.plan,
            part=part,
            per_month=_seat_month(subscription),
            currency=subscription.currency,
            is_trial=subscription.is_trial,
            is_extended=subscription.is_extended,
            is_to_end=CANCEL in actions and not renews,
            wanted=f"{wanted}, {plan.term} billed {plan.billing_cycle}",
        )


def _ending(room: Room, before: _Before, after: Subscription, day: date) -> Ending:
    changes = tuple(_changes(before, after))
    course = _course(before, after, changes)
    is_left = course not in (Course.ENDS, Course.FAILS)
    seats_next = after.quantity if is_left else 0
    return Ending(
        key=room.keys.get(before.reference, before.reference),
        reference=before.reference,
        customer=room.world.customers[after.customer].name,
        name=after.friendly_name,
        on=day,
        course=course,
        seats=before.quantity,
        seats_next=seats_next,
        per_month=Money.round(before.per_month * before.quantity, before.currency),
        per_month_next=Money.round(_seat_month(after) * seats_next, after.currency),
        told=changes if is_left else tuple(_why_not(room.world, before, after, day, course)),
    )


def _course(before: _Before, after: Subscription, changes: tuple[str, ...]) -> Course:
    if after.status not in (ACTIVE, SUSPENDED):
        return Course.ENDS if before.is_to_end else Course.FAILS
    if after.is_extended and not before.is_extended:
        return Course.EXTENDS
    if before.is_trial and not after.is_trial:
        return Course.BECOMES_PAID
    return Course.RENEWS_OTHERWISE if changes else Course.RENEWS


def _changes(before: _Before, after: Subscription) -> Iterator[str]:
    part = f"{after.product}:{after.sku}"
    if part != before.part:
        yield f"as {after.offer_name or part}"
    if after.quantity != before.quantity:
        yield f"{after.quantity} seats instead of {before.quantity}"
    if after.plan != before.plan:
        yield f"{after.plan.term} billed {after.plan.billing_cycle}"
    if _seat_month(after) != before.per_month:
        yield "new price"


def _why_not(
    world: World, before: _Before, after: Subscription, day: date, course: Course
) -> Iterator[str]:
    if course is Course.FAILS:
        market = world.customers[after.customer].country
        yield f"no price of {before.wanted}, {market}, is in our price lists for {day}"


def _seat_month(subscription: Subscription) -> Fraction:
    months = MONTHS_OF_CYCLE[subscription.plan.billing_cycle]
    return Fraction(price_of(subscription)) / months


def _going_on_as_it_is(world: World) -> World:
    """Return a copy in which every term renews with its seats, its plan and its price."""
    still = copy_of(world)
    for subscription in still.subscriptions.values():
        own = subscription.subscription
        price = Price(
            plan=subscription.plan,
            market=still.customers[subscription.customer].country,
            currency=subscription.currency,
            amount=subscription.unit_price,
            retail=subscription.unit_price,
            starts=date.min,
        )
        # A product of its own, because others have the same one at other prices.
        still.catalogue.add(Product(own, own), Sku(own, "0001", own, prices=[price]))
        subscription.product, subscription.sku, subscription.availability = own, "0001", ""
        subscription.auto_renew = True
        subscription.scheduled_actions = []
        subscription.next_term, subscription.next_cycle_plan = None, None
    still.look_ahead()
    return still


def _invoices(world: World, still: World, first_day: date) -> Iterator[ExpectedInvoice]:
    expected, as_it_is = _charged(world), _charged(still)
    for month, currency in sorted({*expected, *as_it_is}):
        if month >= first_day.replace(day=1):
            yield ExpectedInvoice(
                month=month,
                expected=_rounded(expected.get((month, currency)), currency),
                as_it_is=_rounded(as_it_is.get((month, currency)), currency),
            )


def _charged(world: World) -> dict[tuple[date, str], Decimal]:
    sums: dict[tuple[date, str], Decimal] = {}
    for line in world.charges:
        key = line.at.date().replace(day=1), line.currency
        sums[key] = sums.get(key, Decimal(0)) + line.subtotal
    return sums


def _rounded(amount: Decimal | None, currency: str) -> Money:
    return Money.round(Fraction(amount or 0), currency)
