"""Assumed renewals: what the next term of a subscription would cost, and one that goes on."""

from dataclasses import dataclass, replace
from datetime import date

from work365.domain.accounts import Account
from work365.domain.assumptions import (
    Assumption,
    InvalidAssumption,
    NewPrice,
    subscription_of,
    with_subscription,
)
from work365.domain.changes import UnitPrice
from work365.errors import Refusal


class NoRenewal(Refusal):
    """A price is for the next term of a subscription that has none."""

    code = "no_renewal"


@dataclass(frozen=True, slots=True, kw_only=True)
class RenewalPrice(Assumption):
    """Another unit price from the first term on that starts after a day."""

    subscription: str
    after: date
    price: UnitPrice

    def applied_to(self, account: Account) -> Account:
        """Return `account` with the entry in the log, on the first day of that term.

        Raises: NotUnderContract, OutsideSubscription, InvalidAssumption: it cannot be.
        NoRenewal: the subscription has no terms, or ends before the next one.
        """
        return self.priced(account).applied_to(account)

    def described(self, account: Account) -> str:
        """Return what is assumed, for people, by the names that `account` has."""
        priced = self.priced(account)
        return f"{priced.described(account)} at its renewal on {priced.on}"

    def priced(self, account: Account) -> NewPrice:
        """Return the new price with its day.

        Raises: NotUnderContract, NoRenewal: there is no such day.
        """
        part = subscription_of(account, self.subscription)
        if part.term_months is None:
            raise NoRenewal(
                f"subscription {part.key}: the length of its term is not known; enter its term"
                " months, or give the day of the new price"
            )
        on = next(part.terms_cycle.starts_after(max(self.after, part.start_on)))
        if part.end_on is not None and part.end_on <= on:
            raise NoRenewal(
                f"subscription {part.key}: ends on {part.end_on}, before it would be renewed on"
                f" {on}; assume its renewal first"
            )
        return NewPrice(subscription=self.subscription, on=on, price=self.price)


@dataclass(frozen=True, slots=True, kw_only=True)
class Renewal(Assumption):
    """A subscription that goes on beyond its end: until another day, or for good."""

    subscription: str
    until: date | None = None
    """First day on which it is not had any more; none where it has no end then."""
    price: UnitPrice | None = None
    """Of the time from the present end on; none where it stays as it was."""

    def applied_to(self, account: Account) -> Account:
        """Return `account` with the later end, and with the price from the present one on.

        Raises: NotUnderContract, InvalidAssumption: it cannot be.
        NoRenewal: it has no end, so that nothing is to be renewed.
        """
        part = subscription_of(account, self.subscription)
        ended = part.end_on
        if ended is None:
            raise NoRenewal(
                f"subscription {part.key}: it has no end; give the day of the new price instead"
            )
        if self.until is not None and self.until <= ended:
            raise InvalidAssumption(
                f"subscription {part.key}: renewed until {self.until}, and it ends on {ended}"
                " anyway; give a later day"
            )
        renewed = with_subscription(account, replace(part, end_on=self.until))
        if self.price is None:
            return renewed
        priced = NewPrice(subscription=part.key, on=ended, price=self.price)
        return priced.applied_to(renewed)

    def described(self, account: Account) -> str:
        """Return what is assumed, for people, by the names that `account` has."""
        until = "" if self.until is None else f" until {self.until}"
        return f"{subscription_of(account, self.subscription).name} renewed{until}"
