"""Settlements: what a contract's invoices should be, and which of them a run closes.

A contract has a row of invoice dates. On each, what is proposed as of that day and not yet
billed goes on the invoice of that day. Once its review days are over the invoice is closed:
it never changes again, and what becomes known later is settled on the next one. What has
become due since the last invoice date is gathered on a draft of the next, so that people see
it growing; a draft is made anew from the facts each time, so that it never depends on the
order in which they became known.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from heapq import merge
from itertools import chain, groupby

from work365.domain.accounts import Account, Memory, reopened_from
from work365.domain.contracts import BillingContract, ContractType, Timing
from work365.domain.findings import Finding
from work365.domain.invoice_taxes import taxed
from work365.domain.invoices import Invoice, InvoiceStatus, drawn_invoice
from work365.domain.lines import BilledLine, Drawn
from work365.domain.missing import missing_lines
from work365.domain.periods import day_after
from work365.domain.remembering import learned
from work365.domain.unbilled import noticed
from work365.errors import Refusal

CHARGES_PER_RUN_MAX = 20_000
"""More new charges than one contract can need at once; a run that makes more is a bug."""

INVOICE_DATES_PER_RUN_MAX = 1_200
"""A century of months: a contract that is further behind has a mistyped start."""


class TooManyCharges(Refusal):
    """One run would add more charges than a contract can have."""

    code = "too_many_charges"


class TooFarBehind(Refusal):
    """A contract has more unbilled invoice dates than any real one."""

    code = "too_far_behind"


class SameKey(Refusal):
    """Two things that are sold under a contract have one key."""

    code = "same_key"


class SubscriptionMissing(Refusal):
    """A subscription that was invoiced is not under its contract any more."""

    code = "subscription_missing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """What a contract's invoices should be: those that a run closes, then its drafts."""

    account: Account
    as_of: date
    """The day that it is, as far as this run is concerned."""
    invoices: tuple[Invoice, ...]
    through: date | None
    """Last invoice date that is closed."""
    settle_next_on: date | None
    """First day on which time alone gives the contract something to do; none when it ended."""
    findings: tuple[Finding, ...] = ()
    """What a person should look at; the invoices are made all the same."""

    @property
    def sequence(self) -> int:
        """Sequence number of the last closed invoice."""
        closed = sum(invoice.status is InvoiceStatus.BILLED for invoice in self.invoices)
        return self.account.memory.sequence + closed

    @property
    def learned(self) -> Memory:
        """What is to be remembered from now on, beyond what already is.

        It is nothing but the date and number of the last closed invoice where none was closed.
        """
        memory = self.account.memory
        if self.through is None or self.through == memory.through:
            return Memory(through=memory.through, sequence=memory.sequence, terms=memory.terms)
        return learned(self.account, through=self.through, sequence=self.sequence)


def settle_account(
    account: Account, *, through: date | None, as_of: date | None = None
) -> Settlement:
    """Return the invoices that bring `account` up to date.

    Invoice dates on or before `through` are closed, review days permitting: that day is over,
    or somebody decided that it is; without it nothing is closed. Drafts show what is due as of
    `as_of`, the day that it is; where it is left out, as of `through`.

    Raises:
        NegativeQuantity, PriceMissing: a change log does not add up.
        TermsChanged: a term was edited that closed invoices were made with.
        SubscriptionMissing: an invoiced subscription was moved away.
        TooManyCharges, TooFarBehind: more work than one contract can need at once.
    """
    contract, memory = account.contract, account.memory
    # A run that comes late sees nothing that its predecessors did not: days do not go back.
    today = max(day for day in (through, as_of, memory.through) if day is not None)
    if not contract.active:
        return Settlement(
            account=account,
            as_of=today,
            invoices=(),
            through=memory.through,
            settle_next_on=None,
        )
    reopened = reopened_from(account)
    billed = [line for line in account.billed if not reopened or line.charge.slot.end > reopened]
    _check_keys(account, billed)
    invoices: list[Invoice] = []
    acts_on = list(_due_days(account, today))
    closed_through, settled_as_of = memory.through, None
    for day, closed in _invoice_dates(account, through, today):
        known_on = min(day, today)
        drawn: list[Drawn] = []
        if known_on != settled_as_of:
            found = missing_lines(
                account,
                billed,
                as_of=known_on,
                reopened_from=reopened,
                settled_through=settled_as_of and contract.known_through(settled_as_of),
            )
            drawn = _taxed(account, _bounded(account, found), billed, day)
        settled_as_of = known_on
        if drawn:
            sequence = memory.sequence + len(invoices) + 1
            invoices.append(drawn_invoice(account, sequence, day, closed, drawn))
            billed += invoices[-1].lines
        # From here on only what is effective later can differ, so earlier periods are over.
        known_through = contract.known_through(known_on)
        reopened = max(reopened or known_through, known_through)
        billed = [line for line in billed if line.charge.slot.end > reopened]
        if closed:
            closed_through = day
        elif drawn or not _is_over(contract, day):
            acts_on.append(_acts_on(contract, day, today))
    return Settlement(
        account=account,
        as_of=today,
        invoices=tuple(invoices),
        through=_remembered(memory, closed_through, invoices),
        settle_next_on=min(acts_on, default=None),
        findings=tuple(noticed(account, day=today)),
    )


def _remembered(
    memory: Memory, closed_through: date | None, invoices: Sequence[Invoice]
) -> date | None:
    """Return the last closed invoice date to remember.

    As long as a contract was never invoiced, its dates stay open: its subscriptions may be
    entered after it, and its first invoice still has the date that it should have.
    """
    was_invoiced = any(invoice.status is InvoiceStatus.BILLED for invoice in invoices)
    return closed_through if memory.sequence or was_invoiced else memory.through


def _acts_on(contract: BillingContract, day: date, today: date) -> date:
    """Return when the invoice date `day`, not closed yet, has something done about it.

    It is closed once it and its review days are over; where there are any, its draft is made
    on the day itself, so that it can be looked at.
    """
    if contract.review_days and day > today:
        return day
    return day_after(day, contract.review_days + 1)


def _due_days(account: Account, today: date) -> Iterator[date]:
    """Yield days after `today` on which a charge comes due, or a fact takes effect.

    Those that invoice dates fall on anyway are left out.
    """
    contract = account.contract
    known_through = contract.known_through(today)
    for day in chain(_effective_days(account), _cycle_days(account, known_through)):
        if known_through < day < date.max:
            yield day_after(day, contract.policy.offset_days)


def _effective_days(account: Account) -> Iterator[date]:
    """Yield the days on which what was entered ahead takes effect."""
    later = 1 if account.contract.policy.last_day_counts else 0
    for _, change in account.entries:
        yield change.effective_on
        if later:
            yield day_after(change.effective_on, later)
    for charge in account.one_time:
        yield charge.on


def _cycle_days(account: Account, known_through: date) -> Iterator[date]:
    """Yield the days on which a period of a subscription starts, or its last one is over."""
    contract = account.contract
    for subscription in account.subscriptions:
        service = subscription.service_period(contract, until=date.max)
        if contract.type is ContractType.FLEXI:
            start = next(subscription.billing_cycle(contract).starts_after(known_through))
            if start < service.end:
                yield start
        if contract.timing is Timing.ARREARS or subscription.usage_model is not None:
            yield service.end


def _invoice_dates(
    account: Account, through: date | None, today: date
) -> Iterator[tuple[date, bool]]:
    """Yield the invoice dates up to the first after `today`, and whether each is closed."""
    contract = account.contract
    closed = True
    for count, day in enumerate(_dates(account)):
        if count > INVOICE_DATES_PER_RUN_MAX:
            raise TooFarBehind(
                f"contract {contract.key}: more than {INVOICE_DATES_PER_RUN_MAX} invoice dates"
                f" since {contract.start_on}; correct the day on which the contract starts"
            )
        over = through is not None and day_after(day, contract.review_days) <= through
        closed = closed and over
        yield day, closed
        if day > today:
            return


def _dates(account: Account) -> Iterator[date]:
    """Yield, without end, the invoice dates that are not closed, oldest first."""
    contract, through = account.contract, account.memory.through
    dates = contract.invoice_dates(after=through)
    if contract.type is not ContractType.NON_RECURRING:
        return dates
    offset = contract.policy.offset_days
    sold = {day_after(charge.on, offset) for charge in account.one_time}
    own = sorted(day for day in sold if through is None or day > through)
    return (day for day, _ in groupby(merge(own, dates)))


def _check_keys(account: Account, billed: Sequence[BilledLine]) -> None:
    there = Counter(sold.key for sold in account.sold)
    for key, count in there.items():
        if count > 1:
            raise SameKey(
                f"contract {account.contract.key}: {count} of its subscriptions and one-time"
                f" charges have the key {key}, so that what was billed for one cannot be told from"
                " the other's; give them different keys"
            )
    for line in billed:
        key = line.charge.slot.price.subscription
        if key not in there:
            raise SubscriptionMissing(
                f"contract {account.contract.key}: {key} was invoiced under it by line {line.key}"
                " and is not there now; move it back, end it on a day, and add a new one elsewhere"
            )


def _is_over(contract: BillingContract, day: date) -> bool:
    """Whether nothing can come due on `day` by itself, the contract having ended before."""
    return contract.end_on is not None and day > day_after(
        contract.end_on, max(0, contract.policy.offset_days)
    )


def _taxed(
    account: Account, drawn: list[Drawn], billed: Sequence[BilledLine], day: date
) -> list[Drawn]:
    if account.tax is None or not drawn:
        return drawn
    sold = {one.key: one for one in account.sold}
    return list(taxed(drawn, terms=account.tax, sold=sold, billed=billed, day=day))


def _bounded(account: Account, drawn: list[Drawn]) -> list[Drawn]:
    if len(drawn) > CHARGES_PER_RUN_MAX:
        raise TooManyCharges(
            f"contract {account.contract.key}: {len(drawn)} charges at once; look for a"
            " mistyped start or a change log that was imported twice"
        )
    return drawn
