"""Windows: until which moment each batch of seats can be given back.

Every purchase, renewal and addition opens a window of its own, to the second and in UTC. What
Microsoft says of its windows counts; only where it says nothing do our own batches. Those are
an estimate, and never promise more than Microsoft would.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum

from work365.domain.catalog import SubscriptionStatus
from work365.domain.microsoft.rules import Cancellation, ProductKind, RuleBook
from work365.domain.microsoft.subscriptions import RefundableSeats, SeenSubscription


class SeatMoveCause(Enum):
    """Why seats came or went."""

    PURCHASE = "purchase"
    RENEWAL = "renewal"
    ADDITION = "addition"
    UPGRADE = "upgrade"
    """They came from another subscription, and have the window of that one."""
    REDUCTION = "reduction"


REOPENING = (SeatMoveCause.PURCHASE, SeatMoveCause.RENEWAL)
"""What opens a window for all seats, and ends those before it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SeatMove:
    """Seats that came or went together, by our own record."""

    at: datetime
    quantity: int
    """How many came or went; never negative. After a renewal, how many there are."""
    cause: SeatMoveCause
    window_of: datetime | None = None
    """Of an upgrade: when the window of the subscription opened that the seats came from."""

    def __post_init__(self) -> None:
        assert self.quantity > 0, self.quantity
        assert (self.cause is SeatMoveCause.UPGRADE) or self.window_of is None, self


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """A batch of seats, and when it can be given back: from a moment up to, not including, one."""

    quantity: int
    opened_at: datetime
    full_refund_until: datetime
    closes_at: datetime
    said: bool
    """Whether Microsoft itself names it."""

    def is_open(self, at: datetime) -> bool:
        """Return whether the batch can be given back at `at`."""
        return self.opened_at <= at < self.closes_at

    def is_refunded_in_full(self, at: datetime) -> bool:
        """Return whether everything would be paid back at `at`, the days before it too."""
        return self.opened_at <= at < self.full_refund_until


@dataclass(frozen=True, slots=True, kw_only=True)
class Returnable:
    """What of a subscription can be given back at a moment, and what no longer."""

    at: datetime
    quantity: int
    """Seats that there are."""
    windows: tuple[Window, ...]
    """Those that are open, the one that closes first at the front."""
    whole_until: datetime | None
    """Up to this moment the whole subscription can be cancelled; None if that is over."""
    seats_reducible: bool
    seats_said: bool
    """Whether the windows of seats are Microsoft's word, and not an estimate of ours."""
    whole_said: bool
    """Whether Microsoft itself says until when the whole can be cancelled."""

    @property
    def seats(self) -> int:
        """How many seats can be given back, one of them being left."""
        if not self.seats_reducible:
            return 0
        return min(sum(window.quantity for window in self.windows), self.quantity - 1)

    @property
    def locked(self) -> int:
        """How many seats stay until the end of the term, unless all of them are cancelled."""
        return self.quantity - min(sum(window.quantity for window in self.windows), self.quantity)

    @property
    def closes_at(self) -> datetime | None:
        """When the next of the windows closes; None where none is open."""
        return self.windows[0].closes_at if self.windows else None

    def taken_from(self, quantity: int) -> tuple[Window, ...]:
        """Return the windows by which `quantity` seats can be given back at all.

        Those that close first are used first: which ones Microsoft uses, it does not say.
        Seats beyond the windows are in none of those that are returned.
        """
        taken: list[Window] = []
        for window in self.windows:
            if quantity <= 0:
                break
            part = min(quantity, window.quantity)
            taken.append(replace(window, quantity=part))
            quantity -= part
        return tuple(taken)


def returnable(
    seen: SeenSubscription,
    *,
    at: datetime,
    book: RuleBook,
    product: ProductKind,
    moves: Iterable[SeatMove] = (),
) -> Returnable:
    """Return what of `seen` can be given back at `at`.

    `moves` is our own record, which counts where Microsoft says nothing.
    Raises: RuleUnknown: no cancellation rule is known for the product on that day.
    """
    rule = book.at(at).cancellation(product)
    record = tuple(moves)
    if seen.refundable is None:
        batches = own_windows(record, book=book, product=product)
    else:
        batches = tuple(_said(seen.refundable, rule))
    whole_until = seen.cancel_until
    if whole_until is None:
        whole_until = _estimated_until(seen, record, book, product)
    is_live = seen.provided.status is SubscriptionStatus.ACTIVE
    windows = (window for window in batches if is_live and window.is_open(at))
    return Returnable(
        at=at,
        quantity=seen.provided.quantity,
        windows=tuple(sorted(windows, key=lambda window: (window.closes_at, window.opened_at))),
        whole_until=whole_until if whole_until is not None and at < whole_until else None,
        seats_reducible=rule.seats_reducible,
        seats_said=seen.refundable is not None,
        whole_said=seen.cancel_until is not None,
    )


def own_windows(
    moves: Iterable[SeatMove], *, book: RuleBook, product: ProductKind
) -> tuple[Window, ...]:
    """Return the windows of `moves`, by the rules of the day on which each was opened.

    A reduction takes from the batch that came last, so that no window is promised for longer
    than Microsoft may keep it open.
    """
    windows: list[Window] = []
    for move in sorted(moves, key=lambda each: each.at):
        if move.cause in REOPENING:
            windows = []
        if move.cause is SeatMoveCause.REDUCTION:
            windows = _reduced(windows, move.quantity)
            continue
        opened_at = move.window_of or move.at
        rule = book.at(opened_at).cancellation(product)
        windows.append(
            Window(
                quantity=move.quantity,
                opened_at=opened_at,
                full_refund_until=opened_at + rule.full_refund,
                closes_at=opened_at + rule.window,
                said=False,
            )
        )
    return tuple(windows)


def _said(refundable: Iterable[RefundableSeats], rule: Cancellation) -> Iterable[Window]:
    for batch in refundable:
        opened_at = batch.until - rule.window
        yield Window(
            quantity=batch.quantity,
            opened_at=opened_at,
            full_refund_until=opened_at + rule.full_refund,
            closes_at=batch.until,
            said=True,
        )


def _reduced(windows: Sequence[Window], quantity: int) -> list[Window]:
    left = list(windows)
    while quantity and left:
        last = left.pop()
        taken = min(quantity, last.quantity)
        quantity -= taken
        if last.quantity > taken:
            left.append(replace(last, quantity=last.quantity - taken))
    return left


def _estimated_until(
    seen: SeenSubscription, moves: Sequence[SeatMove], book: RuleBook, product: ProductKind
) -> datetime | None:
    """Return until when the whole can be cancelled, where Microsoft does not say it.

    What is paid back in full can be cancelled; how long what is paid back in part can be, only
    our own record tells. Where Microsoft names the seats that can be given back, the others cannot
    be, whatever our record says.
    """
    own = None if seen.refundable is not None else _whole_until(moves, book, product)
    known = [until for until in (seen.full_refund_until, own) if until is not None]
    return max(known, default=None)


def _whole_until(
    moves: Sequence[SeatMove], book: RuleBook, product: ProductKind
) -> datetime | None:
    opening = [move for move in moves if move.cause is not SeatMoveCause.REDUCTION]
    opening = [move for move in opening if move.cause is not SeatMoveCause.ADDITION]
    if not opening:
        return None
    last = max(opening, key=lambda move: move.at)
    opened_at = last.window_of or last.at
    return opened_at + book.at(opened_at).cancellation(product).window
