"""Rows as the Web API writes them, to typed rows of the schema, and back."""

from collections.abc import Mapping, Sequence
from functools import cache
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


def select(table: type[Table], *, whole: bool = False) -> Sequence[str]:
    """Return the names under which to ask for the columns of `table`.

    Those that are apart, being about the provider, are asked for if `whole` only.
    """
    return list(_read_names(table, whole).values())


def read_row(table: type[TableT], row: Mapping[str, Any], *, whole: bool = False) -> TableT:
    """Return `row`, in which the columns of `table` were asked for, as a row of it.

    Of a row that is not `whole`, the columns that are apart have what the class says for them.
    Raises: RowImpossible: a value is missing, or not of its column's kind.
    """
    names = _read_names(table, whole)
    if missing := [name for name in names.values() if name not in row]:
        where = f"{table.table_name()} {row.get(table.primary_id())}"
        raise RowImpossible(f"{where}: asked for and not answered: {', '.join(missing)}")
    # An empty column means what the class says that it means: its default.
    values = {field: value for field, name in names.items() if (value := row[name]) is not None}
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
    """Return the body that writes every column of `row` that has a value and is not apart."""
    values = {
        field: value
        for field, kind in row.columns().items()
        if not kind.apart and (value := getattr(row, field)) is not None
    }
    return write_row(type(row), values, row_id=row.row_id)


@cache
def _read_names(table: type[Table], whole: bool) -> Mapping[str, str]:
    columns = table.columns()
    return {
        field: table.read_name(field) for field, kind in columns.items() if whole or not kind.apart
    }


def _in_words(fault: ErrorDetails) -> str:
    field = ".".join(map(str, fault["loc"]))
    if fault["type"] == "missing":
        # Its input is the whole row.
        return f"{field}: it is empty"
    return f"{field}: {fault['msg']} (it is {fault['input']!r})"
