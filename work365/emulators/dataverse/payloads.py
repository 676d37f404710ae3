"""Reads a request's body for a table: columns, lookups bound to rows, and control properties."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from sqlite3 import Connection
from typing import Any

from work365.emulators.dataverse.definitions import (
    ColumnDefinition,
    Kind,
    Schema,
    TableDefinition,
)
from work365.emulators.dataverse.errors import (
    DataverseError,
    not_emulated,
    payload_error,
    query_error,
    read_only,
    unknown_column,
)
from work365.emulators.dataverse.references import referred_row
from work365.emulators.dataverse.values import SqlValue, acceptor

TYPE_PREFIX = "Microsoft.Dynamics.CRM."
BIND = "@odata.bind"
IGNORED_CONTROLS = ("@odata.etag", "@odata.context", "@odata.editLink", "@odata.readLink")


@dataclass(kw_only=True)
class Payload:
    """A body, read: values by column as they are kept."""

    values: dict[str, SqlValue] = field(default_factory=dict)
    address: str | None = None
    """The row's own address (`@odata.id`), where the body has one."""


class PayloadReader:
    """Reads bodies for one table."""

    def __init__(self, schema: Schema, table: TableDefinition) -> None:
        self._schema = schema
        self._table = table
        self._accepts = {
            column.name: acceptor(column, table=table.name, set_name=table.set_name)
            for column in table.columns.values()
            if column.name not in table.navigations
            and not column.read_only
            and column not in table.lookups
        }
        self._binds = {
            navigation + BIND: column for navigation, column in table.navigations.items()
        }

    def read(
        self, body: Mapping[str, Any], connection: Connection, content_ids: Mapping[str, str]
    ) -> Payload:
        """Return the body's values; raises the refusal of what does not fit the table."""
        payload = Payload()
        values = payload.values
        accepts = self._accepts
        for name, value in body.items():
            accept = accepts.get(name)
            if accept is not None:
                values[name] = accept(value)
            elif name in self._binds:
                column = self._writable(self._binds[name])
                values[column.name] = self._bound(column, value, connection, content_ids)
            elif name.startswith("@"):
                self._control(payload, name, value)
            else:
                self._other(payload, name, value)
        return payload

    def _bound(
        self,
        column: ColumnDefinition,
        value: object,
        connection: Connection,
        content_ids: Mapping[str, str],
    ) -> SqlValue:
        if value is None:
            return None
        if not isinstance(value, str):
            raise payload_error(
                self._table.set_name,
                f"The value of '{column.schema_name}{BIND}' is not the address of a row.",
            )
        table, row_id = referred_row(self._schema, connection, value, content_ids)
        if table.name not in column.targets:
            targets = "' or '".join(column.targets)
            raise payload_error(
                self._table.set_name,
                f"The URI '{value}' refers to '{table.name}'; '{column.schema_name}' refers "
                f"to '{targets}'.",
            )
        return row_id

    @staticmethod
    def _writable(column: ColumnDefinition) -> ColumnDefinition:
        if column.read_only:
            raise read_only(column.schema_name)
        return column

    def _control(self, payload: Payload, name: str, value: object) -> None:
        if name == "@odata.type":
            expected = TYPE_PREFIX + self._table.name
            if value not in (expected, f"#{expected}"):
                raise payload_error(
                    self._table.set_name,
                    "A type named "
                    f"'{value}' could not be resolved by the model, or is not '{expected}'.",
                )
        elif name == "@odata.id":
            payload.address = str(value)
        elif name not in IGNORED_CONTROLS:
            raise not_emulated(f"the control property '{name}' in a body")

    def _other(self, payload: Payload, name: str, value: object) -> None:
        column = self._table.navigations.get(name)
        if column is not None:
            self._navigation(payload, self._writable(column), value)
            return
        plain, at, _ = name.partition("@")
        if at and plain in self._table.properties and not name.endswith(BIND):
            return
        raise self._unknown(name, plain if at else "")

    def _navigation(self, payload: Payload, column: ColumnDefinition, value: object) -> None:
        if value is None:
            payload.values[column.name] = None
        elif isinstance(value, dict | list):
            raise not_emulated(f"deep insert through '{column.schema_name}'")
        else:
            raise payload_error(
                self._table.set_name,
                "A 'PrimitiveValue' node with non-null value was found when trying to read the "
                f"value of a navigation property '{column.schema_name}'; however, a "
                "'StartArray' node, a 'StartObject' node, or a 'PrimitiveValue' node with null "
                "value was expected.",
            )

    def _unknown(self, name: str, annotated: str) -> DataverseError:
        known = self._table.properties.get(name)
        if known is not None and known.kind is Kind.LOOKUP:
            return query_error(
                "CRM do not support direct update of Entity Reference properties, Use "
                "Navigation properties instead."
            )
        if known is not None:
            return read_only(name)
        if annotated:
            return payload_error(
                self._table.set_name,
                f"An undeclared property '{annotated}' which only has property annotations in "
                "the payload but no property value was found in the payload. In OData, only "
                "declared navigation properties and declared named streams can be represented "
                "as properties without values.",
            )
        return unknown_column(self._table.set_name, name, self._table.name)


class PayloadReaders:
    """The readers of bodies for the tables of one schema, each made when it is first needed."""

    def __init__(self, schema: Schema) -> None:
        self._schema = schema
        self._readers: dict[str, PayloadReader] = {}

    def of(self, table: TableDefinition) -> PayloadReader:
        """Return the reader of bodies for a table of the schema."""
        reader = self._readers.get(table.name)
        if reader is None:
            reader = self._readers[table.name] = PayloadReader(self._schema, table)
        return reader
