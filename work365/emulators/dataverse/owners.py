"""Whose a row is: a user or a team, and with them a business unit."""

from sqlite3 import Connection

from work365.emulators.dataverse.access import privilege_missing
from work365.emulators.dataverse.definitions import TableDefinition
from work365.emulators.dataverse.errors import row_absent
from work365.emulators.dataverse.privileges import Right, privilege_name
from work365.emulators.dataverse.rights import team_rights, user_rights
from work365.emulators.dataverse.transactions import Owner, Transaction
from work365.emulators.dataverse.values import SqlValue

OWNER = "ownerid"


def set_owner(transaction: Transaction, table: TableDefinition, row: dict[str, SqlValue]) -> None:
    """Complete a row with what follows from its owner.

    Raises: DataverseError, where the owner could not read the row.
    """
    owner_id = str(row[OWNER])
    caller = transaction.caller
    is_caller = owner_id == caller.user_id
    owner = (
        Owner(is_team=False, business_unit_id=caller.business_unit_id)
        if is_caller
        else _owner(transaction, table, owner_id)
    )
    row["owninguser"] = None if owner.is_team else owner_id
    row["owningteam"] = owner_id if owner.is_team else None
    row["owningbusinessunit"] = owner.business_unit_id


def _owner(transaction: Transaction, table: TableDefinition, owner_id: str) -> Owner:
    known = transaction.owners.get((table.name, owner_id))
    if known is None:
        known = _checked_owner(transaction.connection, table, owner_id)
        transaction.owners[table.name, owner_id] = known
    return known


def _checked_owner(connection: Connection, table: TableDefinition, owner_id: str) -> Owner:
    rights = user_rights(connection, "systemuserid", owner_id) or team_rights(connection, owner_id)
    if rights is None:
        raise row_absent("systemuser", owner_id)
    privilege = privilege_name(table, Right.READ)
    if not rights.holds(privilege):
        raise privilege_missing(rights, privilege, table)
    return Owner(is_team=rights.is_team, business_unit_id=rights.business_unit_id)
