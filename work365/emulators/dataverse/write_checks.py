"""Asks, before rows are written, whether the caller may write them.

Nothing is asked of an administrator, nor of the environment itself.
"""

from collections.abc import Iterable, Mapping

from work365.emulators.dataverse.access import Access
from work365.emulators.dataverse.definitions import TableDefinition
from work365.emulators.dataverse.owners import OWNER
from work365.emulators.dataverse.privileges import Right
from work365.emulators.dataverse.references import referred_table
from work365.emulators.dataverse.transactions import Transaction
from work365.emulators.dataverse.values import SqlValue

Row = Mapping[str, SqlValue]


def check_creation(
    transaction: Transaction,
    table: TableDefinition,
    rows: Iterable[Row],
    given: Iterable[Row],
) -> None:
    """Raise unless the caller may create these rows with these references."""
    access = transaction.caller.restriction
    if access is None:
        return
    access.require(table, Right.CREATE)
    for row in rows:
        access.check_new_row(table, row)
    for values in given:
        _check_references(transaction, access, table, values)


def check_update(transaction: Transaction, table: TableDefinition, before: Row, given: Row) -> None:
    """Raise unless the caller may update this row; another owner is a right of its own."""
    access = transaction.caller.restriction
    if access is None:
        return
    row_id = str(before[table.primary_id])
    is_assigned = OWNER in given and given[OWNER] != before.get(OWNER)
    rights = [Right.ASSIGN] if is_assigned else []
    if not is_assigned or given.keys() - {OWNER}:
        rights.append(Right.WRITE)
    changed = {name: value for name, value in given.items() if value != before.get(name)}
    if any(name in changed and name != OWNER for name in _lookups(table)):
        rights.append(Right.APPEND)
    for right in rights:
        access.require(table, right)
        access.check_row(transaction.connection, table, row_id, right)
    _check_references(transaction, access, table, changed)


def check_deletion(transaction: Transaction, table: TableDefinition, row_id: str) -> None:
    """Raise unless the caller may delete this row."""
    access = transaction.caller.restriction
    if access is not None:
        access.require(table, Right.DELETE)
        access.check_row(transaction.connection, table, row_id, Right.DELETE)


def check_append(
    transaction: Transaction,
    appended: tuple[TableDefinition, str],
    target: tuple[TableDefinition, str],
) -> None:
    """Raise unless the caller may let one row refer to the other."""
    access = transaction.caller.restriction
    if access is None:
        return
    for (table, row_id), right in ((appended, Right.APPEND), (target, Right.APPEND_TO)):
        access.require(table, right)
        access.check_row(transaction.connection, table, row_id, right)


def _lookups(table: TableDefinition) -> Iterable[str]:
    return (lookup.name for lookup in table.lookups)


def _check_references(
    transaction: Transaction, access: Access, table: TableDefinition, values: Row
) -> None:
    for lookup in table.lookups:
        target_id = values.get(lookup.name)
        if target_id is None or lookup.name == OWNER:
            continue
        access.require(table, Right.APPEND)
        target = referred_table(transaction.schema, transaction.connection, lookup, target_id)
        access.require(target, Right.APPEND_TO)
        access.check_row(transaction.connection, target, str(target_id), Right.APPEND_TO)
