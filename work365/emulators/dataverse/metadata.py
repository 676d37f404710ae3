"""Metadata for reading: `EntityDefinitions`, `RelationshipDefinitions` and the choices."""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from work365.emulators.dataverse.addresses import split_segment
from work365.emulators.dataverse.calls import Answer, Call, json_answer
from work365.emulators.dataverse.definition_ids import column_id, key_id, table_id
from work365.emulators.dataverse.definitions import (
    ColumnDefinition,
    KeyDefinition,
    Schema,
    TableDefinition,
)
from work365.emulators.dataverse.errors import DataverseError, not_emulated, unknown_segment
from work365.emulators.dataverse.metadata_documents import (
    choice_document,
    column_document,
    key_document,
    table_document,
)
from work365.emulators.dataverse.metadata_queries import (
    Document,
    MetadataQuery,
    Shape,
    listed,
    read_query,
    shown,
)
from work365.emulators.dataverse.payloads import TYPE_PREFIX
from work365.emulators.dataverse.relationship_documents import (
    many_to_many_documents,
    one_to_many_document,
    one_to_many_documents,
)
from work365.emulators.dataverse.values import GUID, SqlValue

TABLES, CHOICES, RELATIONSHIPS = (
    "EntityDefinitions",
    "GlobalOptionSetDefinitions",
    "RelationshipDefinitions",
)
SETS = frozenset((TABLES, CHOICES, RELATIONSHIPS))
NAMED_BY = {TABLES: "LogicalName", CHOICES: "Name", RELATIONSHIPS: "SchemaName"}
_KEY = re.compile(r"(\w+)\s*=\s*'((?:[^']|'')*)'")
BASE_ATTRIBUTE = frozenset(("OptionSet", "GlobalOptionSet"))


def json_value(column: ColumnDefinition, value: SqlValue) -> str:
    """Return one kept value as JSON, a number as it is kept."""
    if column.is_number:
        return str(value)
    if column.is_yes_no:
        return "true" if value else "false"
    return json.dumps(value, ensure_ascii=False)


def metadata_answer(schema: Schema, call: Call, segments: list[str]) -> Answer:
    """Answer a request for definitions."""
    name, inside = split_segment(segments[0])
    query = read_query(dict(call.parameters))
    if name == TABLES:
        return _tables_answer(schema, call, segments, query)
    documents = _sets(schema)[name]
    shape = Shape(type_name=name)
    if inside is None:
        if len(segments) > 1:
            documents = _cast(documents, segments[1:])
        return _many(call, name, listed(documents, query, shape))
    found = document_named(documents, name, inside)
    if len(segments) > 1:
        _cast([found], segments[1:])
    return _one(call, name, found, query, shape)


def _sets(schema: Schema) -> Mapping[str, Iterable[Document]]:
    return {
        CHOICES: [choice_document(choice) for choice in schema.choices.values()],
        RELATIONSHIPS: [*one_to_many_documents(schema), *many_to_many_documents(schema)],
    }


def document_named(documents: Iterable[Document], set_name: str, inside: str) -> Document:
    """Return the definition with this key: an id, or a name.

    Raises: DataverseError, where there is none.
    """
    name, value = key_of(inside, NAMED_BY[set_name])
    for document in documents:
        if document[name].lower() == value.lower():
            return document
    raise definition_absent(set_name, value)


def key_of(inside: str, named_by: str) -> tuple[str, str]:
    """Return by which property a key in parentheses names a definition, and the value."""
    text = inside.strip()
    if GUID.fullmatch(text):
        return "MetadataId", text
    key = _KEY.fullmatch(text)
    if key is None or key.group(1) not in ("MetadataId", named_by):
        raise DataverseError(
            400,
            "0x80060888",
            f"The key '{inside}' is not valid: definitions are named by 'MetadataId' or "
            f"'{named_by}'.",
        )
    return key.group(1), key.group(2).replace("''", "'")


def definition_absent(set_name: str, value: str) -> DataverseError:
    """Return the refusal of a definition that is not there."""
    what = {TABLES: "an entity", CHOICES: "an optionset", RELATIONSHIPS: "a relationship"}
    by = "id" if GUID.fullmatch(value) else "name"
    return DataverseError(
        404,
        "0x80060888",
        f"Could not find {what[set_name]} with {by} {value} in the cache.",
    )


def table_named(schema: Schema, inside: str) -> TableDefinition:
    """Return the table that a key in parentheses names.

    Raises: DataverseError, where there is none.
    """
    name, value = key_of(inside, "LogicalName")
    for table in schema.tables.values():
        if value.lower() == (table_id(table) if name == "MetadataId" else table.name):
            return table
    raise definition_absent(TABLES, value)


def column_named(table: TableDefinition, inside: str) -> ColumnDefinition:
    """Return the column that a key in parentheses names.

    Raises: DataverseError, where there is none.
    """
    name, value = key_of(inside, "LogicalName")
    for column in table.columns.values():
        found = column_id(table, column) if name == "MetadataId" else column.name
        if value.lower() == found:
            return column
    raise DataverseError(
        404, "0x80060888", f"Could not find an attribute with name {value} in the cache."
    )


def alternate_key_named(table: TableDefinition, inside: str) -> KeyDefinition:
    """Return the alternate key that a key in parentheses names.

    Raises: DataverseError, where there is none.
    """
    name, value = key_of(inside, "LogicalName")
    for key in table.keys:
        found = key_id(table, key) if name == "MetadataId" else key.name.lower()
        if value.lower() == found:
            return key
    raise DataverseError(
        404, "0x80060888", f"Could not find an entity key with name {value} in the cache."
    )


Below = Callable[[Schema, TableDefinition], list[Document]]


def _attributes(_schema: Schema, table: TableDefinition) -> list[Document]:
    return [column_document(table, column) for column in table.columns.values()]


def _keys(_schema: Schema, table: TableDefinition) -> list[Document]:
    return [key_document(table, key) for key in table.keys]


def _many_to_one(schema: Schema, table: TableDefinition) -> list[Document]:
    return [one_to_many_document(schema, table, lookup) for lookup in table.lookups]


def _one_to_many(schema: Schema, table: TableDefinition) -> list[Document]:
    return [
        {**one_to_many_document(schema, other, lookup), "ReferencedEntity": table.name}
        for other, lookup in schema.referring[table.name]
    ]


def _many_to_many(schema: Schema, table: TableDefinition) -> list[Document]:
    return [
        document
        for document in many_to_many_documents(schema)
        if table.name in (document["Entity1LogicalName"], document["Entity2LogicalName"])
    ]


BELOW: Mapping[str, Below] = {
    "Attributes": _attributes,
    "Keys": _keys,
    "ManyToOneRelationships": _many_to_one,
    "OneToManyRelationships": _one_to_many,
    "ManyToManyRelationships": _many_to_many,
}


def _tables_answer(schema: Schema, call: Call, segments: list[str], query: MetadataQuery) -> Answer:
    _, inside = split_segment(segments[0])
    shape = Shape(
        type_name="EntityMetadata",
        expansions={name: _expansion(schema, below) for name, below in BELOW.items()},
    )
    if inside is None:
        if len(segments) > 1:
            raise unknown_segment(segments[1])
        documents = (table_document(table) for table in schema.tables.values())
        return _many(call, TABLES, listed(documents, query, shape))
    table = table_named(schema, inside)
    if len(segments) == 1:
        return _one(call, TABLES, table_document(table), query, shape)
    return _below(call, schema, table, segments[1:], query)


def _expansion(schema: Schema, below: Below) -> Callable[[Document], list[Document]]:
    def expanded(document: Document) -> list[Document]:
        found = below(schema, schema.tables[document["LogicalName"]])
        return [_without_options(each) for each in found]

    return expanded


def _without_options(document: Document) -> Document:
    return {name: value for name, value in document.items() if name != "OptionSet"}


def _below(
    call: Call,
    schema: Schema,
    table: TableDefinition,
    segments: list[str],
    query: MetadataQuery,
) -> Answer:
    context = f"EntityDefinitions('{table.name}')/"
    name, inside = split_segment(segments[0])
    if name in table_document(table) and len(segments) == 1 and inside is None:
        value = table_document(table)[name]
        body = {"@odata.context": f"{call.root}$metadata#{context}{name}", "value": value}
        return json_answer(200, json.dumps(body))
    below = BELOW.get(name)
    if below is None:
        raise not_emulated(f"'{name}' of a table's definition")
    documents = below(schema, table)
    shape = _shape(schema, name, segments[1:])
    if inside is None:
        found = _cast(documents, segments[1:])
        return _many(call, context + name, listed(found, query, shape))
    one = _one_below(table, name, inside, documents)
    for segment in segments[1:]:
        if not _cast([one], [segment]):
            raise definition_absent(TABLES, segment)
    return _one(call, context + name, one, query, shape)


def _one_below(
    table: TableDefinition, name: str, inside: str, documents: list[Document]
) -> Document:
    if name == "Attributes":
        return column_document(table, column_named(table, inside))
    if name == "Keys":
        return key_document(table, alternate_key_named(table, inside))
    return document_named(documents, RELATIONSHIPS, inside)


def _shape(schema: Schema, name: str, casts: list[str]) -> Shape:
    if name != "Attributes":
        return Shape(type_name=name.removesuffix("s"))

    def global_choice(document: Document) -> Document | None:
        options = document.get("OptionSet") or {}
        if not options.get("IsGlobal"):
            return None
        return choice_document(schema.choices[options["Name"]])

    shape = Shape(type_name="AttributeMetadata", hidden=BASE_ATTRIBUTE)
    if not casts:
        return shape
    return replace(
        shape,
        type_name=casts[0].removeprefix(TYPE_PREFIX),
        expansions={
            "OptionSet": lambda document: document.get("OptionSet"),
            "GlobalOptionSet": global_choice,
        },
    )


def _cast(documents: Iterable[Document], segments: list[str]) -> list[Document]:
    found = list(documents)
    for segment in segments:
        if not segment.startswith(TYPE_PREFIX):
            raise not_emulated(f"'{segment}' of a definition")
        found = [each for each in found if each.get("@odata.type") == f"#{segment}"]
    return found


def _one(
    call: Call, context: str, document: Document, query: MetadataQuery, shape: Shape
) -> Answer:
    if query.condition is not None:
        raise not_emulated("$filter on one definition")
    head = {"@odata.context": f"{call.root}$metadata#{context}/$entity"}
    return json_answer(200, json.dumps({**head, **shown(document, query, shape)}))


def _many(call: Call, context: str, found: list[Document]) -> Answer:
    body = {"@odata.context": f"{call.root}$metadata#{context}", "value": found}
    return json_answer(200, json.dumps(body))
