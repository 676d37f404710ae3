"""Extended service term: which subscriptions will fall into it, which are in it, and its price.

A subscription that neither renews nor is cancelled goes on month by month at a higher price.
Whether that was decided is asked of our own record: what nobody decided is what costs money.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import Enum
from fractions import Fraction

from work365.domain import figures
from work365.domain.catalog import SubscriptionStatus, Term
from work365.domain.changes import UnitPrice
from work365.domain.findings import Finding, Severity
from work365.domain.microsoft.rules import AfterTerm, ProductKind, RuleBook
from work365.domain.microsoft.stakes import KnownPrices, per_month
from work365.domain.microsoft.subscriptions import RENEWING, TermEnd
from work365.domain.moments import local_day
from work365.domain.money import Money
from work365.domain.periods import day_after
from work365.domain.price_models import PERCENT


class Course(Enum):
    """Where a subscription is heading, or has come to."""

    IN_EXTENDED_TERM = "in the extended service term"
    WILL_EXTEND = "will go into the extended service term"
    RENEWS_AGAINST_DECISION = "renews, against what was decided"
    ENDS_AGAINST_DECISION = "is cancelled, against what was decided"


@dataclass(frozen=True, slots=True, kw_only=True)
class TermEnding:
    """What is known of a subscription and of the end of its term."""

    key: str
    name: str
    quantity: int
    status: SubscriptionStatus
    product: ProductKind = ProductKind.LICENCES
    term: Term | None
    renews_on: date | None
    """First day after the term."""
    bought_on: date | None
    """When the term that runs was bought or renewed; None where that is not known."""
    term_end: TermEnd | None
    """What Microsoft shows; None where it neither renews nor says anything else."""
    in_extended_term: bool = False
    is_trial: bool = False
    decision: TermEnd | None = None
    """What the customer decided, by our record."""
    decided_on: date | None = None
    prices: KnownPrices | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    """A subscription that a person should look at, and why."""

    key: str
    name: str
    course: Course
    on: date | None
    """When it comes to that; in the extended term already: when the next month begins."""
    is_decided: bool
    """Whether the customer decided just this."""
    per_month: Money | None
    """What it costs a month in the extended term."""
    more_per_month: Money | None
    """How much more that is than now."""
    explanation: tuple[str, ...]
    rule: AfterTerm

    @property
    def finding(self) -> Finding | None:
        """What is to be put right; None where the customer decided it so."""
        if self.is_decided:
            return None
        code = self.course.name.lower()
        text = " ".join(self.explanation)
        return Finding(Severity.WARNING, code, text, f"subscription {self.key}")


def headings(
    endings: Iterable[TermEnding], *, book: RuleBook, at: datetime, through: date
) -> list[Heading]:
    """Return what is in its extended term, and what comes to another end than was decided.

    Looked at are ends of terms up to `through`, that day included. The first to come are at the
    front. What renews as it was decided, or is cancelled, is not among them.
    """
    found = [heading for ending in endings for heading in _heading(ending, book, at, through)]
    return sorted(found, key=lambda heading: (heading.on or date.min, heading.key))


def goes_on(ending: TermEnding, rule: AfterTerm) -> bool:
    """Return whether `ending` goes into the extended term, if nothing is done."""
    is_too_old = (
        rule.bought_from is not None
        and ending.bought_on is not None
        and ending.bought_on < rule.bought_from
    )
    is_meant = ending.term_end is TermEnd.EXTEND or (ending.term_end is None and not is_too_old)
    is_live = ending.status is SubscriptionStatus.ACTIVE and not ending.is_trial
    return rule.extends and is_live and is_meant and ending.product in rule.products


def extended_price(rule: AfterTerm, prices: KnownPrices, term: Term | None) -> Fraction | None:
    """Return what a seat costs a month in the extended term, exactly; None if no price is known.

    Without the price of a monthly term it is estimated from what the next term would cost, or
    else from the price that runs: Microsoft asks about the same, because a monthly term costs a
    fifth more than a year.
    """
    monthly = prices.monthly or (prices.partner if term is Term.MONTH else None)
    if monthly is not None:
        return per_month(monthly) * (PERCENT + Fraction(rule.percent)) / PERCENT
    yearly = prices.next_partner or prices.partner
    if yearly is None:
        return None
    percent = Fraction(rule.percent_without_monthly_term)
    return per_month(yearly) * (PERCENT + percent) / PERCENT


def _heading(ending: TermEnding, book: RuleBook, at: datetime, through: date) -> Iterator[Heading]:
    if ending.in_extended_term:
        rule = book.at(at).after_term
        yield _told(ending, Course.IN_EXTENDED_TERM, rule, _in_it(ending))
        return
    today = local_day(at, UTC)
    if ending.renews_on is None or not today <= ending.renews_on <= through:
        return
    rule = book.on(day_after(ending.renews_on, -1)).after_term
    course = _course(ending, rule)
    if course is Course.WILL_EXTEND:
        yield _told(ending, course, rule, _will(ending, rule))
    elif course is not None:
        yield _told(ending, course, rule, _against(ending))


def _course(ending: TermEnding, rule: AfterTerm) -> Course | None:
    if goes_on(ending, rule):
        return Course.WILL_EXTEND
    if ending.decision in (TermEnd.CANCEL, TermEnd.EXTEND) and ending.term_end in RENEWING:
        return Course.RENEWS_AGAINST_DECISION
    is_decided = ending.decision in (None, TermEnd.CANCEL)
    if ending.term_end is TermEnd.CANCEL and not is_decided:
        return Course.ENDS_AGAINST_DECISION
    return None


def _told(
    ending: TermEnding, course: Course, rule: AfterTerm, explanation: Iterable[str]
) -> Heading:
    extends = course in (Course.IN_EXTENDED_TERM, Course.WILL_EXTEND)
    monthly, more = _amounts(ending, rule) if extends else (None, None)
    return Heading(
        key=ending.key,
        name=ending.name,
        course=course,
        on=ending.renews_on,
        is_decided=extends and ending.decision is TermEnd.EXTEND,
        per_month=monthly,
        more_per_month=more,
        explanation=(*explanation, *_price_told(monthly, more)),
        rule=rule,
    )


def _amounts(ending: TermEnding, rule: AfterTerm) -> tuple[Money | None, Money | None]:
    prices = ending.prices
    if prices is None or ending.in_extended_term:
        # What is paid in it already is the extended price, and nothing is known of before.
        known = prices.partner if prices is not None else None
        return _monthly(known, ending, prices), None
    seat = extended_price(rule, prices, ending.term)
    now = _monthly(prices.partner, ending, prices)
    if seat is None or now is None:
        return None, None
    extended = Money.round(seat * ending.quantity, prices.currency)
    return extended, extended - now


def _monthly(
    price: UnitPrice | None, ending: TermEnding, prices: KnownPrices | None
) -> Money | None:
    if price is None or prices is None:
        return None
    return Money.round(per_month(price) * ending.quantity, prices.currency)


def _price_told(monthly: Money | None, more: Money | None) -> Iterator[str]:
    if monthly is not None and more is not None:
        yield (
            f"It would cost {figures.money(monthly)} a month, {figures.money(more)} more than now."
        )
    elif monthly is not None:
        yield f"It costs {figures.money(monthly)} a month."


def _in_it(ending: TermEnding) -> Iterator[str]:
    yield (
        f"{ending.name} is in its extended service term, with {ending.quantity} seats: it is paid"
        " month by month at the higher price until it is cancelled or given a new term."
    )
    yield _decision(ending)


def _will(ending: TermEnding, rule: AfterTerm) -> Iterator[str]:
    assert ending.renews_on is not None, ending
    day = figures.day_in_words(ending.renews_on)
    yield (
        f"On {day} {ending.name} goes into its extended service term, with {ending.quantity}"
        " seats, because it neither renews nor is cancelled."
    )
    if ending.bought_on is None and ending.term_end is None and rule.bought_from is not None:
        bought_from = figures.day_in_words(rule.bought_from)
        yield f"When it was bought is not known; bought before {bought_from}, it would end."
    yield _decision(ending)


def _against(ending: TermEnding) -> Iterator[str]:
    assert ending.renews_on is not None, ending
    does = "renews" if ending.term_end in RENEWING else "is cancelled"
    yield f"On {figures.day_in_words(ending.renews_on)} {ending.name} {does} at Microsoft."
    yield _decision(ending)


def _decision(ending: TermEnding) -> str:
    if ending.decision is None:
        return "No decision of the customer is recorded; ask for one, and enter it."
    on = "" if ending.decided_on is None else f" on {figures.day_in_words(ending.decided_on)}"
    decided = f"The customer decided{on}: {ending.decision.value}"
    is_so = ending.decision is TermEnd.EXTEND and (
        ending.in_extended_term or ending.term_end in (None, TermEnd.EXTEND)
    )
    return f"{decided}." if is_so else f"{decided}; set that at Microsoft."
