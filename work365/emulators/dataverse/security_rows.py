"""The first rows of security: the root business unit, the administrator's role, privileges."""

from collections.abc import Iterable

from work365.emulators.dataverse import seeds
from work365.emulators.dataverse.access import scope_of
from work365.emulators.dataverse.definitions import TableDefinition
from work365.emulators.dataverse.principals import add_default_team, join_default_team
from work365.emulators.dataverse.privileges import (
    METADATA_RIGHTS,
    OTHER_PRIVILEGES,
    Right,
    privilege_id,
    privilege_name,
)
from work365.emulators.dataverse.system_rows import insert_row, insert_rows
from work365.emulators.dataverse.transactions import Transaction
from work365.emulators.dataverse.values import SqlValue

Row = dict[str, SqlValue]

UNIT_NAME = "Work 365"
ADMINISTRATOR = "System Administrator"
OWNED_RIGHTS = (*METADATA_RIGHTS, Right.APPEND, Right.APPEND_TO, Right.ASSIGN, Right.SHARE)
SHARED_RIGHTS = (*METADATA_RIGHTS, Right.APPEND, Right.APPEND_TO)
"""Rights to rows that belong to somebody, and to those of the organization."""


def plant_security(transaction: Transaction) -> None:
    """Insert the root business unit, the administrator's role, and every privilege."""
    insert_row(transaction, "businessunit", businessunitid=seeds.BUSINESS_UNIT_ID, name=UNIT_NAME)
    add_default_team(transaction, seeds.BUSINESS_UNIT_ID, UNIT_NAME, seeds.DEFAULT_TEAM_ID)
    insert_row(
        transaction,
        "role",
        roleid=seeds.ADMINISTRATOR_ROLE_ID,
        name=ADMINISTRATOR,
        businessunitid=seeds.BUSINESS_UNIT_ID,
        roletemplateid=seeds.ADMINISTRATOR_TEMPLATE_ID,
    )
    plant_privileges(transaction, transaction.schema.tables.values())
    _plant(transaction, (_privilege(name, 0, is_owned=False) for name in OTHER_PRIVILEGES))


def plant_privileges(transaction: Transaction, tables: Iterable[TableDefinition]) -> None:
    """Insert the privileges of tables, those that are not there yet."""
    _plant(
        transaction,
        (
            _privilege(privilege_name(table, right), right, is_owned=_is_owned(table))
            for table in tables
            for right in (OWNED_RIGHTS if _is_owned(table) else SHARED_RIGHTS)
        ),
    )


def _plant(transaction: Transaction, privileges: Iterable[Row]) -> None:
    found = transaction.connection.execute("SELECT privilegeid FROM privilege")
    present = {row[0] for row in found}
    planted: dict[SqlValue, Row] = {}
    for row in privileges:
        if row["privilegeid"] not in present:
            planted.setdefault(row["privilegeid"], row)
    insert_rows(transaction, "privilege", list(planted.values()))


def make_administrator(transaction: Transaction, user_id: str) -> None:
    """Give one of the first users the administrator's role."""
    join_default_team(transaction, user_id, seeds.BUSINESS_UNIT_ID)
    insert_row(
        transaction,
        "systemuserroles",
        systemuserroleid=seeds.fixed_id(f"role of {user_id}"),
        systemuserid=user_id,
        roleid=seeds.ADMINISTRATOR_ROLE_ID,
    )


def _is_owned(table: TableDefinition) -> bool:
    return scope_of(table) is not None


def _privilege(name: str, access_right: int, *, is_owned: bool) -> Row:
    return {
        "privilegeid": privilege_id(name),
        "name": name,
        "accessright": int(access_right),
        "canbebasic": int(is_owned),
        "canbelocal": int(is_owned),
        "canbedeep": int(is_owned),
        "canbeglobal": 1,
    }
