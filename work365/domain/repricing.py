"""Repricing: bringing the prices of many subscriptions to what the catalogue says.

It is done in two steps, so that a person can look in between: `differences` proposes, and
`repriced` makes the entries. A price is fixed until the term ends for which it was agreed;
what happens to a proposal that is earlier is a choice.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from typing import NamedTuple

from work365.domain.catalog import (
    ListPrice,
    PriceAmbiguous,
    PriceKey,
    PriceList,
    PriceNotFound,
    price_on,
)
from work365.domain.changes import Change, Status, UnitPrice
from work365.domain.contracts import Subscription
from work365.domain.findings import Finding, Severity
from work365.domain.history import had_on, keyed
from work365.domain.rounding import RoundingMode, round_exactly
from work365.errors import Refusal

CAUSE = "repricing"


class PriceIsFixed(Refusal):
    """A new price would begin before the end of the term for which the old one was agreed."""

    code = "price_is_fixed"


class Basis(Enum):
    """Which of a list price's two prices the customer's price is made from."""

    RETAIL = "retail"
    """The provider's suggestion of what the customer pays."""
    COST = "cost"
    """What the partner pays."""


class BeforeTermEnd(Enum):
    """What happens to a new price that would begin before the term ends."""

    REFUSE = "refuse"
    CONFIRM = "confirm"
    """It is refused until somebody confirms that the customer agreed."""
    ALLOW = "allow"


@dataclass(frozen=True, slots=True)
class SellingRule:
    """How the customer's unit price is made from a list price.

    Units: `percent` is added (taken away where negative), in percent of the basis; `digits`
    are those after the decimal point of the unit price, rounded by `mode`.
    """

    basis: Basis = Basis.RETAIL
    percent: Decimal = Decimal(0)
    digits: int = 4
    mode: RoundingMode = RoundingMode.HALF_AWAY_FROM_ZERO

    def price(self, listed: ListPrice) -> UnitPrice:
        """Return what the customer pays for one unit, for the months of the list price."""
        base = listed.erp_price if self.basis is Basis.RETAIL else listed.unit_price
        exact = Fraction(base) * (1 + Fraction(self.percent) / 100)
        return UnitPrice(round_exactly(exact, self.digits, self.mode), listed.price_months)


@dataclass(frozen=True, slots=True)
class Listed:
    """A subscription, what it is called in the catalogue, and until when its price is fixed.

    `fixed_until` is the first day on which the price may be another: the first day after the
    term. Without one it may be on any day.
    """

    subscription: Subscription
    key: PriceKey
    fixed_until: date | None = None


class Proposal(NamedTuple):
    """A new price for a subscription."""

    subscription: Subscription
    old: UnitPrice | None
    new: UnitPrice
    effective_on: date
    fixed_until: date | None

    @property
    def is_early(self) -> bool:
        """Whether it begins before the term ends for which the old price is fixed."""
        return self.fixed_until is not None and self.effective_on < self.fixed_until


class Proposals(NamedTuple):
    """Subscriptions whose price differs, and those that could not be compared."""

    proposals: tuple[Proposal, ...]
    findings: tuple[Finding, ...]


class Repriced(NamedTuple):
    """Entries by the key of their subscription, and what was refused."""

    changes: dict[str, Change]
    findings: tuple[Finding, ...]


def differences(
    rows: Iterable[Listed], prices: PriceList, *, on: date, rule: SellingRule
) -> Proposals:
    """Propose the catalogue's price on the day `on` where a subscription has another one.

    Prices are compared by the month, exactly: 120.00 for a year is 10.00 for a month. What is
    cancelled or not had on that day is left out. A row that has no price in the catalogue is
    a finding, and does not stop the others.
    """
    proposals: list[Proposal] = []
    findings: list[Finding] = []
    for row in rows:
        try:
            proposal = _proposal(row, prices, on, rule)
        except (PriceNotFound, PriceAmbiguous) as refusal:
            findings.append(_finding(row.subscription, refusal))
        else:
            proposals += [proposal] if proposal else []
    return Proposals(tuple(proposals), tuple(findings))


def repriced(
    proposals: Iterable[Proposal],
    *,
    before_term_end: BeforeTermEnd,
    recorded_at: datetime,
    confirmed: Collection[str] = (),
) -> Repriced:
    """Return the entries that give the proposed prices.

    `confirmed` are the keys of subscriptions for which an early price was confirmed. What is
    refused is a finding, and does not stop the others.
    """
    changes: dict[str, Change] = {}
    findings: list[Finding] = []
    for proposal in proposals:
        subscription = proposal.subscription
        try:
            _check(proposal, before_term_end, is_confirmed=subscription.key in confirmed)
            changes[subscription.key] = keyed(
                Change("", proposal.effective_on, recorded_at, price=proposal.new),
                subscription,
                cause=CAUSE,
            )
        except Refusal as refusal:
            findings.append(_finding(subscription, refusal))
    return Repriced(changes, tuple(findings))


def _proposal(row: Listed, prices: PriceList, on: date, rule: SellingRule) -> Proposal | None:
    subscription = row.subscription
    had = had_on(subscription.changes, on)
    is_over = subscription.end_on is not None and subscription.end_on <= on
    if is_over or not had.quantity or had.status is Status.CANCELLED:
        return None
    new = rule.price(price_on(prices, row.key, on))
    if had.price is not None and _by_month(had.price) == _by_month(new):
        return None
    return Proposal(subscription, had.price, new, on, row.fixed_until)


def _by_month(price: UnitPrice) -> Fraction:
    return Fraction(price.amount) / price.months


def _check(proposal: Proposal, before_term_end: BeforeTermEnd, *, is_confirmed: bool) -> None:
    if not proposal.is_early or before_term_end is BeforeTermEnd.ALLOW:
        return
    if before_term_end is BeforeTermEnd.CONFIRM and is_confirmed:
        return
    remedy = (
        "confirm that the customer agreed"
        if before_term_end is BeforeTermEnd.CONFIRM
        else f"let it begin on {proposal.fixed_until}"
    )
    raise PriceIsFixed(
        f"subscription {proposal.subscription.key}: its price is fixed until"
        f" {proposal.fixed_until} and {proposal.new.amount} would begin on"
        f" {proposal.effective_on}; {remedy}"
    )


def _finding(subscription: Subscription, refusal: Refusal) -> Finding:
    path = f"subscription {subscription.key}"
    return Finding(Severity.ERROR, refusal.code, str(refusal), path)
