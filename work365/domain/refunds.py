"""Refunds: what of a credit is given, and what is waived.

Seats that were taken away in a billed period are credited only where three gates are open: the
environment's policy, the contract's, and the reduction itself. A credit that corrects a mistake
(a lower price, a backdated entry put right) passes none of them: it is always given.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from work365.domain.changes import Standing
from work365.domain.charges import USAGE, Charge
from work365.domain.lines import Owed
from work365.domain.periods import Period
from work365.domain.runs import Steps, add_run, runs, runs_within

FEE = "-flat"
"""How the component ends under which a tier's own fee is charged."""

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

    The fee for entering a tier is not one of the units, and stands for itself.
    """

    subscription: str
    fee: str
    start: date
    end: date


def refuse(missing: Iterable[Charge], given_up: Mapping[str, Unrefunded]) -> Iterator[Owed]:
    """Yield `missing`, with what is not refunded marked as waived.

    `given_up` is by the key of the subscription; what is not in it is refunded, and so is usage,
    which nobody takes away: less of it corrects what was told.
    """
    families: dict[_Family, list[Charge]] = {}
    for charge in missing:
        price, start, end, _ = charge.slot
        if price.subscription not in given_up or price.component.startswith(USAGE):
            yield Owed(charge)
            continue
        fee = price.component if price.component.endswith(FEE) else ""
        family = _Family(price.subscription, fee, start, end)
        families.setdefault(family, []).append(charge)
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
