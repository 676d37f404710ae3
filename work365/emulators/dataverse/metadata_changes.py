"""The function `RetrieveMetadataChanges`: definitions by conditions, only what was asked for.

Source: the requests of Microsoft's client for Python, and the documented query types. What has
changed since a version, and what was deleted, is not emulated.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from work365.emulators.dataverse.addresses import split_segment
from work365.emulators.dataverse.calls import Answer, Call, json_answer
from work365.emulators.dataverse.definition_store import number_of
from work365.emulators.dataverse.definitions import Schema, TableDefinition
from work365.emulators.dataverse.errors import not_emulated, query_error
from work365.emulators.dataverse.metadata import BELOW
from work365.emulators.dataverse.metadata_bodies import Body
from work365.emulators.dataverse.metadata_documents import table_document
from work365.emulators.dataverse.payloads import TYPE_PREFIX
from work365.emulators.dataverse.reading import Reader

FUNCTION = "RetrieveMetadataChanges"
PARTS = {
    "Attributes": "AttributeQuery",
    "Keys": "KeyQuery",
    "OneToManyRelationships": "RelationshipQuery",
    "ManyToOneRelationships": "RelationshipQuery",
    "ManyToManyRelationships": "RelationshipQuery",
}
"""Which part of a query is about what is below a table."""

OPERATORS = frozenset(("Equals", "NotEquals", "In", "NotIn"))
ALWAYS = ("MetadataId", "LogicalName", "SchemaName")
Document = dict[str, Any]


def metadata_changes(reader: Reader, call: Call, segment: str) -> Answer:
    """Answer with the definitions that a query asks for."""
    query = _query(call, segment)
    schema = reader.schema
    criteria = _part(query, "Criteria")
    names = _names(_part(query, "Properties"))
    below = {
        name: Body(query.take(part, {}), what=part) for name, part in _wanted(names, query).items()
    }
    query.expect_read({})
    found = []
    for table in schema.tables.values():
        document = table_document(table)
        if _fits(criteria, document):
            shown = _shown(document, names, f"{TYPE_PREFIX}ComplexEntityMetadata")
            for name, part in below.items():
                shown[name] = _below(schema, table, name, part)
            found.append(shown)
    body = {
        "@odata.context": f"{call.root}$metadata#{TYPE_PREFIX}{FUNCTION}Response",
        "ServerVersionStamp": str(number_of(reader.connection)),
        "DeletedMetadata": None,
        "EntityMetadata": found,
    }
    return json_answer(200, json.dumps(body))


def _query(call: Call, segment: str) -> Body:
    _, inside = split_segment(segment)
    given = {}
    for part in (inside or "").split(","):
        name, equals, value = part.partition("=")
        if equals:
            given[name.strip()] = value.strip()
    for name in given.keys() - {"Query"}:
        raise not_emulated(f"the parameter '{name}' of {FUNCTION}")
    text = given.get("Query", "")
    text = dict(call.parameters).get(text, text)
    try:
        return Body(json.loads(text), what=f"the query of {FUNCTION}")
    except (ValueError, RecursionError) as error:
        raise query_error(
            f"Invalid JSON in the parameter 'Query' of {FUNCTION}. {error}"
        ) from error


def _wanted(names: Iterable[str] | None, query: Body) -> Mapping[str, str]:
    """Return which of what is below a table is asked for, with the part that says how."""
    if names is None:
        return {name: part for name, part in PARTS.items() if query.has(part)}
    return {name: part for name, part in PARTS.items() if name in names}


def _part(body: Body, name: str) -> Body:
    return Body(body.take(name, {}), what=f"{name} of {body.what}")


def _names(properties: Body) -> list[str] | None:
    """Return the names of properties that are asked for; nothing where all are."""
    names = [str(name) for name in properties.listed("PropertyNames")]
    takes_all = properties.flag("AllProperties", default=False)
    properties.expect_read({})
    return None if takes_all or not names else names


def _fits(criteria: Body, document: Document) -> bool:
    """Return whether a definition meets the conditions of a filter."""
    values = criteria.values
    for name in values.keys() - {"Conditions", "FilterOperator", "Filters"}:
        raise not_emulated(f"'{name}' of {criteria.what}")
    joined = any if values.get("FilterOperator") == "Or" else all
    conditions = [_holds(condition, document) for condition in values.get("Conditions") or []]
    inner = [
        _fits(Body(each, what=criteria.what), document) for each in values.get("Filters") or []
    ]
    return joined([*conditions, *inner]) if conditions or inner else True


def _holds(condition: object, document: Document) -> bool:
    body = Body(condition, what="a condition")
    name = str(body.required("PropertyName"))
    operator = str(body.required("ConditionOperator"))
    if operator not in OPERATORS:
        raise not_emulated(f"the condition operator '{operator}' on metadata")
    given = Body(body.take("Value", {}), what="the value of a condition").values.get("Value")
    if name not in document:
        raise query_error(f"'{name}' is not a property that metadata is filtered by.")
    value = document[name]
    values = given if operator.endswith("In") and isinstance(given, list) else [given]
    is_found = str(value).lower() in [str(each).lower() for each in values]
    return is_found is not operator.startswith("Not")


def _below(schema: Schema, table: TableDefinition, name: str, part: Body) -> list[Document]:
    values = part.values
    for unknown in values.keys() - {"Properties", "Criteria"}:
        raise not_emulated(f"'{unknown}' of {part.what}")
    criteria = Body(values.get("Criteria") or {}, what=f"Criteria of {part.what}")
    names = _names(Body(values.get("Properties") or {}, what=f"Properties of {part.what}"))
    found = []
    for document in BELOW[name](schema, table):
        if _fits(criteria, document):
            kind = str(document.get("@odata.type", "")).removeprefix(f"#{TYPE_PREFIX}")
            found.append(_shown(document, names, f"{TYPE_PREFIX}Complex{kind}" if kind else ""))
    return found


def _shown(document: Document, names: list[str] | None, type_name: str) -> Document:
    kept = {
        name: value
        for name, value in document.items()
        if name != "@odata.type" and (names is None or name in names or name in ALWAYS)
    }
    return {"@odata.type": f"#{type_name}", **kept} if type_name else kept
