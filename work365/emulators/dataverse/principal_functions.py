"""Answers functions about what users and teams may do, and with whom rows are shared."""

from collections.abc import Callable
from sqlite3 import Connection
from typing import Any

from work365.emulators.dataverse.access import Access, scope_of
from work365.emulators.dataverse.calls import Answer, Call, json_answer
from work365.emulators.dataverse.contexts import encoded
from work365.emulators.dataverse.definitions import TableDefinition
from work365.emulators.dataverse.errors import DataverseError, not_emulated, row_absent
from work365.emulators.dataverse.function_parameters import (
    Reference,
    parameters_of,
    reference_in,
    refuse_other_parameters,
)
from work365.emulators.dataverse.payloads import TYPE_PREFIX
from work365.emulators.dataverse.privileges import (
    BASIC,
    DEPTH_NAMES,
    GLOBAL,
    Right,
    rights_text,
)
from work365.emulators.dataverse.reading import Reader
from work365.emulators.dataverse.references import present_ids
from work365.emulators.dataverse.rights import Rights, team_rights, user_rights

TARGET = "Target"
NO_FILTER = "00000000-0000-0000-0000-000000000000"
PRINCIPAL_ACCESS = "RetrievePrincipalAccess"
_HELD = """
    SELECT p.privilegeid, p.name, max(depth) FROM (
        SELECT rp.privilegeid, rp.privilegedepthmask AS depth FROM systemuserroles sr
        JOIN roleprivileges rp ON rp.roleid = sr.roleid WHERE sr.systemuserid = :user
        UNION ALL
        SELECT rp.privilegeid, :depth FROM teammembership tm
        JOIN teamroles tr ON tr.teamid = tm.teamid
        JOIN roleprivileges rp ON rp.roleid = tr.roleid WHERE tm.systemuserid = :user
    ) held JOIN privilege p ON p.privilegeid = held.privilegeid
    GROUP BY p.privilegeid, p.name ORDER BY p.name
"""

BoundFunction = Callable[[Reader, Call, Reference, str], Answer]
"""This will answer a function that is bound to a row; the text is the function's segment."""


def function_answer(call: Call, function: str, **body: Any) -> Answer:
    """Return the answer of a function."""
    context = f"{call.root}$metadata#{TYPE_PREFIX}{function}Response"
    return json_answer(200, encoded({"@odata.context": context, **body}))


def target_of(reader: Reader, call: Call, segment: str, function: str) -> Reference:
    """Return the row that a function is about; raises unless the caller may read it."""
    parameters = parameters_of(call, segment)
    refuse_other_parameters(parameters, frozenset((TARGET,)), function)
    table, row_id = reference_in(reader.schema, reader.connection, parameters.get(TARGET), TARGET)
    if not present_ids(reader.connection, table, [row_id]):
        raise row_absent(table.name, row_id)
    access = call.caller.restriction
    if access is not None:
        access.require(table, Right.READ)
        access.check_row(reader.connection, table, row_id, Right.READ)
    return table, row_id


def _user_privileges(reader: Reader, call: Call, bound: Reference, segment: str) -> Answer:
    """Answer `RetrieveUserPrivileges`.

    Source: documented to give privileges of team roles at the depth Basic, however deep the
    role gives them.
    """
    refuse_other_parameters(parameters_of(call, segment), frozenset(), "RetrieveUserPrivileges")
    table, row_id = bound
    if table.name != "systemuser":
        raise not_emulated(f"RetrieveUserPrivileges of '{table.name}'")
    rights = _rights(reader.connection, table, row_id)
    if rights.is_administrator:
        every = reader.connection.execute("SELECT privilegeid, name FROM privilege ORDER BY name")
        held = [(privilege_id, name, GLOBAL) for privilege_id, name in every]
    else:
        held = reader.connection.execute(_HELD, {"user": row_id, "depth": BASIC}).fetchall()
    unit_id = rights.business_unit_id
    privileges = [shown_privilege(*each, business_unit_id=unit_id) for each in held]
    return function_answer(call, "RetrieveUserPrivileges", RolePrivileges=privileges)


def shown_privilege(
    privilege_id: str, name: str, mask: int, *, business_unit_id: str
) -> dict[str, Any]:
    """Return a `RolePrivilege`."""
    return {
        "Depth": DEPTH_NAMES[mask],
        "PrivilegeId": privilege_id,
        "BusinessUnitId": business_unit_id,
        "PrivilegeName": name,
        "RecordFilterId": NO_FILTER,
        "RecordFilterUniqueName": "",
    }


def _principal_access(reader: Reader, call: Call, bound: Reference, segment: str) -> Answer:
    """Answer `RetrievePrincipalAccess`: what a user or a team may do with a row."""
    target, target_id = target_of(reader, call, segment, PRINCIPAL_ACCESS)
    access = Access(_rights(reader.connection, *bound))
    mask = 0
    for right in Right:
        if _is_allowed(access, reader.connection, (target, target_id), right):
            mask |= right
    return function_answer(call, PRINCIPAL_ACCESS, AccessRights=rights_text(mask))


def _rights(connection: Connection, table: TableDefinition, row_id: str) -> Rights:
    if table.name == "systemuser":
        rights = user_rights(connection, "systemuserid", row_id)
    elif table.name == "team":
        rights = team_rights(connection, row_id)
    else:
        raise not_emulated(f"rights of rows of '{table.name}', which is no principal")
    if rights is None:
        raise row_absent(table.name, row_id)
    return rights


def _is_allowed(access: Access, connection: Connection, target: Reference, right: Right) -> bool:
    table, row_id = target
    if right in (Right.ASSIGN, Right.SHARE) and scope_of(table) is None:
        return False
    try:
        access.require(table, right)
        access.check_row(connection, table, row_id, right)
    except DataverseError:
        return False
    return True


def shared_principals(reader: Reader, call: Call, segment: str) -> Answer:
    """Answer `RetrieveSharedPrincipalsAndAccess`: with whom a row is shared."""
    name = "RetrieveSharedPrincipalsAndAccess"
    _, row_id = target_of(reader, call, segment, name)
    found = reader.connection.execute(
        "SELECT principalid, principaltypecode, accessrightsmask FROM principalobjectaccess "
        "WHERE objectid = ? ORDER BY principalid",
        (row_id,),
    )
    shown = [
        {
            "AccessMask": rights_text(mask),
            "Principal": {"@odata.type": f"#{TYPE_PREFIX}{kind}", "ownerid": principal_id},
        }
        for principal_id, kind, mask in found
    ]
    return function_answer(call, name, PrincipalAccesses=shown)


PRINCIPAL_FUNCTIONS: dict[str, BoundFunction] = {
    "RetrieveUserPrivileges": _user_privileges,
    PRINCIPAL_ACCESS: _principal_access,
}
"""Functions that are bound to a user or a team."""
