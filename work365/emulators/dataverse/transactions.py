"""One writing transaction: its connection, its time, its versions, and what it did."""

import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from uuid import uuid4

from work365.emulators.dataverse.calls import Caller
from work365.emulators.dataverse.definitions import Schema, TableDefinition
from work365.emulators.dataverse.payloads import PayloadReaders
from work365.emulators.dataverse.values import SqlValue

FIRST_VERSION = 1_000_000
FIRST_AUTONUMBER = 1_000
"""Source: automatic numbers begin at 1,000 unless a seed is set."""

VERSION_COUNTER = "versionnumber"

Row = Mapping[str, SqlValue]


class Counters:
    """Counters of the organization: row versions, and numbers of autonumber columns.

    They never go back: a transaction that fails leaves a gap, as in a database's sequence.
    Used by the one writer only.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._values: dict[str, int] = dict(
            connection.execute("SELECT name, value FROM _counter").fetchall()
        )

    def next_version(self) -> int:
        """Return a version greater than every other."""
        return self._next(VERSION_COUNTER, FIRST_VERSION)

    def next_number(self, table: str, column: str) -> int:
        """Return the next number of an autonumber column."""
        return self._next(f"{table}.{column}", FIRST_AUTONUMBER)

    def _next(self, name: str, first: int) -> int:
        value = self._values.get(name, first - 1) + 1
        self._values[name] = value
        return value

    def keep(self, connection: sqlite3.Connection) -> None:
        """Write the counters, as part of the transaction that moved them."""
        connection.executemany(
            "INSERT OR REPLACE INTO _counter (name, value) VALUES (?, ?)",
            tuple(self._values.items()),
        )


@dataclass(frozen=True, kw_only=True)
class RowEvent:
    """Something that happened to a row."""

    message: str
    """`Create`, `Update` or `Delete`."""

    table: TableDefinition
    row_id: str
    given: Row
    """Columns that the caller gave."""

    before: Row | None
    after: Row | None


@dataclass(frozen=True, kw_only=True)
class Owner:
    """Whose a row is: a user or a team."""

    is_team: bool
    business_unit_id: str


@dataclass(kw_only=True)
class Transaction:
    """What writing code needs, from the first row to the commit."""

    connection: sqlite3.Connection
    schema: Schema
    payloads: PayloadReaders
    counters: Counters
    caller: Caller
    now: str
    """The moment that the rows are stamped with."""

    base_currency_id: str
    is_auditing: bool = False
    """Whether the organization keeps what changes in audited tables."""

    transaction_id: str = field(default_factory=lambda: str(uuid4()))
    listened: frozenset[tuple[str, str]] = frozenset()
    """Messages and tables of which somebody wants to hear."""

    tell: Callable[[RowEvent], None] = lambda _event: None
    """Told of each event that somebody wants to hear of, as it happens."""

    after_commit: list[Callable[[], None]] = field(default_factory=list)
    """To be done when the transaction is kept."""

    rows_written: dict[str, int] = field(default_factory=dict)
    """Numbers of rows by message and table."""

    rates: dict[str, str] = field(default_factory=dict)
    """Exchange rates that were looked up, by currency."""

    webhook_ports: frozenset[int] | None = None
    """Ports that webhooks may have; nothing where any will do."""

    owners: dict[tuple[str, str], Owner] = field(default_factory=dict)
    """Owners of rows that were looked up, by table and id."""

    written_tables: set[str] = field(default_factory=set)

    def count(self, message: str, table: TableDefinition, rows: int) -> None:
        """Count rows that were written."""
        kind = f"{message} {table.name}"
        self.rows_written[kind] = self.rows_written.get(kind, 0) + rows
        self.written_tables.add(table.name)

    def hears(self, message: str, table: TableDefinition) -> bool:
        """Return whether anybody listens to this message about rows of this table."""
        return (message, table.name) in self.listened
