"""Sheets: tables of results, as the file says that they should be and as they were found.

A sheet is compared row by row and cell by cell. The column with the working is for people (and
for the tests of our own examples, which work it out); the program does not look at it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from difflib import SequenceMatcher
from itertools import zip_longest
from typing import NamedTuple

from work365.entrypoints.examples.markdown import Section
from work365.entrypoints.examples.words import (
    NUMBER,
    Phrase,
    day,
    number,
    one_phrase,
    text,
    whole,
)

TOTAL = "total"
WAIVED = "waived"
WORKING = "working"

Cell = str | int | date | Decimal
Cells = tuple[Cell, ...]


def plain(written: str) -> str:
    """Return what is written, as it is."""
    return written


AMOUNTS: tuple[Phrase[Cell], ...] = (
    Phrase(WAIVED, WAIVED, lambda: WAIVED),
    Phrase("12.40", NUMBER, number),
)
AMOUNT = one_phrase(AMOUNTS)


@dataclass(frozen=True, slots=True)
class Kind:
    """What one kind of sheet is called in the file, and its columns."""

    heading: str
    columns: Mapping[str, Callable[[str], Cell]]
    worked: str = "amount"
    """The column that the working comes to."""


class Worked(NamedTuple):
    """Where an amount comes from, as the file has it."""

    where: str
    working: str
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Sheet:
    """The rows of one kind."""

    kind: Kind
    rows: tuple[Cells, ...]
    workings: tuple[Worked, ...] = ()

    @property
    def title(self) -> str:
        """What people know it by."""
        return self.kind.heading


class Difference(NamedTuple):
    """A row that should be there, and what is in its place."""

    expected: Cells | None
    found: Cells | None


INVOICES = Kind(
    "Invoices as seen on",
    {
        "invoice": whole,
        "dated": day,
        "state": text,
        "subscription": text,
        "first day": day,
        "last day": day,
        "seats": number,
        "amount": AMOUNT,
    },
)
TAXES = Kind(
    "Tax on the invoices",
    {
        "invoice": whole,
        "tax": text,
        "percent": number,
        "net": number,
        "amount": number,
        "gross": number,
    },
)
SEATS = Kind("Seats held", {"subscription": text, "day": day, "seats": number})
CREDIT_NOTES = Kind(
    "Credit notes",
    {
        "request": text,
        "of invoice": whole,
        "first day": day,
        "last day": day,
        "seats": number,
        "amount": number,
    },
)
ACCOUNT_CREDIT = Kind(
    "Account credit", {"used for": plain, "from invoice": whole, "amount": number}
)
RATED_USAGE = Kind(
    "Rated usage",
    {
        "period": text,
        "part": text,
        "units": number,
        "each": number,
        "amount": number,
        "off": number,
        "beyond the most": number,
        "owed": number,
    },
)
KINDS = (INVOICES, TAXES, SEATS, CREDIT_NOTES, ACCOUNT_CREDIT, RATED_USAGE)


def read_sheet(section: Section, kind: Kind) -> Sheet:
    """Return what the section says that there should be.

    Raises: NotUnderstood: a cell means nothing.
    """
    section.check_columns(tuple(kind.columns), (WORKING,))
    rows: list[Cells] = []
    workings: list[Worked] = []
    for row in section.rows:
        # Nothing is said of a total but the amounts.
        is_total = TOTAL in row.cells.values()
        rows.append(
            tuple(
                "" if is_total and not row.cells[name] else row.read(name, reader)
                for name, reader in kind.columns.items()
            )
        )
        if row.cells.get(WORKING):
            amount = row.read(kind.worked, number)
            workings.append(Worked(row.where, row.cells[WORKING], amount))
    return Sheet(kind, tuple(rows), tuple(workings))


def differences(expected: Sheet, found: Sheet) -> list[Difference]:
    """Return the rows that are not the same, in order; none where all are."""
    told: list[Difference] = []
    matcher = SequenceMatcher(None, expected.rows, found.rows, autojunk=False)
    for change, *span in matcher.get_opcodes():
        if change != "equal":
            first, last, found_first, found_last = span
            pairs = zip_longest(expected.rows[first:last], found.rows[found_first:found_last])
            told += [Difference(*pair) for pair in pairs]
    return told
