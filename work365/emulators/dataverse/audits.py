"""Keeps who changed what in audited tables, as rows of `audit`.

The organization has to want it (`isauditenabled`), and the table has to be audited. What an
entry says of the columns is kept in `changedata`, in the words of the database.
"""

import json
from collections.abc import Iterable, Mapping
from uuid import uuid4

from work365.emulators.dataverse.definitions import TableDefinition
from work365.emulators.dataverse.system_rows import insert_row
from work365.emulators.dataverse.transactions import Transaction
from work365.emulators.dataverse.values import SqlValue

CREATE, UPDATE, DELETE, ACCESS = 1, 2, 3, 4
"""Operations."""

ACTIVATE, DEACTIVATE, ASSIGN = 4, 5, 13
SHARE, MODIFY_SHARE, UNSHARE = 14, 48, 49
ASSOCIATE, DISASSOCIATE = 33, 34
"""Actions, beside those that are called like the operations and have their numbers."""

UNSAID = frozenset(
    (
        "createdon",
        "createdby",
        "createdonbehalfby",
        "modifiedon",
        "modifiedby",
        "modifiedonbehalfby",
        "versionnumber",
    )
)
"""Columns that an entry says nothing of, because it says the same itself."""

Row = Mapping[str, SqlValue]
Change = tuple[str, SqlValue, SqlValue]
"""A column, its old value and its new one."""


def audit_created(transaction: Transaction, table: TableDefinition, rows: Iterable[Row]) -> None:
    """Keep that rows were created."""
    if not _is_audited(transaction, table):
        return
    for row in rows:
        changes = [(name, None, value) for name, value in _said(table, row) if value is not None]
        _keep(transaction, table, str(row[table.primary_id]), (CREATE, CREATE), changes)


def audit_updated(
    transaction: Transaction, table: TableDefinition, before: Row, after: Row
) -> None:
    """Keep what changed in a row; nothing where nothing did."""
    if not _is_audited(transaction, table):
        return
    changes = [
        (name, before[name], value) for name, value in _said(table, after) if value != before[name]
    ]
    if changes:
        action = _action(before, after)
        _keep(transaction, table, str(after[table.primary_id]), (UPDATE, action), changes)


def audit_deleted(transaction: Transaction, table: TableDefinition, before: Row) -> None:
    """Keep that a row was deleted, and what it was."""
    if _is_audited(transaction, table):
        changes = [(name, value, None) for name, value in _said(table, before) if value is not None]
        _keep(transaction, table, str(before[table.primary_id]), (DELETE, DELETE), changes)


def audit_access(
    transaction: Transaction, table: TableDefinition, row_id: str, action: int, detail: Row
) -> None:
    """Keep that a row was shared, or brought together with another one."""
    if _is_audited(transaction, table):
        changes: list[Change] = [(name, None, value) for name, value in detail.items()]
        _keep(transaction, table, row_id, (UPDATE, action), changes)


def _is_audited(transaction: Transaction, table: TableDefinition) -> bool:
    return transaction.is_auditing and table.audited


def _said(table: TableDefinition, row: Row) -> Iterable[tuple[str, SqlValue]]:
    return (
        (name, value)
        for name, value in row.items()
        if name not in UNSAID and name != table.primary_id
    )


def _action(before: Row, after: Row) -> int:
    if before.get("ownerid") != after.get("ownerid"):
        return ASSIGN
    if before.get("statecode") != after.get("statecode"):
        return DEACTIVATE if after["statecode"] else ACTIVATE
    return UPDATE


def _keep(
    transaction: Transaction,
    table: TableDefinition,
    row_id: str,
    kind: tuple[int, int],
    changes: Iterable[Change],
) -> None:
    said = list(changes)
    numbers = {name: number for number, name in enumerate(table.columns, start=1)}
    mask = ",".join(str(numbers[name]) for name, _, _ in said if name in numbers)
    caller = transaction.caller
    is_other = caller.real_user_id != caller.user_id
    operation, action = kind
    insert_row(
        transaction,
        "audit",
        auditid=str(uuid4()),
        operation=operation,
        action=action,
        userid=caller.user_id,
        callinguserid=caller.real_user_id if is_other else None,
        objectid=row_id,
        objecttypecode=table.name,
        attributemask=f",{mask}," if mask else None,
        changedata=json.dumps(
            {
                "changedAttributes": [
                    {"logicalName": name, "oldValue": old, "newValue": new}
                    for name, old, new in said
                ]
            }
        ),
        transactionid=transaction.transaction_id,
    )
