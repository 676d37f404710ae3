"""What a table is to Dataverse: the classes in plain values, without Python's types.

The solution file is written from these values and read back into them, so that what is in
a file can be compared with what was declared.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum
from typing import Any

from dataverse_schema import columns as kinds
from dataverse_schema.choices import choice_name
from dataverse_schema.descriptions import column_description, table_description
from dataverse_schema.labels import (
    column_label,
    key_label,
    table_label,
    table_plural_label,
)
from dataverse_schema.table import PREFIX, Table
from dataverse_schema.tables import TABLES

DECIMAL_LIMIT = Decimal(100_000_000_000)
MONEY_LIMIT = Decimal(922_337_203_685_477)
"""Source: docs of DecimalAttributeMetadata and MoneyAttributeMetadata."""


class ColumnType(StrEnum):
    """Dataverse's types of columns, in the words of a solution file."""

    TEXT = "nvarchar"
    MEMO = "ntext"
    MONEY = "money"
    DECIMAL = "decimal"
    WHOLE = "int"
    YES_NO = "bit"
    DATE_TIME = "datetime"
    CHOICE = "picklist"
    LOOKUP = "lookup"


@dataclass(frozen=True, kw_only=True)
class ColumnDefinition:
    """A column of ours."""

    logical_name: str
    schema_name: str
    label: str
    description: str
    type: ColumnType
    required: bool
    max_length: int | None = None
    autonumber: str | None = None
    minimum: Decimal | None = None
    maximum: Decimal | None = None
    precision: int | None = None
    date_only: bool = False
    """Of a date and time: whether it is a day, the same in all time zones."""

    choice: str | None = None
    """Name of the global choice."""

    default: int | None = None


@dataclass(frozen=True, kw_only=True)
class KeyDefinition:
    """An alternate key."""

    schema_name: str
    label: str
    columns: tuple[str, ...]
    """Logical names."""


@dataclass(frozen=True, kw_only=True)
class TableDefinition:
    """A table of ours, or what we add to one of Microsoft's."""

    logical_name: str
    schema_name: str
    label: str
    columns: tuple[ColumnDefinition, ...]
    """Those of ours, in the order of their logical names."""

    keys: tuple[KeyDefinition, ...]
    plural_label: str = ""
    description: str = ""
    entity_set: str = ""
    primary_name: str = ""
    """Logical name of the column that a row is called by."""

    user_owned: bool = False
    change_tracking: bool = False
    currency_required: bool = False
    """Of a table with amounts: whether a form insists on their currency."""

    icon: str = ""
    """Name of the web resource."""

    @property
    def is_ours(self) -> bool:
        """Whether the table is made with the solution, and not only extended."""
        return self.logical_name.startswith(PREFIX)


CURRENCY = "transactioncurrencyid"
"""Field and column of the currency that Dataverse gives to a table with amounts."""

MICROSOFT_SCHEMA_NAMES = {"uom": "UoM", "uomschedule": "UoMSchedule"}
"""Where the capitals of Microsoft's tables are not those of our classes."""


def table_definitions() -> tuple[TableDefinition, ...]:
    """Return the tables of ours, and those of Microsoft's that get columns from us."""
    found = [_table(declared) for declared in TABLES]
    return tuple(table for table in found if table.is_ours or table.columns)


def _table(declared: type[Table]) -> TableDefinition:
    name = declared.table_name()
    ours = [field for field in declared.columns() if _is_ours(declared, field)]
    columns = sorted(
        (column_definition(declared, field) for field in ours), key=lambda one: one.logical_name
    )
    added = TableDefinition(
        logical_name=name,
        schema_name=MICROSOFT_SCHEMA_NAMES.get(name, declared.table_schema_name()),
        label=table_label(declared),
        columns=tuple(columns),
        keys=tuple(
            KeyDefinition(
                schema_name=declared.key_name(fields),
                label=key_label(declared, fields),
                columns=tuple(declared.column_name(field) for field in fields),
            )
            for fields in declared.keys
        ),
    )
    if not declared.is_ours():
        return added
    currency = declared.columns().get(CURRENCY)
    return replace(
        added,
        plural_label=table_plural_label(declared),
        description=table_description(declared),
        entity_set=declared.entity_set(),
        primary_name=declared.column_name(declared.primary_name),
        user_owned=declared.user_owned,
        change_tracking=declared.change_tracking,
        currency_required=currency is not None and currency.required,
        icon=icon_name(declared),
    )


def icon_name(declared: type[Table]) -> str:
    """Return the name of the web resource that is the icon of a table of ours."""
    return f"{PREFIX}/icons/{declared.__name__.lower()}.svg"


def _is_ours(declared: type[Table], field: str) -> bool:
    return declared.column_name(field).startswith(PREFIX)


def column_definition(declared: type[Table], field: str) -> ColumnDefinition:
    """Return what the column that `field` is kept in is to Dataverse.

    Raises: TypeError: columns of its kind are not made by us.
    """
    kind = declared.columns()[field]
    describe = DETAILS.get(type(kind))
    if describe is None:
        message = f"{declared.__name__}.{field}: no column of ours is a {type(kind).__name__}"
        raise TypeError(message)
    column_type, details = describe(kind)
    return ColumnDefinition(
        logical_name=declared.column_name(field),
        schema_name=declared.schema_name(field),
        label=column_label(declared, field),
        description=column_description(declared, field),
        type=column_type,
        required=kind.required or (declared.is_ours() and field == declared.primary_name),
        **details,
    )


Details = tuple[ColumnType, dict[str, Any]]


def _text(kind: kinds.Text) -> Details:
    return ColumnType.TEXT, {"max_length": kind.max_length, "autonumber": kind.autonumber}


def _memo(kind: kinds.Memo) -> Details:
    return ColumnType.MEMO, {"max_length": kind.max_length}


def _money(kind: kinds.Currency) -> Details:
    return ColumnType.MONEY, _range(MONEY_LIMIT) | {"precision": kind.precision}


def _decimal(kind: kinds.Number) -> Details:
    return ColumnType.DECIMAL, _range(DECIMAL_LIMIT) | {"precision": kind.precision}


def _range(limit: Decimal) -> dict[str, Any]:
    return {"minimum": -limit, "maximum": limit}


def _whole(kind: kinds.Whole) -> Details:
    return ColumnType.WHOLE, {"minimum": Decimal(kind.minimum), "maximum": Decimal(kind.maximum)}


def _yes_no(kind: kinds.YesNo) -> Details:
    return ColumnType.YES_NO, {"default": int(kind.default)}


def _day(_: kinds.Day) -> Details:
    return ColumnType.DATE_TIME, {"date_only": True}


def _moment(_: kinds.Moment) -> Details:
    return ColumnType.DATE_TIME, {}


def _choice(kind: kinds.Choice) -> Details:
    default = None if kind.default is None else int(kind.default)
    return ColumnType.CHOICE, {"choice": choice_name(kind.options), "default": default}


def _lookup(_: kinds.Lookup) -> Details:
    return ColumnType.LOOKUP, {}


DETAILS: dict[type[kinds.Column], Callable[[Any], Details]] = {
    kinds.Text: _text,
    kinds.Memo: _memo,
    kinds.Currency: _money,
    kinds.Number: _decimal,
    kinds.Whole: _whole,
    kinds.YesNo: _yes_no,
    kinds.Day: _day,
    kinds.Moment: _moment,
    kinds.Choice: _choice,
    kinds.Lookup: _lookup,
}
