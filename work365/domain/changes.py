"""The change log: the ledger that a subscription's quantity and price are summed from.

An entry says what became different and from which day; when it became known is kept too.
Entries are never altered or deleted: what was wrong is put right by a further entry. What
holds on a day is the fold of all entries effective on or before it.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from itertools import groupby
from operator import attrgetter
from typing import NamedTuple

from work365.domain.periods import day_after
from work365.domain.remembered_text import number_text
from work365.errors import Refusal


class NegativeQuantity(Refusal):
    """The log takes away more than there is."""

    code = "negative_quantity"


class PriceMissing(Refusal):
    """Seats are had on a day for which the log has no price."""

    code = "price_missing"


NONE_HAD = Decimal(0)


class Status(Enum):
    """State of a subscription from a day on. Only an active one is charged."""

    ACTIVE = "active"
    TRIAL = "trial"
    PAUSED = "paused"
    SUSPENDED = "suspended"
    CANCELLED = "cancelled"


class UnitPrice(NamedTuple):
    """What one unit costs for a number of months.

    Units: `amount` in the major unit of the contract's currency, any number of decimals.
    """

    amount: Decimal
    months: int


@dataclass(frozen=True, slots=True)
class Change:
    """One entry of the log; what it does not name stays as it was."""

    key: str
    effective_on: date
    recorded_at: datetime
    quantity: Decimal = Decimal(0)
    """Difference to the quantity before."""
    price: UnitPrice | None = None
    status: Status | None = None
    refund: bool = False
    """Whether what it takes away of a billed period is to be credited, if the contract's policy
    allows that."""

    @property
    def content(self) -> str:
        """The facts in the entry as one line, by which a later edit of it is noticed."""
        price = f"{number_text(self.price.amount)}/{self.price.months}" if self.price else "-"
        status = self.status.value if self.status else "-"
        said = f"{self.effective_on} {number_text(self.quantity)} {price} {status}"
        if self.price or self.status:
            # Of two entries of a day the one recorded last holds, so that this is a fact as well.
            said += f" {self.recorded_at.astimezone(UTC).isoformat()}"
        return f"{said} refunded" if self.refund else said


class Standing(NamedTuple):
    """What holds from a day until the next standing: how many units are charged, at what."""

    start: date
    quantity: Decimal
    price: UnitPrice | None
    unrefunded: Decimal = Decimal(0)
    """Units that were taken away until then, not to be credited, and not had again since."""


def standings(
    changes: Iterable[Change],
    *,
    through: date,
    refunds: bool = True,
    last_day_counts: bool = False,
    priced_by_log: bool = True,
    settled: Collection[str] = (),
) -> list[Standing]:
    """Return what holds from when on, by the entries effective on or before `through`.

    A later entry does not exist yet: what it changes is charged or credited from its day on.
    Entries of one day count together; of two prices on one day the one recorded last holds.
    Units taken away are refunded where `refunds` and the entry itself allow it, and by entries
    that are `settled` already, by key: whatever is credited later is not their doing. Where
    `last_day_counts`, the day of a cancellation is charged, and units end the day after. Where
    prices come from a price model and not from the log, it may have none.
    Raises: NegativeQuantity, PriceMissing: the log does not add up on some day.
    """
    known = [change for change in changes if change.effective_on <= through]
    known = in_order(known)
    if last_day_counts:
        known = _days_counted(known)
    levels = list(_fold(known, refunds, settled))
    if priced_by_log:
        _check_prices(levels, known)
    return levels


def _days_counted(ordered: Sequence[Change]) -> list[Change]:
    """Return `ordered` with cancellations a day later, unless their own day takes them back."""
    last = {change.effective_on: change.status for change in ordered if change.status is not None}
    later = [
        replace(change, effective_on=day_after(change.effective_on, 1))
        if last.get(change.effective_on) is change.status is Status.CANCELLED
        else change
        for change in ordered
    ]
    # The order within a day stays: an activation of the day after was meant to hold.
    return sorted(later, key=_DAY)


_DAY = attrgetter("effective_on")
_PLACE = attrgetter("effective_on", "recorded_at", "key")


def in_order(changes: Iterable[Change]) -> list[Change]:
    """Return `changes` in the order in which they hold: by day, then as they were recorded."""
    return sorted(changes, key=_PLACE)


def quantity_on(changes: Iterable[Change], day: date) -> Decimal:
    """Return how many units are had on `day`, whether they are charged or not."""
    known = (change.quantity for change in changes if change.effective_on <= day)
    return sum(known, Decimal(0))


def _fold(ordered: Sequence[Change], refunds: bool, settled: Collection[str]) -> Iterator[Standing]:
    quantity = unrefunded = last_charged = NONE_HAD
    price: UnitPrice | None = None
    last_price: UnitPrice | None = None
    status = Status.ACTIVE
    for day, entries in groupby(ordered, key=_DAY):
        key, asked, is_settled = "", False, True
        for change in entries:
            key = change.key
            asked = asked or change.refund
            is_settled = is_settled and key in settled
            quantity += change.quantity
            price = change.price or price
            status = change.status or status
        if quantity < 0:
            raise NegativeQuantity(
                f"change {key}: the quantity would be {quantity} from {day} on;"
                " correct the quantity or its date by a further change"
            )
        charged = quantity if status is Status.ACTIVE else NONE_HAD
        if charged != last_charged:
            fewer = last_charged - charged
            if fewer < 0 or not (is_settled or (refunds and asked)):
                unrefunded = max(NONE_HAD, unrefunded + fewer)
        elif price == last_price:
            continue
        last_charged, last_price = charged, price
        yield Standing(day, charged, price, unrefunded)


def _check_prices(levels: Iterable[Standing], known: Sequence[Change]) -> None:
    for level in levels:
        if level.quantity and level.price is None:
            *_, key = (change.key for change in known if change.effective_on == level.start)
            raise PriceMissing(
                f"change {key}: {level.quantity} units from {level.start} on have no price;"
                " add a change with the unit price and the months it pays for"
            )
