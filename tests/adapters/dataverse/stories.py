"""What can have happened before a run: contracts to each of which the same happened."""

from collections.abc import Callable
from datetime import date
from uuid import UUID

import pytest

from tests.adapters.dataverse.partner import Partner

JAN_11 = date(2026, 1, 11)
JAN_12 = date(2026, 1, 12)
FEBRUARY = date(2026, 2, 1)

Story = Callable[[Partner, int], list[UUID]]


def first_invoice(partner: Partner, count: int) -> list[UUID]:
    """Contracts that were never billed."""
    return partner.open_many(count)[0]


def new_draft(partner: Partner, count: int) -> list[UUID]:
    """Seats were added after the last invoice."""
    contracts, subscriptions = partner.open_many(count, cycle_months=3)
    partner.bill(*contracts)
    partner.change_all(subscriptions, "more", JAN_11, 3)
    return contracts


def changed_draft(partner: Partner, count: int) -> list[UUID]:
    """A draft is there, and seats were added after it was made."""
    contracts, subscriptions = partner.open_many(count, cycle_months=3)
    partner.bill(*contracts)
    partner.change_all(subscriptions, "more", JAN_11, 3)
    partner.bill(*contracts, through=None, as_of=JAN_11)
    partner.change_all(subscriptions, "again", JAN_12, 2)
    return contracts


def vanishing_draft(partner: Partner, count: int) -> list[UUID]:
    """A draft is there, and what is on it was taken back."""
    contracts, subscriptions = partner.open_many(count, cycle_months=3)
    partner.bill(*contracts)
    partner.change_all(subscriptions, "more", JAN_11, 3)
    partner.bill(*contracts, through=None, as_of=JAN_11)
    partner.change_all(subscriptions, "less", JAN_11, -3)
    return contracts


def empty_date(partner: Partner, count: int) -> list[UUID]:
    """Nothing happened since the last invoice."""
    contracts, _ = partner.open_many(count, cycle_months=3)
    partner.bill(*contracts)
    return contracts


STORIES = pytest.mark.parametrize(
    "story",
    [first_invoice, new_draft, changed_draft, vanishing_draft, empty_date],
    ids=lambda story: str(story.__name__),
)
