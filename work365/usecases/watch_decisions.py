"""Watch decisions: windows that close on seats nobody pays for, and terms that nobody decided on.

Nothing is written: what is found is for a person.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta

from work365.domain.findings import Finding, Severity
from work365.domain.microsoft.extended_service import TermEnding, headings
from work365.domain.microsoft.guardian import Closing, Guarded, closings
from work365.domain.microsoft.rules import RuleBook
from work365.domain.moments import local_day
from work365.domain.periods import day_after
from work365.usecases.know_prices import term_start
from work365.usecases.look_at_subscriptions import LookedAt


def watch_decisions(
    looked_at: Sequence[LookedAt],
    *,
    at: datetime,
    within: timedelta,
    through: date,
    book: RuleBook,
) -> Iterator[Finding]:
    """Yield what should be decided now.

    These are windows that close within `within` on seats of which something is conspicuous, and
    terms that end up to `through` otherwise than the customer decided, or without a decision.
    A window on seats that are charged as they should be is nobody's concern.
    Raises: RuleUnknown: no rules are known for that day, or for such a product.
    """
    for closing in windows(looked_at, at=at, within=within, book=book):
        if closing.reasons:
            text = " ".join((closing.sentence, *closing.reasons))
            path = f"subscription {closing.key}"
            yield Finding(Severity.WARNING, "window_closes", text, path)
    endings = [ending_of(each) for each in looked_at]
    for heading in headings(endings, book=book, at=at, through=through):
        if heading.finding is not None:
            yield heading.finding


def windows(
    looked_at: Sequence[LookedAt], *, at: datetime, within: timedelta, book: RuleBook
) -> list[Closing]:
    """Return the batches whose windows close within that time, the conspicuous ones in front.

    Raises: RuleUnknown.
    """
    today = local_day(at, UTC)
    guarded = [
        Guarded(
            key=each.key,
            name=each.name,
            customer=each.customer,
            seen=each.seen,
            product=each.product,
            moves=each.moves_until(today),
            charged=each.charged_on(today),
            prices=each.prices,
        )
        for each in looked_at
    ]
    return closings(guarded, at=at, within=within, book=book)


def ending_of(looked_at: LookedAt) -> TermEnding:
    """Return what is known of the end of a subscription's term."""
    seen, logged = looked_at.seen, looked_at.logged
    given = seen.provided
    decision = None if logged is None else logged.decision
    last_day = given.commitment_last_day
    return TermEnding(
        key=looked_at.key,
        name=f"{looked_at.customer}, {looked_at.name}",
        quantity=given.quantity,
        status=given.status,
        product=looked_at.product,
        term=given.term,
        renews_on=None if last_day is None else day_after(last_day, 1),
        bought_on=term_start(seen),
        term_end=seen.term_end,
        in_extended_term=seen.in_extended_term,
        is_trial=given.is_trial,
        decision=None if decision is None else decision.outcome,
        decided_on=None if decision is None else decision.decided_on,
        prices=looked_at.prices,
    )
