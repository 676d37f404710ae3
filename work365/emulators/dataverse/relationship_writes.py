"""Creates, changes and deletes relationships, each with its lookup or its intersect table."""

from dataclasses import replace

from work365.emulators.dataverse.addresses import split_segment
from work365.emulators.dataverse.calls import Answer
from work365.emulators.dataverse.definition_ids import column_id, relationship_id
from work365.emulators.dataverse.definition_writes import (
    DefinitionRequest,
    changed,
    not_custom,
)
from work365.emulators.dataverse.definitions import (
    ColumnDefinition,
    ManyToManyDefinition,
    Schema,
    TableDefinition,
)
from work365.emulators.dataverse.errors import DataverseError, wrong_method
from work365.emulators.dataverse.metadata import RELATIONSHIPS, definition_absent, key_of
from work365.emulators.dataverse.relationship_bodies import (
    intersect_table,
    read_cascade,
    read_many_to_many,
    read_menu,
    read_one_to_many,
)
from work365.emulators.dataverse.relationship_documents import (
    MANY_TO_MANY,
    ONE_TO_MANY,
    many_to_many_document,
    one_to_many_document,
    relationship_name,
)
from work365.emulators.dataverse.schema_changes import (
    change_schema,
    with_many_to_many,
    with_table,
    without_many_to_many,
)
from work365.emulators.dataverse.solution_components import (
    ATTRIBUTE,
    RELATIONSHIP,
    forget_component,
)
from work365.emulators.dataverse.table_writes import remove_column

NOT_CUSTOM, DUPLICATE_NAME = "0x8004700a", "0x80047010"
OfLookup = tuple[TableDefinition, ColumnDefinition]


def write_relationships(request: DefinitionRequest, segments: list[str]) -> Answer:
    """Answer a writing request at `RelationshipDefinitions`; a cast after the key says nothing."""
    _, inside = split_segment(segments[0])
    method = request.call.method
    if inside is None:
        if method != "POST":
            raise wrong_method(method)
        request.require("CreateRelationship")
        return _create(request)
    found = _named(request.transaction.schema, inside)
    if method == "PUT":
        request.require("WriteRelationship")
        return _change(request, found)
    if method == "DELETE":
        request.require("DeleteRelationship")
        return _delete(request, found)
    raise wrong_method(method)


def _named(schema: Schema, inside: str) -> OfLookup | ManyToManyDefinition:
    name, value = key_of(inside, "SchemaName")

    def is_meant(relationship: str) -> bool:
        by_id = relationship_id(relationship) if name == "MetadataId" else relationship.lower()
        return by_id == value.lower()

    for table in schema.tables.values():
        for lookup in table.lookups:
            if is_meant(relationship_name(table, lookup)):
                return table, lookup
    for relationship in schema.many_to_many:
        if is_meant(relationship.name):
            return relationship
    raise definition_absent(RELATIONSHIPS, value)


def _create(request: DefinitionRequest) -> Answer:
    body = request.body(RELATIONSHIPS)
    if body.type_name == ONE_TO_MANY:
        return _create_one_to_many(request)
    if body.type_name == MANY_TO_MANY:
        return _create_many_to_many(request)
    raise body.invalid(
        f"A relationship is of the type {ONE_TO_MANY} or {MANY_TO_MANY}, not '{body.type_name}'."
    )


def _create_one_to_many(request: DefinitionRequest) -> Answer:
    schema = request.transaction.schema
    made = read_one_to_many(schema, request.body(RELATIONSHIPS))
    _refuse_second(schema, made.lookup.relationship)
    change_schema(request.transaction, with_table(schema, made.referencing))
    request.join(RELATIONSHIP, relationship_id(made.lookup.relationship))
    request.join(ATTRIBUTE, column_id(made.referencing, made.lookup))
    document = one_to_many_document(schema, made.referencing, made.lookup)
    return request.created(RELATIONSHIPS, document)


def _create_many_to_many(request: DefinitionRequest) -> Answer:
    schema = request.transaction.schema
    relationship = read_many_to_many(schema, request.body(RELATIONSHIPS))
    _refuse_second(schema, relationship.name)
    if relationship.intersect in schema.tables:
        raise _duplicate(f"An entity with the name {relationship.intersect}")
    intersect = intersect_table(relationship)
    change_schema(request.transaction, with_many_to_many(schema, relationship, intersect))
    request.join(RELATIONSHIP, relationship_id(relationship.name))
    return request.created(RELATIONSHIPS, many_to_many_document(relationship))


def _refuse_second(schema: Schema, name: str) -> None:
    names = {
        relationship_name(table, lookup).lower()
        for table in schema.tables.values()
        for lookup in table.lookups
    } | {relationship.name.lower() for relationship in schema.many_to_many}
    if name.lower() in names:
        raise _duplicate(f"A relationship with the name {name}")


def _duplicate(what: str) -> DataverseError:
    return DataverseError(400, DUPLICATE_NAME, f"{what} already exists. Specify a unique name.")


def _change(request: DefinitionRequest, found: OfLookup | ManyToManyDefinition) -> Answer:
    schema = request.transaction.schema
    if isinstance(found, ManyToManyDefinition):
        return _change_many_to_many(request, found)
    table, lookup = found
    known = one_to_many_document(schema, table, lookup)
    body = request.full_body(RELATIONSHIPS, known)
    if not lookup.custom:
        raise not_custom(NOT_CUSTOM, f"The relationship {known['SchemaName']}")
    after = replace(
        lookup,
        cascade=read_cascade(body, lookup.cascade),
        menu=read_menu(body, "AssociatedMenuConfiguration"),
    )
    extended = replace(table, columns={**table.columns, lookup.name: after})
    body.expect_read(one_to_many_document(schema, extended, after), merges=True)
    change_schema(request.transaction, with_table(schema, extended))
    request.join(RELATIONSHIP, known["MetadataId"])
    return changed()


def _change_many_to_many(request: DefinitionRequest, found: ManyToManyDefinition) -> Answer:
    schema = request.transaction.schema
    if not found.custom:
        raise not_custom(NOT_CUSTOM, f"The relationship {found.name}")
    body = request.full_body(RELATIONSHIPS, many_to_many_document(found))
    after = replace(
        found,
        menus=(
            read_menu(body, "Entity1AssociatedMenuConfiguration"),
            read_menu(body, "Entity2AssociatedMenuConfiguration"),
        ),
    )
    body.expect_read(many_to_many_document(after), merges=True)
    links = tuple(after if each is found else each for each in schema.many_to_many)
    change_schema(request.transaction, replace(schema, many_to_many=links))
    return changed()


def _delete(request: DefinitionRequest, found: OfLookup | ManyToManyDefinition) -> Answer:
    if isinstance(found, ManyToManyDefinition):
        if not found.custom:
            raise not_custom(NOT_CUSTOM, f"The relationship {found.name}")
        schema = request.transaction.schema
        change_schema(request.transaction, without_many_to_many(schema, found))
        forget_component(request.transaction, relationship_id(found.name))
        return changed()
    table, lookup = found
    if not lookup.custom:
        raise not_custom(NOT_CUSTOM, f"The relationship {relationship_name(table, lookup)}")
    remove_column(request, table, lookup)
    forget_component(request.transaction, relationship_id(lookup.relationship))
    return changed()
