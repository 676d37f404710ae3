"""Voids: a whole invoice taken back by a credit note, never deleted.

The invoice stays as it is and so does the credit note, which names it. What was credited of it
before, by another credit note or by billing on a later invoice, is not credited again.
"""

from collections.abc import Iterable, Iterator, Sequence

from work365.domain.corrections import creditable_lines, credited_before
from work365.domain.credit_notes import (
    CreditableLine,
    CreditChanged,
    CreditedLine,
    CreditNote,
    CreditOfCredit,
    credit,
    credit_money,
    left_of,
    runs_left,
)
from work365.domain.lines import BilledLine
from work365.errors import Refusal


class NothingToCredit(Refusal):
    """An invoice was to be voided of which everything is credited already, or waived."""

    code = "nothing_to_credit"


def void(
    invoice: str,
    lines: Iterable[BilledLine],
    *,
    request: str,
    billed: Iterable[BilledLine],
    notes: Sequence[CreditNote] = (),
) -> CreditNote:
    """Return the credit note for all that is left of `invoice`, whose `lines` are given.

    `billed` are the lines of all closed invoices of the account, and `notes` the credit notes
    that were made before, whose lines may be among them. Lines of the invoice that give money
    back of earlier invoices stay as they are, and so do waived ones. The same request is credited
    once: asked again, the same credit note is returned.

    Raises:
        CreditChanged: the request was credited before, and only a part of the invoice.
        CreditOfCredit: it charges nothing, so that it is a credit note itself.
        NothingToCredit: everything was credited before, or all of it is waived.
    """
    for note in notes:
        if (note.invoice, note.request) == (invoice, request):
            return _repeated(note)
    charged = _charged(invoice, lines)
    before = credited_before(charged, billed=billed, notes=notes)
    voided = [part for line in charged for part in _rest_of(line, request, before)]
    if not voided:
        raise NothingToCredit(
            f"invoice {invoice}: nothing is left of it to credit; look at the credit notes and the"
            " later invoices that correct it"
        )
    return CreditNote(invoice=invoice, request=request, lines=tuple(voided), voids=True)


def _repeated(note: CreditNote) -> CreditNote:
    if not note.voids:
        raise CreditChanged(
            f"invoice {note.invoice}: request {note.request} gave back a part of it before; void"
            " it by a new request"
        )
    return note


def _charged(invoice: str, lines: Iterable[BilledLine]) -> list[CreditableLine]:
    with_money = creditable_lines(lines, invoice=invoice)
    charged = [line for line in with_money if not line.gives_back]
    if with_money and not charged:
        raise CreditOfCredit(
            f"invoice {invoice}: it gives money back itself; charge again what was credited by"
            " mistake, as a new line"
        )
    return charged


def _rest_of(
    line: CreditableLine, request: str, credited: Iterable[CreditedLine]
) -> Iterator[CreditedLine]:
    """Yield the credits that bring `line` to nothing, days and money."""
    before = [part for part in credited if part.corrects == line.key]
    for service_period, quantity in list(runs_left(line, before)):
        part = credit(
            line,
            service_period=service_period,
            quantity=quantity,
            request=request,
            credited_before=before,
        )
        before.append(part)
        yield part
    # Where lines add up together, a cent of a line can be left when its units are gone.
    cents = left_of(line, before).amount
    if cents.amount:
        yield credit_money(line, cents, request=request, credited_before=before)
