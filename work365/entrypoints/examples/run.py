"""Playing worked examples: billing runs at the end of every day, and what comes of it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

from work365.domain.books import Books
from work365.domain.changes import quantity_on
from work365.domain.invoices import Invoice, Line
from work365.domain.ledger import Kind, Ledger
from work365.domain.lines import LineKind
from work365.domain.money import Money
from work365.domain.payments import Allocation, Payment, pay
from work365.domain.receivables import bill
from work365.entrypoints.examples.credits import credit_notes
from work365.entrypoints.examples.reading import Example
from work365.entrypoints.examples.sheets import (
    ACCOUNT_CREDIT,
    CREDIT_NOTES,
    INVOICES,
    RATED_USAGE,
    SEATS,
    TAXES,
    TOTAL,
    WAIVED,
    Cell,
    Cells,
    Difference,
    Sheet,
    differences,
)
from work365.entrypoints.examples.usage_to_rate import rated

BLANK: Cell = ""


@dataclass(frozen=True, slots=True)
class Played:
    """A story after its last day."""

    example: Example
    books: Books
    """Closed and draft invoices, and the account with its logs."""
    found: tuple[Sheet, ...]
    """What came of it: the sheets that the file has, and its invoices in any case."""

    @property
    def invoices(self) -> list[Invoice]:
        """All invoices, oldest first."""
        return self.books.invoices

    @property
    def is_compared(self) -> bool:
        """Whether the file says what there should be."""
        return bool(self.example.expected)

    @property
    def differences(self) -> dict[str, list[Difference]]:
        """Where it is not what there should be, by the title of the sheet."""
        compared = {
            title: differences(sheet, self._found(sheet))
            for title, sheet in self.example.expected.items()
        }
        return {title: told for title, told in compared.items() if told}

    def _found(self, expected: Sheet) -> Sheet:
        nothing = Sheet(expected.kind, ())
        return next((sheet for sheet in self.found if sheet.kind is expected.kind), nothing)


def play(example: Example) -> Played:
    """Return `example` played day by day, and what came of it.

    Raises: NotUnderstood: a credit or usage cannot be as it is written.
    Refusal: the rules of billing say no to the story.
    """
    books = _books(example)
    return Played(example, books, tuple(_sheets(example, books)))


def _books(example: Example) -> Books:
    told = example.told
    books = Books(told.account)
    untold = list(example.happenings)
    for day in example.days:
        told = replace(told, account=books.account)
        while untold and untold[0].fact.known_on <= day:
            told = untold.pop(0).applied_to(told)
        told = told.at_the_end_of(day)
        books.account = told.account
        books.run(day)
    assert not untold, "reading refuses what is known too late"
    return books


def _sheets(example: Example, books: Books) -> Iterator[Sheet]:
    expected = example.expected
    if example.seen_on is not None:
        yield Sheet(INVOICES, tuple(_invoice_rows(books.invoices)))
    if SEATS.heading in expected:
        asked = expected[SEATS.heading].rows
        yield Sheet(SEATS, tuple(_seat_rows(asked, books)))
    if books.account.tax is not None:
        yield Sheet(TAXES, tuple(_tax_rows(books.invoices)))
    if example.credits:
        yield Sheet(CREDIT_NOTES, tuple(_credit_rows(example, books.closed)))
    if ACCOUNT_CREDIT.heading in expected:
        yield Sheet(ACCOUNT_CREDIT, tuple(_account_credit_rows(books.closed, example.currency)))
    if example.to_rate:
        yield Sheet(RATED_USAGE, tuple(_rated_rows(example)))


def _invoice_rows(invoices: Sequence[Invoice]) -> Iterator[Cells]:
    for invoice in invoices:
        for line in invoice.lines:
            period = line.charge.service_period
            yield (
                invoice.sequence,
                invoice.invoice_on,
                invoice.status.value,
                sold_as(line),
                period.start,
                period.last_day,
                line.charge.quantity,
                WAIVED if line.kind is LineKind.WAIVED else line.amount.amount,
            )
        blanks = (BLANK,) * 3
        total = lines_total(invoice).amount
        yield (invoice.sequence, BLANK, BLANK, TOTAL, *blanks, total)


def lines_total(invoice: Invoice) -> Money:
    """Return what the lines come to: with the tax, where their prices have it in them."""
    return Money.total((line.amount for line in invoice.lines), invoice.contract.currency)


def sold_as(line: Line) -> str:
    """Return what a line is for, and with what it is printed where it has no row of its own."""
    if line.prints:
        return line.sold.name
    return f"{line.sold.name}, with {getattr(line.sold, 'printed_with', None)}"


def _seat_rows(asked: Sequence[Cells], books: Books) -> Iterator[Cells]:
    logs = {part.name: part.changes for part in books.account.subscriptions}
    for name, day, _ in asked:
        assert isinstance(name, str), "the column is read as a text"
        assert isinstance(day, date), "the column is read as a day"
        yield name, day, quantity_on(logs.get(name, ()), day)


def _tax_rows(invoices: Sequence[Invoice]) -> Iterator[Cells]:
    for invoice in invoices:
        taxes = invoice.taxes
        assert taxes is not None, "the account says how its invoices are taxed"
        for rate in taxes.by_rate:
            yield (
                invoice.sequence,
                rate.applied.name,
                rate.applied.percent,
                rate.net.amount,
                rate.tax.amount,
                rate.gross.amount,
            )
        sums = taxes.net.amount, taxes.tax.amount, taxes.gross.amount
        yield (invoice.sequence, TOTAL, BLANK, *sums)


def _credit_rows(example: Example, closed: Sequence[Invoice]) -> Iterator[Cells]:
    numbers = {invoice.key: invoice.sequence for invoice in closed}
    for note in credit_notes(example.credits, closed):
        of_invoice = numbers[note.invoice]
        for line in note.lines:
            period = line.service_period
            days = period.start, period.last_day
            # On the paper money that goes back is below zero.
            back = -line.quantity, -line.amount.amount
            yield (note.request, of_invoice, *days, *back)
        yield (TOTAL, of_invoice, BLANK, BLANK, BLANK, note.total.amount)


def _account_credit_rows(closed: Sequence[Invoice], currency: str) -> Iterator[Cells]:
    """Yield which credit was used for which invoice, oldest first, and what is left."""
    ledger = _all_paid(closed, currency)
    numbers: dict[str | None, int] = {invoice.key: invoice.sequence for invoice in closed}
    earned: dict[str | None, int] = {
        booking.key: numbers[booking.document]
        for booking in ledger.bookings
        if booking.kind is Kind.EARNED
    }
    for booking in ledger.bookings:
        if booking.kind is Kind.USED:
            used_for = f"invoice {numbers[booking.document]}"
            yield used_for, earned[booking.source], booking.amount.amount
    for part in ledger.credits:
        if part.left.amount:
            yield "left", earned[part.key], part.left.amount


def _all_paid(closed: Sequence[Invoice], currency: str) -> Ledger:
    """Return the ledger of `closed` where what no credit covers is paid before the next one."""
    ledger = Ledger(currency=currency)
    for invoice in closed:
        key = invoice.key
        ledger = bill(ledger, invoice.total, document=key, key=f"bill {key}")
        left = ledger.open_of(key)
        if left.amount:
            payment = Payment(
                reference=f"pay {key}", amount=left, allocations=(Allocation(key, left),)
            )
            ledger = pay(ledger, payment)
    return ledger


def _rated_rows(example: Example) -> Iterator[Cells]:
    for one in rated(example.to_rate, example.spending, currency=example.currency):
        for line in one.lines:
            yield (
                one.period,
                line.part.component,
                line.part.quantity,
                line.part.per_unit,
                line.amount.amount,
                line.discount.amount,
                line.beyond_maximum.amount,
                line.total.amount,
            )
        if one.period_total is not None:
            blanks = (BLANK,) * 5
            yield (one.period, TOTAL, *blanks, one.period_total.amount)
