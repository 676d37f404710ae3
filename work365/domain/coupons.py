"""Coupons: discounts on the fees of one invoice, and amounts that pay a part of it.

Coupons are redeemed in order. Each is shared out among the fees that it is for, in proportion
to what earlier ones left of them, and tax is on what is left in the end. What is prepaid is
no discount: it is taken off the total, tax and all.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple

from work365.domain.apportionment import apportion
from work365.domain.discounts import UNCONDITIONAL, Discount, InvalidDiscount, PercentageDiscount
from work365.domain.money import Money
from work365.domain.rounding import round_exactly
from work365.errors import Refusal


class NegativeFee(Refusal):
    """A coupon was to be redeemed on a credit."""

    code = "negative_fee"


@dataclass(frozen=True, slots=True)
class Coupon:
    """A discount on an invoice, and the keys of the fees that it is for."""

    discount: Discount
    fees: frozenset[str] | None = None
    """Without them it is for all fees."""

    def __post_init__(self) -> None:
        if self.discount.conditions != UNCONDITIONAL:
            raise InvalidDiscount(
                f"coupon {self.discount.key}: {self.discount.conditions} cannot be checked on an"
                " invoice; give the discount to the subscription, or leave its conditions out"
            )

    def is_for(self, fee: str) -> bool:
        """Return whether it may be redeemed on `fee`."""
        return self.fees is None or fee in self.fees


class DiscountedFee(NamedTuple):
    """What coupons leave of a fee.

    Units: `taken` and `left` in the currency's major unit, before rounding; `printed` is what
    is left as it is on paper, so that the fees add up to the invoice's net.
    """

    key: str
    gross: Money
    taken: Fraction
    printed: Money

    @property
    def left(self) -> Fraction:
        """The fee, less what was taken off it: tax is on that."""
        return Fraction(self.gross.amount) - self.taken


@dataclass(frozen=True, slots=True)
class Redemption:
    """What the coupons of an invoice came to."""

    fees: tuple[DiscountedFee, ...]
    coupons: tuple[Money, ...]
    """What each coupon took in all, in order; less than it is worth where no more was left."""
    net: Money
    """The fees, less the coupons."""


def redeem(
    fees: Mapping[str, Money],
    coupons: Iterable[Coupon],
    *,
    currency: str,
    share_digits: int | None = None,
) -> Redemption:
    """Return what `coupons` leave of `fees`, in the order in which both are given.

    Units: with `share_digits`, each coupon's share of a fee is rounded to so many decimals of
    the currency's major unit, as systems do that keep it; without, it stays exact.

    Raises:
        NegativeFee: a fee is below zero.
        CurrencyMismatch: a fee, or a coupon, is in another currency.
    """
    for key, fee in fees.items():
        if fee.amount < 0:
            raise NegativeFee(
                f"fee {key}: {fee.amount} {fee.currency} is a credit; redeem coupons on fees"
                " only, and credit what they left of them"
            )
    taken = {key: Fraction(0) for key in fees}
    redeemed: list[Money] = []
    net = gross = Money.total(fees.values(), currency)
    for coupon in coupons:
        left = {
            key: Fraction(fee.amount) - taken[key]
            for key, fee in fees.items()
            if coupon.is_for(key)
        }
        there = min(Money.round(sum(left.values(), Fraction(0)), currency), net)
        worth = min(_worth(coupon.discount, there), there)
        for key, share in _shares(worth, left, share_digits).items():
            taken[key] += share
        redeemed.append(worth)
        net -= worth
    assert Money.total(redeemed, currency) + net == gross, "coupons and net make up the fees"
    printed = _printed(net, fees, taken)
    discounted = (
        DiscountedFee(key, fee, taken[key], amount)
        for (key, fee), amount in zip(fees.items(), printed, strict=True)
    )
    return Redemption(tuple(discounted), tuple(redeemed), net)


def _worth(discount: Discount, there: Money) -> Money:
    """Return what a coupon comes to on fees of which `there` is left."""
    if isinstance(discount, PercentageDiscount):
        exact = Fraction(there.amount)
        return Money.round(exact - discount.applied(exact), there.currency)
    return discount.amount


def _shares(
    worth: Money, left: Mapping[str, Fraction], share_digits: int | None
) -> dict[str, Fraction]:
    """Return the part of `worth` that each fee bears, in proportion to what is left of it."""
    whole = sum(left.values(), Fraction(0))
    if not whole:
        return {}
    shares: dict[str, Fraction] = {}
    for key, part in left.items():
        share = Fraction(worth.amount) * part / whole
        if share_digits is not None:
            share = Fraction(round_exactly(share, share_digits))
        # Rounding may make shares a little more than there is; no fee falls below zero by it.
        shares[key] = min(share, part)
    return shares


def _printed(
    net: Money, fees: Mapping[str, Money], taken: Mapping[str, Fraction]
) -> tuple[Money, ...]:
    """Return `net` in parts, one for each fee, by what is left of it."""
    if not net.amount:
        return tuple(net for _ in fees)
    left = [Fraction(fee.amount) - taken[key] for key, fee in fees.items()]
    if not any(left):
        # Shares of few decimals can be rounded up to all that there is of every fee.
        left = [Fraction(fee.amount) for fee in fees.values()]
    return apportion(net, left)


def paid_from(total: Money, credits: Iterable[Money]) -> tuple[Money, ...]:
    """Return what each of `credits` pays of `total`, in order; together they never pay more.

    Units: credits are zero or more. A total below zero has nothing to be paid.
    """
    nothing = Money.zero(total.currency)
    paid: list[Money] = []
    for credit in credits:
        assert credit.amount >= 0, credit
        part = credit if (total - credit).amount >= 0 else max(total, nothing)
        paid.append(part)
        total -= part
    return tuple(paid)
