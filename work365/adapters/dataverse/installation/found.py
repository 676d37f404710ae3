"""What was found in an environment, as it was read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

COUNTED_MAX = 5_000
"""Source: the Web API counts the rows of a query no further than this."""

Definition = Mapping[str, Any]
Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class FoundTable:
    """One table's definition with what is below it."""

    definition: Definition
    columns: Mapping[str, Definition]
    """By logical name."""

    keys: Sequence[Definition] = ()
    relationships: Mapping[str, Definition] = field(default_factory=dict)
    """Those of its lookups, by schema name."""

    choices: Mapping[str, str] = field(default_factory=dict)
    """Names of the global choices that its columns take their options from."""


@dataclass(frozen=True, slots=True)
class FoundUser:
    """An application user."""

    id: UUID
    name: str
    application_id: UUID
    is_disabled: bool
    roles: frozenset[UUID]
    privileges: Mapping[str, str] = field(default_factory=dict)
    """Depth by name of what it may do by all its roles and teams."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundEnvironment:
    """One environment, as far as the solution is concerned."""

    language: int
    """Code of its base language, in which every label has to be."""

    business_unit: UUID
    """The root one."""

    tables: Mapping[str, FoundTable] = field(default_factory=dict)
    """By logical name: the declared ones, and others that have our prefix."""

    choices: Mapping[str, Definition] = field(default_factory=dict)
    rows: Mapping[str, Sequence[Row]] = field(default_factory=dict)
    """Rows that components are kept in, by entity set."""

    privileges: Mapping[UUID, Mapping[str, str]] = field(default_factory=dict)
    """Depth by name of privilege, for each role."""

    known_privileges: frozenset[str] = frozenset()
    """Names of the privileges that there are."""

    users: Sequence[FoundUser] = ()
    """Application users of the service."""

    values: Mapping[tuple[str, str], int] = field(default_factory=dict)
    """How many rows have a value, by table and column, of columns that are not declared."""

    def of(self, entity_set: str) -> Sequence[Row]:
        """Return the rows of a set."""
        return self.rows.get(entity_set, ())


def counted(rows: int) -> str:
    """Return a count of rows in words, where it may be more in truth."""
    more = " or more" if rows >= COUNTED_MAX else ""
    return f"{rows:,}{more} {'row' if rows == 1 else 'rows'}"
