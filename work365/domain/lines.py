"""Lines: charges in money, each credit beside the line that it corrects.

What is found missing becomes lines here. A positive quantity is charged. A negative one is
credited from the lines that it was billed on, newest first, and never for more than is left of
them. What is waived becomes a line without money, so that it is settled and never comes up
again.

Rounding may be carried from line to line of one price in one billing period. Their sum is then
the rounded sum of what they were before rounding, in whichever order they became known.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from typing import NamedTuple

from work365.domain.charges import BY_DAY, Charge, Slot
from work365.domain.credit_notes import capped
from work365.domain.money import Money
from work365.domain.periods import Period
from work365.domain.policies import AddingUp
from work365.domain.runs import Steps, add_run, runs, runs_within, stacked
from work365.domain.taxes import AppliedTax
from work365.errors import Refusal

NOTHING = Fraction(0)


class CreditedTwice(Refusal):
    """Closed invoices credit more than they charge."""

    code = "credited_twice"


class LineKind(Enum):
    """What a line does."""

    CHARGE = "charge"
    CREDIT = "credit"
    """Takes back a part of an earlier line, which it names."""
    WAIVED = "waived"
    """Settles a difference without money."""


class Owed(NamedTuple):
    """A charge to make a line of, and whether it is without money."""

    charge: Charge
    waived: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class BilledLine:
    """A charge as it is on an invoice, with everything that its amount came from."""

    key: str
    charge: Charge
    amount: Money
    kind: LineKind = LineKind.CHARGE
    corrects: str | None = None
    """Key of the line that it takes back a part of."""
    carried: Fraction = NOTHING
    """Rounding of earlier lines that was added before this one was rounded."""
    limit: Money | None = None
    """The amount, where it is what was left of the corrected line and not its own sum."""
    tax: AppliedTax | None = None


class Drawn(NamedTuple):
    """A line that has no place on an invoice yet."""

    charge: Charge
    amount: Money
    kind: LineKind = LineKind.CHARGE
    corrects: str | None = None
    carried: Fraction = NOTHING
    limit: Money | None = None
    tax: AppliedTax | None = None


@dataclass(slots=True)
class _Left:
    """What can still be credited of a line: its money, and its units by day."""

    line: BilledLine
    money: Money
    units: Steps

    def take(self, period: Period, units: Decimal) -> None:
        add_run(self.units, period, -units)

    @property
    def is_used_up(self) -> bool:
        return not any(self.units.values())


class _Came(NamedTuple):
    """What a charge came to."""

    amount: Money
    carried: Fraction
    total: Fraction
    """What all lines come to with it, before rounding."""


class SlotLines:
    """The lines of one slot, to which further ones are added."""

    def __init__(self, slot: Slot, billed: Iterable[BilledLine], adding_up: AddingUp) -> None:
        self._slot = slot
        self._adding_up = adding_up
        self._units: Steps = {}
        self._exact, self._amount = NOTHING, Decimal(0)
        self._left: dict[str, _Left] = {}
        # A line's key begins with the number of its invoice: they come oldest first. What they
        # credit of each other is taken away in the end, whatever a credit note is called.
        for line in sorted(billed, key=lambda line: (line.corrects is not None, line.key)):
            self._remember(line)

    def draw(self, owed: Owed) -> Iterator[Drawn]:
        """Yield the lines for `owed`.

        Raises: CreditedTwice: more is credited than the lines of the slot charge.
        """
        charge = owed.charge
        if owed.waived:
            yield Drawn(charge, Money.zero(self._slot.price.currency), LineKind.WAIVED)
        elif charge.quantity < 0:
            yield from self._credit(charge)
        else:
            yield self._charge(charge)

    def even_out(self) -> Iterator[Drawn]:
        """Yield what the lines still lack to add up, where a credit was limited."""
        if self._adding_up is not AddingUp.PERIOD or not self._left:
            return
        any_charge = next(iter(self._left.values())).line.charge
        for left in self._left.values():
            over = any_charge.rounded(self._exact).amount - self._amount
            if over and left.money.amount and (over < 0) == (left.money.amount > 0):
                nothing = Charge(self._slot, left.line.charge.service_period, Decimal(0))
                yield self._credit_from(left, nothing)

    def _remember(self, line: BilledLine) -> None:
        charge = line.charge
        if line.kind is LineKind.WAIVED:
            return
        self._add(charge, line.amount, self._total_with(charge, charge.exact_amount))
        if line.corrects is None:
            units: Steps = {}
            add_run(units, charge.service_period, charge.quantity)
            self._left[line.key] = _Left(line, line.amount, units)
        elif line.corrects in self._left:
            left = self._left[line.corrects]
            left.money += line.amount
            left.take(charge.service_period, -charge.quantity)
        else:
            raise CreditedTwice(
                f"line {line.key}: it credits line {line.corrects}, which is not there; restore"
                " that line from the audit history"
            )

    def _charge(self, charge: Charge) -> Drawn:
        came = self._worked_out(charge)
        self._add(charge, came.amount, came.total)
        return Drawn(charge, came.amount, carried=came.carried)

    def _credit(self, charge: Charge) -> Iterator[Drawn]:
        wanted: Steps = {}
        add_run(wanted, charge.service_period, -charge.quantity)
        for left in reversed(self._left.values()):
            for period, units in list(runs(wanted)):
                for part, available in list(runs_within(left.units, period)):
                    taken = min(units, available)
                    add_run(wanted, part, -taken)
                    left.take(part, taken)
                    yield self._credit_from(left, Charge(self._slot, part, -taken))
        if any(wanted.values()):
            raise CreditedTwice(
                f"subscription {self._slot.price.subscription}: {charge.quantity} units from"
                f" {charge.service_period.start} on are to be credited, and closed invoices charge"
                " fewer; look for a line that was edited or deleted, and restore it"
            )

    def _credit_from(self, left: _Left, charge: Charge) -> Drawn:
        wanted, carried, total = self._worked_out(charge)
        amount = -capped(-wanted, left=left.money)
        if left.is_used_up and self._adding_up is AddingUp.LINE:
            amount = -left.money
        left.money += amount
        self._add(charge, amount, total)
        limit = None if amount == wanted else amount
        return Drawn(charge, amount, LineKind.CREDIT, left.line.key, carried, limit)

    def _add(self, charge: Charge, amount: Money, total: Fraction) -> None:
        self._exact = total
        self._amount += amount.amount
        add_run(self._units, charge.service_period, charge.quantity)

    def _worked_out(self, charge: Charge) -> _Came:
        """Return what `charge` comes to, with the rounding that is carried into it."""
        exact = charge.exact_amount
        total = self._total_with(charge, exact)
        if self._adding_up is AddingUp.LINE or not self._units:
            return _Came(charge.rounded(exact), NOTHING, total)
        rounded = charge.rounded(total)
        amount = Money(rounded.currency, rounded.amount - self._amount)
        carried = self._exact - Fraction(self._amount)
        if charge.rounded(exact + carried) != amount:
            # A half of a cent that goes up in the total would go down in a credit by itself.
            carried = Fraction(amount.amount) - exact
        return _Came(amount, carried, total)

    def _total_with(self, charge: Charge, exact: Fraction) -> Fraction:
        """Return what all lines and `charge`, which is `exact` by itself, come to together."""
        if self._slot.price.proration == BY_DAY:
            return self._exact + exact
        # By other rules parts need not add up to the whole; what is had in the end decides.
        units = dict(self._units)
        add_run(units, charge.service_period, charge.quantity)
        held = (Charge(self._slot, period, quantity) for period, quantity in stacked(units))
        return sum((one.exact_amount for one in held), NOTHING)


def evaluated(line: BilledLine) -> Money:
    """Return what `line` comes to by everything that is kept of it."""
    if line.kind is LineKind.WAIVED:
        return Money.zero(line.charge.slot.price.currency)
    return line.limit or line.charge.rounded(line.charge.exact_amount + line.carried)


def draw_up(
    owed: Iterable[Owed], billed: Iterable[BilledLine], *, adding_up: AddingUp
) -> list[Drawn]:
    """Return the lines for what is `owed`, given the lines that were `billed` before.

    Raises: CreditedTwice: more is credited than was charged.
    """
    wanted: dict[Slot, list[Owed]] = {}
    for one in owed:
        wanted.setdefault(one.charge.slot, []).append(one)
    kept: dict[Slot, list[BilledLine]] = {}
    # Most billed lines are of other periods, which is told sooner by a day than by a slot.
    starts = {slot.start for slot in wanted}
    for line in billed:
        slot = line.charge.slot
        if slot.start in starts and slot in wanted:
            kept.setdefault(slot, []).append(line)
    drawn: list[Drawn] = []
    for slot, some in wanted.items():
        first = some[0]
        if len(some) == 1 and slot not in kept and not first.waived and first.charge.quantity > 0:
            # Most charges are the first of their price in their period.
            drawn.append(Drawn(first.charge, first.charge.amount))
            continue
        lines = SlotLines(slot, kept.get(slot, ()), adding_up)
        for one in sorted(some, key=_credits_first):
            drawn += lines.draw(one)
        drawn += lines.even_out()
    return drawn


def _credits_first(owed: Owed) -> tuple[bool, date]:
    # A charge in between could take the money that a later credit goes back to.
    return owed.charge.quantity > 0, owed.charge.service_period.start
