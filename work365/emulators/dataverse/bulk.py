"""The bulk actions: `CreateMultiple`, `UpdateMultiple` and `UpsertMultiple`.

On standard tables, which are all there is here, the whole action happens or nothing.
"""

import json
from typing import Any

from work365.emulators.dataverse.addresses import RowAddress, read_address, segments_of
from work365.emulators.dataverse.calls import Answer, Call, json_answer
from work365.emulators.dataverse.definitions import TableDefinition
from work365.emulators.dataverse.errors import (
    DataverseError,
    duplicate_in_bulk,
    not_emulated,
    payload_error,
    rows_absent,
    unknown_segment,
)
from work365.emulators.dataverse.payloads import TYPE_PREFIX, Payload, PayloadReader
from work365.emulators.dataverse.product_catalog import refuse_bulk
from work365.emulators.dataverse.references import relative, row_of
from work365.emulators.dataverse.rows import Values, create_rows, stored_row, update_row
from work365.emulators.dataverse.text_comparison import fold
from work365.emulators.dataverse.transactions import Transaction
from work365.emulators.dataverse.values import SqlValue
from work365.emulators.dataverse.writing import with_key, without_key

ACTIONS = ("CreateMultiple", "UpdateMultiple", "UpsertMultiple")
DUPLICATE = "0x80040237"


class BulkActions:
    """Does bulk actions inside a transaction."""

    def __init__(
        self, transaction: Transaction, payloads: PayloadReader, *, accepts_key_in_body: bool
    ) -> None:
        self._transaction = transaction
        self._payloads = payloads
        self._accepts_key_in_body = accepts_key_in_body

    def answer(self, call: Call, table: TableDefinition, segment: str) -> Answer:
        """Do what a bulk action on a table's collection asks for."""
        action = segment.removeprefix(TYPE_PREFIX)
        if call.method != "POST" or action == segment:
            raise unknown_segment(segment)
        if action == "DeleteMultiple":
            raise DataverseError(501, "0x80040219", "DeleteMultiple has not yet been implemented.")
        if action not in ACTIONS:
            raise not_emulated(f"the action '{action}'")
        refuse_bulk(table, action)
        connection = self._transaction.connection
        targets = [
            self._payloads.read(target, connection, call.content_ids)
            for target in _targets(call, table)
        ]
        if action == "CreateMultiple":
            return self._create(call, table, targets)
        if action == "UpdateMultiple":
            self._update(table, targets)
        else:
            self._upsert(call, table, targets)
        return Answer(status=204)

    def _create(self, call: Call, table: TableDefinition, targets: list[Payload]) -> Answer:
        if any(target.address for target in targets):
            raise not_emulated("'@odata.id' in CreateMultiple")
        try:
            ids = create_rows(self._transaction, table, [target.values for target in targets])
        except DataverseError as error:
            if error.code == DUPLICATE:
                raise duplicate_in_bulk() from error
            raise
        context = f"{call.root}$metadata#{TYPE_PREFIX}CreateMultipleResponse"
        body = json.dumps({"@odata.context": context, "Ids": ids}, separators=(",", ":"))
        return json_answer(200, body)

    def _update(self, table: TableDefinition, targets: list[Payload]) -> None:
        absent = []
        for target in targets:
            row_id = target.values.get(table.primary_id)
            if target.address is not None:
                raise not_emulated("'@odata.id' in UpdateMultiple")
            if row_id is None:
                raise payload_error(
                    table.set_name, f"Each row of 'Targets' needs '{table.primary_id}'."
                )
            before = stored_row(self._transaction, table, str(row_id))
            if before is None:
                absent.append(str(row_id))
                continue
            address = RowAddress(table=table, row_id=str(row_id))
            update_row(self._transaction, table, before, without_key(address, target.values))
        if absent:
            raise rows_absent(table.name, absent)

    def _upsert(self, call: Call, table: TableDefinition, targets: list[Payload]) -> None:
        """Update the rows that are there and create the others, those at one go.

        A row that comes twice is created before it is updated.
        """
        waiting: dict[tuple[SqlValue, ...], Values] = {}
        for target in targets:
            address = self._address(call, table, target)
            place = _place(address)
            if place in waiting:
                self._create_waiting(table, waiting)
            row_id = row_of(self._transaction.connection, address)
            before = stored_row(self._transaction, table, row_id) if row_id else None
            if before is not None:
                values = without_key(address, target.values)
                update_row(self._transaction, table, before, values)
                continue
            self._check_key(address, target.values)
            waiting[place] = with_key(address, target.values)
        self._create_waiting(table, waiting)

    def _create_waiting(
        self, table: TableDefinition, waiting: dict[tuple[SqlValue, ...], Values]
    ) -> None:
        if waiting:
            create_rows(self._transaction, table, list(waiting.values()))
            waiting.clear()

    def _check_key(self, address: RowAddress, values: Values) -> None:
        if self._accepts_key_in_body or not address.key or values.keys().isdisjoint(address.key):
            return
        raise DataverseError(
            400,
            "0x80040216",
            "An unexpected error occurred. (The key of a new row is both in its '@odata.id' and "
            "among its columns.)",
        )

    def _address(self, call: Call, table: TableDefinition, target: Payload) -> RowAddress:
        if target.address is None:
            row_id = target.values.get(table.primary_id)
            if row_id is None:
                raise payload_error(
                    table.set_name,
                    f"Each row of 'Targets' needs '{table.primary_id}' or '@odata.id'.",
                )
            return RowAddress(table=table, row_id=str(row_id))
        path = relative(target.address, call.content_ids)
        address = read_address(self._transaction.schema, segments_of(path))
        if address.row is None or address.rest or address.table is not table:
            raise payload_error(
                table.set_name, f"The URI '{target.address}' does not address one of its rows."
            )
        return address.row


def _place(address: RowAddress) -> tuple[SqlValue, ...]:
    if address.key is None:
        return (address.row_id,)
    return tuple(fold(value) for _, value in sorted(address.key.items()))


def _targets(call: Call, table: TableDefinition) -> list[dict[str, Any]]:
    body = call.json(table.set_name)
    targets = body.get("Targets")
    if not isinstance(targets, list) or not targets or len(body) != 1:
        raise payload_error(
            table.set_name, "The parameter 'Targets' is required: a collection of rows."
        )
    for target in targets:
        if not isinstance(target, dict) or "@odata.type" not in target:
            raise payload_error(
                table.set_name,
                "An entry without a type name was found, but no expected type was specified. "
                "Each row of 'Targets' needs '@odata.type'.",
            )
    return targets
