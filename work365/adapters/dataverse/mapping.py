"""Rows as the Web API writes them, to typed rows of the schema, and back."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar
from uuid import UUID

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from dataverse_schema.columns import Lookup
from dataverse_schema.table import Table
from dataverse_schema.tables import TABLES
from work365.errors import Contradiction

TableT = TypeVar("TableT", bound=Table)


class RowImpossible(Contradiction):
    """A row came back with values that its table's columns cannot hold."""

    code = "dataverse_row_impossible"


SETS = {table.table_name(): table.entity_set() for table in TABLES}


def select(table: type[Table]) -> Sequence[str]:
    """Return the names under which to ask for the columns of `table`."""
    return [table.read_name(field) for field in table.columns()]


def read_row(table: type[TableT], row: Mapping[str, Any]) -> TableT:
    """Return `row`, in which every column of `table` was asked for, as a row of it.

    Raises: RowImpossible: a value is missing, or not of its column's kind.
    """
    if missing := [name for name in select(table) if name not in row]:
        where = f"{table.table_name()} {row.get(table.primary_id())}"
        raise RowImpossible(f"{where}: asked for and not answered: {', '.join(missing)}")
    values = {
        field: value
        for field in table.columns()
        # An empty column means what the class says that it means: its default.
        if (value := row[table.read_name(field)]) is not None
    }
    values["row_id"] = row.get(table.primary_id())
    values["etag"] = row.get("@odata.etag")
    try:
        return table.model_validate(values)
    except ValidationError as error:
        wrong = "; ".join(map(_in_words, error.errors(include_url=False)))
        raise RowImpossible(f"{table.table_name()} {values['row_id']}: {wrong}") from error


def write_row(
    table: type[Table], values: Mapping[str, Any], *, row_id: UUID | None = None
) -> dict[str, Any]:
    """Return the body that writes `values`, given by field name; lookups are rows' ids."""
    columns = table.columns()
    body: dict[str, Any] = {}
    if row_id is not None:
        body[table.primary_id()] = row_id
    for field, value in values.items():
        kind = columns[field]
        if isinstance(kind, Lookup):
            bound = None if value is None else f"/{SETS[kind.target]}({value})"
            body[f"{table.schema_name(field)}@odata.bind"] = bound
        else:
            body[table.column_name(field)] = value
    return body


def whole_row(row: Table) -> dict[str, Any]:
    """Return the body that writes every column of `row` that has a value."""
    values = {field: value for field in row.columns() if (value := getattr(row, field)) is not None}
    return write_row(type(row), values, row_id=row.row_id)


def _in_words(fault: ErrorDetails) -> str:
    field = ".".join(map(str, fault["loc"]))
    if fault["type"] == "missing":
        # Its input is the whole row.
        return f"{field}: it is empty"
    return f"{field}: {fault['msg']} (it is {fault['input']!r})"
