"""Numbers rows whose autonumber column was left empty."""

import re

from work365.emulators.dataverse.definitions import ColumnDefinition, TableDefinition
from work365.emulators.dataverse.errors import not_emulated
from work365.emulators.dataverse.transactions import Transaction

_SEQUENCE = re.compile(r"\{SEQNUM:(\d+)\}")


def autonumber(transaction: Transaction, table: TableDefinition, column: ColumnDefinition) -> str:
    """Return the column's next number, as its format (`CT-{SEQNUM:6}`) wants it."""
    parts = _SEQUENCE.split(column.autonumber)
    if len(parts) != len(("before", "width", "after")) or "{" in parts[0] + parts[2]:
        raise not_emulated(f"the autonumber format '{column.autonumber}'")
    number = transaction.counters.next_number(table.name, column.name)
    return f"{parts[0]}{number:0{parts[1]}d}{parts[2]}"
