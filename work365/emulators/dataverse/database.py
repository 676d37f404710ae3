"""Keeps the rows in SQLite: a table for each table, a column for each column.

One connection writes, under one lock; readers have connections of their own and see what was
committed (write-ahead log). Exact numbers are text with a collation that compares them as
numbers; text is compared through `fold`.
"""

import sqlite3
import threading
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from work365.emulators.dataverse.definitions import ColumnDefinition
from work365.emulators.dataverse.exact_aggregates import install_aggregates
from work365.emulators.dataverse.formatting import (
    formatted_day,
    formatted_moment,
    formatted_money,
    formatted_number,
)
from work365.emulators.dataverse.sql import quoted
from work365.emulators.dataverse.text_comparison import compare_numbers, fold, matches

STATEMENTS_KEPT = 512
BUSY_TIMEOUT_MS = 60_000
OWN_TABLES = (
    "CREATE TABLE IF NOT EXISTS _counter (name TEXT PRIMARY KEY, value INTEGER NOT NULL)",
    "CREATE TABLE IF NOT EXISTS _deleted (table_name TEXT NOT NULL, row_id TEXT NOT NULL, "
    "version INTEGER NOT NULL, PRIMARY KEY (table_name, row_id)) WITHOUT ROWID",
    "CREATE INDEX IF NOT EXISTS _deleted_version ON _deleted (table_name, version)",
    "CREATE TABLE IF NOT EXISTS _clock (moment TEXT)",
    "CREATE TABLE IF NOT EXISTS _definition (kind TEXT NOT NULL, name TEXT NOT NULL, "
    "position INTEGER NOT NULL, document TEXT NOT NULL, PRIMARY KEY (kind, name)) WITHOUT ROWID",
)


class Database:
    """The file of an environment's rows, and its connections."""

    def __init__(self, path: Path | None) -> None:
        self._directory = TemporaryDirectory(prefix="dataverse-") if path is None else None
        self._path = path or Path(self._directory.name if self._directory else "") / "rows.db"
        self._is_durable = path is not None
        self._every: list[sqlite3.Connection] = []
        self._readers: list[sqlite3.Connection] = []
        self._lock = threading.RLock()
        self._finalizer = weakref.finalize(self, _close, self._every, self._directory)
        self._writer = self._connect()
        with self.writing() as connection:
            for statement in OWN_TABLES:
                connection.execute(statement)

    def close(self) -> None:
        """Close every connection; the file stays, unless it was a temporary one."""
        self._finalizer()

    @property
    def path(self) -> Path:
        """Where the file is."""
        return self._path

    def replace(self, source: sqlite3.Connection) -> None:
        """Put all that another database has in the place of all that is here."""
        with self._lock:
            source.backup(self._writer)

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Lend a connection that sees one committed state for as long as it is lent."""
        try:
            connection = self._readers.pop()
        except IndexError:
            connection = self._connect()
        connection.execute("BEGIN")
        try:
            yield connection
        finally:
            connection.execute("ROLLBACK")
            self._readers.append(connection)

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Lend the writing connection for one transaction: all of it is kept, or nothing."""
        with self._lock:
            self._writer.execute("BEGIN IMMEDIATE")
            try:
                yield self._writer
                self._writer.execute("COMMIT")
            finally:
                if self._writer.in_transaction:
                    self._writer.execute("ROLLBACK")

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            self._path,
            isolation_level=None,
            check_same_thread=False,
            cached_statements=STATEMENTS_KEPT,
        )
        self._every.append(connection)
        connection.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute(f"PRAGMA synchronous = {'NORMAL' if self._is_durable else 'OFF'}")
        connection.create_function("fold", 1, fold, deterministic=True)
        connection.create_function("matches", 2, matches, deterministic=True)
        connection.create_function("money", 3, formatted_money, deterministic=True)
        connection.create_function("number", 2, formatted_number, deterministic=True)
        connection.create_function("day", 1, formatted_day, deterministic=True)
        connection.create_function("moment", 1, formatted_moment, deterministic=True)
        connection.create_collation("exact", compare_numbers)
        install_aggregates(connection)
        return connection


def compared(column: ColumnDefinition, alias: str = "") -> str:
    """Return the SQL of a column as it is compared and ordered."""
    named = f"{alias}.{quoted(column.name)}" if alias else quoted(column.name)
    return f"fold({named})" if column.is_text else named


def _close(
    connections: list[sqlite3.Connection], directory: TemporaryDirectory[str] | None
) -> None:
    for connection in connections:
        connection.close()
    if directory is not None:
        directory.cleanup()
