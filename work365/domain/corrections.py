"""Corrections: billed lines as credit notes see them, and credit notes as billed lines.

Billing credits lines itself, on later invoices. A credit note has to know of that, or the money
would go back twice.

A credit note takes units back. The next run finds them missing, as it would if they had never
been billed, and charges what the facts say by then: correcting the facts first and voiding the
invoice second is all that a clerk does.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from work365.domain.credit_notes import CreditableLine, CreditedLine, CreditNote
from work365.domain.lines import BilledLine, LineKind, evaluated
from work365.errors import Refusal


class CreditOfWaived(Refusal):
    """A waived line was to be credited."""

    code = "credit_of_waived"


def creditable(line: BilledLine, *, invoice: str) -> CreditableLine:
    """Return `line` of the invoice with the key `invoice` as a credit note sees it.

    Raises: CreditOfWaived: it is a waived line, which has no money to give back.
    """
    if line.kind is LineKind.WAIVED:
        raise CreditOfWaived(
            f"line {line.key}: its {line.charge.quantity} units were waived, so that it has no"
            " money to give back; credit the line that they were charged on"
        )
    return CreditableLine(
        key=line.key,
        invoice=invoice,
        service_period=line.charge.service_period,
        quantity=line.charge.quantity,
        amount=line.amount,
        corrects=line.corrects,
    )


def creditable_lines(lines: Iterable[BilledLine], *, invoice: str) -> list[CreditableLine]:
    """Return the `lines` of the invoice with the key `invoice` without those that are waived."""
    return [creditable(line, invoice=invoice) for line in lines if line.kind is not LineKind.WAIVED]


def credited_before(
    lines: Iterable[CreditableLine],
    *,
    billed: Iterable[BilledLine],
    notes: Iterable[CreditNote],
) -> list[CreditedLine]:
    """Return what was given back of `lines`, by `notes` and by billing itself.

    `billed` are the lines of closed invoices in the billing periods of `lines`, or more. Lines of
    `notes` may stand among them: what has the same key is the same credit.
    """
    corrected = {line.key: line for line in lines}
    every = (part for note in notes for part in note.lines)
    credited = {part.key: part for part in every if part.corrects in corrected}
    for line in billed:
        if line.corrects in corrected and line.key not in credited:
            credited[line.key] = _given_back(line, corrected[line.corrects])
    return list(credited.values())


def _given_back(line: BilledLine, corrected: CreditableLine) -> CreditedLine:
    return CreditedLine(
        corrects=corrected.key,
        invoice=corrected.invoice,
        # Nobody asked for it but billing; the line's own key tells it from all requests.
        request=line.key,
        service_period=line.charge.service_period,
        quantity=-line.charge.quantity,
        amount=-line.amount,
    )


def credited_lines(note: CreditNote, billed: Mapping[str, BilledLine]) -> list[BilledLine]:
    """Return the lines of `note`, to stand beside those that were `billed`, by key.

    Raises: KeyError: the note corrects a line that is not among them.
    """
    return [_credited(part, billed[part.corrects]) for part in note.lines]


def _credited(part: CreditedLine, corrected: BilledLine) -> BilledLine:
    line = BilledLine(
        key=part.key,
        charge=replace(
            corrected.charge, service_period=part.service_period, quantity=-part.quantity
        ),
        amount=-part.amount,
        kind=LineKind.CREDIT,
        corrects=corrected.key,
        tax=corrected.tax,
    )
    return line if evaluated(line) == line.amount else replace(line, limit=line.amount)
