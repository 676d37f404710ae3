"""Rules of Dynamics 365 Sales for price lists and units, which the tables alone do not tell.

Source: the table references of price list item (`productpricelevel`) and unit (`uom`), which
have no bulk messages, and Microsoft's samples of the product catalog, in which a new unit group
has its base unit already. Codes and texts are those of the platform's error list. The HTTP
statuses, and that a price takes the currency of its price list, were not verified.
"""

from collections.abc import Iterable

from work365.emulators.dataverse.amounts import CURRENCY
from work365.emulators.dataverse.definitions import TableDefinition
from work365.emulators.dataverse.errors import DataverseError
from work365.emulators.dataverse.transactions import Transaction
from work365.emulators.dataverse.values import SqlValue

PRICE = "productpricelevel"
UNIT = "uom"
UNIT_GROUP = "uomschedule"
WITHOUT_BULK_ACTIONS = (PRICE, UNIT)
PRICED = ("productid", "pricelevelid", "uomid")
"""Columns of which a price list has each combination once."""

# By the index on the product: a price list or a unit may have any number of prices.
OTHER_PRICE = (
    'SELECT 1 FROM "productpricelevel" WHERE "productid" = ? AND +"pricelevelid" = ? '
    'AND +"uomid" = ? AND "productpricelevelid" <> ?'
)


def refuse_bulk(table: TableDefinition, action: str) -> None:
    """Raise if rows of this table can only be written one by one."""
    if table.name in WITHOUT_BULK_ACTIONS:
        raise DataverseError(
            400,
            "0x80040800",
            f"The '{action}' method does not support entities of type '{table.name}'. "
            "MessageProcessorCache returned MessageProcessor.Empty.",
        )


def set_currency(
    transaction: Transaction, table: TableDefinition, row: dict[str, SqlValue]
) -> None:
    """Give a new price without a currency that of its price list."""
    if table.name == PRICE and row[CURRENCY] is None:
        found = transaction.connection.execute(
            'SELECT "transactioncurrencyid" FROM "pricelevel" WHERE "pricelevelid" = ?',
            (row["pricelevelid"],),
        ).fetchone()
        row[CURRENCY] = found[0] if found else None


def refuse_second_price(
    transaction: Transaction, table: TableDefinition, row: dict[str, SqlValue]
) -> None:
    """Raise if another row is the price of the same product and unit on the same price list."""
    if table.name != PRICE or any(row[name] is None for name in PRICED):
        return
    other = transaction.connection.execute(
        OTHER_PRICE, [*(row[name] for name in PRICED), row[table.primary_id]]
    ).fetchone()
    if other:
        raise DataverseError(
            400,
            "0x80043b08",
            "This product and unit combination has a price for this price list.",
        )


def base_units(groups: Iterable[dict[str, SqlValue]]) -> list[dict[str, SqlValue]]:
    """Return the units that new unit groups bring with them."""
    return [
        {
            "name": group["baseuomname"],
            "quantity": "1",
            "uomscheduleid": group["uomscheduleid"],
        }
        for group in groups
        if group["baseuomname"] is not None
    ]
