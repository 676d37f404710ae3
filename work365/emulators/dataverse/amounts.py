"""Money of a row: its currency, its rate, and its amounts in the organization's currency.

Source: `x_base` is `x` divided by the rate, which is units of the row's currency for one of the
base currency; the rate is taken anew when an amount or the currency changes. That the base
amount is rounded half to even was not verified.
"""

from decimal import Decimal

from work365.emulators.dataverse.definitions import TableDefinition
from work365.emulators.dataverse.errors import row_absent
from work365.emulators.dataverse.transactions import Transaction
from work365.emulators.dataverse.values import ROUNDING_CONTEXT, SqlValue, money_text

CURRENCY = "transactioncurrencyid"


def has_currency(table: TableDefinition) -> bool:
    """Return whether rows of the table have a currency of their own, with its rate."""
    return CURRENCY in table.columns and table.primary_id != CURRENCY


def concerns_money(table: TableDefinition, given: dict[str, SqlValue]) -> bool:
    """Return whether an update changes amounts or the currency."""
    return CURRENCY in given or any(column.name in given for column in table.money)


def set_base_amounts(
    transaction: Transaction, table: TableDefinition, row: dict[str, SqlValue]
) -> None:
    """Set a row's rate and base amounts, and its currency if it has amounts and none."""
    if row[CURRENCY] is None and table.money:
        row[CURRENCY] = transaction.base_currency_id
    currency = row[CURRENCY]
    if currency is None:
        row["exchangerate"] = None
        return
    rate = _rate(transaction, str(currency))
    row["exchangerate"] = rate
    for column in table.money:
        amount = row[column.name]
        row[f"{column.name}_base"] = _base(amount, rate, column.precision)


def _base(amount: SqlValue, rate: str, precision: int) -> SqlValue:
    if amount is None or rate == "1":
        return amount
    exact = ROUNDING_CONTEXT.divide(Decimal(amount), Decimal(rate))
    return money_text(exact.quantize(Decimal(1).scaleb(-precision), context=ROUNDING_CONTEXT))


def _rate(transaction: Transaction, currency: str) -> str:
    known = transaction.rates.get(currency)
    if known is None:
        found = transaction.connection.execute(
            'SELECT "exchangerate" FROM "transactioncurrency" WHERE "transactioncurrencyid" = ?',
            (currency,),
        ).fetchone()
        if found is None:
            raise row_absent("transactioncurrency", currency)
        known = transaction.rates[currency] = str(found[0])
    return known
