"""Inserts rows that the environment itself makes, such as its first users and its jobs."""

from work365.emulators.dataverse import seeds
from work365.emulators.dataverse.sql import quoted, sql
from work365.emulators.dataverse.transactions import Transaction
from work365.emulators.dataverse.values import SqlValue


def insert_row(transaction: Transaction, table_name: str, **given: SqlValue) -> None:
    """Insert a row as it is given, stamped and versioned; nothing rings."""
    table = transaction.schema.tables[table_name]
    row: dict[str, SqlValue] = {column.name: column.default for column in table.columns.values()}
    row["createdon"] = row["modifiedon"] = transaction.now
    row["createdby"] = row["modifiedby"] = seeds.APPLICATION_USER_ID
    row["versionnumber"] = transaction.counters.next_version()
    if table.states:
        first = table.states[0]
        row["statecode"], row["statuscode"] = first.value, next(iter(first.statuses))
    row.update(given)
    names = ",".join(quoted(name) for name in row)
    marks = ",".join("?" * len(row))
    transaction.connection.execute(
        sql("INSERT INTO", quoted(table.name), f"({names})", "VALUES", f"({marks})"),
        tuple(row.values()),
    )
