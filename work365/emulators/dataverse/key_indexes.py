"""Builds the indexes of alternate keys after they were taken in, as Dataverse does: later.

A key is pending until its index is built; then it is active, or has failed because rows have
the same values. `held` lets a test look at keys that are pending.
"""

import sqlite3
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import AbstractContextManager
from dataclasses import replace
from threading import Lock

from work365.emulators.dataverse.definitions import KeyStatus, Schema, TableDefinition
from work365.emulators.dataverse.schema_changes import change_schema, with_table
from work365.emulators.dataverse.transactions import Transaction

UNFINISHED = (KeyStatus.PENDING, KeyStatus.IN_PROGRESS)
Open = Callable[[], AbstractContextManager[Transaction]]


class KeyIndexes:
    """Builds what is pending, one transaction a key, on a thread of its own."""

    def __init__(self, transaction: Open) -> None:
        self._transaction = transaction
        self._lock = Lock()
        self._workers: ThreadPoolExecutor | None = None
        self._underway: list[Future[None]] = []
        self._is_held = False

    @property
    def is_held(self) -> bool:
        """Whether keys stay pending."""
        return self._is_held

    def hold(self, schema: Schema, *, is_held: bool) -> None:
        """Let keys stay pending from now on, or go on with those that are."""
        self._is_held = is_held
        self.wake(schema)

    def wake(self, schema: Schema) -> None:
        """Begin to build the indexes of the schema's pending keys."""
        if self._is_held or not any(_pending(table) for table in schema.tables.values()):
            return
        with self._lock:
            if self._workers is None:
                self._workers = ThreadPoolExecutor(1, thread_name_prefix="key-indexes")
            self._underway = [each for each in self._underway if not each.done()]
            self._underway.append(self._workers.submit(self._build_all))

    def wait(self, seconds: float) -> bool:
        """Return whether nothing was being built any more before the time was over."""
        with self._lock:
            underway = list(self._underway)
        return not wait(underway, timeout=seconds).not_done

    def close(self) -> None:
        """Finish what was begun, and end the thread."""
        with self._lock:
            workers, self._workers = self._workers, None
        if workers is not None:
            workers.shutdown(cancel_futures=True)

    def _build_all(self) -> None:
        while not self._is_held and self._build_next():
            pass

    def _build_next(self) -> bool:
        """Build one index; return whether there was one to be built."""
        with self._transaction() as transaction:
            for table in transaction.schema.tables.values():
                for name in _pending(table):
                    build(transaction, table, name)
                    return True
        return False


def _pending(table: TableDefinition) -> list[str]:
    return [key.name for key in table.keys if key.status in UNFINISHED]


def build(transaction: Transaction, table: TableDefinition, key: str) -> None:
    """Let a key be active, or let it fail where rows contradict it."""
    connection = transaction.connection
    schema = transaction.schema
    connection.execute("SAVEPOINT key_index")
    try:
        change_schema(transaction, with_table(schema, _with(table, key, KeyStatus.ACTIVE)))
    except sqlite3.IntegrityError:
        connection.execute("ROLLBACK TO key_index")
        change_schema(transaction, with_table(schema, _with(table, key, KeyStatus.FAILED)))
    connection.execute("RELEASE key_index")


def _with(table: TableDefinition, name: str, status: KeyStatus) -> TableDefinition:
    keys = tuple(replace(key, status=status) if key.name == name else key for key in table.keys)
    return replace(table, keys=keys)
