"""Voids: a whole invoice taken back by a credit note, never deleted.

The invoice stays as it is and so does the credit note, which names it. What was credited of it
before is not credited again.
"""

from collections.abc import Iterable, Sequence

from work365.domain.credit_notes import (
    CreditableLine,
    CreditedLine,
    CreditNote,
    CreditOfCredit,
    credit,
    runs_left,
)
from work365.errors import Refusal


class NothingToCredit(Refusal):
    """An invoice was to be voided of which everything is credited already."""

    code = "nothing_to_credit"


def void(
    invoice: str,
    lines: Iterable[CreditableLine],
    *,
    request: str,
    credited_before: Sequence[CreditedLine] = (),
) -> CreditNote:
    """Return the credit note for all that is left of `invoice`, whose `lines` are given.

    Lines of it that give money back of earlier invoices stay as they are. The same request is
    credited once: asked again, the same credit note is returned.

    Raises:
        CreditOfCredit: it has no other lines, so that it is a credit note itself.
        NothingToCredit: other credit notes took back all of it.
    """
    credited = [part for part in credited_before if part.invoice == invoice]
    before = tuple(part for part in credited if part.request == request)
    if before:
        return CreditNote(invoice=invoice, request=request, lines=before, voids=True)
    charged = _charged(invoice, lines)
    voided: list[CreditedLine] = []
    for line in charged:
        for service_period, quantity in runs_left(line, credited):
            part = credit(
                line,
                service_period=service_period,
                quantity=quantity,
                request=request,
                credited_before=[*credited, *voided],
            )
            voided.append(part)
    if not voided:
        raise NothingToCredit(
            f"invoice {invoice}: nothing is left of it to credit; look at the credit notes that"
            " correct it"
        )
    return CreditNote(invoice=invoice, request=request, lines=tuple(voided), voids=True)


def _charged(invoice: str, lines: Iterable[CreditableLine]) -> list[CreditableLine]:
    charged = [line for line in lines if not line.gives_back]
    if not charged:
        raise CreditOfCredit(
            f"invoice {invoice}: it gives money back itself; charge again what was credited by"
            " mistake, as a new line"
        )
    return charged
