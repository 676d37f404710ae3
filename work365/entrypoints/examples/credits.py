"""The section Credits: what is given back by credit notes, on request."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from work365.domain.books import lines_on
from work365.domain.corrections import creditable, credited_before
from work365.domain.credit_notes import (
    CreditableLine,
    CreditedLine,
    CreditNote,
    credit,
    credit_money,
)
from work365.domain.invoices import Invoice
from work365.domain.money import Money
from work365.domain.periods import Period
from work365.domain.voids import void
from work365.entrypoints.examples.markdown import NotUnderstood, Row, Section
from work365.entrypoints.examples.words import (
    DAY,
    NUMBER,
    SEATS,
    Phrase,
    day,
    number,
    one_phrase,
    text,
    whole,
)

OfLine = Callable[[CreditableLine, str, Sequence[CreditedLine]], CreditedLine]
"""What a request gives back of a line, after what was given back before."""


def _units(seats: str, first: str, last: str) -> OfLine:
    return lambda line, request, before: credit(
        line,
        service_period=Period.through(day(first), day(last)),
        quantity=number(seats),
        request=request,
        credited_before=before,
    )


def _amount(amount: str) -> OfLine:
    return lambda line, request, before: credit_money(
        line,
        Money.exactly(number(amount), line.amount.currency),
        request=request,
        credited_before=before,
    )


WHOLE = "all that is left of it"

WHAT_PHRASES: tuple[Phrase[OfLine | None], ...] = (
    Phrase(WHOLE, WHOLE, lambda: None),
    Phrase("2 seats from 2026-01-11 to 2026-01-31", f"{SEATS} from {DAY} to {DAY}", _units),
    Phrase("30.00 without seats", f"{NUMBER} without (?:seats|units)", _amount),
)
WHAT = one_phrase(WHAT_PHRASES)


@dataclass(frozen=True, slots=True)
class CreditRequest:
    """Something that is to be given back of an invoice."""

    row: Row
    request: str
    invoice: int
    position: int | None
    """Of the line; none where all of the invoice is taken back."""
    of_line: OfLine | None

    def note(self, invoices: Sequence[Invoice], notes: Sequence[CreditNote]) -> CreditNote:
        """Return the credit note for it, after `notes`.

        Raises: NotUnderstood: there is no such invoice or line, or it cannot be credited so.
        """
        invoice, billed = self._of_invoice(invoices), lines_on(invoices)
        key, lines, of_line = invoice.key, invoice.lines, self.of_line
        if of_line is None:
            return self.row.read(
                "what",
                lambda _: void(key, lines, request=self.request, billed=billed, notes=notes),
            )
        if self.position is None or not 1 <= self.position <= len(lines):
            raise NotUnderstood(
                f"{self.row.where}: invoice {self.invoice} has the lines 1 to {len(lines)};"
                " write the number of one of them"
            )
        asked = lines[self.position - 1]
        line = self.row.read("line", lambda _: creditable(asked, invoice=key))
        before = credited_before([line], billed=billed, notes=notes)
        credited = self.row.read("what", lambda _: of_line(line, self.request, before))
        return CreditNote(invoice=key, request=self.request, lines=(credited,))

    def _of_invoice(self, invoices: Sequence[Invoice]) -> Invoice:
        for invoice in invoices:
            if invoice.sequence == self.invoice:
                return invoice
        raise NotUnderstood(
            f"{self.row.where}: there is no invoice {self.invoice} that could be credited; the"
            f" last one is {invoices[-1].sequence if invoices else 0}"
        )


def read_credits(section: Section | None) -> tuple[CreditRequest, ...]:
    """Return what is to be given back, in the order of the section.

    Raises: NotUnderstood: a row means nothing.
    """
    if section is None:
        return ()
    section.check_columns(("request", "invoice", "line", "what"))
    return tuple(_request(row) for row in section.rows)


def _request(row: Row) -> CreditRequest:
    return CreditRequest(
        row=row,
        request=row.read("request", text),
        invoice=row.read("invoice", whole),
        position=row.read("line", whole) if row.cells["line"] else None,
        of_line=row.read("what", WHAT),
    )


def credit_notes(
    requests: Sequence[CreditRequest], invoices: Sequence[Invoice]
) -> list[CreditNote]:
    """Return the credit notes for `requests`, each after those before it.

    Raises: NotUnderstood: one cannot be credited so.
    """
    notes: list[CreditNote] = []
    for request in requests:
        notes.append(request.note(invoices, notes))
    return notes
