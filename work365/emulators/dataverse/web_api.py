"""The Web API: finds what a request is about, and answers it."""

import json
from collections.abc import Callable

from work365.emulators.dataverse import bulk_deletion, metadata, role_privileges, seeds, sharing
from work365.emulators.dataverse.addresses import (
    Address,
    read_address,
    segments_of,
    split_segment,
)
from work365.emulators.dataverse.audit_functions import (
    AUDIT_FUNCTIONS,
    HISTORY,
    record_history,
)
from work365.emulators.dataverse.batches import Batch
from work365.emulators.dataverse.bulk import BulkActions
from work365.emulators.dataverse.calls import Answer, Call, error_answer, json_answer
from work365.emulators.dataverse.csdl import csdl_document
from work365.emulators.dataverse.definitions import TableDefinition
from work365.emulators.dataverse.environment import Environment
from work365.emulators.dataverse.errors import (
    DataverseError,
    no_resource,
    not_emulated,
    query_error,
    row_absent_by_key,
    unknown_segment,
)
from work365.emulators.dataverse.function_parameters import json_parameter
from work365.emulators.dataverse.metadata_changes import FUNCTION, metadata_changes
from work365.emulators.dataverse.metadata_writes import write_metadata, writes_metadata
from work365.emulators.dataverse.payloads import TYPE_PREFIX
from work365.emulators.dataverse.principal_functions import (
    PRINCIPAL_FUNCTIONS,
    shared_principals,
)
from work365.emulators.dataverse.privileges import Right
from work365.emulators.dataverse.reading import Reader, read_row
from work365.emulators.dataverse.references import row_of
from work365.emulators.dataverse.row_paths import read_path
from work365.emulators.dataverse.row_sets import count_set, read_set
from work365.emulators.dataverse.sql import quoted, sql
from work365.emulators.dataverse.transactions import Transaction
from work365.emulators.dataverse.writing import RowRequests

METHODS = frozenset(("GET", "POST", "PATCH", "PUT", "DELETE"))
BOUND_FUNCTIONS = {
    TYPE_PREFIX + name: function
    for name, function in (PRINCIPAL_FUNCTIONS | AUDIT_FUNCTIONS).items()
}
ACTIONS = dict.fromkeys(sharing.ACTIONS, sharing.share_row) | {
    bulk_deletion.ACTION: bulk_deletion.delete_in_bulk
}
ROLE_ACTIONS = role_privileges.ACTIONS
PARAMETERLESS = frozenset(("$metadata", "WhoAmI"))
UnboundFunction = Callable[[Reader, Call, str], Answer]


class WebApi:
    """Answers requests on one environment."""

    def __init__(self, environment: Environment, *, accepts_key_in_body: bool) -> None:
        self._accepts_key_in_body = accepts_key_in_body
        self._environment = environment
        self._batch = Batch(environment, self._alone, self._inside)
        self._functions: dict[str, Callable[[Call], Answer]] = {
            "": self._service_document,
            "$metadata": self._csdl,
            "WhoAmI": self._who_am_i,
            "RetrieveTotalRecordCount": self._total_count,
            FUNCTION: self._of_rows(metadata_changes),
            HISTORY: self._of_rows(record_history),
            role_privileges.RETRIEVE: self._of_rows(role_privileges.role_privileges),
            "RetrieveSharedPrincipalsAndAccess": self._of_rows(shared_principals),
        }

    def answer(self, call: Call) -> Answer:
        """Answer a request; what goes wrong is an answer, too."""
        try:
            if call.path == "$batch" and call.method == "POST":
                return self._batch.answer(call)
            return self._alone(call)
        except DataverseError as error:
            return error_answer(error)

    def _of_rows(self, function: UnboundFunction) -> Callable[[Call], Answer]:
        """Return a function that looks at rows as the caller sees them."""

        def answer(call: Call) -> Answer:
            with self._environment.reader(call.caller) as reader:
                return function(reader, call, segments_of(call.path)[0])

        return answer

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
        if writes_metadata(call, segments):
            return write_metadata(transaction, call, segments)
        if segments[0] in ACTIONS:
            return ACTIONS[segments[0]](transaction, call, segments[0])
        if len(segments) == 1 and split_segment(segments[0])[0] not in (transaction.schema.sets):
            raise self._unknown(call, split_segment(segments[0])[0], "the action ")
        address = read_address(transaction.schema, segments)
        payloads = transaction.payloads.of(address.table)
        if address.row is None and address.rest and "." in address.rest[0]:
            actions = BulkActions(
                transaction, payloads, accepts_key_in_body=self._accepts_key_in_body
            )
            return actions.answer(call, address.table, address.rest[0])
        if address.row is not None and address.rest[:1] and address.rest[0] in ROLE_ACTIONS:
            action = ROLE_ACTIONS[address.rest[0]]
            return role_privileges.change_privileges(transaction, call, address.row, action)
        viewpoint = self._environment.viewpoint(call.caller)
        return RowRequests(transaction, payloads, viewpoint).answer(call, address)

    def _unknown(self, call: Call, name: str, what: str = "") -> DataverseError:
        """Return the refusal of an address that begins with what the method does not find.

        Source: Troubleshoot Dataverse Web API client errors.
        """
        if name and (name in self._functions or name in ACTIONS):
            return no_resource(f"{call.root}{call.path}")
        sets = {
            each.lower()
            for table in self._environment.schema.tables.values()
            for each in (table.name, table.set_name)
        }
        if name[:1].isupper() and name.lower() not in sets:
            return not_emulated(f"{what}'{name}'")
        return unknown_segment(name)

    def _read(self, call: Call) -> Answer:
        segments = segments_of(call.path)
        name, parameters = split_segment(segments[0])
        if parameters and name in PARAMETERLESS:
            raise unknown_segment(name)
        function = self._functions.get(name)
        if function is not None and len(segments) == 1:
            return function(call)
        if name in metadata.SETS:
            return metadata.metadata_answer(self._environment.schema, call, segments)
        if name[:1].isupper():
            raise self._unknown(call, name)
        with self._environment.reader(call.caller) as reader:
            return self._rows(call, read_address(reader.schema, segments), reader)

    def _rows(self, call: Call, address: Address, reader: Reader) -> Answer:
        if address.row is not None:
            return self._row(call, address, reader)
        if address.rest == ("$count",):
            return count_set(reader, address.table, call)
        if address.rest:
            raise unknown_segment(address.rest[0])
        return self._counted(address.table, read_set(reader, address.table, call))

    def _counted(self, table: TableDefinition, answer: Answer) -> Answer:
        self._environment.tally.add("rows_read", {table.name: answer.rows})
        return answer

    def _row(self, call: Call, address: Address, reader: Reader) -> Answer:
        assert address.row is not None
        row_id = row_of(reader.connection, address.row)
        if row_id is None:
            raise row_absent_by_key(address.table.name)
        self._check_reading(call, address.table, row_id, reader)
        if not address.rest:
            return self._counted(address.table, read_row(reader, address.table, row_id, call))
        function = BOUND_FUNCTIONS.get(split_segment(address.rest[0])[0])
        if function is not None and len(address.rest) == 1:
            return function(reader, call, (address.table, row_id), address.rest[0])
        table, answer = read_path(reader, address.table, row_id, address.rest, call)
        return self._counted(table, answer)

    @staticmethod
    def _check_reading(call: Call, table: TableDefinition, row_id: str, reader: Reader) -> None:
        """Raise if the row is there and the caller may not read it."""
        access = call.caller.restriction
        if access is not None:
            access.require(table, Right.READ)
            access.check_row(reader.connection, table, row_id, Right.READ)

    def _service_document(self, call: Call) -> Answer:
        sets = [
            {"name": name, "kind": "EntitySet", "url": name}
            for name in self._environment.schema.sets
        ]
        body = {"@odata.context": f"{call.root}$metadata", "value": sets}
        return json_answer(200, json.dumps(body))

    def _csdl(self, call: Call) -> Answer:
        annotated = dict(call.parameters).get("annotations", "false") == "true"
        body = csdl_document(self._environment.schema, annotated=annotated)
        return Answer(status=200, headers={"Content-Type": "application/xml"}, body=body)

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
                if name not in reader.schema.tables:
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
    names = json_parameter(value, "EntityNames")
    if not isinstance(names, list) or not all(isinstance(each, str) for each in names):
        raise query_error("'EntityNames' is a list of tables' names.")
    return names
