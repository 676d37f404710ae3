"""History: what a change log says was had, day by day, whether it was charged or not.

`changes.standings` says what is charged. Whoever makes further entries (a bundle that drives
its parts, a scheduled change whose day came, a new price) has to know what was had: units of
a suspended subscription are not charged, and are there. Entries made by a rule are finished
here, so that all of them have a key that is made from their content.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from hashlib import sha256
from itertools import groupby
from typing import NamedTuple

from work365.domain.changes import Change, Status, UnitPrice, in_order
from work365.domain.contracts import Subscription
from work365.errors import Refusal

KEY_DIGEST_LENGTH = 16
"""Hexadecimal digits of the content's digest in a key: 64 bits, within one subscription's day."""


class RecordedTooEarly(Refusal):
    """An entry would not hold, because another one of its day was recorded after it."""

    code = "recorded_too_early"


class Had(NamedTuple):
    """What is had from a day until the next: how many units, in which state, at what price."""

    start: date
    quantity: Decimal
    status: Status
    price: UnitPrice | None
    refund: bool = False
    """Whether what was taken away on that very day is to be credited."""


def history(changes: Iterable[Change]) -> list[Had]:
    """Return what is had from which day on; before the first of them nothing was.

    Every day that an entry is effective on has its own, whether it changed anything or not.
    """
    had: list[Had] = []
    quantity, status, price = Decimal(0), Status.ACTIVE, None
    for day, entries in groupby(in_order(changes), key=lambda change: change.effective_on):
        refund = False
        for change in entries:
            quantity += change.quantity
            status = change.status or status
            price = change.price or price
            refund = refund or change.refund
        had.append(Had(day, quantity, status, price, refund))
    return had


def had_on(changes: Iterable[Change], day: date) -> Had:
    """Return what is had on `day`; `start` is the last day on which an entry took effect."""
    past = history(change for change in changes if change.effective_on <= day)
    return past[-1] if past else Had(day, Decimal(0), Status.ACTIVE, None)


def lifetime(subscription: Subscription) -> list[Had]:
    """Return what is had of `subscription` on its own days, from its first day on.

    What was entered before its start is had from its start; from its end on it is cancelled.
    """
    start, end = subscription.start_on, subscription.end_on
    lived = [
        step._replace(start=max(step.start, start))
        for step in history(subscription.changes)
        if end is None or step.start < end
    ]
    # Of the entries before the start only the last, with all of them in it, is had at all.
    steps = list({step.start: step for step in lived}.values())
    if end is None:
        return steps
    last = steps[-1] if steps else Had(end, Decimal(0), Status.ACTIVE, None)
    ended = last._replace(start=end, status=Status.CANCELLED, refund=subscription.refund_at_end)
    return [*(step for step in steps if step.start < end), ended]


def keyed(change: Change, subscription: Subscription, *, cause: str) -> Change:
    """Return `change`, made by the rule `cause` for `subscription`, with its key.

    The key is made from the content and from how many entries that day has already: the same
    facts give the same key, so that writing an entry twice is once, and an addition that was
    taken back can be made again.
    Raises: RecordedTooEarly: another entry of the day, recorded later, would hold instead.
    """
    same_day = [old for old in subscription.changes if old.effective_on == change.effective_on]
    content = f"{subscription.key} {cause} {len(same_day)} {change.content}"
    digest = sha256(content.encode()).hexdigest()[:KEY_DIGEST_LENGTH]
    day = f"{change.effective_on:%Y%m%d}"
    made = replace(change, key="_".join((subscription.key, cause, day, digest)))
    for old in same_day:
        overrides = (made.price and old.price) or (made.status and old.status)
        if overrides and _place_in_day(old) > _place_in_day(made):
            raise RecordedTooEarly(
                f"subscription {subscription.key}: the entry {old.key} of {old.effective_on} is"
                f" recorded at {old.recorded_at}, after {made.recorded_at}, and would hold"
                " instead; record the new entry later"
            )
    return made


def _place_in_day(change: Change) -> tuple[datetime, str]:
    return change.recorded_at, change.key
