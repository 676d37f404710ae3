"""Remembered text: how facts are written that billing took account of.

Such text is kept in the partner's own rows and compared years later, by another version of this
program. So it says nothing that a renamed class, a reordered field or a newer Python could
change, and one value has one text, however it was typed.
Source: docs/decisions/0025-remembered-text-is-written-out.md.
"""

from datetime import date
from decimal import Decimal

NOT_GIVEN = "-"
"""Stands for what is not set. No number, day or quoted text is written so."""


def number_text(number: Decimal | None) -> str:
    """Return `number` with all its digits, and with no zeros that say nothing.

    It is exact: unlike `Decimal.normalize`, which rounds to the digits of the context.
    """
    if number is None:
        return NOT_GIVEN
    text = f"{number:f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def day_text(day: date | None) -> str:
    """Return `day` as ISO 8601 writes it."""
    return NOT_GIVEN if day is None else day.isoformat()


def quoted(text: str) -> str:
    """Return what somebody typed, with its ends marked: it may hold spaces and brackets."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
