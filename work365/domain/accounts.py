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
from work365.domain.charges import Charge
from work365.domain.contracts import BillingContract, ContractType, Subscription
from work365.errors import Refusal

SUBSCRIPTION_WORDS = 3
"""Start, end and cycle, as `Subscription.terms` writes them."""


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A contract with its subscriptions, its billed charges, and its memory."""

    contract: BillingContract
    subscriptions: tuple[Subscription, ...]
    memory: Memory = field(default_factory=Memory)
    billed: tuple[Charge, ...] = ()
    """Charges on closed invoices, at least those in periods that end after `reopened_from`."""

    @property
    def entries(self) -> Iterator[tuple[Subscription, Change]]:
        """The logs of all its subscriptions."""
        return ((part, change) for part in self.subscriptions for change in part.changes)


def contract_terms(contract: BillingContract) -> str:
    """Return the terms to remember of `contract`."""
    return f"{contract.fixed_terms} {contract.end_on or '-'}"


def change_content(change: Change, *, subscription: UUID) -> str:
    """Return what to remember of `change`, in the log of the subscription with this id."""
    return f"{change.content} {subscription}"


def reopened_from(account: Account) -> date | None:
    """Return the first day that facts not settled yet reach back to; none means every day.

    Raises:
        TermsChanged: the contract's cycle, currency, start or the like was edited.
        ChangeMoved: an invoiced entry came here from another contract.
        MemoryUnreadable: what billing remembers of a fact was edited.
    """
    memory = account.memory
    if memory.through is None:
        return None
    reached = [memory.through]
    reached += _contract_reach(account.contract, memory)
    for subscription in account.subscriptions:
        terms = memory.subscriptions.get(subscription.key)
        reached += _subscription_reach(subscription, terms, account.contract.type)
    for subscription, change in account.entries:
        content = memory.changes.get(change.key)
        if content != change_content(change, subscription=subscription.id):
            reached.append(change.effective_on)
            if content is not None:
                reached.append(_invoiced_from(account, change, content))
    return min(reached)


def _invoiced_from(account: Account, change: Change, content: str) -> date:
    """Return the day from which an entry was invoiced, by what is remembered of it."""
    effective_on, *_, subscription = content.split(" ")
    day = _remembered_day(effective_on, f"change {change.key}")
    if subscription not in {str(part.id) for part in account.subscriptions}:
        raise ChangeMoved(
            f"change {change.key}: it was invoiced under another contract; put it back into the"
            " log that it came from, and add a new entry here"
        )
    return day


def _contract_reach(contract: BillingContract, memory: Memory) -> list[date]:
    if memory.terms is None:
        return []
    fixed, _, end = memory.terms.rpartition(" ")
    if fixed != contract.fixed_terms:
        raise TermsChanged(
            f"contract {contract.key}: its terms were [{fixed}] when it was last invoiced and"
            f" are [{contract.fixed_terms}] now; set them back, end this contract, and start"
            " another with the new terms"
        )
    return _moved(end, contract.end_on, f"contract {contract.key}")


def _subscription_reach(
    subscription: Subscription, terms: str | None, contract_type: ContractType
) -> list[date]:
    if terms is None:
        return [subscription.start_on]
    if terms == subscription.terms:
        return []
    where = f"subscription {subscription.key}"
    start, end, cycle = _words(terms, SUBSCRIPTION_WORDS, where)
    if contract_type is ContractType.FLEXI and cycle != str(subscription.cycle_months or "-"):
        raise TermsChanged(
            f"subscription {subscription.key}: its billing cycle was {cycle} months when it was"
            f" last invoiced and is {subscription.cycle_months or '-'} now; set it back, end"
            " this subscription, and add another with the new cycle"
        )
    return [
        *_moved(start, subscription.start_on, where),
        *_moved(end, subscription.end_on, where),
    ]


def _moved(before: str, now: date | None, where: str) -> list[date]:
    """Return the days that a day was moved from and to, unless it stayed."""
    if before == str(now or "-"):
        return []
    remembered = None if before == "-" else _remembered_day(before, where)
    return [day for day in (now, remembered) if day]


def _words(remembered: str, count: int, where: str) -> list[str]:
    words = remembered.split(" ")
    if len(words) != count:
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
