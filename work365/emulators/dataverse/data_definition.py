"""Makes the file's tables what a schema says: the SQL that creates, alters and drops them.

Names of indexes have a dot, which no table's name has: SQLite keeps both in one namespace.
"""

from sqlite3 import Connection

from work365.emulators.dataverse.database import compared
from work365.emulators.dataverse.definitions import (
    ColumnDefinition,
    KeyDefinition,
    KeyStatus,
    Kind,
    Schema,
    TableDefinition,
)
from work365.emulators.dataverse.sql import quoted, sql

TEXTS = (
    Kind.TEXT,
    Kind.MEMO,
    Kind.CHOICES,
    Kind.DAY,
    Kind.MOMENT,
    Kind.UNIQUE,
    Kind.LOOKUP,
)
"""Kinds whose values are kept as text."""

UNINDEXED_TARGETS = frozenset(("systemuser", "businessunit", "transactioncurrency"))
"""Tables that so many rows refer to that an index on the lookup would find nothing faster."""


def alter(connection: Connection, before: Schema, after: Schema) -> None:
    """Make tables that are as in one schema be as in another, inside a transaction.

    Raises: sqlite3.IntegrityError, where rows contradict a key that becomes active.
    """
    for name in before.tables.keys() - after.tables.keys():
        connection.execute(sql("DROP TABLE", quoted(name)))
        connection.execute("DELETE FROM _deleted WHERE table_name = ?", (name,))
    for name, table in after.tables.items():
        known = before.tables.get(name)
        if known is None:
            _create(connection, table)
        elif known is not table:
            _change(connection, known, table)


def _create(connection: Connection, table: TableDefinition) -> None:
    columns = ", ".join(_column_sql(table, column) for column in table.columns.values())
    connection.execute(sql("CREATE TABLE", quoted(table.name), f"({columns})"))
    for name, on in _indexes(table).items():
        _index(connection, name, on)


def _change(connection: Connection, before: TableDefinition, after: TableDefinition) -> None:
    old, new = _indexes(before), _indexes(after)
    for name in old:
        if old[name] != new.get(name):
            connection.execute(sql("DROP INDEX IF EXISTS", quoted(name)))
    table = quoted(after.name)
    for name in before.columns.keys() - after.columns.keys():
        connection.execute(sql("ALTER TABLE", table, "DROP COLUMN", quoted(name)))
    for name, column in after.columns.items():
        if name not in before.columns:
            added = _column_sql(after, column)
            connection.execute(sql("ALTER TABLE", table, "ADD COLUMN", added))
    for name, on in new.items():
        if old.get(name) != on:
            _index(connection, name, on)


def _index(connection: Connection, name: str, on: str) -> None:
    kind = "UNIQUE INDEX" if on.startswith("UNIQUE ") else "INDEX"
    connection.execute(sql("CREATE", kind, quoted(name), "ON", on.removeprefix("UNIQUE ")))


def _indexes(table: TableDefinition) -> dict[str, str]:
    """Return what each of the table's indexes is on, by its name."""
    name = quoted(table.name)
    found = {}
    for key in table.keys:
        if key.status is KeyStatus.ACTIVE:
            parts = ", ".join(compared(table.columns[column]) for column in key.columns)
            found[key_index(table, key)] = f"UNIQUE {name} ({parts})"
    for lookup in table.lookups:
        if lookup.target not in UNINDEXED_TARGETS:
            found[f"{table.name}.{lookup.name}"] = f"{name} ({quoted(lookup.name)})"
    if table.change_tracking:
        found[f"{table.name}.versionnumber"] = f'{name} ("versionnumber")'
    return found


def key_index(table: TableDefinition, key: KeyDefinition) -> str:
    """Return the name of the index of an alternate key, as SQLite's errors tell it."""
    return f"{table.name}.{key.name}"


def _column_sql(table: TableDefinition, column: ColumnDefinition) -> str:
    name = quoted(column.name)
    if column.name == table.primary_id:
        return f"{name} TEXT NOT NULL PRIMARY KEY"
    if column.is_number:
        return f"{name} TEXT COLLATE exact"
    return f"{name} {'TEXT' if column.kind in TEXTS else 'INTEGER'}"
