"""Answers functions about the history of rows, from what `audit` keeps."""

import json
from decimal import Decimal
from sqlite3 import Row
from typing import Any

from work365.emulators.dataverse.calls import Answer, Call
from work365.emulators.dataverse.definitions import ColumnDefinition, Kind, TableDefinition
from work365.emulators.dataverse.errors import not_emulated
from work365.emulators.dataverse.function_parameters import (
    Reference,
    parameters_of,
    refuse_other_parameters,
)
from work365.emulators.dataverse.payloads import TYPE_PREFIX
from work365.emulators.dataverse.principal_functions import (
    BoundFunction,
    function_answer,
    target_of,
)
from work365.emulators.dataverse.privileges import READ_RECORD_HISTORY
from work365.emulators.dataverse.reading import Reader
from work365.emulators.dataverse.values import SqlValue

HISTORY = "RetrieveRecordChangeHistory"
DETAILS = "RetrieveAuditDetails"
_ENTRY = """
    SELECT auditid, operation, action, userid, callinguserid, objectid, objecttypecode,
           attributemask, changedata, transactionid, createdon, versionnumber FROM audit
"""
_OF_ROW = _ENTRY + " WHERE objectid = ? AND objecttypecode = ? ORDER BY versionnumber DESC"
_BY_ID = _ENTRY + " WHERE auditid = ?"

Json = dict[str, Any]


def record_history(reader: Reader, call: Call, segment: str) -> Answer:
    """Answer `RetrieveRecordChangeHistory`: what changed in a row, the latest first.

    Pages of a history are not emulated: it is answered whole.
    """
    _check_privilege(call)
    table, row_id = target_of(reader, call, segment, HISTORY)
    cursor = reader.connection.cursor()
    cursor.row_factory = Row
    details = [_detail(table, row) for row in cursor.execute(_OF_ROW, (row_id, table.name))]
    return function_answer(
        call,
        HISTORY,
        AuditDetailCollection={
            "MoreRecords": False,
            "PagingCookie": "",
            "TotalRecordCount": len(details),
            "AuditDetails": details,
        },
    )


def _audit_details(reader: Reader, call: Call, bound: Reference, segment: str) -> Answer:
    """Answer `RetrieveAuditDetails`: what one entry says."""
    _check_privilege(call)
    refuse_other_parameters(parameters_of(call, segment), frozenset(), DETAILS)
    table, row_id = bound
    if table.name != "audit":
        raise not_emulated(f"{DETAILS} of '{table.name}'")
    cursor = reader.connection.cursor()
    cursor.row_factory = Row
    row = cursor.execute(_BY_ID, (row_id,)).fetchone()
    audited = reader.schema.tables[row["objecttypecode"]]
    return function_answer(call, DETAILS, AuditDetail=_detail(audited, row))


def _check_privilege(call: Call) -> None:
    access = call.caller.restriction
    if access is not None:
        access.require_privilege(READ_RECORD_HISTORY)


def _detail(table: TableDefinition, row: Row) -> Json:
    changes = json.loads(row["changedata"])["changedAttributes"]
    return {
        "@odata.type": f"#{TYPE_PREFIX}AttributeAuditDetail",
        "InvalidNewValueAttributes": [],
        "LocLabelLanguageCode": 0,
        "DeletedAttributes": {"Count": 0, "Keys": [], "Values": []},
        "OldValue": _side(table, changes, "oldValue"),
        "NewValue": _side(table, changes, "newValue"),
        "AuditRecord": {
            "auditid": row["auditid"],
            "operation": row["operation"],
            "action": row["action"],
            "createdon": row["createdon"],
            "_userid_value": row["userid"],
            "_callinguserid_value": row["callinguserid"],
            "_objectid_value": row["objectid"],
            "objecttypecode": row["objecttypecode"],
            "attributemask": row["attributemask"],
            "transactionid": row["transactionid"],
            "versionnumber": row["versionnumber"],
        },
    }


def _side(table: TableDefinition, changes: list[Json], side: str) -> Json:
    """Return the values before or after, those that there were."""
    shown: Json = {"@odata.type": f"#{TYPE_PREFIX}{table.name}"}
    for change in changes:
        value, column = change[side], table.columns.get(change["logicalName"])
        if value is not None:
            name = column.read_name if column else change["logicalName"]
            shown[name] = _shown(column, value)
    return shown


def _shown(column: ColumnDefinition | None, value: SqlValue) -> Any:
    if column is not None and column.is_number:
        return Decimal(str(value))
    is_flag = column is not None and column.kind is Kind.YES_NO
    return bool(value) if is_flag else value


AUDIT_FUNCTIONS: dict[str, BoundFunction] = {DETAILS: _audit_details}
"""Functions that are bound to an entry."""
