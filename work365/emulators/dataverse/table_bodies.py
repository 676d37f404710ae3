"""Reads tables and alternate keys from bodies."""

from dataclasses import replace

from work365.emulators.dataverse.added_columns import (
    Columns,
    add_import_columns,
    add_money_columns,
    add_system_columns,
)
from work365.emulators.dataverse.column_bodies import read_column
from work365.emulators.dataverse.definitions import (
    ACTIVE_AND_INACTIVE,
    ColumnDefinition,
    KeyDefinition,
    KeyStatus,
    Kind,
    Schema,
    TableDefinition,
)
from work365.emulators.dataverse.errors import DataverseError
from work365.emulators.dataverse.metadata_bodies import Body
from work365.emulators.dataverse.metadata_documents import (
    column_document,
    key_document,
    table_document,
)

KEYS_MAX = 10
COLUMNS_MAX = 1_000
"""A real environment's limit depends on how much room the columns take."""

KEY_COLUMNS_MAX = 16
KEY_KINDS = frozenset(
    (Kind.TEXT, Kind.DECIMAL, Kind.WHOLE, Kind.DAY, Kind.MOMENT, Kind.LOOKUP, Kind.CHOICE)
)
"""Source: columns of these types can be part of an alternate key."""

OWNERSHIPS = ("UserOwned", "OrganizationOwned")
NO_PRIMARY_NAME = "0x80047014"
DUPLICATE_KEY_NAME, DUPLICATE_KEY_COLUMNS = "0x80060893", "0x80060894"


def read_table(schema: Schema, body: Body) -> TableDefinition:
    """Return the new table that a body defines, with all that Dataverse adds.

    Raises: DataverseError, for a table that Dataverse or the emulator would not make.
    """
    schema_name = body.schema_name()
    name = schema_name.lower()
    table = TableDefinition(
        name=name,
        set_name=body.checked_name("EntitySetName", body.text("EntitySetName", plural(name))),
        schema_name=schema_name,
        primary_name="",
        columns={},
        states=ACTIVE_AND_INACTIVE,
        user_owned=body.one_of("OwnershipType", body.text("OwnershipType", "UserOwned"), OWNERSHIPS)
        == "UserOwned",
        custom=True,
    )
    table = _with_wishes(table, body)
    columns, primary_name = _columns(schema, table, body.listed("Attributes"))
    table = replace(table, columns=columns, primary_name=primary_name)
    body.expect_read(table_document(table))
    return table


def plural(name: str) -> str:
    """Return the name of a collection, as Dataverse forms it."""
    if name.endswith("y") and name[-2:-1] not in "aeiou":
        return f"{name[:-1]}ies"
    return f"{name}es" if name.endswith(("s", "x", "z", "ch", "sh")) else f"{name}s"


def _with_wishes(table: TableDefinition, body: Body) -> TableDefinition:
    """Return the table with what can also be changed later."""
    return replace(
        table,
        label=body.label("DisplayName"),
        plural_label=body.label("DisplayCollectionName"),
        description=body.label("Description"),
        icon=body.text("IconVectorName"),
        has_notes=body.flag("HasNotes"),
        has_activities=body.flag("HasActivities"),
        change_tracking=body.flag("ChangeTrackingEnabled"),
        audited=_managed_flag(body, "IsAuditEnabled"),
    )


def _managed_flag(body: Body, name: str) -> bool:
    value = body.take(name)
    if value is None:
        return False
    flag = value.get("Value") if isinstance(value, dict) else value
    if not isinstance(flag, bool):
        raise body.invalid(f"The value {value!r} of '{name}' is neither true nor false.")
    return flag


def changed_table(table: TableDefinition, body: Body) -> TableDefinition:
    """Return the table as a body with its full definition changes it.

    Raises: DataverseError, for a change that cannot be.
    """
    changed = _with_wishes(table, body)
    if table.change_tracking and not changed.change_tracking:
        raise body.invalid("Change tracking cannot be switched off again.")
    body.expect_read(table_document(changed), merges=True)
    return changed


def _columns(schema: Schema, table: TableDefinition, bodies: list[object]) -> tuple[Columns, str]:
    key = ColumnDefinition(
        name=f"{table.name}id", schema_name=f"{table.schema_name}Id", kind=Kind.UNIQUE
    )
    columns: Columns = {key.name: key}
    given = []
    primary_names = []
    for value in bodies:
        body = Body(value, what=f"a column of {table.name}")
        is_primary_name = body.flag("IsPrimaryName")
        column = read_column(schema, body)
        refuse_second_column(replace(table, columns=columns), column)
        columns[column.name] = column
        given.append((body, column))
        if is_primary_name:
            primary_names.append(column)
    primary_name = _primary_name(table, primary_names)
    add_money_columns(columns, table=table.schema_name)
    add_system_columns(columns, table.states, table=table.name, user_owned=table.user_owned)
    add_import_columns(columns)
    whole = replace(table, columns=columns, primary_name=primary_name)
    for body, column in given:
        body.expect_read(column_document(whole, column))
    return columns, primary_name


def _primary_name(table: TableDefinition, candidates: list[ColumnDefinition]) -> str:
    if len(candidates) != 1 or candidates[0].kind is not Kind.TEXT:
        raise DataverseError(
            400,
            NO_PRIMARY_NAME,
            f"The table {table.name} needs exactly one column of the type String with "
            f"'IsPrimaryName' among its 'Attributes'; there are {len(candidates)}.",
        )
    return candidates[0].name


def refuse_second_column(table: TableDefinition, column: ColumnDefinition) -> None:
    """Raise if the table has a column of this name, or as many as a table can have."""
    if len(table.columns) >= COLUMNS_MAX:
        raise DataverseError(
            400,
            "0x8004841a",
            f"The maximum number of attributes for the entity {table.name} has been reached.",
        )
    names = (column.name, f"{column.name}_base") if column.kind is Kind.MONEY else (column.name,)
    if any(name in table.columns for name in names):
        raise DataverseError(
            400,
            "0x80047013",
            f"An attribute with the specified name {column.name} already exists for entity "
            f"{table.name}.",
        )


def with_column(table: TableDefinition, column: ColumnDefinition) -> TableDefinition:
    """Return the table with another column, and what Dataverse adds for it."""
    columns = {**table.columns, column.name: column}
    if column.kind is Kind.MONEY:
        add_money_columns(columns, table=table.schema_name)
    return replace(table, columns=columns)


def read_key(table: TableDefinition, body: Body) -> KeyDefinition:
    """Return the alternate key that a body defines, its index not yet built.

    Raises: DataverseError, for a key that cannot be.
    """
    names = tuple(str(name) for name in body.listed("KeyAttributes"))
    key = KeyDefinition(
        name=body.schema_name(),
        columns=names,
        label=body.label("DisplayName"),
        status=KeyStatus.PENDING,
    )
    if not 1 <= len(names) <= KEY_COLUMNS_MAX or len(set(names)) != len(names):
        raise body.invalid(f"A key has 1 to {KEY_COLUMNS_MAX} different columns.")
    if len(table.keys) >= KEYS_MAX:
        raise body.invalid(f"The table {table.name} has {KEYS_MAX} keys, and no more are possible.")
    for name in names:
        _check_key_column(table, name, body)
    _refuse_second_key(table, key)
    body.expect_read(key_document(table, key))
    return key


def _check_key_column(table: TableDefinition, name: str, body: Body) -> None:
    column = table.columns.get(name)
    if column is None:
        raise DataverseError(
            400,
            "0x80041103",
            f"'{table.name}' entity doesn't contain attribute with Name = '{name}' and"
            " NameMapping = 'Logical'.",
        )
    if column.kind not in KEY_KINDS:
        raise body.invalid(f"The column '{name}' is of a type that cannot be part of a key.")


def _refuse_second_key(table: TableDefinition, key: KeyDefinition) -> None:
    for other in table.keys:
        if other.name.lower() == key.name.lower():
            raise DataverseError(
                400,
                DUPLICATE_KEY_NAME,
                f"Entity Key Name {key.name} already exists for entity {table.name}.",
            )
        if set(other.columns) == set(key.columns):
            raise DataverseError(
                400,
                DUPLICATE_KEY_COLUMNS,
                f"Entity Key with the attributes {', '.join(key.columns)} already exists for "
                f"entity {table.name} as {other.name}.",
            )
