"""Keeps definitions as rows of the file that also keeps what they define.

A schema is a value and never changes; each has a number, kept in the file beside the rows, so
that whoever reads rows finds the schema that they were written under.
"""

from collections.abc import Iterable, Mapping
from hashlib import sha256
from sqlite3 import Connection
from typing import Any

from pydantic import TypeAdapter

from work365.emulators.dataverse.definitions import (
    ChoiceDefinition,
    ManyToManyDefinition,
    Schema,
    TableDefinition,
)

_KINDS: Mapping[str, TypeAdapter[Any]] = {
    "table": TypeAdapter(TableDefinition),
    "many_to_many": TypeAdapter(ManyToManyDefinition),
    "choice": TypeAdapter(ChoiceDefinition),
}

_MARK = "first"
"""Kind of the one row that tells from which schema the file began."""


def _definitions(schema: Schema) -> Mapping[tuple[str, str], Any]:
    return {
        **{("table", name): table for name, table in schema.tables.items()},
        **{("many_to_many", each.name): each for each in schema.many_to_many},
        **{("choice", name): choice for name, choice in schema.choices.items()},
    }


def load(connection: Connection) -> Schema | None:
    """Return the schema that is kept; nothing where there is none yet."""
    found: dict[str, list[Any]] = {kind: [] for kind in _KINDS}
    rows = connection.execute(
        "SELECT kind, document FROM _definition WHERE kind <> ? ORDER BY position", (_MARK,)
    )
    for kind, document in rows:
        found[kind].append(_KINDS[kind].validate_json(document))
    if not found["table"]:
        return None
    return Schema(
        {table.name: table for table in found["table"]},
        tuple(found["many_to_many"]),
        {choice.name: choice for choice in found["choice"]},
    )


def save(connection: Connection, before: Schema, after: Schema) -> None:
    """Keep what differs between two schemas, and give the new one the next number."""
    old, new = _definitions(before), _definitions(after)
    connection.executemany(
        "DELETE FROM _definition WHERE kind = ? AND name = ?", list(old.keys() - new.keys())
    )
    changed = [key for key, value in new.items() if old.get(key) is not value]
    connection.executemany(
        "INSERT INTO _definition (kind, name, position, document) VALUES "
        "(?, ?, (SELECT coalesce(max(position), 0) + 1 FROM _definition), ?) "
        "ON CONFLICT (kind, name) DO UPDATE SET document = excluded.document",
        _rows(changed, new),
    )
    connection.execute(f"PRAGMA user_version = {number_of(connection) + 1:d}")


def _rows(
    keys: Iterable[tuple[str, str]], definitions: Mapping[tuple[str, str], Any]
) -> Iterable[tuple[str, str, str]]:
    for kind, name in keys:
        yield kind, name, _KINDS[kind].dump_json(definitions[kind, name]).decode()


def number_of(connection: Connection) -> int:
    """Return the number of the schema that this connection's view of the file has."""
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def mark_of(schema: Schema) -> str:
    """Return a text that only an equal schema has."""
    definitions = _definitions(schema)
    mark = sha256()
    for kind, name, document in _rows(definitions, definitions):
        mark.update(f"{kind} {name} {document}\n".encode())
    return mark.hexdigest()


def first_mark(connection: Connection) -> str:
    """Return the mark of the schema that the file began with, as it was when last opened."""
    found = connection.execute(
        "SELECT document FROM _definition WHERE kind = ?", (_MARK,)
    ).fetchone()
    return str(found[0]) if found else ""


def keep_first_mark(connection: Connection, mark: str) -> None:
    """Keep the mark of the schema that an environment begins with."""
    connection.execute("INSERT OR REPLACE INTO _definition VALUES (?, '', 0, ?)", (_MARK, mark))
