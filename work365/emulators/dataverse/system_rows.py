"""Inserts rows that the environment itself makes, such as its first users and its jobs."""

from collections.abc import Mapping, Sequence

from work365.emulators.dataverse import seeds
from work365.emulators.dataverse.sql import quoted, sql
from work365.emulators.dataverse.transactions import Transaction
from work365.emulators.dataverse.values import SqlValue


def insert_row(transaction: Transaction, table_name: str, **given: SqlValue) -> None:
    """Insert a row as it is given, stamped and versioned; nothing rings."""
    insert_rows(transaction, table_name, (given,))


def insert_rows(
    transaction: Transaction, table_name: str, given: Sequence[Mapping[str, SqlValue]]
) -> None:
    """Insert rows as they are given, stamped and versioned; nothing rings."""
    table = transaction.schema.tables[table_name]
    first: dict[str, SqlValue] = {column.name: column.default for column in table.columns.values()}
    first["createdon"] = first["modifiedon"] = transaction.now
    first["createdby"] = first["modifiedby"] = seeds.APPLICATION_USER_ID
    if table.states:
        state = table.states[0]
        first["statecode"], first["statuscode"] = state.value, next(iter(state.statuses))
    rows = [
        {**first, "versionnumber": transaction.counters.next_version(), **values}
        for values in given
    ]
    names = ",".join(quoted(name) for name in first)
    marks = ",".join("?" * len(first))
    transaction.connection.executemany(
        sql("INSERT INTO", quoted(table.name), f"({names})", "VALUES", f"({marks})"),
        [tuple(row[name] for name in first) for row in rows],
    )
    transaction.written_tables.add(table.name)
