"""Logs: short ways to write a subscription and the entries of its log."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID

from work365.domain.changes import Change, Status, UnitPrice
from work365.domain.contracts import BillingContract, Subscription

START = date(2026, 3, 1)
CONTRACT = BillingContract(
    id=UUID(int=1), key="CT-1", customer=UUID(int=2), currency="EUR", start_on=START
)
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
LATER = datetime(2026, 1, 2, 12, tzinfo=UTC)
"""After every entry that these short ways make."""


def entry(
    day: date,
    quantity: int = 0,
    *,
    price: UnitPrice | None = None,
    status: Status | None = None,
    refund: bool = False,
) -> Change:
    """Return an entry, recorded at noon, whose key is its day and its quantity."""
    key = f"{day:%Y%m%d}{quantity:+}"
    return Change(key, day, NOON, Decimal(quantity), price, status, refund)


def subscription(
    key: str, *changes: Change, start_on: date = START, end_on: date | None = None
) -> Subscription:
    """Return a subscription with `changes` as its log."""
    return Subscription(
        id=UUID(int=7), key=key, name=key, start_on=start_on, end_on=end_on, changes=changes
    )


def with_entries(part: Subscription, changes: list[Change]) -> Subscription:
    """Return `part` once `changes` are in its log."""
    return replace(part, changes=(*part.changes, *changes))
