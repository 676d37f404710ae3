"""Proration: what is owed for a part of a billing period, by a rule that has a name.

A proration is a day count and the steps that are rounded on the way to the line. Its name is
stored on every line that it made, and says all of it, so that a line can be worked out again
years later: `actual-days/1`, `months-then-days+unit-price-3/1`.
"""

import re
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import cache

from work365.domain.day_counts import DayCount, Measured, months_of
from work365.domain.money import Money
from work365.domain.periods import MonthEnd, Period
from work365.domain.rounding import RoundingMode, round_exactly
from work365.errors import Refusal

VERSION = "/1"
"""Version of the rules in this module, at the end of every name."""

DIGITS_MAX = 12
"""More decimals of a fraction or of a unit price than any system is known to keep."""

HALF_AWAY = RoundingMode.HALF_AWAY_FROM_ZERO

INSTANTS = "instants-cost-whole"

NAME = re.compile(
    r"(?P<day_count>[a-z0-9-]+)"
    rf"(?:\+(?P<month_end>{MonthEnd.KEEP_DISTANCE.value}))?"
    rf"(?:\+(?P<instants>{INSTANTS}))?"
    r"(?:\+fraction-(?P<fraction_digits>[0-9]+))?"
    r"(?:\+unit-price-(?P<unit_price_digits>[0-9]+)(?:-(?P<unit_price_mode>[a-z-]+))?)?"
    r"(?:\+line-(?P<line_mode>[a-z-]+))?"
    rf"{VERSION}"
)
"""What a name looks like: the day count, and the options that it may have, in this order."""


class UnknownProration(Refusal):
    """A text that names no proration."""

    code = "unknown_proration"


class RoundedStepsUnclear(Refusal):
    """Roundings that cannot be done, or that say how to round what is not rounded."""

    code = "rounded_steps_unclear"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rounding:
    """Which steps are rounded on the way to the line, and how; the line itself always is.

    Units: digits after the decimal point, up to `DIGITS_MAX`.
    Raises: RoundedStepsUnclear: the digits are out of range, or a mode is for no step.
    """

    fraction_digits: int | None = None
    """Of how many times the price is owed. Source: Kill Bill keeps nine."""
    unit_price_digits: int | None = None
    """Of what one unit comes to. Source: Business Central keeps three, Microsoft two."""
    unit_price_mode: RoundingMode = HALF_AWAY
    line_mode: RoundingMode = HALF_AWAY
    """Source: Azure's daily cost is cut off."""

    def __post_init__(self) -> None:
        for name in ("fraction_digits", "unit_price_digits"):
            digits = getattr(self, name)
            if digits is not None and not 0 <= digits <= DIGITS_MAX:
                raise RoundedStepsUnclear(
                    f"{name} {digits} is not from 0 to {DIGITS_MAX}; give so many decimals, or"
                    " none where the step is not rounded"
                )
        if self.unit_price_digits is None and self.unit_price_mode is not HALF_AWAY:
            raise RoundedStepsUnclear(
                f"unit_price_mode {self.unit_price_mode.value} without unit_price_digits; say"
                " to how many decimals, or leave the mode out"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Proration:
    """A rule for parts of a billing period."""

    day_count: DayCount = DayCount.ACTUAL
    rounding: Rounding = Rounding()
    month_end: MonthEnd = MonthEnd.CLAMP
    """Where months are counted from the part's start: what becomes of a start at month end."""
    instants_cost_whole: bool = False
    """Whether a service without any length, bought and used up, is owed as a whole period.
    Source: OpenMeter; all others owe nothing."""

    @property
    def name(self) -> str:
        """The rule as a text, which `named` reads: the day count, then what is not usual."""
        steps, parts = self.rounding, [self.day_count.value]
        if self.month_end is not MonthEnd.CLAMP:
            parts.append(self.month_end.value)
        if self.instants_cost_whole:
            parts.append(INSTANTS)
        if steps.fraction_digits is not None:
            parts.append(f"fraction-{steps.fraction_digits}")
        if steps.unit_price_digits is not None:
            mode = steps.unit_price_mode
            then = "" if mode is HALF_AWAY else f"-{mode.value}"
            parts.append(f"unit-price-{steps.unit_price_digits}{then}")
        if steps.line_mode is not HALF_AWAY:
            parts.append(f"line-{steps.line_mode.value}")
        return "+".join(parts) + VERSION

    @staticmethod
    def named(text: str) -> "Proration":
        """Return the rule whose name is `text`.

        Raises: UnknownProration: no rule has exactly that name.
        """
        return _named(text)


BY_ACTUAL_DAYS = Proration()
"""Days of the part over days of the billing period, rounded on the line alone."""


@cache
def _named(text: str) -> Proration:
    said = NAME.fullmatch(text)
    if said is None:
        raise _unknown(text)
    try:
        proration = _built(said.groupdict())
    except (ValueError, RoundedStepsUnclear):
        raise _unknown(text) from None
    # Nothing but a rule's own name names it: no usual choice spelled out, no leading zero.
    if proration.name != text:
        raise _unknown(text)
    return proration


def _built(said: dict[str, str | None]) -> Proration:
    def digits(name: str) -> int | None:
        text = said[name]
        return None if text is None else int(text)

    return Proration(
        day_count=DayCount(said["day_count"]),
        rounding=Rounding(
            fraction_digits=digits("fraction_digits"),
            unit_price_digits=digits("unit_price_digits"),
            unit_price_mode=RoundingMode(said["unit_price_mode"] or HALF_AWAY.value),
            line_mode=RoundingMode(said["line_mode"] or HALF_AWAY.value),
        ),
        month_end=MonthEnd(said["month_end"] or MonthEnd.CLAMP.value),
        instants_cost_whole=said["instants"] is not None,
    )


def _unknown(text: str) -> UnknownProration:
    known = ", ".join(day_count.value for day_count in DayCount)
    modes = ", ".join(mode.value for mode in RoundingMode)
    return UnknownProration(
        f"proration {text!r} is not known; name one of {known}, then in this order what is"
        f" not usual: +{MonthEnd.KEEP_DISTANCE.value}, +{INSTANTS}, +fraction-DIGITS,"
        f" +unit-price-DIGITS or +unit-price-DIGITS-MODE, +line-MODE, and {VERSION} at the end;"
        f" a mode is one of {modes}"
    )


def measure(
    proration: Proration,
    part: Period,
    *,
    whole: Period,
    whole_months: int,
    price_months: int,
) -> Fraction:
    """Return how many times a price is owed for `part` of the billing period `whole`, exactly.

    Units: `whole_months` is the length of the billing period, `price_months` what the price
    pays for, both in months.
    Raises: PeriodNotContained: some day of `part` is outside of `whole`.
    """
    if proration.instants_cost_whole and not part.days:
        part = whole
    asked = Measured(part, whole, whole_months, price_months, proration.month_end)
    return months_of(asked, proration.day_count) / price_months


def rounded_measure(proration: Proration, measure: Fraction) -> Fraction:
    """Return `measure` with the decimals that the rule keeps; where it says none, unchanged."""
    digits = proration.rounding.fraction_digits
    return measure if digits is None else Fraction(round_exactly(measure, digits))


def unit_price(proration: Proration, *, per_unit: Decimal, measure: Fraction) -> Fraction:
    """Return what one unit comes to, after the steps that the rule rounds before.

    Units: `per_unit` in the currency's major unit, once the price; the result likewise.
    """
    exact = Fraction(per_unit) * rounded_measure(proration, measure)
    steps = proration.rounding
    if steps.unit_price_digits is None:
        return exact
    return Fraction(round_exactly(exact, steps.unit_price_digits, steps.unit_price_mode))


def exact_amount(
    proration: Proration, *, quantity: Decimal, per_unit: Decimal, measure: Fraction
) -> Fraction:
    """Return what `quantity` comes to, before the line is rounded.

    Units: `per_unit` in the currency's major unit, once the price; the result likewise.
    """
    return Fraction(quantity) * unit_price(proration, per_unit=per_unit, measure=measure)


def line_amount(proration: Proration, exact: Fraction, *, currency: str) -> Money:
    """Return the line's `exact` amount as money, by the rule's way of rounding a line.

    Raises: UnknownCurrency: `currency` is not a code of ISO 4217.
    """
    return Money.round(exact, currency, proration.rounding.line_mode)


def amount(
    proration: Proration,
    *,
    quantity: Decimal,
    per_unit: Decimal,
    measure: Fraction,
    currency: str,
) -> Money:
    """Return what `quantity` comes to as a line of its own.

    Units: `per_unit` in the major unit of `currency`, once the price.
    Raises: UnknownCurrency: `currency` is not a code of ISO 4217.
    """
    exact = exact_amount(proration, quantity=quantity, per_unit=per_unit, measure=measure)
    return line_amount(proration, exact, currency=currency)
