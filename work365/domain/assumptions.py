"""Assumptions: what might become a fact about a contract, as plain values.

An assumption that is applied to an account gives the account as it would be read once the fact
was recorded. Nothing else is done with it here: what it would cost is asked of the same code
that bills, in `work365.domain.previews`.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

from work365.domain.accounts import Account
from work365.domain.changes import Change, Status, UnitPrice, quantity_on
from work365.domain.contracts import Subscription
from work365.domain.history import had_on, history, keyed
from work365.domain.one_time_charges import OneTimeCharge
from work365.errors import Refusal

CAUSE = "preview"

FOR_GOOD = timedelta(microseconds=1)
"""How much later than every other entry an assumed one is recorded, so that it holds."""


class NotUnderContract(Refusal):
    """Something is assumed of a subscription that the contract does not have."""

    code = "not_under_contract"


class OutsideSubscription(Refusal):
    """Something is assumed from a day on which a subscription is not had."""

    code = "outside_subscription"


class MoreThanThereAre(Refusal):
    """More units are to be taken away than there are on some day."""

    code = "more_than_there_are"


class InvalidAssumption(Refusal):
    """An assumption that would change nothing, or cannot be."""

    code = "invalid_assumption"


class KeyTaken(Refusal):
    """A quoted subscription has the key of one that is there."""

    code = "key_taken"


class Assumption(ABC):
    """Something that is not recorded, and might be."""

    __slots__ = ()

    @abstractmethod
    def applied_to(self, account: Account) -> Account:
        """Return `account` as it is read once this is recorded.

        Raises: Refusal: it cannot become a fact.
        """

    @abstractmethod
    def described(self, account: Account) -> str:
        """Return what is assumed, for people, by the names that `account` has."""


@dataclass(frozen=True, slots=True)
class NothingAssumed(Assumption):
    """A run as it would be if nothing happened."""

    def applied_to(self, account: Account) -> Account:
        """Return `account` as it is."""
        return account

    def described(self, account: Account) -> str:  # noqa: ARG002  nothing has no names
        """Return what is assumed, for people."""
        return "nothing assumed"


@dataclass(frozen=True, slots=True)
class Together(Assumption):
    """Several assumptions, each after the one before."""

    parts: Sequence[Assumption]

    def applied_to(self, account: Account) -> Account:
        """Return `account` once all of them are recorded."""
        for part in self.parts:
            account = part.applied_to(account)
        return account

    def described(self, account: Account) -> str:
        """Return what is assumed, for people, by the names that `account` has."""
        told = []
        for part in self.parts:
            told.append(part.described(account))
            account = part.applied_to(account)
        return "; ".join(told)


@dataclass(frozen=True, slots=True, kw_only=True)
class SeatChange(Assumption):
    """So many more units from a day on, or fewer where `quantity` is negative."""

    subscription: str
    on: date
    quantity: Decimal
    refund: bool = False
    """Whether what is taken away of a billed period is credited, if the policy allows that."""

    def applied_to(self, account: Account) -> Account:
        """Return `account` with the entry in the log.

        Raises: NotUnderContract, OutsideSubscription, InvalidAssumption: it cannot be.
        MoreThanThereAre: so many are not there on some day from then on.
        """
        part = _had_from(account, self.subscription, self.on)
        if not self.quantity:
            raise InvalidAssumption(
                f"subscription {part.key}: a change by {self.quantity} units changes nothing; say"
                " how many more or fewer there are"
            )
        _check_left(part, -self.quantity, self.on)
        change = Change("", self.on, _after_all(part), self.quantity, refund=self.refund)
        return with_subscription(account, _recorded(part, change))

    def described(self, account: Account) -> str:
        """Return what is assumed, for people, by the names that `account` has."""
        more = "more" if self.quantity > 0 else "fewer"
        count = abs(self.quantity)
        seats = "seat" if count == 1 else "seats"
        return f"{count:f} {more} {seats} of {subscription_of(account, self.subscription).name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancellation(Assumption):
    """The end of a subscription; `on` is the first day on which it is not had any more."""

    subscription: str
    on: date
    refund: bool = False
    """Whether what was billed beyond is credited, if the policy allows that."""

    def applied_to(self, account: Account) -> Account:
        """Return `account` with the end entered.

        Raises: NotUnderContract, OutsideSubscription: there is nothing to end on that day.
        """
        part = subscription_of(account, self.subscription)
        if self.on < part.start_on:
            raise _before(part, self.on)
        if part.end_on is not None and self.on > part.end_on:
            raise _beyond(part, self.on, part.end_on)
        return with_subscription(account, replace(part, end_on=self.on, refund_at_end=self.refund))

    def described(self, account: Account) -> str:
        """Return what is assumed, for people, by the names that `account` has."""
        return f"end of {subscription_of(account, self.subscription).name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPrice(Assumption):
    """Another unit price from a day on.

    Units: `price` in the major unit of the currency that the subscription is priced in.
    """

    subscription: str
    on: date
    price: UnitPrice

    def applied_to(self, account: Account) -> Account:
        """Return `account` with the entry in the log.

        Raises: NotUnderContract, OutsideSubscription, InvalidAssumption: it cannot be.
        """
        part = _had_from(account, self.subscription, self.on)
        _check_price(part, self.price)
        change = Change("", self.on, _after_all(part), price=self.price)
        return with_subscription(account, _recorded(part, change))

    def described(self, account: Account) -> str:
        """Return what is assumed, for people, by the names that `account` has."""
        part = subscription_of(account, self.subscription)
        months = "a month" if self.price.months == 1 else f"for {self.price.months} months"
        currency = part.currency or account.contract.currency
        return f"{part.name} at {self.price.amount:f} {currency} {months}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote(Assumption):
    """New subscriptions and one-time charges, on a contract that is there or on a new one.

    A contract that is still a draft counts as agreed.
    """

    subscriptions: tuple[Subscription, ...] = ()
    one_time: tuple[OneTimeCharge, ...] = ()

    def applied_to(self, account: Account) -> Account:
        """Return `account` with what is quoted.

        Raises: KeyTaken: something with one of the keys is there.
        """
        there = {sold.key for sold in account.sold}
        for sold in self._sold:
            if sold.key in there:
                raise KeyTaken(
                    f"contract {account.contract.key}: {sold.key} is there already; give what is"
                    " quoted a key of its own"
                )
            there.add(sold.key)
        return replace(
            account,
            contract=replace(account.contract, active=True),
            subscriptions=(*account.subscriptions, *self.subscriptions),
            one_time=(*account.one_time, *self.one_time),
        )

    def described(self, account: Account) -> str:  # noqa: ARG002  what is quoted has its own
        """Return what is assumed, for people."""
        return ", ".join(sold.name for sold in self._sold)

    @property
    def _sold(self) -> tuple[Subscription | OneTimeCharge, ...]:
        return (*self.subscriptions, *self.one_time)


def subscription_of(account: Account, key: str) -> Subscription:
    """Return the subscription `key` of `account`.

    Raises: NotUnderContract: there is none.
    """
    for part in account.subscriptions:
        if part.key == key:
            return part
    keys = ", ".join(map(_named, account.subscriptions)) or "none: it has none"
    raise NotUnderContract(
        f"contract {account.contract.key}: there is no subscription {key} under it; name one of"
        f" {keys}"
    )


def _named(part: Subscription) -> str:
    return part.key if part.name == part.key else f"{part.key} ({part.name})"


def _had_from(account: Account, key: str, on: date) -> Subscription:
    """Return the subscription `key`, which is had on the day `on`.

    Raises: NotUnderContract: there is none. OutsideSubscription: it is not had then.
    """
    part = subscription_of(account, key)
    if on < part.start_on:
        raise _before(part, on)
    if part.end_on is not None and on >= part.end_on:
        raise _beyond(part, on, part.end_on)
    if had_on(part.changes, on).status is Status.CANCELLED:
        raise OutsideSubscription(
            f"subscription {part.key}: it is cancelled on {on}; give an earlier day, or quote a"
            " new one"
        )
    return part


def _before(part: Subscription, on: date) -> OutsideSubscription:
    return OutsideSubscription(
        f"subscription {part.key}: {on} is before its first day, {part.start_on}; give that day"
        " or a later one"
    )


def _beyond(part: Subscription, on: date, end_on: date) -> OutsideSubscription:
    return OutsideSubscription(
        f"subscription {part.key}: it has ended by {on}, on {end_on}; give an earlier day, or"
        " assume its renewal first"
    )


def _check_left(part: Subscription, fewer: Decimal, on: date) -> None:
    """Do nothing where `fewer` units can be taken away on `on` and on every later day.

    Raises: MoreThanThereAre: they cannot.
    """
    later = [(step.start, step.quantity) for step in history(part.changes) if step.start > on]
    steps = [(on, quantity_on(part.changes, on)), *later]
    day, least = min(steps, key=lambda step: step[1])
    if fewer > least:
        raise MoreThanThereAre(
            f"subscription {part.key}: {fewer:f} units fewer from {on} on, and there are"
            f" {least:f} on {day}; take away {least:f} at most"
        )


def _check_price(part: Subscription, price: UnitPrice) -> None:
    if price.amount < 0 or price.months <= 0:
        raise InvalidAssumption(
            f"subscription {part.key}: a price of {price.amount:f} for {price.months} months; give"
            " an amount of zero or more, for one month or more"
        )


def _after_all(part: Subscription) -> datetime:
    """Return a time after every entry of the log was recorded."""
    first = datetime.combine(part.start_on, time(), UTC)
    return max([first, *(change.recorded_at for change in part.changes)]) + FOR_GOOD


def _recorded(part: Subscription, change: Change) -> Subscription:
    return replace(part, changes=(*part.changes, keyed(change, part, cause=CAUSE)))


def with_subscription(account: Account, changed: Subscription) -> Account:
    """Return `account` with `changed` in place of the subscription that has its key."""
    parts = (changed if part.key == changed.key else part for part in account.subscriptions)
    return replace(account, subscriptions=tuple(parts))
