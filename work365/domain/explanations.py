"""Explanations: how a line came to its amount, so that anybody can work it out again.

A line keeps every input that it was made from. Its explanation is the multiplication they
were put through, each factor with its name and its reason, and one sentence for the customer.
It is worked out again from the kept inputs; if that does not give the printed amount, the
line was tampered with or a rule was changed under it, and that is an error, not a footnote.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

from work365.domain.charges import PRORATION, Charge, Price
from work365.domain.money import ROUNDING, Money, minor_unit_digits
from work365.errors import Contradiction

DIGITS_SHOWN = 10
"""Decimals of an exact amount that is shown; it is never calculated with."""


class AmountUnexplained(Contradiction):
    """A line's inputs do not give its amount."""

    code = "amount_unexplained"


@dataclass(frozen=True, slots=True)
class Factor:
    """One number that the amount is a product of."""

    name: str
    value: str
    """As a person would write it: a decimal, or a fraction such as 21/31."""
    reason: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """How a line came to its amount."""

    sentence: str
    factors: tuple[Factor, ...]
    exact: str
    """The product, before rounding."""
    rounding: str
    amount: Money


def explain(
    charge: Charge, *, name: str, amount: Money, proration: str, rounding: str
) -> Explanation:
    """Return how `charge` of the product called `name` came to `amount`.

    Raises: AmountUnexplained: its inputs give another amount, or its rules are not these.
    """
    rules = {PRORATION: proration, ROUNDING: rounding}
    for known, kept in rules.items():
        if known != kept:
            raise AmountUnexplained(f"it was made by rule {kept}; this version has {known}")
    if charge.amount != amount:
        raise AmountUnexplained(
            f"its inputs give {charge.amount.amount} {amount.currency}, and it says"
            f" {amount.amount} {amount.currency}"
        )
    exact = charge.exact_amount
    return Explanation(
        sentence=_sentence(charge, name, amount),
        factors=tuple(_factors(charge)),
        exact=_decimal(exact),
        rounding=rounding,
        amount=amount,
    )


def _factors(charge: Charge) -> list[Factor]:
    price, slot = charge.slot.price, charge.slot
    unit = f"price of one unit for {_months(price.months)}"
    factors = [
        Factor("quantity", _plain(charge.quantity), "units, negative where they are credited"),
        Factor("unit price", _price(price), unit),
    ]
    if slot.cycle_months != price.months:
        factors.append(
            Factor(
                "cycle",
                f"{slot.cycle_months}/{price.months}",
                f"the billing period is {_months(slot.cycle_months)} long",
            )
        )
    days, whole = charge.service_period.days, slot.billing_period.days
    if days != whole:
        factors.append(
            Factor(
                "days",
                f"{days}/{whole}",
                f"{_days(charge.service_period.start, charge.service_period.end)} of the"
                f" billing period {_days(slot.start, slot.end)}",
            )
        )
    return factors


def _sentence(charge: Charge, name: str, amount: Money) -> str:
    price, slot = charge.slot.price, charge.slot
    verb = "Credit for" if charge.quantity < 0 else "Charge for"
    quantity = _plain(abs(charge.quantity))
    per = "a month" if price.months == 1 else f"for {_months(price.months)}"
    period = _days(charge.service_period.start, charge.service_period.end)
    days, whole = charge.service_period.days, slot.billing_period.days
    share = "" if days == whole else f", {days} of {whole} days"
    return (
        f"{verb} {quantity} x {name} at {_price(price)} {per},"
        f" {period}{share}: {amount.amount} {amount.currency}."
    )


def _days(start: date, end: date) -> str:
    """Return a half-open period as people write it: with its last day."""
    return f"{start} to {end - timedelta(days=1)}"


def _months(months: int) -> str:
    return "1 month" if months == 1 else f"{months} months"


def _price(price: Price) -> str:
    """Return a unit price with all its decimals, at least those of its currency."""
    decimals = max(
        minor_unit_digits(price.currency), -int(price.per_unit.normalize().as_tuple().exponent)
    )
    return f"{price.per_unit:.{decimals}f} {price.currency}"


def _plain(number: Decimal) -> str:
    return f"{number:f}"


def _decimal(exact: Fraction) -> str:
    shown = round(exact, DIGITS_SHOWN)
    text = f"{Decimal(shown.numerator) / Decimal(shown.denominator):.{DIGITS_SHOWN}f}"
    text = text.rstrip("0").rstrip(".")
    return text if shown == exact else f"{text}..."
