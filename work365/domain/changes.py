"""The change log: the ledger that a subscription's quantity and price are summed from.

An entry says what became different and from which day; when it became known is kept too.
Entries are never altered or deleted: what was wrong is put right by a further entry. What
holds on a day is the fold of all entries effective on or before it.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from itertools import groupby
from typing import NamedTuple

from work365.errors import Refusal


class NegativeQuantity(Refusal):
    """The log takes away more than there is."""

    code = "negative_quantity"


class PriceMissing(Refusal):
    """Seats are had on a day for which the log has no price."""

    code = "price_missing"


class Status(Enum):
    """State of a subscription from a day on. Only an active one is charged."""

    ACTIVE = "active"
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

    @property
    def content(self) -> str:
        """The facts in the entry as one line, by which a later edit of it is noticed."""
        price = f"{self.price.amount.normalize():f}/{self.price.months}" if self.price else "-"
        status = self.status.value if self.status else "-"
        return f"{self.effective_on} {self.quantity.normalize():f} {price} {status}"


class Standing(NamedTuple):
    """What holds from a day until the next standing: how many units are charged, at what."""

    start: date
    quantity: Decimal
    price: UnitPrice | None


def standings(changes: Iterable[Change], *, through: date) -> list[Standing]:
    """Return what holds from when on, by the entries effective on or before `through`.

    A later entry does not exist yet: what it changes is charged or credited from its day on.
    Entries of one day count together; of two prices on one day the one recorded last holds.
    Raises: NegativeQuantity, PriceMissing: the log does not add up on some day.
    """
    known = sorted(
        (change for change in changes if change.effective_on <= through),
        key=lambda change: (change.effective_on, change.recorded_at, change.key),
    )
    return list(_fold(known))


def quantity_on(changes: Iterable[Change], day: date) -> Decimal:
    """Return how many units are had on `day`, whether they are charged or not."""
    known = (change.quantity for change in changes if change.effective_on <= day)
    return sum(known, Decimal(0))


def _fold(ordered: Sequence[Change]) -> Iterator[Standing]:
    quantity = Decimal(0)
    price: UnitPrice | None = None
    status = Status.ACTIVE
    last: tuple[Decimal, UnitPrice | None] = (Decimal(0), None)
    for day, entries in groupby(ordered, key=lambda change: change.effective_on):
        key = ""
        for change in entries:
            key = change.key
            quantity += change.quantity
            price = change.price or price
            status = change.status or status
        if quantity < 0:
            raise NegativeQuantity(
                f"change {key}: the quantity would be {quantity} from {day} on;"
                " correct the quantity or its date by a further change"
            )
        charged = quantity if status is Status.ACTIVE else Decimal(0)
        if charged and price is None:
            raise PriceMissing(
                f"change {key}: {quantity} units from {day} on have no price;"
                " add a change with the unit price and the months it pays for"
            )
        if (charged, price) != last:
            last = (charged, price)
            yield Standing(day, charged, price)
