"""Commitment-window guardian: what should be looked at before a window closes.

While a window is open, seats can be given back; afterwards they are owed until the end of the
term. The guardian is silent when nothing can be done any more, or when nothing can be done yet.
Whether seats are used is not known here: it compares with our own change log, and is told which
customers are on credit hold.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from work365.domain import figures
from work365.domain.catalog import SubscriptionStatus
from work365.domain.microsoft.intents import seats
from work365.domain.microsoft.rules import ProductKind, RuleBook
from work365.domain.microsoft.stakes import KnownPrices, Stakes
from work365.domain.microsoft.subscriptions import SeenSubscription
from work365.domain.microsoft.telling import clock
from work365.domain.microsoft.windows import Returnable, SeatMove, Window, returnable
from work365.domain.moments import local_day
from work365.domain.money import Money
from work365.domain.proration import Proration


@dataclass(frozen=True, slots=True, kw_only=True)
class Guarded:
    """A subscription, and what our own books say of it."""

    key: str
    name: str
    customer: str
    seen: SeenSubscription
    product: ProductKind = ProductKind.LICENCES
    moves: tuple[SeatMove, ...] = ()
    charged: Decimal | None = None
    """Seats that the customer is charged for by our change log; None where it has no log."""
    is_on_credit_hold: bool = False
    prices: KnownPrices | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Closing:
    """A batch that can be given back, and until when."""

    key: str
    name: str
    customer: str
    quantity: int
    """Seats of the batch."""
    is_whole: bool
    """Whether it is all seats, and giving it back is a cancellation."""
    closes_at: datetime
    said: bool
    """Whether the moment is Microsoft's word, and not an estimate from our own record."""
    at_stake: Money | None
    """What the batch costs from now to the end of the term; None where no price is known."""
    reasons: tuple[str, ...]
    """Why it should be looked at; empty where nothing is conspicuous."""

    @property
    def sentence(self) -> str:
        """What it is about, for people."""
        what = f"all {seats(self.quantity)}" if self.is_whole else seats(self.quantity)
        by = "" if self.said else " by our own record"
        owed = (
            "they are owed until the end of the term"
            if self.at_stake is None
            else f"{figures.money(self.at_stake)} are owed for them until the end of the term"
        )
        begins = f"{self.customer}, {self.name}: {what} can be given back until"
        return f"{begins} {clock(self.closes_at)}{by}; after that {owed}."


def closings(
    guarded: Iterable[Guarded], *, at: datetime, within: timedelta, book: RuleBook
) -> list[Closing]:
    """Return the batches whose windows are open at `at` and close within `within`.

    Those that should be looked at are at the front, and of these those that close first.
    Raises: RuleUnknown: no cancellation rule is known for a product on that day.
    """
    found = [closing for each in guarded for closing in _closings(each, at, within, book)]
    return sorted(found, key=lambda one: (not one.reasons, one.closes_at, one.key))


def _closings(
    guarded: Guarded, at: datetime, within: timedelta, book: RuleBook
) -> Iterator[Closing]:
    if guarded.seen.provided.status is not SubscriptionStatus.ACTIVE:
        return
    given_back = returnable(
        guarded.seen, at=at, book=book, product=guarded.product, moves=guarded.moves
    )
    rule = book.at(at).arithmetic.seat_changes
    whole_until = given_back.whole_until
    if whole_until is not None and whole_until - at <= within:
        stake = _at_stake(guarded, given_back.quantity, at, rule)
        yield _closing(guarded, given_back, whole_until, stake)
    if not given_back.seats_reducible:
        return
    for window in _beside_the_whole(given_back):
        if window.closes_at - at <= within:
            stake = _at_stake(guarded, window.quantity, at, rule)
            yield _closing(guarded, given_back, window.closes_at, stake, window)


def _beside_the_whole(given_back: Returnable) -> Iterator[Window]:
    """Yield the windows that are not that of all seats; one seat always stays."""
    if not given_back.seats:
        return
    whole_until = given_back.whole_until
    for window in given_back.windows:
        is_all = window.quantity >= given_back.quantity
        # By our own record, seats that came with the term close up to a day before the whole does.
        is_estimate_of_it = (
            whole_until is not None and not window.said and window.closes_at <= whole_until
        )
        if whole_until is None or not (is_all or is_estimate_of_it):
            yield window


def _at_stake(guarded: Guarded, quantity: int, at: datetime, rule: Proration) -> Money | None:
    stakes = Stakes.of(guarded.seen, local_day(at, UTC))
    prices = guarded.prices
    if stakes is None or prices is None or prices.partner is None:
        return None
    return stakes.owed(prices.partner, quantity, rule, prices.currency)


def _closing(
    guarded: Guarded,
    given_back: Returnable,
    closes_at: datetime,
    at_stake: Money | None,
    batch: Window | None = None,
) -> Closing:
    return Closing(
        key=guarded.key,
        name=guarded.name,
        customer=guarded.customer,
        quantity=given_back.quantity if batch is None else min(batch.quantity, given_back.seats),
        is_whole=batch is None,
        closes_at=closes_at,
        said=given_back.whole_said if batch is None else batch.said,
        at_stake=at_stake,
        reasons=tuple(_reasons(guarded)),
    )


def _reasons(guarded: Guarded) -> Iterator[str]:
    there = guarded.seen.provided.quantity
    if guarded.is_on_credit_hold:
        yield f"{guarded.customer} is on credit hold: nothing more should be owed for them."
    if guarded.charged is None:
        yield "Our change log has nothing of it: Microsoft charges what nobody is invoiced."
    elif guarded.charged < there:
        more = f"{(there - guarded.charged).normalize():f}"
        yield (
            f"Microsoft has {there}, and the customer is charged for"
            f" {guarded.charged.normalize():f}: {more} are paid by nobody."
        )
    elif guarded.charged > there:
        yield (
            f"Microsoft has {there}, and the customer is charged for"
            f" {guarded.charged.normalize():f}: run the sync before anything is given back."
        )
