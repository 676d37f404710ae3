"""Remembering: what closed invoices took account of, to be kept beside the facts.

Next time only facts that are new, or that differ from what is remembered, are settled again.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from typing import NamedTuple

from work365.domain.accounts import (
    Account,
    Memory,
    change_content,
    contract_terms,
    one_time_content,
    usage_content,
)


class Fact(NamedTuple):
    """Something that was told: which, from which day on it holds, and what it says."""

    key: str
    on: date
    content: str


def learned(account: Account, *, through: date, sequence: int) -> Memory:
    """Return what is to be remembered, beyond what already is, of `account`.

    Its invoices are closed up to the date `through`, of which the last has the number `sequence`.
    """
    memory = account.memory
    known_through = account.contract.known_through(through)
    return Memory(
        through=through,
        sequence=sequence,
        terms=contract_terms(account.contract),
        subscriptions=_new(_subscriptions(account), memory.subscriptions, known_through),
        changes=_new(_changes(account), memory.changes, known_through),
        one_time=_new(_one_time(account), memory.one_time, known_through),
        usage=_new(_usage(account), memory.usage, known_through),
    )


def extended(memory: Memory, by: Memory) -> Memory:
    """Return `memory` with what was learned since."""
    return replace(
        by,
        terms=by.terms or memory.terms,
        subscriptions={**memory.subscriptions, **by.subscriptions},
        changes={**memory.changes, **by.changes},
        one_time={**memory.one_time, **by.one_time},
        usage={**memory.usage, **by.usage},
    )


def _new(facts: Iterable[Fact], remembered: Mapping[str, str], through: date) -> dict[str, str]:
    return {
        fact.key: fact.content
        for fact in facts
        if fact.on <= through and remembered.get(fact.key) != fact.content
    }


def _subscriptions(account: Account) -> Iterator[Fact]:
    for part in account.subscriptions:
        yield Fact(part.key, part.start_on, part.terms)


def _changes(account: Account) -> Iterator[Fact]:
    for part, change in account.entries:
        content = change_content(change, subscription=part.id)
        yield Fact(change.key, change.effective_on, content)


def _one_time(account: Account) -> Iterator[Fact]:
    for charge in account.one_time:
        content = one_time_content(charge, contract=account.contract.id)
        yield Fact(charge.key, charge.on, content)


def _usage(account: Account) -> Iterator[Fact]:
    for part in account.subscriptions:
        for record in part.usage:
            yield Fact(record.key, record.used_on, usage_content(record))
