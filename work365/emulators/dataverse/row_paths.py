"""Answers what stands behind a row in an address: its properties, references and collections."""

import json

from work365.emulators.dataverse.calls import Answer, Call, json_answer
from work365.emulators.dataverse.definitions import ColumnDefinition, Kind, TableDefinition
from work365.emulators.dataverse.errors import (
    not_emulated,
    query_error,
    row_absent,
    unknown_segment,
)
from work365.emulators.dataverse.query_options import read_options
from work365.emulators.dataverse.reading import (
    Belonging,
    Reader,
    count_rows,
    read_references,
    read_row,
    read_rows,
)
from work365.emulators.dataverse.related_rows import find_collection
from work365.emulators.dataverse.rendering import RowWriter, nullable_json
from work365.emulators.dataverse.sql import quoted, select
from work365.emulators.dataverse.statements import conjunction

REFERENCE = "$ref"
COUNT = "$count"
VALUE = "$value"
_ALIAS = "t"


def read_path(
    reader: Reader, table: TableDefinition, row_id: str, rest: tuple[str, ...], call: Call
) -> tuple[TableDefinition, Answer]:
    """Answer with what a path behind a row leads to, and tell the table that it is in."""
    name, *behind = rest
    collection = find_collection(reader.schema, table, name)
    if collection is not None:
        within = Belonging(collection=collection, row_id=row_id)
        _value_of(reader, table, row_id, table.columns[table.primary_id])
        return collection.table, _many(reader, within, tuple(behind), call)
    if len(behind) > 1:
        raise not_emulated(f"GET {'/'.join(rest)} of a row")
    last = behind[0] if behind else ""
    lookup = table.navigations.get(name)
    if lookup is not None:
        return _single(reader, table, row_id, (lookup, last), call)
    column = table.properties.get(name)
    if column is None:
        raise unknown_segment(name)
    if last not in ("", VALUE):
        raise unknown_segment(last)
    return table, _property(reader, table, row_id, (column, last), call)


def _many(reader: Reader, within: Belonging, behind: tuple[str, ...], call: Call) -> Answer:
    table = within.collection.table
    if not behind:
        return read_rows(reader, table, call, read_options(call.parameters), within)
    if behind == (COUNT,):
        return count_rows(reader, table, call, within)
    if behind == (REFERENCE,):
        return read_references(reader, within, call)
    raise not_emulated(f"GET {'/'.join(behind)} of a collection")


def _single(
    reader: Reader,
    table: TableDefinition,
    row_id: str,
    path: tuple[ColumnDefinition, str],
    call: Call,
) -> tuple[TableDefinition, Answer]:
    """Answer with the row that a lookup refers to, or with its address."""
    lookup, last = path
    text, target_name = _value_of(reader, table, row_id, lookup)
    if text is None or target_name is None:
        return table, Answer(status=204)
    target = reader.schema.tables[target_name]
    target_id = str(json.loads(text))
    if not last:
        return target, read_row(reader, target, target_id, call)
    if last != REFERENCE:
        raise not_emulated(f"GET {lookup.schema_name}/{last} of a row")
    body = {
        "@odata.context": f"{call.root}$metadata#$ref",
        "@odata.id": f"{call.root}{target.set_name}({target_id})",
    }
    return target, json_answer(200, json.dumps(body))


def _property(
    reader: Reader,
    table: TableDefinition,
    row_id: str,
    path: tuple[ColumnDefinition, str],
    call: Call,
) -> Answer:
    """Answer with one value: as JSON with its context, or bare."""
    if call.parameters:
        raise query_error(
            f"The query parameter {call.parameters[0][0]} is not supported on a single property."
        )
    column, last = path
    text, _ = _value_of(reader, table, row_id, column)
    if text is None:
        return Answer(status=204)
    if last == VALUE:
        value = json.loads(text) if text.startswith('"') else text
        return Answer(status=200, headers={"Content-Type": "text/plain"}, body=value.encode())
    address = f"{call.root}$metadata#{table.set_name}({row_id})/{column.read_name}"
    return json_answer(200, f'{{"@odata.context":{json.dumps(address)},"value":{text}}}')


def _value_of(
    reader: Reader, table: TableDefinition, row_id: str, column: ColumnDefinition
) -> tuple[str | None, str | None]:
    """Return a value's JSON, and of a lookup the table that it refers to."""
    statement = reader.statement()
    value = f"{_ALIAS}.{quoted(column.name)}"
    target = "NULL"
    if column.kind is Kind.LOOKUP:
        writer = RowWriter(reader.schema)
        target = writer.target_sql(column, value)
    condition = conjunction(
        f"{_ALIAS}.{quoted(table.primary_id)} = {statement.bind(row_id)}",
        statement.sight(table, _ALIAS),
    )
    found = reader.rows(
        select(
            f"{nullable_json(column, value)}, {target}",
            f"FROM {quoted(table.name)} {_ALIAS} WHERE {condition}",
        ),
        statement,
    )
    if not found:
        raise row_absent(table.name, row_id)
    text, name = (None if part is None else str(part) for part in found[0])
    return text, name
