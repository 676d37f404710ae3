"""Metadata of tables and columns: `EntityDefinitions` and what is below, for reading."""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any
from uuid import UUID, uuid5

from work365.emulators.dataverse.addresses import split_segment
from work365.emulators.dataverse.calls import Answer, Call, json_answer
from work365.emulators.dataverse.definitions import (
    ColumnDefinition,
    Kind,
    Schema,
    TableDefinition,
)
from work365.emulators.dataverse.errors import (
    DataverseError,
    not_emulated,
    query_error,
    unknown_segment,
)
from work365.emulators.dataverse.payloads import TYPE_PREFIX
from work365.emulators.dataverse.values import SqlValue

SETS = frozenset(("EntityDefinitions", "GlobalOptionSetDefinitions", "RelationshipDefinitions"))
LANGUAGE = 1033
_NAMESPACE = UUID("57f0c8d1-8f1e-4b53-a1f4-0f8b0b6f6f7e")
_KEY = re.compile(r"LogicalName\s*=\s*'([^']*)'")
_FILTER = re.compile(r"(\w+) eq (?:'([^']*)'|(true|false))")
_EXPANSION = re.compile(r"(\w+)(?:\(\$select=([\w,]+)\))?")

Definition = dict[str, Any]

ATTRIBUTE_TYPES = {
    Kind.TEXT: ("String", "StringAttributeMetadata"),
    Kind.MEMO: ("Memo", "MemoAttributeMetadata"),
    Kind.MONEY: ("Money", "MoneyAttributeMetadata"),
    Kind.DECIMAL: ("Decimal", "DecimalAttributeMetadata"),
    Kind.WHOLE: ("Integer", "IntegerAttributeMetadata"),
    Kind.VERSION: ("BigInt", "BigIntAttributeMetadata"),
    Kind.YES_NO: ("Boolean", "BooleanAttributeMetadata"),
    Kind.DAY: ("DateTime", "DateTimeAttributeMetadata"),
    Kind.MOMENT: ("DateTime", "DateTimeAttributeMetadata"),
    Kind.CHOICE: ("Picklist", "PicklistAttributeMetadata"),
    Kind.STATE: ("State", "StateAttributeMetadata"),
    Kind.STATUS: ("Status", "StatusAttributeMetadata"),
    Kind.UNIQUE: ("Uniqueidentifier", "UniqueIdentifierAttributeMetadata"),
    Kind.LOOKUP: ("Lookup", "LookupAttributeMetadata"),
}


def json_value(column: ColumnDefinition, value: SqlValue) -> str:
    """Return one kept value as JSON, a number as it is kept."""
    if column.is_number:
        return str(value)
    if column.kind is Kind.YES_NO:
        return "true" if value else "false"
    return json.dumps(value, ensure_ascii=False)


def metadata_answer(schema: Schema, call: Call, segments: list[str]) -> Answer:
    """Answer a request for definitions."""
    name, inside = split_segment(segments[0])
    if name != "EntityDefinitions":
        raise not_emulated(f"'{name}'")
    options = _options(call)
    if inside is None:
        if len(segments) > 1:
            raise unknown_segment(segments[1])
        found = [_table(table) for table in schema.tables.values()]
        return _many(call, "EntityDefinitions", found, options)
    table = _named(schema, inside)
    if len(segments) == 1:
        return _one(call, "EntityDefinitions", _table(table), options)
    return _below(call, schema, table, segments[1:], options)


def _options(call: Call) -> Mapping[str, str]:
    options = dict(call.parameters)
    for name in options:
        if name not in ("$select", "$filter", "$expand"):
            raise not_emulated(f"the query option '{name}' on metadata")
    return options


def _id(*names: str) -> str:
    return str(uuid5(_NAMESPACE, "/".join(names)))


def _named(schema: Schema, inside: str) -> TableDefinition:
    key = _KEY.fullmatch(inside.strip())
    for table in schema.tables.values():
        wanted = key.group(1) if key else inside.lower()
        if wanted == (table.name if key else _id(table.name)):
            return table
    if key is None:
        raise DataverseError(
            404, "0x80060888", f"Could not find an entity with id {inside} in the cache."
        )
    raise DataverseError(
        404,
        "0x80060888",
        f"Could not find an entity with name {key.group(1)} in the cache.",
    )


def _below(
    call: Call,
    schema: Schema,
    table: TableDefinition,
    segments: list[str],
    options: Mapping[str, str],
) -> Answer:
    context = f"EntityDefinitions('{table.name}')/"
    name, inside = split_segment(segments[0])
    listed = _LISTED.get(name)
    if listed is None:
        raise not_emulated(f"'{name}' of a table's definition")
    found = listed(schema, table)
    if len(segments) > 1:
        found = _cast(found, segments[1])
    if inside is None:
        return _many(call, context + name, found, options)
    key = _KEY.fullmatch(inside.strip())
    wanted = key.group(1) if key else inside
    for definition in found:
        if wanted in (definition["LogicalName"], definition["MetadataId"]):
            return _one(call, context + name, definition, options)
    raise DataverseError(
        404, "0x80060888", f"Could not find an attribute with name {wanted} in the cache."
    )


def _cast(found: list[Definition], segment: str) -> list[Definition]:
    if not segment.startswith(TYPE_PREFIX):
        raise not_emulated(f"'{segment}' of a definition")
    return [each for each in found if each.get("@odata.type") == f"#{segment}"]


def _label(text: str) -> Definition:
    label = {"Label": text, "LanguageCode": LANGUAGE, "IsManaged": False}
    return {"LocalizedLabels": [label], "UserLocalizedLabel": label}


def _table(table: TableDefinition) -> Definition:
    return {
        "MetadataId": _id(table.name),
        "LogicalName": table.name,
        "SchemaName": table.schema_name,
        "EntitySetName": table.set_name,
        "LogicalCollectionName": table.set_name,
        "PrimaryIdAttribute": table.primary_id,
        "PrimaryNameAttribute": table.primary_name,
        "OwnershipType": "UserOwned" if table.user_owned else "OrganizationOwned",
        "ChangeTrackingEnabled": table.change_tracking,
        "IsCustomEntity": table.custom,
        "IsOptimisticConcurrencyEnabled": True,
        "DisplayName": _label(table.schema_name),
    }


def _attributes(_schema: Schema, table: TableDefinition) -> list[Definition]:
    return [_attribute(table, column) for column in table.columns.values()]


def _attribute(table: TableDefinition, column: ColumnDefinition) -> Definition:
    kind, type_name = ATTRIBUTE_TYPES[column.kind]
    found: Definition = {
        "@odata.type": f"#{TYPE_PREFIX}{type_name}",
        "MetadataId": _id(table.name, column.name),
        "LogicalName": column.name,
        "SchemaName": column.schema_name,
        "EntityLogicalName": table.name,
        "AttributeType": kind,
        "AttributeTypeName": {"Value": f"{kind}Type"},
        "IsPrimaryId": column.name == table.primary_id,
        "IsPrimaryName": column.name == table.primary_name,
        "IsCustomAttribute": column.custom,
        "IsValidForCreate": not column.read_only,
        "IsValidForUpdate": not column.read_only and column.name != table.primary_id,
        "IsValidForRead": not column.write_only,
        "RequiredLevel": {"Value": "ApplicationRequired" if column.required else "None"},
        "DisplayName": _label(column.schema_name),
    }
    if column.is_text:
        found["MaxLength"] = column.max_length
        found["AutoNumberFormat"] = column.autonumber
    elif column.kind in (Kind.WHOLE, Kind.MONEY, Kind.DECIMAL):
        found["MinValue"], found["MaxValue"] = column.minimum, column.maximum
    if column.is_number:
        found["Precision"] = column.precision
    if column.kind is Kind.DAY:
        found["Format"] = "DateOnly"
        found["DateTimeBehavior"] = {"Value": "DateOnly"}
    if column.kind is Kind.LOOKUP:
        found["Targets"] = [column.target]
    if column.options:
        found["OptionSet"] = _option_set(table, column)
    return found


def _option_set(table: TableDefinition, column: ColumnDefinition) -> Definition:
    options = [{"Value": value, "Label": _label(label)} for value, label in column.options.items()]
    found: Definition = {
        "MetadataId": _id(table.name, column.name, "options"),
        "Name": f"{table.name}_{column.name}",
        "IsGlobal": False,
    }
    if column.kind is Kind.YES_NO:
        return {**found, "FalseOption": options[0], "TrueOption": options[1]}
    return {**found, "Options": options}


def _keys(_schema: Schema, table: TableDefinition) -> list[Definition]:
    return [
        {
            "MetadataId": _id(table.name, "key", key.name),
            "LogicalName": key.name.lower(),
            "SchemaName": key.name,
            "EntityLogicalName": table.name,
            "KeyAttributes": list(key.columns),
            "EntityKeyIndexStatus": "Active",
        }
        for key in table.keys
    ]


def _many_to_one(schema: Schema, table: TableDefinition) -> list[Definition]:
    return [
        {
            "MetadataId": _id(table.name, column.name, "relationship"),
            "LogicalName": f"{table.name}_{column.name}",
            "SchemaName": f"{table.name}_{column.name}",
            "ReferencedEntity": column.target,
            "ReferencedAttribute": schema.tables[column.target].primary_id,
            "ReferencingEntity": table.name,
            "ReferencingAttribute": column.name,
            "ReferencingEntityNavigationPropertyName": column.schema_name,
        }
        for column in table.lookups
    ]


_LISTED: dict[str, Callable[[Schema, TableDefinition], list[Definition]]] = {
    "Attributes": _attributes,
    "Keys": _keys,
    "ManyToOneRelationships": _many_to_one,
}


def _one(call: Call, context: str, definition: Definition, options: Mapping[str, str]) -> Answer:
    if "$filter" in options:
        raise not_emulated("$filter on one definition")
    head = {"@odata.context": f"{call.root}$metadata#{context}/$entity"}
    return json_answer(200, json.dumps({**head, **_projected(definition, options)}))


def _many(
    call: Call, context: str, found: Iterable[Definition], options: Mapping[str, str]
) -> Answer:
    kept = [each for each in found if _fits(each, options.get("$filter"))]
    body = {
        "@odata.context": f"{call.root}$metadata#{context}",
        "value": [_projected(each, options) for each in kept],
    }
    return json_answer(200, json.dumps(body))


def _fits(definition: Definition, text: str | None) -> bool:
    if text is None:
        return True
    for function in ("contains", "startswith", "endswith"):
        if text.startswith(f"{function}("):
            raise DataverseError(
                501,
                "0x8006088a",
                f'The "{function}" function isn\'t supported for Metadata Entities',
            )
    for term in text.split(" and "):
        found = _FILTER.fullmatch(term.strip())
        if found is None:
            raise not_emulated(f"the filter '{text}' on metadata")
        name, value, flag = found.groups()
        if name not in definition:
            raise query_error(f"Could not find a property named '{name}' on type 'metadata'.")
        if definition[name] != (value if flag is None else flag == "true"):
            return False
    return True


def _projected(definition: Definition, options: Mapping[str, str]) -> Definition:
    found = dict(definition)
    if "$select" in options:
        names = [name.strip() for name in options["$select"].split(",")]
        for name in names:
            if name not in definition:
                raise not_emulated(f"'{name}' of a definition")
        found = {
            name: value
            for name, value in definition.items()
            if name in names or name in ("MetadataId", "@odata.type")
        }
    if "$expand" in options:
        return {**found, **_expanded(definition, options["$expand"])}
    return {name: value for name, value in found.items() if name != "OptionSet"}


def _expanded(definition: Definition, text: str) -> Definition:
    match = _EXPANSION.fullmatch(text)
    if match is None or match.group(1) not in definition:
        raise not_emulated(f"$expand={text} on metadata")
    name, names = match.groups()
    inside = definition[name]
    if names is not None:
        wanted = {*names.split(","), "MetadataId"}
        inside = {key: value for key, value in inside.items() if key in wanted}
    return {name: inside}
