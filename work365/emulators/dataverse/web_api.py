"""The Web API: finds what a request is about, and answers it."""

import json
from collections.abc import Callable

from work365.emulators.dataverse import change_tracking, metadata, seeds
from work365.emulators.dataverse.addresses import (
    Address,
    read_address,
    segments_of,
    split_segment,
)
from work365.emulators.dataverse.batches import Batch
from work365.emulators.dataverse.bulk import BulkActions
from work365.emulators.dataverse.calls import Answer, Call, error_answer, json_answer
from work365.emulators.dataverse.definitions import TableDefinition
from work365.emulators.dataverse.environment import Environment
from work365.emulators.dataverse.errors import (
    DataverseError,
    not_emulated,
    query_error,
    row_absent_by_key,
    unknown_segment,
)
from work365.emulators.dataverse.payloads import TYPE_PREFIX
from work365.emulators.dataverse.reading import Reader, count_rows, read_row, read_rows
from work365.emulators.dataverse.references import row_of
from work365.emulators.dataverse.sql import quoted, sql
from work365.emulators.dataverse.transactions import Transaction
from work365.emulators.dataverse.writing import RowRequests, absent

METHODS = frozenset(("GET", "POST", "PATCH", "PUT", "DELETE"))


class WebApi:
    """Answers requests on one environment."""

    def __init__(self, environment: Environment, *, accepts_key_in_body: bool) -> None:
        self._accepts_key_in_body = accepts_key_in_body
        self._environment = environment
        self._batch = Batch(environment, self._alone, self._inside)
        self._functions: dict[str, Callable[[Call], Answer]] = {
            "": self._service_document,
            "WhoAmI": self._who_am_i,
            "RetrieveTotalRecordCount": self._total_count,
        }

    def answer(self, call: Call) -> Answer:
        """Answer a request; what goes wrong is an answer, too."""
        try:
            if call.path == "$batch" and call.method == "POST":
                return self._batch.answer(call)
            return self._alone(call)
        except DataverseError as error:
            return error_answer(error)

    def _alone(self, call: Call) -> Answer:
        if call.method not in METHODS:
            raise not_emulated(f"the method {call.method}")
        if call.method == "GET":
            return self._read(call)
        with self._environment.transaction(call.caller) as transaction:
            return self._inside(call, transaction)

    def _inside(self, call: Call, transaction: Transaction) -> Answer:
        """Answer a writing request inside a transaction that may have more to do."""
        if call.method == "GET":
            raise query_error("A change set cannot have a GET request inside.")
        segments = segments_of(call.path)
        if split_segment(segments[0])[0] in metadata.SETS:
            raise not_emulated(f"{call.method} on {segments[0]}")
        if len(segments) == 1 and split_segment(segments[0])[0] not in (
            self._environment.schema.sets
        ):
            self._refuse_action(split_segment(segments[0])[0])
        address = read_address(self._environment.schema, segments)
        payloads = self._environment.payloads[address.table.name]
        if address.row is None and address.rest and "." in address.rest[0]:
            actions = BulkActions(
                transaction, payloads, accepts_key_in_body=self._accepts_key_in_body
            )
            return actions.answer(call, address.table, address.rest[0])
        viewpoint = self._environment.viewpoint(call.caller)
        return RowRequests(transaction, payloads, viewpoint).answer(call, address)

    @staticmethod
    def _refuse_action(name: str) -> None:
        if name[:1].isupper():
            raise not_emulated(f"the action '{name}'")
        raise unknown_segment(name)

    def _read(self, call: Call) -> Answer:
        segments = segments_of(call.path)
        name, _ = split_segment(segments[0])
        function = self._functions.get(name)
        if function is not None and len(segments) == 1:
            return function(call)
        if name in metadata.SETS:
            return metadata.metadata_answer(self._environment.schema, call, segments)
        if name == "$metadata" or name[:1].isupper():
            raise not_emulated(f"'{name}'")
        address = read_address(self._environment.schema, segments)
        with self._environment.reader(call.caller) as reader:
            return self._rows(call, address, reader)

    def _rows(self, call: Call, address: Address, reader: Reader) -> Answer:
        if address.row is not None:
            return self._row(call, address, reader)
        if address.rest == ("$count",):
            return count_rows(reader, address.table, call)
        if address.rest:
            raise unknown_segment(address.rest[0])
        if change_tracking.asks_for_changes(call):
            return change_tracking.changes_answer(reader, address.table, call)
        return self._counted(address.table, read_rows(reader, address.table, call))

    def _counted(self, table: TableDefinition, answer: Answer) -> Answer:
        self._environment.tally.add("rows_read", {table.name: answer.rows})
        return answer

    def _row(self, call: Call, address: Address, reader: Reader) -> Answer:
        assert address.row is not None
        row_id = row_of(reader.connection, address.row)
        if row_id is None:
            raise row_absent_by_key(address.table.name)
        if not address.rest:
            return self._counted(address.table, read_row(reader, address.table, row_id, call))
        if len(address.rest) > 1:
            raise not_emulated(f"GET {'/'.join(address.rest)} of a row")
        return self._part(call, address, row_id, reader)

    def _part(self, call: Call, address: Address, row_id: str, reader: Reader) -> Answer:
        """Answer with one property of a row, or with the row that a lookup refers to."""
        (name,) = address.rest
        table = address.table
        lookup = table.navigations.get(name)
        column = lookup or table.properties.get(name)
        if column is None:
            raise unknown_segment(name)
        found = reader.connection.execute(
            sql(
                "SELECT",
                quoted(column.name),
                "FROM",
                quoted(table.name),
                f'WHERE "{table.primary_id}" = ?',
            ),
            (row_id,),
        ).fetchone()
        if found is None:
            assert address.row is not None
            raise absent(address.row)
        if found[0] is None:
            return Answer(status=204)
        if lookup is not None:
            return read_row(
                reader, self._environment.schema.tables[lookup.target], str(found[0]), call
            )
        context = json.dumps(f"{call.root}$metadata#{table.set_name}({row_id})/{name}")
        text = metadata.json_value(column, found[0])
        return json_answer(200, f'{{"@odata.context":{context},"value":{text}}}')

    def _service_document(self, call: Call) -> Answer:
        sets = [
            {"name": name, "kind": "EntitySet", "url": name}
            for name in self._environment.schema.sets
        ]
        body = {"@odata.context": f"{call.root}$metadata", "value": sets}
        return json_answer(200, json.dumps(body))

    def _who_am_i(self, call: Call) -> Answer:
        body = {
            "@odata.context": f"{call.root}$metadata#{TYPE_PREFIX}WhoAmIResponse",
            "BusinessUnitId": call.caller.business_unit_id,
            "UserId": call.caller.user_id,
            "OrganizationId": seeds.ORGANIZATION_ID,
        }
        return json_answer(200, json.dumps(body))

    def _total_count(self, call: Call) -> Answer:
        names = _entity_names(call)
        keys, values = [], []
        with self._environment.reader(call.caller) as reader:
            for name in names:
                if name not in self._environment.schema.tables:
                    raise DataverseError(
                        404, "0x80041102", f"The entity with a name = '{name}' was not found."
                    )
                found = reader.connection.execute(
                    sql("SELECT count(*) FROM", quoted(name))
                ).fetchone()
                keys.append(name)
                values.append(found[0])
        context = f"{call.root}$metadata#{TYPE_PREFIX}RetrieveTotalRecordCountResponse"
        counts = {"Count": len(keys), "IsReadOnly": False, "Keys": keys, "Values": values}
        return json_answer(
            200,
            json.dumps({"@odata.context": context, "EntityRecordCountCollection": counts}),
        )


def _entity_names(call: Call) -> list[str]:
    _, inside = split_segment(segments_of(call.path)[0])
    name, equals, value = (inside or "").partition("=")
    if name.strip() != "EntityNames" or not equals:
        raise query_error("RetrieveTotalRecordCount needs the parameter 'EntityNames'.")
    value = dict(call.parameters).get(value.strip(), value.strip())
    try:
        return [str(name) for name in json.loads(value.replace("'", '"'))]
    except ValueError as error:
        raise query_error(f"Invalid JSON in 'EntityNames'. {error}") from error
