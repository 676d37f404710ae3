"""The action `BulkDelete`: a job that deletes the rows of queries.

Queries are what Microsoft's client for Python sends: rows by their primary keys. The job is
done before the answer, whatever moment it is to start at, where a real environment does it
afterwards. A row that cannot be deleted stays, and the job's message counts it.

Source: the reference of BulkDelete, and that client's requests.
"""

import json
from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from work365.emulators.dataverse.calls import Answer, Call, json_answer
from work365.emulators.dataverse.definitions import TableDefinition
from work365.emulators.dataverse.errors import (
    DataverseError,
    not_emulated,
    query_error,
)
from work365.emulators.dataverse.function_parameters import refuse_other_parameters
from work365.emulators.dataverse.payloads import TYPE_PREFIX
from work365.emulators.dataverse.rows import delete_row, stored_row
from work365.emulators.dataverse.system_rows import insert_row
from work365.emulators.dataverse.transactions import Transaction
from work365.emulators.dataverse.values import GUID

ACTION = "BulkDelete"
OPERATION = 13
COMPLETED, SUCCEEDED = 3, 30
"""Type, state and status of the job's row in `asyncoperation`."""

REQUIRED = frozenset(("QuerySet", "JobName", "RecurrencePattern", "StartDateTime"))
NOTIFYING = frozenset(("SendEmailNotification", "ToRecipients", "CCRecipients"))
QUERY = frozenset(("@odata.type", "EntityName", "ColumnSet", "Criteria"))
CRITERIA = frozenset(("@odata.type", "FilterOperator", "Conditions"))
CONDITION = frozenset(("@odata.type", "AttributeName", "Operator", "Values"))
OPERATORS = ("In", "Equal")

Object = Mapping[str, Any]


def delete_in_bulk(transaction: Transaction, call: Call, _action: str) -> Answer:
    """Delete the rows of the queries, and answer with the job's id.

    Raises: DataverseError, where the request is wrong; a row that stays raises nothing.
    """
    if call.method != "POST":
        raise query_error(f"The action '{ACTION}' is called by POST.")
    body = call.json(ACTION)
    refuse_other_parameters(body, REQUIRED | NOTIFYING, ACTION)
    for name in sorted(REQUIRED):
        if name not in body:
            raise query_error(f"The parameter '{name}' is required by '{ACTION}'.")
    if body["RecurrencePattern"] or any(body.get(name) for name in NOTIFYING):
        raise not_emulated("a BulkDelete that recurs, or tells people by mail")
    queries = body["QuerySet"]
    if not isinstance(queries, list) or not queries:
        raise query_error("'QuerySet' is a list of queries, at least one.")
    wanted = [_wanted(transaction, query) for query in queries]
    failures = sum(_deleted(transaction, table, ids) for table, ids in wanted)
    job_id = _job(transaction, str(body["JobName"]), failures)
    context = f"{call.root}$metadata#{TYPE_PREFIX}BulkDeleteResponse"
    return json_answer(200, json.dumps({"@odata.context": context, "JobId": job_id}))


def _wanted(transaction: Transaction, value: object) -> tuple[TableDefinition, list[str]]:
    query = _object(value, QUERY, "a query")
    name = query.get("EntityName")
    table = transaction.schema.tables.get(name) if isinstance(name, str) else None
    if table is None:
        raise DataverseError(404, "0x80041102", f"The entity with a name = '{name}' was not found.")
    criteria = _object(query.get("Criteria"), CRITERIA, "'Criteria'")
    conditions = criteria.get("Conditions")
    if not isinstance(conditions, list) or len(conditions) != 1:
        raise not_emulated("a BulkDelete by anything but one condition")
    condition = _object(conditions[0], CONDITION, "a condition")
    if condition.get("AttributeName") != table.primary_id:
        raise not_emulated(f"a BulkDelete by another column than '{table.primary_id}'")
    if condition.get("Operator") not in OPERATORS:
        raise not_emulated(f"the operator '{condition.get('Operator')}' of a BulkDelete")
    return table, _ids(condition.get("Values"))


def _object(value: object, known: frozenset[str], what: str) -> Object:
    if not isinstance(value, dict):
        raise query_error(f"{what} of '{ACTION}' is not an object.")
    refuse_other_parameters(value, known, ACTION)
    return value


def _ids(values: object) -> list[str]:
    if not isinstance(values, list):
        raise query_error("'Values' of a condition is a list.")
    found = [value.get("Value") if isinstance(value, dict) else value for value in values]
    for value in found:
        if not isinstance(value, str) or not GUID.fullmatch(value):
            raise query_error(f"'{value}' of a condition is not a row's id.")
    return [str(value).lower() for value in found]


def _deleted(transaction: Transaction, table: TableDefinition, ids: list[str]) -> int:
    """Delete rows, each by itself, and return how many could not be."""
    failures = 0
    for row_id in ids:
        if stored_row(transaction, table, row_id) is None:
            continue
        transaction.connection.execute("SAVEPOINT one_row")
        try:
            delete_row(transaction, table, row_id)
        except DataverseError:
            failures += 1
            transaction.connection.execute("ROLLBACK TO one_row")
        transaction.connection.execute("RELEASE one_row")
    return failures


def _job(transaction: Transaction, name: str, failures: int) -> str:
    job_id = str(uuid4())
    insert_row(
        transaction,
        "asyncoperation",
        asyncoperationid=job_id,
        name=name,
        operationtype=OPERATION,
        messagename=ACTION,
        message=f"{failures} rows could not be deleted." if failures else None,
        startedon=transaction.now,
        completedon=transaction.now,
        statecode=COMPLETED,
        statuscode=SUCCEEDED,
    )
    return job_id
