"""Selects, filters and expands definitions.

Source: "Query schema definitions using the Web API": no paging, no functions on text, enum
values as `Microsoft.Dynamics.CRM.OwnershipTypes'UserOwned'`, paths into complex values.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from operator import ge, gt, le, lt
from typing import Any

from work365.emulators.dataverse.errors import DataverseError, not_emulated, query_error
from work365.emulators.dataverse.expressions import (
    Call,
    Comparison,
    Expression,
    Literal,
    LiteralKind,
    Negation,
    Property,
)
from work365.emulators.dataverse.filter_parser import parse_filter
from work365.emulators.dataverse.option_texts import names_in, parts_of
from work365.emulators.dataverse.payloads import TYPE_PREFIX

Document = dict[str, Any]
Documents = Iterable[Document]

ENUMERATIONS = frozenset(
    (
        "AssociatedMenuBehavior",
        "AssociatedMenuGroup",
        "AttributeRequiredLevel",
        "AttributeTypeCode",
        "CascadeType",
        "DateTimeFormat",
        "EntityKeyIndexStatus",
        "ImeMode",
        "IntegerFormat",
        "OptionSetType",
        "OwnershipTypes",
        "RelationshipType",
        "SecurityTypes",
        "StringFormat",
    )
)
ALWAYS = ("MetadataId", "@odata.type")
_ENUM_LITERAL = re.compile(rf"(?<![\w.]){re.escape(TYPE_PREFIX)}(\w+)('(?:[^']|'')*')")
_TEXT_FUNCTION = re.compile(r"\b(contains|startswith|endswith)\s*\(")
_EXPANSION = re.compile(r"(\w+)(?:\((.*)\))?", re.DOTALL)
_ORDERED = {"gt": gt, "ge": ge, "lt": lt, "le": le}


@dataclass(frozen=True, kw_only=True)
class Shape:
    """What kind of definitions is asked for."""

    type_name: str
    """As errors name it."""

    expansions: Mapping[str, Callable[[Document], Any]] = field(default_factory=dict)
    """What can be expanded: from a definition to what is below it."""

    hidden: frozenset[str] = frozenset()
    """Properties that only a cast or an expansion shows."""


@dataclass(frozen=True, kw_only=True)
class MetadataQuery:
    """The query options of a request for definitions, or of an expansion."""

    select: tuple[str, ...] | None = None
    condition: Expression | None = None
    expand: Mapping[str, "MetadataQuery"] = field(default_factory=dict)


def read_query(options: Mapping[str, str]) -> MetadataQuery:
    """Return what query options say; `options` are texts by name, dollar sign included.

    Raises: DataverseError, for what the metadata does not answer.
    """
    found: dict[str, Any] = {}
    for name, text in options.items():
        if name == "$select":
            found["select"] = names_in(text)
        elif name == "$filter":
            found["condition"] = _condition(text, options)
        elif name == "$expand":
            found["expand"] = dict(_expansion(part) for part in parts_of(text, ","))
        elif not name.startswith("@"):
            raise not_emulated(f"the query option '{name}' on metadata")
    return MetadataQuery(**found)


def _condition(text: str, options: Mapping[str, str]) -> Expression:
    refused = _TEXT_FUNCTION.search(text)
    if refused:
        raise DataverseError(
            501,
            "0x8006088a",
            f'The "{refused.group(1)}" function isn\'t supported for Metadata Entities',
        )
    aliases = {name: value for name, value in options.items() if name.startswith("@")}
    return parse_filter(_ENUM_LITERAL.sub(_enum_value, text), aliases)


def _enum_value(found: re.Match[str]) -> str:
    if found.group(1) not in ENUMERATIONS:
        raise not_emulated(f"the enumeration '{TYPE_PREFIX}{found.group(1)}' in a filter")
    return found.group(2)


def _expansion(text: str) -> tuple[str, MetadataQuery]:
    match = _EXPANSION.fullmatch(text.strip())
    if match is None:
        raise query_error(f"Term '{text}' is not valid in a $select or $expand expression.")
    options = {}
    for part in parts_of(match.group(2) or "", ";"):
        name, equals, value = part.strip().partition("=")
        if equals:
            options[name] = value
        elif part.strip():
            raise query_error(f"Term '{part}' is not valid in a $select or $expand expression.")
    return match.group(1), read_query(options)


def listed(documents: Documents, query: MetadataQuery, shape: Shape) -> list[Document]:
    """Return the definitions that a query asks for, as it shows them."""
    return [
        shown(each, query, shape)
        for each in documents
        if query.condition is None or _holds(query.condition, each, shape)
    ]


def shown(document: Document, query: MetadataQuery, shape: Shape) -> Document:
    """Return a definition as a query shows it."""
    visible = {name: value for name, value in document.items() if name not in shape.hidden}
    if query.select is not None:
        for name in query.select:
            if name not in visible:
                raise not_emulated(f"'{name}' of '{TYPE_PREFIX}{shape.type_name}'")
        visible = {
            name: value for name, value in visible.items() if name in query.select or name in ALWAYS
        }
    for name, inner in query.expand.items():
        visible[name] = _expanded(document, name, inner, shape)
    return visible


def _expanded(document: Document, name: str, query: MetadataQuery, shape: Shape) -> Any:
    expansion = shape.expansions.get(name)
    if expansion is None:
        raise not_emulated(f"$expand={name} of '{TYPE_PREFIX}{shape.type_name}'")
    inside = expansion(document)
    inner = Shape(type_name=name)
    if inside is None:
        return None
    if isinstance(inside, list):
        return listed(inside, query, inner)
    return shown(inside, query, inner)


def _holds(condition: Expression, document: Document, shape: Shape) -> bool:
    match condition:
        case Comparison("and", left, right):
            return _holds(left, document, shape) and _holds(right, document, shape)
        case Comparison("or", left, right):
            return _holds(left, document, shape) or _holds(right, document, shape)
        case Comparison(operator, left, right):
            return _compares(
                operator, _value(left, document, shape), _value(right, document, shape)
            )
        case Negation(operand):
            return not _holds(operand, document, shape)
        case Property():
            return _value(condition, document, shape) is True
        case Literal(LiteralKind.BOOLEAN, text):
            return text == "true"
        case _:
            raise not_emulated("this filter on metadata")


def _compares(operator: str, left: Any, right: Any) -> bool:
    if operator in ("eq", "ne"):
        return bool((_folded(left) == _folded(right)) is (operator == "eq"))
    if type(left) is not type(right) or left is None:
        return False
    return bool(_ORDERED[operator](left, right))


def _folded(value: Any) -> Any:
    return value.lower() if isinstance(value, str) else value


def _value(operand: Expression, document: Document, shape: Shape) -> Any:
    match operand:
        case Property(path):
            return _at(document, path, shape)
        case Literal(kind, text):
            return _constant(kind, text)
        case Call(name, _):
            raise not_emulated(f"the function '{name}' on metadata")
        case _:
            raise not_emulated("this filter on metadata")


def _constant(kind: LiteralKind, text: str) -> Any:
    if kind is LiteralKind.NULL:
        return None
    if kind is LiteralKind.BOOLEAN:
        return text == "true"
    if kind is LiteralKind.NUMBER:
        return float(text) if "." in text or "e" in text.lower() else int(text)
    return text


def _at(document: Document, path: tuple[str, ...], shape: Shape) -> Any:
    value: Any = document
    for name in path:
        if not isinstance(value, dict) or name not in value or name in shape.hidden:
            raise query_error(
                f"Could not find a property named '{'/'.join(path)}' on type "
                f"'{TYPE_PREFIX}{shape.type_name}'."
            )
        value = value[name]
    return value
