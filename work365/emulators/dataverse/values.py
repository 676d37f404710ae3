"""Takes a value of a request's body for a column: checked, and as it is kept.

Kept values: text as it came, exact numbers as plain decimal text, days and moments as ISO text,
ids in lower case, choices and whole numbers as integers.
"""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_EVEN, Context, Decimal, Inexact, InvalidOperation
from functools import lru_cache

from work365.emulators.dataverse.characters import invalid_character_of
from work365.emulators.dataverse.clock import moment_text
from work365.emulators.dataverse.definitions import ColumnDefinition, Kind
from work365.emulators.dataverse.errors import (
    DataverseError,
    invalid_character,
    not_emulated,
    payload_error,
)

SqlValue = str | int | None
Accept = Callable[[object], SqlValue]
"""This will return the value as it is kept, or raise the refusal of it."""

GUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_WHOLE = re.compile(r"-?\d{1,10}", re.ASCII)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,7})?)?(?:Z|[+-]\d{2}:\d{2})")
FIRST_DAY = "1753-01-01"
DAYS_KEPT = 4_096
NUMBERS_KEPT = 1_024
"""Of each column: prices and quantities of rows that come together are mostly the same."""

NUMBER_CONTEXT = Context(prec=60, traps=[Inexact, InvalidOperation])
ROUNDING_CONTEXT = Context(prec=60, rounding=ROUND_HALF_EVEN)
MONEY_SCALE = Decimal("0.0001")

_EDM = {
    Kind.TEXT: "Edm.String",
    Kind.MEMO: "Edm.String",
    Kind.MONEY: "Edm.Decimal",
    Kind.DECIMAL: "Edm.Decimal",
    Kind.DOUBLE: "Edm.Double",
    Kind.CHOICES: "Edm.String",
    Kind.WHOLE: "Edm.Int32",
    Kind.CHOICE: "Edm.Int32",
    Kind.STATE: "Edm.Int32",
    Kind.STATUS: "Edm.Int32",
    Kind.VERSION: "Edm.Int64",
    Kind.YES_NO: "Edm.Boolean",
    Kind.DAY: "Edm.Date",
    Kind.MOMENT: "Edm.DateTimeOffset",
    Kind.UNIQUE: "Edm.Guid",
    Kind.LOOKUP: "Edm.Guid",
}


def edm_type(column: ColumnDefinition) -> str:
    """Return the column's type as the Web API's errors name it."""
    return _EDM[column.kind]


def acceptor(column: ColumnDefinition, *, table: str, set_name: str) -> Accept:
    """Return the function that takes values for this column of this table."""
    make = _MAKERS[column.kind]
    accept = make(column, table)

    def accept_or_refuse(value: object) -> SqlValue:
        if value is None:
            return None
        try:
            return accept(value)
        except _Misfit as misfit:
            raise payload_error(set_name, _misfit_text(column, misfit.value)) from None

    return accept_or_refuse


class _Misfit(Exception):
    """A value whose JSON type is not the column's."""

    def __init__(self, value: object) -> None:
        super().__init__(repr(value))
        self.value = value


def _misfit_text(column: ColumnDefinition, value: object) -> str:
    expected = edm_type(column)
    if isinstance(value, str) and column.kind in (Kind.MONEY, Kind.DECIMAL):
        return (
            f"Cannot convert a value to target type '{expected}' because of conflict between "
            "input format string/number and parameter 'IEEE754Compatible' false/true."
        )
    if isinstance(value, str):
        return f"Cannot convert the literal '{value}' to the expected type '{expected}'."
    if isinstance(value, dict | list):
        node = "StartObject" if isinstance(value, dict) else "StartArray"
        return (
            f"An unexpected '{node}' node was found when reading from the JSON reader. "
            "A 'PrimitiveValue' node was expected."
        )
    found = {bool: "Edm.Boolean", int: "Edm.Int32", Decimal: "Edm.Decimal"}[type(value)]
    return f"Cannot convert a value of type '{found}' to the expected target type '{expected}'."


def _length(text: str) -> int:
    """Units: UTF-16 code units, as Dataverse counts."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _text(column: ColumnDefinition, table: str) -> Accept:
    limit = column.max_length

    def accept(value: object) -> SqlValue:
        if not isinstance(value, str):
            raise _Misfit(value)
        if len(value) > limit or (not value.isascii() and _length(value) > limit):
            raise DataverseError(
                400,
                "0x80044331",
                f"A validation error occurred.  The length of the '{column.name}' attribute of "
                f"the '{table}' entity exceeded the maximum allowed length of '{limit}'.",
            )
        if not value.isprintable():
            _refuse_characters(column, value)
        return value or None

    return accept


def _refuse_characters(column: ColumnDefinition, value: str) -> None:
    found = invalid_character_of(value)
    if found:
        raise invalid_character(column.name, found)


def _outside(column: ColumnDefinition, table: str, code: str) -> DataverseError:
    return DataverseError(
        400,
        code,
        f"A validation error occurred.  The value of '{column.name}' on record of type "
        f"'{table}' is outside the valid range.",
    )


def _number(column: ColumnDefinition, table: str) -> Accept:
    scale = Decimal(1).scaleb(-column.precision)
    is_money = column.kind is Kind.MONEY

    @lru_cache(maxsize=NUMBERS_KEPT)
    def kept(value: int | Decimal) -> SqlValue:
        number = Decimal(value)
        if not column.minimum <= number <= column.maximum:
            raise _outside(column, table, "0x80044330")
        try:
            exact = number.quantize(scale, context=NUMBER_CONTEXT)
        except Inexact:
            raise not_emulated(
                f"the rounding of '{column.name}' = {number} to {column.precision} decimals"
            ) from None
        return money_text(exact) if is_money else number_text(exact)

    def accept(value: object) -> SqlValue:
        if type(value) is not int and type(value) is not Decimal:
            raise _Misfit(value)
        return kept(value)

    return accept


def money_text(amount: Decimal) -> str:
    """Return an amount as it is kept: with four decimals."""
    text = format(amount.quantize(MONEY_SCALE, context=NUMBER_CONTEXT), "f")
    return text[1:] if text == "-0.0000" else text


def number_text(number: Decimal) -> str:
    """Return an exact number as it is kept: without an exponent and zeros at the end."""
    text = format(number, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def _whole(column: ColumnDefinition, table: str) -> Accept:
    def accept(value: object) -> SqlValue:
        if type(value) is not int:
            raise _Misfit(value)
        if not column.minimum <= value <= column.maximum:
            raise _outside(column, table, "0x8004432f")
        return value

    return accept


def _choice(column: ColumnDefinition, table: str) -> Accept:
    options = column.options

    def accept(value: object) -> SqlValue:
        if type(value) is not int:
            raise _Misfit(value)
        if value not in options:
            raise _no_option(column, table, value)
        return value

    return accept


def _no_option(column: ColumnDefinition, table: str, value: object) -> DataverseError:
    accepted = ",".join(str(option) for option in column.options)
    return DataverseError(
        400,
        "0x8004431a",
        f"A validation error occurred.  The value {value} of '{column.name}' on record "
        f"of type '{table}' is outside the valid range. Accepted Values: {accepted}",
    )


def _choices(column: ColumnDefinition, table: str) -> Accept:
    def accept(value: object) -> SqlValue:
        if not isinstance(value, str):
            raise _Misfit(value)
        if not value:
            return None
        found = set()
        for text in value.split(","):
            option = int(text) if _WHOLE.fullmatch(text.strip()) else None
            if option not in column.options:
                raise _no_option(column, table, text)
            found.add(option)
        return ",".join(str(option) for option in column.options if option in found)

    return accept


def _yes_no(_column: ColumnDefinition, _table: str) -> Accept:
    def accept(value: object) -> SqlValue:
        if type(value) is not bool:
            raise _Misfit(value)
        return int(value)

    return accept


def _unique(_column: ColumnDefinition, _table: str) -> Accept:
    def accept(value: object) -> SqlValue:
        if not isinstance(value, str) or not GUID.fullmatch(value):
            raise _Misfit(value)
        return value.lower()

    return accept


def _too_early(value: str) -> DataverseError:
    return DataverseError(
        400,
        "0x8004022c",
        f"DateTime is less than minumum value supported by CrmDateTime. Actual value: {value}, "
        "Minimum value supported: 01/01/1753 00:00:00",
    )


def _day(_column: ColumnDefinition, _table: str) -> Accept:
    def accept(value: object) -> SqlValue:
        if not isinstance(value, str):
            raise _Misfit(value)
        kept = day_text(value)
        if kept is None:
            raise _Misfit(value)
        if kept < FIRST_DAY:
            raise _too_early(value)
        return kept

    return accept


@lru_cache(maxsize=DAYS_KEPT)
def day_text(value: str) -> str | None:
    """Return a day as it is kept, or nothing if the text is no day."""
    if not _DAY.fullmatch(value):
        return None
    try:
        return date.fromisoformat(value).isoformat()
    except ValueError:
        return None


def _moment(_column: ColumnDefinition, _table: str) -> Accept:
    def accept(value: object) -> SqlValue:
        if not isinstance(value, str):
            raise _Misfit(value)
        kept = utc_text(value)
        if kept is None:
            raise _Misfit(value)
        if kept < FIRST_DAY:
            raise _too_early(value)
        return kept

    return accept


def utc_text(value: str) -> str | None:
    """Return a moment as it is kept (UTC, whole seconds), or nothing if the text is none."""
    if not _MOMENT.fullmatch(value):
        return None
    try:
        return moment_text(datetime.fromisoformat(value).astimezone(UTC))
    except (ValueError, OverflowError):
        return None


_MAKERS: dict[Kind, Callable[[ColumnDefinition, str], Accept]] = {
    Kind.TEXT: _text,
    Kind.MEMO: _text,
    Kind.MONEY: _number,
    Kind.DECIMAL: _number,
    Kind.DOUBLE: _number,
    Kind.CHOICES: _choices,
    Kind.WHOLE: _whole,
    Kind.VERSION: _whole,
    Kind.CHOICE: _choice,
    Kind.STATE: _choice,
    Kind.STATUS: _choice,
    Kind.YES_NO: _yes_no,
    Kind.UNIQUE: _unique,
    Kind.LOOKUP: _unique,
    Kind.DAY: _day,
    Kind.MOMENT: _moment,
}
