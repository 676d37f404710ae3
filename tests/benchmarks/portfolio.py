"""Contracts to measure with: always the same ones, so that two runs can be compared."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from work365.domain.accounts import Account
from work365.domain.books import kept
from work365.domain.changes import Change, UnitPrice
from work365.domain.contracts import BillingContract, Subscription
from work365.domain.periods import month_after
from work365.domain.policies import BillingPolicy
from work365.domain.settlements import Settlement

START = date(2025, 1, 1)
SUBSCRIPTIONS_PER_CONTRACT = 5
FURTHER_CHANGES = 3
RECORDED_AT = datetime(2025, 1, 1, tzinfo=UTC)


def account(number: int, *, subscriptions: int, history_months: int) -> Account:
    """Return the n-th contract: monthly, each subscription with an opening and three changes."""
    contract = BillingContract(
        id=UUID(int=number), key=f"CT-{number}", customer=UUID(int=number), currency="EUR",
        start_on=START, policy=BillingPolicy(refunds=True),
    )  # fmt: skip
    return Account(
        contract=contract,
        subscriptions=tuple(
            _subscription(number * subscriptions + part, history_months)
            for part in range(subscriptions)
        ),
    )


def accounts(subscriptions: int, *, history_months: int) -> Iterator[Account]:
    """Yield contracts that have `subscriptions` subscriptions together."""
    for number in range(subscriptions // SUBSCRIPTIONS_PER_CONTRACT):
        yield account(
            number, subscriptions=SUBSCRIPTIONS_PER_CONTRACT, history_months=history_months
        )


def remembered(settled: Account, settlement: Settlement) -> Account:
    """Return `settled` as it is read after `settlement` was kept: open periods and a memory."""
    through = settlement.through
    assert through is not None, "something was closed"
    account = kept(settled, settlement)
    billed = (line for line in account.billed if line.charge.slot.end > through)
    return replace(account, billed=tuple(billed))


def _subscription(number: int, history_months: int) -> Subscription:
    key = f"SUB-{number}"
    opening = Change(
        f"{key}-0", START, RECORDED_AT, Decimal(10 + number % 90), UnitPrice(_price(number), 1)
    )
    further = (_change(key, number, nth, history_months) for nth in range(1, FURTHER_CHANGES + 1))
    return Subscription(
        id=UUID(int=number), key=key, name=key, start_on=START, changes=(opening, *further)
    )


def _change(key: str, number: int, nth: int, history_months: int) -> Change:
    """Return the n-th change: spread over the history, on any day of a month."""
    month = nth * history_months // (FURTHER_CHANGES + 1)
    day = month_after(START, month) + timedelta(days=(number * 7 + nth * 5) % 28)
    seats = Decimal((3, -2, 5)[(number + nth) % 3])
    price = UnitPrice(_price(number + nth), 1) if nth == FURTHER_CHANGES else None
    return Change(f"{key}-{nth}", day, RECORDED_AT, seats, price, refund=True)


def _price(number: int) -> Decimal:
    return Decimal(400 + number % 3_000).scaleb(-2)
