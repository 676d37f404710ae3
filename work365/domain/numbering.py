"""Numbering: the numbers on invoices and credit notes, without a gap and without a double.

A number is taken when a document is issued and never before, so that a draft which is thrown
away leaves no hole. Taking one gives back the series as it is afterwards; who keeps it must
refuse to write it over a newer one.
"""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from enum import Enum
from itertools import pairwise
from typing import NamedTuple

from work365.errors import Refusal

FIRST_NUMBER = 1


class InvalidSeries(Refusal):
    """The terms of a series of numbers cannot be."""

    code = "invalid_series"


class SeriesIsLater(Refusal):
    """A number was to be taken in a year that its series has left behind."""

    code = "series_is_later"


class DocumentKind(Enum):
    """Which paper it is."""

    INVOICE = "invoice"
    CREDIT_NOTE = "credit_note"


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """Numbers of one kind: a prefix, the year where each starts anew, and a count."""

    key: str
    prefix: str
    digits: int = 6
    """Fewest digits of the count; a larger count has more, and is never cut."""
    next_number: int = FIRST_NUMBER
    yearly: bool = False
    """Whether the count starts again with each calendar year, which is then in the number."""
    year: int | None = None
    """Year that `next_number` belongs to, in a yearly series that was used."""

    def __post_init__(self) -> None:
        if self.digits < 1 or self.next_number < FIRST_NUMBER:
            raise InvalidSeries(
                f"series {self.key}: {self.digits} digits and next number {self.next_number};"
                " both must be 1 or more"
            )
        if self.prefix[-1:].isdecimal():
            raise InvalidSeries(
                f"series {self.key}: the prefix {self.prefix!r} ends with a digit, which could not"
                " be told from the count; end it with a letter or a dash"
            )

    def written(self, count: int, year: int | None = None) -> str:
        """Return the number that has this `count`, in `year` where the series is yearly."""
        years = f"{year:04d}-" if self.yearly else ""
        return f"{self.prefix}{years}{count:0{self.digits}d}"


class Numbered(NamedTuple):
    """A number, and the series after it was taken."""

    number: str
    series: Series


def take(series: Series, on: date) -> Numbered:
    """Return the next number of `series` for a document issued on `on`, and what follows.

    Raises: SeriesIsLater: the series is yearly and has numbers of a later year already.
    """
    if not series.yearly:
        number = series.written(series.next_number)
        return Numbered(number, replace(series, next_number=series.next_number + 1))
    if series.year is not None and on.year < series.year:
        raise SeriesIsLater(
            f"series {series.key}: its numbers are of {series.year} and {on} is before; issue the"
            f" document on a day of {series.year} or later"
        )
    # A series that was never used starts with the number that it was set up with.
    starts_anew = series.year is not None and on.year > series.year
    count = FIRST_NUMBER if starts_anew else series.next_number
    after = replace(series, next_number=count + 1, year=on.year)
    return Numbered(series.written(count, on.year), after)


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbering:
    """Which series each kind of document is numbered in."""

    invoices: Series = Series(key="invoices", prefix="INV-")
    credit_notes: Series | None = Series(key="credit_notes", prefix="CN-")
    """None where credit notes are numbered among the invoices."""

    def take(self, kind: DocumentKind, on: date) -> tuple[str, "Numbering"]:
        """Return the number of a document of `kind` issued on `on`, and the numbering after.

        Raises: SeriesIsLater: the series has numbers of a later year already.
        """
        if kind is DocumentKind.CREDIT_NOTE and self.credit_notes is not None:
            number, after = take(self.credit_notes, on)
            return number, replace(self, credit_notes=after)
        number, after = take(self.invoices, on)
        return number, replace(self, invoices=after)


class Gap(NamedTuple):
    """Numbers that are missing: those from `first` to `last`, both included."""

    first: str
    last: str


class Audit(NamedTuple):
    """What is wrong with the numbers of a series. Nothing is, where all three are empty."""

    gaps: tuple[Gap, ...]
    doubles: tuple[str, ...]
    foreign: tuple[str, ...]
    """Numbers that the series does not write, or has not come to yet."""


def audit(series: Series, numbers: Iterable[str], *, first_number: int = FIRST_NUMBER) -> Audit:
    """Return what is missing, doubled or foreign in `numbers`, the issued ones of `series`.

    Each year of a yearly series is counted by itself. What `series` has handed out since is
    missed too: its last number is the one before the next.
    Units: `first_number` is the count that the series, or its oldest year, was set up with.
    """
    issued = Counter(numbers)
    counts: dict[int | None, list[int]] = {}
    foreign = []
    for number in sorted(issued):
        read = _read(series, number)
        if read is None:
            foreign.append(number)
        else:
            counts.setdefault(read[0], []).append(read[1])
    if series.year is not None or not series.yearly:
        # The number that follows stands behind the last one, so that it is missed too.
        counts.setdefault(series.year, []).append(series.next_number)
    gaps: list[Gap] = []
    for place, year in enumerate(sorted(counts, key=lambda year: year or 0)):
        first = FIRST_NUMBER if place else first_number
        gaps += _gaps(series, year, [first - 1, *sorted(counts[year])])
    doubles = tuple(sorted(number for number, times in issued.items() if times > 1))
    return Audit(tuple(gaps), doubles, tuple(foreign))


def _read(series: Series, number: str) -> tuple[int | None, int] | None:
    """Return the year and the count of `number`; none where the series did not hand it out."""
    years = r"(\d{4})-" if series.yearly else "()"
    match = re.fullmatch(rf"{re.escape(series.prefix)}{years}(\d+)", number, re.ASCII)
    if match is None:
        return None
    year = int(match[1]) if match[1] else None
    count = int(match[2])
    if count < FIRST_NUMBER or series.written(count, year) != number:
        return None
    return None if _is_ahead(series, year, count) else (year, count)


def _is_ahead(series: Series, year: int | None, count: int) -> bool:
    if not series.yearly:
        return count >= series.next_number
    if series.year is None or year is None:
        return True
    return (year, count) >= (series.year, series.next_number)


def _gaps(series: Series, year: int | None, counts: list[int]) -> Iterable[Gap]:
    for before, after in pairwise(counts):
        if after > before + 1:
            yield Gap(series.written(before + 1, year), series.written(after - 1, year))
