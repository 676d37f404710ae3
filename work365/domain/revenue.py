"""Revenue: when a billed line is earned, month by month.

An invoice line that is billed ahead is deferred, and released to revenue in rows: one for each
calendar month of its service. A row stores the accounts that it moves money between, so that a
later change of the accounts does not rewrite it. The rows of a line add up to the line exactly;
no row is zero. A credit never alters rows: it adds negative ones for the same months.

This module says how much is earned when. What is posted for it is `work365.domain.postings`.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from enum import Enum
from fractions import Fraction
from typing import Self

from work365.domain.apportionment import apportion
from work365.domain.money import Money
from work365.domain.periods import Period, month_after
from work365.domain.rounding import RoundingMode
from work365.errors import Refusal


class CreditAboveLine(Refusal):
    """More was to be credited than is left of a line."""

    code = "credit_above_line"


class Measure(Enum):
    """What a month's share of a service is measured by."""

    DAYS = "days"
    """Every calendar day is worth the same; the day in which the service ends is cut off."""
    TIME = "time"
    """Every microsecond is worth the same."""
    MONTHS = "months"
    """Every month is worth the same: the first one is whole, and the last one is cut off
    where the service ends within it."""


class Difference(Enum):
    """Which row takes what rounding leaves over."""

    CARRIED = "carried"
    """None: a row is what the rounded sum up to it has grown by."""
    LAST_ROW = "last-row"
    LAST_WHOLE_MONTH = "last-whole-month"
    """The last month that is not begun or ended in the middle; the last row without one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Method:
    """How an amount is spread over the months of its service.

    With `equal_whole_months`, months that the service begins or ends within get their share of
    the service by `measure`, and the whole months share what is left equally.
    """

    measure: Measure
    equal_whole_months: bool = False
    difference: Difference = Difference.CARRIED
    rounding: RoundingMode = RoundingMode.HALF_AWAY_FROM_ZERO

    def __post_init__(self) -> None:
        assert not self.equal_whole_months or self.measure is not Measure.MONTHS, self


DAILY = Method(measure=Measure.DAYS)
EXACT_TIME = Method(measure=Measure.TIME)
EVEN_BY_MONTH = Method(
    measure=Measure.MONTHS,
    difference=Difference.LAST_ROW,
    rounding=RoundingMode.TOWARDS_ZERO,
)
MONTHS_WITH_STUBS_BY_DAY = Method(
    measure=Measure.DAYS, equal_whole_months=True, difference=Difference.LAST_ROW
)
"""Source: the contract deferrals of Microsoft Dynamics 365 Business Central."""
MONTHS_WITH_STUBS_BY_TIME = Method(
    measure=Measure.TIME,
    equal_whole_months=True,
    difference=Difference.LAST_WHOLE_MONTH,
    rounding=RoundingMode.TOWARDS_ZERO,
)
"""Source: docs.stripe.com/revenue-recognition/revenue-settings/examples."""


@dataclass(frozen=True, slots=True)
class ServiceTime:
    """When a service is had: from `start` up to, and not including, `end`.

    One without length is had at once. Units: moments with a zone; months and days are UTC's.
    """

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        assert self.start.tzinfo is UTC, self.start
        assert self.end.tzinfo is UTC, self.end
        assert self.start <= self.end, f"{self.start} is after {self.end}"

    @classmethod
    def of_days(cls, period: Period) -> Self:
        """Return the whole days of `period`."""
        return cls(_midnight(period.start), _midnight(period.end))

    @classmethod
    def of_months(cls, start: date, months: int) -> Self:
        """Return the `months` months from `start` on."""
        return cls(_midnight(start), _midnight(month_after(start, months)))

    @property
    def days(self) -> Period:
        """The days that the service begins on or lasts through."""
        return Period(self.start.date(), self.end.date())

    @property
    def is_whole_month(self) -> bool:
        """Whether this is one calendar month, from its first moment to its last."""
        first = self.start.date()
        return first.day == 1 and self == self.of_months(first, 1)

    def months(self) -> Iterator["ServiceTime"]:
        """Yield the parts in one calendar month each; one without length for one without."""
        start = self.start
        while True:
            month = start.date().replace(day=1)
            stop = min(_midnight(month_after(month, 1)), self.end)
            yield ServiceTime(start, stop)
            if stop == self.end:
                return
            start = stop


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


@dataclass(frozen=True, slots=True)
class RecognitionAccounts:
    """The accounts that a row moves money from and to, by name."""

    deferred: str
    revenue: str


@dataclass(frozen=True, slots=True)
class RecognitionRow:
    """An amount of one line that is earned in one calendar month.

    `released_on` is the day on which it moves from the deferred account to the revenue account.
    """

    line: str
    period: Period
    """The days in the month that it is earned by."""
    amount: Money
    accounts: RecognitionAccounts
    released_on: date

    @property
    def days(self) -> int:
        """How many days it is earned by."""
        return self.period.days

    @property
    def month(self) -> date:
        """First day of the month in which it is released."""
        return self.released_on.replace(day=1)


def schedule(
    base: Money,
    service: ServiceTime,
    method: Method,
    *,
    line: str,
    accounts: RecognitionAccounts,
) -> tuple[RecognitionRow, ...]:
    """Return the rows in which `base` is earned, oldest first; they add up to it.

    Raises: OffTheCalendar: the service ends with the calendar.
    Source: docs.stripe.com/revenue-recognition; Business Central's contract deferrals.
    """
    parts = [part for part in service.months() if _weight(part, service, method.measure)]
    # A service so short that nothing of it is measured is earned when it begins.
    parts = parts or [next(service.months())]
    amounts = _stubbed(base, parts, method) if method.equal_whole_months else None
    amounts = amounts or _by_weight(base, parts, service, method)
    return tuple(
        RecognitionRow(line, part.days, amount, accounts, part.start.date())
        for part, amount in zip(parts, amounts, strict=True)
        if amount.amount
    )


def _weight(part: ServiceTime, service: ServiceTime, measure: Measure) -> int:
    """Return what `part`, which is in one month, is worth of `service`."""
    match measure:
        case Measure.DAYS:
            return part.days.days
        case Measure.TIME:
            return (part.end - part.start) // timedelta(microseconds=1)
        case Measure.MONTHS:
            month_is_over = part.end == _midnight(month_after(part.start.date().replace(day=1), 1))
            return int(month_is_over or part == service)


def _by_weight(
    base: Money, parts: Sequence[ServiceTime], service: ServiceTime, method: Method
) -> list[Money]:
    if len(parts) == 1:
        return [base]
    weights = [_weight(part, service, method.measure) for part in parts]
    whole = sum(weights)
    if method.difference is not Difference.CARRIED:
        exact = [Fraction(base.amount) * weight / whole for weight in weights]
        return _with_rest(base, exact, len(parts) - 1, method)
    amounts, weight_before, before = [], 0, Money.zero(base.currency)
    for weight in weights[:-1]:
        weight_before += weight
        exact_sum = Fraction(base.amount) * weight_before / whole
        after = Money.round(exact_sum, base.currency, method.rounding)
        amounts.append(after - before)
        before = after
    return [*amounts, base - before]


def _stubbed(base: Money, parts: Sequence[ServiceTime], method: Method) -> list[Money] | None:
    """Return the months' amounts where whole months are equal; none where no month is whole."""
    equal = [index for index, part in enumerate(parts) if part.is_whole_month]
    if not equal:
        return None
    weights = [_weight(part, part, method.measure) for part in parts]
    exact = [Fraction(base.amount) * weight / sum(weights) for weight in weights]
    stubs = [
        Money.round(exact[index], base.currency, method.rounding)
        for index in range(len(parts))
        if index not in equal
    ]
    left = base - Money.total(stubs, base.currency)
    for index in equal:
        exact[index] = Fraction(left.amount) / len(equal)
    in_last_row = method.difference is Difference.LAST_ROW
    return _with_rest(base, exact, len(parts) - 1 if in_last_row else equal[-1], method)


def _with_rest(base: Money, exact: Iterable[Fraction], at: int, method: Method) -> list[Money]:
    """Return `exact` rounded one by one, where the one `at` an index takes what is left."""
    amounts = [Money.round(amount, base.currency, method.rounding) for amount in exact]
    amounts[at] += base - Money.total(amounts, base.currency)
    return amounts


def split_at(
    rows: Iterable[RecognitionRow], day: date
) -> tuple[tuple[RecognitionRow, ...], tuple[RecognitionRow, ...]]:
    """Return what `rows` earn before `day`, and what they earn from it on.

    The row of a month that `day` is within is divided by days; what is earned at once was
    earned before the day is over.
    """
    before: list[RecognitionRow] = []
    after: list[RecognitionRow] = []
    for row in rows:
        if row.period.end <= day:
            before.append(row)
        elif row.period.start >= day:
            after.append(row)
        else:
            first, rest = Period(row.period.start, day), Period(day, row.period.end)
            earned = Money.round(
                first.share_of(row.period) * Fraction(row.amount.amount), row.amount.currency
            )
            before.append(replace(row, period=first, amount=earned))
            left = row.amount - earned
            after.append(
                replace(row, period=rest, amount=left, released_on=max(row.released_on, day))
            )
    return _nonzero(before), _nonzero(after)


def _nonzero(rows: Iterable[RecognitionRow]) -> tuple[RecognitionRow, ...]:
    return tuple(row for row in rows if row.amount.amount)


def credit_rows(
    rows: Sequence[RecognitionRow],
    credited: Money,
    *,
    line: str,
    on: date,
    contra: str,
) -> tuple[RecognitionRow, ...]:
    """Return the rows of the credit `line`, which takes `credited` off a line `on` a day.

    What was earned by that day is taken back on it, in the account `contra`; what was not is
    taken off the months to come. A credit of the whole line reverses every row exactly; any
    other takes of each row the share that it is of the line.
    Units: `credited` has the sign of the line, so that the rows' sum is its negation; `rows`
    are the line's own, and after them those of its earlier credits.
    Raises: CreditAboveLine: less than that is left of the line.
    """
    left = _left(rows)
    whole = Money.total((row.amount for row in left), credited.currency)
    if credited.amount * whole.amount < 0 or abs(credited.amount) > abs(whole.amount):
        raise CreditAboveLine(
            f"credit {line}: {credited.amount} {credited.currency} is more than the"
            f" {whole.amount} that is left of the line; credit that much or less"
        )
    earned, coming = split_at(left, on)
    both = (*earned, *coming)
    if not both:
        return ()
    amounts = (
        [row.amount for row in both]
        if credited == whole
        else apportion(credited, [abs(row.amount.amount) for row in both])
    )
    taken = [
        replace(row, line=line, amount=-amount, released_on=max(row.released_on, on))
        for row, amount in zip(both, amounts, strict=True)
    ]
    back = [
        replace(row, accounts=replace(row.accounts, revenue=contra)) for row in taken[: len(earned)]
    ]
    return _nonzero((*back, *taken[len(earned) :]))


def _left(rows: Iterable[RecognitionRow]) -> tuple[RecognitionRow, ...]:
    """Return the rows of a line less what its credits took of their days.

    A credit within a month has divided that month; so every day that a row starts on divides
    the others, and what was credited is taken from the same days.
    """
    pieces = list(rows)
    for day in sorted({row.period.start for row in pieces}):
        before, after = split_at(pieces, day)
        pieces = [*before, *after]
    amounts: dict[Period, Money] = {}
    first: dict[Period, RecognitionRow] = {}
    for row in pieces:
        first.setdefault(row.period, row)
        amounts[row.period] = amounts.get(row.period, Money.zero(row.amount.currency)) + row.amount
    return _nonzero(replace(first[period], amount=amounts[period]) for period in sorted(amounts))


def recognised_by_month(rows: Iterable[RecognitionRow]) -> dict[date, Money]:
    """Return what is earned in each month, by its first day, oldest first."""
    months: dict[date, Money] = {}
    for row in sorted(rows, key=_released_on):
        months[row.month] = months.get(row.month, Money.zero(row.amount.currency)) + row.amount
    return months


def deferred_by_month(rows: Sequence[RecognitionRow], billed_on: date) -> dict[date, Money]:
    """Return by how much each month changes the deferred revenue of rows that were billed on a day.

    Units: above zero where more is deferred. Earned before it is billed counts as below zero.
    """
    if not rows:
        return {}
    movements = {month: -amount for month, amount in recognised_by_month(rows).items()}
    month, currency = billed_on.replace(day=1), rows[0].amount.currency
    billed = Money.total((row.amount for row in rows), currency)
    movements[month] = movements.get(month, Money.zero(currency)) + billed
    return {month: movements[month] for month in sorted(movements)}


def _released_on(row: RecognitionRow) -> date:
    return row.released_on
