"""Telling: sentences about money at stake at Microsoft, for a billing clerk."""

from collections.abc import Iterator
from datetime import UTC, datetime

from work365.domain import figures
from work365.domain.microsoft.intents import SetQuantity, Upgrade, seats
from work365.domain.microsoft.subscriptions import SeenSubscription
from work365.domain.money import Money


def clock(moment: datetime | None) -> str:
    """Return `moment` to the second, in UTC."""
    assert moment is not None, "a moment that is told is known"
    shown = moment.astimezone(UTC)
    return f"{figures.day_in_words(shown.date())}, {shown:%H:%M:%S} UTC"


def quantity(intent: SetQuantity, now: Money | None, to_term_end: Money | None) -> Iterator[str]:
    """Yield what Microsoft does with its invoices when seats come or go."""
    if now is None or to_term_end is None:
        return
    yield (
        f"Microsoft credits {seats(intent.before)} and charges {seats(intent.after)} for the rest"
        f" of the charge cycle: {_charged(now)}."
    )
    yield f"Until the end of the term that comes to {_charged(to_term_end)}."


def cancellation(count: int, now: Money | None, to_term_end: Money | None) -> Iterator[str]:
    """Yield what Microsoft does with its invoices when all seats are cancelled."""
    if now is None or to_term_end is None:
        return
    yield (
        f"Microsoft pays back what is left of the charge cycle of {seats(count)}: {_charged(now)}."
    )
    if to_term_end != now:
        yield f"With the charges that do not come any more it is {_charged(to_term_end)}."


def upgrade(intent: Upgrade, credit: Money, charge: Money, to_term_end: Money) -> Iterator[str]:
    """Yield what Microsoft does with its invoices when seats are upgraded."""
    yield (
        f"Microsoft credits {figures.money(-credit)} for {seats(intent.quantity)}, and charges"
        f" {figures.money(charge)} for {intent.part_number}, for the rest of the charge cycle."
    )
    yield f"Until the end of the term that comes to {_charged(to_term_end)}."


def customer(amount: Money) -> str:
    """Return what the customer's next invoice has of it."""
    return (
        f"The customer's next invoice has {_charged(amount)}, without tax, by the days of"
        " Microsoft's cycle; the preview of the contract has the exact amount."
    )


def owed(seen: SeenSubscription, amount: Money) -> str:
    """Return what is still to be paid to Microsoft as it is."""
    given = seen.provided
    assert given.commitment_last_day is not None, "what is owed is owed to the end of a term"
    day = figures.day_in_words(given.commitment_last_day)
    verb = "costs" if given.quantity == 1 else "cost"
    return (
        f"As it is, {seats(given.quantity)} {verb} {figures.money(amount)} from that day to the end"
        f" of the term on {day}."
    )


def _charged(amount: Money) -> str:
    if amount.amount < 0:
        return f"a credit of {figures.money(-amount)}"
    return f"a charge of {figures.money(amount)}" if amount.amount else "no change"
