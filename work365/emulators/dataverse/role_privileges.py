"""Gives privileges to roles and takes them back, by the actions that are there for it.

The administrator's role has every privilege without a row that says so, and is left alone.
"""

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from work365.emulators.dataverse import seeds
from work365.emulators.dataverse.addresses import RowAddress
from work365.emulators.dataverse.calls import Answer, Call
from work365.emulators.dataverse.definitions import TableDefinition
from work365.emulators.dataverse.errors import DataverseError, query_error, row_absent
from work365.emulators.dataverse.function_parameters import (
    parameters_of,
    refuse_other_parameters,
)
from work365.emulators.dataverse.payloads import TYPE_PREFIX
from work365.emulators.dataverse.principal_functions import function_answer, shown_privilege
from work365.emulators.dataverse.privileges import (
    BASIC,
    DEEP,
    DEPTH_NAMES,
    GLOBAL,
    LOCAL,
    Right,
)
from work365.emulators.dataverse.reading import Reader
from work365.emulators.dataverse.references import row_of
from work365.emulators.dataverse.rows import stored_row
from work365.emulators.dataverse.system_rows import insert_row
from work365.emulators.dataverse.transactions import Transaction
from work365.emulators.dataverse.values import GUID

ROLE = "role"
ADD, REPLACE, RETRIEVE = (
    "AddPrivilegesRole",
    "ReplacePrivilegesRole",
    "RetrieveRolePrivilegesRole",
)
ACTIONS = {TYPE_PREFIX + name: name for name in (ADD, REPLACE)}
MASKS: Mapping[object, int] = {
    **{name: mask for mask, name in DEPTH_NAMES.items()},
    **{number: mask for number, mask in enumerate((BASIC, LOCAL, DEEP, GLOBAL))},
}
"""Depth masks by the names and the numbers of `PrivilegeDepth`."""

_CAN_BE = {BASIC: "canbebasic", LOCAL: "canbelocal", DEEP: "canbedeep", GLOBAL: "canbeglobal"}
_KNOWN = frozenset(
    ("@odata.type", "PrivilegeId", "PrivilegeName", "Depth", "BusinessUnitId", "RecordFilterId")
)


def change_privileges(
    transaction: Transaction, call: Call, address: RowAddress, action: str
) -> Answer:
    """Do what `AddPrivilegesRole` or `ReplacePrivilegesRole` asks for.

    Raises: DataverseError.
    """
    table = address.table
    role_id = row_of(transaction.connection, address)
    role = stored_row(transaction, table, role_id) if role_id else None
    if role_id is None or role is None:
        raise row_absent(table.name, role_id or address.text)
    _check_change(transaction, table, role_id)
    if role["roletemplateid"] == seeds.ADMINISTRATOR_TEMPLATE_ID:
        raise DataverseError(
            400, "0x80041401", f"The privileges of the role '{role['name']}' cannot be changed."
        )
    body = call.json(table.set_name)
    refuse_other_parameters(body, frozenset(("Privileges",)), action)
    given = [_given(transaction, each) for each in _list(body.get("Privileges"))]
    if action == REPLACE:
        transaction.connection.execute("DELETE FROM roleprivileges WHERE roleid = ?", (role_id,))
        transaction.written_tables.add("roleprivileges")
    for privilege_id, mask in given:
        _put(transaction, role_id, privilege_id, mask)
    return Answer(status=204)


def _check_change(transaction: Transaction, table: TableDefinition, role_id: str) -> None:
    access = transaction.caller.restriction
    if access is not None:
        access.require(table, Right.WRITE)
        access.check_row(transaction.connection, table, role_id, Right.WRITE)


def _list(value: object) -> list[dict[str, Any]]:
    if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
        raise query_error("The parameter 'Privileges' is required: a collection of privileges.")
    return value


def _given(transaction: Transaction, value: dict[str, Any]) -> tuple[str, int]:
    """Return id and depth mask of a privilege that is to be given."""
    refuse_other_parameters(value, _KNOWN, "RolePrivilege")
    privilege_id, depth = value.get("PrivilegeId"), value.get("Depth")
    if not isinstance(privilege_id, str) or not GUID.fullmatch(privilege_id):
        raise DataverseError(400, "0x80041408", "A privilege needs its 'PrivilegeId'.")
    mask = MASKS.get(depth) if isinstance(depth, str | int) else None
    if mask is None:
        raise _invalid_depth(privilege_id, depth)
    found = transaction.connection.execute(
        "SELECT canbebasic, canbelocal, canbedeep, canbeglobal FROM privilege "
        "WHERE privilegeid = ?",
        (privilege_id.lower(),),
    ).fetchone()
    if found is None:
        raise row_absent("privilege", privilege_id)
    if not dict(zip(_CAN_BE, found, strict=True))[mask]:
        raise _invalid_depth(privilege_id, depth)
    return privilege_id.lower(), mask


def _invalid_depth(privilege_id: str, depth: object) -> DataverseError:
    return DataverseError(
        400, "0x8004140b", f"The privilege {privilege_id} cannot have the depth '{depth}'."
    )


def _put(transaction: Transaction, role_id: str, privilege_id: str, mask: int) -> None:
    transaction.connection.execute(
        "DELETE FROM roleprivileges WHERE roleid = ? AND privilegeid = ?", (role_id, privilege_id)
    )
    insert_row(
        transaction,
        "roleprivileges",
        roleprivilegeid=str(uuid4()),
        roleid=role_id,
        privilegeid=privilege_id,
        privilegedepthmask=mask,
    )


def role_privileges(reader: Reader, call: Call, segment: str) -> Answer:
    """Answer `RetrieveRolePrivilegesRole`: what a role gives."""
    parameters = parameters_of(call, segment)
    refuse_other_parameters(parameters, frozenset(("RoleId",)), RETRIEVE)
    role_id = parameters.get("RoleId", "").lower()
    if not GUID.fullmatch(role_id):
        raise query_error("RetrieveRolePrivilegesRole needs the parameter 'RoleId'.")
    table = reader.schema.tables[ROLE]
    access = call.caller.restriction
    if access is not None:
        access.require(table, Right.READ)
        access.check_row(reader.connection, table, role_id, Right.READ)
    role = reader.connection.execute(
        "SELECT businessunitid, roletemplateid FROM role WHERE roleid = ?", (role_id,)
    ).fetchone()
    if role is None:
        raise row_absent(ROLE, role_id)
    business_unit_id, template_id = role
    if template_id == seeds.ADMINISTRATOR_TEMPLATE_ID:
        held = reader.connection.execute(
            "SELECT privilegeid, name, ? FROM privilege ORDER BY name", (GLOBAL,)
        )
    else:
        held = reader.connection.execute(
            "SELECT p.privilegeid, p.name, rp.privilegedepthmask FROM roleprivileges rp "
            "JOIN privilege p ON p.privilegeid = rp.privilegeid WHERE rp.roleid = ? "
            "ORDER BY p.name",
            (role_id,),
        )
    shown = [shown_privilege(*each, business_unit_id=business_unit_id) for each in held]
    return function_answer(call, RETRIEVE, RolePrivileges=shown)
