"""What if: the money at stake before a change, in sentences for a billing clerk.

Amounts are what Microsoft's rules and the known prices come to; a price that is not known is
said, and never guessed. What cannot be done is a finding with its reason, and what would be
owed anyway is still told.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

from work365.domain.changes import UnitPrice
from work365.domain.findings import Finding, Severity
from work365.domain.microsoft import renewal_stakes, telling
from work365.domain.microsoft.decisions import Done, Refuse, Wait
from work365.domain.microsoft.intents import (
    AutoRenew,
    Cancel,
    ChangePlan,
    ScheduleRenewal,
    SetQuantity,
    SubscriptionIntent,
    Suspend,
    Upgrade,
    seats,
)
from work365.domain.microsoft.provisioning import decide
from work365.domain.microsoft.rules import ProductKind, RuleBook, Rules
from work365.domain.microsoft.stakes import KnownPrices, Stakes
from work365.domain.microsoft.subscriptions import SeenSubscription
from work365.domain.microsoft.windows import Returnable, SeatMove, returnable
from work365.domain.moments import local_day
from work365.domain.money import Money


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """A subscription as it is, and what is known beside it."""

    seen: SeenSubscription
    prices: KnownPrices
    product: ProductKind = ProductKind.LICENCES
    moves: tuple[SeatMove, ...] = ()
    """Our own record of its seats, where Microsoft does not say its windows."""
    customer_is_credited: bool | None = None
    """Whether the contract credits seats that are taken away in a billed period. None: not known
    here; it takes the contract and the change, and the preview has both."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AtStake:
    """What a change comes to. An amount that cannot be worked out is None."""

    change: str
    at: datetime
    microsoft: Money | None = None
    """On Microsoft's next invoice: charged, or credited where negative."""
    microsoft_to_term_end: Money | None = None
    """The same, with what differs until the end of the term."""
    customer: Money | None = None
    """On the customer's next invoice, without tax."""
    next_term: Money | None = None
    """What the next term costs; of an extended service term, a month."""
    owed: Money | None = None
    """What is still to be paid for the seats that there are, until the end of the term."""
    free_until: datetime | None = None
    """Up to this moment it can be taken back without costing anything."""
    reversible_until: datetime | None = None
    """Up to this moment it can be taken back; the days until then are paid."""
    findings: tuple[Finding, ...] = ()
    explanation: tuple[str, ...] = ()

    @property
    def is_possible(self) -> bool:
        """Whether Microsoft would do it."""
        return all(finding.severity is not Severity.ERROR for finding in self.findings)


def what_if(
    intent: SubscriptionIntent | Upgrade, situation: Situation, *, at: datetime, book: RuleBook
) -> AtStake:
    """Return what `intent` would come to at `at`.

    Raises: RuleUnknown: no rules are known for that day, or for such a product.
    """
    case = _Case.of(situation, at, book)
    findings = list(_findings(intent, case))
    stake = _amounts(intent, case, is_possible=not findings)
    return AtStake(
        change=str(intent),
        at=at,
        microsoft=stake.microsoft,
        microsoft_to_term_end=stake.to_term_end,
        customer=stake.customer,
        next_term=stake.next_term,
        owed=case.owed(),
        free_until=stake.free_until,
        reversible_until=stake.reversible_until,
        findings=tuple(findings),
        explanation=(*stake.sentences, *(finding.message for finding in findings)),
    )


@dataclass(slots=True, kw_only=True)
class _Stake:
    microsoft: Money | None = None
    to_term_end: Money | None = None
    customer: Money | None = None
    next_term: Money | None = None
    free_until: datetime | None = None
    reversible_until: datetime | None = None
    sentences: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Case:
    situation: Situation
    at: datetime
    book: RuleBook
    rules: Rules
    stakes: Stakes | None
    returnable: Returnable

    @classmethod
    def of(cls, situation: Situation, at: datetime, book: RuleBook) -> "_Case":
        return cls(
            situation=situation,
            at=at,
            book=book,
            rules=book.at(at),
            stakes=Stakes.of(situation.seen, local_day(at, UTC)),
            returnable=returnable(
                situation.seen,
                at=at,
                book=book,
                product=situation.product,
                moves=situation.moves,
            ),
        )

    @property
    def seen(self) -> SeenSubscription:
        return self.situation.seen

    @property
    def prices(self) -> KnownPrices:
        return self.situation.prices

    def priced(self) -> tuple[Stakes, UnitPrice] | None:
        """Return the term that runs and the partner's price of it, where both are known."""
        if self.stakes is None or self.prices.partner is None:
            return None
        return self.stakes, self.prices.partner

    def owed(self) -> Money | None:
        known = self.priced()
        if known is None:
            return None
        stakes, price = known
        rule = self.rules.arithmetic.seat_changes
        return stakes.owed(price, self.seen.provided.quantity, rule, self.prices.currency)


def _findings(intent: SubscriptionIntent | Upgrade, case: _Case) -> Iterator[Finding]:
    path = f"subscription {case.seen.provided.id}"
    if isinstance(intent, Upgrade):
        if intent.quantity > case.seen.provided.quantity:
            text = f"there are {case.seen.provided.quantity} seats; upgrade no more than these"
            yield Finding(Severity.ERROR, "too_many_seats", text, path)
        return
    match decide(intent, case.seen, at=case.at, rules=case.rules):
        case Refuse(finding):
            yield finding
            return
        case Done(why):
            yield Finding(Severity.WARNING, "changes_nothing", f"{why} Nothing changes.", path)
            return
        case Wait(until, why):
            text = f"{why} Try again after {telling.clock(until)}."
            yield Finding(Severity.ERROR, "not_now", text, path)
    yield from _window_findings(intent, case, path)


def _window_findings(intent: SubscriptionIntent, case: _Case, path: str) -> Iterator[Finding]:
    given_back = case.returnable
    fewer = -intent.difference if isinstance(intent, SetQuantity) else 0
    if fewer > given_back.seats:
        known = "" if given_back.seats_said else ", as far as our own record tells"
        kind = "" if given_back.seats_reducible else "; some of such a product never can"
        yield Finding(
            Severity.ERROR,
            "seats_locked",
            f"{seats(fewer)} are to go, and {given_back.seats} can be given back"
            f" now{known}{kind}; the others are owed until the end of the term. Schedule the"
            " renewal with fewer seats.",
            path,
        )
    is_over = isinstance(intent, Cancel) and given_back.whole_until is None
    if is_over and not case.seen.in_extended_term:
        yield Finding(
            Severity.ERROR,
            "window_closed",
            "No open cancellation window is known; it is owed until the end of the term. Let it"
            " be cancelled at the end of the term.",
            path,
        )


def _amounts(intent: SubscriptionIntent | Upgrade, case: _Case, *, is_possible: bool) -> _Stake:
    stake = _Stake()
    if is_possible and isinstance(intent, SetQuantity | Cancel | Upgrade | ChangePlan):
        if case.stakes is None:
            stake.sentences.append("It has no term on that day, so that no amount can be told.")
        elif case.prices.partner is None:
            stake.sentences.append(
                "The partner's price is not known, so that what Microsoft charges cannot be told;"
                " import the price sheet."
            )
    if is_possible:
        _fill(stake, intent, case)
    stake.sentences.extend(_owed_told(case, intent))
    return stake


def _fill(stake: _Stake, intent: SubscriptionIntent | Upgrade, case: _Case) -> None:
    match intent:
        case SetQuantity():
            _fill_quantity(stake, intent, case)
        case Cancel():
            _fill_cancellation(stake, case)
        case Upgrade():
            _fill_upgrade(stake, intent, case)
        case AutoRenew() | ScheduleRenewal():
            told = renewal_stakes.next_term(intent, case.seen, case.prices, case.book, case.at)
            stake.next_term = told.amount
            stake.sentences.extend(told.sentences)
        case Suspend():
            product = case.situation.product
            stake.sentences.extend(
                renewal_stakes.suspension(case.seen, product, case.book, case.at)
            )
        case ChangePlan():
            told = renewal_stakes.new_plan(intent, case.seen, case.prices, case.rules)
            stake.next_term = told.amount
            stake.sentences.extend(told.sentences)
        case _:
            stake.sentences.append("Microsoft charges nothing for it: it was paid all along.")


def _fill_quantity(stake: _Stake, intent: SetQuantity, case: _Case) -> None:
    rule = case.rules.cancellation(case.situation.product)
    if intent.difference > 0:
        stake.free_until = case.at + rule.full_refund
        stake.reversible_until = case.at + rule.window
    else:
        taken = case.returnable.taken_from(-intent.difference)
        stake.reversible_until = min(window.closes_at for window in taken)
    known = case.priced()
    if known is not None:
        stakes, price = known
        currency = case.prices.currency
        arithmetic = case.rules.arithmetic
        now = stakes.seat_change(price, intent.before, intent.after, arithmetic, currency)
        if intent.difference < 0:
            now -= _paid_days_back(case, stakes, price, -intent.difference)
        later = stakes.later(price, intent.difference, arithmetic.seat_changes, currency)
        stake.microsoft, stake.to_term_end = now, now + later
    stake.customer = _customer(case, intent.difference)
    stake.sentences.extend(telling.quantity(intent, stake.microsoft, stake.to_term_end))
    stake.sentences.extend(_customer_told(case, stake.customer, intent.difference))
    if intent.difference > 0:
        stake.sentences.append(
            f"The seats can be given back until {telling.clock(stake.reversible_until)}, and cost"
            f" nothing if that is before {telling.clock(stake.free_until)}."
        )
    else:
        stake.sentences.append(
            f"They can go until {telling.clock(stake.reversible_until)}; after that they are owed"
            " until the end of the term."
        )


def _paid_days_back(case: _Case, stakes: Stakes, price: UnitPrice, fewer: int) -> Money:
    """Return what is credited for days before, because the batch is refunded in full."""
    rule = case.rules.arithmetic.seat_changes
    currency = case.prices.currency
    days = [
        stakes.since(local_day(window.opened_at, UTC), price, window.quantity, rule, currency)
        for window in case.returnable.taken_from(fewer)
        if window.is_refunded_in_full(case.at)
    ]
    return Money.total(days, currency)


def _fill_cancellation(stake: _Stake, case: _Case) -> None:
    quantity = case.seen.provided.quantity
    stake.reversible_until = case.returnable.whole_until
    paid_back = _paid_back(case)
    stake.free_until = None if paid_back is None else paid_back[1]
    known = case.priced()
    if known is not None:
        stakes, price = known
        rule, currency = case.rules.arithmetic.cancellations, case.prices.currency
        now = stakes.charge(price, -quantity, stakes.rest, rule, currency)
        if paid_back is not None:
            now -= stakes.since(paid_back[0], price, quantity, rule, currency)
        stake.microsoft = now
        stake.to_term_end = now - stakes.later(price, quantity, rule, currency)
    stake.customer = _customer(case, -quantity)
    stake.sentences.extend(telling.cancellation(quantity, stake.microsoft, stake.to_term_end))
    stake.sentences.extend(_customer_told(case, stake.customer, -quantity))
    if stake.reversible_until is not None:
        stake.sentences.append(
            f"It can be cancelled until {telling.clock(stake.reversible_until)}; after that it is"
            " owed until the end of the term."
        )


def _paid_back(case: _Case) -> tuple[date, datetime] | None:
    """Return from which day on and until when a cancellation pays everything back.

    What Microsoft says of the subscription itself counts more than the rule. None where it is over.
    """
    until, whole_until = case.seen.full_refund_until, case.returnable.whole_until
    if whole_until is None:
        return None
    rule = case.rules.cancellation(case.situation.product)
    if until is None:
        until = whole_until - rule.window + rule.full_refund
    until = min(until, whole_until)
    opened_at = min(whole_until - rule.window, until - rule.full_refund)
    return (local_day(opened_at, UTC), until) if case.at < until else None


def _fill_upgrade(stake: _Stake, intent: Upgrade, case: _Case) -> None:
    stake.reversible_until = case.returnable.whole_until
    known = case.priced()
    target = case.prices.next_partner
    if known is not None and target is not None:
        stakes, price = known
        rule, currency = case.rules.arithmetic.upgrades, case.prices.currency
        credit = stakes.charge(price, -intent.quantity, stakes.rest, rule, currency)
        charge = stakes.charge(target, intent.quantity, stakes.rest, rule, currency)
        more = stakes.later(target, intent.quantity, rule, currency)
        less = stakes.later(price, intent.quantity, rule, currency)
        stake.microsoft = credit + charge
        stake.to_term_end = credit + charge + more - less
        stake.sentences.extend(telling.upgrade(intent, credit, charge, stake.to_term_end))
    elif target is None:
        stake.sentences.append(
            f"The price of {intent.part_number} is not known, so that the difference cannot be"
            " told; import the price sheet."
        )
    stake.sentences.append(
        "An upgrade opens no window of its own: the seats keep the one that they came with."
    )


def _customer(case: _Case, difference: int) -> Money | None:
    prices = case.prices
    if case.stakes is None or prices.customer is None:
        return None
    is_credited = case.situation.customer_is_credited
    if difference < 0 and not is_credited:
        return None if is_credited is None else Money.zero(prices.charged_in)
    return case.stakes.customer_change(prices.customer, difference, prices.charged_in)


def _customer_told(case: _Case, amount: Money | None, difference: int) -> Iterator[str]:
    if difference < 0 and case.situation.customer_is_credited is None:
        yield (
            "The customer is credited if the contract processes refunds and the change asks for"
            " one; the preview of the contract has the amount."
        )
    elif amount is None:
        yield "The customer's price is not known, so that their invoice cannot be told."
    elif difference < 0 and not case.situation.customer_is_credited:
        yield "The customer's contract credits nothing for seats that are taken away."
    else:
        yield telling.customer(amount)


def _owed_told(case: _Case, intent: SubscriptionIntent | Upgrade) -> Iterator[str]:
    owed = case.owed()
    if owed is not None and not isinstance(intent, AutoRenew | ScheduleRenewal):
        yield telling.owed(case.seen, owed)
