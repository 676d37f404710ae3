"""Incentives: what the people who sold a subscription earn by it.

A plan says what an incentive is a percentage of, for which class of products and for
subscriptions that start within which days. It is earned by an invoice, so that a prorated
invoice has a prorated incentive; or by a booking, or by money received. What several people
earn together is divided so that it adds up.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import Enum
from fractions import Fraction

from work365.domain.apportionment import apportion
from work365.domain.money import Money
from work365.domain.periods import Period, day_after
from work365.errors import Refusal

PERCENT = 100
"""Parts that make a whole where rates, shares and attainment are in percent."""


class TiersNotRising(Refusal):
    """Tiers of a plan overlap, or one comes after the tier that has no end."""

    code = "tiers_not_rising"


class SharesNotWhole(Refusal):
    """The shares of the people in one incentive are not 100 percent together."""

    code = "shares_not_whole"


class NoQuota(Refusal):
    """Attainment was asked of a quota that is not above zero."""

    code = "no_quota"


class NothingInvoiced(Refusal):
    """Money was received for an invoice that has no amount."""

    code = "nothing_invoiced"


class Basis(Enum):
    """What an incentive is a percentage of."""

    REVENUE = "revenue"
    NET = "net"
    """Revenue less cost."""
    BOOKING = "booking"
    """The worth of the whole term that was sold."""


class Trigger(Enum):
    """What has to happen for an incentive to be earned."""

    BOOKING = "booking"
    INVOICE = "invoice"
    CASH_RECEIPT = "cash-receipt"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sale:
    """What a subscription brought, on one invoice or for its whole term."""

    revenue: Money
    cost: Money
    booking: Money

    def worth(self, basis: Basis) -> Money:
        """Return what an incentive on `basis` is a percentage of.

        Raises: CurrencyMismatch: the cost is in another currency than the revenue.
        """
        match basis:
            case Basis.REVENUE:
                return self.revenue
            case Basis.NET:
                return self.revenue - self.cost
            case Basis.BOOKING:
                return self.booking


@dataclass(frozen=True, slots=True)
class Tier:
    """A bracket, and the rate that the part of an amount within it earns.

    It goes from the tier before it up to `up_to`, or without end. Units: `up_to` in the
    currency's major unit, or in percent of a quota; `rate` in percent.
    """

    up_to: Decimal | None
    rate: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class IncentivePlan:
    """What is earned, by which sales. Units: `rate` in percent, `payout_after_days` in days."""

    key: str
    product_class: str
    effective: Period
    """The days in which a subscription has to start."""
    basis: Basis
    rate: Decimal
    trigger: Trigger = Trigger.INVOICE
    payout_after_days: int = 0

    def covers(self, product_class: str, *, starts_on: date) -> bool:
        """Return whether a subscription of that class, which starts on that day, is under it."""
        starts_within = self.effective.start <= starts_on < self.effective.end
        return product_class == self.product_class and starts_within

    def earning(self, sale: Sale) -> Money:
        """Return what `sale` earns. A sale at a loss earns less than nothing."""
        return percentage(sale.worth(self.basis), self.rate)

    def payable_on(self, earned_on: date) -> date:
        """Return the first day on which what was earned on a day may be paid out.

        Raises: OffTheCalendar: there is no such day.
        """
        return day_after(earned_on, self.payout_after_days)


def percentage(amount: Money, rate: Decimal) -> Money:
    """Return `rate` percent of `amount`, rounded once."""
    return Money.round(Fraction(amount.amount) * Fraction(rate) / PERCENT, amount.currency)


def tiered(amount: Money, tiers: Sequence[Tier]) -> tuple[Money, ...]:
    """Return what each tier earns: its own rate, of the part of `amount` that is within it.

    Raises: TiersNotRising: a tier does not end above the one before it.
    """
    return _within(amount, tiers, unit=Fraction(1))


def tiered_on_attainment(amount: Money, quota: Money, tiers: Sequence[Tier]) -> tuple[Money, ...]:
    """Return what each tier earns, where tiers end at a percentage of `quota`.

    Rates that rise above 100 percent are an accelerator.
    Raises: TiersNotRising: a tier does not end above the one before it.
        NoQuota: the quota is not above zero.
        CurrencyMismatch: the quota is in another currency than the amount.
    """
    attainment(amount, quota)
    return _within(amount, tiers, unit=Fraction(quota.amount) / PERCENT)


def attainment(amount: Money, quota: Money) -> Fraction:
    """Return how much of `quota` was reached, in percent.

    Raises: NoQuota: the quota is not above zero.
        CurrencyMismatch: the quota is in another currency than the amount.
    """
    if quota.amount <= 0:
        raise NoQuota(
            f"a quota of {quota.amount} {quota.currency} cannot be attained;"
            " set one that is above zero"
        )
    # Refuses what cannot be compared.
    short = quota - amount
    return PERCENT - Fraction(short.amount) * PERCENT / Fraction(quota.amount)


def _within(amount: Money, tiers: Sequence[Tier], *, unit: Fraction) -> tuple[Money, ...]:
    parts: list[Money] = []
    reached = Fraction(amount.amount)
    start = Fraction(0)
    for index, tier in enumerate(tiers):
        if tier.up_to is None:
            if index < len(tiers) - 1:
                raise TiersNotRising(
                    f"tier {index + 1} has no end, and tier {index + 2} comes after it;"
                    " give it an end, or make it the last one"
                )
            end = max(reached, start)
        else:
            end = Fraction(tier.up_to) * unit
            if end <= start:
                raise TiersNotRising(
                    f"tier {index + 1} ends at {tier.up_to}, which is not above where it starts;"
                    " let each tier end above the one before it"
                )
        part = max(min(reached, end) - start, Fraction(0))
        parts.append(Money.round(part * Fraction(tier.rate) / PERCENT, amount.currency))
        start = end
    return tuple(parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetIncentive:
    """What is earned by attaining a target, and by going beyond it.

    Up to 100 percent of the target, that percentage of `at_target` is earned; each percent
    beyond earns `rate_per_percent_over` percent of it more.
    """

    at_target: Money
    rate_per_percent_over: Decimal

    def base(self, attained: Decimal | Fraction) -> Money:
        """Return what `attained` percent earn up to the target."""
        share = min(Fraction(attained), Fraction(PERCENT)) / PERCENT
        return Money.round(Fraction(self.at_target.amount) * share, self.at_target.currency)

    def overachievement(self, attained: Decimal | Fraction) -> Money:
        """Return what `attained` percent earn beyond the target."""
        over = max(Fraction(attained) - PERCENT, Fraction(0))
        share = over * Fraction(self.rate_per_percent_over) / PERCENT
        return Money.round(Fraction(self.at_target.amount) * share, self.at_target.currency)

    def due(self, attained: Decimal | Fraction, *, earned_to_date: Money) -> Money:
        """Return what `attained` percent earn, less what was earned by less of it before."""
        return self.base(attained) + self.overachievement(attained) - earned_to_date


def split(incentive: Money, shares: Mapping[str, Decimal]) -> dict[str, Money]:
    """Return what each person earns of `incentive`, which the parts add up to.

    Units: `shares` in percent.
    Raises: SharesNotWhole: they are not 100 together, or one is below zero.
    """
    whole = sum(shares.values(), Decimal(0))
    if whole != PERCENT or any(share < 0 for share in shares.values()):
        told = ", ".join(f"{person} {share}" for person, share in shares.items())
        raise SharesNotWhole(
            f"the shares {told or 'of nobody'} are {whole} percent together;"
            " make each zero or more, and all of them 100"
        )
    return dict(zip(shares, apportion(incentive, list(shares.values())), strict=True))


def earned_by_receipt(
    incentive: Money, *, invoiced: Money, received_before: Money, received: Money
) -> Money:
    """Return how much of an invoice's incentive is earned by money that is `received` for it.

    Once the whole invoice is paid, all receipts together have earned the whole incentive;
    money beyond that earns nothing.
    Raises: NothingInvoiced: `invoiced` is not above zero.
        CurrencyMismatch: what was received is in another currency than the invoice.
    """
    if invoiced.amount <= 0:
        raise NothingInvoiced(
            f"an invoice of {invoiced.amount} {invoiced.currency} is not earned by receipts;"
            " let its incentive be earned by the invoice"
        )
    before = _earned_through(incentive, invoiced, received_before)
    return _earned_through(incentive, invoiced, received_before + received) - before


def _earned_through(incentive: Money, invoiced: Money, received: Money) -> Money:
    # Refuses what cannot be compared.
    open_amount = max((invoiced - received).amount, Decimal(0))
    share = Fraction(invoiced.amount - open_amount) / Fraction(invoiced.amount)
    return Money.round(Fraction(incentive.amount) * share, incentive.currency)
