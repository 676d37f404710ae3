"""Refunds: what of a credit is given, and what is waived.

Seats that were taken away in a billed period are credited only where two answers are yes: that of
the contract's policy (the environment's holds where the contract gives none), and the reduction's
own. A credit that corrects a mistake (a lower price, a backdated entry put right) needs neither.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from work365.domain.changes import Standing
from work365.domain.charges import USAGE, Charge, Slot, credit_and_charge, steps_of
from work365.domain.lines import Owed
from work365.domain.periods import Period
from work365.domain.price_models import FEE
from work365.domain.runs import Steps, add_run, runs, runs_within

EVERYTHING = Decimal("Infinity")


class Unrefunded(NamedTuple):
    """How many units of something sold were given up without a refund, from when on."""

    levels: Sequence[tuple[date, Decimal]]
    """Oldest first; each holds until the next."""

    def cut(self, period: Period) -> Iterator[tuple[Period, Decimal]]:
        """Yield the parts of `period` on which the same number holds, with the number."""
        start, held = period.start, Decimal(0)
        for day, units in self.levels:
            if start < day < period.end:
                yield Period(start, day), held
                start = day
            if day < period.end:
                held = units
        yield Period(start, period.end), held


def unrefunded(levels: Iterable[Standing], *, end: date | None, refund_at_end: bool) -> Unrefunded:
    """Return what was given up without a refund, by the change log and by the day of the end."""
    given_up = [(level.start, level.unrefunded) for level in levels]
    if end is not None and not refund_at_end:
        given_up = [(day, units) for day, units in given_up if day < end]
        given_up.append((end, EVERYTHING))
    return Unrefunded(given_up)


class _Family(NamedTuple):
    """What may stand in for each other: the units of one thing in one billing period.

    The fee for entering a tier is not one of the units, and stands for itself; so does usage.
    """

    subscription: str
    apart: str
    """The component, where it stands for itself."""
    start: date
    end: date


def _family_of(slot: Slot) -> _Family:
    subscription, component = slot.price.subscription, slot.price.component
    stands_apart = component.endswith(FEE) or component.startswith(USAGE)
    return _Family(subscription, component if stands_apart else "", slot.start, slot.end)


def refuse(missing: Iterable[Charge], given_up: Mapping[str, Unrefunded]) -> Iterator[Owed]:
    """Yield `missing`, with what is not refunded marked as waived.

    `given_up` is by the key of the subscription; what is not in it is refunded, and so is usage,
    which nobody takes away: less of it corrects what was told.
    """
    families: dict[_Family, list[Charge]] = {}
    for charge in missing:
        price = charge.slot.price
        if price.subscription not in given_up or price.component.startswith(USAGE):
            yield Owed(charge)
            continue
        families.setdefault(_family_of(charge.slot), []).append(charge)
    for family, charges in families.items():
        if all(charge.quantity > 0 for charge in charges):
            yield from map(Owed, charges)
        else:
            yield from _refused(charges, given_up[family.subscription])


def _refused(charges: Sequence[Charge], known: Unrefunded) -> Iterator[Owed]:
    waivable = _waivable(charges, known)
    # The highest tier first: it is what the units that were added last were charged under.
    for charge in sorted(charges, key=_by_tier, reverse=True):
        if charge.quantity > 0:
            yield Owed(charge)
        else:
            yield from _split(charge, waivable)


def _by_tier(charge: Charge) -> tuple[int, str]:
    component = charge.slot.price.component
    return len(component), component


def _waivable(charges: Sequence[Charge], known: Unrefunded) -> Steps:
    """Return how many units fewer there are by day that nothing is given back for."""
    fewer: Steps = {}
    for charge in charges:
        add_run(fewer, charge.service_period, -charge.quantity)
    waivable: Steps = {}
    for period, units in runs(fewer):
        for part, given_up in known.cut(period):
            add_run(waivable, part, max(Decimal(0), min(units, given_up)))
    return waivable


def _split(charge: Charge, waivable: Steps) -> Iterator[Owed]:
    """Yield the waived part of a credit, which is then not waivable any more, and the rest."""
    given: Steps = {}
    add_run(given, charge.service_period, charge.quantity)
    for period, units in list(runs_within(waivable, charge.service_period)):
        waived = min(units, -charge.quantity)
        add_run(waivable, period, -waived)
        add_run(given, period, waived)
        yield Owed(Charge(charge.slot, period, -waived), waived=True)
    for period, units in runs(given):
        yield Owed(Charge(charge.slot, period, units))


def had_again(owed: Iterable[Owed], waived_before: Iterable[Charge]) -> Iterator[Owed]:
    """Yield `owed`, with waivers taken back of what is had again: it is paid already.

    Where it is had again at another price, what was paid is credited and the new price charged.
    """
    waived = {slot: _negated(steps) for slot, steps in steps_of(waived_before).items()}
    every = [part for one in owed for part in _paid_already(one, waived.get(one.charge.slot))]
    yield from every
    if waived:
        yield from _paid_at_another_price(every, waived)


def _negated(steps: Steps) -> Steps:
    return {day: -step for day, step in steps.items()}


def _paid_already(one: Owed, waived: Steps | None) -> Iterator[Owed]:
    charge = one.charge
    if waived is None or charge.quantity < 0:
        yield one
        return
    left: Steps = {}
    add_run(left, charge.service_period, charge.quantity)
    for period, units in list(runs_within(waived, charge.service_period)):
        again = min(units, charge.quantity)
        add_run(left, period, -again)
        add_run(waived, period, -again)
        yield Owed(Charge(charge.slot, period, again), waived=True)
    for period, units in runs(left):
        yield Owed(Charge(charge.slot, period, units))


def _paid_at_another_price(owed: Iterable[Owed], waived: Mapping[Slot, Steps]) -> Iterator[Owed]:
    more: dict[_Family, Steps] = {}
    for one in owed:
        if not one.waived:
            charge = one.charge
            steps = more.setdefault(_family_of(charge.slot), {})
            add_run(steps, charge.service_period, charge.quantity)
    for slot, steps in waived.items():
        had = more.get(_family_of(slot), {})
        for period, units in list(runs(steps)):
            for days, extra in list(runs_within(had, period)):
                again = min(units, extra)
                if again > 0:
                    add_run(had, days, -again)
                    yield Owed(Charge(slot, days, again), waived=True)
                    yield Owed(Charge(slot, days, -again))


def in_pairs(owed: Iterable[Owed], billed: Iterable[Charge]) -> Iterator[Owed]:
    """Yield `owed` as credits of all that was `billed` and charges of what holds.

    What is waived stays a difference: nothing is given back for it, and nothing paid.
    """
    every = list(owed)
    waived = [one for one in every if one.waived]
    yield from waived
    before = steps_of((*billed, *(one.charge for one in waived)))
    # What a day lacks for two reasons is one difference, or it would be credited twice.
    missing = steps_of(one.charge for one in every if not one.waived)
    for slot, steps in missing.items():
        for period, quantity in runs(steps):
            charge = Charge(slot, period, quantity)
            yield from map(Owed, credit_and_charge(charge, before.get(slot, {})))
