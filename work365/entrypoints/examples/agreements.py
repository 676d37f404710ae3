"""What happened, agreements: what is decided about days to come, and prices that rise."""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from work365.domain.changes import UnitPrice
from work365.domain.escalations import EscalationRule, Index, Percent
from work365.domain.scheduled_changes import ScheduledChange
from work365.entrypoints.examples.rules import Escalates, Rule, Schedule
from work365.entrypoints.examples.told import Fact, Tale, Told
from work365.entrypoints.examples.words import (
    MONTHS,
    NAME,
    NUMBER,
    SEATS,
    Fields,
    Meaningless,
    Phrase,
    merged,
    named,
    number,
    one_phrase,
    several_phrases,
)

REFUNDED = "(, refunded)?"


def _scheduled(fields: Fields, fact: Fact, told: Told) -> Told:
    subscription = told.subscription(fact.about)
    if fact.since is None and subscription.term_months is None:
        raise Meaningless(
            f"{fact.about!r} has no renewal; open it with 'for terms of 12 months', or write a day"
        )
    change = ScheduledChange(
        key=str(fact.number), asked_at=fact.recorded_at, effective_on=fact.since, **fields
    )
    return replace(told, rules=(*told.rules, Schedule(fact.about, change)))


def _withdrawn(fact: Fact, told: Told) -> Told:
    rules = tuple(_without(fact, told))
    if rules == told.rules:
        raise Meaningless(f"nothing is scheduled for {fact.about!r} that could be withdrawn")
    return replace(told, rules=rules)


def _without(fact: Fact, told: Told) -> Iterator[Rule]:
    for rule in told.rules:
        if isinstance(rule, Schedule) and rule.subscription == fact.about:
            yield rule.withdrawn(told.account, on=fact.day)
        else:
            yield rule


LIMITS: tuple[Phrase[Fields], ...] = (
    Phrase("at least 1 %", f"at least {NUMBER} %", lambda share: {"least_percent": number(share)}),
    Phrase("at most 5 %", f"at most {NUMBER} %", lambda share: {"most_percent": number(share)}),
    Phrase(
        "not in the first 24 months",
        f"not in the first {MONTHS}",
        lambda length: {"bound_months": int(length)},
    ),
    Phrase("to 4 decimals", r"to (\d+) decimals?", lambda digits: {"digits": int(digits)}),
)
READ_LIMITS = several_phrases(LIMITS)

WHEN_PHRASES: tuple[Phrase[int | None], ...] = (
    Phrase("every 12 months", f"every {MONTHS}", int),
    Phrase("at each renewal", "at each renewal", lambda: None),
)
WHEN = one_phrase(WHEN_PHRASES)


def _rises(by: str, when: str, limits: str) -> Tale:
    fields: Fields = {"every_months": WHEN(when), **merged(READ_LIMITS(limits.removeprefix(", ")))}

    def tell(fact: Fact, told: Told) -> Told:
        subscription = told.subscription(fact.about)
        if fact.day != subscription.start_on:
            raise Meaningless(
                "it is agreed from the subscription's first day on; write"
                f" {subscription.start_on} as its day, and 'not in the first 12 months' where it"
                " begins later"
            )
        rule = EscalationRule(by=_by(by, fact), **fields)
        return replace(told, rules=(*told.rules, Escalates(fact.about, rule)))

    return tell


def _by(written: str, fact: Fact) -> Percent | Index:
    ways: tuple[Phrase[Percent | Index], ...] = (
        Phrase("by 3 %", f"by {NUMBER} %", lambda s: Percent(number(s))),
        Phrase(
            "with CPI, 2 months late",
            rf"with {NAME}, {MONTHS} late",
            lambda name, lag: _index(name, int(lag), fact),
        ),
        Phrase("with CPI", f"with {NAME}", lambda name: _index(name, 0, fact)),
    )
    return one_phrase(ways)(written)


def _index(name: str, lag_months: int, fact: Fact) -> Index:
    figures = named(fact.agreed.indices, "index of the section Index figures")(name)
    return Index(name, figures, lag_months)


AGREEMENTS: tuple[Phrase[Tale], ...] = (
    Phrase(
        "scheduled: 5 seats more",
        f"scheduled: {SEATS} more",
        lambda seats: partial(_scheduled, {"quantity_by": number(seats)}),
    ),
    Phrase(
        "scheduled: 5 seats fewer",
        f"scheduled: {SEATS} fewer{REFUNDED}",
        lambda seats, refund: partial(
            _scheduled, {"quantity_by": -number(seats), "refund": bool(refund)}
        ),
    ),
    Phrase(
        "scheduled: 12 seats",
        f"scheduled: {SEATS}{REFUNDED}",
        lambda seats, refund: partial(
            _scheduled, {"quantity_to": number(seats), "refund": bool(refund)}
        ),
    ),
    Phrase(
        "scheduled: the price is 13.00 for 1 month",
        f"scheduled: the price is {NUMBER} for {MONTHS}",
        lambda price, length: partial(_scheduled, {"price": UnitPrice(number(price), int(length))}),
    ),
    Phrase(
        "scheduled: cancelled",
        f"scheduled: cancelled{REFUNDED}",
        lambda refund: partial(_scheduled, {"cancels": True, "refund": bool(refund)}),
    ),
    Phrase("what is scheduled is withdrawn", "what is scheduled is withdrawn", lambda: _withdrawn),
    Phrase(
        "rises by 3 % every 12 months (or: with CPI, 2 months late; at each renewal; then, after"
        f" commas: {'; '.join(phrase.says for phrase in LIMITS)})",
        rf"rises (by {NUMBER} %|with .+?) (every {MONTHS}|at each renewal)((?:, .+)?)",
        lambda by, _percent, when, _months, limits: _rises(by, when, limits),
    ),
)
