"""The section What happened: what can become known about a contract and what is sold under it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any
from uuid import UUID

from work365.domain.changes import Status, UnitPrice
from work365.domain.one_time_charges import OneTimeCharge, OneTimeKind
from work365.domain.periods import day_after
from work365.domain.usage import UsageRecord
from work365.entrypoints.examples.agreements import AGREEMENTS
from work365.entrypoints.examples.list_prices import REPRICINGS
from work365.entrypoints.examples.markdown import Row, Section
from work365.entrypoints.examples.openings import OPENINGS
from work365.entrypoints.examples.told import Agreed, Fact, Tale, Told
from work365.entrypoints.examples.words import (
    MONTHS,
    NUMBER,
    SEATS,
    Fields,
    Meaningless,
    Phrase,
    day,
    merged,
    number,
    one_phrase,
    several_phrases,
    text,
)

CONTRACT = "contract"
AT_RENEWAL = "at renewal"
COLUMNS = ("known on", "about", "day", "what")
REFUNDED = "(, refunded)?"
STATUSES = "|".join(status.value for status in Status)
ONE_TIME_IDS_FROM = 1_000_000
"""So that they are none of the subscriptions' ids."""


@dataclass(frozen=True, slots=True)
class Happening:
    """Something that became known, and what it means."""

    fact: Fact
    tale: Tale

    def applied_to(self, told: Told) -> Told:
        """Return `told` once this is known.

        Raises: Meaningless: it cannot be, after what was told before.
        """
        return self.tale(self.fact, told)


def read_happenings(section: Section, agreed: Agreed, told: Told) -> Iterator[Happening]:
    """Yield what happened, in the order in which it became known.

    Raises: NotUnderstood: a row means nothing, or cannot be after what was `told` before it.
    """
    section.check_columns(COLUMNS)
    ordered = sorted(
        ((row.read("known on", day), number, row) for number, row in enumerate(section.rows)),
        key=lambda found: found[:2],
    )
    for known_on, number_, row in ordered:
        fact = Fact(
            known_on=known_on,
            about=row.read("about", text),
            since=row.read("day", _day_or_renewal),
            number=number_,
            agreed=agreed,
        )
        happening = Happening(fact, row.read("what", _tale_about(fact.about)))
        told = _tried(row, happening, told)
        yield happening


def _tried(row: Row, happening: Happening, told: Told) -> Told:
    return row.read("what", lambda _: happening.applied_to(told))


def _day_or_renewal(written: str) -> date | None:
    return None if written == AT_RENEWAL else day(written)


def _tale_about(about: str) -> Callable[[str], Tale]:
    if about == CONTRACT:
        return one_phrase(OF_THE_CONTRACT)
    return one_phrase((*OPENINGS, *CHANGES, *AGREEMENTS, *REPRICINGS, *SOLD_ONCE))


def _changed(fields: Fields, fact: Fact, told: Told) -> Told:
    changes = told.subscription(fact.about).changes
    return told.edited(fact.about, changes=(*changes, fact.change(**fields)))


def _change(**fields: Any) -> Tale:
    return partial(_changed, fields)


def _ended(fields: Fields, last_day: bool, fact: Fact, told: Told) -> Told:
    ended = {"end_on": _end(last_day, fact, told), **fields}
    if fact.about == CONTRACT:
        account = told.account
        return replace(told, account=replace(account, contract=replace(account.contract, **ended)))
    return told.edited(fact.about, **ended)


def _end(last_day: bool, fact: Fact, told: Told) -> date:
    """Return the end, which is the first day after the last one where it is not charged."""
    counts = told.account.contract.policy.last_day_counts
    return day_after(fact.day, 1) if last_day and not counts else fact.day


def _end_phrases() -> tuple[Phrase[Tale], ...]:
    return (
        Phrase(
            "its last day (or: its last day, refunded)",
            f"its last day{REFUNDED}",
            lambda refund: partial(_ended, {"refund_at_end": bool(refund)}, True),
        ),
        Phrase(
            "ends (or: ends, refunded)",
            f"ends{REFUNDED}",
            lambda refund: partial(_ended, {"refund_at_end": bool(refund)}, False),
        ),
    )


def _activated(_: Fact, told: Told) -> Told:
    account = told.account
    return replace(told, account=replace(account, contract=replace(account.contract, active=True)))


OF_THE_CONTRACT: tuple[Phrase[Tale], ...] = (
    *_end_phrases(),
    Phrase("active", "active", lambda: _activated),
)


def _used(quantity: str, fact: Fact, told: Told) -> Told:
    subscription = told.subscription(fact.about)
    if subscription.usage_model is None:
        raise Meaningless(
            f"usage of {fact.about!r} has no price; open it with 'usage priced by' and a name of"
            " the section Price models"
        )
    record = UsageRecord(
        key=fact.key,
        subscription=subscription.key,
        used_on=fact.day,
        quantity=number(quantity),
        recorded_at=fact.recorded_at,
    )
    return told.edited(fact.about, usage=(*subscription.usage, record))


CHANGES: tuple[Phrase[Tale], ...] = (
    Phrase("3 seats more", f"{SEATS} more", lambda seats: _change(quantity=number(seats))),
    Phrase(
        "2 seats fewer (or: 2 seats fewer, refunded)",
        f"{SEATS} fewer{REFUNDED}",
        lambda seats, refund: _change(quantity=-number(seats), refund=bool(refund)),
    ),
    Phrase(
        "the price is 13.00 for 1 month",
        f"the price is {NUMBER} for {MONTHS}",
        lambda price, months: _change(price=UnitPrice(number(price), int(months))),
    ),
    Phrase(
        f"suspended (or: {STATUSES.replace('|', ', ')}; each also: , refunded)",
        f"({STATUSES}){REFUNDED}",
        lambda status, refund: _change(status=Status(status), refund=bool(refund)),
    ),
    *_end_phrases(),
    Phrase("120 used", f"{NUMBER} used", lambda quantity: partial(_used, quantity)),
)

OPTIONS: tuple[Phrase[Fields], ...] = (
    Phrase("in USD", "in ([A-Z]{3})", lambda currency: {"currency": currency}),
    Phrase("not discounted", "not discounted", lambda: {"discounted": False}),
)
READ_OPTIONS = several_phrases(OPTIONS)


def _sold(
    kind: OneTimeKind, quantity: str, price: str, options: str, fact: Fact, told: Told
) -> Told:
    fields = merged(READ_OPTIONS(options.removeprefix(", ")))
    charge = OneTimeCharge(
        id=UUID(int=ONE_TIME_IDS_FROM + fact.number),
        key=fact.key,
        name=fact.about,
        on=fact.day,
        quantity=Decimal(number(quantity)),
        unit_price=number(price),
        kind=kind,
        tax_category=fact.agreed.tax_category(fact.about),
        **fields,
    )
    account = told.account
    return replace(told, account=replace(account, one_time=(*account.one_time, charge)))


def _sold_once(kind: OneTimeKind, example: str, pattern: str) -> Phrase[Tale]:
    return Phrase(
        example,
        f"{pattern}((?:, (?:in [A-Z]{{3}}|not discounted))*)",
        lambda quantity, price, options: partial(_sold, kind, quantity, price, options),
    )


SOLD_ONCE: tuple[Phrase[Tale], ...] = (
    _sold_once(
        OneTimeKind.PRODUCT,
        "2 at 150.00, once (and: , in USD; , not discounted)",
        f"{NUMBER} at {NUMBER}, once",
    ),
    _sold_once(OneTimeKind.EFFORT, "6.5 hours at 120.00", f"{NUMBER} hours? at {NUMBER}"),
    _sold_once(
        OneTimeKind.WRITE_IN, "1 at -50.00, written in", f"{NUMBER} at {NUMBER}, written in"
    ),
)
