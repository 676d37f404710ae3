"""Words: what a single cell of a worked example can say, and how it is read.

A cell is read by phrases. Each has a pattern, and an example of itself that people are shown
when a cell means nothing.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, Generic, NamedTuple, TypeVar

from work365.domain.periods import day_after

NUMBER = r"(-?\d+(?:\.\d+)?)"
MONTHS = r"(\d+) months?"
SEATS = rf"{NUMBER} (?:seats?|units?)"
DAY = r"(\d{4}-\d\d-\d\d)"
NAME = r"(.+?)"

T = TypeVar("T")


class Meaningless(Exception):
    """What is written in a cell means nothing there. Its text says what would."""


class Phrase(NamedTuple, Generic[T]):
    """One way in which something can be written."""

    says: str
    """An example of it."""
    pattern: str
    meaning: Callable[..., T]
    """Of the groups of the pattern."""


def one_phrase(phrases: Iterable[Phrase[T]]) -> Callable[[str], T]:
    """Return a reader of a cell that says one of `phrases`."""
    known = tuple(phrases)

    def read(text: str) -> T:
        for phrase in known:
            match = re.fullmatch(phrase.pattern, text)
            if match:
                return phrase.meaning(*match.groups())
        raise Meaningless(
            "this means nothing here; what can be written is:"
            + ";".join(f"\n  {phrase.says}" for phrase in known)
        )

    return read


def several_phrases(
    phrases: Iterable[Phrase[T]], *, between: str = ", "
) -> Callable[[str], list[T]]:
    """Return a reader of a cell that says any number of `phrases`, with `between` in between."""
    read_one = one_phrase(phrases)

    def read(text: str) -> list[T]:
        return [read_one(part) for part in text.split(between)] if text else []

    return read


def one_of(meanings: Mapping[str, T]) -> Callable[[str], T]:
    """Return a reader of a cell that says one of the words in `meanings`."""

    def read(text: str) -> T:
        if text not in meanings:
            raise Meaningless(f"this means nothing here; write {' or '.join(meanings)}")
        return meanings[text]

    return read


def named(things: Mapping[str, T], what: str) -> Callable[[str], T]:
    """Return a reader of the name of one of `things`, each of which is `what`."""

    def read(text: str) -> T:
        if text not in things:
            known = ", ".join(things) or "none"
            raise Meaningless(f"no {what} has the name {text!r}; there is {known}")
        return things[text]

    return read


def text(written: str) -> str:
    """Return what is written, which is something.

    Raises: Meaningless: nothing is.
    """
    if not written:
        raise Meaningless("it is empty; write a name")
    return written


def day(written: str) -> date:
    """Return the day that is written.

    Raises: Meaningless: it is none.
    """
    try:
        return date.fromisoformat(written)
    except ValueError:
        raise Meaningless("this is no day; write one such as 2026-01-31") from None


def after_last_day(written: str) -> date:
    """Return the first day after the last one, which is written.

    Raises: Meaningless: it is no day.
    """
    return day_after(day(written), 1)


def number(written: str) -> Decimal:
    """Return the number that is written.

    Raises: Meaningless: it is none.
    """
    try:
        found = Decimal(written)
    except InvalidOperation:
        found = Decimal("NaN")
    if not found.is_finite():
        raise Meaningless("this is no number; write one such as 12.40")
    return found


def whole(written: str) -> int:
    """Return the whole number that is written.

    Raises: Meaningless: it is none.
    """
    if not re.fullmatch(r"-?\d+", written):
        raise Meaningless("this is no whole number; write one such as 3")
    return int(written)


def optional(reader: Callable[[str], T]) -> Callable[[str], T | None]:
    """Return a reader that makes nothing of an empty cell."""

    def read(written: str) -> T | None:
        return reader(written) if written else None

    return read


def months(written: str) -> int:
    """Return how often something is, in months.

    Raises: Meaningless: it is not told so.
    """
    return one_phrase([Phrase("every 3 months", rf"every {MONTHS}", _above_zero)])(written)


def _above_zero(written: str) -> int:
    found = int(written)
    if not found:
        raise Meaningless("there is nothing every 0 months; write one month or more")
    return found


def days(written: str) -> int:
    """Return how many days are written.

    Raises: Meaningless: it is not told so.
    """
    return one_phrase([Phrase("5 days", r"(\d+) days?", int)])(written)


Fields = dict[str, Any]
"""Fields of something in the domain, by their names there."""


def merged(parts: Sequence[Fields]) -> Fields:
    """Return the fields of all `parts`.

    Raises: Meaningless: two of them are about the same.
    """
    fields: Fields = {}
    for part in parts:
        for name, value in part.items():
            if name in fields:
                raise Meaningless("the same is said twice; say it once")
            fields[name] = value
    return fields
