"""Answers writing requests on rows and their properties, inside a transaction."""

from http import HTTPStatus
from typing import Any

from work365.emulators.dataverse.addresses import Address, RowAddress
from work365.emulators.dataverse.associations import Associations, names_collection
from work365.emulators.dataverse.calls import Answer, Call, json_answer
from work365.emulators.dataverse.definitions import Kind, TableDefinition
from work365.emulators.dataverse.errors import (
    DataverseError,
    not_emulated,
    query_error,
    row_absent,
    row_absent_by_key,
    row_present,
    unknown_segment,
    wrong_method,
)
from work365.emulators.dataverse.payloads import PayloadReader
from work365.emulators.dataverse.query_options import QueryOptions, read_options
from work365.emulators.dataverse.reading import Reader, row_text
from work365.emulators.dataverse.references import row_of
from work365.emulators.dataverse.rows import (
    Values,
    check_version,
    create_rows,
    delete_row,
    stored_row,
    update_row,
)
from work365.emulators.dataverse.solution_components import join_row
from work365.emulators.dataverse.transactions import Transaction
from work365.emulators.dataverse.viewpoints import Viewpoint

EVERY_VERSION = "*"


class RowRequests:
    """Writes what a request on one row asks for."""

    def __init__(
        self, transaction: Transaction, payloads: PayloadReader, viewpoint: Viewpoint
    ) -> None:
        self._transaction = transaction
        self._payloads = payloads
        self._viewpoint = viewpoint

    def answer(self, call: Call, address: Address) -> Answer:
        """Do what the request asks for."""
        if names_collection(self._transaction, address):
            return Associations(self._transaction).answer(call, address)
        if address.rest:
            return self._property(call, address)
        if call.method == "POST" and address.row is None:
            return self._create(call, address.table)
        if call.method == "PATCH" and address.row is not None:
            return self._patch(call, address.row)
        if call.method == "DELETE" and address.row is not None:
            return self._delete(call, address.row)
        raise wrong_method(call.method)

    def _options(self, call: Call) -> QueryOptions:
        options = read_options(call.parameters)
        for name in options.given - {"$select", "$expand"}:
            raise not_emulated(f"the query option '{name}' on a writing request")
        return QueryOptions(select=options.select)

    def _create(self, call: Call, table: TableDefinition) -> Answer:
        options = self._options(call)
        values = self._values(call, table)
        (row_id,) = create_rows(self._transaction, table, [values])
        join_row(self._transaction, call, table, row_id)
        return self._created(call, table, row_id, options)

    def _values(self, call: Call, table: TableDefinition) -> Values:
        payload = self._payloads.read(
            call.json(table.set_name), self._transaction.connection, call.content_ids
        )
        if payload.address is not None:
            raise not_emulated("'@odata.id' in the body of a request on one row")
        return payload.values

    def _patch(self, call: Call, address: RowAddress) -> Answer:
        options = self._options(call)
        table = address.table
        values = self._values(call, table)
        row_id = row_of(self._transaction.connection, address)
        before = stored_row(self._transaction, table, row_id) if row_id else None
        if before is None:
            return self._create_at(call, address, values, options)
        if call.condition("if-none-match") == EVERY_VERSION:
            raise row_present()
        check_version(before, call.condition("if-match"))
        update_row(self._transaction, table, before, without_key(address, values))
        join_row(self._transaction, call, table, str(before[table.primary_id]))
        if call.preferences.representation:
            return self._represented(call, table, str(before[table.primary_id]), options, 200)
        return Answer(status=204, headers=_entity_headers(call, table, address.text))

    def _create_at(
        self, call: Call, address: RowAddress, values: Values, options: QueryOptions
    ) -> Answer:
        table = address.table
        if call.condition("if-match") is not None:
            raise absent(address)
        (row_id,) = create_rows(self._transaction, table, [with_key(address, values)])
        join_row(self._transaction, call, table, row_id)
        if call.preferences.representation:
            return self._represented(call, table, row_id, options, 201)
        return Answer(status=204, headers=_entity_headers(call, table, address.text))

    def _delete(self, call: Call, address: RowAddress) -> Answer:
        row_id = row_of(self._transaction.connection, address)
        if row_id is None:
            raise row_absent_by_key(address.table.name)
        delete_row(self._transaction, address.table, row_id, call.condition("if-match"))
        return Answer(status=204)

    def _created(
        self, call: Call, table: TableDefinition, row_id: str, options: QueryOptions
    ) -> Answer:
        if call.preferences.representation:
            return self._represented(call, table, row_id, options, 201)
        return Answer(status=204, headers=_entity_headers(call, table, row_id))

    def _represented(
        self,
        call: Call,
        table: TableDefinition,
        row_id: str,
        options: QueryOptions,
        status: int,
    ) -> Answer:
        reader = Reader(
            schema=self._transaction.schema,
            connection=self._transaction.connection,
            viewpoint=self._viewpoint,
        )
        body, version = row_text(reader, table, row_id, call, options)
        answer = json_answer(status, body, ETag=f'W/"{version}"')
        if status == HTTPStatus.CREATED:
            answer.headers["Location"] = f"{call.root}{table.set_name}({row_id})"
        answer.headers.update(
            call.preferences.applied_header("return", "odata.include-annotations")
        )
        return answer

    def _property(self, call: Call, address: Address) -> Answer:
        """Set or clear one property: a column, or the reference of a lookup."""
        if address.row is None:
            raise unknown_segment(address.rest[0])
        table = address.table
        name, *rest = address.rest
        lookup = table.navigations.get(name)
        if lookup is not None and rest == ["$ref"]:
            body = self._reference(call, name)
        elif name in table.properties and not rest:
            body = self._column(call, table, name)
        else:
            raise unknown_segment(rest[0] if rest else name)
        values = self._payloads.read(body, self._transaction.connection, call.content_ids).values
        row_id = row_of(self._transaction.connection, address.row)
        before = stored_row(self._transaction, table, row_id) if row_id else None
        if before is None:
            raise absent(address.row)
        check_version(before, call.condition("if-match"))
        update_row(self._transaction, table, before, values)
        return Answer(status=204)

    @staticmethod
    def _reference(call: Call, name: str) -> dict[str, Any]:
        if call.method == "DELETE":
            return {f"{name}@odata.bind": None}
        if call.method != "PUT":
            raise not_emulated(f"{call.method} on a single-valued reference")
        url = call.json(name).get("@odata.id")
        if url is None:
            raise query_error("A reference is set by PUT with an '@odata.id'.")
        return {f"{name}@odata.bind": url}

    @staticmethod
    def _column(call: Call, table: TableDefinition, name: str) -> dict[str, Any]:
        if table.properties[name].kind is Kind.LOOKUP:
            raise query_error(
                "CRM do not support direct update of Entity Reference properties, Use "
                "Navigation properties instead."
            )
        if call.method == "DELETE":
            return {name: None}
        body = call.json(table.set_name)
        if call.method != "PUT" or "value" not in body:
            raise query_error("A single property is set by PUT with a 'value'.")
        return {name: body["value"]}


def absent(address: RowAddress) -> DataverseError:
    """Return the refusal of a row that is not where it was addressed."""
    if address.row_id is None:
        return row_absent_by_key(address.table.name)
    return row_absent(address.table.name, address.row_id)


def without_key(address: RowAddress, values: Values) -> Values:
    """Return an update's values without those of the key that found the row."""
    ignored = set(address.key or ()) | {address.table.primary_id}
    return {name: value for name, value in values.items() if name not in ignored}


def with_key(address: RowAddress, values: Values) -> Values:
    """Return a new row's values; the address gives what the body does not."""
    if address.key is None:
        return {**values, address.table.primary_id: address.row_id}
    return {**address.key, **values}


def _entity_headers(call: Call, table: TableDefinition, key: str) -> dict[str, str]:
    url = f"{call.root}{table.set_name}({key})"
    return {"Location": url, "OData-EntityId": url}
