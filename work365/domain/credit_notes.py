"""Credit notes: what is given back of a line that was billed, and never more than it.

Billed lines stay as they are. A credit names the line that it corrects and takes the share of
its money that its days and quantity are; the last credit of a line takes what is left of it, so
that all credits of a line add up to it exactly.

Amounts here are what is given back, so they have the sign of the line that they correct. On
the paper, and in `CreditNote.total`, they are negated.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from work365.domain.money import Money
from work365.domain.periods import Period
from work365.domain.runs import Steps, add_run, runs
from work365.errors import Refusal


class CreditOfCredit(Refusal):
    """A line that gives money back was to be credited itself."""

    code = "credit_of_credit"


class CreditTooLarge(Refusal):
    """More was to be credited than is left of a line."""

    code = "credit_too_large"


class CreditNotPositive(Refusal):
    """A credit of nothing, or of less, was asked for."""

    code = "credit_not_positive"


class CreditChanged(Refusal):
    """A request that was credited already came again with another content."""

    code = "credit_changed"


class CreditNoteMixed(Refusal):
    """A credit note corrects lines of more than its one invoice, or none."""

    code = "credit_note_mixed"


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditableLine:
    """A line of an issued invoice, as far as crediting it needs to know."""

    key: str
    invoice: str
    service_period: Period
    """At least one day; what is sold once is for the day on which it is sold."""
    quantity: Decimal
    amount: Money
    corrects: str | None = None
    """Key of the line that it takes back a part of, if it does."""

    def __post_init__(self) -> None:
        assert self.service_period.days, f"line {self.key} is for no day"

    @property
    def gives_back(self) -> bool:
        """Whether it is itself a credit, so that it cannot be credited."""
        return self.corrects is not None or self.quantity <= 0

    @property
    def units(self) -> Fraction:
        """Days times quantity that it was billed for."""
        return self.service_period.days * Fraction(self.quantity)


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditedLine:
    """What is given back of one billed line."""

    corrects: str
    """Key of the billed line."""
    invoice: str
    request: str
    """Key of what asked for it, such as a cancellation or a clerk's decision."""
    service_period: Period
    quantity: Decimal
    """Units taken back on every day of the service period; zero where money alone is."""
    amount: Money

    @property
    def key(self) -> str:
        """What makes it the same credit, however often it is asked for."""
        return f"{self.corrects}_{self.request}_{self.service_period.start:%Y%m%d}"

    @property
    def units(self) -> Fraction:
        """Days times quantity that are given back."""
        return self.service_period.days * Fraction(self.quantity)


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditNote:
    """The paper that gives money of one invoice back."""

    invoice: str
    """Key of the invoice that it corrects: the link from one to the other."""
    request: str
    lines: tuple[CreditedLine, ...]
    voids: bool = False
    """Whether it takes back all that was left of the invoice."""

    def __post_init__(self) -> None:
        if {line.invoice for line in self.lines} != {self.invoice}:
            raise CreditNoteMixed(
                f"credit note {self.key}: its lines correct the invoices"
                f" {sorted({line.invoice for line in self.lines})}; make one credit note for each"
                " invoice, with at least one line"
            )

    @property
    def key(self) -> str:
        """What makes it the same credit note, however often it is asked for."""
        return f"{self.invoice}_{self.request}"

    @property
    def total(self) -> Money:
        """Its sum as it is on the paper: below zero where money goes back."""
        return -Money.total((line.amount for line in self.lines), self.lines[0].amount.currency)


class Left(NamedTuple):
    """What is left of a billed line.

    Units: `units` in days times quantity.
    """

    units: Fraction
    amount: Money


def credit_amount(
    *,
    billed: Money,
    billed_units: Fraction,
    credited: Money,
    credited_units: Fraction,
    units: Fraction,
) -> Money:
    """Return how much of a line's money goes back with `units` of what it was billed for.

    It has the sign of `billed`, so that a credit note's line is its negation. It is the share
    of `billed` that `units` are, or what is left where that is less. Where no units remain it
    is exactly what is left.

    Units: days times quantity, of which `credited_units` and `credited` went back before.
    Raises: CurrencyMismatch: the two amounts are in different currencies.
    Source: docs/decisions/0017-parts-add-up.md.
    """
    left = money_left(billed=billed, credited=credited)
    if credited_units + units >= billed_units:
        return left
    share = Money.round(Fraction(billed.amount) * units / billed_units, billed.currency)
    return capped(share, left=left)


def capped(wanted: Money, *, left: Money) -> Money:
    """Return how much of `wanted` can be taken of `left`, which is in its currency.

    It is all of it, or `left` where that is less, and nothing where their signs differ.
    """
    lowest, highest = sorted((Money.zero(left.currency), left))
    return min(max(wanted, lowest), highest)


def money_left(*, billed: Money, credited: Money) -> Money:
    """Return what is left of `billed`: nothing, where as much or more was credited.

    Raises: CurrencyMismatch: the two amounts are in different currencies.
    """
    left = billed - credited
    over = left.amount < 0 if billed.amount >= 0 else left.amount > 0
    return Money.zero(billed.currency) if over else left


def capped_credit(*, wanted: Money, billed: Money, credited: Money) -> Money:
    """Return `wanted`, or what is left of `billed` where that is less.

    Raises:
        CreditNotPositive: `wanted` is below zero.
        CurrencyMismatch: the amounts are in different currencies.
    """
    if wanted.amount < 0:
        raise CreditNotPositive(
            f"a credit of {wanted.amount} {wanted.currency} would be a charge; state what is"
            " given back as an amount above zero"
        )
    # A sum of the two currencies is refused, also where there is nothing to compare.
    Money.total((wanted, billed), billed.currency)
    return capped(wanted, left=money_left(billed=billed, credited=credited))


def left_of(line: CreditableLine, credited_before: Iterable[CreditedLine]) -> Left:
    """Return what is left of `line` after those of `credited_before` that correct it."""
    before = [credit for credit in credited_before if credit.corrects == line.key]
    credited = Money.total((credit.amount for credit in before), line.amount.currency)
    return Left(
        line.units - sum((credit.units for credit in before), Fraction(0)),
        money_left(billed=line.amount, credited=credited),
    )


def credit(
    line: CreditableLine,
    *,
    service_period: Period,
    quantity: Decimal,
    request: str,
    credited_before: Sequence[CreditedLine] = (),
) -> CreditedLine:
    """Return the credit of `quantity` units of `line` on every day of `service_period`.

    The same request is credited once: asked again, what it gave before is returned.

    Raises:
        CreditOfCredit: the line gives money back itself.
        CreditNotPositive: no day, or a quantity that is not above zero.
        CreditTooLarge: on some day less than `quantity` is left.
        CreditChanged: the request was credited before, with another quantity or other days.
    """
    _check_creditable(line)
    if quantity <= 0 or not service_period.days:
        raise CreditNotPositive(
            f"line {line.key}: a credit of {quantity} units in {service_period} is not above"
            " zero; state the units that are taken back, and at least one day"
        )
    wanted = CreditedLine(
        corrects=line.key,
        invoice=line.invoice,
        request=request,
        service_period=service_period,
        quantity=quantity,
        amount=Money.zero(line.amount.currency),
    )
    repeated = _repeated(wanted, credited_before)
    if repeated is not None:
        return repeated
    _check_days_left(line, wanted, credited_before)
    left = left_of(line, credited_before)
    return replace(
        wanted,
        amount=credit_amount(
            billed=line.amount,
            billed_units=line.units,
            credited=line.amount - left.amount,
            credited_units=line.units - left.units,
            units=wanted.units,
        ),
    )


def credit_money(
    line: CreditableLine,
    amount: Money,
    *,
    request: str,
    credited_before: Sequence[CreditedLine] = (),
) -> CreditedLine:
    """Return a credit of `amount` on `line` that takes back no units, as for goodwill.

    Raises:
        CreditOfCredit: the line gives money back itself.
        CreditNotPositive: the amount is zero, or has not the sign of the line.
        CreditTooLarge: less than `amount` is left of the line.
        CreditChanged: the request was credited before, with another amount.
    """
    _check_creditable(line)
    if not amount.amount or (amount.amount < 0) != (line.amount.amount < 0):
        raise CreditNotPositive(
            f"line {line.key}: {_told(amount)} cannot be given back of {_told(line.amount)};"
            " state an amount with the sign of the line"
        )
    wanted = CreditedLine(
        corrects=line.key,
        invoice=line.invoice,
        request=request,
        service_period=line.service_period,
        quantity=Decimal(0),
        amount=amount,
    )
    repeated = _repeated(wanted, credited_before)
    if repeated is not None:
        if repeated.amount != amount:
            raise _changed(wanted)
        return repeated
    left = left_of(line, credited_before).amount
    if _size(amount) > _size(left):
        raise CreditTooLarge(
            f"line {line.key}: {_told(amount)} cannot be credited where {_told(left)} is left;"
            " lower the amount"
        )
    return wanted


def _check_creditable(line: CreditableLine) -> None:
    if line.gives_back:
        raise CreditOfCredit(
            f"line {line.key}: it gives money back itself ({line.quantity} units,"
            f" {_told(line.amount)}); charge again what was credited by mistake, as a new line"
        )


def _repeated(wanted: CreditedLine, credited_before: Iterable[CreditedLine]) -> CreditedLine | None:
    """Return what `wanted` gave when it was asked for before."""
    for credited in credited_before:
        if credited.key == wanted.key:
            if replace(credited, amount=wanted.amount) != wanted:
                raise _changed(wanted)
            return credited
    return None


def _changed(wanted: CreditedLine) -> CreditChanged:
    return CreditChanged(
        f"line {wanted.corrects}: request {wanted.request} was credited before and is different"
        f" now ({wanted.quantity} units in {wanted.service_period}); ask for the difference by a"
        " new request"
    )


def _check_days_left(
    line: CreditableLine, wanted: CreditedLine, credited_before: Iterable[CreditedLine]
) -> None:
    # Days outside of the line have nothing left either: there too the wanted units are too many.
    for period, left in runs_left(line, [*credited_before, wanted]):
        if left < 0:
            raise CreditTooLarge(
                f"line {line.key}: {wanted.quantity} units in {wanted.service_period} are"
                f" {-left} more than is left in {period} of {line.quantity} units in"
                f" {line.service_period}; lower the quantity, or leave those days out"
            )


def runs_left(
    line: CreditableLine, credited: Iterable[CreditedLine]
) -> Iterator[tuple[Period, Decimal]]:
    """Yield the runs of days on which the same quantity of `line` is left, if any is."""
    steps: Steps = {}
    add_run(steps, line.service_period, line.quantity)
    for part in credited:
        if part.corrects == line.key:
            add_run(steps, part.service_period, -part.quantity)
    yield from runs(steps)


def _size(money: Money) -> Decimal:
    return abs(money.amount)


def _told(money: Money) -> str:
    return f"{money.amount} {money.currency}"
