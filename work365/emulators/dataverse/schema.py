"""Builds the schemas that an environment starts with: a new one's, and one with our solution."""

from dataclasses import replace
from functools import cache

from dataverse_schema import columns as kinds
from dataverse_schema.choices import choice_name, global_choices
from dataverse_schema.definitions import MICROSOFT_SCHEMA_NAMES, icon_name
from dataverse_schema.descriptions import column_description, table_description
from dataverse_schema.labels import (
    column_label,
    key_label,
    option_label,
    table_label,
    table_plural_label,
)
from dataverse_schema.relationships import OneToMany, relationships
from dataverse_schema.table import Table
from dataverse_schema.tables import TABLES
from work365.emulators.dataverse.added_columns import (
    CURRENCY,
    DECIMAL_LIMIT,
    Columns,
    add_import_columns,
    add_money_columns,
    add_system_columns,
)
from work365.emulators.dataverse.definitions import (
    ACTIVE_AND_INACTIVE,
    ChoiceDefinition,
    ColumnDefinition,
    KeyDefinition,
    Kind,
    Schema,
    State,
    TableDefinition,
)
from work365.emulators.dataverse.security_tables import SECURITY_LINKS
from work365.emulators.dataverse.solution_tables import SOLUTION_TABLES
from work365.emulators.dataverse.system_tables import SYSTEM_TABLES

MONEY_LIMIT = 922_337_203_685_477
UNAUDITED = ("systemuser", "transactioncurrency")
STATELESS = ("systemuser", "uom", "productpricelevel")
NAMELESS = ("productpricelevel",)
"""Tables of Microsoft's whose rows have no name of their own."""

PRODUCT_STATES = (
    State(value=2, label="Draft", statuses={0: "Draft"}),
    State(value=0, label="Active", statuses={1: "Active"}),
    State(value=1, label="Retired", statuses={2: "Retired"}),
    State(value=3, label="Under Revision", statuses={3: "Under Revision"}),
)
"""A product is a draft until it is published."""


@cache
def blank_schema() -> Schema:
    """Return the tables of a new environment: Microsoft's, as far as the emulator has them."""
    tables = {table.name: table for table in (*SYSTEM_TABLES, *SOLUTION_TABLES)}
    for declared in TABLES:
        if not declared.is_ours():
            tables[declared.table_name()] = _table(declared, is_installed=False)
    return Schema(tables, SECURITY_LINKS)


@cache
def installed_schema() -> Schema:
    """Return every table of an environment that has our solution."""
    blank = blank_schema()
    tables = dict(blank.tables)
    for declared in TABLES:
        tables[declared.table_name()] = _table(declared, is_installed=True)
    choices = {
        choice.name: ChoiceDefinition(
            name=choice.name,
            label=choice.display_name,
            description=choice.description,
            options={option.value: option.label for option in choice.options},
        )
        for choice in global_choices()
    }
    return Schema(tables, blank.many_to_many, choices)


@cache
def _lookups() -> dict[tuple[str, str], OneToMany]:
    return {(each.referencing, each.lookup): each for each in relationships()}


def _table(declared: type[Table], *, is_installed: bool) -> TableDefinition:
    name = declared.table_name()
    columns = _columns(declared, is_installed=is_installed)
    states = _states(name)
    schema_name = MICROSOFT_SCHEMA_NAMES.get(name, declared.table_schema_name())
    add_money_columns(columns, table=schema_name)
    add_system_columns(columns, states, table=name, user_owned=declared.user_owned)
    if declared.is_ours():
        add_import_columns(columns)
    if name == "systemuser":
        columns["businessunitid"] = ColumnDefinition(
            name="businessunitid",
            schema_name="businessunitid",
            kind=Kind.LOOKUP,
            target="businessunit",
            relationship="business_unit_system_users",
        )
    is_named = name not in NAMELESS
    found = TableDefinition(
        name=name,
        set_name=declared.entity_set(),
        schema_name=schema_name,
        primary_name=declared.column_name(declared.primary_name) if is_named else f"{name}id",
        columns=columns,
        keys=tuple(_key(declared, fields) for fields in declared.keys) if is_installed else (),
        states=states,
        label=table_label(declared),
        plural_label=table_plural_label(declared),
        user_owned=declared.user_owned,
        change_tracking=is_installed and declared.change_tracking,
        audited=name not in UNAUDITED,
        custom=declared.is_ours(),
    )
    if not declared.is_ours():
        return found
    return replace(found, description=table_description(declared), icon=icon_name(declared))


def _columns(declared: type[Table], *, is_installed: bool) -> Columns:
    name = declared.table_name()
    key = f"{name}id"
    columns: Columns = {key: ColumnDefinition(name=key, schema_name=key, kind=Kind.UNIQUE)}
    for field, kind in declared.columns().items():
        if is_installed or not kind.custom:
            column = _column(declared, field)
            columns[column.name] = column
    return columns


def _states(table: str) -> tuple[State, ...]:
    if table in STATELESS:
        return ()
    return PRODUCT_STATES if table == "product" else ACTIVE_AND_INACTIVE


def _key(declared: type[Table], fields: tuple[str, ...]) -> KeyDefinition:
    return KeyDefinition(
        name=declared.key_name(fields),
        columns=tuple(declared.column_name(field) for field in fields),
        label=key_label(declared, fields),
    )


def _column(declared: type[Table], field: str) -> ColumnDefinition:
    kind = declared.columns()[field]
    is_custom = kind.custom or (declared.is_ours() and not kind.system)
    base = ColumnDefinition(
        name=declared.column_name(field),
        schema_name=declared.schema_name(field),
        kind=Kind.TEXT,
        label=column_label(declared, field),
        description=column_description(declared, field) if is_custom else "",
        custom=is_custom,
        required=kind.required or (declared.is_ours() and field == declared.primary_name),
    )
    if isinstance(kind, kinds.Lookup):
        return _lookup(declared, base, kind)
    return _of_kind(base, kind)


def _lookup(declared: type[Table], base: ColumnDefinition, kind: kinds.Lookup) -> ColumnDefinition:
    found = replace(base, kind=Kind.LOOKUP, target=kind.target)
    relationship = _lookups().get((declared.table_name(), base.name))
    if relationship is None:
        return replace(found, relationship=_of_microsoft(declared, base.name))
    cascade = relationship.cascade
    return replace(
        found,
        relationship=relationship.schema_name,
        cascade={
            "Assign": cascade.assign.value,
            "Delete": cascade.delete.value,
            "Merge": cascade.merge.value,
            "Reparent": cascade.reparent.value,
            "Share": cascade.share.value,
            "Unshare": cascade.unshare.value,
        },
        menu={"Behavior": "UseCollectionName", "Group": "Details", "Order": 10_000},
    )


MICROSOFT_RELATIONSHIPS = {
    ("account", "primarycontactid"): "account_primary_contact",
    ("account", "parentaccountid"): "account_parent_account",
    ("uom", "baseuom"): "unit_of_measurement_base_unit",
    ("uom", "uomscheduleid"): "unit_of_measurement_schedule_conversions",
    ("product", "defaultuomid"): "unit_of_measurement_default_unit",
    ("product", "defaultuomscheduleid"): "unit_of_measurement_schedule_products",
    ("productpricelevel", "pricelevelid"): "price_level_product_price_levels",
    ("productpricelevel", "productid"): "product_price_levels",
    ("productpricelevel", "uomid"): "unit_of_measurement_product_price_level",
}
"""Source: the relationships in Microsoft's table references; names of those of units, products
and prices were not verified."""


def _of_microsoft(declared: type[Table], column: str) -> str:
    if column == CURRENCY and declared.is_ours():
        return f"TransactionCurrency_{declared.table_schema_name()}"
    if column == CURRENCY:
        return f"transactioncurrency_{declared.table_name()}"
    return MICROSOFT_RELATIONSHIPS.get((declared.table_name(), column), "")


def _of_kind(base: ColumnDefinition, kind: kinds.Column) -> ColumnDefinition:
    match kind:
        case kinds.Text():
            return replace(
                base, max_length=kind.max_length, autonumber=kind.autonumber or "", format="Text"
            )
        case kinds.Memo():
            return replace(base, kind=Kind.MEMO, max_length=kind.max_length, format="TextArea")
        case kinds.Currency():
            return _number(base, Kind.MONEY, limit=MONEY_LIMIT, precision=kind.precision)
        case kinds.Number():
            return _number(base, Kind.DECIMAL, limit=DECIMAL_LIMIT, precision=kind.precision)
        case kinds.Whole():
            return replace(
                base,
                kind=Kind.WHOLE,
                minimum=kind.minimum,
                maximum=kind.maximum,
                format="None",
            )
        case _:
            return _simple(base, kind)


def _simple(base: ColumnDefinition, kind: kinds.Column) -> ColumnDefinition:
    match kind:
        case kinds.YesNo():
            return replace(
                base, kind=Kind.YES_NO, default=int(kind.default), options={0: "No", 1: "Yes"}
            )
        case kinds.Day():
            return replace(base, kind=Kind.DAY, format="DateOnly")
        case kinds.Moment():
            return replace(base, kind=Kind.MOMENT, format="DateAndTime", behavior="UserLocal")
        case kinds.Choice():
            options = {int(option): option_label(option) for option in kind.options}
            default = None if kind.default is None else int(kind.default)
            return replace(
                base,
                kind=Kind.CHOICE,
                options=options,
                default=default,
                choice=choice_name(kind.options),
            )
        case kinds.Unique():
            return replace(base, kind=Kind.UNIQUE)
        case _:
            message = f"column kind without an emulation: {type(kind).__name__}"
            raise TypeError(message)


def _number(base: ColumnDefinition, kind: Kind, *, limit: int, precision: int) -> ColumnDefinition:
    return replace(base, kind=kind, minimum=-limit, maximum=limit, precision=precision)
