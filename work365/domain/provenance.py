"""Provenance: the facts that a line's quantity, price and carried rounding came from.

A line says how many units it is for. The change log says who added them and when, and the
lines before it say how many were billed already. Where these are at hand and come to what the
line says, they are its leaves; where they do not, the line's own figure is the leaf, and the
entries are named beside it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from work365.domain import figures
from work365.domain.changes import Change, UnitPrice, in_order
from work365.domain.charges import LICENSE, USAGE, Charge
from work365.domain.explanation_trees import Node, Operation, Step, derived, fact
from work365.domain.lines import BilledLine, LineKind
from work365.domain.one_time_charges import OneTimeKind

ONE_TIME = frozenset(kind.value for kind in OneTimeKind)
"""Components that one-time charges are charged under."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AtHand:
    """What is known besides the line itself; any of it may be missing."""

    changes: tuple[Change, ...] = ()
    """The log of the line's subscription."""
    lines: tuple[BilledLine, ...] = ()
    """Other lines of the contract."""


NOTHING_AT_HAND = AtHand()


def quantity_node(line: BilledLine, known: AtHand) -> Node:
    """Return how many units `line` is for: entries of the log, less what was billed."""
    charge = line.charge
    units = charge.quantity
    step = Step(name="quantity", reason=_units(charge), shown=figures.plain(units))
    entries = _entries(charge, known)
    events = [_event(entry) for entry in entries if entry.quantity]
    billed = [_billed(other) for other in earlier(line, known.lines) if _meets(other, line)]
    for parts in ([*events, *billed], billed):
        if parts and sum(part.value for part in parts) == units:
            return derived(step, Operation.SUM, parts)
    reason = _alone(charge)
    if events:
        told = ", ".join(f"{event.name} {event.shown}" for event in events)
        reason = f"{reason}; had by then: {told}"
    return fact(Step(name=step.name, reason=reason, shown=step.shown), units)


def price_node(charge: Charge, known: AtHand) -> Node:
    """Return the unit price of `charge`, with the entry that set it where there is one."""
    price = charge.slot.price
    set_by = [
        entry
        for entry in _entries(charge, known)
        if entry.price == UnitPrice(price.per_unit, price.months)
    ]
    reason = f"price of one unit for {figures.months(price.months)}"
    if price.component in ONE_TIME:
        reason = "price of one unit, agreed once"
    elif price.component.startswith(USAGE):
        part = price.component.removeprefix(USAGE)
        reason = f"price of one unit used, by the price model: {part}"
    elif price.component != LICENSE:
        reason += f", by the price model: {price.component}"
    elif set_by:
        reason += f", by entry {set_by[-1].key} of {set_by[-1].effective_on}"
    step = Step(name="unit price", reason=reason, shown=figures.unit_price(price))
    return fact(step, price.per_unit)


def carried_node(line: BilledLine, known: AtHand) -> Node | None:
    """Return the rounding that was added to `line`, by the lines that it came from."""
    if not line.carried:
        return None
    step = Step(name="carried", reason="rounding of earlier lines of this price and billing period")
    parts = [
        _rounding(other)
        for other in earlier(line, known.lines)
        if other.kind is not LineKind.WAIVED
    ]
    if sum(part.value for part in parts) == line.carried:
        return derived(step, Operation.SUM, [part for part in parts if part.value])
    return fact(step, line.carried)


def earlier(line: BilledLine, lines: Sequence[BilledLine]) -> list[BilledLine]:
    """Return those of `lines` that were made before `line`, of its price and billing period."""
    slot, place = line.charge.slot, _place(line)
    before = [
        other
        for other in lines
        if other.charge.slot == slot and other.key != line.key and _place(other) < place
    ]
    return sorted(before, key=_place)


def invoice_of(key: str, charge: Charge) -> str:
    """Return the key of the invoice that the line `key`, of `charge` or its slot, is on."""
    price = charge.slot.price
    return key.partition(f"_{price.subscription}_{price.component}_")[0]


def _place(line: BilledLine) -> tuple[str, bool, date, bool]:
    """Return when a line is made: those of an invoice by their days, credits before charges."""
    charge = line.charge
    evens_out = not charge.quantity
    first = charge.service_period.start
    return invoice_of(line.key, charge), evens_out, first, charge.quantity > 0


def _entries(charge: Charge, known: AtHand) -> list[Change]:
    first = charge.service_period.start
    return in_order(entry for entry in known.changes if entry.effective_on <= first)


def _meets(other: BilledLine, line: BilledLine) -> bool:
    first, period = line.charge.service_period.start, other.charge.service_period
    return period.start <= first < period.end


def _event(entry: Change) -> Node:
    step = Step(
        name=f"entry {entry.key}",
        reason=f"from {entry.effective_on} on",
        shown=f"{entry.quantity:+f}",
    )
    return fact(step, entry.quantity)


def _billed(other: BilledLine) -> Node:
    quantity = -other.charge.quantity
    step = Step(
        name=f"line {other.key}",
        reason="billed before" if quantity < 0 else "taken back before",
        shown=f"{quantity:+f}",
    )
    return fact(step, quantity)


def _rounding(other: BilledLine) -> Node:
    exact, amount = other.charge.exact_amount, Fraction(other.amount.amount)
    step = Step(
        name=f"line {other.key}",
        reason=f"{figures.fraction(exact)} before rounding, {figures.money(other.amount)} after",
    )
    return fact(step, exact - amount)


def _alone(charge: Charge) -> str:
    """Return what a quantity is, where nothing else says it."""
    component = charge.slot.price.component
    if component in ONE_TIME:
        return "units, sold once"
    if component.startswith(USAGE):
        return f"units used in the billing period, of {component.removeprefix(USAGE)}"
    units = _units(charge)
    return units if component == LICENSE else f"{units}; of {component}"


def _units(charge: Charge) -> str:
    return "units that are had" if charge.quantity > 0 else "units that are had no more"
