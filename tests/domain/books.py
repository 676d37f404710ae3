"""Books as tests look at them: what invoices say, and what they come to day by day."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple

from work365.domain.charges import Charge, Slot
from work365.domain.invoices import Invoice, InvoiceStatus
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
