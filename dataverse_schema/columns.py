"""Column kinds: what a field of a table is in Dataverse.

A kind is attached to a field with `Annotated`, so that one line says both the row's Python
type (checked by pydantic and mypy) and the column's definition.
"""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import IntEnum
from typing import Annotated

CHOICE_VALUE_BASE = 365_000_000
"""First value of the publisher's own choices: its option prefix 36500, times 10,000."""


@dataclass(frozen=True, kw_only=True)
class Column:
    """What all columns have in common."""

    required: bool = False
    """Whether a form insists on a value (Dataverse's ApplicationRequired)."""

    custom: bool = False
    """Whether this is a column of ours on one of Microsoft's tables."""

    system: bool = False
    """Whether Dataverse itself adds the column to a table of ours, as with a row's currency."""

    apart: bool = False
    """Whether it is about the provider, and left out where billing reads the row."""


@dataclass(frozen=True, kw_only=True)
class Text(Column):
    """A single line of text."""

    max_length: int = 100
    autonumber: str | None = None
    """Format by which Dataverse numbers rows created without a value, as `CT-{SEQNUM:6}`."""


@dataclass(frozen=True, kw_only=True)
class Memo(Column):
    """Text of several lines."""

    max_length: int = 2_000


@dataclass(frozen=True, kw_only=True)
class Currency(Column):
    """An amount of money, in the row's transaction currency (four decimals at most)."""

    precision: int = 4


@dataclass(frozen=True, kw_only=True)
class Number(Column):
    """An exact decimal number (ten decimals at most), within +-100,000,000,000."""

    precision: int = 10


@dataclass(frozen=True, kw_only=True)
class Whole(Column):
    """A 32-bit whole number."""

    minimum: int = -2_147_483_648
    maximum: int = 2_147_483_647


@dataclass(frozen=True, kw_only=True)
class YesNo(Column):
    """A two-valued choice."""

    default: bool = False


@dataclass(frozen=True, kw_only=True)
class Day(Column):
    """A date without a time or a time zone (DateOnly behaviour)."""


@dataclass(frozen=True, kw_only=True)
class Moment(Column):
    """A date and time, in UTC."""


@dataclass(frozen=True, kw_only=True)
class Choice(Column):
    """One of a fixed list of options."""

    options: type[IntEnum]
    default: IntEnum | None = None


@dataclass(frozen=True, kw_only=True)
class Unique(Column):
    """A GUID that is not a reference to a row."""


@dataclass(frozen=True, kw_only=True)
class Lookup(Column):
    """A reference to a row of another table, named by its logical name."""

    target: str


Amount = Annotated[Decimal, Currency()]
ExactNumber = Annotated[Decimal, Number()]
CalendarDay = Annotated[date, Day()]
UtcMoment = Annotated[datetime, Moment()]
