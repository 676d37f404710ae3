"""Columns that Dataverse adds to a table by itself: whose a row is, since when, what it is worth.

Source: the columns of custom tables in real exports. `overriddencreatedon` is read here only:
a row that was created at another time than it says is not emulated.
"""

from dataclasses import replace
from typing import Any

from work365.emulators.dataverse.definitions import ColumnDefinition, Kind, State

DECIMAL_LIMIT = 100_000_000_000
WHOLE_LIMIT = 2_147_483_647
RATE_PRECISION = 12
CURRENCY, RATE = "transactioncurrencyid", "exchangerate"

Columns = dict[str, ColumnDefinition]


def _add(columns: Columns, name: str, kind: Kind, **details: Any) -> None:
    if name not in columns:
        plain = ColumnDefinition(name=name, schema_name=name, kind=kind)
        columns[name] = replace(plain, **details)


def add_money_columns(columns: Columns, *, table: str) -> None:
    """Add what amounts need: currency, rate, and each amount in the base currency."""
    amounts = [
        column for column in columns.values() if column.kind is Kind.MONEY and not column.read_only
    ]
    if amounts:
        _add(
            columns,
            CURRENCY,
            Kind.LOOKUP,
            target="transactioncurrency",
            relationship=f"TransactionCurrency_{table}",
        )
    if CURRENCY in columns and next(iter(columns)) != CURRENCY:
        _add(
            columns,
            RATE,
            Kind.DECIMAL,
            minimum=0,
            maximum=DECIMAL_LIMIT,
            precision=RATE_PRECISION,
            read_only=True,
        )
    for amount in amounts:
        base = base_column(amount)
        columns[base.name] = base


def base_column(amount: ColumnDefinition) -> ColumnDefinition:
    """Return the column of an amount in the organization's currency."""
    return replace(
        amount,
        name=f"{amount.name}_base",
        schema_name=f"{amount.schema_name}_Base",
        label=f"{amount.label} (Base)" if amount.label else "",
        read_only=True,
        required=False,
    )


def add_system_columns(
    columns: Columns, states: tuple[State, ...], *, table: str, user_owned: bool
) -> None:
    """Add what every row has; what is there already stays."""
    for name in ("createdon", "modifiedon"):
        _add(columns, name, Kind.MOMENT, read_only=True)
    for name in ("createdby", "createdonbehalfby", "modifiedby", "modifiedonbehalfby"):
        _add(
            columns,
            name,
            Kind.LOOKUP,
            target="systemuser",
            read_only=True,
            relationship=f"lk_{table}_{name}",
        )
    _add(columns, "versionnumber", Kind.VERSION, read_only=True)
    add_states(columns, states)
    if user_owned:
        add_owner(columns, table=table)


def add_states(columns: Columns, states: tuple[State, ...]) -> None:
    """Add state and status, where rows have any."""
    if states:
        labels = {state.value: state.label for state in states}
        statuses = {value: label for state in states for value, label in state.statuses.items()}
        _add(columns, "statecode", Kind.STATE, options=labels)
        _add(columns, "statuscode", Kind.STATUS, options=statuses)


def add_owner(columns: Columns, *, table: str) -> None:
    """Add whose a row is."""
    _add(columns, "ownerid", Kind.LOOKUP, target="systemuser", other_targets=("team",))
    for name, target, relationship in (
        ("owninguser", "systemuser", f"user_{table}"),
        ("owningteam", "team", f"team_{table}"),
        ("owningbusinessunit", "businessunit", f"business_unit_{table}"),
    ):
        _add(
            columns,
            name,
            Kind.LOOKUP,
            target=target,
            read_only=True,
            relationship=relationship,
        )


def add_import_columns(columns: Columns) -> None:
    """Add what imports and time zones leave on the rows of a custom table."""
    _add(columns, "importsequencenumber", Kind.WHOLE, minimum=-WHOLE_LIMIT - 1, maximum=WHOLE_LIMIT)
    _add(columns, "overriddencreatedon", Kind.MOMENT, read_only=True, format="DateOnly")
    for name in ("timezoneruleversionnumber", "utcconversiontimezonecode"):
        _add(columns, name, Kind.WHOLE, minimum=-1, maximum=WHOLE_LIMIT)
