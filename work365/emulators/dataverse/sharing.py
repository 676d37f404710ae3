"""Shares rows with users and teams: `GrantAccess`, `ModifyAccess` and `RevokeAccess`.

A share gives a right only to somebody who holds the privilege for it at all. Uncertain
against a real environment: granting adds to what was granted before, where modifying
replaces it.
"""

from typing import Any
from uuid import uuid4

from work365.emulators.dataverse import audits
from work365.emulators.dataverse.calls import Answer, Call
from work365.emulators.dataverse.definitions import TableDefinition
from work365.emulators.dataverse.errors import DataverseError, query_error, row_absent
from work365.emulators.dataverse.function_parameters import (
    Reference,
    reference_of,
    refuse_other_parameters,
)
from work365.emulators.dataverse.privileges import Right, rights_mask, rights_text
from work365.emulators.dataverse.rows import stored_row
from work365.emulators.dataverse.system_rows import insert_row
from work365.emulators.dataverse.transactions import Transaction

GRANT, MODIFY, REVOKE = "GrantAccess", "ModifyAccess", "RevokeAccess"
ACTIONS = frozenset((GRANT, MODIFY, REVOKE))
PRINCIPALS = ("systemuser", "team")
AUDITED = {GRANT: audits.SHARE, MODIFY: audits.MODIFY_SHARE, REVOKE: audits.UNSHARE}


def share_row(transaction: Transaction, call: Call, action: str) -> Answer:
    """Do what a sharing action asks for; `action` is one of `ACTIONS`.

    Raises: DataverseError.
    """
    if call.method != "POST":
        raise query_error(f"The action '{action}' is called by POST.")
    body = call.json(action)
    known = frozenset(("Target", "Revokee" if action == REVOKE else "PrincipalAccess"))
    refuse_other_parameters(body, known, action)
    table, row_id = _target(transaction, body, action)
    mask = 0
    if action == REVOKE:
        principal = _principal(transaction, body.get("Revokee"), "Revokee")
    else:
        principal, mask = _granted(transaction, body.get("PrincipalAccess"))
    _check(transaction, table, row_id, mask)
    _write(transaction, (table, row_id), principal, action, mask)
    detail = {"principalid": principal[1], "accessrights": rights_text(mask)}
    audits.audit_access(transaction, table, row_id, AUDITED[action], detail)
    transaction.count(action, table, 1)
    return Answer(status=204)


def _target(transaction: Transaction, body: dict[str, Any], action: str) -> Reference:
    table, row_id = reference_of(
        transaction.schema, transaction.connection, body.get("Target"), "Target"
    )
    if not table.user_owned:
        raise DataverseError(
            400,
            "0x80040800",
            f"The '{action}' method does not support entities of type '{table.name}'. "
            "MessageProcessorCache returned MessageProcessor.Empty.",
        )
    if stored_row(transaction, table, row_id) is None:
        raise row_absent(table.name, row_id)
    return table, row_id


def _principal(transaction: Transaction, value: object, name: str) -> Reference:
    table, row_id = reference_of(transaction.schema, transaction.connection, value, name)
    if table.name not in PRINCIPALS:
        raise query_error(f"'{name}' is a row of systemuser or team, not of '{table.name}'.")
    if stored_row(transaction, table, row_id) is None:
        raise row_absent(table.name, row_id)
    return table, row_id


def _granted(transaction: Transaction, value: object) -> tuple[Reference, int]:
    if not isinstance(value, dict):
        raise query_error("The parameter 'PrincipalAccess' is required.")
    refuse_other_parameters(
        value, frozenset(("Principal", "AccessMask", "@odata.type")), "PrincipalAccess"
    )
    principal = _principal(transaction, value.get("Principal"), "Principal")
    rights = value.get("AccessMask")
    if not isinstance(rights, str):
        raise query_error("The parameter 'AccessMask' is required: rights with commas between.")
    try:
        mask = rights_mask(rights)
    except KeyError as error:
        raise query_error(f"{error} is not one of the rights of 'AccessMask'.") from error
    return principal, mask


def _check(transaction: Transaction, table: TableDefinition, row_id: str, mask: int) -> None:
    """Raise unless the caller may share the row, and has themselves what they give."""
    access = transaction.caller.restriction
    if access is None:
        return
    for right in (Right.SHARE, *(right for right in Right if right & mask)):
        access.require(table, right)
        access.check_row(transaction.connection, table, row_id, right)


def _write(
    transaction: Transaction, target: Reference, principal: Reference, action: str, mask: int
) -> None:
    connection = transaction.connection
    found = connection.execute(
        "SELECT principalobjectaccessid, accessrightsmask FROM principalobjectaccess "
        "WHERE objectid = ? AND principalid = ?",
        (target[1], principal[1]),
    ).fetchone()
    if found is not None:
        connection.execute(
            "DELETE FROM principalobjectaccess WHERE principalobjectaccessid = ?", (found[0],)
        )
    if found is not None and action == GRANT:
        mask |= found[1]
    if mask:
        insert_row(
            transaction,
            "principalobjectaccess",
            principalobjectaccessid=str(uuid4()),
            principalid=principal[1],
            principaltypecode=principal[0].name,
            objectid=target[1],
            objecttypecode=target[0].name,
            accessrightsmask=mask,
        )
