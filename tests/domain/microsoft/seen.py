"""Subscriptions as Microsoft shows them, and Microsoft's rules, for tests."""

from dataclasses import fields, replace
from datetime import UTC, date, datetime
from decimal import Decimal

from work365.adapters.partner_center.rules.rules_data import read_rules
from work365.domain.catalog import (
    BillingPlan,
    ProviderSubscription,
    SubscriptionStatus,
    Term,
)
from work365.domain.changes import UnitPrice
from work365.domain.microsoft.stakes import KnownPrices
from work365.domain.microsoft.subscriptions import RefundableSeats, SeenSubscription, TermEnd

BOOK = read_rules()
ID = "9f1c2a54-5d2e-4f0c-8a41-6a2f6f0b7d11"
PRODUCT, BETTER = "CFQ7TTC0LH18:0001", "CFQ7TTC0LDPB:0001"
NAMES = frozenset(field.name for field in fields(ProviderSubscription))


def moment(text: str) -> datetime:
    """Return a moment in UTC, such as `2026-09-11 10:00:00`."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


BOUGHT = moment("2026-09-11 10:00:00")


def a_seen(**given: object) -> SeenSubscription:
    """Return ten seats, bought on 11 September 2026 for a year, billed monthly."""
    provided = ProviderSubscription(
        id=ID,
        part_number=PRODUCT,
        name="Business Basic",
        quantity=10,
        effective_start=date(2026, 9, 11),
        commitment_last_day=date(2027, 9, 10),
        status=SubscriptionStatus.ACTIVE,
        term=Term.YEAR,
        plan=BillingPlan.MONTHLY,
        auto_renew=True,
        is_trial=False,
        customer_tenant="0c39d6d5-c70d-4c55-bc02-f620844f3fd1",
        order_id="order-1",
    )
    theirs = {name: value for name, value in given.items() if name in NAMES}
    provided = replace(provided, **theirs)  # type: ignore[arg-type]  # fields are given by name
    seen = SeenSubscription(
        provided=provided,
        seen_at=moment("2026-10-01 09:00:00"),
        etag="e-1",
        bought_at=BOUGHT,
        cancel_until=moment("2026-09-18 10:00:00"),
        term_end=TermEnd.RENEW,
    )
    rest = {name: value for name, value in given.items() if name not in NAMES}
    return replace(seen, **rest)  # type: ignore[arg-type]  # fields are given by name


def seats(quantity: int, until: str) -> RefundableSeats:
    """Return a batch that can be given back until a moment in UTC."""
    return RefundableSeats(quantity, moment(until))


def price(amount: str, months: int = 1) -> UnitPrice:
    """Return the price of a seat."""
    return UnitPrice(Decimal(amount), months)


def prices(**given: object) -> KnownPrices:
    """Return prices in euros: twelve a month for the partner, fifteen for the customer."""
    known = KnownPrices(currency="EUR", partner=price("12.00"), customer=price("15.00"))
    return replace(known, **given)  # type: ignore[arg-type]  # fields are given by name
