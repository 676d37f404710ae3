"""Creates, updates and deletes rows inside a transaction, with all that Dataverse adds."""

import sqlite3
from collections.abc import Mapping, Sequence
from uuid import uuid4

from work365.emulators.dataverse import (
    amounts,
    audits,
    principals,
    product_catalog,
    solution_rules,
    states,
    steps,
    write_checks,
)
from work365.emulators.dataverse.autonumbers import autonumber
from work365.emulators.dataverse.data_definition import key_index
from work365.emulators.dataverse.definitions import ColumnDefinition, TableDefinition
from work365.emulators.dataverse.errors import (
    DataverseError,
    key_violated,
    not_emulated,
    referred_to,
    row_absent,
    row_present,
    version_mismatch,
)
from work365.emulators.dataverse.owners import OWNER, set_owner
from work365.emulators.dataverse.references import check_references
from work365.emulators.dataverse.solution_components import ROW_COMPONENTS, forget_component
from work365.emulators.dataverse.sql import quoted, sql
from work365.emulators.dataverse.transactions import RowEvent, Transaction
from work365.emulators.dataverse.values import SqlValue

Values = dict[str, SqlValue]


def create_rows(
    transaction: Transaction, table: TableDefinition, given: Sequence[Values]
) -> list[str]:
    """Create rows and return their ids; raises if one of them cannot be."""
    refuse_read_only(table)
    rows = _new_rows(transaction, table, given)
    check_references(transaction.schema, transaction.connection, table, given)
    write_checks.check_creation(transaction, table, rows, given)
    for row in rows:
        _complete(transaction, table, row)
    named = [str(values[table.primary_id]) for values in given if table.primary_id in values]
    names = ",".join(quoted(name) for name in table.columns)
    marks = ",".join("?" * len(table.columns))
    try:
        transaction.connection.executemany(
            sql(f"INSERT INTO {quoted(table.name)} ({names})", f"VALUES ({marks})"),
            [tuple(row.values()) for row in rows],
        )
    except sqlite3.IntegrityError as error:
        raise _conflict(table, error) from error
    if named and table.change_tracking:
        transaction.connection.executemany(
            "DELETE FROM _deleted WHERE table_name = ? AND row_id = ?",
            [(table.name, row_id) for row_id in named],
        )
    transaction.count("Create", table, len(rows))
    audits.audit_created(transaction, table, rows)
    if transaction.hears("Create", table):
        for row, values in zip(rows, given, strict=True):
            transaction.tell(
                RowEvent(
                    message="Create",
                    table=table,
                    row_id=str(row[table.primary_id]),
                    given=values,
                    before=None,
                    after=row,
                )
            )
    _settle(transaction, table, rows)
    return [str(row[table.primary_id]) for row in rows]


def _complete(transaction: Transaction, table: TableDefinition, row: Values) -> None:
    """Give a row what the rules of its table say; raises where they forbid it."""
    if table.name in solution_rules.TABLES:
        solution_rules.check_component(transaction, table, row)
    if table.name in steps.TABLES:
        steps.check_registration(transaction, table, row)
    if table.name in principals.TABLES:
        principals.complete(transaction, table, row)


def _settle(transaction: Transaction, table: TableDefinition, rows: Sequence[Values]) -> None:
    """Make the rows that come with those that were created."""
    if table.name == product_catalog.UNIT_GROUP:
        units = product_catalog.base_units(rows)
        create_rows(transaction, transaction.schema.tables[product_catalog.UNIT], units)
    for row in rows if table.name in principals.TABLES else ():
        principals.settle(transaction, table, row)


def refuse_read_only(table: TableDefinition) -> None:
    """Raise if clients cannot write rows of this table here."""
    if table.read_only:
        raise not_emulated(f"writing rows of '{table.name}'")


def _new_rows(
    transaction: Transaction, table: TableDefinition, given: Sequence[Values]
) -> list[Values]:
    template = _template(transaction, table)
    primary_id = table.primary_id
    has_currency = amounts.has_currency(table)
    rows = []
    for values in given:
        row = {**template, **values}
        if row[primary_id] is None:
            row[primary_id] = str(uuid4())
        for column in table.autonumbers:
            if row[column.name] is None:
                row[column.name] = autonumber(transaction, table, column)
        product_catalog.set_currency(transaction, table, row)
        product_catalog.refuse_second_price(transaction, table, row)
        if has_currency:
            amounts.set_base_amounts(transaction, table, row)
        if table.states:
            states.set_first_state(table, row)
        if table.user_owned:
            row[OWNER] = row[OWNER] or transaction.caller.user_id
            set_owner(transaction, table, row)
        row["versionnumber"] = transaction.counters.next_version()
        rows.append(row)
    return rows


def _template(transaction: Transaction, table: TableDefinition) -> Values:
    row: Values = {column.name: column.default for column in table.columns.values()}
    caller = transaction.caller
    row["createdon"] = row["modifiedon"] = transaction.now
    row["createdby"] = row["modifiedby"] = caller.user_id
    if caller.real_user_id != caller.user_id:
        row["createdonbehalfby"] = row["modifiedonbehalfby"] = caller.real_user_id
    return row


def _conflict(table: TableDefinition, error: sqlite3.IntegrityError) -> DataverseError:
    message = str(error)
    for key in table.keys:
        plain = ", ".join(f"{table.name}.{column}" for column in key.columns)
        if f"index '{key_index(table, key)}'" in message or message.endswith(f": {plain}"):
            return key_violated(key.name, key.columns)
    assert table.primary_id in message, message
    return row_present()


def stored_row(transaction: Transaction, table: TableDefinition, row_id: str) -> Values | None:
    """Return the row as it is kept, or nothing if there is none."""
    found = transaction.connection.execute(
        sql(
            f"SELECT {','.join(quoted(name) for name in table.columns)}",
            f"FROM {quoted(table.name)} WHERE {quoted(table.primary_id)} = ?",
        ),
        (row_id,),
    ).fetchone()
    return dict(zip(table.columns, found, strict=True)) if found else None


def check_version(row: Mapping[str, SqlValue], condition: str | None) -> None:
    """Raise unless the row is at the version that `If-Match` names."""
    if condition not in (None, "*") and condition != f'W/"{row["versionnumber"]}"':
        raise version_mismatch()


def update_row(
    transaction: Transaction, table: TableDefinition, before: Values, given: Values
) -> None:
    """Update a row, which is kept as `before`."""
    if not table.updatable:
        refuse_read_only(table)
    check_references(transaction.schema, transaction.connection, table, (given,))
    write_checks.check_update(transaction, table, before, given)
    after = {**before, **given, table.primary_id: before[table.primary_id]}
    product_catalog.refuse_second_price(transaction, table, after)
    if amounts.has_currency(table) and amounts.concerns_money(table, given):
        amounts.set_base_amounts(transaction, table, after)
    if table.states and (states.STATE in given or states.STATUS in given):
        states.set_state(table, after, given)
    if table.user_owned:
        after[OWNER] = after[OWNER] or before[OWNER]
    if table.user_owned and after[OWNER] != before[OWNER]:
        set_owner(transaction, table, after)
    caller = transaction.caller
    after["modifiedon"] = transaction.now
    after["modifiedby"] = caller.user_id
    is_other = caller.real_user_id != caller.user_id
    after["modifiedonbehalfby"] = caller.real_user_id if is_other else None
    after["versionnumber"] = transaction.counters.next_version()
    _complete(transaction, table, after)
    _write_changes(transaction, table, before, after)
    principals.move(transaction, table, before, after)
    transaction.count("Update", table, 1)
    audits.audit_updated(transaction, table, before, after)
    if transaction.hears("Update", table):
        transaction.tell(
            RowEvent(
                message="Update",
                table=table,
                row_id=str(before[table.primary_id]),
                given=given,
                before=before,
                after=after,
            )
        )


def _write_changes(
    transaction: Transaction, table: TableDefinition, before: Values, after: Values
) -> None:
    changed = [name for name, value in after.items() if value != before[name]]
    settings = ",".join(f"{quoted(name)} = ?" for name in changed)
    statement = sql(
        "UPDATE", quoted(table.name), "SET", settings, f"WHERE {quoted(table.primary_id)} = ?"
    )
    parameters = [*(after[name] for name in changed), after[table.primary_id]]
    try:
        transaction.connection.execute(statement, parameters)
    except sqlite3.IntegrityError as error:
        raise _conflict(table, error) from error


def delete_row(
    transaction: Transaction, table: TableDefinition, row_id: str, condition: str | None = None
) -> None:
    """Delete a row and those that go with it; raises if others refer to it."""
    refuse_read_only(table)
    before = stored_row(transaction, table, row_id)
    if before is None:
        raise row_absent(table.name, row_id)
    check_version(before, condition)
    write_checks.check_deletion(transaction, table, row_id)
    _release(transaction, table, row_id)
    _unlink(transaction, table, row_id)
    transaction.connection.execute(
        sql("DELETE FROM", quoted(table.name), f"WHERE {quoted(table.primary_id)} = ?"),
        (row_id,),
    )
    version = transaction.counters.next_version()
    if table.change_tracking:
        transaction.connection.execute(
            "INSERT OR REPLACE INTO _deleted (table_name, row_id, version) VALUES (?, ?, ?)",
            (table.name, row_id, version),
        )
    transaction.count("Delete", table, 1)
    audits.audit_deleted(transaction, table, before)
    if transaction.hears("Delete", table):
        transaction.tell(
            RowEvent(
                message="Delete",
                table=table,
                row_id=row_id,
                given={},
                before=before,
                after=None,
            )
        )


def _release(transaction: Transaction, table: TableDefinition, row_id: str) -> None:
    for other, lookup in transaction.schema.referring[table.name]:
        for referring_id in _referring_ids(transaction, other, lookup, row_id):
            if lookup.lets_go:
                _let_go(transaction, other, lookup, referring_id)
                continue
            if not lookup.cascades:
                raise referred_to(table.name, row_id, f"{other.name} {referring_id}")
            transaction.connection.execute(
                sql("DELETE FROM", quoted(other.name), f"WHERE {quoted(other.primary_id)} = ?"),
                (referring_id,),
            )


def _let_go(
    transaction: Transaction, table: TableDefinition, lookup: ColumnDefinition, row_id: str
) -> None:
    """Empty the lookup of a row that refers to one that goes."""
    row = stored_row(transaction, table, row_id)
    assert row is not None, "the row was found a moment ago"
    update_row(transaction, table, row, {lookup.name: None})


def _unlink(transaction: Transaction, table: TableDefinition, row_id: str) -> None:
    """Forget what the row belonged together with, and with whom it was shared."""
    for link in transaction.schema.links[table.name].values():
        transaction.connection.execute(
            sql("DELETE FROM", quoted(link.intersect), f"WHERE {quoted(link.column)} = ?"),
            (row_id,),
        )
        transaction.written_tables.add(link.intersect)
    transaction.connection.execute(
        "DELETE FROM principalobjectaccess WHERE objectid = ?", (row_id,)
    )
    if table.name in ROW_COMPONENTS:
        forget_component(transaction, row_id)


def _referring_ids(
    transaction: Transaction, other: TableDefinition, lookup: ColumnDefinition, row_id: str
) -> list[str]:
    limit = "" if lookup.cascades or lookup.lets_go else "LIMIT 1"
    found = transaction.connection.execute(
        sql(
            "SELECT",
            quoted(other.primary_id),
            "FROM",
            quoted(other.name),
            f"WHERE {quoted(lookup.name)} = ? {limit}",
        ),
        (row_id,),
    )
    return [str(row[0]) for row in found]
