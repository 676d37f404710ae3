"""Builds the environment's tables: ours, with what Dataverse adds, and the system's."""

from dataclasses import replace
from typing import Any

from dataverse_schema import columns as kinds
from dataverse_schema.table import PREFIX, Table
from dataverse_schema.tables import TABLES
from work365.emulators.dataverse.definitions import (
    ACTIVE_AND_INACTIVE,
    ColumnDefinition,
    KeyDefinition,
    Kind,
    Schema,
    State,
    TableDefinition,
)
from work365.emulators.dataverse.system_tables import SYSTEM_TABLES

DECIMAL_LIMIT = 100_000_000_000
MONEY_LIMIT = 922_337_203_685_477
RATE_PRECISION = 12
AUTONUMBER_SEED = 1_000
STATELESS = ("systemuser", "uom", "productpricelevel")
PRODUCT_STATES = (
    State(value=2, label="Draft", statuses={0: "Draft"}),
    State(value=0, label="Active", statuses={1: "Active"}),
    State(value=1, label="Retired", statuses={2: "Retired"}),
    State(value=3, label="Under Revision", statuses={3: "Under Revision"}),
)
"""A product is a draft until it is published."""

Columns = dict[str, ColumnDefinition]


def build_schema() -> Schema:
    """Return every table of an environment that has our solution."""
    tables = {table.name: table for table in SYSTEM_TABLES}
    for declared in TABLES:
        tables[declared.table_name()] = _table(declared)
    return Schema(tables)


def _table(declared: type[Table]) -> TableDefinition:
    name = declared.table_name()
    columns: Columns = {
        f"{name}id": ColumnDefinition(name=f"{name}id", schema_name=f"{name}id", kind=Kind.UNIQUE)
    }
    for field in declared.columns():
        column = _column(declared, field)
        columns[column.name] = column
    states = _states(name)
    _add_money(columns)
    _add_system_columns(columns, states, user_owned=declared.user_owned)
    if name == "systemuser":
        _add(columns, "businessunitid", Kind.LOOKUP, target="businessunit")
    return TableDefinition(
        name=name,
        set_name=declared.entity_set(),
        schema_name=declared.prefix + declared.__name__,
        primary_name=declared.column_name(declared.primary_name),
        columns=columns,
        keys=tuple(_key(declared, fields) for fields in declared.keys),
        states=states,
        user_owned=declared.user_owned,
        change_tracking=declared.change_tracking,
        custom=declared.prefix == PREFIX,
    )


def _states(table: str) -> tuple[State, ...]:
    if table in STATELESS:
        return ()
    return PRODUCT_STATES if table == "product" else ACTIVE_AND_INACTIVE


def _key(declared: type[Table], fields: tuple[str, ...]) -> KeyDefinition:
    return KeyDefinition(
        name=PREFIX + declared.__name__ + "".join(field.capitalize() for field in fields),
        columns=tuple(declared.column_name(field) for field in fields),
    )


def _column(declared: type[Table], field: str) -> ColumnDefinition:
    kind = declared.columns()[field]
    name = declared.column_name(field)
    base = ColumnDefinition(
        name=name,
        schema_name=declared.schema_name(field),
        kind=Kind.TEXT,
        custom=name.startswith(PREFIX),
        required=kind.required,
    )
    return _of_kind(base, kind)


def _of_kind(base: ColumnDefinition, kind: kinds.Column) -> ColumnDefinition:
    match kind:
        case kinds.Text():
            return replace(base, max_length=kind.max_length, autonumber=kind.autonumber or "")
        case kinds.Memo():
            return replace(base, kind=Kind.MEMO, max_length=kind.max_length)
        case kinds.Currency():
            return _number(base, Kind.MONEY, limit=MONEY_LIMIT, precision=kind.precision)
        case kinds.Number():
            return _number(base, Kind.DECIMAL, limit=DECIMAL_LIMIT, precision=kind.precision)
        case kinds.Whole():
            return replace(base, kind=Kind.WHOLE, minimum=kind.minimum, maximum=kind.maximum)
        case _:
            return _simple(base, kind)


def _simple(base: ColumnDefinition, kind: kinds.Column) -> ColumnDefinition:
    match kind:
        case kinds.YesNo():
            return replace(
                base, kind=Kind.YES_NO, default=int(kind.default), options={0: "No", 1: "Yes"}
            )
        case kinds.Lookup():
            return replace(base, kind=Kind.LOOKUP, target=kind.target)
        case kinds.Day():
            return replace(base, kind=Kind.DAY)
        case kinds.Moment():
            return replace(base, kind=Kind.MOMENT)
        case kinds.Choice():
            options = {
                int(option): option.name.replace("_", " ").capitalize() for option in kind.options
            }
            default = None if kind.default is None else int(kind.default)
            return replace(base, kind=Kind.CHOICE, options=options, default=default)
        case kinds.Unique():
            return replace(base, kind=Kind.UNIQUE)
        case _:
            message = f"column kind without an emulation: {type(kind).__name__}"
            raise TypeError(message)


def _number(base: ColumnDefinition, kind: Kind, *, limit: int, precision: int) -> ColumnDefinition:
    return replace(base, kind=kind, minimum=-limit, maximum=limit, precision=precision)


def _add(columns: Columns, name: str, kind: Kind, **details: Any) -> None:
    if name not in columns:
        plain = ColumnDefinition(name=name, schema_name=name, kind=kind)
        columns[name] = replace(plain, **details)


def _add_money(columns: Columns) -> None:
    amounts = [column for column in columns.values() if column.kind is Kind.MONEY]
    if amounts:
        _add(columns, "transactioncurrencyid", Kind.LOOKUP, target="transactioncurrency")
    if "transactioncurrencyid" in columns and next(iter(columns)) != "transactioncurrencyid":
        _add(
            columns,
            "exchangerate",
            Kind.DECIMAL,
            minimum=0,
            maximum=DECIMAL_LIMIT,
            precision=RATE_PRECISION,
            read_only=True,
        )
    for amount in amounts:
        columns[f"{amount.name}_base"] = replace(
            amount,
            name=f"{amount.name}_base",
            schema_name=f"{amount.schema_name}_Base",
            read_only=True,
            required=False,
        )


def _add_system_columns(columns: Columns, states: tuple[State, ...], *, user_owned: bool) -> None:
    for name in ("createdon", "modifiedon"):
        _add(columns, name, Kind.MOMENT, read_only=True)
    for name in ("createdby", "createdonbehalfby", "modifiedby", "modifiedonbehalfby"):
        _add(columns, name, Kind.LOOKUP, target="systemuser", read_only=True)
    _add(columns, "versionnumber", Kind.VERSION, read_only=True)
    if states:
        labels = {state.value: state.label for state in states}
        statuses = {value: label for state in states for value, label in state.statuses.items()}
        _add(columns, "statecode", Kind.STATE, options=labels)
        _add(columns, "statuscode", Kind.STATUS, options=statuses)
    if user_owned:
        _add(columns, "ownerid", Kind.LOOKUP, target="systemuser")
        _add(columns, "owninguser", Kind.LOOKUP, target="systemuser", read_only=True)
        _add(columns, "owningbusinessunit", Kind.LOOKUP, target="businessunit", read_only=True)
