"""Corrections: a credit note's lines as billed lines, so that what it took back is billed anew.

A credit note takes units back. The next run finds them missing, as it would if they had never
been billed, and charges what the facts say by then: correcting the facts first and voiding the
invoice second is all that a clerk does.
"""

from collections.abc import Mapping
from dataclasses import replace

from work365.domain.credit_notes import CreditableLine, CreditedLine, CreditNote
from work365.domain.lines import BilledLine, LineKind, evaluated


def creditable(line: BilledLine, *, invoice: str) -> CreditableLine:
    """Return `line` of the invoice with the key `invoice` as a credit note sees it."""
    return CreditableLine(
        key=line.key,
        invoice=invoice,
        service_period=line.charge.service_period,
        quantity=line.charge.quantity,
        amount=line.amount,
        corrects=line.corrects,
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
