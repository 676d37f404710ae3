"""Which columns a query shows."""

from collections.abc import Sequence

from work365.emulators.dataverse.definitions import ColumnDefinition, TableDefinition
from work365.emulators.dataverse.errors import unknown_property

CURRENCY = "transactioncurrencyid"


def selected(table: TableDefinition, names: Sequence[str] | None) -> tuple[ColumnDefinition, ...]:
    """Return the columns of a `$select`: the primary key always, money with its currency."""
    if names is None:
        return tuple(table.properties.values())
    found = {}
    for name in names:
        column = table.properties.get(name)
        if column is None:
            raise unknown_property(name, table.name)
        found[column.name] = column
    return with_key(table, found)


def with_key(
    table: TableDefinition, found: dict[str, ColumnDefinition]
) -> tuple[ColumnDefinition, ...]:
    """Return columns by name with what comes unasked: the currency of money, and the id."""
    if CURRENCY in table.columns and any(column in table.money for column in found.values()):
        found.setdefault(CURRENCY, table.columns[CURRENCY])
    found.setdefault(table.primary_id, table.columns[table.primary_id])
    return tuple(found.values())
