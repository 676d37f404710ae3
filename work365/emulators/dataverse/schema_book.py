"""The schemas of an environment: the one that holds now, and those that are still being read.

A request that reads finds the schema of the state that its connection sees, however long it
takes; so none sees a table without its definition, or a definition without its table.
"""

from collections.abc import Callable
from dataclasses import replace
from sqlite3 import Connection

from work365.emulators.dataverse import definition_store
from work365.emulators.dataverse.data_definition import alter
from work365.emulators.dataverse.definitions import Schema, TableDefinition

SCHEMAS_KEPT = 64
"""How many are remembered: more than can change while a request begins to read."""

NOTHING = Schema({})


class SchemaBook:
    """Knows the schema by the number that the file has for it."""

    def __init__(self, first: Callable[[], Schema]) -> None:
        self._first = first
        self._by_number: dict[int, Schema] = {}
        self.current = NOTHING

    def open(self, connection: Connection) -> None:
        """Take the schema from the file, making of an empty one what an environment begins with.

        What an environment begins with is added again where the emulator has learned of more
        since the file was last opened; otherwise the file is taken as it is.
        """
        first = self._first()
        kept = definition_store.load(connection) or NOTHING
        mark = definition_store.mark_of(first)
        is_known = definition_store.first_mark(connection) == mark
        self._change(connection, kept, kept if is_known else _merged(kept, first))
        definition_store.keep_first_mark(connection, mark)

    def begin_again(self, connection: Connection) -> None:
        """Go back to the schema that an environment begins with."""
        self._change(connection, self.current, self._first())

    def _change(self, connection: Connection, before: Schema, after: Schema) -> None:
        if before != after:
            alter(connection, before, after)
            definition_store.save(connection, before, after)
        self.expect(connection, after)
        self.current = after

    def expect(self, connection: Connection, schema: Schema) -> None:
        """Remember the schema that a transaction is about to keep."""
        number = definition_store.number_of(connection)
        self._by_number[number] = schema
        self._by_number.pop(number - SCHEMAS_KEPT, None)

    def seen_by(self, connection: Connection) -> Schema:
        """Return the schema of the state that this connection sees."""
        return self._by_number[definition_store.number_of(connection)]


def _merged(kept: Schema, first: Schema) -> Schema:
    """Return the first schema with what clients have added to it."""
    tables = {
        name: _merged_table(kept.tables.get(name), table) for name, table in first.tables.items()
    }
    links = {each.name: each for each in (*kept.many_to_many, *first.many_to_many)}
    return Schema(
        {**kept.tables, **tables},
        tuple(links.values()),
        {**kept.choices, **first.choices},
    )


def _merged_table(kept: TableDefinition | None, first: TableDefinition) -> TableDefinition:
    if kept is None:
        return first
    added = {name: kept.columns[name] for name in kept.columns if name not in first.columns}
    keys = {key.name: key for key in (*kept.keys, *first.keys)}
    return replace(
        first,
        columns={**first.columns, **added},
        keys=tuple(keys.values()),
        change_tracking=kept.change_tracking or first.change_tracking,
    )
