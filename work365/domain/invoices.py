"""Invoices: which charges go on which bill, and when a bill is closed.

A contract has a row of invoice dates. On each, what is proposed as of that day and not yet
billed goes on the invoice of that day. Once its review days are over the invoice is closed:
it never changes again, and what becomes known later is settled on the next one. What has
become due since the last invoice date is gathered on a draft of the next, so that people see
it growing; a draft is made anew from the facts each time, so that it never depends on the
order in which they became known.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import Enum

from work365.domain.accounts import (
    Account,
    Memory,
    change_content,
    contract_terms,
    reopened_from,
)
from work365.domain.changes import Change
from work365.domain.charges import Charge, propose, settle
from work365.domain.contracts import BillingContract, ContractType, Subscription, Timing
from work365.domain.money import Money
from work365.domain.periods import day_after
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


class SubscriptionMissing(Refusal):
    """A subscription that was invoiced is not under its contract any more."""

    code = "subscription_missing"


class InvoiceStatus(Enum):
    """Where an invoice is on its way to the customer."""

    DRAFT = "draft"
    BILLED = "billed"


@dataclass(frozen=True, slots=True)
class Line:
    """A charge on an invoice. Its key is its content, so that writing it twice is once."""

    key: str
    position: int
    subscription: Subscription
    charge: Charge
    amount: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class Invoice:
    """One bill of one contract."""

    contract: BillingContract
    sequence: int
    status: InvoiceStatus
    invoice_on: date
    lines: tuple[Line, ...]

    @property
    def key(self) -> str:
        """What makes it the same invoice, whoever writes it."""
        return invoice_key(self.contract, self.sequence)

    @property
    def due_on(self) -> date:
        """Last day on which it can be paid without being late."""
        return day_after(self.invoice_on, self.contract.payment_days)

    @property
    def net(self) -> Money:
        """Sum of the lines, before tax."""
        return Money.total((line.amount for line in self.lines), self.contract.currency)


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

    @property
    def sequence(self) -> int:
        """Sequence number of the last closed invoice."""
        closed = sum(invoice.status is InvoiceStatus.BILLED for invoice in self.invoices)
        return self.account.memory.sequence + closed

    @property
    def terms(self) -> str | None:
        """The contract's terms as closed invoices took account of them last."""
        if self._newly_closed_through is None:
            return self.account.memory.terms
        return contract_terms(self.account.contract)

    @property
    def settled_changes(self) -> Iterator[tuple[Change, str]]:
        """Changes that closed invoices take account of from now on, and what to remember."""
        closed_through = self._newly_closed_through
        for subscription, change in self.account.entries:
            content = change_content(change, subscription=subscription.id)
            if (
                closed_through is not None
                and change.effective_on <= closed_through
                and self.account.memory.changes.get(change.key) != content
            ):
                yield change, content

    @property
    def settled_subscriptions(self) -> Iterator[Subscription]:
        """Subscriptions whose terms closed invoices take account of from now on."""
        closed_through = self._newly_closed_through
        for subscription in self.account.subscriptions:
            if (
                closed_through is not None
                and subscription.start_on <= closed_through
                and self.account.memory.subscriptions.get(subscription.key) != subscription.terms
            ):
                yield subscription

    @property
    def _newly_closed_through(self) -> date | None:
        """The last date that this run closes; none when it closes none."""
        return None if self.through == self.account.memory.through else self.through


def invoice_key(contract: BillingContract, sequence: int) -> str:
    """Return the content key of a contract's n-th invoice."""
    return f"{contract.key}-{sequence:05d}"


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
    _check_subscriptions(account)
    reopened = reopened_from(account)
    billed = [charge for charge in account.billed if not reopened or charge.slot.end > reopened]
    invoices: list[Invoice] = []
    acts_on = list(_due_days(account, today))
    closed_through, settled_as_of = memory.through, None
    for day, closed in _invoice_dates(account, through, today):
        known_on = min(day, today)
        missing = [] if known_on == settled_as_of else _missing(account, billed, known_on, reopened)
        settled_as_of = known_on
        if missing:
            sequence = memory.sequence + len(invoices) + 1
            invoices.append(_invoice(account, sequence, day, closed, missing))
        # From here on only what is effective later can differ, so earlier periods are over.
        reopened = max(reopened or known_on, known_on)
        billed = [charge for charge in (*billed, *missing) if charge.slot.end > reopened]
        if closed:
            closed_through = day
        elif missing or not _is_over(contract, day):
            acts_on.append(_acts_on(contract, day, today))
    return Settlement(
        account=account,
        as_of=today,
        invoices=tuple(invoices),
        through=_remembered(memory, closed_through, invoices),
        settle_next_on=min(acts_on, default=None),
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
    """Yield days after `today` on which a charge comes due, or a change takes effect.

    Those that invoice dates fall on anyway are left out.
    """
    contract = account.contract
    for subscription in account.subscriptions:
        yield from (
            change.effective_on for change in subscription.changes if change.effective_on > today
        )
        service = subscription.service_period(contract, until=date.max)
        if contract.type is ContractType.FLEXI:
            start = next(subscription.billing_cycle(contract).starts_after(today))
            if start < service.end:
                yield start
        if contract.timing is Timing.ARREARS and today < service.end < date.max:
            yield service.end


def _invoice_dates(
    account: Account, through: date | None, today: date
) -> Iterator[tuple[date, bool]]:
    """Yield the invoice dates up to the first after `today`, and whether each is closed."""
    contract = account.contract
    closed = True
    for count, day in enumerate(contract.invoice_dates(after=account.memory.through)):
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


def _check_subscriptions(account: Account) -> None:
    there = {subscription.key for subscription in account.subscriptions}
    for charge in account.billed:
        key = charge.slot.price.subscription
        if key not in there:
            raise SubscriptionMissing(
                f"contract {account.contract.key}: subscription {key} was invoiced under it and"
                " is not there now; move it back, end it on a day, and add a new one elsewhere"
            )


def _is_over(contract: BillingContract, day: date) -> bool:
    """Whether nothing can come due on `day` by itself, the contract having ended before."""
    return contract.end_on is not None and day > contract.end_on


def _missing(
    account: Account, billed: Sequence[Charge], as_of: date, reopened: date | None
) -> list[Charge]:
    proposed = (
        charge
        for subscription in account.subscriptions
        for charge in propose(account.contract, subscription, through=as_of, reopened_from=reopened)
    )
    missing = settle(proposed, billed)
    if len(missing) > CHARGES_PER_RUN_MAX:
        raise TooManyCharges(
            f"contract {account.contract.key}: {len(missing)} charges at once; look for a"
            " mistyped start or a change log that was imported twice"
        )
    return missing


def _invoice(
    account: Account, sequence: int, day: date, closed: bool, charges: Sequence[Charge]
) -> Invoice:
    contract = account.contract
    subscriptions = {part.key: part for part in account.subscriptions}
    prefix = invoice_key(contract, sequence)
    ordered = sorted(charges, key=_print_order)
    return Invoice(
        contract=contract,
        sequence=sequence,
        status=InvoiceStatus.BILLED if closed else InvoiceStatus.DRAFT,
        invoice_on=day,
        lines=tuple(
            Line(
                key=f"{prefix}_{_content(charge)}",
                position=position,
                subscription=subscriptions[charge.slot.price.subscription],
                charge=charge,
                amount=charge.amount,
            )
            for position, charge in enumerate(ordered, start=1)
        ),
    )


def _print_order(charge: Charge) -> tuple[str, date, date, Decimal]:
    period = charge.service_period
    return charge.slot.price.subscription, period.start, charge.slot.start, charge.quantity


def _content(charge: Charge) -> str:
    price, period = charge.slot.price, charge.slot
    days = (period.start, period.end, charge.service_period.start)
    return "_".join(
        (
            price.subscription,
            price.component,
            *(day.isoformat().replace("-", "") for day in days),
            f"{price.per_unit.normalize():f}x{price.months}",
        )
    )
