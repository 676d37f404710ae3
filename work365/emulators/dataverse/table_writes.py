"""Creates, changes and deletes tables, columns and alternate keys."""

from dataclasses import replace

from work365.emulators.dataverse.addresses import split_segment
from work365.emulators.dataverse.calls import Answer
from work365.emulators.dataverse.column_bodies import read_column
from work365.emulators.dataverse.definition_ids import column_id, key_id, table_id
from work365.emulators.dataverse.definition_writes import (
    DefinitionRequest,
    changed,
    not_custom,
)
from work365.emulators.dataverse.definitions import (
    ColumnDefinition,
    KeyStatus,
    Kind,
    TableDefinition,
)
from work365.emulators.dataverse.dependencies import check_column, check_table
from work365.emulators.dataverse.errors import DataverseError, not_emulated, wrong_method
from work365.emulators.dataverse.metadata import (
    TABLES,
    alternate_key_named,
    column_named,
    table_named,
)
from work365.emulators.dataverse.metadata_bodies import Body
from work365.emulators.dataverse.metadata_documents import (
    column_document,
    key_document,
    table_document,
)
from work365.emulators.dataverse.payloads import TYPE_PREFIX
from work365.emulators.dataverse.relationship_bodies import read_lookup
from work365.emulators.dataverse.schema_changes import (
    change_schema,
    with_table,
    without_column,
    without_table,
)
from work365.emulators.dataverse.solution_components import (
    ATTRIBUTE,
    ENTITY,
    ENTITY_KEY,
    forget_component,
)
from work365.emulators.dataverse.table_bodies import (
    changed_table,
    read_key,
    read_table,
    refuse_second_column,
    with_column,
)

NOT_CUSTOM_TABLE, NOT_CUSTOM_COLUMN = "0x80047008", "0x80047009"
DUPLICATE_NAME = "0x80047010"
PRIMARY_NAME_NEEDED, CHILD_COLUMN = "0x80047002", "0x80047016"
CHANGEABLE = frozenset(
    (
        Kind.TEXT,
        Kind.MEMO,
        Kind.MONEY,
        Kind.DECIMAL,
        Kind.DOUBLE,
        Kind.WHOLE,
        Kind.DAY,
        Kind.MOMENT,
        Kind.YES_NO,
        Kind.CHOICE,
        Kind.CHOICES,
        Kind.LOOKUP,
    )
)


def write_tables(request: DefinitionRequest, segments: list[str]) -> Answer:
    """Answer a writing request at or below `EntityDefinitions`."""
    _, inside = split_segment(segments[0])
    method = request.call.method
    if inside is None:
        if method != "POST" or len(segments) > 1:
            raise wrong_method(method)
        return _create_table(request)
    table = table_named(request.transaction.schema, inside)
    if len(segments) > 1:
        return _write_below(request, table, segments[1:])
    if method == "PUT":
        return _change_table(request, table)
    if method == "DELETE":
        return _delete_table(request, table)
    raise wrong_method(method)


def _create_table(request: DefinitionRequest) -> Answer:
    request.require("CreateEntity")
    body = request.body(TABLES)
    if body.type_name != "EntityMetadata":
        raise body.invalid(f"A table is of the type EntityMetadata, not '{body.type_name}'.")
    table = add_table(request, body)
    return request.created(TABLES, table_document(table))


def add_table(request: DefinitionRequest, body: Body) -> TableDefinition:
    """Create the table that a body defines, and return it.

    Raises: DataverseError, where it cannot be.
    """
    schema = request.transaction.schema
    table = read_table(schema, body)
    if table.name in schema.tables or table.set_name in schema.sets:
        raise DataverseError(
            400,
            DUPLICATE_NAME,
            f"An entity with the specified name {table.name} already exists, or one whose "
            f"collection is {table.set_name}. Specify a unique name.",
        )
    change_schema(request.transaction, with_table(schema, table))
    request.join(ENTITY, table_id(table))
    return table


def _change_table(request: DefinitionRequest, table: TableDefinition) -> Answer:
    request.require("WriteEntity")
    body = request.full_body(TABLES, table_document(table))
    after = changed_table(table, body)
    change_schema(request.transaction, with_table(request.transaction.schema, after))
    request.join(ENTITY, table_id(table))
    return changed()


def _delete_table(request: DefinitionRequest, table: TableDefinition) -> Answer:
    request.require("DeleteEntity")
    if not table.custom or table.is_intersect:
        raise not_custom(NOT_CUSTOM_TABLE, f"The entity {table.name}")
    check_table(request.transaction, table)
    schema = request.transaction.schema
    change_schema(request.transaction, without_table(schema, table.name))
    return changed()


def _write_below(request: DefinitionRequest, table: TableDefinition, segments: list[str]) -> Answer:
    name, inside = split_segment(segments[0])
    if name == "Attributes":
        return _write_column(request, table, inside, segments[1:])
    if name == "Keys" and len(segments) == 1:
        return _write_key(request, table, inside)
    raise not_emulated(f"{request.call.method} on '{name}' of a table's definition")


def _write_column(
    request: DefinitionRequest, table: TableDefinition, inside: str | None, casts: list[str]
) -> Answer:
    method = request.call.method
    if inside is None:
        if method != "POST" or casts:
            raise wrong_method(method)
        return _create_column(request, table)
    column = column_named(table, inside)
    for cast in casts:
        if cast != str(column_document(table, column)["@odata.type"])[1:]:
            raise not_emulated(f"the cast '{cast}' of the column {column.name}")
    if method == "PUT":
        return _change_column(request, table, column)
    if method == "DELETE":
        return _delete_column(request, table, column)
    raise wrong_method(method)


def _create_column(request: DefinitionRequest, table: TableDefinition) -> Answer:
    request.require("CreateAttribute")
    schema = request.transaction.schema
    body = request.body(f"a column of {table.name}")
    if body.flag("IsPrimaryName"):
        raise body.invalid("A table has one primary name, and it is created with the table.")
    column = read_column(schema, body)
    refuse_second_column(table, column)
    after = with_column(table, column)
    document = column_document(after, column)
    body.expect_read(document)
    change_schema(request.transaction, with_table(schema, after))
    request.join(ATTRIBUTE, column_id(after, column))
    return request.created(f"{TABLES}({table_id(table)})/Attributes", document)


def _change_column(
    request: DefinitionRequest, table: TableDefinition, column: ColumnDefinition
) -> Answer:
    request.require("WriteAttribute")
    if column.kind not in CHANGEABLE or column.name == table.primary_id:
        raise not_emulated(f"a change of the column {column.name} of {table.name}")
    known = column_document(table, column)
    body = request.full_body(f"the column {column.name} of {table.name}", known)
    given_type = f"#{TYPE_PREFIX}{body.type_name}"
    if given_type != known["@odata.type"]:
        raise body.invalid(
            f"The type of the column is {known['@odata.type'][1:]} and cannot be changed."
        )
    after = _changed_column(request, column, body)
    columns = {**table.columns, column.name: after}
    if column in table.money:
        base = columns[f"{column.name}_base"]
        columns[base.name] = replace(base, precision=after.precision)
    extended = replace(table, columns=columns)
    body.take("IsPrimaryName")
    body.expect_read(column_document(extended, after), merges=True)
    change_schema(request.transaction, with_table(request.transaction.schema, extended))
    request.join(ATTRIBUTE, column_id(table, column))
    return changed()


def _changed_column(
    request: DefinitionRequest, column: ColumnDefinition, body: Body
) -> ColumnDefinition:
    """Return the column with what a body can change of it."""
    body.take("SchemaName")
    named = Body({**body.values, "SchemaName": f"any_{column.name}"}, what=body.what)
    is_lookup = column.kind is Kind.LOOKUP
    read = (
        read_lookup(named, column.target)
        if is_lookup
        else read_column(request.transaction.schema, named)
    )
    if read.kind is not column.kind:
        raise body.invalid(f"The column {column.name} cannot become another kind of column.")
    body.keep_unread(named)
    return replace(
        read,
        name=column.name,
        schema_name=column.schema_name,
        custom=column.custom,
        read_only=column.read_only,
        target=column.target,
        other_targets=column.other_targets,
        relationship=column.relationship,
        cascade=column.cascade,
        menu=column.menu,
        read_as=column.read_as,
    )


def _delete_column(
    request: DefinitionRequest, table: TableDefinition, column: ColumnDefinition
) -> Answer:
    request.require("DeleteAttribute")
    if column.name == table.primary_name:
        raise not_custom(PRIMARY_NAME_NEEDED, f"The primary name {column.name}")
    if not column.custom:
        raise not_custom(NOT_CUSTOM_COLUMN, f"The attribute {column.name}")
    if column.read_only and column.kind is Kind.MONEY:
        raise not_custom(CHILD_COLUMN, f"The attribute {column.name}, which belongs to another,")
    remove_column(request, table, column)
    return changed()


def remove_column(
    request: DefinitionRequest, table: TableDefinition, column: ColumnDefinition
) -> None:
    """Delete a column, with its values.

    Raises: DataverseError, where it is used.
    """
    check_column(request.transaction, table, column)
    forget_component(request.transaction, column_id(table, column))
    schema = request.transaction.schema
    change_schema(request.transaction, without_column(schema, table, column.name))


def _write_key(request: DefinitionRequest, table: TableDefinition, inside: str | None) -> Answer:
    method = request.call.method
    schema = request.transaction.schema
    if inside is None and method == "POST":
        request.require("WriteEntity")
        key = read_key(table, request.body(f"a key of {table.name}"))
        after = replace(table, keys=(*table.keys, key))
        change_schema(request.transaction, with_table(schema, after))
        request.join(ENTITY_KEY, key_id(table, key))
        return request.created(f"{TABLES}({table_id(table)})/Keys", key_document(table, key))
    if inside is not None and method == "DELETE":
        request.require("WriteEntity")
        key = alternate_key_named(table, inside)
        kept = tuple(each for each in table.keys if each is not key)
        change_schema(request.transaction, with_table(schema, replace(table, keys=kept)))
        forget_component(request.transaction, key_id(table, key))
        return changed()
    raise wrong_method(method)


def reactivate_key(request: DefinitionRequest) -> Answer:
    """Let the index of a key that failed be built again.

    Raises: DataverseError, for a key that is not there or did not fail.
    """
    request.require("WriteEntity")
    body = request.body("ReactivateEntityKey")
    name = str(body.required("EntityLogicalName"))
    table = table_named(request.transaction.schema, f"LogicalName='{name}'")
    wanted = str(body.required("EntityKeyLogicalName"))
    key = alternate_key_named(table, f"LogicalName='{wanted}'")
    body.expect_read({})
    if key.status is not KeyStatus.FAILED:
        raise body.invalid(f"The key {key.name} is {key.status.value}, and has not failed.")
    keys = tuple(
        replace(each, status=KeyStatus.PENDING) if each is key else each for each in table.keys
    )
    after = with_table(request.transaction.schema, replace(table, keys=keys))
    change_schema(request.transaction, after)
    return changed()
