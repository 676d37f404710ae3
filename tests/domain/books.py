"""Books: one account as it goes on from run to run, kept the way a store keeps it."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple

from work365.domain.accounts import Account, Memory
from work365.domain.charges import Charge, Slot
from work365.domain.invoices import Invoice, InvoiceStatus, Settlement, settle_account
from work365.domain.periods import Period

ONE_DAY = timedelta(days=1)

ByDay = dict[tuple[Slot, date], Decimal]


class ToldLine(NamedTuple):
    """What a line says, without the history of its subscription."""

    key: str
    position: int
    charge: Charge
    amount: Decimal


class ToldInvoice(NamedTuple):
    """What an invoice says."""

    key: str
    status: InvoiceStatus
    invoice_on: date
    lines: tuple[ToldLine, ...]


class Books:
    """An account, its closed invoices and its drafts."""

    def __init__(self, account: Account) -> None:
        self.account = account
        self.closed: list[Invoice] = []
        self.drafts: list[Invoice] = []

    def run_in_the_morning(self, today: date) -> Settlement:
        """Settle as the service does by itself: yesterday is over, drafts are of `today`."""
        return self.run(today - ONE_DAY, as_of=today)

    def run(self, through: date, *, as_of: date | None = None) -> Settlement:
        """Settle through `through`, and keep what came of it."""
        settlement = settle_account(self.account, through=through, as_of=as_of)
        self.account = kept(self.account, settlement)
        self.closed += closed(settlement.invoices)
        self.drafts = drafts(settlement.invoices)
        return settlement

    @property
    def invoices(self) -> list[Invoice]:
        """All invoices, oldest first."""
        return self.closed + self.drafts


def kept(account: Account, settlement: Settlement) -> Account:
    """Return `account` as it is read again after `settlement` was kept."""
    memory = account.memory
    return replace(
        account,
        billed=(*account.billed, *charges_on(closed(settlement.invoices))),
        memory=Memory(
            through=settlement.through,
            sequence=settlement.sequence,
            terms=settlement.terms or memory.terms,
            subscriptions={
                **memory.subscriptions,
                **{part.key: part.terms for part in settlement.settled_subscriptions},
            },
            changes={
                **memory.changes,
                **{change.key: content for change, content in settlement.settled_changes},
            },
        ),
    )


def closed(invoices: Iterable[Invoice]) -> list[Invoice]:
    """Return those of `invoices` that never change again."""
    return [invoice for invoice in invoices if invoice.status is InvoiceStatus.BILLED]


def drafts(invoices: Iterable[Invoice]) -> list[Invoice]:
    """Return those of `invoices` that are made anew at the next run."""
    return [invoice for invoice in invoices if invoice.status is InvoiceStatus.DRAFT]


def charges_on(invoices: Iterable[Invoice]) -> list[Charge]:
    """Return the charges on the lines of `invoices`."""
    return [line.charge for invoice in invoices for line in invoice.lines]


def told(invoices: Iterable[Invoice]) -> list[ToldInvoice]:
    """Return what `invoices` say, so that two runs can be compared."""
    return [
        ToldInvoice(
            invoice.key,
            invoice.status,
            invoice.invoice_on,
            tuple(
                ToldLine(line.key, line.position, line.charge, line.amount.amount)
                for line in invoice.lines
            ),
        )
        for invoice in invoices
    ]


def days_of(period: Period) -> Iterator[date]:
    """Yield the days of `period`."""
    for number in range((period.end - period.start).days):
        yield period.start + timedelta(days=number)


def by_day(charges: Iterable[Charge]) -> ByDay:
    """Return the quantity that `charges` come to on each day, day by day, without zeros.

    It is slow and simple on purpose: the engine is compared with it.
    """
    quantities: defaultdict[tuple[Slot, date], Decimal] = defaultdict(Decimal)
    for charge in charges:
        for day in days_of(charge.service_period):
            quantities[charge.slot, day] += charge.quantity
    return {key: quantity for key, quantity in quantities.items() if quantity}
