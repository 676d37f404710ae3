"""Provider charges: what Microsoft's own lines come to, by the arithmetic it publishes.

For checking the lines of a provider invoice, and for estimates before there is one. A line that
was invoiced is taken as it is; a difference is a finding, never a correction.
"""

from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from work365.domain.money import Money
from work365.domain.periods import Period
from work365.domain.price_models import PERCENT, PriceModel
from work365.domain.rating import NegativeUsage, exact_total, parts
from work365.domain.rounding import RoundingMode, round_exactly
from work365.errors import Refusal

MONTHLY_DAY_PRICE_DIGITS = 3
YEARLY_DAY_PRICE_DIGITS = 2
MONTH_DAYS_MAX = 31


class NoUsage(Refusal):
    """The price of a unit was asked for where none was used."""

    code = "no_usage"


class NoCycle(Refusal):
    """A line says that its charge cycle has no days."""

    code = "no_cycle"


class ProviderLine(NamedTuple):
    """A line as the provider works it out: the price of a unit, exact, and the amount."""

    unit_price: Fraction
    amount: Money


def azure_cost(
    model: PriceModel, quantity: Decimal, *, credit_percent: Decimal, currency: str
) -> Money:
    """Return what a meter's usage of a month costs the partner; the third decimal is cut off.

    Units: `credit_percent` is the partner earned credit of the day, 0 or 15.
    Raises: NegativeUsage: `quantity` is negative.
    Source: learn.microsoft.com/partner-center/azure-plan-billing, sample calculation.
    """
    share = (PERCENT - Fraction(credit_percent)) / PERCENT
    exact = exact_total(parts(model, quantity)) * share
    return Money.round(exact, currency, RoundingMode.TOWARDS_ZERO)


def effective_unit_price(cost: Money, quantity: Decimal) -> Fraction:
    """Return what one unit came to, exactly.

    Raises: NoUsage: `quantity` is zero. NegativeUsage: it is negative.
    """
    if quantity < 0:
        raise NegativeUsage(f"quantity {quantity} is negative; correct the usage")
    if not quantity:
        raise NoUsage("quantity 0 has no price of a unit; leave the line out")
    return Fraction(cost.amount) / Fraction(quantity)


def legacy_part(
    price: Decimal, quantity: Decimal, *, cycle: Period, part: Period, currency: str
) -> ProviderLine:
    """Return what licences cost for `part` of a legacy `cycle`: its days at a day's price.

    The day's price is rounded first, to three decimals of a month's and two of a year's; then
    the price of a unit is, to the currency's.
    Raises: PeriodNotContained: some day of `part` is outside `cycle`.
    Source: learn.microsoft.com/partner-center/common-billing-scenarios, monthly and annual.
    """
    days = part.share_of(cycle) * cycle.days
    is_month = cycle.days <= MONTH_DAYS_MAX
    digits = MONTHLY_DAY_PRICE_DIGITS if is_month else YEARLY_DAY_PRICE_DIGITS
    day_price = round_exactly(Fraction(price) / cycle.days, digits)
    unit_price = Fraction(Money.round(Fraction(day_price) * days, currency).amount)
    return ProviderLine(unit_price, Money.round(unit_price * Fraction(quantity), currency))


def legacy_line(
    price: Decimal, quantity: Decimal, *, billing_days: int, cycle_days: int, currency: str
) -> ProviderLine:
    """Return a legacy line that prints its unit price rounded and its amount from the exact one.

    Raises: NoCycle: the cycle has no days.
    Source: the licence reconciliation lines that AppXite publishes.
    """
    if cycle_days <= 0:
        raise NoCycle(f"cycle days are {cycle_days}; a cycle has one day at least")
    unit_price = Fraction(price) * billing_days / cycle_days
    return ProviderLine(unit_price, Money.round(unit_price * Fraction(quantity), currency))
