"""What the end of a term comes to: renewal, another renewal, cancellation, extended service."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime

from work365.domain import catalog, figures
from work365.domain.catalog import PRICE_MONTHS, BillingPlan
from work365.domain.changes import UnitPrice
from work365.domain.microsoft.extended_service import TermEnding, extended_price, goes_on
from work365.domain.microsoft.intents import AutoRenew, ChangePlan, ScheduleRenewal, seats
from work365.domain.microsoft.rules import AfterTerm, ProductKind, RuleBook, Rules, Timing
from work365.domain.microsoft.stakes import KnownPrices, term_cost
from work365.domain.microsoft.subscriptions import NextTerm, SeenSubscription, TermEnd
from work365.domain.moments import local_day
from work365.domain.money import Money
from work365.domain.periods import day_after


@dataclass(frozen=True, slots=True)
class Told:
    """An amount, where it can be told, and the sentences about it."""

    amount: Money | None
    sentences: tuple[str, ...]


def next_term(
    intent: AutoRenew | ScheduleRenewal,
    seen: SeenSubscription,
    prices: KnownPrices,
    book: RuleBook,
    at: datetime,
) -> Told:
    """Return what comes after the term that runs, if `intent` is done.

    Raises: RuleUnknown: no rules are known for that day.
    """
    if isinstance(intent, ScheduleRenewal):
        return _renewed(seen, prices, intent.next_term)
    if intent.term_end is TermEnd.RENEW:
        return _renewed(seen, prices, seen.next_term or NextTerm())
    if intent.term_end is TermEnd.EXTEND:
        return _extended(seen, prices, book, at)
    return _cancelled(seen, book, at)


def suspension(
    seen: SeenSubscription, product: ProductKind, book: RuleBook, at: datetime
) -> Iterator[str]:
    """Yield what a suspension brings with it.

    Raises: RuleUnknown: no rules are known for that day.
    """
    yield "Microsoft goes on charging for a suspended subscription, and credits nothing."
    yield (
        "A suspension turns automatic renewal off, and what was scheduled for the renewal is"
        " forgotten."
    )
    unrenewed = replace(seen, term_end=None)
    if goes_on(_ending(unrenewed, product), _rule_at_end(seen, book, at)):
        yield (
            "Reactivated and not renewed, it would go into the paid extended service term; say"
            " what is to happen at the end of the term."
        )


def new_plan(intent: ChangePlan, seen: SeenSubscription, prices: KnownPrices, rules: Rules) -> Told:
    """Return what another term or billing plan within the term comes to."""
    given = seen.provided
    if given.term is None or given.plan is None:
        return Told(None, ())
    allowed = rules.change_allowed(
        term=given.term, plan=given.plan, to_term=intent.term, to_plan=intent.plan
    )
    if allowed is not None and allowed.timing is Timing.NEXT_CHARGE:
        sentence = "Nothing is charged now: the other billing plan begins with the next charge."
        return Told(None, (sentence,))
    told = _cost(prices.next_partner, given.quantity, intent.term, intent.plan, prices.currency)
    return Told(
        told.amount,
        (
            "A new, longer term begins; Microsoft credits what is left of the charge cycle. How it"
            " works the credit out is not documented, so that only the new term is told.",
            *told.sentences,
        ),
    )


def _renewed(seen: SeenSubscription, prices: KnownPrices, wanted: NextTerm) -> Told:
    given = seen.provided
    term, plan = wanted.term or given.term, wanted.plan or given.plan
    quantity = wanted.quantity or given.quantity
    begins = () if seen.next_term is None else ("What was scheduled for the renewal counts.",)
    if term is None or plan is None:
        return Told(None, (*begins, "It has no term, so that nothing renews."))
    told = _cost(prices.next_partner, quantity, term, plan, prices.currency)
    ends = "A change within the term deletes what is scheduled for the renewal."
    return Told(told.amount, (*begins, *told.sentences, *((ends,) if wanted != NextTerm() else ())))


def _cost(
    price: UnitPrice | None, quantity: int, term: catalog.Term, plan: BillingPlan, currency: str
) -> Told:
    if price is None:
        return Told(
            None,
            (
                "The price of the next term is not known yet: it is the one that is listed on the"
                " day on which the term begins.",
            ),
        )
    if (term, plan) not in PRICE_MONTHS:
        return Told(None, (f"A term of {term.value} is not sold with plan {plan.value}.",))
    amount = term_cost(price, quantity, term=term, plan=plan, currency=currency)
    sentence = (
        f"The next term of {term.value} with {seats(quantity)}, billed {plan.value}, costs"
        f" {figures.money(amount)} in all."
    )
    return Told(amount, (sentence,))


def _extended(seen: SeenSubscription, prices: KnownPrices, book: RuleBook, at: datetime) -> Told:
    rule = _rule_at_end(seen, book, at)
    if not rule.extends:
        return Told(None, (f"There is no extended service term then ({rule.told}).",))
    seat = extended_price(rule, prices, seen.provided.term)
    begins = (
        "After the term it goes on month by month in the extended service term, at the price of a"
        f" monthly term and {figures.plain(rule.percent)} % more, or"
        f" {figures.plain(rule.percent_without_monthly_term)} % more than a month of the yearly"
        f" price where no monthly term is sold ({rule.told})."
    )
    if seat is None:
        return Told(None, (begins, "The price is not known; import the price sheet."))
    amount = Money.round(seat * seen.provided.quantity, prices.currency)
    return Told(amount, (begins, f"That would cost {figures.money(amount)} a month."))


def _cancelled(seen: SeenSubscription, book: RuleBook, at: datetime) -> Told:
    rule = _rule_at_end(seen, book, at)
    last_day = seen.provided.commitment_last_day
    when = "the end of the term" if last_day is None else figures.day_in_words(last_day)
    free = (
        f"It can be used for {rule.free_days} days more without being paid"
        if rule.free_days
        else "The customer cannot use it from the next day on"
    )
    return Told(None, (f"Nothing is charged after {when}. {free} ({rule.told}).",))


def _rule_at_end(seen: SeenSubscription, book: RuleBook, at: datetime) -> AfterTerm:
    return book.on(seen.provided.commitment_last_day or local_day(at, UTC)).after_term


def _ending(seen: SeenSubscription, product: ProductKind) -> TermEnding:
    given = seen.provided
    last_day: date | None = given.commitment_last_day
    return TermEnding(
        key=given.id,
        name=given.name,
        quantity=given.quantity,
        status=given.status,
        product=product,
        term=given.term,
        renews_on=None if last_day is None else day_after(last_day, 1),
        bought_on=None,
        term_end=seen.term_end,
        in_extended_term=seen.in_extended_term,
        is_trial=given.is_trial,
    )
