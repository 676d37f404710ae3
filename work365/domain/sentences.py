"""Sentences: what a line is for and how it was worked out, in one sentence for the customer.

Where a paper has columns for quantity, price and days, it takes from here what is left to say:
the discounts, and why the amount is not the rounded product of what is printed.
"""

from collections.abc import Iterator

from work365.domain import figures
from work365.domain.charges import LICENSE, USAGE, Charge, Price
from work365.domain.commitments import MAXIMUM_SPEND, MINIMUM_SPEND
from work365.domain.currencies import Conversion
from work365.domain.day_counts import DayCount
from work365.domain.lines import BilledLine, LineKind
from work365.domain.proration import Proration
from work365.domain.provenance import ONE_TIME, invoice_of

BY_DAYS = frozenset({DayCount.ACTUAL, DayCount.SECOND})
"""Day counts that are the share of a billing period's days."""

UNNAMED = frozenset({LICENSE, "unit", *ONE_TIME})
"""Components that say no more than what is sold."""

AGREED = {
    USAGE + MINIMUM_SPEND: "What lacks of the minimum spend on",
    USAGE + MAXIMUM_SPEND: "What is beyond the maximum spend on",
}
"""How a line of such a component begins."""


def sentence(line: BilledLine, name: str) -> str:
    """Return what `line` is for, of what is sold under the name `name`, as a sentence."""
    charge = line.charge
    period = figures.days(charge.service_period)
    if line.kind is LineKind.WAIVED:
        begins = "Not refunded" if charge.quantity < 0 else "Paid before and not refunded"
        return f"{begins}: {_what(charge, name)}, {period}{_share(charge)}."
    ends = f"{_each(differences(line))}: {figures.money(line.amount)}."
    if not charge.quantity:
        return f"Rounding evened out for {name}, {period}{ends}"
    agreed = AGREED.get(charge.slot.price.component)
    if agreed is not None and line.kind is LineKind.CHARGE:
        return f"{agreed} {name}, {period}{ends}"
    begins = _begins(line)
    return f"{begins} {_what(charge, name)}, {period}{_share(charge)}{ends}"


def discounts(price: Price) -> Iterator[str]:
    """Yield what is taken off `price`, one after the other."""
    for one in price.discounts:
        yield f"less {figures.plain(one.percent)} %"


def differences(line: BilledLine) -> Iterator[str]:
    """Yield which line `line` takes from, and why its amount is not its own rounded product."""
    if line.corrects is not None:
        yield f"charged on invoice {invoice_of(line.corrects, line.charge)}"
    if line.limit is not None:
        yield "limited to what was left of it"
    elif line.charge.quantity and line.amount != line.charge.amount:
        yield "with the rounding of earlier lines"


def _each(said: Iterator[str]) -> str:
    return "".join(f", {one}" for one in said)


def _begins(line: BilledLine) -> str:
    if line.kind is LineKind.CREDIT or line.charge.quantity < 0:
        return "Credit for"
    return "Agreed credit for" if line.charge.slot.price.per_unit < 0 else "Charge for"


def _what(charge: Charge, name: str) -> str:
    price = charge.slot.price
    component = price.component
    is_usage = component.startswith(USAGE)
    part = component.removeprefix(USAGE)
    told = "" if part in UNNAMED else f" ({part.replace('-', ' ')})"
    used = " used" if is_usage else ""
    quantity = figures.plain(abs(charge.quantity))
    return (
        f"{quantity} x {name}{used}{told} at {figures.unit_price(price)}{_for_months(charge)}"
        f"{_each(discounts(price))}{_converted(price.conversion)}"
    )


def _for_months(charge: Charge) -> str:
    price = charge.slot.price
    if price.component in ONE_TIME or price.component.startswith(USAGE):
        return " each"
    return " a month" if price.months == 1 else f" for {figures.months(price.months)}"


def _converted(conversion: Conversion | None) -> str:
    if conversion is None:
        return ""
    stated = conversion.stated
    return (
        f", 1 {stated.from_currency} = {figures.plain(stated.rate)} {stated.to_currency}"
        f" of {stated.valid_on}"
    )


def _share(charge: Charge) -> str:
    """Return which part of the billing period is paid for; nothing where it is all of it."""
    price, part, whole = charge.slot.price, charge.service_period, charge.slot.billing_period
    if part == whole or price.component in ONE_TIME or price.component.startswith(USAGE):
        return ""
    day_count = Proration.named(price.proration).day_count
    if day_count is DayCount.NONE:
        return ", not prorated"
    if day_count in BY_DAYS:
        return f", {part.days} of {whole.days} days"
    return f", {figures.fraction(charge.measure)} of the price by {day_count.value}"
