"""Finds the rows that a request names: by id, by alternate key, or as an earlier operation."""

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from sqlite3 import Connection

from work365.emulators.dataverse.addresses import RowAddress, read_address, segments_of
from work365.emulators.dataverse.database import compared
from work365.emulators.dataverse.definitions import ColumnDefinition, Schema, TableDefinition
from work365.emulators.dataverse.errors import (
    DataverseError,
    query_error,
    row_absent,
    row_absent_by_key,
)
from work365.emulators.dataverse.sql import quoted, sql
from work365.emulators.dataverse.text_comparison import fold
from work365.emulators.dataverse.values import GUID, SqlValue

API_ROOT = "/api/data/v9.2/"
REFERENCES_KEPT = 16_384
_PLAIN = re.compile(rf"(\w+)\(({GUID.pattern})\)")


def row_of(connection: Connection, address: RowAddress) -> str | None:
    """Return the id of the row that is addressed; by alternate key only if there is one."""
    if address.key is None:
        return address.row_id
    table = address.table
    conditions = [f"{compared(table.columns[name])} = ?" for name in address.key]
    found = connection.execute(
        sql(
            "SELECT",
            quoted(table.primary_id),
            "FROM",
            quoted(table.name),
            "WHERE",
            " AND ".join(conditions),
        ),
        [
            fold(value) if table.columns[name].is_text else value
            for name, value in address.key.items()
        ],
    ).fetchone()
    return str(found[0]) if found else None


def relative(url: str, content_ids: Mapping[str, str]) -> str:
    """Return an address without the Web API's root, and with `$1` replaced by what it is."""
    if url.startswith("$"):
        reference, slash, rest = url.partition("/")
        if reference not in content_ids:
            raise unknown_content_id(reference)
        return relative(content_ids[reference], {}) + slash + rest
    _, root, below = url.partition(API_ROOT)
    return (below if root else url).lstrip("/")


def unknown_content_id(reference: str) -> DataverseError:
    """Return the refusal of a `$1` that no earlier operation of the change set has."""
    return query_error(f"Content-ID Reference: '{reference}' does not exist in the batch context.")


@lru_cache(maxsize=REFERENCES_KEPT)
def _plain_reference(url: str) -> tuple[str, str] | None:
    """Return set and id of an address by id, or nothing for every other address."""
    if url.startswith("$"):
        return None
    found = _PLAIN.fullmatch(relative(url, {}))
    return (found.group(1), found.group(2).lower()) if found else None


def referred_row(
    schema: Schema, connection: Connection, url: str, content_ids: Mapping[str, str]
) -> tuple[TableDefinition, str]:
    """Return table and id of the row at an address; whether an id exists is not looked at."""
    plain = _plain_reference(url)
    if plain is not None and plain[0] in schema.sets:
        return schema.sets[plain[0]], plain[1]
    path = relative(url, content_ids)
    address = read_address(schema, segments_of(path))
    if address.row is None or address.rest:
        raise query_error(f"The URI '{url}' does not identify a single row.")
    row_id = row_of(connection, address.row)
    if row_id is None:
        raise row_absent_by_key(address.table.name)
    return address.table, row_id


def check_references(
    schema: Schema,
    connection: Connection,
    table: TableDefinition,
    rows: Iterable[Mapping[str, SqlValue]],
) -> None:
    """Raise unless every lookup of the rows refers to a row that exists."""
    wanted: defaultdict[tuple[str, ...], set[SqlValue]] = defaultdict(set)
    lookups = [(lookup.name, lookup.targets) for lookup in table.lookups]
    for row in rows:
        for name, targets in lookups:
            value = row.get(name)
            if value is not None:
                wanted[targets].add(value)
    for targets, ids in wanted.items():
        absent = ids
        for target in targets:
            if absent:
                absent = absent - present_ids(connection, schema.tables[target], list(absent))
        if absent:
            raise row_absent(targets[0], str(min(absent, key=str)))


def referred_table(
    schema: Schema, connection: Connection, lookup: ColumnDefinition, row_id: SqlValue
) -> TableDefinition:
    """Return the table that a lookup's value is an id of; the first where it is of none."""
    for name in lookup.other_targets:
        if present_ids(connection, schema.tables[name], [row_id]):
            return schema.tables[name]
    return schema.tables[lookup.target]


def present_ids(
    connection: Connection, table: TableDefinition, ids: Sequence[SqlValue]
) -> set[SqlValue]:
    """Return those of the ids that rows of the table have."""
    key = quoted(table.primary_id)
    found = connection.execute(
        sql(
            "SELECT",
            key,
            "FROM",
            quoted(table.name),
            "WHERE",
            key,
            "IN",
            "(SELECT value FROM json_each(?))",
        ),
        (json.dumps(list(ids)),),
    )
    return {row[0] for row in found}
