"""Accounts: a contract as it is kept, and how far back new facts reach into it.

What billing took account of is remembered as text beside each fact: the contract's terms,
each subscription's terms, each change's content. A fact without that memory is new; one that
differs from it was edited. The earliest day that such facts reach back to is the day from
which billing periods are settled again; older ones agree with the facts already, so they are
neither read nor computed.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from work365.domain.changes import Change
from work365.domain.contracts import (
    LAST_DAY_COUNTS,
    OFFSET,
    PRICED,
    BillingContract,
    ContractType,
    Subscription,
)
from work365.domain.currencies import NO_EXCHANGE_RATES, ExchangeTable
from work365.domain.invoice_taxes import TaxTerms
from work365.domain.lines import BilledLine
from work365.domain.one_time_charges import OneTimeCharge
from work365.domain.policies import PolicyOverrides
from work365.domain.proration import BY_ACTUAL_DAYS, Proration, UnknownProration
from work365.domain.remembered_text import number_text
from work365.domain.usage import UsageBilled, UsageRecord
from work365.errors import Refusal

FIXED_WORDS = 6
"""Type, timing, anchor, cycle, currency and start, as `BillingContract.fixed_terms` writes them,
before what is not usual."""

SUBSCRIPTION_WORDS = 3
"""Start, end and cycle, as `Subscription.terms` writes them, before what it may say further."""

CHANGE_WORDS = 2
"""Day and subscription, the first and the last of what `change_content` writes."""

ONE_TIME_WORDS = 6
"""Day, quantity, price, kind, currency and contract, of what `one_time_content` writes."""


class TermsChanged(Refusal):
    """A term was edited that closed invoices were made with."""

    code = "terms_changed"


class ChangeMoved(Refusal):
    """An entry that was invoiced under another contract is in a log of this one."""

    code = "change_moved"


class MemoryUnreadable(Refusal):
    """What billing wrote down of a fact was edited by hand."""

    code = "memory_unreadable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """What closed invoices took account of."""

    through: date | None = None
    """Last invoice date that is closed."""
    sequence: int = 0
    """Sequence number of the last closed invoice."""
    terms: str | None = None
    """The contract's terms then."""
    subscriptions: Mapping[str, str] = field(default_factory=dict)
    """Each subscription's terms then, by its key."""
    changes: Mapping[str, str] = field(default_factory=dict)
    """Each change's content then, by its key."""
    one_time: Mapping[str, str] = field(default_factory=dict)
    """Each one-time charge's content then, by its key."""
    usage: Mapping[str, str] = field(default_factory=dict)
    """Each usage record's content then, by its key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A contract with its subscriptions, its billed charges, and its memory."""

    contract: BillingContract
    subscriptions: tuple[Subscription, ...]
    memory: Memory = field(default_factory=Memory)
    one_time: tuple[OneTimeCharge, ...] = ()
    exchange_rates: ExchangeTable = NO_EXCHANGE_RATES
    tax: TaxTerms | None = None
    """How its invoices are taxed; none where they show no tax at all."""
    billed: tuple[BilledLine, ...] = ()
    """Lines of closed invoices, at least those in periods that end after `reopened_from`."""

    @property
    def sold(self) -> tuple[Subscription | OneTimeCharge, ...]:
        """Everything that is charged under the contract."""
        return (*self.subscriptions, *self.one_time)

    @property
    def entries(self) -> Iterator[tuple[Subscription, Change]]:
        """The logs of all its subscriptions."""
        return ((part, change) for part in self.subscriptions for change in part.changes)


def contract_terms(contract: BillingContract) -> str:
    """Return the terms to remember of `contract`."""
    return " ".join((contract.fixed_terms, *contract.priced, str(contract.end_on or "-")))


def settled_choices(terms: str) -> PolicyOverrides:
    """Return the choices of the policy that cannot change any more, by the remembered `terms`.

    A contract that leaves them to its environment keeps those that it was first invoiced by.
    Raises: MemoryUnreadable: `terms` were edited by hand.
    """
    # What is usual is left out of the terms, so that what they do not say is known as well.
    proration, last_day_counts, offset_days = BY_ACTUAL_DAYS, False, 0
    try:
        for word in terms.split(" ")[FIXED_WORDS:-1]:
            if "/" in word:
                proration = Proration.named(word)
            elif word.startswith(OFFSET):
                offset_days = int(word.removeprefix(OFFSET))
            elif word == LAST_DAY_COUNTS:
                last_day_counts = True
    except (UnknownProration, ValueError):
        raise _unreadable(terms, "contract") from None
    return PolicyOverrides(
        proration=proration, last_day_counts=last_day_counts, offset_days=offset_days
    )


def change_content(change: Change, *, subscription: UUID) -> str:
    """Return what to remember of `change`, in the log of the subscription with this id."""
    return f"{change.content} {subscription}"


def one_time_content(charge: OneTimeCharge, *, contract: UUID) -> str:
    """Return what to remember of `charge`, under the contract with this id."""
    return f"{charge.content} {contract}"


def usage_content(record: UsageRecord) -> str:
    """Return what to remember of `record`."""
    return f"{record.used_on} {number_text(record.quantity)} {record.subscription}"


def reopened_from(account: Account) -> date | None:
    """Return the first day that facts not settled yet reach back to; none means every day.

    Raises:
        TermsChanged: the contract's cycle, currency, start or the like was edited.
        ChangeMoved: an invoiced entry came here from another contract.
        MemoryUnreadable: what billing remembers of a fact was edited.
        UsageBilled: a record of usage was deleted that is on an invoice.
    """
    memory = account.memory
    for charge in account.one_time:
        _check_one_time(charge, memory.one_time.get(charge.key), account.contract)
    if memory.through is None:
        return None
    reached = [account.contract.known_through(memory.through)]
    reached += _contract_reach(account.contract, memory)
    for subscription in account.subscriptions:
        terms = memory.subscriptions.get(subscription.key)
        reached += _subscription_reach(subscription, terms, account.contract.type)
    reached += _entries_reach(account)
    return min(reached)


def _check_one_time(
    charge: OneTimeCharge, remembered: str | None, contract: BillingContract
) -> None:
    if remembered is None:
        return
    where = f"one-time charge {charge.key}"
    if _words(remembered, ONE_TIME_WORDS, where)[-1] != str(contract.id):
        raise ChangeMoved(
            f"{where}: it was invoiced under another contract; put it back, and add a new one here"
        )


def _entries_reach(account: Account) -> Iterator[date]:
    """Yield the days that entries, one-time charges and usage reach back to, new or edited."""
    memory = account.memory
    for charge in account.one_time:
        remembered = memory.one_time.get(charge.key)
        content = one_time_content(charge, contract=account.contract.id)
        yield from _reach(content, remembered, f"one-time charge {charge.key}")
    records = [record for part in account.subscriptions for record in part.usage]
    if deleted := memory.usage.keys() - {record.key for record in records}:
        raise UsageBilled(
            f"usage {', '.join(sorted(deleted))}: it was billed and is not there now; restore it,"
            " and take it back by a record with a negative quantity"
        )
    for record in records:
        remembered = memory.usage.get(record.key)
        yield from _reach(usage_content(record), remembered, f"usage {record.key}")
    for subscription, change in account.entries:
        remembered = memory.changes.get(change.key)
        if remembered != change_content(change, subscription=subscription.id):
            yield change.effective_on
            if remembered is not None:
                yield _invoiced_from(account, change, remembered)


def _reach(content: str, remembered: str | None, where: str) -> Iterator[date]:
    """Yield the days that a fact is on now and was on when it was billed, unless it stayed."""
    if content != remembered:
        for text in filter(None, (content, remembered)):
            yield _remembered_day(text.split(" ")[0], where)


def _invoiced_from(account: Account, change: Change, content: str) -> date:
    """Return the day from which an entry was invoiced, by what is remembered of it."""
    where = f"change {change.key}"
    effective_on, *_, subscription = _words(content, CHANGE_WORDS, where)
    day = _remembered_day(effective_on, where)
    if subscription not in {str(part.id) for part in account.subscriptions}:
        raise ChangeMoved(
            f"change {change.key}: it was invoiced under another contract; put it back into the"
            " log that it came from, and add a new entry here"
        )
    return day


def _contract_reach(contract: BillingContract, memory: Memory) -> list[date]:
    if memory.terms is None:
        return []
    *words, end = memory.terms.split(" ")
    priced = tuple(word for word in words if word.startswith(PRICED))
    fixed = " ".join(word for word in words if not word.startswith(PRICED))
    if fixed != contract.fixed_terms:
        raise TermsChanged(
            f"contract {contract.key}: its terms were [{fixed}] when it was last invoiced and"
            f" are [{contract.fixed_terms}] now; set them back, end this contract, and start"
            " another with the new terms"
        )
    moved = _moved(end, contract.end_on, f"contract {contract.key}")
    return moved if priced == contract.priced else [*moved, contract.start_on]


def _subscription_reach(
    subscription: Subscription, terms: str | None, contract_type: ContractType
) -> list[date]:
    if terms is None:
        return [subscription.start_on]
    if terms == subscription.terms:
        return []
    where = f"subscription {subscription.key}"
    start, end, cycle, *priced = _words(terms, SUBSCRIPTION_WORDS, where)
    _, _, _, *priced_now = subscription.terms.split(" ")
    if contract_type is ContractType.FLEXI and cycle != str(subscription.cycle_months or "-"):
        raise TermsChanged(
            f"subscription {subscription.key}: its billing cycle was {cycle} months when it was"
            f" last invoiced and is {subscription.cycle_months or '-'} now; set it back, end"
            " this subscription, and add another with the new cycle"
        )
    return [
        *_moved(start, subscription.start_on, where),
        *_moved(end, subscription.end_on, where),
        # How it is priced holds from its first day on, whenever it was edited.
        *([subscription.start_on] if priced != priced_now else []),
    ]


def _moved(before: str, now: date | None, where: str) -> list[date]:
    """Return the days that a day was moved from and to, unless it stayed."""
    if before == str(now or "-"):
        return []
    remembered = None if before == "-" else _remembered_day(before, where)
    return [day for day in (now, remembered) if day]


def _words(remembered: str, count: int, where: str) -> list[str]:
    words = remembered.split(" ")
    if len(words) < count:
        raise _unreadable(remembered, where)
    return words


def _remembered_day(text: str, where: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise _unreadable(text, where) from None


def _unreadable(text: str, where: str) -> MemoryUnreadable:
    return MemoryUnreadable(
        f"{where}: the column 'settled as' is {text!r}, which billing did not write; restore it"
        " from the audit history, or empty it to have everything settled again"
    )
