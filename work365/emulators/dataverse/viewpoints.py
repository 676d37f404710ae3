"""From where a query looks: when, as whom, and at which rows."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from work365.emulators.dataverse.definitions import TableDefinition
from work365.emulators.dataverse.values import SqlValue

Bind = Callable[[SqlValue], str]
"""This will keep a value for a statement, and return the mark that stands for it."""


class Sight(Protocol):
    """Which rows may be read."""

    def condition(self, table: TableDefinition, alias: str, bind: Bind) -> str:
        """Return the SQL that holds for the rows in sight; nothing where all of them are.

        Raises: DataverseError, where none of the table's rows may be read.
        """
        ...


@dataclass(frozen=True, kw_only=True)
class Viewpoint:
    """From where a filter is read: when, and by whom."""

    now: datetime
    user_id: str
    business_unit_id: str
    sight: Sight | None = None
    """Nothing where every row may be read."""
